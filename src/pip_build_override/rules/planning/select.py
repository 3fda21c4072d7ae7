"""The selection of the rules in force for one package on one interpreter."""

from __future__ import annotations

from itertools import combinations
from typing import Any, Mapping, NoReturn, Sequence

from ...frozen import Frozen, replace
from ..place import Place
from ..standards import contains
from ..tables import AS_OF, BY_SETUP_PY, ENVIRONMENT, SEES_TARGET, Overrides, Package, Table, wins
from .environment_settings import with_one_environment
from .rule import Rule, fingerprint, other_settings, read_rules
from .settings import Setting, canonical, combined, settings_of


class Selection(Frozen):
    """The rules for one package.

    Attributes:
        tables: Tables that match the package, least specific first.
        rules: Rules in force.
        idle: ``replace`` rules with no entry that applies to this interpreter.
        set_aside: Rules that a more specific table overrules, one line each.
        fingerprint: Canonical JSON of what the rules require; empty if they require nothing.
        paths: Absolute paths of the entries in force.
        settings: Settings in force that are not about build requirements, such as ``env``.
        as_of: What of ``as-of`` a wheel in the cache depends on; empty if it is not in force.
    """

    tables: tuple[Table, ...] = ()
    rules: tuple[Rule, ...] = ()
    idle: tuple[Rule, ...] = ()
    set_aside: tuple[str, ...] = ()
    fingerprint: str = ""
    paths: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
    as_of: str = ""

    @property
    def applies(self) -> bool:
        """Whether any rule or setting changes the build."""
        return bool(self.fingerprint or self.settings)

    @property
    def files(self) -> frozenset[str]:
        """The included files of its tables, as messages show them."""
        return frozenset(t.where.rpartition(" in ")[2] for t in self.tables if t.file)

    @property
    def own_tables(self) -> tuple[Table, ...]:
        """The tables that name the package, so all but ``"*"``."""
        return tuple(table for table in self.tables if table.name != "*")

    @property
    def named(self) -> bool:
        """Whether one of the package's own tables has a rule or setting that needs PEP 517."""
        return any(rule.level > 0 and rule.effective for rule in self.rules) or any(
            setting.level > 0 for setting in self.settings if setting.key not in BY_SETUP_PY
        )

    @property
    def needs_pep517(self) -> bool:
        """Whether any rule or setting cannot act if a project is built by its setup.py alone."""
        return bool(self.fingerprint) or any(
            setting.key not in BY_SETUP_PY for setting in self.settings
        )

    @property
    def other_settings(self) -> str:
        """Canonical JSON of the settings that are not about build requirements; empty if none."""
        return other_settings(self.tables, [*canonical(self.settings), *filter(None, [self.as_of])])

    @property
    def uses_what_exists(self) -> bool:
        """Whether a build uses what nothing installs for it, so that it cannot be repeated."""
        return any(setting.key in (SEES_TARGET, ENVIRONMENT) for setting in self.settings)

    def of(self, *keys: str) -> tuple[Rule, ...]:
        """Return the rules in force with one of these keys."""
        return tuple(rule for rule in self.rules if rule.key in keys)

    def values(self, key: str) -> dict[str, Any]:
        """Return the settings in force with a key, such as ``env``, by their names."""
        return {setting.name: setting.value for setting in self.settings if setting.key == key}

    def value(self, key: str) -> Any:
        """Return the setting in force with a key that has no names below it, or None."""
        return self.values(key).get("")


def needs_version(overrides: Overrides, name: str) -> bool:
    """Return whether the version of a package must be known to choose its tables."""
    return any(table.specifier for table in overrides.named_tables(name))


