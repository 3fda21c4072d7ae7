"""Metadata of a wheel in which run-time requirements are narrowed (core metadata, Requires-Dist)."""

from __future__ import annotations

from typing import Iterable, Iterator, Mapping, Sequence

from ..patterns import pattern
from ..rules.lines import parts_of
from ..rules.standards import NAME, normalise

Pins = Mapping[str, str]
"""Normalised names, each with the specifier to narrow its requirements to."""

_HEAD = pattern(rf"\s*({NAME}\s*(?:\[[^\]]*\])?)")
_REQUIRES = b"requires-dist"
_VERSION = b"metadata-version"


def narrowed(lines: Sequence[str], pins: Pins, environment: Mapping[str, str]) -> list[str]:
    """Return requirements with those of some names narrowed; narrowing twice is the same as once.

    Every line of such a name is narrowed, and keeps its extras and its marker. For a name without a
    line that applies, one that always applies is added.

    Args:
        lines: Values of Requires-Dist.
        pins: What to narrow.
        environment: Marker environment of the interpreter that builds.

    Raises:
        ValueError: If a requirement to be narrowed has a URL, and so no specifier.
    """
    result = [_narrowed(line, pins) for line in lines]
    return [*result, *_missing(result, pins, environment)]


def of_names(lines: Iterable[str], names: Iterable[str]) -> list[str]:
    """Return the requirements of some names in a form in which they can be compared."""
    wanted = {normalise(name) for name in names}
    found = set()
    for line in lines:
        parts = parts_of(line)
        if parts.name in wanted:
            marker = "".join(parts.marker.split()).replace("'", '"')
            extras = sorted(map(normalise, parts.extras))
            found.add(f"{parts.name}{extras}{sorted(_clauses(parts.specifier))}{parts.url};{marker}")
    return sorted(found)


def narrowed_metadata(metadata: bytes, pins: Pins, environment: Mapping[str, str]) -> bytes:
    """Return METADATA with requirements narrowed as by ``narrowed``, and all else byte for byte.

    Raises:
        ValueError: As ``narrowed``.
    """
    fields, body = _fields(metadata)
    ending = b"\r\n" if b"\r\n" in metadata else b"\n"
    if fields and not fields[-1].endswith(b"\n"):
        # There is no body, and the last field has no line ending.
        fields[-1] += ending
    values, last = [], len(fields)
    for position, field in enumerate(fields):
        if _name_of(field) == _VERSION:
            fields[position] = _with_requirements(field, ending)
        elif _name_of(field) == _REQUIRES:
            value = _value_of(field)
            new = _narrowed(value, pins)
            values.append(new)
            last = position + 1
            if new != value:
                fields[position] = _requirement_field(new, ending)
    fields[last:last] = [
        _requirement_field(line, ending) for line in _missing(values, pins, environment)
    ]
    return b"".join([*fields, body])


def requirements_of_metadata(metadata: bytes) -> list[str]:
    """Return the values of Requires-Dist."""
    fields, _ = _fields(metadata)
    return [_value_of(field) for field in fields if _name_of(field) == _REQUIRES]


def _narrowed(line: str, pins: Pins) -> str:
    parts = parts_of(line)
    if parts.name not in pins:
        return line
    if parts.url:
        raise ValueError(f"{line} has a URL, and no version specifier that could be narrowed")
    clauses = _clauses(parts.specifier)
    more = [clause for clause in _clauses(pins[parts.name]) if clause not in clauses]
    if not more:
        return line
    head = _HEAD.match(line)
    assert head is not None
    marker = f"; {parts.marker}" if parts.marker else ""
    return f"{head[1].strip()}{','.join([*clauses, *more])}{marker}"


def _clauses(specifier: str) -> list[str]:
    return [clause for clause in ("".join(part.split()) for part in specifier.split(",")) if clause]


def _missing(lines: Iterable[str], pins: Pins, environment: Mapping[str, str]) -> Iterator[str]:
    applying = {parts.name for parts in map(parts_of, lines) if parts.applies(environment)}
    for name in sorted(pins):
        if name not in applying:
            yield f"{name}{pins[name]}"


def _fields(metadata: bytes) -> tuple[list[bytes], bytes]:
    """Return the fields, each with its continuation lines, and the body after a blank line."""
    fields: list[bytes] = []
    lines = metadata.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if not line.strip(b"\r\n"):
            return fields, b"".join(lines[number:])
        if fields and line.startswith((b" ", b"\t")):
            fields[-1] += line
        else:
            fields.append(line)
    return fields, b""


def _name_of(field: bytes) -> bytes:
    return field.partition(b":")[0].strip().lower()


def _value_of(field: bytes) -> str:
    value = field.partition(b":")[2].decode(errors="surrogateescape")
    return " ".join(value.split())


def _requirement_field(line: str, ending: bytes) -> bytes:
    return f"Requires-Dist: {line}".encode(errors="surrogateescape") + ending


def _with_requirements(field: bytes, ending: bytes) -> bytes:
    """Return Metadata-Version, raised to 1.2 if that version has no Requires-Dist yet."""
    if _value_of(field) in ("1.0", "1.1"):
        return b"Metadata-Version: 1.2" + ending
    return field
