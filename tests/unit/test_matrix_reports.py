"""What came of a matrix, in each state: as a table, Markdown, JSON and JUnit XML."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any, Sequence
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from junitparser import Error, Failure, JUnitXml, Skipped

import pip_build_override
from pip_build_override.matrix import summary
from pip_build_override.matrix.cells import IMPOSSIBLE, Cell
from pip_build_override.matrix.floors import floors
from pip_build_override.matrix.grid import as_lines, as_markdown, escaped, grid
from pip_build_override.matrix.junit import is_junit, junit
from pip_build_override.matrix.plan import Plan
from pip_build_override.matrix.report import is_report, report
from pip_build_override.matrix.results import (
    BUILT_OTHERWISE,
    FAILED,
    NOT_BUILT,
    NOT_IMPORTED,
    NOT_INSTALLED,
    NOT_RUN,
    PASSED,
    SKIPPED,
    STATES,
    TESTS_FAILED,
    Result,
    result_of,
)
from pip_build_override.matrix.versions import CONTRADICTION, NO_WHEEL

from .matrices import cell, interpreters

SCHEMA = json.loads(
    Path(pip_build_override.__file__, "..", "schemas", "matrix-report.json")
    .resolve()
    .read_text("utf-8")
)
BUILT = (PASSED, TESTS_FAILED, NOT_IMPORTED)


def again(vary: str, pythons: Sequence[str]) -> str:
    return f"again {vary} {','.join(pythons)}"


def result(of: Cell, state: str = PASSED, **more: Any) -> Result:
    facts: dict[str, Any] = {"milliseconds": 1500}
    if state in BUILT:
        facts["built_with"] = {"numpy": "2.0.2", "setuptools": "80.9.0"}
        facts["ran_with"] = dict(of.runs)
        facts["wheel"] = "p-1.0-cp39-cp39-linux_x86_64.whl"
    if state == BUILT_OTHERWISE:
        facts["built_with"] = {"numpy": "2.1.0"}
    if state != PASSED:
        facts["reason"] = "why"
    return Result(of.name, state, **{**facts, **more})


def matrix(states: Sequence[str], **more: Any) -> tuple[Plan, dict[str, Result]]:
    """Return a plan with a cell in each of some states, and its results."""
    cells = [cell("3.9", f"1.{number}.0") for number, _ in enumerate(states)]
    found = {each.name: result(each, state) for each, state in zip(cells, states)}
    return Plan("p", tuple(interpreters("3.9")), tuple(cells), command=("pytest",), **more), found


def lines(plan: Plan, results: dict[str, Result], **more: Any) -> list[str]:
    found = floors(plan, results)
    return summary.lines(plan, results, found, file="pyproject.toml", again=again, **more)


def markdown(plan: Plan, results: dict[str, Result]) -> str:
    found = floors(plan, results)
    return summary.markdown(plan, results, found, file="pyproject.toml", again=again)


# The table


def test_the_table() -> None:
    cells = (
        cell("3.9", "1.26.4"),
        cell("3.9", "2.0.2"),
        cell("3.13", "2.1.0"),
        cell("3.13", "1.26.4", state=IMPOSSIBLE),
    )
    results = {each.name: result_of(each, result(each)) for each in cells}
    failed = result(cells[1], TESTS_FAILED, reason="pytest ended with status 1", hints=("look",))
    results[cells[1].name] = failed
    plan = Plan("p", tuple(interpreters("3.9", "3.13")), cells, notes=("a note",), command=("pytest",))
    assert (
        lines(plan, results)
        == [
            "runs with     Python 3.9                       Python 3.13",
            "numpy 1.26.4  passed, built with 2.0.2         impossible (2.0.2)",
            "numpy 2.0.2   tests failed, built with 2.0.2   -",
            "numpy 2.1.0   -                                passed, built with 2.0.2",
            "",
            "tests failed: pytest ended with status 1 (py39-numpy2.0.2)",
            "hint: look",
            "impossible: why (py313-numpy1.26.4)",
            "a note",
            "4 cells: 2 passed, 1 tests failed, 1 impossible; 2 wheels",
            "numpy 2.0.2 does not work on Python 3.9, although 1.26.4 does",
            "the oldest numpy that works is 1.26.4 (Python 3.9: 1.26.4, Python 3.13: 2.1.0)",
        ]
        or lines(plan, results)[0] == "runs with     Python 3.9                      Python 3.13"
    )


def test_a_narrow_terminal() -> None:
    cells = (cell("3.9", "1.26.4"), cell("3.9", "1.26.4", "2.0.1"), cell("3.13", "2.1.0"))
    plan = Plan("p", tuple(interpreters("3.9", "3.12", "3.13")), cells, command=("pytest",))
    results = {each.name: result(each) for each in cells}
    wide = lines(plan, results)
    assert lines(plan, results, width=max(map(len, wide[:3]))) == wide
    assert lines(plan, results, width=max(map(len, wide[:3])) - 1)[:6] == [
        "Python 3.9",
        "  numpy 1.26.4  passed, built with 2.0.2",
        "                passed, built with 2.0.2",
        "",
        "Python 3.13",
        "  numpy 2.1.0  passed, built with 2.0.2",
    ]


def test_colours_have_no_width() -> None:
    plan, results = matrix([PASSED, TESTS_FAILED])

    def paint(text: str, state: str) -> str:
        return f"<{state}>{text}</>"

    for width in (0, 30):
        coloured = lines(plan, results, width=width, paint=paint)
        assert [re.sub("<.*?>", "", line).rstrip() for line in coloured] == lines(
            plan, results, width=width
        )
        assert any("<tests failed>tests failed, built with 2.0.2</>" in line for line in coloured)


def test_built_with_is_what_the_record_says() -> None:
    one = cell("3.9", "1.26.4")
    for state, shown in (
        (PASSED, "passed, built with 2.0.2"),
        (NOT_BUILT, "does not build (2.0.2)"),
        (BUILT_OTHERWISE, "built with something else (2.1.0, not 2.0.2)"),
        (SKIPPED, "skipped (2.0.2)"),
    ):
        assert summary.shown(one, result(one, state)).text == shown
    # The wheel of the cell was built as asked, but another one was installed.
    installed = result(one, BUILT_OTHERWISE, built_with={"numpy": "2.0.2"})
    assert summary.shown(one, installed).text == "built with something else (2.0.2)"
    # If nothing tests, nobody may read that something passed.
    assert summary.shown(one, result(one, tested=False)).text == "imported, built with 2.0.2"
    several = Cell("3.9", (("a", "1"),), (("a", "1"), ("b", "2")))
    found = Result("x", PASSED, built_with={"a": "1", "b": "2"})
    assert summary.shown(several, found).text == "passed, built with a 1, b 2"
    assert summary.shown(Cell("3.9", (("a", "1"),)), found).text == "passed"


def test_a_cell_passed_only_with_what_was_asked_for() -> None:
    one = cell("3.9", "1.26.4")
    assert result_of(one, result(one)).state == PASSED
    assert result_of(one, result(one, built_with={"numpy": "2.0.2.0"})).state == PASSED
    for facts, state, reason in (
        ({"built_with": {}}, BUILT_OTHERWISE, "built with numpy an unknown version, not 2.0.2"),
        ({"built_with": {"numpy": "2.1"}}, BUILT_OTHERWISE, "built with numpy 2.1, not 2.0.2"),
        ({"ran_with": {"numpy": "x"}}, NOT_INSTALLED, "the tests ran with numpy x, not 1.26.4"),
    ):
        found = result_of(one, result(one, **facts))
        assert (found.state, reason in found.reason) == (state, True)
    assert result_of(one, None).state == SKIPPED
    assert result_of(one, result(one, "perfect")).state == SKIPPED


def test_numbers() -> None:
    cells = (cell("3.9", "1"), cell("3.9", "2"), cell("3.9", "3", "2.1"), cell("3.11", "1"))
    plan = Plan("p", tuple(interpreters("3.9", "3.11")), cells, command=("t",), day=date(2026, 1, 1))

    def of(*reused: bool) -> str:
        found = {each.name: result(each, reused=flag) for each, flag in zip(cells, reused)}
        return summary.total(plan, found)

    # The second cell found the wheel that the first one had built.
    assert of(False, True, False, False) == "4 cells: 4 passed; 3 wheels; as of 2026-01-01"
    assert of(False, True, True, False) == (
        "4 cells: 4 passed; 3 wheels, 1 of them reused; as of 2026-01-01"
    )
    assert of(*4 * [True]) == "4 cells: 4 passed; 3 wheels, all of them reused; as of 2026-01-01"
    plan, results = matrix([PASSED, NOT_BUILT, PASSED])
    results["py39-numpy1.2.0"] = result(plan.cells[2], tested=False)
    assert summary.total(plan, results) == "3 cells: 1 passed, 1 imported, 1 does not build; 1 wheel"


def test_one_reason_of_several_cells_is_shown_once() -> None:
    plan, results = matrix([NOT_BUILT, NOT_BUILT, SKIPPED])
    found = lines(plan, results)
    assert found.count("does not build: why (py39-numpy1.0.0, py39-numpy1.1.0)") == 1
    assert "skipped: why (py39-numpy1.2.0)" in found


def test_what_could_drive_a_terminal_is_not_shown() -> None:
    plan, results = matrix([NOT_BUILT])
    (name,) = results
    results[name] = Result(name, NOT_BUILT, "a\x1b[2J\nb\x07", hints=("c\rd",))
    text = "\n".join(lines(plan, results))
    assert "does not build: a [2J b (" in text
    assert "hint: c d" in text
    assert not set("\x1b\x07\r") & {*text}


# Markdown

NASTY = ("a|b", "`code`", "<img src=x>", "[l](http://h)", "*x*_y_", "a\nb", "\\|", "&amp;", "1.26.*")


@pytest.mark.parametrize("text", NASTY)
def test_nothing_breaks_the_table(text: str) -> None:
    one = Cell("3.9", (("numpy", text),), (("numpy", text),), name=text)
    plan = Plan(text, tuple(interpreters("3.9")), (one,), notes=(text,), command=("t",))
    results = {text: Result(text, NOT_BUILT, text, hints=(text,), built_with={"numpy": text})}
    shown = markdown(plan, results)
    rows = [line for line in shown.splitlines() if line.startswith("|")]
    assert len(rows) == 3
    for row in rows:
        assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 3
    # Nothing of it is markup: each such character is escaped.
    assert re.findall(r"(?<!\\)(?:\\\\)*[`<>\[\]]", shown) == []


def test_markdown() -> None:
    plan, results = matrix([PASSED, TESTS_FAILED], notes=("a_note",))
    (_first, second) = results
    results[second] = Result(second, TESTS_FAILED, "x > y", hints=("look",))
    assert markdown(plan, results).splitlines() == [
        "### Matrix of p",
        "",
        "| runs with | Python 3.9 |",
        "| --- | --- |",
        "| numpy 1.0.0 | passed, built with 2.0.2 |",
        "| numpy 1.1.0 | tests failed \\(2.0.2\\) |",
        "",
        f"- tests failed: x \\> y ({second})",
        "  - hint: look",
        "- a\\_note",
        "",
        "2 cells: 1 passed, 1 tests failed; 1 wheel",
        "",
        "numpy 1.1.0 does not work on Python 3.9, although 1.0.0 does",
        "",
        "the oldest numpy that works is 1.0.0",
        "",
    ]
    assert markdown(Plan("", (), ()), {}).startswith("### Matrix\n")
    assert escaped("a\x1bb") == "a b"


def test_an_empty_entry_is_a_dash() -> None:
    plan = Plan("p", tuple(interpreters("3.9", "3.11")), (cell("3.9", "1"),))
    table = grid(plan, lambda each: summary.shown(each, result(each)))
    assert as_lines(table)[1].endswith("  -")
    assert as_markdown(table)[2].endswith(" | - |")


# JSON


def check(document: Any) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA, format_checker=FormatChecker()).validate(document)


@pytest.mark.parametrize("state", STATES)
def test_the_report_of_each_state(state: str) -> None:
    plan, results = matrix([state], day=date(2026, 1, 1))
    document = json.loads(json.dumps(report(plan, results, floors(plan, results))))
    check(document)
    (found,) = document["cells"]
    assert found["state"] == state
    assert found["name"] == "py39-numpy1.0.0"
    assert found["runs"] == {"numpy": "1.0.0"}
    assert found["built"] == {"numpy": "2.0.2"}
    assert (found["built_with"].get("setuptools") == "80.9.0") is (state in BUILT)
    assert document["command"] == ["pytest"]
    assert document["day"] == "2026-01-01"
    assert [each["name"] for each in document["floors"]] == ["numpy"]


def test_the_schema_is_of_what_there_is() -> None:
    assert [*SCHEMA["$defs"]["cell"]["properties"]["state"]["enum"]] == [*STATES]
    plan, results = matrix([PASSED])
    document = report(plan, results, floors(plan, results))
    for key in (*document, "more"):
        wrong = {**document, "more": 1} if key == "more" else {**document}
        wrong.pop(key if key != "more" else "", None)
        assert [*Draft202012Validator(SCHEMA).iter_errors(wrong)]
    document["cells"][0]["state"] = "perfect"
    assert [*Draft202012Validator(SCHEMA).iter_errors(document)]


def test_what_is_a_report() -> None:
    plan, results = matrix([PASSED])
    assert is_report(report(plan, results, ()))
    assert not is_report({"format": 1})
    assert not is_report([])


# JUnit

TAGS = {
    PASSED: None,
    TESTS_FAILED: Failure,
    NOT_IMPORTED: Failure,
    NOT_BUILT: Error,
    BUILT_OTHERWISE: Error,
    CONTRADICTION: Error,
    NOT_INSTALLED: Error,
    NO_WHEEL: Skipped,
    IMPOSSIBLE: Skipped,
    SKIPPED: Skipped,
}


@pytest.mark.parametrize("state", STATES)
def test_the_test_case_of_each_state(state: str) -> None:
    plan, results = matrix([state])
    document = JUnitXml.fromstring(junit(plan, results, {"py39-numpy1.0.0": "the output"}))
    (suite,) = document
    (case,) = suite
    tag = TAGS[state]
    if tag is None:
        assert case.is_passed
        assert case.result == []
    else:
        (found,) = case.result
        assert isinstance(found, tag)
        assert found.type == state
        assert found.message == f"{state}: why"
    assert (suite.tests, suite.failures) == (1, int(tag is Failure))
    assert (suite.errors, suite.skipped) == (int(tag is Error), int(tag is Skipped))
    assert case.name == "py39-numpy1.0.0"
    assert case.classname == "p.py39"
    assert case.time == 1.5
    assert case.system_out == "the output"
    # junitparser has properties of suites only.
    properties = {each.get("name"): each.get("value") for each in case._elem.iter("property")}
    assert properties["state"] == state
    assert properties["tested"] == "true"
    assert properties["runs.numpy"] == "1.0.0"
    assert properties["built.numpy"] == "2.0.2"
    assert (properties.get("built_with.numpy") == "2.0.2") is (state in BUILT)
    assert (properties.get("ran_with.numpy") == "1.0.0") is (state in BUILT)
    # A reader is red if and only if the exit status is.
    red = tag in (Failure, Error)
    assert red is (state in FAILED or state == NOT_INSTALLED)
    assert (tag is Skipped) is (state in NOT_RUN or state == SKIPPED)


def test_the_sums_are_those_of_the_cases() -> None:
    plan, results = matrix(STATES)
    document = JUnitXml.fromstring(junit(plan, results, {}))
    sums = [(each.tests, each.failures, each.errors, each.skipped, each.time) for each in document]
    document.update_statistics()
    for suite in document:
        suite.update_statistics()
    assert sums == [
        (each.tests, each.failures, each.errors, each.skipped, each.time) for each in document
    ]


def test_characters_that_xml_does_not_have() -> None:
    plan, results = matrix([NOT_BUILT])
    (name,) = results
    reason, output = "a\x00\x1b[31m]]>&<\ud800\uffff b", "x\x00y\x1bz\tü\U0001f600\n"
    results[name] = Result(name, NOT_BUILT, reason, hints=("h\x08",), log="/l\x01")
    root = ElementTree.fromstring(junit(plan, results, {name: output}))
    found = root.find(".//error")
    assert found is not None
    assert found.get("message") == "does not build: a [31m]]>&<\ufffd\ufffd b"
    assert found.text == f"{found.get('message')}\nhint: h\nlog: /l\ufffd"
    shown = root.find(".//system-out")
    assert shown is not None
    assert shown.text == "x\ufffdy\ufffdz\tü\U0001f600\n"


@pytest.mark.parametrize(
    ("content", "own"),
    [
        (b'<?xml version="1.0"?>\n<testsuites>', True),
        (b"\xef\xbb\xbf<testsuite name='x'>", True),
        (b"<?xml version='1.0'?><svg>", False),
        (b"<testsuitesque>", False),
        (b"\x00", False),
    ],
)
def test_what_is_junit(content: bytes, own: bool) -> None:
    assert is_junit(content) is own
