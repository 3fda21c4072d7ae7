"""What a wheel of a matrix was really built with, read from its record."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Iterable

from ..records import read_from_wheel
from .build_failure import NotBuilt
from .plan import Interpreter
from .results import BUILT_OTHERWISE, is_same


def read_back(
    wheel: Path, built: Iterable[tuple[str, str]], interpreter: Interpreter, log: str = ""
) -> dict[str, str]:
    """Return the version of each distribution in the build environment of a wheel.

    Args:
        wheel: The wheel.
        built: Names and versions that it must have been built against.
        interpreter: The interpreter that has built it.
        log: Path of the output of the build; "" if it was kept.

    Raises:
        NotBuilt: If it was built with something else, or if it does not say.
    """

    def otherwise(reason: str, *hints: str) -> NotBuilt:
        return NotBuilt(BUILT_OTHERWISE, f"{wheel.name} {reason}", hints, log)

    try:
        record = read_from_wheel(str(wheel))
    except ValueError as error:
        raise otherwise(f"has a record that cannot be read: {error}") from None
    if record is None:
        raise otherwise("has no record of what it was built with", _no_record_hint(interpreter))
    for name, version in built:
        held = record.held(name)
        if held is None:
            raise otherwise(f"was built without {name}, but {version} was asked for")
        if not is_same(held.version, version):
            raise otherwise(f"was built with {name} {held.version}, but {version} was asked for")
    return {entry.name: entry.version for entry in record.environment}


def _no_record_hint(interpreter: Interpreter) -> str:
    return (
        "see whether the override would be in force there:"
        f" pip-build-override status --python {shlex.quote(interpreter.path)}"
    )
