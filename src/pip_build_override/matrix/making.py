"""From a table, the metadata of a project and the releases that pips find, to the plan of a matrix."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Collection, Iterable, Iterator, Mapping, Sequence

from ..releases import Available
from ..rules.lines import parts_of
from ..rules.place import did_you_mean, listing
from ..rules.standards import contains
from .cells import Cell, combinations, excludes, judged, named
from .plan import Interpreter, Plan
from .project import Limits, Project
from .table import BUILD_WORDS, NIGHTLY, Matrix
from .versions import Choice, Offer
from .windows import WINDOWS, Window, supported_pythons

SAME = "same"
_DEFAULT_BUILD = ("latest",)
_ALMOST = 0.8  # one letter of five


@dataclass(frozen=True)
class Answers:
    """What the pip of one interpreter has answered.

    Attributes:
        index: About the indexes that it is configured for.
        nightly: About the index of nightly builds; None if it was not asked about that.
    """

    index: Available
    nightly: Available | None = None


def choose_pythons(
    matrix: Matrix, project: Project, found: Sequence[Interpreter], day: date
) -> tuple[list[Interpreter], list[str]]:
    """Return the interpreters that a matrix is for, the oldest first, and what is to be said of others.

    Args:
        matrix: The table.
        project: The metadata of the project.
        found: The interpreters on this machine, one for each minor version.
        day: The day that a window ends.

    Raises:
        OverrideError: If there is none, or if one that the table names is not there.
    """
    by_minor = {each.minor: each for each in sorted(found, key=lambda each: _numbers(each.minor))}
    shown = listing(by_minor) or "none"
    required = project.requires_python
    if matrix.python is not None:
        place = matrix.place_of("python")
        missing = [minor for minor in matrix.python if minor not in by_minor]
        if missing:
            raise place.error(
                f"there is no interpreter with pip for Python {listing(missing)} here; found: {shown}",
                "install it (pyenv install, or a package of the system), or leave it out of python",
                kind="unusable-python",
            )
        named = [by_minor[minor] for minor in sorted(matrix.python, key=_numbers)]
        excluded = [each for each in named if required and not contains(required, each.version)]
        if excluded:
            versions = listing(each.version for each in excluded)
            raise place.error(
                f"requires-python {required} of {project.place.shown} excludes Python {versions}",
                f"leave {listing(each.minor for each in excluded)} out of python, or correct"
                " requires-python",
                kind="impossible-matrix",
            )
        return named, []
    notes = []
    if required is None:
        notes.append("requires-python is not static, so every interpreter counts")
    chosen = {
        minor: each
        for minor, each in by_minor.items()
        if not required or contains(required, each.version)
    }
    window = WINDOWS.get(matrix.window)
    if window is not None:
        inside = supported_pythons(window, frozenset(map(_numbers, chosen)), day)
        outside = [minor for minor in chosen if _numbers(minor) not in inside]
        if outside:
            notes.append(f"Python {listing(outside)}: outside of the window of {window.title} on {day}")
        chosen = {minor: each for minor, each in chosen.items() if minor not in outside}
    if not chosen:
        wanted = f"requires-python {required or 'any'}"
        if window is not None:
            wanted += f" and {window.title} on {day}"
        raise matrix.place.error(
            f"no interpreter here is one that {wanted} allows; found: {shown}",
            'install one, or name those to test with, as in python = ["3.11"]',
            kind="unusable-python",
        )
    return list(chosen.values()), notes


def make_plan(
    matrix: Matrix,
    project: Project,
    interpreters: Sequence[Interpreter],
    answers: Mapping[str, Answers],
    *,
    today: date,
    as_of: date | None = None,
) -> Plan:
    """Return the plan of a matrix.

    Args:
        matrix: The table.
        project: The metadata of the project.
        interpreters: The interpreters that it is for, the oldest first.
        answers: What the pip of each has answered, by its minor version.
        today: The day on which a window ends if there is no other.
        as_of: The day after whose end no file counts.

    Raises:
        OverrideError: If the matrix contradicts the project, or what is known of the releases.
    """
    check(matrix, project, as_of)
    day = as_of or today
    window = WINDOWS.get(matrix.window)
    if window is not None or as_of is not None:
        _check_times(matrix, answers.values())
    _check_names(matrix, project, answers.values())
    columns = [
        _Column(matrix, project, interpreter.minor, answers[interpreter.minor], window, day, as_of)
        for interpreter in interpreters
    ]
    if matrix.build is not None and not any(column.built_names for column in columns):
        names = listing(name for name, _ in matrix.vary)
        raise matrix.place_of("build").error(
            f"build is given, but the [build-system] of {project.place.shown} does not require {names}",
            f"leave out build, or add {names} to requires under [build-system]",
            kind="impossible-matrix",
        )
    cells: list[Cell] = []
    for column in columns:
        cells += column.cells(outermost=column in (columns[0], columns[-1]))
    kept, notes = _without_excluded(matrix, cells)
    notes = [*_joined(column.notes() for column in columns), *notes]
    return Plan(
        project.name,
        tuple(interpreters),
        tuple(named(kept)),
        tuple(notes),
        day if window is not None or as_of is not None else None,
        matrix.window,
        matrix.groups,
        matrix.extras,
        matrix.command,
        declared={column.minor: column.declared for column in columns},
        milestones={column.minor: column.milestones for column in columns},
    )


def check(matrix: Matrix, project: Project, as_of: date | None = None) -> None:
    """Check what is known of a matrix before any interpreter is looked for.

    Args:
        matrix: The table.
        project: The metadata of the project.
        as_of: The day after whose end no file counts.

    Raises:
        OverrideError: If there can be no plan of it.
    """
    if not matrix.vary:
        raise matrix.place.error(
            "there is nothing to vary",
            "name it with its versions: --vary numpy=oldest,latest",
            kind="impossible-matrix",
        )
    words = [word for _, each in matrix.vary for word in each] + list(matrix.build or ())
    if as_of is not None and NIGHTLY in words:
        raise matrix.place.error(
            f"nightly builds are never those of {as_of}",
            "leave out either nightly or --as-of",
            kind="impossible-matrix",
        )
    shown = project.place.shown
    for group in matrix.groups:
        if project.groups is not None and group not in project.groups:
            raise matrix.place.error(
                f"groups has {group}, and {shown} has no such dependency group",
                _missing_hint(group, project.groups, "dependency-groups"),
                kind="invalid-project",
            )
    for extra in matrix.extras:
        if project.optional is not None and extra not in project.optional:
            raise matrix.place.error(
                f"extras has {extra}, and {shown} has no such extra",
                _missing_hint(extra, project.optional, "project.optional-dependencies"),
                kind="invalid-project",
            )


def _missing_hint(name: str, known: Iterable[str], table: str) -> str:
    near = did_you_mean(name, known)
    return f"did you mean {near}?" if near else f"write {name} = […] under [{table}], or leave it out"


def _check_names(matrix: Matrix, project: Project, answers: Collection[Answers]) -> None:
    """Check that no name is a misspelt one of the project.

    Anybody can register such a name, so one that differs by a letter is an error even if pip finds it.
    """
    lines = [*(project.dependencies or ()), *project.build_requires]
    declared = {parts_of(line).name for line in lines}
    for name, _ in matrix.vary:
        if name in declared:
            continue
        shown = project.place.shown
        found = any(
            each.index.releases.get(name) or (each.nightly and each.nightly.releases.get(name))
            for each in answers
        )
        if found:
            near = did_you_mean(name, declared, _ALMOST)
            problem = f"{shown} does not declare {name}"
            hint = f"did you mean {near}? if not, add {name} to dependencies under [project]"
        else:
            near = did_you_mean(name, declared)
            problem = f"pip finds no release of {name}, and {shown} does not declare it"
            hint = f"did you mean {near}?"
        if near:
            raise matrix.place_of("vary").error(problem, hint, kind="impossible-matrix")


def _check_times(matrix: Matrix, answers: Iterable[Answers]) -> None:
    pages = sorted({page for each in answers for page in each.index.without_times})
    if pages:
        raise matrix.place.error(
            f"{listing(pages)} does not say when files were uploaded (PEP 700)",
            "use another index, or neither a window nor --as-of",
            kind="unknown-upload-time",
        )


class _Column:
    """The cells of one interpreter."""

    def __init__(
        self,
        matrix: Matrix,
        project: Project,
        minor: str,
        answers: Answers,
        window: Window | None,
        day: date,
        as_of: date | None,
    ) -> None:
        self.matrix = matrix
        self.minor = minor
        environment = answers.index.environment

        def offer(name: str, limits: Limits) -> Offer:
            nightly = answers.nightly.releases.get(name, ()) if answers.nightly else ()
            releases = answers.index.releases.get(name, ())
            return Offer(name, releases, limits, window, day, as_of, nightly)

        self.running = {
            name: offer(name, project.running(name, environment, matrix.extras))
            for name, _ in matrix.vary
        }
        building = {name: project.building(name, environment) for name, _ in matrix.vary}
        self.building = {name: offer(name, each) for name, each in building.items() if each.declared}
        self.built_names = tuple(self.building)
        self._built = {
            (name, word): each.choices([word])[0]
            for name, each in self.building.items()
            for word in self.builds
            if word != SAME
        }
        self._check_limits()

    @property
    def builds(self) -> tuple[str, ...]:
        return self.matrix.build or _DEFAULT_BUILD

    @property
    def declared(self) -> dict[str, str]:
        """The specifiers of the names that the project declares for its tests."""
        limits = {name: offer.limits for name, offer in self.running.items()}
        return {name: each.specifier for name, each in limits.items() if each.declared}

    @property
    def milestones(self) -> dict[str, tuple[str, ...]]:
        """The oldest release and the last of each x.y, for each name."""
        return {name: offer.milestones for name, offer in self.running.items()}

    def _check_limits(self) -> None:
        for name, words in self.matrix.vary:
            limits = self.running[name].limits
            open_ended = [word for word in words if word in ("oldest", "minors")]
            if not limits.known and open_ended:
                raise self.matrix.place_of("vary").error(
                    f"vary.{name} has {listing(open_ended)}, but the limits on {name} are not known,"
                    " because [project] has no static dependencies",
                    f'name the versions, as in vary.{name} = ["1.26.*", "latest"]',
                    kind="impossible-matrix",
                )
        plain = [word for word in self.builds if word not in BUILD_WORDS]
        if plain and len(self.built_names) > 1:
            raise self.matrix.place_of("build").error(
                f"build has {listing(plain)}, and several of the names that vary are built against:"
                f" {listing(self.built_names)}",
                "write latest, oldest or same instead, or vary only one of them",
                kind="impossible-matrix",
            )

    def notes(self) -> tuple[str, list[str]]:
        """Return the Python, and the notes about it."""
        found = []
        for name, words in self.matrix.vary:
            offer = self.running[name]
            found += offer.notes(words)
            if not offer.limits.known:
                found.append(f"{name} has no known limits: [project] has no static dependencies")
        for offer in self.building.values():
            found += offer.notes(self.builds)
        return self.minor, found

    def cells(self, *, outermost: bool) -> list[Cell]:
        """Return the cells, those that cannot be run included.

        Args:
            outermost: Whether it is the oldest or the newest Python.
        """
        axis = {name: self.running[name].choices(words) for name, words in self.matrix.vary}
        found: dict[object, Cell] = {}
        for choices in combinations(axis, self.matrix.cells, outermost=outermost):
            together = dict(zip(axis, choices))
            for word in self.builds:
                cell = self._cell(together, word)
                # Two words may stand for the same version.
                found.setdefault((cell.runs, cell.built), cell)
        return list(found.values())

    def _cell(self, together: Mapping[str, Choice], word: str) -> Cell:
        runs = tuple((name, choice.version) for name, choice in together.items())
        absent = [choice for choice in together.values() if choice.state]
        if absent:
            # Whatever it would be built against.
            return Cell(self.minor, runs, (), absent[0].state, absent[0].reason)
        built = {}
        for name in self.building:
            built[name] = together[name] if word == SAME else self._built[name, word]
        cell = Cell(
            self.minor,
            runs,
            tuple((name, choice.version) for name, choice in built.items()),
            nightly=tuple(name for name, choice in together.items() if choice.nightly),
        )
        for choice in built.values():
            if choice.state:
                return Cell(self.minor, runs, cell.built, choice.state, choice.reason)
        return judged(cell, dict(self._excluded(built)))

    def _excluded(self, built: Mapping[str, Choice]) -> Iterator[tuple[str, str]]:
        for name, choice in built.items():
            limits = self.building[name].limits
            if not contains(limits.specifier, choice.version):
                yield name, f"{limits.text} excludes {name} {choice.version}"


def _without_excluded(matrix: Matrix, cells: Sequence[Cell]) -> tuple[list[Cell], list[str]]:
    kept = list(cells)
    notes = []
    for exclusion in matrix.exclude:
        left = [cell for cell in kept if not excludes(exclusion, cell.python, dict(cell.runs))]
        count = len(kept) - len(left)
        reason = f" ({exclusion.reason})" if exclusion.reason else ""
        what = f"{count} cell{'' if count == 1 else 's'} left out" if count else "leaves out no cell"
        notes.append(f"exclude {exclusion.text}{reason}: {what}")
        kept = left
    return kept, notes


def _joined(notes: Iterable[tuple[str, list[str]]]) -> list[str]:
    """Return each note once, with the Pythons that it is about."""
    pythons: dict[str, list[str]] = {}
    columns = list(notes)
    for minor, texts in columns:
        for text in dict.fromkeys(texts):
            pythons.setdefault(text, []).append(minor)
    return [
        text if len(minors) == len(columns) else f"Python {listing(minors)}: {text}"
        for text, minors in pythons.items()
    ]


def _numbers(minor: str) -> tuple[int, ...]:
    return tuple(map(int, minor.split(".")))
