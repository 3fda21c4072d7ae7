"""What the rules ask for the build of one package on one interpreter, with literal requirements.

``requires`` is taken apart into what it replaces, removes and adds, because no other front end has a
key for a whole list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Iterator, Mapping

from ..rules import Overrides, Rule, Selection, package, select
from ..rules.lines import parts_of
from ..rules.planning.declared import Line, read_lines
from ..rules.planning.settings import Setting
from ..rules.standards import is_specifier
from ..rules.tables import Alternative
from . import versions
from .facts import Facts
from .outcome import Unsaid

# What pip assumes for a package that declares nothing; a rule on them may have nothing to act on.
_ASSUMED = ("setuptools", "wheel")


@dataclass(frozen=True)
class Need:
    """A literal requirement.

    Attributes:
        text: The requirement without a marker.
        name: Its normalised name.
        extras: Its extras.
        specifier: Its specifier; empty if it has none, or a URL.
        url: Its URL.
    """

    text: str
    name: str
    extras: frozenset[str] = frozenset()
    specifier: str = ""
    url: str = ""


@dataclass(frozen=True)
class Asked:
    """One rule for one package.

    Attributes:
        key: ``replace``, ``remove``, ``add`` or ``constrain``.
        name: The normalised name that it is about.
        label: The rule as in the file.
        where: File and table.
        level: How specific its table is, as in ``Table``.
        before: The declared requirements of that name, static or by the backend, that apply.
        after: What it installs, or the limit of ``constrain``.
    """

    key: str
    name: str
    label: str
    where: str
    level: int
    before: tuple[Line, ...] = ()
    after: tuple[Need, ...] = ()

    @property
    def specifier(self) -> str:
        """The specifiers of all that it installs, or of the limit, in one."""
        return ",".join(filter(None, (need.specifier for need in self.after)))

    @property
    def by_url(self) -> bool:
        """Whether it installs from a URL or a path."""
        return any(need.url for need in self.after)

    @property
    def has_more_extras(self) -> bool:
        """Whether it installs extras that are not declared."""
        declared = {extra for line in self.before for extra in line.extras}
        return any(need.extras - declared for need in self.after)

    def why_not_narrower(self, tool: str) -> str:
        """Return why it does more than narrow what is declared; "" if narrowing is all that it does.

        A front end that cannot take anything away can still say a replacement if what is declared
        excludes old versions of it at most, because the newest is chosen.

        Args:
            tool: The front end, for the reason.
        """
        others = [need.name for need in self.after if need.name != self.name]
        declared = ", ".join(line.text for line in self.before)
        if others:
            return f"{tool} cannot take {declared} away, for which it installs {', '.join(others)}"
        for line in self.before:
            if "@" in line.text.partition(";")[0]:
                return f"{tool} cannot take {line.text} away"
            if not line.limits:
                return f"which versions {line.text} allows is not known"
            wanted = ", ".join(need.text for need in self.after)
            if not versions.may_meet(self.specifier, line.specifier):
                return f"{tool} cannot take {line.text} away, which excludes {wanted}"
            if not self.by_url and not versions.allows_the_newest(line.specifier, self.specifier):
                return f"{tool} cannot take {line.text} away, which excludes the newest of {wanted}"
        return ""

    @property
    def kept_as_well(self) -> tuple[str, ...]:
        """The declared requirements that exclude something that the replacement would allow."""
        if self.key != "replace" or self.by_url:
            return ()
        return tuple(
            line.text
            for line in self.before
            if line.limits and line.specifier and not versions.is_within(self.specifier, line.specifier)
        )


@dataclass(frozen=True)
class Package:
    """The rules for one package.

    Attributes:
        facts: What is known of it.
        asked: The rules on its build requirements that can be expressed literally.
        settings: Its settings, such as those of ``env``.
        no_binary: The place of ``no-binary = true``; empty if it is not set.
        reasons: Why its tables exist.
        unsaid: What no front end can say of it.
        static: Its static requirements that apply.
        hook: What its backend asks for.
    """

    facts: Facts
    asked: tuple[Asked, ...] = ()
    settings: tuple[tuple[str, Setting], ...] = ()
    no_binary: str = ""
    reasons: tuple[str, ...] = ()
    unsaid: tuple[Unsaid, ...] = ()
    static: tuple[Line, ...] = ()
    hook: tuple[Line, ...] = ()

    @property
    def name(self) -> str:
        return self.facts.name

    @property
    def declared_names(self) -> frozenset[str]:
        """The names of its static requirements that apply."""
        return frozenset(line.name for line in self.static if line.applies)

    @property
    def asked_names(self) -> frozenset[str]:
        """The names of what its backend asks for."""
        return frozenset(line.name for line in self.hook if line.applies)

    def limits_on(self, name: str) -> tuple[str, ...] | None:
        """Return the specifiers of a name in its build environment; None if nothing is about it."""
        own = [asked for asked in self.asked if asked.name == name]
        gone = any(asked.key in ("replace", "remove") for asked in own)
        lines = [] if gone else [e for e in (*self.static, *self.hook) if e.name == name and e.applies]
        needs = [
            need
            for asked in self.asked
            for need in asked.after
            if need.name == name and asked.key != "constrain"
        ]
        limits = [need.specifier for asked in own if asked.key == "constrain" for need in asked.after]
        if not lines and not needs and not limits:
            return None
        return (*(e.specifier for e in lines), *(need.specifier for need in needs), *limits)


def rules_of(
    overrides: Overrides, facts: Facts, markers: Mapping[str, str], *, only: bool = False
) -> Package:
    """Return the rules for one package.

    Args:
        overrides: The overrides file.
        facts: What is known of the package.
        markers: The marker environment of the interpreter that builds.
        only: Whether no other release of it is built with what is written.

    Raises:
        OverrideError: If the file contradicts itself for that package.
    """
    selection = select(overrides, package(facts.name, facts.version), markers)
    static = read_lines(facts.declared or (), markers)
    hook = read_lines(facts.asked or (), markers)
    reader = _Reader(overrides, facts, static, hook, only)
    asked = tuple(reader.asked(selection))
    return Package(
        facts,
        asked,
        tuple((overrides.where(each.where), each) for each in selection.settings),
        next((overrides.where(table.where) for table in selection.tables if table.no_binary), ""),
        tuple(dict.fromkeys(table.reason for table in selection.own_tables if table.reason)),
        tuple(reader.unsaid),
        static,
        hook,
    )


def rules_for_every(overrides: Overrides, markers: Mapping[str, str]) -> Package:
    """Return the rules for every package; only limits have something that they install or limit.

    Args:
        overrides: The overrides file.
        markers: The marker environment of the interpreter that builds.

    Raises:
        OverrideError: If the file contradicts itself.
    """
    selection = select(overrides, package("*"), markers)
    asked = []
    for rule in selection.rules:
        if rule.effective:
            limit = Need(rule.limit, rule.name, specifier=parts_of(rule.limit).specifier)
            after = (limit,) if rule.key == "constrain" else ()
            where = overrides.where(rule.where)
            asked.append(Asked(rule.key, rule.name, rule.label, where, 0, (), after))
    settings = tuple((overrides.where(each.where), each) for each in selection.settings)
    return Package(Facts("*"), tuple(asked), settings)


class _Reader:
    """Turns rules into literal ones, and collects those that cannot be literal."""

    def __init__(
        self,
        overrides: Overrides,
        facts: Facts,
        static: tuple[Line, ...],
        hook: tuple[Line, ...],
        only: bool,
    ) -> None:
        self._overrides = overrides
        self._only = only
        self._facts = facts
        self._lines = (*static, *hook)
        self.unsaid: list[Unsaid] = []

    def asked(self, selection: Selection) -> Iterator[Asked]:
        for rule in selection.rules:
            if not rule.effective:
                continue
            if rule.key == "constrain":
                parts = parts_of(rule.limit)
                need = Need(rule.limit, rule.name, specifier=parts.specifier)
                yield self._made(rule, "constrain", rule.name, (need,))
            elif rule.key == "requires":
                yield from self._taken_apart(rule)
            elif rule.key == "add":
                yield from self._add(rule, rule.entries)
            else:
                yield from self._replace_or_remove(rule)

    def _made(self, rule: Rule, key: str, name: str, after: tuple[Need, ...]) -> Asked:
        before = tuple(line for line in self._lines if line.name == name and line.applies)
        where = self._overrides.where(rule.where)
        return Asked(key, name, rule.label, where, rule.level, before, after)

    def _refuse(self, rule: Rule, why: str, hint: str = "") -> None:
        where = self._overrides.where(rule.where)
        self.unsaid.append(Unsaid(where, rule.label, self._facts.name, why, hint))

    def _taken_apart(self, rule: Rule) -> Iterator[Asked]:
        if self._facts.declared is None or self._facts.asked is None:
            self._refuse(rule, f"what {self._facts.label} declares is not known: {self._unknown}")
            return
        declared = dict.fromkeys(line.name for line in self._lines if line.applies)
        for name in declared:
            entries = tuple(entry for entry in rule.entries if entry.name == name)
            if entries:
                needs = self._needs(rule, entries, name)
                if needs:
                    yield self._made(rule, "replace", name, needs)
            else:
                yield self._made(rule, "remove", name, ())
        yield from self._add(rule, [entry for entry in rule.entries if entry.name not in declared])

    def _add(self, rule: Rule, entries: Iterable[Alternative]) -> Iterator[Asked]:
        for entry in entries:
            needs = self._needs(rule, (entry,), "")
            if needs:
                yield self._made(rule, "add", entry.name, needs)

    def _replace_or_remove(self, rule: Rule) -> Iterator[Asked]:
        named = [line for line in self._lines if line.name == rule.name]
        if not named and (self._facts.declared is None or self._facts.asked is None):
            if rule.level or rule.key == "replace":
                why = f"whether {self._facts.label} asks for {rule.name} is not known: {self._unknown}"
                self._refuse(rule, why)
            return
        if not named:
            if rule.level and not (self._only and rule.name in _ASSUMED):
                self._refuse(
                    rule,
                    f"{self._facts.label} does not ask for {rule.name}",
                    _other_release_hint(self._facts.name),
                )
            return
        if not any(line.applies for line in named):
            return
        needs = self._needs(rule, rule.entries, rule.name)
        if needs or rule.key == "remove":
            yield self._made(rule, rule.key, rule.name, needs)

    @property
    def _unknown(self) -> str:
        return self._facts.problem or self._facts.hook_problem

    def _needs(self, rule: Rule, entries: Iterable[Alternative], name: str) -> tuple[Need, ...]:
        """Return what entries install; nothing if one of them cannot be literal."""
        extras = frozenset(
            extra for line in self._lines if line.name == name and line.applies for extra in line.extras
        )
        found = []
        for entry in entries:
            text = entry.text
            if entry.source is not None:
                if entry.source.borrow:
                    self._refuse(rule, f"it borrows the {entry.name} that is installed, file by file")
                    return ()
                answer = self._facts.answers.get(entry.name)
                if answer is None:
                    why = f"which version of {entry.name} it resolves to is not known"
                    self._refuse(rule, why + f": {self._facts.problem}" * bool(self._facts.problem))
                    return ()
                if not answer:
                    # The declared requirement is kept.
                    return ()
                parts = parts_of(answer)
                if parts.name != entry.name or not (parts.specifier and is_specifier(parts.specifier)):
                    self._refuse(rule, f"it resolves to {answer}, which is no version from an index")
                    return ()
                text = answer
            if entry.hashes:
                self._refuse(rule, f"the hashes of {text} cannot be checked there")
            text = entry.keeping(extras, text) if entry.name == name else text
            parts = parts_of(text)
            found.append(Need(text, entry.name, parts.extras, parts.specifier, parts.url))
        return tuple(found)


def _other_release_hint(name: str) -> str:
    return f"name the release that you build: --package {name}==VERSION"
