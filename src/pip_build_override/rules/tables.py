"""The content of an overrides file, as immutable records."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..errors import OverrideError
from ..frozen import Frozen, replace
from .standards import normalise

if TYPE_CHECKING:
    from typing import Any, Container, Iterator, Protocol

    class Ranked(Protocol):
        """A table, or something that is in one."""

        @property
        def level(self) -> int:
            """How specific the table is, as in ``Table``."""

        @property
        def file(self) -> str:
            """The file of the table, as in ``Table``."""

        @property
        def above(self) -> tuple[str, ...]:
            """The files that include that file, as in ``Table``."""


TARGET = "target"
"""The word for the environment that pip installs into."""

RELEASE = "release"
"""The word for the moment at which what is built was released."""


class Source(Frozen):
    """The source of a version that is known only while pip runs.

    Attributes:
        origin: ``target`` or ``oldest``.
        borrow: Whether to use the installed distribution itself.
        specifier: Specifier that the version must satisfy; any other version is an error.
        otherwise: What to use if the target lacks the distribution: ``declared``, ``oldest`` or a
            requirement; empty if that is an error.
        allow_sdist: Whether a version without a wheel may be built from source.
    """

    origin: str
    borrow: bool = False
    specifier: str = ""
    otherwise: str = ""
    allow_sdist: bool = False


class Alternative(Frozen):
    """One requirement that a rule installs.

    Attributes:
        name: Normalised distribution name.
        text: PEP 508 text without a marker, beginning with ``name``; just the name if there is a
            source.
        marker: Environment marker; empty if it always holds.
        extras: Extras as written, sorted.
        path: Absolute path if the entry is ``{ path = … }``.
        source: Source of the version if the file does not name the version.
        hashes: Allowed hashes of its file, as ``sha256:…``; empty if any file is allowed.
    """

    name: str
    text: str
    marker: str = ""
    extras: tuple[str, ...] = ()
    path: str = ""
    source: Source | None = None
    hashes: tuple[str, ...] = ()

    def keeping(self, extras: frozenset[str], text: str = "") -> str:
        """Return the requirement with these extras, unless it has extras of its own.

        Args:
            extras: Extras of the declared requirement.
            text: The requirement that its source resolved to; by default its own text.
        """
        text = text or self.text
        if self.extras or not extras:
            return text
        return f"{self.name}[{','.join(sorted(extras))}]{text[len(self.name) :]}"


class Removal(Frozen):
    """A declared name that is not to be installed."""

    name: str
    marker: str = ""


class Constraint(Frozen):
    """A limit on the build environment; an empty specifier cancels that of a less specific table."""

    name: str
    specifier: str
    marker: str = ""

    @property
    def text(self) -> str:
        """The constraint in the form of a constraints file."""
        return f"{self.name}{self.specifier}"


class Table(Frozen):
    """The rules for one package, for some versions of it, or for all packages.

    Attributes:
        where: Name in messages, such as ``package.pyworld``; in a .txt file ``line 3``.
        name: Normalised name of the package being built, or ``*``.
        specifier: Specifier of a table for some versions only.
        replace: Pairs of a normalised declared name and its replacements.
        or_add: Whether a replacement is added if its name is not declared.
        config_settings: Names and values that every hook of the build backend is given (PEP 517).
        env: Environment variables while the hooks run, each with its value or, to unset it, None.
        system_site_packages: Whether the isolated environment sees what the target has installed.
        build_environment: The absolute path of an environment that replaces the isolated one, or
            ``target``; empty for none.
        as_of: The moment up to which files are candidates for the build environment: ``release``, a
            day, or a time in UTC; empty for no limit.
        pin_compatible: Normalised names of run-time requirements that are narrowed to what fits the
            build, each with a specifier with placeholders; empty for the rule that mismatches follow.
        regenerate: Whether C and C++ files that Cython generated are generated again before the build.
        reason: Why the table exists, in the words of its author.
        group: Whether it is one package's part of a group.
        file: Absolute path of the file that it is in, if that is included by another one.
        above: The files that include that file, directly or not, as in ``file``; "" is the file that
            is not included itself.
    """

    where: str
    name: str
    specifier: str = ""
    replace: tuple[tuple[str, tuple[Alternative, ...]], ...] = ()
    remove: tuple[Removal, ...] = ()
    add: tuple[Alternative, ...] = ()
    constrain: tuple[Constraint, ...] = ()
    requires: tuple[Alternative, ...] | None = None
    no_binary: bool = False
    or_add: bool = False
    config_settings: tuple[tuple[str, str | tuple[str, ...]], ...] = ()
    env: tuple[tuple[str, str | None], ...] = ()
    system_site_packages: bool = False
    build_environment: str = ""
    as_of: str = ""
    pin_compatible: tuple[tuple[str, str], ...] = ()
    regenerate: bool = False
    reason: str = ""
    group: bool = False
    file: str = ""
    above: tuple[str, ...] = ()

    @property
    def level(self) -> int:
        """How specific it is among the tables of its file.

        0 for ``*``, 1 for a group, 2 for a name, 3 for a name with versions.
        """
        if self.name == "*":
            return 0
        if self.group:
            return 1
        return 3 if self.specifier else 2

    @property
    def builds(self) -> bool:
        """Whether the table has any rule about build requirements."""
        rules = self.replace or self.remove or self.add or self.constrain
        return bool(rules) or self.requires is not None

    @property
    def is_empty(self) -> bool:
        """Whether the table changes nothing."""
        return not self.builds and not self.has_settings and not self.no_binary

    @property
    def other_settings(self) -> tuple[str, ...]:
        """The settings of the table that no other table changes, and that are not about requirements.

        Any field that is not listed elsewhere is included, so a new field cannot be forgotten.
        """
        return tuple(
            f"{field} = {value!r}"
            for field, value in vars(self).items()
            if field not in _ON_REQUIREMENTS
            and field not in SETTINGS
            and value != self._defaults[field]
        )

    @property
    def settings(self) -> Iterator[tuple[str, str, Any]]:
        """Each setting with a key in ``SETTINGS``: the key, the name below it or "", and the value."""
        for field, key in SETTINGS.items():
            value = getattr(self, field)
            if value != self._defaults[field]:
                for name, content in value if isinstance(value, tuple) else [("", value)]:
                    yield key, name, content

    @property
    def has_settings(self) -> bool:
        """Whether the table has any of the keys in ``SETTINGS``."""
        return any(True for _ in self.settings)


def same_package(name: str, specifier: str) -> tuple[str, frozenset[str]]:
    """Return what two tables have in common if they are for the same package in the same versions.

    Args:
        name: Normalised name of the package.
        specifier: Specifier of the versions, with its clauses in any order.
    """
    return name, frozenset(filter(None, specifier.split(",")))


def wins(one: Ranked, other: Ranked) -> bool:
    """Return whether one wins over the other if both are about the same thing.

    It does if its file includes that of the other, or, in one file, if it is more specific.
    """
    if one.file == other.file:
        return one.level > other.level
    return one.file in other.above


_RULES = ("replace", "remove", "add", "constrain", "requires")
# A reason changes no build.
_ON_REQUIREMENTS = frozenset(
    ("where", "name", "specifier", "or_add", "group", "file", "above", "reason", *_RULES)
)

CONFIG_SETTINGS = "config-settings"
ENV = "env"
SEES_TARGET = "system-site-packages"
ENVIRONMENT = "build-environment"
AS_OF = "as-of"
PINS = "pin-compatible"
REGENERATE = "regenerate"
SETTINGS = {
    "config_settings": CONFIG_SETTINGS,
    "env": ENV,
    "system_site_packages": SEES_TARGET,
    "build_environment": ENVIRONMENT,
    "as_of": AS_OF,
    "pin_compatible": PINS,
    "regenerate": REGENERATE,
}
"""The fields that several tables of a package are combined in, each with its key in the file.

