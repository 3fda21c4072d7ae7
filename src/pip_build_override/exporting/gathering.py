"""Everything that an export needs to know, from a report or from what ``explain`` answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Callable, Iterable, Mapping, Sequence

from ..asking_pip import Content
from ..errors import OverrideError
from ..in_pip.state.explanation import ExplainedBuild, Explanation
from ..records.record import Record
from ..rules import Overrides
from ..rules.lines import name_of
from ..rules.place import did_you_mean
from ..rules.standards import contains, in_order, normalise
from ..rules.tables import Table
from . import facts as known
from .asked import Package, rules_for_every, rules_of
from .facts import Facts
from .outcome import Unsaid
from .world import World

Ask = Callable[[str, bool], Explanation]
"""A function that explains one requirement; it asks the build backend if the last argument is true."""

Look = Callable[[Sequence[str], Sequence[str]], Sequence[Content]]
"""A function that returns what is in an environment with these requirements, under these limits."""


@dataclass(frozen=True)
class Built:
    """A build of a report.

    Attributes:
        record: Its record.
        nested: Whether it was made to fill a build environment.
    """

    record: Record
    nested: bool = False


@dataclass(frozen=True)
class Chosen:
    """A package that was named on the command line.

    Attributes:
        name: Its normalised name.
        specifier: The versions; empty for any.
    """

    name: str
    specifier: str = ""

    def matches(self, record: Record) -> bool:
        """Return whether a build is one of this package in these versions."""
        return record.name == self.name and contains(self.specifier, record.version)


class Gathering:
    """Finds out what is needed.

    Args:
        overrides: The overrides file.
        markers: The marker environment of the interpreter that builds.
        installed: The versions that are installed there, by normalised name.
        ask: Explains a requirement.
        look: Finds out what is in a build environment; None for a front end whose rules for one package
            hold for nothing else, and also for build requirements.
        needs_hooks: Whether what build backends ask for matters in any case.
        chosen: The packages that were named; with none, those that have tables.
        builds: The builds of a report; None without one.
    """

    def __init__(
        self,
        overrides: Overrides,
        markers: Mapping[str, str],
        installed: Mapping[str, str],
        ask: Ask,
        look: Look | None,
        *,
        needs_hooks: bool,
        chosen: Sequence[Chosen] = (),
        builds: Sequence[Built] | None = None,
    ) -> None:
        self._overrides = overrides
        self._markers = markers
        self._installed = installed
        self._ask = ask
        self._look = look
        self._needs_hooks = needs_hooks
        self._chosen = chosen
        self._builds = builds
        self._unsaid: list[Unsaid] = []

    @property
    def _closed(self) -> bool:
        return bool(self._chosen) or self._builds is not None

    def world(self) -> World:
        """Return all that is exported.

        Raises:
            OverrideError: If a package has no rules, the file contradicts itself, or the report is of
                another run.
        """
        self._check_report()
        tables = dict.fromkeys(table.name for table in self._overrides.tables)
        named = [name for name in tables if name != "*"]
        chosen = {each.name: each for each in self._chosen}
        for name in chosen:
            # What is for every package is for this one, too.
            if name not in tables and "*" not in tables:
                raise _no_table(name, named, self._overrides.shown)
        ordered = [name for name in named if name in chosen or not chosen]
        ordered += [name for name in chosen if name not in named]
        packages = [self._package(name, chosen.get(name, Chosen(name))) for name in ordered]
        self._checks()
        packages, others = self._with_what_fills_environments(packages, named)
        return World(
            self._overrides.shown,
            _machine(self._markers),
            tuple(packages),
            rules_for_every(self._overrides, self._markers),
            tuple(others),
            self._closed,
            tuple(self._unsaid),
        )

    def _with_what_fills_environments(
        self, packages: Sequence[Package], named: Sequence[str]
    ) -> tuple[list[Package], list[Facts]]:
        """Return the packages with those that are built to fill their build environments.

        Args:
            packages: The packages that are exported.
            named: All names with tables of their own.

        Returns:
            All packages with rules of their own, and the others.
        """
        own = {package.name for package in packages}
        if self._builds is not None:
            everything = [known.of_record(each.record) for each in self._builds]
            built = {name for facts in everything for name in facts.built}
            built |= {each.record.name for each in self._builds if each.nested}
            found = [
                self._package(name, Chosen(name))
                for name in named
                if name in built - own and self._look is not None
            ]
        elif self._closed and self._look is not None:
            looked = [self._look_into(package.facts) for package in packages]
            packages = [replace(package, facts=facts) for package, facts in zip(packages, looked)]
            everything = self._fillers(looked)
            built = {facts.name for facts in everything}
            packages = [self._in_one_version(package, everything) for package in packages]
            more = {facts.name: facts for facts in reversed(everything)}
            found = [
                self._in_one_version(
                    rules_of(self._overrides, more[name], self._markers, only=True), everything
                )
                for name in named
                if name in built - own
            ]
            rest = [name for name in named if name not in built | own]
            self._list_unknown([*looked, *everything], rest)
        else:
            return list(packages), []
        own |= {package.name for package in found}
        marked = [
            replace(each, facts=replace(each.facts, nested=each.facts.nested or each.name in built))
            for each in (*packages, *found)
        ]
        return marked, [facts for facts in everything if facts.name not in own]

    def _look_into(self, facts: Facts) -> Facts:
        """Return facts with what is in the build environment of the package."""
        assert self._look is not None
        if facts.declared is None:
            return replace(facts, environment_problem=facts.problem)
        try:
            contents = self._look(facts.effective, facts.limits) if facts.effective else ()
        except OverrideError as error:
            return replace(facts, environment_problem=error.message)
        versions = {normalise(each.name): each.version for each in contents}
        # Without what the backend asks for it is a part of the environment only.
        whole = versions if facts.asked is not None else None
        built = {normalise(each.name): each.version for each in contents if each.built}
        return replace(facts, environment=whole, built=built)

    def _fillers(self, looked: Sequence[Facts]) -> list[Facts]:
        """Return the facts of all that is built to fill build environments, at any depth."""
        found: dict[tuple[str, str], Facts] = {}
        waiting = [*looked]
        while waiting:
            facts = waiting.pop()
            for name, version in facts.built.items():
                if (name, version) not in found:
                    answer = self._asked_with_hooks(name, f"{name}=={version}")
                    answer = self._look_into(replace(answer, version=answer.version or version))
                    found[name, version] = replace(answer, nested=True)
                    waiting.append(answer)
        return list(found.values())

    def _in_one_version(self, package: Package, everything: Iterable[Facts]) -> Package:
        """Return a package, without its rules if build environments are filled with other versions."""
        found = {str(facts.version) for facts in everything if facts.name == package.name}
        versions = in_order({*found, package.facts.version or "0"})
        if len(versions) == 1 or not found:
            return package
        why = f"it is built in several versions, {', '.join(versions)}"
        return self._left_out(package.name, self._overrides.named_tables(package.name), why)

    def _list_unknown(self, everything: Iterable[Facts], names: Iterable[str]) -> None:
        """List the tables of other packages if it is not known whether these are built."""
        unknown = next((facts for facts in everything if facts.environment_problem), None)
        for name in names if unknown is not None else ():
            assert unknown is not None
            why = f"{unknown.why_unknown}, and it may be one of them"
            self._left_out(name, self._overrides.named_tables(name), why)

    def _check_report(self) -> None:
        python = _python(self._markers)
        for each in self._builds or ():
            record = each.record
            if record.interpreter != python:
                raise OverrideError(
                    f"the report is not of {python}: {record.label} was built by {record.interpreter}",
                    kind="wrong-python",
                    hint="name that interpreter with --python",
                )
            if not known.made_under(record, self._overrides, self._markers):
                raise OverrideError(
                    f"the report is of a run under other rules: {record.label} was built with other"
                    " changes than this file makes",
                    kind="other-rules",
                    where=self._overrides.shown,
                    hint="run the command again under this file, with run --report",
                )

    def _checks(self) -> None:
        for key in ("mismatch", "generated"):
            if getattr(self._overrides, key) == "error":
                where = self._overrides.where("settings")
                why = "what is built is checked by pip-build-override only"
                self._unsaid.append(Unsaid(where, f'{key} = "error"', "*", why))

    def _package(self, name: str, chosen: Chosen) -> Package:
        tables = self._overrides.named_tables(name)
        if self._builds is not None:
            builds = [each for each in self._builds if chosen.matches(each.record)]
            versions = in_order({each.record.version for each in builds})
            if not versions:
                return self._left_out(name, tables, "no build of it is in the report")
            if len(versions) > 1:
                why = f"it was built in several versions, {', '.join(versions)}"
                return self._left_out(name, tables, why, _one_version_hint(name, versions[-1]))
            nested = any(each.nested for each in builds)
            facts = known.of_record(builds[-1].record, nested=nested)
            return rules_of(self._overrides, facts, self._markers, only=True)
        some = [table for table in tables if table.specifier]
        if some and not self._chosen:
            why = "a front end has the same settings for all versions of a package"
            return self._left_out(name, tables, why, _release_hint(name))
        if not (self._closed or some or any(map(self._needs_facts, tables))):
            facts = Facts(name, problem="it was not asked for")
        else:
            facts = self._asked_for(name, chosen, tables)
        if some and facts.version is None:
            return self._left_out(name, tables, f"its version is not known: {facts.problem}")
        return rules_of(self._overrides, facts, self._markers, only=self._closed)

    def _left_out(self, name: str, tables: Iterable[Table], why: str, hint: str = "") -> Package:
        for table in tables:
            where = self._overrides.where(table.where)
            self._unsaid.append(Unsaid(where, "the whole table", name, why, hint))
        return Package(Facts(name, problem=why))

    def _needs_facts(self, table: Table) -> bool:
        sources = any(entry.source is not None for entry in table.add)
        changes = table.replace or table.remove or table.requires is not None or sources
        return bool(changes or (table.builds and self._needs_hooks))

    def _asked_for(self, name: str, chosen: Chosen, tables: Iterable[Table]) -> Facts:
        specifier = chosen.specifier
        if not specifier and name in self._installed:
            specifier = f"=={self._installed[name]}"
        requirement = f"{name}{specifier}"
        if not (self._needs_hooks or self._closed):
            facts = self._answer(name, requirement, False)
            if facts.declared is None or not _names_more(facts, tables):
                return facts
        return self._asked_with_hooks(name, requirement)

    def _asked_with_hooks(self, name: str, requirement: str) -> Facts:
        try:
            return self._answer(name, requirement, True, refuse=True)
        except OverrideError as error:
            problem = error.message
        return self._answer(name, requirement, False, problem)

    def _answer(
        self, name: str, requirement: str, hooks: bool, hook_problem: str = "", refuse: bool = False
    ) -> Facts:
        try:
            answer = self._ask(requirement, hooks)
        except OverrideError as error:
            if refuse:
                raise
            return Facts(name, problem=error.message, hook_problem=hook_problem)
        problem = "pip gave no answer"
        for build in answer.packages:
            if isinstance(build, ExplainedBuild):
                return known.of_explained(build, hook_problem)
            problem = build.problem
        return Facts(name, problem=problem)


def _names_more(facts: Facts, tables: Iterable[Table]) -> bool:
    """Return whether tables have rules for names that are not declared, which a backend may ask for."""
    declared = {name_of(line) for line in facts.declared or ()}
    for table in tables:
        names = {name for name, _ in table.replace} | {removal.name for removal in table.remove}
        if table.requires is not None or names - declared:
            return True
    return False


def _machine(markers: Mapping[str, str]) -> str:
    return f"{_python(markers)} on {markers['sys_platform']} {markers['platform_machine']}"


def _python(markers: Mapping[str, str]) -> str:
    return f"{markers['platform_python_implementation']} {markers['python_full_version']}"


def _no_table(name: str, named: Sequence[str], shown: str) -> OverrideError:
    near = did_you_mean(name, named)
    return OverrideError(
        f"no table is for {name}", kind="unused-table", where=shown, hint=_no_table_hint(near, named)
    )


def _no_table_hint(near: str, named: Sequence[str]) -> str:
    if near:
        return f"did you mean --package {near}?"
    return f"its tables are for {', '.join(named)}" if named else "write a table for it first"


def _one_version_hint(name: str, version: str) -> str:
    return f"choose one of them: --package {name}=={version}"


def _release_hint(name: str) -> str:
    return f"name the release that you build: --package {name}==VERSION"


def chosen(name: str, specifier: str) -> Chosen:
    """Return a package that was named on the command line, in any spelling."""
    return Chosen(normalise(name), specifier)
