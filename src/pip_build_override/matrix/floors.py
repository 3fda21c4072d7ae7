"""The oldest version of each varied name that really works, from what came of the cells.

Only what was run counts: of a version that no cell ran with, nothing is said but that. There is one
exception. A cell is impossible if its wheel does not run with a version, by the rules of
``records.fits``, and such a cell is never run. What it says is about the build more than the version:

- If the version is newer than what the wheel is built against, a newer build would run with it, and a
  lower limit does not depend on it. The cell counts neither for the version nor against it.
- If the version is older, the wheels of this matrix need a newer one. The version counts as too old if
  that is so in each cell with it: the project allows a version that none of its wheels runs with. If
  another cell with that version was run, the result of that cell counts. If another one could have been
  run and was not, nothing is known.
- If the cell is impossible because of another name, it says nothing about this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Iterable, Mapping, Sequence

from packaging.version import InvalidVersion, Version

from ..files import Json
from ..records.fits import fits
from .cells import IMPOSSIBLE, Cell
from .plan import Plan
from .results import NOT_BUILT, NOT_IMPORTED, PASSED, TESTS_FAILED, Result, is_same
from .versions import lower_limit

Again = Callable[[str, Sequence[str]], str]
"""Returns the command that runs some versions, as ``NAME=VERSION,…``, on some Pythons."""


@dataclass(frozen=True)
class OnPython:
    """What is known of one name on one Python. All versions are in order, the oldest first.

    Attributes:
        python: The minor version of Python.
        declared: The specifier that the project declares there; None if it declares none.
        works: The versions with which a cell passed.
        fails: Those with which no cell passed, and one did not work, and those that are too old.
        not_run: The oldest release that counts there, and the last of each x.y, as far as no cell says
            anything about them.
        failed: For each version the names of the cells that did not work.
        too_old: Those that no cell was run with because they are too old for what is built, and the
            versions that it is built with.
        can_be_run: Those of ``not_run`` that are not impossible with what is built.
    """

    python: str
    declared: str | None
    works: tuple[str, ...]
    fails: tuple[str, ...]
    not_run: tuple[str, ...]
    failed: Mapping[str, tuple[str, ...]]
    too_old: Mapping[str, tuple[str, ...]]
    can_be_run: tuple[str, ...]

    @property
    def oldest(self) -> str | None:
        """The oldest version that works."""
        return next(iter(self.works), None)

    @property
    def fails_below(self) -> str | None:
        """The newest version that does not work and is older than the oldest that does."""
        older = [each for each in self.fails if self.oldest and _is_older(each, self.oldest)]
        return older[-1] if older else None

    @property
    def fails_above(self) -> tuple[str, ...]:
        """The versions that were run and do not work although an older one does."""
        return tuple(
            each
            for each in self.fails
            if self.oldest and _is_older(self.oldest, each) and each not in self.too_old
        )

    @property
    def between(self) -> tuple[str, ...]:
        """The versions to run, between the oldest that works and the next that does not."""
        below, oldest = self.fails_below, self.oldest
        if below is None or oldest is None:
            return ()
        return tuple(
            each for each in self.can_be_run if _is_older(below, each) and _is_older(each, oldest)
        )

    @property
    def unseen_below(self) -> tuple[str, ...]:
        """The versions that were not run, if all that were work, and that are older than these."""
        if self.oldest is None or self.fails_below is not None:
            return ()
        return tuple(each for each in self.not_run if _is_older(each, self.oldest))

    def to_json(self) -> Json:
        """Return what a report says of it."""
        return {
            "python": self.python,
            "declared": self.declared,
            "oldest": self.oldest,
            "works": list(self.works),
            "fails": list(self.fails),
            "too_old": [each for each in self.fails if each in self.too_old],
            "not_run": list(self.not_run),
        }


@dataclass(frozen=True)
class Floor:
    """What is known of one name.

    Attributes:
        name: The name.
        pythons: What is known on each Python.
    """

    name: str
    pythons: tuple[OnPython, ...]

    @property
    def oldest(self) -> str | None:
        """The oldest version that works on a Python."""
        found = [each.oldest for each in self.pythons if each.oldest]
        return min(found, key=Version, default=None)

    @property
    def needed(self) -> tuple[str, ...]:
        """The requirements to declare so that no version is allowed that was seen not to work.

        One that holds for all Pythons that were run comes first; the others have a marker. There is
        none if what is declared allows no such version, or if something between was not run.
        """
        needs = {
            each.python: each.oldest
            for each in self.pythons
            if each.oldest and each.fails_below and not each.between
        }
        plain = None
        for version in sorted(needs.values(), key=Version):
            if all(each.oldest and not _is_older(each.oldest, version) for each in self.pythons):
                plain = version
        found = [] if plain is None else [f"{self.name}>={plain}"]
        for python, version in needs.items():
            if plain is None or _is_older(plain, version):
                found.append(f"{self.name}>={version}; python_version == '{python}'")
        return tuple(found)

    def to_json(self) -> Json:
        """Return what a report says of it."""
        return {
            "name": self.name,
            "oldest": self.oldest,
            "needed": list(self.needed),
            "pythons": [each.to_json() for each in self.pythons],
        }


def floors(plan: Plan, results: Mapping[str, Result]) -> tuple[Floor, ...]:
    """Return what is known of each varied name.

    Args:
        plan: The plan.
        results: What came of each cell, by its name.
    """
    names = dict.fromkeys(name for cell in plan.cells for name, _ in cell.runs)
    return tuple(
        Floor(name, tuple(_on_python(name, each.minor, plan, results) for each in plan.interpreters))
        for name in names
    )


def _on_python(name: str, python: str, plan: Plan, results: Mapping[str, Result]) -> OnPython:
    cells = [
        cell for cell in plan.cells if cell.python == python and _is_version(dict(cell.runs)[name])
    ]
    passed: set[str] = set()
    ran_and_failed: set[str] = set()
    failed: dict[str, list[str]] = {}
    needs_newer: dict[str, dict[str, None]] = {}
    # Those of which another cell may still show something.
    others: set[str] = set()
    for cell in cells:
        version, result = dict(cell.runs)[name], results[cell.name]
        found = _seen(cell, name, result)
        if result.state == IMPOSSIBLE and _is_too_old(cell, name):
            needs_newer.setdefault(version, {})[dict(cell.built)[name]] = None
        elif found is None:
            others.add(version)
            continue
        elif found:
            passed.add(version)
            continue
        else:
            ran_and_failed.add(version)
        failed.setdefault(version, []).append(cell.name)
    too_old = {
        version: tuple(built)
        for version, built in needs_newer.items()
        if version not in passed | ran_and_failed | others
    }
    fails = (ran_and_failed - passed) | {*too_old}
    seen = {Version(version) for version in passed | fails}
    milestones = plan.milestones.get(python, {}).get(name, ())
    not_run = _ordered(version for version in milestones if Version(version) not in seen)
    return OnPython(
        python,
        plan.declared.get(python, {}).get(name),
        _ordered(passed),
        _ordered(fails),
        not_run,
        {version: tuple(names) for version, names in failed.items()},
        too_old,
        tuple(version for version in not_run if _can_be_run(name, version, cells)),
    )


def _seen(cell: Cell, name: str, result: Result) -> bool | None:
    """Return whether the run of a cell shows that a version works or does not; None if neither."""
    version = dict(cell.runs)[name]
    if result.state == PASSED:
        return True if is_same(result.ran_with.get(name, ""), version) else None
    if result.state in (TESTS_FAILED, NOT_IMPORTED):
        return False
    if result.state == NOT_BUILT and dict(cell.built).get(name) == version:
        return False
    # It says something about what is built against, the network or the index.
    return None


def _is_too_old(cell: Cell, name: str) -> bool:
    """Return whether the version that a cell runs with is too old for what it is built against."""
    version, built = dict(cell.runs)[name], dict(cell.built).get(name, "")
    return _is_version(built) and _is_older(version, built) and not fits(name, built, version).fits


def _can_be_run(name: str, version: str, cells: Iterable[Cell]) -> bool:
    """Return whether a version can be run in the same matrix: if not, nobody is told to try it.

    Args:
        name: The name.
        version: The version, which no cell says anything about.
        cells: The cells on one Python.
    """
    pairs = [(dict(cell.runs)[name], dict(cell.built).get(name, "")) for cell in cells]
    there = [(run, built) for run, built in pairs if is_same(run, version)]
    if there:
        return any(not built or fits(name, built, run).fits for run, built in there)
    # With "same" it would be built against itself. Then each that is run has such a cell.
    if {run for run, _ in pairs} <= {run for run, built in pairs if run == built}:
        return True
    return any(not built or fits(name, built, version).fits for _, built in pairs)


def said(floor: Floor, file: str, again: Again) -> list[str]:
    """Return what to tell the user about one name; the last line has the oldest version that works.

    Args:
        floor: What is known of it.
        file: The file that declares the requirements.
        again: Returns the command that runs some other versions.
    """
    name = floor.name
    if floor.oldest is None:
        return _none_works(floor, again)
    lines = [
        f"{name} {', '.join(each.fails_above)} {_does_not(each.fails_above)} on Python {each.python},"
        f" although {each.oldest} does"
        for each in floor.pythons
        if each.fails_above
    ]
    gaps: dict[tuple[str, tuple[str, ...], str], list[str]] = {}
    unseen = [each.python for each in floor.pythons if each.unseen_below]
    for each in floor.pythons:
        below = each.fails_below
        if each.between and each.oldest and below:
            why = _too_old(each, below)
            state = f"{below}, which is {why}" if why else f"{below}, which does not work"
            gaps.setdefault((state, each.between, each.oldest), []).append(each.python)
    for (state, between, oldest), pythons in gaps.items():
        command = again(f"{name}={_commas(between)}", pythons)
        lines.append(
            f"nothing was run between {name} {state}, and {oldest}, which works, on Python"
            f" {', '.join(pythons)}; this narrows it: {command}"
        )
    to_try = [
        each.python
        for each in floor.pythons
        if each.unseen_below and each.unseen_below[0] in each.can_be_run
    ]
    if to_try:
        lines.append(
            f"an older {name} than those that were run is allowed on Python {', '.join(to_try)}; this"
            f" tries the oldest: {again(f'{name}=oldest', to_try)}"
        )
    # Next to what fails there are other releases of the same x.y, which nobody has run.
    seen_all = not unseen and not any(each.fails_below for each in floor.pythons)
    return [*lines, _last(floor, file, seen_all=seen_all)]


def _none_works(floor: Floor, again: Again) -> list[str]:
    name = floor.name
    failing = [each for each in floor.pythons if {*each.fails} - {*each.too_old}]
    if not failing:
        return [f"no {name} was seen to work"]
    lines = []
    newer = [
        each.python
        for each in failing
        if each.can_be_run[-1:] == each.not_run[-1:] != ()
        and _is_older(each.fails[-1], each.not_run[-1])
    ]
    if newer:
        lines.append(
            f"a newer {name} than those that were run is allowed on Python {', '.join(newer)}; this"
            f" tries the latest: {again(f'{name}=latest', newer)}"
        )
    return [*lines, f"no {name} that was run works"]


def _last(floor: Floor, file: str, *, seen_all: bool) -> str:
    name, oldest = floor.name, floor.oldest or ""
    # Of those that were run: a user who reads only the last line must not take it for more.
    text = f"the oldest {name} that works{'' if seen_all else ', of those that were run,'} is {oldest}"
    different = {each.oldest for each in floor.pythons}
    if len(different) > 1:
        text += f" ({', '.join(f'Python {e.python}: {e.oldest or _none(e)}' for e in floor.pythons)})"
    partly = {
        cell: None for each in floor.pythons if each.oldest for cell in each.failed.get(each.oldest, ())
    }
    if partly:
        text += f", but not in {', '.join(partly)}"
    declared = dict.fromkeys(
        f"{name}{each.declared}" for each in floor.pythons if each.declared is not None
    )
    if not declared:
        return text
    shown = " and ".join(declared)
    reasons = {
        each.fails_below: _too_old(each, each.fails_below) for each in floor.pythons if each.fails_below
    }
    allowed = [f"{v} ({reasons[v]})" if reasons[v] else v for v in _ordered(reasons)]
    if allowed:
        text += f"; {file} declares {shown}, which allows {', '.join(allowed)}"
        return f"{text}: write {_quoted(floor.needed)}" if floor.needed else text
    limits = [lower_limit(each.declared) for each in floor.pythons if each.declared]
    if not any(limits):
        return f"{text}; {file} declares {shown}, without a lower limit"
    if not seen_all or partly or not all(each.oldest for each in floor.pythons):
        return f"{text}; {file} declares {shown}"
    if Version(oldest) in limits:
        return f"{text}, as {file} declares: {shown}"
    # There is no older wheel.
    return f"{text}, the oldest that there is; {file} declares {shown}"


def _none(each: OnPython) -> str:
    return "none" if {*each.fails} - {*each.too_old} else "not run"


def _too_old(each: OnPython, version: str) -> str:
    """Return in words that a version was not run because it is too old; "" if that is not so."""
    built = each.too_old.get(version)
    return f"too old for what is built with {', '.join(_ordered(built))}" if built else ""


def _quoted(requirements: Iterable[str]) -> str:
    return " and ".join(f'"{each}"' for each in requirements)


def _does_not(versions: Sequence[str]) -> str:
    return "does not work" if len(versions) == 1 else "do not work"


def _commas(versions: Iterable[str]) -> str:
    return ",".join(versions)


def _ordered(versions: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(dict.fromkeys(versions), key=Version))


def _is_older(one: str, other: str) -> bool:
    return Version(one) < Version(other)


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True