def select(overrides: Overrides, package: Package, environment: Mapping[str, str]) -> Selection:
    """Return the rules for one package; of two rules about the same name, the more specific wins.

    Args:
        overrides: The overrides file.
        package: The package being built.
        environment: Marker environment of the interpreter that builds, as from packaging's
            ``default_environment()``.

    Raises:
        OverrideError: If the version is needed but not known or not valid, if two tables of which none
            wins are about the same name, or if ``read_rules`` raises it.
    """
    tables = _matching(overrides, package)
    found = [rule for table in tables for rule in read_rules(table, overrides, package, environment)]
    if overrides.form == "txt":
        found = _joined(found)
    idle = [rule for rule in found if _is_idle(rule)]
    rules = [rule for rule in found if not _is_idle(rule)]
    ties = _Ties(overrides, package)
    ties.refuse_in_one_file(rules)
    kept: list[Rule] = []
    set_aside = []
    everything = _ByName(rules)
    for rule in rules:
        over = everything.overruling(rule)
        if over is None:
            kept.append(rule)
        else:
            why = "has requires" if over.key == "requires" else f"names {over.name}"
            set_aside.append(f"{rule.where}: {rule.label} ({over.where} {why})")
    if overrides.included:
        kept = ties.without_repetitions(kept)
    in_force = _ByName(kept)
    settings, replaced = combined(
        (setting for table in tables for setting in settings_of(table)), ties.refuse_settings
    )
    settings, weaker = with_one_environment(settings, kept, overrides.shown)
    return Selection(
        tables,
        tuple(kept),
        tuple(rule for rule in idle if in_force.overruling(rule) is None),
        (*set_aside, *replaced, *weaker),
        fingerprint(kept),
        tuple(sorted({entry.path for rule in kept for entry in rule.entries if entry.path})),
        settings,
        _key_of_moment(settings, environment),
    )


def _key_of_moment(settings: Sequence[Setting], environment: Mapping[str, str]) -> str:
    for setting in settings:
        if setting.key == AS_OF:
            from ..moments import key_of  # hardly any file has the key

            return key_of(setting.value, environment.get("python_version", ""))
    return ""


def _matching(overrides: Overrides, package: Package) -> tuple[Table, ...]:
    """Return the tables for a package, least specific first, regardless of their order in the file."""
    found = []
    for table in overrides.tables:
        if table.name in ("*", package.name) and _in_range(table, overrides, package):
            found.append(table)
    # The lines of a .txt file all have the same level, so they keep their order.
    return tuple(
        sorted(found, key=lambda t: (-len(t.above), t.file, t.level, t.specifier, t.where * t.group))
    )


def _in_range(table: Table, overrides: Overrides, package: Package) -> bool:
    if not table.specifier:
        return True
    place = Place(overrides.shown, overrides.form, table.where)
    plain = f"put its rules under {place.header('package', package.name)}"
    if table.or_add:
        plain = f"write --set '{package.name}: …'"
    if package.version is None:
        raise place.error(
            f"the version of {package.name} is not known before it is built, and this table is"
            f" for {package.name}{table.specifier} only",
            f"{plain}; or, if pip takes {package.name} from an index, pin it: {package.name}==…",
            kind="unknown-version",
        )
    try:
        return contains(table.specifier, package.version)
    except ValueError:
        raise place.error(
            f"{package.version!r} of {package.name} is not a valid PEP 440 version, and cannot be"
            f" compared with {table.specifier}",
            plain,
            kind="unknown-version",
        ) from None


def _joined(rules: Sequence[Rule]) -> list[Rule]:
    """Return rules with the .txt lines for the same name joined, as if they were one list."""
    joined: dict[tuple[int, str, str], Rule] = {}
    for rule in rules:
        # A rule from the command line, which is for a single package, has a higher level.
        key = (rule.level, rule.key, rule.name)
        before = joined.get(key)
        if before is None:
            joined[key] = rule
            continue
        # Of lines for several interpreters, report only those that apply.
        parts = [part for part in (before, rule) if part.entries] or [before, rule]
        joined[key] = replace(
            before,
            wheres=tuple(where for part in parts for where in part.wheres),
            entries=before.entries + rule.entries,
        )
    return list(joined.values())


