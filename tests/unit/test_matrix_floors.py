"""The oldest version that really works: only from what was run, and compared with what is declared."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Mapping, Sequence

import pytest

from pip_build_override.matrix.cells import IMPOSSIBLE, PLANNED, Cell
from pip_build_override.matrix.floors import Floor, floors, said
from pip_build_override.matrix.plan import Plan
from pip_build_override.matrix.results import (
    BUILT_OTHERWISE,
    NOT_BUILT,
    NOT_IMPORTED,
    NOT_INSTALLED,
    PASSED,
    SKIPPED,
    TESTS_FAILED,
    Result,
)
from pip_build_override.matrix.versions import CONTRADICTION, NO_WHEEL

from .matrices import interpreters

NOT_SEEN = (NOT_BUILT, BUILT_OTHERWISE, NOT_INSTALLED, SKIPPED, NO_WHEEL, CONTRADICTION)
NOT_WORKING = (TESTS_FAILED, NOT_IMPORTED)

States = Mapping[str, Mapping[str, str]]


def known(
    states: States,
    declared: str | None = ">=1.21",
    milestones: Mapping[str, Sequence[str]] | None = None,
    built: str = "2.0.2",
) -> Floor:
    """Return what is known of numpy.

    Args:
        states: For each Python, the state of the cell that ran with each version.
        declared: The specifier that the project declares.
        milestones: For each Python the versions that count there; by default those that were run.
        built: What each wheel is built against.
    """
    cells, results = [], {}
    for python, versions in states.items():
        for version, state in versions.items():
            name = f"py{python.replace('.', '')}-numpy{version}"
            cells.append(Cell(python, (("numpy", version),), (("numpy", built),), PLANNED, name=name))
            ran = {"numpy": version} if state == PASSED else {}
            results[name] = Result(name, state, "why", ran_with=ran)
    counts = milestones or {python: [*versions] for python, versions in states.items()}
    plan = Plan(
        "p",
        tuple(interpreters(*states)),
        tuple(cells),
        declared={python: {} if declared is None else {"numpy": declared} for python in states},
        milestones={python: {"numpy": tuple(versions)} for python, versions in counts.items()},
    )
    (floor,) = floors(plan, results)
    return floor


def again(vary: str, pythons: Sequence[str]) -> str:
    return f"matrix --vary {vary} --python {','.join(pythons)}"


def text(floor: Floor) -> list[str]:
    return said(floor, "pyproject.toml", again)


def test_what_is_declared_works() -> None:
    floor = known({"3.9": {"1.21.0": PASSED, "2.0.2": PASSED}})
    assert text(floor) == [
        "the oldest numpy that works is 1.21.0, as pyproject.toml declares: numpy>=1.21"
    ]
    assert floor.needed == ()


def test_there_is_no_wheel_of_what_is_declared() -> None:
    floor = known({"3.13": {"2.1.0": PASSED, "2.4.6": PASSED}})
    assert text(floor) == [
        (
            "the oldest numpy that works is 2.1.0, the oldest that there is; pyproject.toml declares"
            " numpy>=1.21"
        )
    ]


def test_what_is_declared_does_not_work() -> None:
    floor = known({"3.9": {"1.21.6": NOT_IMPORTED, "1.25.2": PASSED, "2.0.2": PASSED}})
    assert text(floor) == [
        (
            "the oldest numpy that works, of those that were run, is 1.25.2; pyproject.toml declares"
            ' numpy>=1.21, which allows 1.21.6: write "numpy>=1.25.2"'
        )
    ]
    assert floor.to_json() == {
        "name": "numpy",
        "oldest": "1.25.2",
        "needed": ["numpy>=1.25.2"],
        "pythons": [
            {
                "python": "3.9",
                "declared": ">=1.21",
                "oldest": "1.25.2",
                "works": ["1.25.2", "2.0.2"],
                "fails": ["1.21.6"],
                "too_old": [],
                "not_run": [],
            }
        ],
    }


def test_nothing_is_claimed_of_what_was_not_run() -> None:
    there = ["1.21.6", "1.22.4", "1.23.5", "1.24.4", "1.25.2", "2.0.2"]
    states = {"1.21.6": TESTS_FAILED, "1.25.2": PASSED, "2.0.2": PASSED}
    floor = known({"3.9": states, "3.10": states}, milestones={"3.9": there, "3.10": there})
    gap, last = text(floor)
    assert gap == (
        "nothing was run between numpy 1.21.6, which does not work, and 1.25.2, which works, on Python"
        " 3.9, 3.10; this narrows it: matrix --vary numpy=1.22.4,1.23.5,1.24.4 --python 3.9,3.10"
    )
    # Nothing to write yet: an older one may work.
    assert last == (
        "the oldest numpy that works, of those that were run, is 1.25.2; pyproject.toml declares"
        " numpy>=1.21, which allows 1.21.6"
    )
    assert floor.needed == ()
    # Doing it: the command leaves no gap, and what is said is true.
    done = {**states, "1.22.4": TESTS_FAILED, "1.23.5": PASSED, "1.24.4": PASSED}
    (line,) = text(known({"3.9": done, "3.10": done}, milestones={"3.9": there, "3.10": there}))
    assert line.startswith("the oldest numpy that works, of those that were run, is 1.23.5; ")
    assert line.endswith('which allows 1.22.4: write "numpy>=1.23.5"')


def test_an_older_one_is_allowed() -> None:
    floor = known({"3.9": {"2.0.2": PASSED}}, milestones={"3.9": ["1.21.0", "1.21.6", "2.0.2"]})
    assert text(floor) == [
        (
            "an older numpy than those that were run is allowed on Python 3.9; this tries the oldest:"
            " matrix --vary numpy=oldest --python 3.9"
        ),
        (
            "the oldest numpy that works, of those that were run, is 2.0.2; pyproject.toml declares"
            " numpy>=1.21"
        ),
    ]
    assert floor.needed == ()


@pytest.mark.parametrize("state", NOT_SEEN)
def test_what_shows_nothing(state: str) -> None:
    floor = known({"3.9": {"1.21.6": state, "2.0.2": PASSED}})
    assert floor.pythons[0].fails == ()
    assert floor.pythons[0].not_run == ("1.21.6",)
    assert floor.needed == ()
    assert text(known({"3.9": {"1.21.6": state}})) == ["no numpy was seen to work"]


@pytest.mark.parametrize("state", NOT_WORKING)
def test_what_does_not_work(state: str) -> None:
    assert known({"3.9": {"1.21.6": state, "2.0.2": PASSED}}).needed == ("numpy>=2.0.2",)
    assert text(known({"3.9": {"1.21.6": state}})) == ["no numpy that was run works"]


def test_a_newer_one_may_work() -> None:
    there = {"3.9": ["1.21.6", "2.0.2"], "3.13": ["2.1.0"]}
    floor = known({"3.9": {"1.21.6": TESTS_FAILED}, "3.13": {"2.1.0": TESTS_FAILED}}, milestones=there)
    assert text(floor) == [
        (
            "a newer numpy than those that were run is allowed on Python 3.9; this tries the latest:"
            " matrix --vary numpy=latest --python 3.9"
        ),
        "no numpy that was run works",
    ]


def test_what_does_not_build_against_itself() -> None:
    floor = known({"3.9": {"1.21.6": NOT_BUILT, "2.0.2": PASSED}}, built="1.21.6")
    assert floor.needed == ("numpy>=2.0.2",)


def test_what_passed_with_another_version_is_not_counted() -> None:
    cell = Cell("3.9", (("numpy", "1.21.6"),), name="a")
    plan = Plan("p", tuple(interpreters("3.9")), (cell,))
    for ran in ({}, {"numpy": "2.0.2"}, {"numpy": "x"}):
        (floor,) = floors(plan, {"a": Result("a", PASSED, ran_with=ran)})
        assert floor.oldest is None
    (floor,) = floors(plan, {"a": Result("a", PASSED, ran_with={"numpy": "1.21.6.0"})})
    assert floor.oldest == "1.21.6"
    # Nothing is declared, so nothing is compared.
    assert text(floor) == ["the oldest numpy that works is 1.21.6"]


def test_what_stands_for_a_version_is_none() -> None:
    floor = known({"3.9": {"1.21.*": NO_WHEEL, "none": CONTRADICTION}}, milestones={"3.9": []})
    assert floor.pythons[0].to_json()["not_run"] == []
    assert floor.oldest is None


def test_a_newer_one_does_not_work() -> None:
    floor = known({"3.9": {"1.21.0": PASSED, "1.25.2": TESTS_FAILED, "2.0.2": PASSED}})
    first, last = text(floor)
    assert first == "numpy 1.25.2 does not work on Python 3.9, although 1.21.0 does"
    assert last.startswith("the oldest numpy that works is 1.21.0")
    assert floor.needed == ()
    floor = known({"3.9": {"1.21.0": PASSED, "1.25.2": TESTS_FAILED, "2.0.2": TESTS_FAILED}})
    assert text(floor)[0] == "numpy 1.25.2, 2.0.2 do not work on Python 3.9, although 1.21.0 does"


def test_pythons_with_different_oldest_versions() -> None:
    # What is needed on one holds on the other, which has no older one.
    floor = known(
        {"3.9": {"1.21.6": TESTS_FAILED, "1.25.2": PASSED}, "3.13": {"2.1.0": PASSED, "2.4.6": PASSED}}
    )
    assert text(floor) == [
        (
            "the oldest numpy that works, of those that were run, is 1.25.2 (Python 3.9: 1.25.2, Python"
            " 3.13: 2.1.0); pyproject.toml declares numpy>=1.21, which allows 1.21.6: write"
            ' "numpy>=1.25.2"'
        )
    ]
    # What is needed on one would exclude what works on the other.
    floor = known({"3.9": {"1.21.6": PASSED}, "3.13": {"2.1.0": TESTS_FAILED, "2.3.0": PASSED}})
    assert floor.needed == ("numpy>=2.3.0; python_version == '3.13'",)
    # Both.
    floor = known(
        {
            "3.9": {"1.21.6": TESTS_FAILED, "1.25.2": PASSED},
            "3.13": {"2.1.0": TESTS_FAILED, "2.3.0": PASSED},
        }
    )
    assert floor.needed == ("numpy>=1.25.2", "numpy>=2.3.0; python_version == '3.13'")
    assert text(floor)[-1].endswith(
        'write "numpy>=1.25.2" and "numpy>=2.3.0; python_version == \'3.13\'"'
    )


def test_a_python_on_which_nothing_works() -> None:
    floor = known({"3.9": {"1.21.6": PASSED}, "3.13": {"2.1.0": TESTS_FAILED}})
    (line,) = text(floor)
    assert "(Python 3.9: 1.21.6, Python 3.13: none)" in line
    assert ", as pyproject.toml declares" not in line
    floor = known({"3.9": {"1.21.6": PASSED}, "3.13": {"2.1.0": SKIPPED}})
    assert "(Python 3.9: 1.21.6, Python 3.13: not run)" in text(floor)[-1]
    # A plain requirement would be a claim about the one on which nothing works.
    floor = known({"3.9": {"1.21.6": TESTS_FAILED, "1.25.2": PASSED}, "3.13": {"2.1.0": SKIPPED}})
    assert floor.needed == ("numpy>=1.25.2; python_version == '3.9'",)


@pytest.mark.parametrize("declared", ["", "<3", "!=2.0"])
def test_no_lower_limit(declared: str) -> None:
    floor = known({"3.9": {"1.21.6": PASSED}}, declared)
    assert text(floor) == [
        (
            f"the oldest numpy that works is 1.21.6; pyproject.toml declares numpy{declared}, without a"
            " lower limit"
        )
    ]
    floor = known({"3.9": {"1.21.6": TESTS_FAILED, "1.25.2": PASSED}}, declared)
    assert text(floor)[-1].endswith('write "numpy>=1.25.2"')


def test_one_that_works_in_some_cells_only() -> None:
    def cell(numpy: str, scipy: str) -> Cell:
        return Cell("3.9", (("numpy", numpy), ("scipy", scipy)), name=f"n{numpy}-s{scipy}")

    def result(numpy: str, scipy: str, state: str) -> Result:
        ran = {"numpy": numpy, "scipy": scipy} if state == PASSED else {}
        return Result(f"n{numpy}-s{scipy}", state, ran_with=ran)

    pairs: list[Any] = [("1", "1", TESTS_FAILED), ("1", "2", PASSED), ("2", "2", PASSED)]
    plan = Plan("p", tuple(interpreters("3.9")), tuple(cell(n, s) for n, s, _ in pairs))
    found = floors(plan, {f"n{n}-s{s}": result(n, s, state) for n, s, state in pairs})
    assert [line for floor in found for line in text(floor)] == [
        "the oldest numpy that works is 1, but not in n1-s1",
        "the oldest scipy that works, of those that were run, is 2",
    ]
    # With what is declared it is still not said to be as declared.
    plan = replace(plan, declared={"3.9": {"numpy": ">=1"}})
    found = floors(plan, {f"n{n}-s{s}": result(n, s, state) for n, s, state in pairs})
    assert text(found[0])[-1].endswith("but not in n1-s1; pyproject.toml declares numpy>=1")


def of_builds(
    *cells: tuple[str, str, str], declared: str = ">=1.21", there: Sequence[str] = ()
) -> Floor:
    """Return what is known of numpy on Python 3.9.

    Args:
        cells: What each runs with, what it is built against, and its state.
        declared: The specifier that the project declares.
        there: The versions that count there; by default those that were run.
    """
    planned, results = [], {}
    for run, built, state in cells:
        name = f"{run}-built{built}"
        planned.append(Cell("3.9", (("numpy", run),), (("numpy", built),), name=name))
        results[name] = Result(name, state, ran_with={"numpy": run} if state == PASSED else {})
    versions = tuple(there or dict.fromkeys(run for run, _, _ in cells))
    plan = Plan(
        "p",
        tuple(interpreters("3.9")),
        tuple(planned),
        declared={"3.9": {"numpy": declared}},
        milestones={"3.9": {"numpy": versions}},
    )
    (floor,) = floors(plan, results)
    return floor


def test_what_is_too_old_for_what_is_built() -> None:
    floor = of_builds(("1.21.6", "2.3.5", IMPOSSIBLE), ("1.23.5", "2.3.5", PASSED))
    assert text(floor) == [
        (
            "the oldest numpy that works, of those that were run, is 1.23.5; pyproject.toml declares"
            " numpy>=1.21, which allows 1.21.6 (too old for what is built with 2.3.5): write"
            ' "numpy>=1.23.5"'
        )
    ]
    document = floor.pythons[0].to_json()
    assert (document["fails"], document["too_old"], document["not_run"]) == (["1.21.6"], ["1.21.6"], [])
    # What was not run between them is tried only if it can be run.
    there = ["1.21.6", "1.22.4", "1.23.5", "1.24.4", "2.3.5"]
    cells = [("1.21.6", "2.3.5", IMPOSSIBLE), ("2.3.5", "2.3.5", PASSED)]
    gap, last = text(of_builds(*cells, there=there))
    assert gap == (
        "nothing was run between numpy 1.21.6, which is too old for what is built with 2.3.5, and"
        " 2.3.5, which works, on Python 3.9; this narrows it: matrix --vary numpy=1.23.5,1.24.4"
        " --python 3.9"
    )
    assert last.endswith("which allows 1.21.6 (too old for what is built with 2.3.5)")
    # All builds are named.
    cells = [
        ("1.21.6", "2.5.5", IMPOSSIBLE),
        ("1.21.6", "2.3.5", IMPOSSIBLE),
        ("2.5.5", "2.3.5", PASSED),
    ]
    assert "(too old for what is built with 2.3.5, 2.5.5)" in text(of_builds(*cells))[-1]


def test_what_is_too_new_for_what_is_built() -> None:
    floor = of_builds(("1.22.0", "1.22.0", PASSED), ("2.0.2", "1.22.0", IMPOSSIBLE), declared=">=1.22")
    assert text(floor) == [
        "the oldest numpy that works is 1.22.0, as pyproject.toml declares: numpy>=1.22"
    ]
    assert floor.pythons[0].fails == ()
    assert floor.pythons[0].not_run == ("2.0.2",)
    # Nobody is told to try it: the matrix would not run it.
    floor = of_builds(("1.22.0", "1.22.0", TESTS_FAILED), ("2.0.2", "1.22.0", IMPOSSIBLE))
    assert text(floor) == ["no numpy that was run works"]


def test_what_is_impossible_with_one_build_only() -> None:
    old, new = ("1.21.6", "2.3.5", IMPOSSIBLE), ("2.3.5", "2.3.5", PASSED)
    # What was run counts.
    floor = of_builds(old, ("1.21.6", "1.21.6", PASSED), new)
    assert floor.pythons[0].works == ("1.21.6", "2.3.5")
    assert text(floor)[-1].startswith(
        "the oldest numpy that works is 1.21.6, but not in 1.21.6-built2.3.5; "
    )
    floor = of_builds(old, ("1.21.6", "1.21.6", TESTS_FAILED), new)
    assert (floor.pythons[0].fails, floor.pythons[0].too_old) == (("1.21.6",), {})
    # So does what might have been.
    for state in NOT_SEEN:
        if state != NOT_BUILT:
            floor = of_builds(old, ("1.21.6", "1.21.6", state), new)
            assert (floor.pythons[0].fails, floor.needed) == ((), ())
            assert floor.pythons[0].not_run == ("1.21.6",)


def test_what_is_too_old_for_another_build_than_that_which_works() -> None:
    floor = of_builds(("1.22.0", "1.22.0", PASSED), ("1.22.4", "2.3.5", IMPOSSIBLE), declared=">=1.22")
    # It was not run, so it is not said not to work.
    assert text(floor) == [
        "the oldest numpy that works is 1.22.0, as pyproject.toml declares: numpy>=1.22"
    ]


def test_nothing_but_impossible_cells() -> None:
    assert text(of_builds(("1.21.6", "2.3.5", IMPOSSIBLE))) == ["no numpy was seen to work"]
    cells = [("1.21.6", "2.3.5", IMPOSSIBLE), ("2.3.5", "2.3.5", SKIPPED)]
    assert text(of_builds(*cells)) == ["no numpy was seen to work"]


def test_what_is_impossible_because_of_another_name() -> None:
    runs, built = (("numpy", "1.21.6"), ("torch", "2.0")), (("numpy", "1.21.6"), ("torch", "2.1"))
    plan = Plan("p", tuple(interpreters("3.9")), (Cell("3.9", runs, built, name="a"),))
    numpy, torch = floors(plan, {"a": Result("a", IMPOSSIBLE)})
    assert numpy.pythons[0].fails == ()
    assert torch.pythons[0].too_old == {"2.0": ("2.1",)}


def test_an_older_one_that_cannot_be_run() -> None:
    cells = [("2.3.5", "2.3.5", PASSED), ("2.4.6", "2.3.5", PASSED)]
    (line,) = text(of_builds(*cells, there=["1.21.6", "2.3.5", "2.4.6"]))
    assert line == (
        "the oldest numpy that works, of those that were run, is 2.3.5; pyproject.toml declares"
        " numpy>=1.21"
    )
    # With "same" it can.
    cells = [("2.3.5", "2.3.5", PASSED), ("2.4.6", "2.4.6", PASSED)]
    hint, _ = text(of_builds(*cells, there=["1.21.6", "2.3.5", "2.4.6"]))
    assert hint.endswith("matrix --vary numpy=oldest --python 3.9")
