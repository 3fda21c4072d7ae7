"""What an overrides file says, as immutable records."""

from __future__ import annotations

import re

from ..frozen import Frozen
from .standards import normalise


class Source(Frozen):
    """Where a version comes from that is known only in a run of pip.

    :param origin: ``target`` or ``oldest``.
    :param borrow: whether the installed distribution itself is wanted.
    :param specifier: outside which a version is an error.
    :param otherwise: for a target without the distribution: ``declared``, ``oldest`` or a
        requirement; empty where that is an error.
    :param allow_sdist: whether a version without a wheel may be compiled.
    """

    origin: str
    borrow: bool = False
    specifier: str = ""
    otherwise: str = ""
    allow_sdist: bool = False


class Alternative(Frozen):
    """One requirement that a rule puts in place.

    :param name: normalised distribution name.
    :param text: PEP 508 text without marker, beginning with ``name``; the bare name of a source.
    :param marker: environment marker; empty where it always holds.
    :param extras: as written, sorted.
    :param path: absolute path, where it comes from ``{ path = … }``.
    :param source: where its version comes from, for a version that the file does not name.
    :param hashes: of which a file must have one, as ``sha256:…``; empty where any will do.
    """

    name: str
    text: str
    marker: str = ""
    extras: tuple[str, ...] = ()
    path: str = ""
    source: Source | None = None
    hashes: tuple[str, ...] = ()

    def keeping(self, extras: frozenset[str], text: str = "") -> str:
        """Return the text, or the one its source came to, with these extras unless it has its own."""
        text = text or self.text
        if self.extras or not extras:
            return text
        return f"{self.name}[{','.join(sorted(extras))}]{text[len(self.name) :]}"


class Removal(Frozen):
    """A declared name that is not to be installed."""

    name: str
    marker: str = ""


class Constraint(Frozen):
    """A limit on the build environment; an empty specifier lifts one of a less specific table."""

    name: str
    specifier: str
    marker: str = ""

    @property
    def text(self) -> str:
        """The constraint as a constraints file has it."""
        return f"{self.name}{self.specifier}"


class Table(Frozen):
    """The rules for one package, for some versions of it, or for all packages.

    :param where: as shown in messages: ``package.pyworld``; in a .txt file ``line 3``.
    :param name: normalised name of the package being built, or ``*``.
    :param specifier: of a table for some versions only.
    :param replace: pairs of a normalised declared name and what takes its place.
    :param or_add: whether what replaces a name is added where that is declared nowhere.
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

    @property
    def builds(self) -> bool:
        """Whether the table says anything about a build."""
        rules = self.replace or self.remove or self.add or self.constrain
        return bool(rules) or self.requires is not None

    @property
    def besides(self) -> tuple[str, ...]:
        """What the table says besides build requirements.

        Every field counts that is not known to be about them, so that a new one cannot be forgotten.
        """
        return tuple(
            f"{field} = {value!r}"
            for field, value in vars(self).items()
            if field not in _ON_REQUIREMENTS and value != self._defaults[field]
        )


_ON_REQUIREMENTS = frozenset(
    ("where", "name", "specifier", "replace", "or_add", "remove", "add", "constrain", "requires")
)


class Overrides(Frozen):
    """A whole overrides file.

    :param shown: the file's name in messages.
    :param path: its absolute path.
    :param unused: ``error`` or ``warn``, what a rule for an undeclared name is.
    :param form: ``toml``, ``pyproject`` or ``txt``.
    :param record: ``overridden``, ``all`` or ``none``: which built wheels carry a record.
    :param mismatch: ``warn``, ``error`` or ``ignore``, what it is that a wheel does not fit.
    :param generated: the same, what it is that a rule on Cython cannot act on generated sources.
    """

    shown: str = ""
    path: str = ""
    tables: tuple[Table, ...] = ()
    unused: str = "error"
    form: str = "toml"
    record: str = "overridden"
    mismatch: str = "warn"
    generated: str = "warn"

    def named_tables(self, name: str) -> tuple[Table, ...]:
        """Return the tables of one package, those for some versions included, ``*`` not."""
        wanted = normalise(name)
        return tuple(table for table in self.tables if table.name == wanted)

    @property
    def has_named_tables(self) -> bool:
        """Whether any table is for one package rather than for all."""
        return any(table.name != "*" for table in self.tables)

    @property
    def no_binary_names(self) -> frozenset[str]:
        """Normalised names of the packages that are always built from source."""
        return frozenset(table.name for table in self.tables if table.no_binary)


EMPTY = Overrides()


def split_text(text: str) -> tuple[str, str]:
    """Split the text of a requirement or constraint before its version specifier, if it has one."""
    head = re.split(r"[=<>!~@]", text, maxsplit=1)[0]
    specifier = text[len(head) :]
    return (text, "") if specifier.startswith("@") else (head, specifier)


class Package(Frozen):
    """A package being built: its normalised name and, where known, its version."""

    name: str
    version: str | None = None


def package(name: str, version: str | None = None) -> Package:
    """Return the package of that name in any spelling."""
    return Package(normalise(name), version)
