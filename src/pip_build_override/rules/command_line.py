"""Rules given on the command line, in addition to the overrides file."""

from __future__ import annotations

from typing import Container, Sequence

from ..command_line import CommandLine
from ..errors import OverrideError
from ..frozen import replace
from ..patterns import pattern
from .place import did_you_mean, listing, toml_key, toml_text
from .reading.parse import parse_overrides
from .standards import normalise
from .tables import Overrides, Table

_SET = "--set"
_SOURCES = {
    "target": 'from = "target"',
    "oldest": 'from = "oldest"',
    "borrow": 'from = "target", borrow = true',
}
_SHORT = pattern(rf"(?P<name>[A-Za-z0-9][A-Za-z0-9_.-]*)\s*@\s*(?P<source>{'|'.join(_SOURCES)})$")
_WORD = pattern(r"(?P<name>[A-Za-z0-9][A-Za-z0-9_.-]*)\s*@\s*(?P<source>[\w-]*)$")
_NAME = pattern(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_HINT = "write PACKAGE: REQUIREMENT, as in --set 'pyyaml: cython<3' or --set 'pyworld: numpy@target'"


def with_command_line(overrides: Overrides, given: CommandLine) -> Overrides:
    """Return the overrides combined with the command line, which wins for each name that it mentions.

    Raises:
        OverrideError: If the command line contains an error.
    """
    return with_settings(with_constraints(overrides, given.constrain), given.set)


def with_constraints(overrides: Overrides, constraints: Sequence[str]) -> Overrides:
    """Return the overrides with additional ``constrain`` entries for every package.

    Args:
        constraints: Constraints, each a name and a specifier. Each one replaces the entries for the
            same name in the file's ``[package."*"]``.

    Raises:
        OverrideError: If one of them is not a constraint.
    """
    if not constraints:
        return overrides
    listed = ", ".join(map(toml_text, constraints))
    document = f'[package."*"]\nconstrain = [{listed}]\n'
    extra = parse_overrides(document.encode(), path="", shown="--constrain").tables[0]
    names = {entry.name for entry in extra.constrain}
    tables = [_unlimited(table, names) if table.name == "*" else table for table in overrides.tables]
    return replace(overrides, tables=(*tables, replace(extra, where="--constrain")))


def with_settings(overrides: Overrides, settings: Sequence[str]) -> Overrides:
    """Return the overrides with the settings for single packages applied.

    Args:
        settings: Settings, each written ``PACKAGE: REQUIREMENT``. The requirement, or ``NAME@target``,
            ``NAME@oldest`` or ``NAME@borrow``, replaces the declared requirement of the same name, and
            is added if there is none.

    Raises:
        OverrideError: If one of them has another form.
    """
    if not settings:
        return overrides
    document = _document(settings)
    # Paths are relative to the current directory, as on any command line.
    parsed = parse_overrides(document.encode(), path="", shown=_SET)
    extra = [
        replace(table, where=f"{_SET} {table.where.partition('.')[2]}", or_add=True)
        for table in parsed.tables
    ]
    tables = list(overrides.tables)
    for new in extra:
        names = {name for name, _ in new.replace}
        tables = [_silent(table, names) if table.name == new.name else table for table in tables]
    return replace(overrides, tables=(*tables, *extra))


def _document(settings: Sequence[str]) -> str:
    packages: dict[str, dict[str, list[str]]] = {}
    spelt: dict[str, str] = {}
    for text in settings:
        package, colon, requirement = (part.strip() for part in text.partition(":"))
        named, found = _NAME.match(package), _NAME.match(requirement)
        if not colon or named is None or found is None:
            hint = "use --constrain for every package" if package == "*" else _HINT
            raise OverrideError(f"{text!r} sets nothing for a package", where=_SET, hint=hint)
        short = _SHORT.match(requirement)
        word = None if short else _WORD.match(requirement)
        if word is not None:
            raise _no_source(word["name"], word["source"], package)
        value = f"{{ {_SOURCES[short['source']]} }}" if short else toml_text(requirement)
        # Different spellings of a package's name share one table.
        alike = normalise(named[0]) + package[named.end() :].replace(" ", "")
        package = spelt.setdefault(alike, package)
        packages.setdefault(package, {}).setdefault(normalise(found[0]), []).append(value)
    lines = []
    for package, names in packages.items():
        lines.append(f"[package.{toml_key(package)}]")
        for name, values in names.items():
            value = values[0] if len(values) == 1 else f"[{', '.join(values)}]"
            lines.append(f"replace.{toml_key(name)} = {value}")
    return "\n".join(lines)


def _no_source(name: str, word: str, package: str) -> OverrideError:
    near = did_you_mean(word, _SOURCES)
    known = listing(f"{name}@{source}" for source in _SOURCES)
    return OverrideError(
        f"{name}@{word} is neither a requirement nor a source",
        where=f"{_SET} {package}",
        hint=f"did you mean {name}@{near}?" if near else f"the sources are {known}",
    )


def _unlimited(table: Table, names: Container[str]) -> Table:
    kept = tuple(entry for entry in table.constrain if entry.name not in names)
    return replace(table, constrain=kept)


def _silent(table: Table, names: Container[str]) -> Table:
    """Return the table without its rules for these names."""
    return replace(
        _unlimited(table, names),
        replace=tuple((name, entries) for name, entries in table.replace if name not in names),
        remove=tuple(entry for entry in table.remove if entry.name not in names),
        add=tuple(entry for entry in table.add if entry.name not in names),
    )
