"""Rules given on the command line, in addition to the overrides file."""

from __future__ import annotations

import os
from typing import Container, Sequence

from ..command_line import CommandLine
from ..errors import OverrideError
from ..frozen import replace
from ..patterns import pattern
from .place import did_you_mean, listing, toml_key, toml_text
from .reading.parse import parse_overrides
from .reading.paths import looks_like_a_path, name_in
from .reading.requirement import RequirementError, is_version
from .reading.requirement_slips import LIMIT_OF_SOURCE, SOURCES, problem_of_package, read
from .standards import normalise
from .tables import Overrides, Table

_SET = "--set"
_CONSTRAIN = "--constrain"
_AS_OF = "--as-of"
_SHORT = pattern(rf"(?P<name>[A-Za-z0-9][A-Za-z0-9_.-]*)\s*@\s*(?P<source>{'|'.join(SOURCES)})$")
_WORD = pattern(r"(?P<name>[A-Za-z0-9][A-Za-z0-9_.-]*)\s*@\s*(?P<source>[\w-]*)$")
_NAME = pattern(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_APART = pattern(
    r"(?P<package>[A-Za-z0-9][A-Za-z0-9_.-]*)(?:\s+|\s*=\s*)(?P<requirement>[A-Za-z0-9].*)$"
)


def with_command_line(overrides: Overrides, given: CommandLine) -> Overrides:
    """Return the overrides combined with the command line, which wins for each name that it mentions.

    Raises:
        OverrideError: If the command line contains an error.
    """
    limited = with_as_of(with_constraints(overrides, given.constrain), given.as_of)
    combined = with_settings(limited, given.set)
    # A table of which nothing is left is not one that its author forgot to fill.
    left = [
        new for old, new in zip(overrides.tables, combined.tables) if old.is_empty or not new.is_empty
    ]
    return replace(combined, tables=(*left, *combined.tables[len(overrides.tables) :]))


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
    for text in constraints:
        _check_constraint(text)
    listed = ", ".join(map(toml_text, constraints))
    document = f'[package."*"]\nconstrain = [{listed}]\n'
    extra = parse_overrides(document.encode(), path="", shown=_CONSTRAIN).tables[0]
    names = {entry.name for entry in extra.constrain}
    tables = [_unlimited(table, names) if table.name == "*" else table for table in overrides.tables]
    return replace(overrides, tables=(*tables, replace(extra, where=_CONSTRAIN)))


def with_as_of(overrides: Overrides, as_of: str) -> Overrides:
    """Return the overrides with ``as-of`` for every package, in place of that of ``[package."*"]``.

    Args:
        as_of: The moment; empty for none.

    Raises:
        OverrideError: If it is neither ``release`` nor a date or time.
    """
    if not as_of:
        return overrides
    from .reading.as_of_key import MomentError, moment_in  # hardly any run has the option

    try:
        moment = moment_in(as_of)
    except MomentError as error:
        raise OverrideError(
            error.problem, kind="invalid-value", where=_AS_OF, hint=f"write {_AS_OF} {error.instead}"
        ) from None
    tables = [replace(table, as_of="") if table.name == "*" else table for table in overrides.tables]
    return replace(overrides, tables=(*tables, Table(_AS_OF, "*", as_of=moment)))


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
        if colon and package == "*" and requirement:
            hint = f"for every package, write {_CONSTRAIN} {_for_shell(requirement)}"
            raise OverrideError(
                f"{text!r} does not name a package", kind="invalid-name", where=_SET, hint=hint
            )
        is_url = requirement.startswith("//")
        if colon and named and not (found or is_url) and looks_like_a_path(requirement):
            _check_requirement(requirement, package)
        if not colon or named is None or found is None:
            raise OverrideError(
                f"{text!r} is not a package and a requirement",
                kind="usage",
                where=_SET,
                hint=_set_hint(text),
            )
        short = _SHORT.match(requirement)
        word = None if short else _WORD.match(requirement)
        if word is not None:
            raise _no_source(word["name"], word["source"], package)
        _check_package(package, requirement)
        if not short:
            _check_requirement(requirement, package)
        value = f"{{ {SOURCES[short['source']]} }}" if short else toml_text(requirement)
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


def _set_hint(text: str) -> str:
    """Return the hint for a text that is not a package and a requirement, with its usable parts."""
    package, colon, requirement = (part.strip() for part in text.partition(":"))
    apart = _APART.match(text.strip())
    if _is_replacement(text.strip()) and not (colon and requirement[:2] != "//"):
        package, requirement = "", text.strip()
    elif requirement.startswith("//"):
        package, requirement = "", f"NAME @ {text.strip()}"
    elif apart is not None and is_version(apart["requirement"]):
        requirement = f"{apart['package']}=={apart['requirement']}"
        package = ""
    elif apart is not None and _is_requirement_or_source(apart["requirement"]):
        package, requirement = apart["package"], apart["requirement"]
    elif requirement.startswith(tuple("<>=!~")):
        requirement = f"NAME{requirement}"
    option = _quoted(
        package if _is_requirement(package) else "PACKAGE",
        requirement if _is_requirement_or_source(requirement) else "REQUIREMENT",
    )
    if "REQUIREMENT" not in option:
        return f"write {option}"
    return (
        f"write {option}; REQUIREMENT is a name and its versions, or NAME@target, NAME@oldest or"
        " NAME@borrow"
    )


def _is_requirement(text: str) -> bool:
    try:
        read(text)
    except RequirementError:
        return False
    return True


def _is_requirement_or_source(text: str) -> bool:
    return _SHORT.match(text) is not None or _is_requirement(text)


def _is_replacement(text: str) -> bool:
    """Return whether a text can only be the requirement, because it is more than a name."""
    return _NAME.fullmatch(text) is None and _is_requirement_or_source(text)


def _quoted(package: str, requirement: str) -> str:
    """Return the option as it is written in a shell."""
    return f"{_SET} {_for_shell(f'{package}: {requirement}')}"


def _check_package(package: str, requirement: str) -> None:
    """Raise an error for a text that is not a package, or not one with versions."""
    try:
        found = read(package)
    except RequirementError as error:
        correct = read(error.instead[0]) if error.instead else None
        raise OverrideError(
            f"{problem_of_package(package)}: {error.problem}",
            kind="invalid-name",
            where=_SET,
            hint=f"write {_quoted(correct.name + correct.specifier, requirement)}"
            if correct
            else _set_hint(f"{package}: {requirement}"),
        ) from None
    if found.extras or found.url or found.marker:
        raise OverrideError(
            f"{toml_text(package)} is more than a package and its versions",
            kind="invalid-name",
            where=_SET,
            hint=f"write {_quoted(found.name + found.specifier, requirement)}",
        )


def _check_requirement(requirement: str, package: str) -> None:
    try:
        read(requirement)
    except RequirementError as error:
        options = " ".join(_quoted(package, text) for text in error.instead)
        hint = f"write {options}{error.more}" if options else error.hint
        if not options and looks_like_a_path(requirement):
            hint = f"write {_quoted(package, _by_path(requirement))}"
        raise OverrideError(
            f"{toml_text(requirement)} is not a requirement: {error.problem}",
            kind="invalid-requirement",
            where=f"{_SET} {package}",
            hint=hint,
        ) from None


def _by_path(path: str) -> str:
    """Return the requirement for a file; a path is relative to the current directory."""
    from pathlib import Path  # only after a mistake

    return f"{name_in(path) or 'NAME'} @ {Path(os.path.abspath(path)).as_uri()}"


def _check_constraint(text: str) -> None:
    try:
        found = read(text)
    except RequirementError as error:
        options = " ".join(f"{_CONSTRAIN} {_for_shell(correct)}" for correct in error.instead)
        hint = f"write {options}{error.more}" if options else error.hint
        from .reading.source_slips import short_source  # only after a mistake

        short = short_source(text)
        if short is not None:
            raise OverrideError(
                f"{toml_text(text)} is not a requirement: {LIMIT_OF_SOURCE}",
                kind="invalid-requirement",
                where=_CONSTRAIN,
                hint=f"to install that version, write {_quoted('PACKAGE', short.setting)}",
            ) from None
        if not options and looks_like_a_path(text):
            hint = f"to install from a file, write {_quoted('PACKAGE', _by_path(text))}"
        raise OverrideError(
            f"{toml_text(text)} is not a requirement: {error.problem}",
            kind="invalid-requirement",
            where=_CONSTRAIN,
            hint=hint,
        ) from None
    if found.url:
        raise OverrideError(
            f"{toml_text(text)} has a URL; a constraint is a name and a specifier",
            kind="invalid-requirement",
            where=_CONSTRAIN,
            hint=f"to install from a URL, write {_quoted('PACKAGE', text)}",
        )
    if found.extras:
        marker = f"; {found.marker}" if found.marker else ""
        correct = _for_shell(found.name + found.specifier + marker)
        raise OverrideError(
            f"{toml_text(text)} has extras; a constraint is a name and a specifier",
            kind="invalid-requirement",
            where=_CONSTRAIN,
            hint=f"write {_CONSTRAIN} {correct}",
        )


def _no_source(name: str, word: str, package: str) -> OverrideError:
    near = did_you_mean(word, SOURCES)
    known = listing(f"{name}@{source}" for source in SOURCES)
    return OverrideError(
        f"{name}@{word} is neither a requirement nor a source",
        kind="invalid-source",
        where=f"{_SET} {package}",
        hint=f"write {_quoted(package, f'{name}@{near}')}" if near else f"the sources are {known}",
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


def _for_shell(text: str) -> str:
    import shlex  # only after a mistake

    return shlex.quote(text)
