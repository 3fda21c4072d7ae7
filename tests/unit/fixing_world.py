"""A made-up world in which packages are built: releases with days, and a predicate that decides."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Callable, Mapping, Sequence

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from pip_build_override.diagnosis import Failure
from pip_build_override.diagnosis.signatures import Matcher, known_signatures
from pip_build_override.fixing.attempts import BUILT, FAILED, REFUSED, Attempt, Imported, TimeIsUp
from pip_build_override.releases import Release
from pip_build_override.rules import parse_overrides
from pip_build_override.rules.moments import floor_for
from pip_build_override.rules.standards import normalise
from pip_build_override.rules.written import Table, lines_of_table

TODAY = date(2026, 11, 28)
RELEASED = date(2021, 5, 4)

Says = Callable[["Build"], str]
"""Returns the error with which a build, or an import, fails; "" if it works."""


def releases(start: date, days: int, *versions: str, wheel: bool = True) -> list[Release]:
    """Return releases, one every few days from a day on."""
    return [
        Release(version, wheel, released=start + timedelta(days=days * at), wheel_uploaded=None)
        for at, version in enumerate(versions)
    ]


@dataclass(frozen=True)
class Build:
    """What a predicate is asked about: the environment, and the rules."""

    environment: Mapping[str, str]
    table: Table

    def has(self, name: str, specifier: str = "") -> bool:
        """Return whether the environment has a version of a distribution."""
        version = self.environment.get(name)
        return version is not None and SpecifierSet(specifier).contains(version, prereleases=True)

    @property
    def regenerated(self) -> bool:
        return bool(self.table.get("regenerate"))


def failure_of(error: str, name: str = "lamp", **more: Any) -> Failure:
    """Return the failure of a build that ends with a line."""
    hits = tuple(Matcher(known_signatures()).hits(error, 1))
    return replace(Failure(name, "1.0", "getting requirements", hits=hits, error=error), **more)


@dataclass
class World:
    """A world with one package, a ``Workbench`` for it."""

    builds: Says
    declared: tuple[str, ...] = ("setuptools", "wheel")
    index: dict[str, list[Release]] = field(default_factory=dict)
    imports: Says = lambda build: ""
    python: str = "3.11"
    name: str = "lamp"
    released: date | None = RELEASED
    needs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    generated: Mapping[str, str] = field(default_factory=dict)
    most: int = 1000
    attempts: list[tuple[Table, str, str]] = field(default_factory=list)
    made: dict[str, Build] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    built_by: tuple[str, str] | None = None
    target: tuple[str, ...] = ("numpy",)

    def __post_init__(self) -> None:
        self.index.setdefault(self.name, [Release("1.0", False, released=self.released)])

    def environment(self, table: Table) -> dict[str, str] | str:
        """Return the build environment under some rules, or the requirement that cannot be found."""
        last = self._last_day(table)
        wanted = self._wanted(table)
        limits = [Requirement(text) for text in table.get("constrain", ())]
        found: dict[str, str] = {}
        while wanted:
            asked = wanted.pop(0)
            name = normalise(asked.name)
            specifier = SpecifierSet()
            for each in (asked, *wanted, *limits):
                specifier &= each.specifier if normalise(each.name) == name else SpecifierSet()
            fitting = [
                each
                for each in self.index.get(name, ())
                if not each.yanked
                and specifier.contains(each.version, prereleases=False)
                and (last is None or (each.released is not None and each.released <= last))
            ]
            if not fitting:
                return str(asked)
            if name not in found:
                found[name] = max((each.version for each in fitting), key=Version)
                wanted += map(Requirement, self.needs.get(name, ()))
        return found

    def _wanted(self, table: Table) -> list[Requirement]:
        replaced = {normalise(key): value for key, value in table.get("replace", {}).items()}
        texts: list[str] = []
        for line in table.get("requires", self.declared):
            value = replaced.get(normalise(Requirement(line).name), line)
            texts += value if isinstance(value, list) else [value]
        texts += table.get("add", [])
        return [Requirement(each if isinstance(each, str) else each["name"]) for each in texts]

    def _last_day(self, table: Table) -> date | None:
        value = table.get("as-of")
        if value is None:
            return None
        if value != "release":
            return date.fromisoformat(value)
        assert self.released is not None
        return max(self.released, date.fromisoformat(floor_for(self.python)))

    def build(self, table: Table, purpose: str) -> Attempt:
        assert purpose
        text = "\n".join(lines_of_table(self.name, table))
        parse_overrides(text.encode(), path="/o.toml", shown="o.toml")
        assert table not in [tried for tried, _, _ in self.attempts], "nothing is built twice"
        if len(self.attempts) >= self.most:
            raise TimeIsUp
        attempt = self.judged(table)
        self.attempts.append((table, purpose, attempt.state))
        return attempt

    def judged(self, table: Table) -> Attempt:
        found = self.environment(table)
        if isinstance(found, str):
            return Attempt(
                table, FAILED, self.failure(f"no matching distribution for {found}", {}, found)
            )
        build = Build(found, table)
        if build.regenerated and "cython" not in found:
            return Attempt(table, REFUSED, refusal="there is no Cython")
        error = self.builds(build)
        if error:
            return Attempt(table, FAILED, self.failure(error, found), environment=found)
        wheel = f"/wheels/{len(self.made)}.whl"
        self.made[wheel] = build
        return Attempt(table, BUILT, environment=found, wheel=wheel)

    def failure(self, error: str, environment: Mapping[str, str], not_found: str = "") -> Failure:
        return failure_of(
            error,
            self.name,
            declared=self.declared,
            environment=environment,
            python=self.python,
            not_found=not_found,
            generated=self.generated,
        )

    @property
    def first(self) -> Failure:
        """The failure without any rules."""
        found = self.judged({}).failure
        assert found is not None, "it builds"
        return found

    def imported(self, attempt: Attempt) -> Imported:
        error = self.imports(self.made[attempt.wheel])
        if not error:
            return Imported(True)
        return Imported(False, replace(self.failure(error, attempt.environment), step="import"), error)

    def releases(self, name: str) -> Sequence[Release]:
        self.asked.add(name)
        return self.index.get(name, ())

    def in_target(self, name: str) -> bool:
        return name in self.target

    def generator(self) -> tuple[str, str] | None:
        return self.built_by

    def works(self, table: Table) -> bool:
        """Return whether the package builds and can be imported under some rules."""
        attempt = self.judged({key: table[key] for key in table if key != "reason"})
        return attempt.state == BUILT and not self.imports(self.made[attempt.wheel])
