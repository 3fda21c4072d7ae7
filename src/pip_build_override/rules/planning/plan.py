"""The function that applies the rules to the declared build requirements of a package."""

from __future__ import annotations

from typing import Iterable, Mapping, Sequence

from ..place import listing, toml_text
from ..tables import Alternative, Overrides, Package
from .changes import Change, Plan, Unused
from .declared import Declared, Line, read_lines
from .rule import Rule
from .select import Selection, select
from .settle import Answer, Question, Settle, refuse_outside_pip

# pip assumes these for a package that declares nothing, and many backends request them out of habit.
_ASSUMED = ("setuptools", "wheel")


def plan(
    overrides: Overrides,
    package: Package,
    declared: Declared,
    environment: Mapping[str, str],
    settle: Settle = refuse_outside_pip,
) -> Plan:
    """Return the effective build requirements of a package.

    The function is pure if ``settle`` is.

    Args:
        overrides: The overrides file.
        package: The package being built.
        declared: Its declared build requirements.
        environment: Marker environment of the interpreter that builds, as from packaging's
            ``default_environment()``.
        settle: Function that answers the source tables in force.

    Raises:
        OverrideError: If ``select`` or ``settle`` raises it.
    """
    selection = select(overrides, package, environment)
    work = _Work(overrides, selection, environment, settle)
    return work.plan(package, declared)


