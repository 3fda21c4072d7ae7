"""The rule that builds a package against the version that it runs with, tried before it is shown.

A remedy is a whole table, ready to paste: the rules that the table has already, with few changes.
Each possible change is planned with the rest of the file and of the command line. The first one under
which the build environment gets the wanted version, and loses nothing else, is the remedy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Callable, Iterable, Iterator, Mapping, NamedTuple

from .. import records, rules
from ..diagnosis.remedy import name_in
from ..errors import OverrideError
from ..frozen import replace
from ..rules.lines import name_of, parts_of
from ..rules.place import Place, listing, toml_text
from ..rules.standards import contains, may_contain, normalise
from ..rules.written import Table, form_of_tables, lines_of_table, lines_of_tables, tables_in

FILE = "build-overrides.toml"
"""The name of an overrides file that is yet to be written."""

Versions = Callable[[str], "str | None"]
"""A function that returns the version of a distribution in the target environment, or None."""

# The origin of a version, at the end of a requirement as messages show it.
_SETTINGS = ("unused", "record", "mismatch", "generated")
_ORIGIN = re.compile(r"\s+\([a-z ]+\)$")


class Remedy(NamedTuple):
    """A table that fixes a mismatch.

    Attributes:
        key: The key of the table below ``package``.
        table: All rules of the table, as parsed from TOML.
        reason: Why the changed rule has this key.
        present: Whether the file has the table already.
        form: The format of the file.
        others: The other tables that have to be in the same file, for a file that replaces a .txt file.
    """

    key: str
    table: Table
    reason: str
    present: bool = False
    form: str = "toml"
    others: tuple[tuple[str, Table], ...] = ()

    @property
    def text(self) -> str:
        """The lines of the table, after those of the other tables."""
        tables = dict([*self.others, (self.key, self.table)])
        return "\n".join(lines_of_tables(tables, form_of_tables(self.form)))

    def instruction(self, shown: str) -> str:
        """Return what to do with the lines, for a hint.

        Args:
            shown: The overrides file as shown in messages; "" if there is none.
        """
        if self.form == "txt":
            return f"use a file {FILE} with these lines instead of {shown} ({self.reason}):"
        if self.present:
            table = Place("", self.form).path("package", self.key)
            return f"in {shown}, replace everything under {table} with this ({self.reason}):"
        return f"add this to {shown or FILE} ({self.reason}):"


@dataclass(frozen=True)
class File:
    """The overrides file that a package is built under, with the rules of the command line.

    Attributes:
        content: The content; empty if there is no file.
        path: The absolute path; "" if there is no file.
        shown: The name in messages.
        given: The rules of the command line.
    """

    content: bytes = b""
    path: str = ""
    shown: str = ""
    given: rules.CommandLine = field(default_factory=rules.CommandLine)

    @classmethod
    def of_tables(cls, tables: Mapping[str, Table]) -> File:
        """Return a new file with some tables."""
        return cls("\n".join(lines_of_tables(tables)).encode(), shown=FILE)

    def parsed(self) -> rules.Overrides:
        """Return the rules of the file alone.

        Raises:
            OverrideError: If the file contains an error.
        """
        return rules.parse_overrides(self.content, path=self.path, shown=self.shown or FILE)

    def tables(self, parsed: rules.Overrides) -> dict[str, Table]:
        """Return the package tables as parsed from TOML, in the order of the parsed ones."""
        return tables_in(self.content, parsed.form)

    def with_remedy(self, found: Remedy) -> File:
        """Return the file after a remedy; one of .txt becomes a file with tables."""
        parsed = self.parsed()
        tables = {**self.tables(parsed), found.key: found.table}
        form = form_of_tables(parsed.form)
        path = f"{self.path}.toml" if parsed.form == "txt" else self.path
        lines = [Place("", form).header("settings")]
        lines += [f"{name} = {toml_text(getattr(parsed, name))}" for name in _SETTINGS]
        lines += ["", *lines_of_tables(tables, form)]
        return File("\n".join(lines).encode(), path, self.shown, self.given)


def table_of(record: records.Record) -> Table:
    """Return one table with all rules that acted on a build, by its record."""
    table: Table = {}
    for change in record.changes:
        values = [_value(text, record) for text in change.after]
        if change.kind == "replace":
            table.setdefault("replace", {})[change.name] = values[0] if len(values) == 1 else values
        elif change.kind == "remove":
            table.setdefault("remove", []).append(change.name)
        elif change.kind in ("add", "constrain", "requires"):
            table.setdefault(change.kind, []).extend(values)
    if "requires" in table and len(table.keys() - {"constrain", "requires"}):
        # They were in several tables, which one table cannot combine.
        lines = (*record.effective, *record.effective_asked)
        limits = {"constrain": table["constrain"]} if "constrain" in table else {}
        return {"requires": [_value(text, record) for text in lines], **limits}
    return table


def _value(text: str, record: records.Record) -> Any:
    held = record.held(name_of(text))
    if held is not None and held.borrowed:
        return {"name": held.name, "from": "target", "borrow": True}
    return _ORIGIN.sub("", text)


def find(
    record: records.Record,
    name: str,
    version: str,
    file: File,
    environment: Mapping[str, str],
    versions: Versions,
) -> Remedy | str:
    """Return the table with which a package is built against a version of a distribution.

    Args:
        record: The record of the build that does not fit.
        name: Name of the distribution.
        version: The version to build against.
        file: The overrides file that the package is built under.
        environment: Marker environment of the interpreter that builds.
        versions: Returns the version of a distribution in the target environment.

    Returns:
        The remedy, or the reason why there is none.
    """
    trial = _Trial(record, normalise(name), version, environment, versions)
    try:
        parsed = file.parsed()
        tables = file.tables(parsed)
        # A table for the package may apply to other versions only.
        own = _own_tables(parsed, tables, record)
    except (OverrideError, ValueError) as error:
        return f"the rules cannot be read: {getattr(error, 'message', error)}"
    problem = ""
    for key in own:
        for table, reason, changed in _all_changes(tables.get(key, {}), trial):
            try:
                tried = _with_table(parsed, tables, key, table)
                trial.check(rules.with_command_line(tried, file.given), changed)
            except (OverrideError, ValueError) as error:
                problem = problem or getattr(error, "message", str(error))
                continue
            others: tuple[tuple[str, Table], ...] = ()
            if parsed.form == "txt":
                others = tuple((k, t) for k, t in tables.items() if k != key)
            return Remedy(key, table, reason, key in tables, parsed.form, others)
    return problem


def find_for_all(
    record: records.Record,
    wanted: Mapping[str, str],
    file: File,
    environment: Mapping[str, str],
    versions: Versions,
) -> tuple[Remedy | None, dict[str, str]]:
    """Return the table with which a package is built against several versions.

    Args:
        record: The record of the build that does not fit.
        wanted: The versions to build against, by the names of their distributions.
        file: The overrides file that the package is built under.
        environment: Marker environment of the interpreter that builds.
        versions: Returns the version of a distribution in the target environment.

    Returns:
        The remedy, or None if there is none for any name; and the reasons why there is none, by the
        names for which there is none.
    """
    found: list[Remedy] = []
    problems = {}
    for name, version in wanted.items():
        one = find(record, name, version, file, environment, versions)
        if isinstance(one, str):
            problems[name] = one
        else:
            found.append(one)
            file = file.with_remedy(one)
    if not found:
        return None, problems
    reason = "; ".join(dict.fromkeys(one.reason for one in found))
    # Only the first one knows the file as it is.
    return found[0]._replace(table=found[-1].table, reason=reason), problems


def fits_under(
    record: records.Record,
    wanted: Mapping[str, str],
    file: File,
    environment: Mapping[str, str],
    versions: Versions,
) -> bool:
    """Return whether a package is built against versions under a file, which is that of its build.

    Args:
        record: The record of the build.
        wanted: The versions, by the names of their distributions.
        file: The overrides file, with rules of the command line that the build did not have.
        environment: Marker environment of the interpreter that builds.
        versions: Returns the version of a distribution in the target environment.
    """
    trials = [
        _Trial(record, normalise(name), version, environment, versions)
        for name, version in wanted.items()
    ]
    try:
        parsed = file.parsed()
        before = trials[0].plan(parsed)
        for trial in trials:
            changed = {each.name for each in trials}
            trial.check(rules.with_command_line(parsed, file.given), changed)
    except (OverrideError, ValueError):
        return False
    made = {(change.kind, change.name) for change in before.changes}
    return made == {(change.kind, change.name) for change in record.changes}


class _Trial:
    """Plans a build under changed rules, and checks what its environment gets."""

    def __init__(
        self,
        record: records.Record,
        name: str,
        version: str,
        environment: Mapping[str, str],
        versions: Versions,
    ) -> None:
        self.record = record
        self.name = name
        self.version = version
        self.environment = environment
        self.versions = versions

    @property
    def pin(self) -> str:
        return f"{self.name}=={self.version}"

    def pin_for(self, table: Table) -> str:
        """Return the pin with the extras that a table, or the package, asks for."""
        entries = [*table.get("add", ()), *table.get("requires", ())]
        for value in table.get("replace", {}).values():
            entries += _listed(value)
        lines = [*self.record.declared, *self.record.asked, *filter(_is_text, entries)]
        found = [parts_of(line) for line in lines]
        extras = {
            extra
            for line in found
            if line.name == self.name and line.applies(self.environment)
            for extra in line.extras
        }
        return f"{self.name}[{','.join(sorted(extras))}]=={self.version}" if extras else self.pin

    @property
    def declared(self) -> dict[str, list[str]]:
        """The specifiers of the declared names that apply to this interpreter."""
        found: dict[str, list[str]] = {}
        for text in (*self.record.declared, *self.record.asked):
            line = parts_of(text)
            if line.name and line.applies(self.environment):
                found.setdefault(line.name, []).append(line.specifier)
        return found

    @property
    def effective(self) -> list[str]:
        return list(map(name_of, (*self.record.effective, *self.record.effective_asked)))

    def limits_of(self, other: str) -> list[str]:
        """Return the requirements of another distribution that exclude the version."""
        held = self.record.held(other)
        lines = [(text, parts_of(text)) for text in (held.requires if held is not None else ())]
        return [
            text
            for text, line in lines
            if line.name == self.name and not may_contain(line.specifier, self.version)
        ]

    def is_bundle(self, other: str) -> bool:
        """Return whether another distribution does nothing but pin this one.

        oldest-supported-numpy is an example. Any other distribution must not be replaced, because the
        build needs it; pip may find another version of it that allows this one.
        """
        held = self.record.held(other)
        needed = {parts_of(text).name for text in held.requires} if held is not None else set()
        return needed == {self.name} and any("==" in text for text in self.limits_of(other))

    def plan(self, overrides: rules.Overrides) -> rules.Plan:
        """Return the plan of the build under other rules.

        Raises:
            OverrideError: If the rules contradict each other or the build.
        """
        package = rules.package(self.record.name, self.record.version or None)
        declared = rules.Declared(self.record.declared, self.record.asked)
        return rules.plan(overrides, package, declared, self.environment, self._settle)

    def _settle(self, question: rules.Question) -> rules.Answer:
        version = self.versions(question.name)
        if version is None or question.source.origin != "target":
            # The version is not known here, and is that of another requirement.
            return rules.Answer(question.name, question.name)
        requirement = f"{question.name}=={version}"
        return rules.Answer(requirement, requirement)

    def check(self, overrides: rules.Overrides, changed: set[str]) -> None:
        """Check that the build environment gets the version, and still gets everything else.

        Args:
            overrides: The changed rules, with those of the command line.
            changed: The names that may be replaced.

        Raises:
            OverrideError: If the rules contradict each other or the build.
            ValueError: If they do not have that effect; the message is the reason.
        """
        plan = self.plan(overrides)
        if plan.unused and overrides.unused != "warn":
            raise ValueError(f"{self.record.label} does not declare {plan.unused[0].name}")
        lines = [parts_of(text) for text in (*plan.static, *(plan.hook or ()))]
        lines = [line for line in lines if line.applies(self.environment)]
        own = [line for line in lines if line.name == self.name]
        limits = [parts_of(text) for text in plan.constraints]
        own += [line for line in limits if line.name == self.name]
        for line in own:
            if line.url or not contains(line.specifier, self.version):
                raise ValueError(f"another rule asks for {self.name}{line.specifier or line.url}")
        if not any(_pins(line.specifier) for line in own):
            raise ValueError(f"no rule asks for {self.pin}")
        names = {line.name for line in lines}
        reached = self.reached(names)
        if self.name not in reached:
            raise ValueError(f"nothing installs {self.name} into the build environment")
        for other in sorted(reached - {self.name}):
            fixed = any(_pins(line.specifier) or line.url for line in lines if line.name == other)
            for limit in self.limits_of(other) if fixed or self.is_bundle(other) else ():
                held = self.record.held(other)
                raise ValueError(f"{other} {held.version if held is not None else ''} requires {limit}")
        lost = [other for other in self.effective if other not in names | changed]
        if lost:
            raise ValueError(f"the build would lose {listing(lost)}")
        kept = {line.name for line in limits} | changed
        lost = [text for text in self.record.constraints if name_of(text) not in kept]
        if lost:
            raise ValueError(f"the build would lose the limit {listing(lost)}")

    def reached(self, names: Iterable[str]) -> set[str]:
        """Return the names that requirements bring into the build environment, as far as is known."""
        reached: set[str] = set()
        ahead = list(names)
        while ahead:
            other = ahead.pop()
            if other in reached:
                continue
            reached.add(other)
            held = self.record.held(other)
            ahead += [name_of(text) for text in (held.requires if held is not None else ())]
        return reached


def _is_text(entry: Any) -> bool:
    return isinstance(entry, str)


def _pins(specifier: str) -> bool:
    return specifier.startswith("==") and "*" not in specifier


def _all_changes(table: Table, trial: _Trial) -> Iterator[tuple[Table, str, set[str]]]:
    """Yield changes to try, the best first: the table, the reason, and the changed names."""
    kept = _without(table, trial.name, trial.environment)
    yield from _changes(table, kept, trial)
    # The rules allow no requirements that exclude each other, even for different interpreters.
    bare = _without(table, trial.name, {})
    if bare != kept:
        for changed, reason, names in _changes(table, bare, trial):
            yield changed, f"{reason}; without its rules for other interpreters", names


def _changes(table: Table, bare: Table, trial: _Trial) -> Iterator[tuple[Table, str, set[str]]]:
    """Yield changes of a table from which the requirements and limits of a distribution are removed."""
    name, limit, pin = trial.name, trial.pin, trial.pin_for(table)
    reached = trial.reached(trial.effective)
    bundles = [other for other in trial.effective if other != name and trial.is_bundle(other)]
    pinned = {
        other
        for other in reached - {name, *bundles}
        if trial.limits_of(other) and any(map(_pins, trial.declared.get(other, ())))
    }
    if "requires" in table:
        listed = [name_in(entry) for entry in table["requires"]]
        for other in (name, *bundles):
            if other in listed:
                entries = [pin if name_in(entry) == other else entry for entry in table["requires"]]
                changed = {**bare, "requires": [e for e in entries if e == pin or name_in(e) != name]}
                yield changed, f"requires lists {other}", {name, other}
        yield (
            _plus(bare, "constrain", limit),
            f"{name} is installed as a dependency of another requirement",
            {name},
        )
        yield _plus(bare, "requires", pin), f"requires does not list {name}", {name}
        return
    for key, value in table.get("replace", {}).items():
        if any(_entry_name(entry, key) == name for entry in _listed(value)):
            # Whatever else replaces the same requirement is kept.
            kept = [
                entry
                for entry in _listed(value)
                if _entry_name(entry, key) != name and _applies(entry, trial.environment)
            ]
            result = _replaced(bare, key, [pin, *kept] if kept else pin)
            yield result, f"replace.{key} asks for another version", {name}
    for other in bundles:
        if other in trial.declared:
            reason = f"{other}, which is declared, requires {trial.limits_of(other)[0]}"
            result = _replaced(bare, other, pin)
            yield result, reason, {name, other}
            if name in trial.declared:
                yield _replaced(result, name, pin), reason, {name, other}
    relaxed = bare
    for other in sorted(pinned):
        relaxed = _replaced(relaxed, other, other)
    why = "".join(
        f", and {other} requires {trial.limits_of(other)[0][len(name) :]}" for other in pinned
    )
    if name in trial.declared:
        yield _replaced(relaxed, name, pin), f"{name} is declared{why}", {name}
    if name in trial.effective:
        yield _plus(relaxed, "add", pin), f"a rule asks for {name}, in another version", {name}
    reason = f"{name} is installed as a dependency of another requirement{why}"
    yield _plus(relaxed, "constrain", limit), reason, {name}
    yield _plus(relaxed, "add", pin), f"{name} is not declared", {name}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _entry_name(entry: Any, key: str) -> str:
    return name_in(entry) or normalise(key)


def _applies(entry: Any, environment: Mapping[str, str]) -> bool:
    """Return whether the marker of an entry holds for an interpreter, or it has none."""
    if not environment:
        return True
    if isinstance(entry, dict):
        entry = f"name; {entry['marker']}" if "marker" in entry else "name"
    return parts_of(entry).applies(environment)


def _without(table: Table, name: str, environment: Mapping[str, str]) -> Table:
    """Return a copy of a table without the requirements and limits of a distribution.

    Args:
        table: The table.
        name: Name of the distribution.
        environment: Marker environment of an interpreter; entries that do not apply to it are kept.
            If it is empty, all entries apply.
    """

    def stays(entry: Any) -> bool:
        return name_in(entry) != name or not _applies(entry, environment)

    result: Table = {}
    for key, value in table.items():
        if key in ("add", "constrain"):
            value = list(filter(stays, value))
        elif key == "replace":
            kept = {}
            for inner, entries in value.items():
                names = {normalise(inner), *(_entry_name(entry, inner) for entry in _listed(entries))}
                if name in names:
                    entries = [entry for entry in _listed(entries) if not _applies(entry, environment)]
                if entries or name not in names:
                    kept[inner] = entries
            value = kept
        if value or key == "requires":
            result[key] = value
    return result


def _plus(table: Table, key: str, entry: str) -> Table:
    return {**table, key: [*table.get(key, []), entry]}


def _replaced(table: Table, name: str, value: Any) -> Table:
    """Return a table with a replacement, next to those of the same name for other interpreters."""
    kept = {}
    for key, entries in table.get("replace", {}).items():
        if normalise(key) != normalise(name):
            kept[key] = entries
        elif isinstance(entries, list):
            value = [*_listed(value), *entries]
    return {**table, "replace": {**kept, name: value}}


def _own_tables(
    parsed: rules.Overrides, tables: Mapping[str, Table], record: records.Record
) -> list[str]:
    """Return the keys of the tables that may be changed, the one for all versions first."""
    matching = [
        (table.specifier, key)
        for key, table in zip(tables, parsed.tables)
        if parsed.form != "txt"
        and table.name == record.name
        and may_contain(table.specifier, record.version)
    ]
    plain = [key for specifier, key in matching if not specifier]
    return [*(plain or [record.name]), *(key for specifier, key in matching if specifier)]


def _with_table(
    parsed: rules.Overrides, tables: Mapping[str, Table], key: str, table: Table
) -> rules.Overrides:
    """Return the rules of a file with one table changed or added.

    Raises:
        OverrideError: If the table contains an error.
    """
    path = f"{parsed.path}.toml" if parsed.form == "txt" else parsed.path
    data = "\n".join(lines_of_table(key, table, form_of_tables(parsed.form))).encode()
    (new,) = rules.parse_overrides(data, path=path, shown=parsed.shown).tables
    if key not in tables or parsed.form == "txt":
        return replace(parsed, tables=(*parsed.tables, new))
    position = list(tables).index(key)
    changed = [new if index == position else old for index, old in enumerate(parsed.tables)]
    return replace(parsed, tables=tuple(changed))
