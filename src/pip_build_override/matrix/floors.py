"""The oldest version of each varied name that really works, from what came of the cells.

Only what was run counts: of a version that no cell ran with, nothing is said but that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Iterable, Mapping, Sequence

from packaging.version import InvalidVersion, Version

from ..files import Json
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
        fails: Those with which no cell passed, and one did not work.
        not_run: The oldest release that counts there, and the last of each x.y, as far as no cell ran
            with them.
        failed: For each version the names of the cells that did not work.
    """

    python: str
    declared: str | None
    works: tuple[str, ...]
    fails: tuple[str, ...]
    not_run: tuple[str, ...]
    failed: Mapping[str, tuple[str, ...]]

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
        """The versions that do not work although an older one does."""
        return tuple(each for each in self.fails if self.oldest and _is_older(self.oldest, each))

    @property
    def between(self) -> tuple[str, ...]:
        """The versions that were not run, between the oldest that works and the next that does not."""
        below, oldest = self.fails_below, self.oldest
        if below is None or oldest is None:
            return ()
        return tuple(
            each for each in self.not_run if _is_older(below, each) and _is_older(each, oldest)
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
    passed: dict[str, list[str]] = {}
    failed: dict[str, list[str]] = {}
    for cell in plan.cells:
        if cell.python == python:
            found = _seen(cell, name, results[cell.name])
            if found is not None:
                (passed if found else failed).setdefault(dict(cell.runs)[name], []).append(cell.name)
    seen = {Version(version) for version in (*passed, *failed)}
    milestones = plan.milestones.get(python, {}).get(name, ())
    return OnPython(
        python,
        plan.declared.get(python, {}).get(name),
        _ordered(passed),
        _ordered(version for version in failed if version not in passed),
        _ordered(version for version in milestones if Version(version) not in seen),
        {version: tuple(cells) for version, cells in failed.items()},
    )


def _seen(cell: Cell, name: str, result: Result) -> bool | None:
    """Return whether a cell shows that a version works or does not; None if it shows neither."""
    version = dict(cell.runs)[name]
    if not _is_version(version):
        return None
    if result.state == PASSED:
        return True if is_same(result.ran_with.get(name, ""), version) else None
    if result.state in (TESTS_FAILED, NOT_IMPORTED, IMPOSSIBLE):
        return False
    if result.state == NOT_BUILT and dict(cell.built).get(name) == version:
        return False
    # It says something about what is built against, the network or the index.
    return None


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
    unseen = []
    for each in floor.pythons:
        if each.between and each.oldest:
            key = (each.fails_below or "", each.between, each.oldest)
            gaps.setdefault(key, []).append(each.python)
        if each.unseen_below:
            unseen.append(each.python)
    for (below, between, oldest), pythons in gaps.items():
        command = again(f"{name}={_commas(between)}", pythons)
        lines.append(
            f"nothing was run between {name} {below}, which does not work, and {oldest}, which does, on"
            f" Python {', '.join(pythons)}; this narrows it: {command}"
        )
    if unseen:
        lines.append(
            f"an older {name} than those that were run is allowed on Python {', '.join(unseen)}; this"
            f" tries the oldest: {again(f'{name}=oldest', unseen)}"
        )
    # Next to what fails there are other releases of the same x.y, which nobody has run.
    seen_all = not unseen and not any(each.fails_below for each in floor.pythons)
    return [*lines, _last(floor, file, seen_all=seen_all)]


def _none_works(floor: Floor, again: Again) -> list[str]:
    name = floor.name
    failing = [each for each in floor.pythons if each.fails]
    if not failing:
        return [f"no {name} was seen to work"]
    lines = []
    newer = [
        each.python for each in failing if each.not_run and _is_older(each.fails[-1], each.not_run[-1])
    ]
    if newer:
        lines.append(
            f"a newer {name} than those that were run is allowed on Python {', '.join(newer)}; this"
            f" tries the latest: {again(f'{name}=latest', newer)}"
        )
    return [*lines, f"no {name} that was run works"]


def _last(floor: Floor, file: str, *, seen_all: bool) -> str:
    name, oldest = floor.name, floor.oldest or ""
    # Of those that were run: whoever reads the last line only must not take it for more.
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
    allowed = _ordered(each.fails_below for each in floor.pythons if each.fails_below)
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
    return "none" if each.fails else "not run"


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
