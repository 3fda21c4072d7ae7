"""Overrides files that repeat builds: the exact contents of each build environment, with hashes."""

from __future__ import annotations

import re
from typing import Iterable, Iterator, NamedTuple

from ..errors import OverrideError
from ..rules.place import toml_key, toml_text, toml_value
from ..rules.tables import AS_OF
from ..urls import without_secrets
from .record import Distribution, Record, reason_of, settings_of

_CHECKOUT = re.compile(r"(?:git|hg|svn|bzr)\+")
# A commit of git or Mercurial, or a revision of Subversion or Bazaar.
_BUILD = "add --no-binary NAME to the pip command, which otherwise takes a wheel that is there"
_AT_COMMIT = re.compile(r"[^#]*@(?:[0-9a-f]{40}|[0-9a-f]{64}|[0-9]+)(?:#.*)?", re.ASCII)


class Frozen(NamedTuple):
    """An overrides file that repeats builds, and its limits.

    Attributes:
        text: The file; builds that cannot be repeated are comments in it.
        warnings: What may differ in a repeated build.
        problems: The builds that cannot be repeated, and why.
    """

    text: str
    warnings: tuple[OverrideError, ...]
    problems: tuple[OverrideError, ...] = ()


def freeze(builds: Iterable[Record]) -> Frozen:
    """Return the overrides file that repeats builds.

    Each package gets a table whose ``requires`` lists everything in its build environment, including
    dependencies, so that pip has nothing to choose.

    Args:
        builds: The records of the builds.

    Raises:
        OverrideError: If one version of a package was built in two ways that can be repeated.
    """
    tables: dict[tuple[str, str], Record] = {}
    for build in builds:
        known = tables.setdefault((build.name, build.version), build)
        if _problem(known):
            # That is the more basic reason, and choosing one of the two would not help.
            continue
        if _problem(build):
            tables[(build.name, build.version)] = build
        elif _held(known) != _held(build) or _settings(known) != _settings(build):
            raise OverrideError(
                f"{build.label} was built twice, with different contents: {_difference(known, build)};"
                " a file can have only one list for each version of a package",
                kind="not-repeatable",
                hint="give freeze the wheel of the build to repeat, or the report of a run with only"
                " one of the two",
            )
    versions: dict[str, int] = {}
    for name, _ in tables:
        versions[name] = versions.get(name, 0) + 1
    held = [entry for build in tables.values() for entry in build.environment]
    taken = {e.name for e in held if not e.source and (e.name, e.version) not in tables}
    lines, warnings, problems = [], [], []
    machines = sorted({f"{build.interpreter} on {build.platform}" for build in tables.values()})
    if tables:
        lines.append(f"# Repeats exactly the builds that were made by {' and '.join(machines)}.")
    else:
        lines.append("# Nothing was built, so there is nothing to repeat.")
        problems.append(_not_repeatable("nothing was built, so there is nothing to repeat", _BUILD))
    built_here = {name for name, _ in tables}
    for (name, version), build in sorted(tables.items()):
        problem = _problem(build)
        if problem:
            why, hint = problem
            problems.append(_not_repeatable(f"{build.label} cannot be repeated: {why}", hint))
            lines += ["", f"# {build.label} cannot be repeated: {why}"]
            continue
        # A table for all versions would also build those that were installed from wheels.
        several = versions[name] > 1 or name in taken
        lines += ["", f"[package.{toml_key(f'{name}=={version}' if several else name)}]  # {version}"]
        if reason_of(build):
            lines.append(f"reason = {toml_text(reason_of(build))}")
        if not several:
            lines.append("no-binary = true")
        lines += _settings(build)
        lines.append("requires = [")
        lines += [f"    {_entry(entry)}," for entry in build.environment]
        lines.append("]")
        for entry in build.environment:
            warnings += [f"{build.label}: {text}" for text in _doubts(entry, built_here)]
    doubts = tuple(OverrideError(text, kind="may-differ") for text in dict.fromkeys(warnings))
    return Frozen("\n".join(lines) + "\n", doubts, tuple(problems))


def _not_repeatable(message: str, hint: str) -> OverrideError:
    return OverrideError(message, kind="not-repeatable", hint=hint)


