"""The remedy for C and C++ code that Cython generated, and that does not compile."""

from __future__ import annotations

from typing import Iterable

from ..rules.lines import name_of
from ..rules.standards import contains, may_contain
from .failure import Failure
from .remedy import Rules

CYTHON = "cython"
IF_THERE = "if the sdist contains its .pyx"
"""The condition of the remedy, as long as the sources are not known."""

_DOES_NOT_COMPILE = "it does not compile on this Python"
_AGAIN = "regenerate has Cython generate it again"
# The first releases whose code compiles on the Pythons that each of these is for.
_WORKING = {"cython<3": ">=0.29.36", "cython<3.1": ">=3.0.11"}


def cython_for(python: str, numpy: str = "") -> str:
    """Return the requirement for the Cython that old sources are most likely written for.

    What Cython 0.29 generates does not compile on Python 3.13 and later, nor with the headers of
    numpy 2, and Cython 3.1 dropped more of Python 2.

    Args:
        python: Minor version of the interpreter; "" if not known.
        numpy: The version of numpy in the build environment; "" if there is none.
    """
    old = not python or contains("<3.13", python)
    return "cython<3" if old and not (numpy and contains(">=2", numpy)) else "cython<3.1"


def generated_again(file: str, failure: Failure, python: str, told: str) -> tuple[Rules, str]:
    """Return the rules with which a file is generated again, if it can be, and the reason.

    Args:
        file: Path of the file, as in the message of the compiler.
        failure: The failure.
        python: Minor version of the interpreter; "" if not known.
        told: The reason that the shim gave in the log of a failure; "" if it gave none.
    """
    environment = failure.environment or {}
    there = environment.get(CYTHON, "")
    wanted = cython_for(python, environment.get("numpy", ""))
    works = bool(there) and may_contain(_WORKING[wanted], there)
    replaced = ((CYTHON, f'"{wanted}"'),)
    too_old = f"the Cython of its build environment is too old for {_on(python)}"
    if told == too_old or _is_among(file, failure.cythonized):
        if works:
            return Rules(), f"{_DOES_NOT_COMPILE}, although cython {there} has just generated it"
        return Rules(replace=replaced), too_old
    again = f"{_DOES_NOT_COMPILE}; {_AGAIN} from its .pyx"
    if failure.generated is None:
        if told != again:
            again = f"{_DOES_NOT_COMPILE}; {_AGAIN}, {IF_THERE}"
    elif not _is_among(file, failure.generated):
        return Rules(), f"{_DOES_NOT_COMPILE}, and the sdist has nothing to generate it again from"
    if not there:
        return Rules(add=(f'"{wanted}"',), regenerate=True), again
    if works:
        return Rules(regenerate=True), again
    if failure.declared is None or CYTHON in map(name_of, failure.declared):
        return Rules(replace=replaced, regenerate=True), again
    return Rules(
        constrain=(f"cython{_WORKING[wanted]},{wanted[len(CYTHON) :]}",), regenerate=True
    ), again


def _on(python: str) -> str:
    return f"Python {python}" if python else "this Python"


def _is_among(file: str, paths: Iterable[str]) -> bool:
    """Return whether one of some paths is that of a file, or of what it is generated from."""
    wanted = _stem(file)
    for path in map(_stem, paths):
        if f"/{wanted}".endswith(f"/{path}") or f"/{path}".endswith(f"/{wanted}"):
            return True
    return False


def _stem(path: str) -> str:
    parts = path.replace("\\", "/").rpartition(".")[0]
    return parts[2:] if parts.startswith("./") else parts