class _Work:
    """The steps that make one plan, and the changes collected so far."""

    def __init__(
        self,
        overrides: Overrides,
        selection: Selection,
        environment: Mapping[str, str],
        settle: Settle,
    ) -> None:
        self.overrides = overrides
        self.selection = selection
        self.environment = environment
        self.settle = settle
        self.lines: tuple[Line, ...] = ()
        self.changes: list[Change] = []
        self.touched: set[str] = set()
        self.settled: dict[Question, Answer] = {}
        self.told: dict[str, str] = {}
        self.hashes: dict[str, tuple[str, ...]] = {}

    def plan(self, package: Package, declared: Declared) -> Plan:
        static = read_lines(declared.static, self.environment)
        hook = read_lines(declared.hook or (), self.environment)
        self.lines = (*static, *hook, *read_lines(declared.expected, self.environment))
        for rule in self.selection.of("requires"):
            before = tuple(line.text for line in self.lines)
            texts = _unique(self.text_of(entry, rule) for entry in rule.entries)
            self.note("requires", rule, before, texts, "replaces the whole declared list")
            self.touched.update(entry.name for entry in rule.entries)
            static, hook = read_lines(texts, self.environment), ()
        new_static, new_hook = self.lists(static, hook)
        for rule in self.selection.of("add"):
            text = self.text_of(rule.entries[0], rule)
            if text not in new_static:
                known = any(line.name == rule.name for line in (*static, *hook))
                self.note(
                    "add", rule, (), (text,), "also declared; both apply" if known else "not declared"
                )
                new_static.append(text)
            self.touched.add(rule.name)
        self.add_undeclared(new_static, static, hook)
        limits = [rule for rule in self.selection.of("constrain") if rule.effective]
        for rule in limits:
            self.note("constrain", rule, (), (rule.limit,), "limits the whole build environment")
            self.touched.add(rule.name)
        for setting in self.selection.settings:
            where = self.overrides.where(setting.where)
            wheres = (setting.where,)
            because = self.because(wheres)
            self.changes.append(
                Change(setting.key, setting.name, (), (setting.text,), where, "", wheres, because)
            )
        return Plan(
            package,
            self.selection,
            tuple(new_static),
            None if declared.hook is None else tuple(new_hook),
            _unique(rule.limit for rule in limits),
            tuple(self.changes),
            self.unused({line.name for line in (*static, *hook)}),
            frozenset(self.touched),
            tuple(self.settled.items()),
            tuple(self.told.items()),
            tuple(self.hashes.items()),
        )

    def add_undeclared(self, result: list[str], static: Sequence[Line], hook: Sequence[Line]) -> None:
        """Add the replacements for undeclared names, for rules with ``or_add``.

        When the static list is installed, it is not known whether the hook will request the name. If it
        does, its requirement is replaced by the one already installed.
        """
        for rule in self.selection.of("replace"):
            if not rule.or_add or any(line.name == rule.name for line in static):
                continue
            texts = [text for text in (self.text_of(entry, rule) for entry in rule.entries) if text]
            result.extend(text for text in texts if text not in result)
            self.touched.update([rule.name, *(entry.name for entry in rule.entries)])
            if texts and not any(line.name == rule.name for line in hook):
                self.note("add", rule, (), texts, "not declared")

    def text_of(self, entry: Alternative, rule: Rule) -> str:
        """Return the requirement that an entry adds, or "" if the declared one is kept."""
        if entry.hashes:
            self.hashes[entry.name] = entry.hashes
        if entry.source is None:
            return entry.text
        answer = self.answer(entry, rule)
        self.told[answer.requirement] = answer.shown
        return answer.requirement

    def answer(self, entry: Alternative, rule: Rule) -> Answer:
        """Return the answer to the source table of an entry, which is settled only once."""
        assert entry.source is not None
        applying = [line for line in self.lines if line.name == entry.name and line.applies]
        declared = {line.specifier for line in applying if line.specifier and line.limits}
        question = Question(
            entry.name,
            entry.source,
            tuple(sorted(declared)),
            self.overrides.where(rule.where),
            rule.key == "replace",
            _unique(line.text for line in applying if not line.limits),
        )
        if question not in self.settled:
            self.settled[question] = self.settle(question)
        return self.settled[question]

    def note(
        self,
        kind: str,
        rule: Rule,
        before: Sequence[str],
        after: Sequence[str],
        reason: str,
    ) -> None:
        where = self.overrides.where(rule.where)
        answers = [self.answer(entry, rule) for entry in rule.entries if entry.source is not None]
        shown = tuple(self.told.get(text, text) for text in after)
        reason = "; ".join(filter(None, [reason, *(answer.reason for answer in answers)]))
        because = self.because(rule.wheres)
        self.changes.append(
            Change(kind, rule.name, tuple(before), shown, where, reason, rule.wheres, because)
        )
        for answer in answers:
            if answer.note:
                said = Change("note", rule.name, (), (), where, answer.note, rule.wheres)
                self.changes.append(said)

    def because(self, wheres: Sequence[str]) -> str:
        """Return the reason that the tables of a rule give."""
        return "; ".join(
            _unique(
                table.reason
                for table in self.selection.tables
                if table.reason and table.where in wheres
            )
        )

    def lists(self, static: Sequence[Line], hook: Sequence[Line]) -> tuple[list[str], list[str]]:
        """Return both lists with replacements and removals; a name in both lists is one change."""
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
                    text = self.replacement(entry, rule, lines)
                    if not text:
                        result.append(line.text)
                        continue
                    texts.append(text)
                    # Only once, in place of the first line or where another rule added the same.
                    if text not in result:
                        result.append(text)
            results.append(result)
        for name, texts in came.items():
            self.say(acting[name], texts, static, hook)
        for rule in self.selection.idle:
            self.say_idle(rule, static, hook)
        return results[0], results[1]

    def replacement(self, entry: Alternative, rule: Rule, lines: Sequence[Line]) -> str:
        """Return a replacement; one of the same name keeps the declared extras if it has none."""
        text = self.text_of(entry, rule)
        if entry.name != rule.name or not text:
            return text
        applying = [line.extras for line in lines if line.name == rule.name and line.applies]
        extras: frozenset[str] = frozenset().union(*applying)
        kept = entry.keeping(extras, text)
        if text in self.told:
            self.told[kept] = entry.keeping(extras, self.told[text])
        return kept

    def say(
        self, rule: Rule, texts: Sequence[str], static: Sequence[Line], hook: Sequence[Line]
    ) -> None:
        """Record the change for one replaced or removed name."""
        here = [line.text for line in static if line.name == rule.name]
        asked = [line.text for line in hook if line.name == rule.name]
        before = _unique([*here, *asked])
        ways = ["declared"] * bool(here) + ["returned by the backend's hook"] * bool(asked)
        if rule.key == "remove":
            self.note("remove", rule, before, (), listing(ways))
        elif texts:
            self.note("replace", rule, before, _unique(texts), listing(ways))
            self.touched.update([rule.name, *(entry.name for entry in rule.entries)])
        elif any(line.applies for line in (*static, *hook) if line.name == rule.name):
            # The target lacks the distribution, and else = "declared" keeps the declared line.
            self.note("note", rule, before, (), "")
        else:
            reason = (
                f"{rule.name} is declared only for other interpreters ({', '.join(before)});"
                " nothing is installed for it"
            )
            self.note("note", rule, before, (), reason)

    def say_idle(self, rule: Rule, static: Sequence[Line], hook: Sequence[Line]) -> None:
        """Record that no entry of a replacement applies to this interpreter."""
        kept = _unique(
            line.text for line in (*static, *hook) if line.name == rule.name and line.applies
        )
        if not kept:
            return
        instead = [other for other in self.selection.of("replace", "remove") if other.name == rule.name]
        after = f"the rule of {instead[0].where} applies" if instead else f"{', '.join(kept)} is kept"
        reason = f"no entry of replace.{rule.name} applies to this interpreter, so {after}"
        self.note("note", rule, kept, (), reason)

    def unused(self, known: set[str]) -> tuple[Unused, ...]:
        """Return the rules in the package's own tables for names that are not declared."""
        return tuple(
            Unused(
                rule.name,
                self.overrides.where(rule.where),
                rule.label if rule.key == "replace" else rule.key,
                ", ".join(map(_as_added, rule.entries)),
            )
            for rule in self.selection.of("replace", "remove")
            if rule.level > 0
            and not rule.or_add
            and rule.name not in known
            and rule.name not in _ASSUMED
        )


def _as_added(entry: Alternative) -> str:
    """Return a replacement as an entry of ``add`` in TOML syntax."""
    if entry.path:
        return f"{{ name = {toml_text(entry.name)}, path = {toml_text(entry.path)} }}"
    if entry.source is not None:
        return f"{{ name = {toml_text(entry.name)}, from = {toml_text(entry.source.origin)} }}"
    return toml_text(entry.text)


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
