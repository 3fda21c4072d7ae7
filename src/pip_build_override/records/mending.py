"""The lines of an overrides file that put a mismatch right, ready to paste."""

from __future__ import annotations

from typing import Iterator, NamedTuple

from ..rules.lines import name_of, parts_of
from ..rules.standards import may_contain, normalise
from .record import Record


class Mend(NamedTuple):
    """What to write, and why that.

    :param lines: a header and a rule.
    :param reason: why this key.
    """

    lines: tuple[str, ...]
    reason: str

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def mend(record: Record, name: str, version: str, prefix: str = "") -> Mend:
    """Give the override that has a package built against a version of a distribution.

    :param record: of the build that did not fit.
    :param name: of the distribution.
    :param version: that it is to be built against.
    :param prefix: of the table, ``tool.pip-build-override.`` in a pyproject.toml.
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
    """Return what is declared and does not let the version in, with the requirement that it has."""
    for line in (*record.effective, *record.effective_asked):
        other = name_of(line)
        held = record.held(other)
        if other == name or other not in declared or held is None:
            continue
        for text in held.requires:
            wanted = parts_of(text)
            if wanted.name == name and not may_contain(wanted.specifier, version):
                yield other, text