def _problem(build: Record) -> tuple[str, str] | None:
    """Return why a build cannot be repeated, and a hint, or None if it can."""
    if not build.isolated:
        return (
            "it was built without a build environment, with whatever was installed",
            "build it without --no-build-isolation, and if it has no pyproject.toml, with --use-pep517",
        )
    if build.uses:
        return (
            f"it was built with {build.uses}, so it could import what nothing installed for it",
            f"build it without {build.uses}, with rules that have everything it needs installed",
        )
    if build.sdist_with:
        why = f"its sdist was built with {build.sdist_with}, and its wheel with something else"
        return (
            f"{why}; a table has one list for both",
            "build its wheel alone, with build --wheel, and freeze that",
        )
    try:
        settings_of(build)
    except ValueError as error:
        # It may contain anything, and is put into a comment.
        why = " ".join(str(error).split())
        return f"its record is not valid: {why}", "build it again, which makes a new record"
    for entry in build.environment:
        if entry.hidden:
            versions = " and ".join(f"{entry.name} {one}" for one in (entry.version, *entry.hidden))
            rule = f'replace.{toml_key(entry.name)} = "{entry.name}=={entry.version}"'
            return (
                f"its build environment contained {versions}, and no list can require both",
                f"build it with {rule} in [package.{toml_key(build.name)}]",
            )
        if _CHECKOUT.match(entry.url) and not _AT_COMMIT.fullmatch(entry.url):
            origin = without_secrets(entry.url)
            return (
                f"its record has no commit for {entry.name} {entry.version}, which came from {origin}",
                "build it again, which records the commit, or name a commit in that URL",
            )
    return None


def _doubts(entry: Distribution, built_here: set[str]) -> Iterator[str]:
    label = f"{entry.name} {entry.version}"
    if entry.borrowed:
        yield (
            f"{label} was borrowed from the target environment, so this repeats the build only if"
            " exactly that version is installed"
        )
        return
    # A commit is itself a hash.
    if not entry.sha256 and not _CHECKOUT.match(entry.url):
        yield f"the hash of {label} is not known"
    if entry.source and entry.name not in built_here:
        yield (
            f"{label} was built for it, and its record does not say with what; the report of the run"
            " does"
        )


def _held(build: Record) -> list[tuple[str, str, str]]:
    return [(entry.name, entry.version, entry.sha256 or entry.url) for entry in build.environment]


def _settings(build: Record) -> list[str]:
    """Return the lines for what tables set for a build other than its build requirements."""
    lines: list[str] = []
    try:
        settings = settings_of(build)
    except ValueError:
        # Such a build is not repeated.
        return lines
    for key, value in settings.items():
        if key == AS_OF:
            # Nothing is chosen, because all files are listed.
            continue
        values = value.items() if isinstance(value, dict) else [("", value)]
        lines += [
            f"{toml_key(key)}{f'.{toml_key(name)}' * bool(name)} = {toml_value(content)}"
            for name, content in sorted(values)
        ]
    return lines


def _difference(one: Record, other: Record) -> str:
    if _held(one) == _held(other):
        said, there = _settings(one), _settings(other)
        lists = ([t for t in said if t not in there], [t for t in there if t not in said])
        return " and ".join(", ".join(texts) or "nothing more" for texts in lists)
    sides = (set(_held(one)) - set(_held(other)), set(_held(other)) - set(_held(one)))
    shown = (", ".join(f"{name} {version}" for name, version, _ in sorted(side)) for side in sides)
    return " and ".join(text or "nothing more" for text in shown)


def _entry(entry: Distribution) -> str:
    if entry.borrowed:
        specifier = toml_text(f"==={entry.version}")
        name = toml_text(entry.name)
        return f'{{ name = {name}, from = "target", borrow = true, specifier = {specifier} }}'
    requirement = f"{entry.name}=={entry.version}"
    if entry.direct and entry.url:
        # Records of earlier versions may contain secrets that this one removes.
        requirement = f"{entry.name} @ {without_secrets(entry.url)}"
    if not entry.sha256:
        return toml_text(requirement)
    digest = toml_text(f"sha256:{entry.sha256}")
    return f"{{ requirement = {toml_text(requirement)}, hashes = [{digest}] }}"
