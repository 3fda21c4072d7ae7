"""The overrides file of one attempt: the rules that are in force anyway, and those that are tried."""

from __future__ import annotations

import json
from typing import Any, Mapping

from ..rules.including import text_including
from ..rules.standards import normalise
from ..rules.tables import AS_OF
from ..rules.written import Table

_FIRST = "# Made for one attempt to build a package. Changes have no effect."
# What is built may be what the command installs, with its record.
_REASON = "found by pip-build-override fix"
_SETTINGS: Mapping[str, str] = {
    # It is not yet about whether the wheel runs with what is installed; that is tried afterwards. The
    # warning is kept with the wheel, which a command that makes it an error does not use then.
    "mismatch": "warn",
}
# What only decides which distributions are in the build environment.
_OF_CONTENTS = ("requires", "replace", "remove", "add", "constrain", AS_OF, "reason")


def rules_of_attempt(name: str, table: Table, overrides: str = "", content: bytes = b"") -> str:
    """Return the overrides file of an attempt.

    It has the rules of the file in force too, as ``text_including`` says.

    Args:
        name: Name of the package.
        table: Its rules; without any, only the file is in force.
        overrides: Absolute path of the overrides file in force; "" if there is none.
        content: Its content, which is needed of a .txt file only.
    """
    tables = {normalise(name): {"reason": _REASON, **table}} if table else {}
    return text_including(overrides, tables, first=[_FIRST], settings=_SETTINGS, content=content)


def identity_of_others(table: Table) -> str:
    """Return a text that two tables share if only the contents of a build environment may differ.

    What is known by a name and a version only is no such difference if it comes from elsewhere: a rule
    that names a file is part of the text.
    """
    others = _without(table, _OF_CONTENTS)
    return json.dumps([others, list(_sources(table))], sort_keys=True, default=str)


def _without(table: Table, keys: tuple[str, ...]) -> Table:
    return {key: value for key, value in table.items() if key not in keys}


def _sources(value: Any, depth: int = 0) -> Any:
    """Yield the source tables, and the requirements with a URL, in a table."""
    if isinstance(value, dict):
        if depth and ({"from", "path"} & value.keys()):
            yield value
            return
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _sources(each, depth + 1)
    elif isinstance(value, str) and "@" in value:
        yield value
