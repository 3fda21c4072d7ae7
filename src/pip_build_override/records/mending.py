"""The lines of an overrides file that fix a mismatch, ready to paste."""

from __future__ import annotations

from typing import Iterator, NamedTuple

from ..rules.lines import name_of, parts_of
from ..rules.standards import may_contain, normalise
from .record import Record


class Mend(NamedTuple):
    """The lines that fix a mismatch, and why.

    Attributes:
        lines: A table header and its rules.
        reason: Why the rule has this key.
    """

    lines: tuple[str, ...]
    reason: str

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def mend(record: Record, name: str, version: str, prefix: str = "") -> Mend:
    """Return the override with which a package is built against a version of a distribution.

    Args:
        record: The record of the build that did not fit.
        name: Name of the distribution.
        version: The version to build against.
        prefix: Prefix of the table, ``tool.pip-build-override.`` in a pyproject.toml.
    """
    name = normalise(name)
    header = f"[{prefix}package.{record.name}]"
    pin = f'"{name}=={version}"'
    declared = [parts_of(text) for text in (*record.declared, *record.asked)]
    own = [line.specifier for line in declared if line.name == name]
    for other, text in _pinning(record, name, version, {line.name for line in declared}):
        lines = [header, f"replace.{other} = {pin}"]
        if not all(may_contain(specifier, version) for specifier in own):
            lines.append(f"replace.{name} = {pin}")
        return Mend(tuple(lines), f"{other}, which is declared, brings in {text}")
    if own:
        return Mend((header, f"replace.{name} = {pin}"), f"{name} is declared")
    effective = [name_of(text) for text in (*record.effective, *record.effective_asked)]
    if name in effective:
        return Mend((header, f"add = [{pin}]"), f"a rule asks for {name}, in another version")
    return Mend((header, f"constrain = [{pin}]"), f"{name} comes in as a dependency of another")


def _pinning(record: Record, name: str, version: str, declared: set[str]) -> Iterator[tuple[str, str]]:
    """Yield each declared name that excludes the version, with the requirement that does so."""
    for line in (*record.effective, *record.effective_asked):
        other = name_of(line)
        held = record.held(other)
        if other == name or other not in declared or held is None:
            continue
        for text in held.requires:
            wanted = parts_of(text)
            if wanted.name == name and not may_contain(wanted.specifier, version):
                yield other, text
