"""Keeps the plan of a matrix, so that an engine that is only asked for its environments plans nothing.

Planning starts every interpreter and asks its pip for releases. A kept plan is used again until the end
of the day, if nothing has changed that this module can see for the price of reading a few files.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Callable, Sequence

from .. import __version__, switch
from ..documents import fields_of_format, read, text
from ..files import Json, read_json, read_whole, write_json
from .plan import Plan
from .project_plan import PROJECT

FORMAT = 1
"""Increase this if a field is added or removed, or changes its meaning."""

# What decides which interpreters are found, next to what pip itself reads.
_SEEN = ("PATH", "PYENV_ROOT", "RUNNER_TOOL_CACHE", "AGENT_TOOLSDIRECTORY")


@dataclass(frozen=True)
class _Kept:
    """The document in which a plan is kept.

    Attributes:
        key: A digest of all that the plan depends on.
        plan: The plan.
    """

    key: str
    plan: Plan

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return {"format": FORMAT, "key": self.key, "plan": self.plan.to_json()}

    @classmethod
    def from_json(cls, document: object) -> _Kept:
        """Read a document.

        Raises:
            ValueError: If it is not a valid document.
        """
        return read(cls, fields_of_format(document, FORMAT), {"key": text, "plan": Plan.from_json})


def kept_plan(path: str, options: Sequence[str], make: Callable[[], Plan]) -> Plan:
    """Return the plan of the project in the current directory, made now or earlier on the same day.

    Args:
        path: Where the plan is kept.
        options: All that the user has asked for, with names. If one is the path of a file, the file's
            content counts, too.
        make: Makes the plan.

    Raises:
        OverrideError: If there is no plan. Then none is kept.
    """
    key = _key(options)
    plan = _found(path, key)
    if plan is None:
        plan = make()
        try:
            os.makedirs(os.path.dirname(path) or os.curdir, exist_ok=True)
            write_json(path, _Kept(key, plan).to_json())
        except OSError:
            # The next one plans again; nothing else depends on it.
            pass
    return plan


def _found(path: str, key: str) -> Plan | None:
    try:
        kept = _Kept.from_json(read_json(path))
    except ValueError:
        return None
    there = all(os.path.exists(each.path) for each in kept.plan.interpreters)
    return kept.plan if kept.key == key and there else None


def _key(options: Sequence[str]) -> str:
    """Return a digest of all that a plan depends on, except for what the index has."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name in _SEEN or name.upper().startswith("PIP_")
    }
    files = [PROJECT, environment.get(switch.SWITCH, ""), *options]
    facts = [
        __version__,
        sys.executable,
        os.getcwd(),
        datetime.now(timezone.utc).date().isoformat(),
        list(options),
        sorted(environment.items()),
        [_digest(file) for file in files],
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _digest(file: str) -> str:
    try:
        content = read_whole(file)
    except OSError:
        # An option that is no file.
        return ""
    return "" if content is None else hashlib.sha256(content).hexdigest()
