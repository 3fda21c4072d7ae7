"""The cells of a matrix: which Python, which versions to run with, which versions to build against."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from typing import Iterable, Mapping, Sequence

from ..documents import fields, read, table_of, text, tuple_of
from ..files import Json
from ..records.fits import fits
from ..rules.standards import contains
from .table import Exclusion
from .versions import CONTRADICTION, Choice

PLANNED = "planned"
IMPOSSIBLE = "impossible"


@dataclass(frozen=True)
class Cell:
    """One environment to test in.

    Attributes:
        python: The minor version of Python.
        runs: Pairs of a varied name and the version that it runs with; what stands for a version if
            there is none.
        built: Pairs of a name and the version that it is built against.
        state: ``planned``, or why the cell cannot be run.
        reason: The reason for that, in words.
        nightly: The names whose version comes from the index of nightly builds.
        name: A name that no other cell of the plan has.
    """

    python: str
    runs: tuple[tuple[str, str], ...]
    built: tuple[tuple[str, str], ...] = ()
    state: str = PLANNED
    reason: str = ""
    nightly: tuple[str, ...] = ()
    name: str = ""

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return {
            "name": self.name,
            "python": self.python,
            "runs": dict(self.runs),
            "built": dict(self.built),
            "nightly": list(self.nightly),
            "state": self.state,
            "reason": self.reason,
        }

    @classmethod
    def from_json(cls, document: object) -> Cell:
        """Read a document.

        Raises:
            ValueError: If it is not a valid document.
        """
        return read(
            cls,
            fields(document),
            {
                "name": text,
                "python": text,
                "runs": _pairs,
                "built": _pairs,
                "nightly": tuple_of(text),
                "state": text,
                "reason": text,
            },
        )


Axis = Mapping[str, Sequence[Choice]]
"""For each varied name the choices on one interpreter, the oldest version first."""


def combinations(axis: Axis, cells: str, *, outermost: bool) -> list[tuple[Choice, ...]]:
    """Return the versions that run together on one interpreter.

    ``all`` combines everything with everything. ``each`` tries each version of a name with the latest
    of all others, and the oldest of all together. ``edges`` does that for the oldest and the newest
    Python; for those between, only the oldest of all together and the latest of all together.

    Args:
        axis: The choices.
        cells: ``edges``, ``each`` or ``all``.
        outermost: Whether it is the oldest or the newest Python.
    """
    choices = list(axis.values())
    if cells == "all":
        return list(itertools.product(*choices))
    lasts = [_last(each) for each in choices]
    found = [tuple(each[0] for each in choices)]
    if cells == "each" or outermost:
        for position, each in enumerate(choices):
            for choice in each:
                found.append((*lasts[:position], choice, *lasts[position + 1 :]))
    else:
        # What there is no version for is shown for every Python.
        absent = [
            (*lasts[:position], choice, *lasts[position + 1 :])
            for position, each in enumerate(choices)
            for choice in each
            if choice.state
        ]
        found += [tuple(lasts), *absent]
    return list(dict.fromkeys(found))


def _last(choices: Sequence[Choice]) -> Choice:
    """Return the latest version; what there is no version for comes after all versions."""
    versions = [choice for choice in choices if not choice.state]
    return versions[-1] if versions else choices[0]


def judged(cell: Cell, limits: Mapping[str, str]) -> Cell:
    """Return a cell with its state, if what is built cannot be what runs.

    Args:
        cell: A planned cell.
        limits: For a name that is built against, the declared build requirement that excludes its
            version, in words; nothing if it fits.
    """
    runs = dict(cell.runs)
    for name, version in cell.built:
        if limits.get(name):
            return replace(cell, state=CONTRADICTION, reason=limits[name])
        verdict = fits(name, version, runs[name])
        if not verdict.fits:
            return replace(cell, state=IMPOSSIBLE, reason=verdict.reason)
    return cell


def excludes(exclusion: Exclusion, python: str, runs: Mapping[str, str]) -> bool:
    """Return whether an exclusion leaves out a Python with some versions."""
    if exclusion.python and not contains(exclusion.python, python):
        return False
    return all(
        name in runs and _matches(specifier, runs[name]) for name, specifier in exclusion.versions
    )


def _matches(specifier: str, version: str) -> bool:
    try:
        return contains(specifier, version)
    except ValueError:
        # There is no such version.
        return False


def named(cells: Iterable[Cell]) -> list[Cell]:
    """Return the cells with their names: as short as possible, and each only once.

    A name has the minor versions that the cell runs with, as in ``py311-numpy1.26``. Cells that would
    have the same name have the whole versions instead, and then also those that are built against.
    """
    listed = list(cells)
    for whole, built in ((False, False), (True, False), (True, True)):
        names = [cell.name or _name(cell, whole=whole, built=built) for cell in listed]
        listed = [
            replace(cell, name=name) if names.count(name) == 1 else cell
            for cell, name in zip(listed, names)
        ]
    return listed


def _name(cell: Cell, *, whole: bool, built: bool) -> str:
    factors = ["py" + cell.python.replace(".", "")]
    # tox separates factors by a dash.
    factors += [name.replace("-", "_") + _spelt(version, whole) for name, version in cell.runs]
    if built:
        several = len(cell.built) > 1
        factors += [
            f"built{'_' + _spelt(name, True) if several else ''}{_spelt(version, whole)}"
            for name, version in cell.built
        ]
    return "-".join(factors)


def _pairs(value: object) -> tuple[tuple[str, str], ...]:
    return tuple(table_of(text)(value).items())


def _spelt(version: str, whole: bool) -> str:
    numbers = re.match(r"[0-9]+\.[0-9]+", version)
    short = version if whole or numbers is None else numbers[0]
    return re.sub(r"[^A-Za-z0-9.]", "_", short)