A field with pairs of names and values is combined by name, and any other field as a whole.
"""
WITHOUT_ISOLATION = (CONFIG_SETTINGS, ENV)
"""The settings that also act if a build backend runs without a build environment."""
BY_SETUP_PY = (ENV,)
"""The settings that also act if a project is built by its setup.py alone."""


ONE_OF = (SEES_TARGET, ENVIRONMENT, AS_OF)
"""Keys of which one at most can be in force: each says what a build environment consists of."""


class Overrides(Frozen):
    """A whole overrides file.

    Attributes:
        shown: The file's name in messages.
        path: Its absolute path.
        unused: ``error`` or ``warn``, for a rule about an undeclared name.
        form: ``toml``, ``pyproject`` or ``txt``.
        record: Which built wheels contain a record: ``overridden``, ``all`` or ``none``.
        mismatch: ``warn``, ``error`` or ``ignore``, for a wheel that does not fit.
        generated: The same, for a rule about Cython that has no effect on generated sources.
        keep_environments: Whether build environments are kept for later runs.
        included: Absolute path and SHA-256 of each file that it includes, directly or not.
    """

    shown: str = ""
    path: str = ""
    tables: tuple[Table, ...] = ()
    unused: str = "error"
    form: str = "toml"
    record: str = "overridden"
    mismatch: str = "warn"
    generated: str = "warn"
    keep_environments: bool = False
    included: tuple[tuple[str, str], ...] = ()

    @property
    def without_rules(self) -> tuple[OverrideError, ...]:
        """A warning for each table that changes nothing, or for a file that changes nothing at all."""
        if not self.tables and all(
            value == self._defaults[name] for name, value in vars(self).items() if name not in _NO_RULES
        ):
            return (
                OverrideError(
                    "there is no rule in this file, so it changes nothing",
                    kind="no-rules",
                    where=self.shown,
                    hint=_no_rule_hint(self.form),
                ),
            )
        # Each package of a group has a table of its own.
        empty = dict.fromkeys(table.where for table in self.tables if table.is_empty)
        return tuple(
            OverrideError(
                "there is no rule in this table, so it changes nothing",
                kind="no-rules",
                where=self.where(where),
                hint='put a rule under it, such as constrain = ["setuptools<82"], or remove it',
            )
            for where in empty
        )

    def where(self, *tables: str) -> str:
        """Return the place of tables, each as in ``Table.where``, as messages show it.

        That is the file and its tables, and options of the command line without the file.
        """
        options = [table for table in tables if table.startswith("--")]
        own = [table for table in tables if table not in options]
        return ", ".join([f"{self.shown}: {', '.join(own)}"] * bool(own) + options)

    def named_tables(self, name: str) -> tuple[Table, ...]:
        """Return the tables of one package, including those for some versions but not ``*``."""
        wanted = normalise(name)
        return tuple(table for table in self.tables if table.name == wanted)

    @property
    def has_named_tables(self) -> bool:
        """Whether any table is for a single package."""
        return any(table.name != "*" for table in self.tables)

    def without_settings(self, keys: Container[str]) -> Overrides:
        """Return the overrides without some of the settings of tables.

        Args:
            keys: The keys of these settings.
        """
        empty = {field: Table._defaults[field] for field, key in SETTINGS.items() if key in keys}
        return replace(self, tables=tuple(replace(table, **empty) for table in self.tables))

    def settings_only(self, acting: Container[str]) -> Overrides:
        """Return the overrides with some of the settings, and without any other rule.

        Args:
            acting: The keys of these settings.
        """
        left_out = [*_RULES, *(field for field, key in SETTINGS.items() if key not in acting)]
        empty = {field: Table._defaults[field] for field in left_out}
        return replace(self, tables=tuple(replace(table, **empty) for table in self.tables))

    @property
    def no_binary_names(self) -> frozenset[str]:
        """The normalised names of the packages that are always built from source."""
        return frozenset(table.name for table in self.tables if table.no_binary)


_NO_RULES = frozenset(("shown", "path", "tables", "form", "unused"))


def _no_rule_hint(form: str) -> str:
    if form == "txt":
        return "write a requirement on a line of its own, such as numpy<2"
    prefix = "tool.pip-build-override." if form == "pyproject" else ""
    return f'write [{prefix}package.NAME] and under it a rule, such as constrain = ["setuptools<82"]'


EMPTY = Overrides()


def split_text(text: str) -> tuple[str, str]:
    """Return a requirement or constraint without its version specifier, and the specifier or ""."""
    head = re.split(r"[=<>!~@]", text, maxsplit=1)[0]
    specifier = text[len(head) :]
    return (text, "") if specifier.startswith("@") else (head, specifier)


class Package(Frozen):
    """A package being built: its normalised name and, if known, its version."""

    name: str
    version: str | None = None


def package(name: str, version: str | None = None) -> Package:
    """Return the package with that name, which may have any spelling."""
    return Package(normalise(name), version)
