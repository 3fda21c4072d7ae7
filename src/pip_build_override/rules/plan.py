"""The build requirements that a package gets under the rules, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Mapping, Sequence

from .declared import Declared, Line, read_lines
from .place import listing
from .rule import Rule
from .select import Selection, select
from .tables import Alternative, Overrides, Package

# What pip puts in for a package that declares nothing, and backends ask for out of habit.
_ASSUMED = ("setuptools", "wheel")


@dataclass(frozen=True)
class Change:
    """One thing that a rule did, or could not do.

    :param kind: ``replace``, ``remove``, ``add``, ``constrain``, ``requires`` or ``note``.
    :param name: normalised name of the requirement; empty for ``requires``.
    :param before: declared lines that gave way.
    :param after: requirements that came in, or the constraint.
    :param where: file and table of the rule.
    :param reason: why; of a note, all there is to say.
    :param tables: the tables or lines of the rule, one by one.
    """

    kind: str
    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    where: str
    reason: str = ""
    tables: tuple[str, ...] = ()

    def describe(self) -> str:
        """Return the change in words, on one line."""
        after = ", ".join(self.after)
        if self.kind == "replace":
            return f"{self.name} -> {after}"
        if self.kind == "remove":
            return f"{self.name} removed"
        if self.kind == "add":
            return f"{after} added"
        if self.kind == "constrain":
            return f"constrained to {after}"
        if self.kind == "requires":
            was = ", ".join(self.before)
            return f"requires replaced by {after or 'nothing'} (was {was or 'nothing'})"
        return self.reason


@dataclass(frozen=True)
class Unused:
    """A rule in force for a name that is declared nowhere; ``key`` as ``replace.numpy``."""

    name: str
    where: str
    key: str


@dataclass(frozen=True)
class Plan:
    """What is to be installed into the build environment of one package.

    :param static: effective static list; untouched lines are verbatim.
    :param hook: effective list of the backend's hook; None where it has not been asked.
    :param constraints: limits on the whole environment, as lines of a constraints file.
    :param changes: in the order static, hook, add, constrain.
    :param unused: rules for undeclared names; complete only once the hook has been asked.
    :param touched: normalised names that rules put in, replaced or constrained.
    """

    package: Package
    selection: Selection
    static: tuple[str, ...]
    hook: tuple[str, ...] | None
    constraints: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    unused: tuple[Unused, ...] = ()
    touched: frozenset[str] = frozenset()


def plan(
    overrides: Overrides,
    package: Package,
    declared: Declared,
    environment: Mapping[str, str],
) -> Plan:
    """Return the effective build requirements of a package; a pure function.

    :param environment: of the interpreter that builds, as packaging's ``default_environment()``.
    :raises OverrideError: as ``select``.
    """
    selection = select(overrides, package, environment)
    work = _Work(overrides, selection, environment)
    return work.plan(package, declared)


class _Work:
    """The steps of one plan, and the changes that they make."""

    def __init__(
        self, overrides: Overrides, selection: Selection, environment: Mapping[str, str]
    ) -> None:
        self.shown = overrides.shown
        self.selection = selection
        self.environment = environment
        self.changes: list[Change] = []
        self.touched: set[str] = set()

    def plan(self, package: Package, declared: Declared) -> Plan:
        static = read_lines(declared.static, self.environment)
        hook = read_lines(declared.hook or (), self.environment)
        for rule in self.selection.of("requires"):
            before = tuple(line.text for line in (*static, *hook))
            texts = _unique(entry.text for entry in rule.entries)
            self.note("requires", rule, before, texts, "the whole declared list gives way")
            self.touched.update(entry.name for entry in rule.entries)
            static, hook = read_lines(texts, self.environment), ()
        new_static, new_hook = self.lists(static, hook)
        for rule in self.selection.of("add"):
            text = rule.entries[0].text
            if text not in new_static:
                known = any(line.name == rule.name for line in (*static, *hook))
                self.note(
                    "add", rule, (), (text,), "declared too, both hold" if known else "not declared"
                )
                new_static.append(text)
            self.touched.add(rule.name)
        limits = [rule for rule in self.selection.of("constrain") if rule.effective]
        for rule in limits:
            self.note("constrain", rule, (), (rule.limit,), "limits the whole build environment")
            self.touched.add(rule.name)
        return Plan(
            package,
            self.selection,
            tuple(new_static),
            None if declared.hook is None else tuple(new_hook),
            _unique(rule.limit for rule in limits),
            tuple(self.changes),
            self.unused({line.name for line in (*static, *hook)}),
            frozenset(self.touched),
        )

    def note(
        self,
        kind: str,
        rule: Rule,
        before: Sequence[str],
        after: Sequence[str],
        reason: str,
    ) -> None:
        where = f"{self.shown}: {rule.where}"
        change = Change(kind, rule.name, tuple(before), tuple(after), where, reason, rule.wheres)
        self.changes.append(change)

    def lists(self, static: Sequence[Line], hook: Sequence[Line]) -> tuple[list[str], list[str]]:
        """Replace and remove in both lists; a name that stands in both is one change."""
        acting = {rule.name: rule for rule in self.selection.of("replace", "remove")}
        results = []
        came: dict[str, list[str]] = {}
        for lines in (static, hook):
            result: list[str] = []
            for line in lines:
                rule = acting.get(line.name)
                if rule is None:
                    result.append(line.text)
                    continue
                texts = came.setdefault(line.name, [])
                for entry in rule.entries if line.applies else ():
                    text = _text(entry, rule.name, lines)
                    texts.append(text)
                    # Once, where the first line stood, or where another rule put the same.
                    if text not in result:
                        result.append(text)
            results.append(result)
        for name, texts in came.items():
            self.say(acting[name], texts, static, hook)
        for rule in self.selection.idle:
            self.say_idle(rule, static, hook)
        return results[0], results[1]

    def say(
        self, rule: Rule, texts: Sequence[str], static: Sequence[Line], hook: Sequence[Line]
    ) -> None:
        """Record what became of one replaced or removed name."""
        here = [line.text for line in static if line.name == rule.name]
        asked = [line.text for line in hook if line.name == rule.name]
        before = _unique([*here, *asked])
        ways = ["declared"] * bool(here) + ["returned by the backend's hook"] * bool(asked)
        if rule.key == "remove":
            self.note("remove", rule, before, (), listing(ways))
        elif texts:
            self.note("replace", rule, before, _unique(texts), listing(ways))
            self.touched.update([rule.name, *(entry.name for entry in rule.entries)])
        else:
            reason = (
                f"{rule.name} is declared only for other interpreters ({', '.join(before)});"
                " nothing is installed for it"
            )
            self.note("note", rule, before, (), reason)

    def say_idle(self, rule: Rule, static: Sequence[Line], hook: Sequence[Line]) -> None:
        """Record that no entry of a replacement applies to this interpreter."""
        stands = _unique(
            line.text for line in (*static, *hook) if line.name == rule.name and line.applies
        )
        if not stands:
            return
        instead = [other for other in self.selection.of("replace", "remove") if other.name == rule.name]
        after = f"{instead[0].where} speaks of it" if instead else f"{', '.join(stands)} stands"
        reason = f"no entry of replace.{rule.name} applies to this interpreter; {after}"
        self.note("note", rule, stands, (), reason)

    def unused(self, known: set[str]) -> tuple[Unused, ...]:
        """Return the rules of the package's own tables for names that are declared nowhere."""
        return tuple(
            Unused(
                rule.name,
                f"{self.shown}: {rule.where}",
                rule.label if rule.key == "replace" else rule.key,
            )
            for rule in self.selection.of("replace", "remove")
            if rule.level > 0 and rule.name not in known and rule.name not in _ASSUMED
        )


def _text(entry: Alternative, name: str, lines: Sequence[Line]) -> str:
    """Return a replacement; where the name stays, the declared extras stay unless it has own."""
    if entry.name != name:
        return entry.text
    applying = [line.extras for line in lines if line.name == name and line.applies]
    return entry.keeping(frozenset().union(*applying))


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
