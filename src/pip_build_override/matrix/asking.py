"""Asks the pip of each interpreter which releases it finds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Iterable, Sequence

from packaging.version import Version

from .. import asking_pip
from ..errors import OverrideError
from ..releases import Available
from .making import Answers
from .plan import Interpreter
from .table import NIGHTLY, Matrix

NIGHTLY_INDEX = "https://pypi.anaconda.org/scientific-python-nightly-wheels/simple"
"""The index to which projects upload their nightly builds (SPEC 4)."""

# For pip, more of them have no use: they wait for the same index.
_AT_ONCE = 4


def answers(matrix: Matrix, interpreters: Sequence[Interpreter]) -> dict[str, Answers]:
    """Return what the pips of some interpreters find, by their minor versions.

    Args:
        matrix: The table, which says what to ask.
        interpreters: The interpreters.

    Raises:
        OverrideError: If one of the pips has no answer.
    """
    names = [name for name, _ in matrix.vary]
    build = matrix.build or ()
    of_nightly = names if NIGHTLY in build else [name for name, each in matrix.vary if NIGHTLY in each]

    def asked(interpreter: Interpreter) -> Answers:
        index = _ask(interpreter, names, {})
        if not of_nightly:
            return Answers(index)
        # Nothing but the nightly builds, whatever else the user has configured.
        variables = {
            "PIP_INDEX_URL": NIGHTLY_INDEX,
            "PIP_EXTRA_INDEX_URL": "",
            "PIP_FIND_LINKS": "",
            "PIP_NO_INDEX": "0",
        }
        return Answers(index, _only_development(_ask(interpreter, of_nightly, variables)))

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = list(pool.map(asked, interpreters))
    return {interpreter.minor: each for interpreter, each in zip(interpreters, found)}


def _ask(interpreter: Interpreter, names: Iterable[str], variables: dict[str, str]) -> Available:
    try:
        return asking_pip.ask_for_releases(interpreter.path, names, variables=variables)
    except OverrideError as error:
        # Several pips are asked.
        raise OverrideError(
            error.message, kind=error.kind, where=interpreter.path, hint=error.hint
        ) from None


def _only_development(available: Available) -> Available:
    releases = {
        name: tuple(each for each in found if Version(each.version).is_devrelease)
        for name, found in available.releases.items()
    }
    return Available(available.environment, releases, available.without_times)
