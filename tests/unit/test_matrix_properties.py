"""Plans of matrices, over releases, tables and projects of all kinds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from pip_build_override.errors import OverrideError
from pip_build_override.matrix.cells import excludes
from pip_build_override.matrix.making import Answers, make_plan
from pip_build_override.matrix.plan import Plan
from pip_build_override.matrix.project import Limits
from pip_build_override.matrix.table import BUILD_WORDS, CELLS, WORDS, Exclusion, Matrix
from pip_build_override.matrix.versions import Offer
from pip_build_override.records.fits import fits
from pip_build_override.releases import Available, Release

from .generated import fast
from .matrices import PLACE, TODAY, interpreters, project

BEGIN = date(2022, 1, 1)
PYTHONS = ("3.9", "3.10", "3.11", "3.12")
DAYS = st.integers(0, 1600).map(lambda days: BEGIN + timedelta(days=days))
VERSIONS = st.builds(
    "{}.{}.{}{}".format,
    st.integers(1, 2),
    st.integers(0, 4),
    st.integers(0, 2),
    st.sampled_from(["", "", "", "rc1"]),
)
SPECIFIERS = st.sampled_from(["", ">=1.1", "<2", ">=1.0.1,!=1.2.0", "~=1.2", ">=2", ">=1.3.9"])
NAMES = ("numpy", "pandas")


@st.composite
def releases(draw: st.DrawFn) -> tuple[Release, ...]:
    found = []
    for version in draw(st.lists(VERSIONS, unique=True, max_size=12)):
        released = draw(DAYS)
        later = released + timedelta(days=draw(st.sampled_from([0, 0, 0, 30])))
        wheel = draw(st.booleans()) or draw(st.booleans())
        yanked = draw(st.integers(0, 9)) == 0
        found.append(Release(version, wheel, yanked, released, later if wheel else None))
    return tuple(found)


@st.composite
def tables(draw: st.DrawFn) -> Matrix:
    words = st.sampled_from(
        [*(word for word in WORDS if word != "nightly"), "1.2.*", "1.1.0", "2.0.0rc1"]
    )
    names = NAMES[: draw(st.integers(1, 2))]
    builds = [word for word in BUILD_WORDS if word != "nightly"]
    return Matrix(
        PLACE,
        vary=tuple((name, tuple(draw(st.lists(words, min_size=1, max_size=4)))) for name in names),
        build=draw(st.none() | st.lists(st.sampled_from(builds), min_size=1, max_size=3).map(tuple)),
        window=draw(st.sampled_from(["declared", "declared", "spec0", "nep29"])),
        cells=draw(st.sampled_from(CELLS)),
        exclude=tuple(draw(st.lists(exclusions(names), max_size=2))),
    )


def exclusions(names: tuple[str, ...]) -> st.SearchStrategy[Exclusion]:
    specifiers = st.sampled_from(["<1.2", "==1.1.*", ">=2", "==2.0.0"])
    return st.builds(
        Exclusion,
        st.sampled_from(["==3.10.*", ">=3.12"]),
        st.lists(st.tuples(st.sampled_from(names), specifiers), max_size=1).map(tuple),
    ) | st.builds(Exclusion, st.just(""), st.tuples(st.tuples(st.sampled_from(names), specifiers)))


@st.composite
def asked(draw: st.DrawFn) -> tuple[Matrix, dict[str, Any]]:
    """Return a table, and the other arguments of ``make_plan``."""
    minors = PYTHONS[: draw(st.integers(1, len(PYTHONS)))]
    runs = " ".join(f"{name}{draw(SPECIFIERS)}" for name in NAMES)
    builds = draw(st.sampled_from(["numpy", "numpy>=1.1", "numpy pandas", "numpy>=2"]))
    answers = {
        minor: Answers(Available({"python_version": minor}, {name: draw(releases()) for name in NAMES}))
        for minor in minors
    }
    return draw(tables()), {
        "project": project(runs, builds),
        "interpreters": interpreters(*minors),
        "answers": answers,
        "today": TODAY,
        "as_of": draw(st.none() | DAYS),
    }


def planned(table: Matrix, rest: dict[str, Any]) -> Plan:
    return make_plan(table, **rest)


def a_plan_is_always_the_same(table: Matrix, rest: dict[str, Any]) -> None:
    plan = planned(table, rest)
    assert planned(table, rest) == plan
    # In whatever order the index has the releases.
    answers = {
        minor: Answers(
            replace(
                each.index,
                releases={name: found[::-1] for name, found in each.index.releases.items()},
            )
        )
        for minor, each in rest["answers"].items()
    }
    assert planned(table, {**rest, "answers": answers}) == plan


def each_name_is_there_once(table: Matrix, rest: dict[str, Any]) -> None:
    cells = planned(table, rest).cells
    assert len({cell.name for cell in cells}) == len(cells)
    assert len({(cell.python, cell.runs, cell.built) for cell in cells}) == len(cells)
    assert all(cell.state == "planned" or cell.reason for cell in cells)


def what_is_planned_can_be_run(table: Matrix, rest: dict[str, Any]) -> None:
    for cell in planned(table, rest).planned:
        index = rest["answers"][cell.python].index
        runs, built, declared = dict(cell.runs), dict(cell.built), rest["project"]
        for versions, limits in ((runs, declared.running), (built, declared.building)):
            for name, version in versions.items():
                (release,) = [each for each in index.releases[name] if each.version == version]
                assert release.wheel
                assert not release.yanked
                specifier = limits(name, index.environment).specifier
                assert SpecifierSet(specifier).contains(version, prereleases=True)
                if rest["as_of"]:
                    assert release.wheel_uploaded is not None
                    assert release.wheel_uploaded <= rest["as_of"]
        for name, version in built.items():
            assert fits(name, version, runs[name]).fits


def what_is_excluded_is_never_there(table: Matrix, rest: dict[str, Any]) -> None:
    plan = planned(table, rest)
    for cell in plan.cells:
        for exclusion in table.exclude:
            assert not excludes(exclusion, cell.python, dict(cell.runs))
            if exclusion.python:
                assert not SpecifierSet(exclusion.python).contains(cell.python) or exclusion.versions
    everything = planned(replace(table, exclude=()), rest)
    kept = {(cell.python, cell.runs, cell.built, cell.state) for cell in plan.cells}
    assert kept <= {(cell.python, cell.runs, cell.built, cell.state) for cell in everything.cells}


def edges_are_in_each_and_each_is_in_all(table: Matrix, rest: dict[str, Any]) -> None:
    edges, each, every = (
        {
            (cell.python, cell.runs, cell.built, cell.state, cell.reason)
            for cell in planned(replace(table, cells=kind), rest).cells
        }
        for kind in CELLS
    )
    assert edges <= each <= every
    if len(table.vary) == 1:
        assert each == every
    # Each version that there is for a Python is in a cell of it, unless only the edges are, or the only
    # cell of it is excluded.
    assert table.exclude or {
        (python, name, version) for python, runs, *_ in each for name, version in runs
    } == {(python, name, version) for python, runs, *_ in every for name, version in runs}


PROPERTIES = (
    a_plan_is_always_the_same,
    each_name_is_there_once,
    what_is_planned_can_be_run,
    what_is_excluded_is_never_there,
    edges_are_in_each_and_each_is_in_all,
)


# Making them up takes longer than planning.
@fast
@given(asked())
def test_what_holds_of_every_plan(given_: tuple[Matrix, dict[str, Any]]) -> None:
    for holds in PROPERTIES:
        holds(*given_)


@fast
@given(releases(), SPECIFIERS, DAYS, DAYS)
def test_a_later_day_takes_no_minor_version_away(
    found: tuple[Release, ...], specifier: str, one: date, other: date
) -> None:
    earlier, later = sorted((one, other))

    def minors(day: date) -> list[Version]:
        limits = Limits("[project]", "numpy", specifier)
        offer = Offer("numpy", found, limits, None, day, day)
        return [Version(choice.version) for choice in offer.choices(["minors"]) if not choice.state]

    before, after = minors(earlier), minors(later)
    assert {version.release[:2] for version in before} <= {version.release[:2] for version in after}
    if before:
        assert max(before) <= max(after)


@fast
@given(releases(), SPECIFIERS, st.none() | DAYS)
def test_oldest_is_a_floor_that_is_met_or_there_is_a_note(
    found: tuple[Release, ...], specifier: str, as_of: date | None
) -> None:
    limits = Limits("[project]", "numpy", specifier)
    offer = Offer("numpy", found, limits, None, as_of or TODAY, as_of)
    (choice,) = offer.choices(["oldest"])
    floor = specifier.partition(",")[0].lstrip(">=~")
    if specifier[:2] in (">=", "~=") and not choice.state and Version(choice.version) != Version(floor):
        (note,) = offer.notes(["oldest"])
        assert f"numpy{specifier}, but " in note
        assert note.endswith(f"the oldest here is {choice.version}")
    else:
        assert offer.notes(["oldest"]) == []


def test_a_plan_that_is_refused_is_refused_for_what_is_asked() -> None:
    with pytest.raises(OverrideError, match="nothing to vary"):
        make_plan(Matrix(PLACE), project(), interpreters("3.9"), {}, today=TODAY)
