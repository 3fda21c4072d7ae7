"""The loop of ``fix``: what is looked for after which failure, and when it ends."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Callable, Sequence

import pytest

from pip_build_override.diagnosis import Failure
from pip_build_override.diagnosis.failed_command import FailedCommand
from pip_build_override.errors import OverrideError
from pip_build_override.fixing import command as loop
from pip_build_override.fixing.attempts import TimeIsUp, Workbench
from pip_build_override.fixing.clock import Clock
from pip_build_override.fixing.command import Outcome, Ran, fix_command, targets_in
from pip_build_override.fixing.found_rules import FoundRules
from pip_build_override.fixing.journal import Journal
from pip_build_override.fixing.result import Fixed, NotFixed
from pip_build_override.rules.written import lines_of_tables

from ..support.hints import follows

GOOD = Ran(0)
Result = "Fixed | NotFixed | Exception | Callable[[], None]"


def lost(*failures: Failure | str, python: str = "/python", **more: object) -> Ran:
    """Return a run in which builds failed."""
    found = tuple(Failure(one, "1") if isinstance(one, str) else one for one in failures)
    left = FailedCommand(python, "/pip", (), found, "/")
    return Ran(1, (left,), **more)  # type: ignore[arg-type]


def fixed(name: str, **more: object) -> Fixed:
    return Fixed(name, "1", {"add": [f"{name}-tool"]}, "search", **more)  # type: ignore[arg-type]


class World:
    """Runs that come one after the other, and what is found for each package."""

    def __init__(self, room: Path, runs: Sequence[Ran], found: dict[str, object]) -> None:
        self._runs = iter(runs)
        self._found = found
        self.signal = False
        self.in_force: list[str] = []
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self.benches: list[tuple[str, str, str]] = []
        numbers = iter(range(99))
        self.rules = FoundRules(
            str(room / "o.toml"),
            False,
            {},
            lambda tables: "\n".join(lines_of_tables(tables)),
            lambda kind: str(room / f"{kind}-{next(numbers)}"),
        )
        self.clock = Clock(1)
        self.journal = Journal()

    def run(self, overrides: str) -> Ran:
        self.in_force.append(overrides and Path(overrides).read_text("utf-8"))
        return next(self._runs)

    def fix(
        self,
        failure: Failure,
        outer: Sequence[Failure],
        bench: Callable[[Failure], Workbench],
        python: str,
    ) -> Fixed | NotFixed:
        self.asked.append((failure.name, tuple(each.name for each in outer)))
        bench(failure)
        found = self._found[failure.name]
        if callable(found):
            found = found()
        if isinstance(found, Exception):
            raise found
        assert isinstance(found, (Fixed, NotFixed))
        return found

    def bench(self, command: FailedCommand, failure: Failure, overrides: str) -> Workbench:
        self.benches.append((command.python, failure.name, overrides))
        return None  # type: ignore[return-value]

    def interrupted(self) -> bool:
        return self.signal

    def fixed(self, first: Ran) -> Outcome:
        return fix_command(first, self, self.rules, self.clock, self.journal)


Make = Callable[..., World]


@pytest.fixture
def world(tmp_path: Path) -> Make:
    return lambda runs=(), **found: World(tmp_path, runs, found)


# What is looked for


def test_the_innermost_failures() -> None:
    bulb, lens, glass = Failure("bulb", "1"), Failure("lens", "1"), Failure("glass", "1")
    lamp = Failure("lamp", "1", nested=(replace(lens, nested=(glass,)), bulb))
    (ran,) = lost(glass, lamp, "shade", Failure("Bulb", "1")).failed
    found = [(one.failure.name, [each.name for each in one.outer]) for one in targets_in([ran, ran])]
    assert found == [("glass", ["lens", "lamp"]), ("bulb", ["lamp"]), ("shade", [])]
    # Where the outer one is listed on its own as well, it is not the cause.
    assert [one.failure.name for one in targets_in(lost(lamp, lens, "lamp").failed)] == [
        "bulb",
        "glass",
    ][::-1]


# How it ends


def test_nothing_to_fix(world: Make) -> None:
    made = world()
    assert made.fixed(GOOD) == Outcome(loop.SUCCEEDED, GOOD)
    assert made.in_force == []


def test_one_package(world: Make) -> None:
    made = world([GOOD], lamp=fixed("lamp"))
    outcome = made.fixed(lost("lamp"))
    assert (outcome.state, [one.package for one in outcome.fixed]) == (loop.SUCCEEDED, ["lamp"])
    assert made.benches == [("/python", "lamp", "")]
    assert '[package.lamp]\nadd = ["lamp-tool"]' in made.in_force[0]


def test_several_packages_in_one_run_and_one_after_the_other(world: Make) -> None:
    found = {name: fixed(name) for name in ("lamp", "shade", "bulb")}
    made = world([lost("bulb"), GOOD], **found)
    outcome = made.fixed(lost("lamp", "shade"))
    assert [one.package for one in outcome.fixed] == ["lamp", "shade", "bulb"]
    assert [name for _, name, _ in made.benches] == ["lamp", "shade", "bulb"]
    # Each is built under what was found before.
    assert [bool(overrides) for _, _, overrides in made.benches] == [False, True, True]
    assert len(made.in_force) == 2
    assert all(f"[package.{name}]" in made.in_force[1] for name in found)


def test_a_build_requirement_may_be_fixed_by_a_rule_for_the_outer_package(world: Make) -> None:
    lamp = Failure("lamp", "1", nested=(Failure("bulb", "1"),), declared=("bulb",))
    made = world([GOOD], bulb=Fixed("lamp", "1", {"replace": {"bulb": "bulb>2"}}, "search"))
    outcome = made.fixed(lost(lamp))
    assert outcome.state == loop.SUCCEEDED
    assert made.asked == [("bulb", ("lamp",))]
    assert made.rules.tables == {"lamp": {"replace": {"bulb": "bulb>2"}}}


def test_the_same_package_with_another_python(world: Make) -> None:
    made = world([lost("lamp", python="/other"), GOOD])
    other = Fixed("lamp", "1", {"constrain": ["cython<3"]}, "search")
    results = iter([fixed("lamp"), other])
    made._found["lamp"] = lambda: next(results)
    assert made.fixed(lost("lamp")).state == loop.SUCCEEDED
    assert made.rules.tables == {"lamp": {"add": ["lamp-tool"], "constrain": ["cython<3"]}}


def test_the_rules_do_not_reach_it(world: Make) -> None:
    made = world([lost("lamp")], lamp=fixed("lamp"), shade=fixed("shade"))
    outcome = made.fixed(lost("shade", "lamp"))
    assert (outcome.state, outcome.package) == (loop.NOT_REACHED, "lamp 1")
    assert [one.package for one in outcome.fixed] == ["shade"]
    assert made.rules.tables == {"shade": {"add": ["shade-tool"]}}


def test_nothing_is_found_for_the_second_package(world: Make) -> None:
    why = NotFixed("no compiler", ("cython<3",))
    made = world(lamp=fixed("lamp"), shade=why, bulb=pytest.fail)
    outcome = made.fixed(lost("lamp", "shade", "bulb"))
    assert (outcome.state, outcome.package, outcome.why) == (loop.NOT_FIXED, "shade 1", why)
    assert made.rules.tables == {"lamp": {"add": ["lamp-tool"]}}
    assert made.in_force == []


def test_what_is_found_cannot_be_merged(world: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = world(lamp=fixed("lamp"))
    error = OverrideError("no", kind="usage")

    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(made.rules, "add", refuse)
    outcome = made.fixed(lost("lamp"))
    assert (outcome.state, outcome.why, outcome.fixed) == (loop.NOT_FIXED, error, ())


def test_the_search_itself_fails(world: Make) -> None:
    error = OverrideError("the index cannot be reached", kind="usage")
    made = world(lamp=fixed("lamp"), shade=error)
    outcome = made.fixed(lost("lamp", "shade"))
    assert (outcome.state, outcome.package, outcome.why) == (loop.NOT_FIXED, "shade 1", error)
    assert made.rules.tables == {"lamp": {"add": ["lamp-tool"]}}


@pytest.mark.parametrize(
    ("last", "state"), [(Ran(7), loop.OTHER_CAUSE), (lost("x", refused=True), loop.REFUSED)]
)
def test_it_fails_for_another_reason(last: Ran, state: str, world: Make) -> None:
    assert world().fixed(last) == Outcome(state, last)
    made = world([last], lamp=fixed("lamp"))
    outcome = made.fixed(lost("lamp"))
    assert (outcome.state, outcome.ran, len(outcome.fixed)) == (state, last, 1)


def test_a_package_without_a_name(world: Make) -> None:
    made = world([GOOD], lamp=fixed("lamp"))
    outcome = made.fixed(lost(Failure("", requirement="https://h.test/x.zip")))
    assert isinstance(outcome.why, NotFixed)
    assert outcome.state == loop.NOT_FIXED
    said = follows("name the package: NAME @ {}", f"\nhint: {outcome.why.hint}")
    assert said.endswith("NAME @ https://h.test/x.zip")
    # With it, pip knows the name of what fails.
    assert made.fixed(lost(Failure("lamp", "1"))).state == loop.SUCCEEDED


# Limit and interrupt


def test_the_limit_ends_a_search_with_what_is_known(world: Make) -> None:
    made = world([GOOD])

    def late() -> Fixed:
        made.clock.stop()
        return fixed("lamp", complete=False)

    made._found["lamp"] = late
    # It is run under what is known.
    assert made.fixed(lost("lamp")).state == loop.SUCCEEDED
    assert len(made.in_force) == 1


def test_after_the_limit_nothing_else_is_looked_for(world: Make) -> None:
    made = world([lost("shade")], shade=pytest.fail)

    def late() -> Fixed:
        made.clock.stop()
        return fixed("lamp", complete=False)

    made._found["lamp"] = late
    outcome = made.fixed(lost("lamp"))
    assert (outcome.state, outcome.package) == (loop.TIME_IS_UP, "shade 1")
    assert made.rules.tables == {"lamp": {"add": ["lamp-tool"]}}


@pytest.mark.parametrize("result", [TimeIsUp(), NotFixed("the time is up", ("cython<3",))])
def test_nothing_is_known_at_the_limit(result: object, world: Make) -> None:
    made = world()

    def late() -> object:
        made.clock.stop()
        return result

    made._found["lamp"] = late
    outcome = made.fixed(lost("lamp"))
    assert (outcome.state, outcome.package) == (loop.TIME_IS_UP, "lamp 1")
    assert outcome.why == (result if isinstance(result, NotFixed) else None)


@pytest.mark.parametrize("result", [TimeIsUp(), NotFixed("no"), fixed("lamp", complete=False)])
def test_an_interrupt_ends_it_and_the_command_is_not_run_again(result: object, world: Make) -> None:
    made = world()

    def interrupt() -> object:
        made.clock.stop()
        made.signal = True
        return result

    made._found["lamp"] = interrupt
    outcome = made.fixed(lost("lamp"))
    assert outcome.state == loop.INTERRUPTED
    assert made.in_force == []
    assert bool(made.rules.tables) is isinstance(result, Fixed)


def test_the_command_itself_is_interrupted(world: Make) -> None:
    made = world(lamp=pytest.fail)
    made.signal = True
    assert made.fixed(lost("lamp")).state == loop.INTERRUPTED
