"""What came of a matrix as JUnit XML, which the services that run workflows show."""

from __future__ import annotations

import re
from typing import Mapping
from xml.etree import ElementTree

from .cells import IMPOSSIBLE
from .grid import one_line
from .plan import Plan
from .results import NOT_IMPORTED, PASSED, SKIPPED, TESTS_FAILED, Result
from .versions import NO_WHEEL

_FAILURES = (TESTS_FAILED, NOT_IMPORTED)
_SKIPPED = (NO_WHEEL, IMPOSSIBLE, SKIPPED)
# All that XML 1.0 has no character for.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REPLACEMENT = "\ufffd"


def junit(plan: Plan, results: Mapping[str, Result], outputs: Mapping[str, str]) -> bytes:
    """Return the document: a test case for each cell.

    What the tests, or the imports, show is a failure. What keeps a cell from being tested is an error,
    unless the plan says so and the exit status does not depend on it: then it is skipped.

    Args:
        plan: The plan.
        results: What came of each cell, by its name.
        outputs: The output of what failed, or its end, by the name of the cell.
    """
    cases = []
    counts = {"failure": 0, "error": 0, "skipped": 0}
    for cell in plan.cells:
        result = results[cell.name]
        case = ElementTree.Element(
            "testcase",
            classname=_text(f"{plan.project or 'matrix'}.py{cell.python.replace('.', '')}"),
            name=_text(cell.name),
            time=_seconds(result.milliseconds),
        )
        properties = ElementTree.SubElement(case, "properties")
        for kind, versions in (
            ("runs", dict(cell.runs)),
            ("built", dict(cell.built)),
            ("built_with", result.built_with),
            ("ran_with", result.ran_with),
        ):
            for name, version in versions.items():
                _property(properties, f"{kind}.{name}", version)
        _property(properties, "state", result.state)
        _property(properties, "tested", str(result.tested).lower())
        if result.wheel:
            _property(properties, "wheel", result.wheel)
            _property(properties, "reused", str(result.reused).lower())
        tag = _tag(result.state)
        if tag:
            counts[tag] += 1
            message = one_line(f"{result.state}: {result.reason}" if result.reason else result.state)
            found = ElementTree.SubElement(case, tag, type=_text(result.state), message=_text(message))
            lines = [message, *(f"hint: {one_line(hint)}" for hint in result.hints)]
            if result.log:
                lines.append(f"log: {result.log}")
            found.text = _text("\n".join(lines))
        if outputs.get(cell.name):
            ElementTree.SubElement(case, "system-out").text = _text(outputs[cell.name])
        cases.append(case)
    total = sum(results[cell.name].milliseconds for cell in plan.cells)
    numbers = {
        "tests": str(len(cases)),
        "failures": str(counts["failure"]),
        "errors": str(counts["error"]),
        "skipped": str(counts["skipped"]),
        "time": _seconds(total),
    }
    root = ElementTree.Element("testsuites", numbers)
    suite = ElementTree.SubElement(
        root, "testsuite", {"name": _text(plan.project or "matrix"), **numbers}
    )
    suite.extend(cases)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


def is_junit(content: bytes) -> bool:
    """Return whether a file is of this kind, so that another one is not overwritten."""
    start = content[:200].decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    return re.match(r"(<\?xml[^>]*>\s*)?<testsuites?[\s>]", start) is not None


def _tag(state: str) -> str:
    if state == PASSED:
        return ""
    if state in _FAILURES:
        return "failure"
    return "skipped" if state in _SKIPPED else "error"


def _property(properties: ElementTree.Element, name: str, value: str) -> None:
    ElementTree.SubElement(properties, "property", name=_text(name), value=_text(value))


def _text(text: str) -> str:
    return _NOT_XML.sub(_REPLACEMENT, text)


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.3f}"
