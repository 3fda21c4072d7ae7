"""The kind of text that ``suggest`` was given, for what it says if no failed build is in it."""

from __future__ import annotations

import re
from typing import Iterable, Iterator

from ..diagnosis.lines import clean
from ..diagnosis.structure import STEPS, name_asked_for, strip

_STEP = re.compile(
    rf"(?:{STEPS}|Building (?:wheel|editable) for (?P<name>[^\s:]+)"
    r"|Running setup\.py \w+ for (?P<by>[^\s:]+)).*(?:status 'error'|\.\.\. error)\s*$"
)
_UNBUILT = re.compile(
    r"(?:ERROR: )?Failed (?:to build|building (?:wheel|editable) for) (?P<name>[\w.-]+)"
)
_ASKED = re.compile(r"(?:Collecting|Processing|Obtaining) (\S+)")
_MODULE = re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'")
_TABLE = re.compile(r"\[(?:tool\.pip-build-override\.)?(?:package\.|settings\])")
_OF_PIP = re.compile(
    r"(?:ERROR|WARNING|DEPRECATION|error): |(?:Collecting|Processing|Obtaining|Downloading|Building) "
    r"|Requirement already satisfied|Installing |Successfully |Looking in |pip-build-override: "
)

_RECORD = "record the output of the build, and name that file: pip install X > log 2>&1"


class KindOfLog:
    """What the lines of a text show, collected while it is read."""

    def __init__(self) -> None:
        self._first = ""
        self._asked = ""
        self._failed: str | None = None
        self._module = ""
        self._has_tables = False
        self._is_of_pip = False

    def watch(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield lines unchanged, and note what they show."""
        for line in lines:
            text = strip(clean(line).text)
            self._first = self._first or text
            self._has_tables = self._has_tables or _TABLE.match(line) is not None
            self._note(text)
            yield line

    def _note(self, text: str) -> None:
        asked = _ASKED.match(text)
        if asked is not None:
            self._asked = name_asked_for(asked[1]) or asked[1]
        step = _STEP.match(text) or _UNBUILT.match(text)
        if step is not None:
            found = step.groupdict()
            self._failed = self._failed or found["name"] or found.get("by") or self._asked
        module = _MODULE.match(text)
        if module is not None:
            self._module = module[1]
        self._is_of_pip = self._is_of_pip or _OF_PIP.match(text) is not None

    def lines(self) -> list[str]:
        """Return the message about a text without a failed build, and the hint."""
        return [self._says(), f"hint: {self._hint()}"]

    @property
    def _lacks_errors(self) -> bool:
        return self._failed is not None or not self._first or self._is_of_pip

    def _says(self) -> str:
        if self._failed is not None:
            return f"a build of {self._failed or 'a package'} failed, but its output is not in this log"
        if not self._first:
            return "this log is empty"
        if self._is_of_pip:
            return "there is no failed build in this log"
        if self._module:
            return (
                f"{self._module} cannot be imported, because it is not installed; no build failed in"
                " this log"
            )
        if self._has_tables:
            return "this is an overrides file, and not the output of a build"
        if self._first.startswith(("{", "[{")):
            return "this is a JSON document, and not the output of a build"
        return "this is not the output of a build"

    def _hint(self) -> str:
        if self._lacks_errors:
            return (
                "pip prints errors to standard error, so the log needs both streams: pip install X >"
                " log 2>&1"
            )
        if self._module:
            return f"install the package that contains it; if that fails, {_RECORD}"
        return f"{_RECORD}"