class _Ties:
    """Rules and settings of which none wins over the other.

    Args:
        overrides: The overrides file.
        package: The package being built.
    """

    def __init__(self, overrides: Overrides, package: Package) -> None:
        self._overrides = overrides
        self._package = package

    def refuse_in_one_file(self, rules: Sequence[Rule]) -> None:
        """Raise an error if two groups, or two tables for versions, are about the same name."""
        for one, other in combinations([rule for rule in rules if rule.level in (1, 3)], 2):
            if one.file == other.file and one.level == other.level and one.wheres != other.wheres:
                if not _name_the_same(one, other):
                    continue
                both = f"both name {one.name}"
                if "requires" in (one.key, other.key):
                    both = "one of them replaces the whole list"
                self._refuse_in_one_file(one, other, both)

    def refuse_settings(self, one: Setting, other: Setting) -> NoReturn:
        """Raise an error for two settings of one name."""
        if one.file == other.file:
            self._refuse_in_one_file(one, other, f"both set {one.label}")
        self._refuse_in_two_files(one, other, one.label)

    def without_repetitions(self, rules: Sequence[Rule]) -> list[Rule]:
        """Return rules without those of one included file that another one repeats.

        Raises:
            OverrideError: If two files of which neither includes the other differ.
        """
        kept: list[Rule] = []
        for rule in rules:
            said = {_said(each) for each in rules if (each.file, each.name) == (rule.file, rule.name)}
            for other in kept:
                if other.file == rule.file or wins(rule, other) or wins(other, rule):
                    continue
                if not _name_the_same(rule, other):
                    continue
                theirs = {
                    _said(each) for each in rules if (each.file, each.name) == (other.file, rule.name)
                }
                if said != theirs:
                    self._refuse_in_two_files(other, rule, rule.name or other.name or "its whole list")
                break
            else:
                kept.append(rule)
        return kept

    def _refuse_in_one_file(self, one: Rule | Setting, other: Rule | Setting, both: str) -> NoReturn:
        label = " ".join(filter(None, (self._package.name, self._package.version)))
        hint = "narrow the versions of one of the two tables"
        if one.level == 1:
            hint = f"keep it in one of the two groups, or take {self._package.name} out of the other"
        raise Place(self._overrides.shown, table=one.where).error(
            f"{other.where} also matches {label}, and {both}", hint, kind="conflicting-rules"
        )

    def _refuse_in_two_files(self, one: Rule | Setting, other: Rule | Setting, what: str) -> NoReturn:
        first, second = sorted((one.where, other.where))
        raise Place(self._overrides.shown).error(
            f"{first} and {second} say different things about {what} of {self._package.name}, and"
            " neither file includes the other",
            f"remove it from one of the two files, or say it in {self._overrides.shown}, which wins"
            " over both",
            kind="conflicting-rules",
        )


def _said(rule: Rule) -> tuple[object, ...]:
    """Return what a rule says, wherever it is."""
    return rule.key, rule.name, rule.entries, rule.limit, rule.or_add


def _name_the_same(one: Rule, other: Rule) -> bool:
    """Return whether two rules of different tables are about the same requirement."""
    for whole, part in ((one, other), (other, one)):
        if whole.key == "requires":
            return part.key != "constrain" or part.name in whole.puts
    return one.name == other.name


def _is_idle(rule: Rule) -> bool:
    return rule.key == "replace" and not rule.entries


class _ByName:
    """Rules indexed by the name that they are about, because a file may have thousands of them."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        # Rules about the whole list have the empty name.
        self._rules: dict[str, list[tuple[int, Rule]]] = {}
        for position, rule in enumerate(rules):
            self._rules.setdefault(rule.name, []).append((position, rule))

    def overruling(self, rule: Rule) -> Rule | None:
        """Return the last more specific rule that overrules this one, or None."""
        found = [
            (position, other)
            for name in {rule.name, ""}
            for position, other in self._rules.get(name, ())
            if wins(other, rule)
            # A limit on a name that is not in the whole list still applies.
            and (other.key != "requires" or rule.key != "constrain" or rule.name in other.puts)
        ]
        return max(found, key=lambda pair: pair[0])[1] if found else None
