"""An overrides file that repeats builds: the whole environment of each, exactly, with hashes."""

from __future__ import annotations

from typing import Iterable, NamedTuple

from ..errors import OverrideError
from ..rules.place import toml_key, toml_text
from ..urls import without_secrets
from .record import Distribution, Record


class Frozen(NamedTuple):
    """The file, and what cannot be repeated for certain."""

    text: str
    warnings: tuple[str, ...]


def freeze(builds: Iterable[Record]) -> Frozen:
    """Return the overrides file that repeats builds.

    Each package gets a table whose ``requires`` lists all that was in its build environment, what came
    in as a dependency too: nothing is left for pip to choose.

    :raises OverrideError: where one package was built in two ways.
    """
    tables: dict[tuple[str, str], Record] = {}
    for build in builds:
        known = tables.setdefault((build.name, build.version), build)
        if _held(known) != _held(build):
            raise OverrideError(
                f"{build.label} was built twice, each time with others: {_difference(known, build)}",
                hint="freeze the two runs apart, into two files",
            )
    versions: dict[str, int] = {}
    for name, _ in tables:
        versions[name] = versions.get(name, 0) + 1
    lines, warnings = [], []
    machines = sorted({f"{build.interpreter} on {build.platform}" for build in tables.values()})
    lines.append(f"# What was built, exactly as it was built, by {' and '.join(machines)}.")
    built_here = {name for name, _ in tables}
    for (name, version), build in sorted(tables.items()):
        several = versions[name] > 1
        lines += ["", f"[package.{toml_key(f'{name}=={version}' if several else name)}]  # {version}"]
        if not several:
            lines.append("no-binary = true")
        lines.append("requires = [")
        for entry in build.environment:
            lines.append(f"    {_entry(entry)},")
            if not entry.sha256:
                warnings.append(f"{build.label}: the hash of {entry.name} {entry.version} is not known")
            if entry.source and entry.name not in built_here:
                warnings.append(
                    f"{build.label}: {entry.name} {entry.version} was built for it, and what that was"
                    " built with is not told here; the report of the run tells it"
                )
        lines.append("]")
    return Frozen("\n".join(lines) + "\n", tuple(dict.fromkeys(warnings)))


def _held(build: Record) -> list[tuple[str, str, str]]:
    return [(entry.name, entry.version, entry.sha256) for entry in build.environment]


def _difference(one: Record, other: Record) -> str:
    sides = (set(_held(one)) - set(_held(other)), set(_held(other)) - set(_held(one)))
    shown = (", ".join(f"{name} {version}" for name, version, _ in sorted(side)) for side in sides)
    return " and ".join(text or "without" for text in shown)


def _entry(entry: Distribution) -> str:
    requirement = f"{entry.name}=={entry.version}"
    if entry.direct and entry.url:
        # Records of earlier versions may hold what this one leaves out.
        requirement = f"{entry.name} @ {without_secrets(entry.url)}"
    if not entry.sha256:
        return toml_text(requirement)
    digest = toml_text(f"sha256:{entry.sha256}")
    return f"{{ requirement = {toml_text(requirement)}, hashes = [{digest}] }}"
