"""Whether a build was, or is about to be, what its rules say: what pip may have gone past, and how."""

from __future__ import annotations

import os

from ... import rules
from ...errors import OverrideError
from ...rules.standards import normalise
from ..internals import seams, specifiers
from ..lending import lender
from .build import Build


def seen(build: Build) -> None:
    """Raise where pip went past a place in which the override should have been applied.

    Raises:
        OverrideError: naming that place.
    """
    if not build.loaded:
        seams.passed_by(seams.LOAD)
    if build.has_environment:
        if not build.static_installed:
            seams.passed_by(seams.INSTALL)
        if not build.hook_asked:
            seams.passed_by(seams.BACKEND_HOOK)


def metadata(build: Build, overrides: rules.Overrides) -> None:
    """Compare the name and version that chose the tables with those of the built metadata.

    Raises:
        OverrideError: where other tables, or none, would have been chosen.
    """
    built = build.req.metadata
    name, version = normalise(built["Name"]), str(built["Version"])
    assumed = build.package
    build.package = rules.package(assumed.name or name, version)
    by_name = {normalise(assumed.name), name}
    if assumed.name and len(by_name) > 1 and any(map(overrides.named_tables, by_name)):
        raise OverrideError(
            f"the sources say that they are {assumed.name}, the metadata built from them that"
            f" they are {name}: the rules of the one would be applied to the other",
            where=overrides.shown,
            hint=f"ask for it as {name}, and name its table package.{name}",
        )
    # Of a release from an index pip itself expects that version, and tries another one without.
    told = rules.needs_version(overrides, assumed.name) or (
        build.overridden and not build.req.original_link and assumed.version is not None
    )
    if told and not specifiers.same_version(assumed.version, version):
        tables = build.plan.selection.tables if build.plan is not None else ()
        raise OverrideError(
            f"{assumed.name} was taken for version {assumed.version} when its table was chosen,"
            f" but the metadata built from it says {version}",
            where=": ".join([overrides.shown, *(t.where for t in tables if t.name != "*")]),
            hint=f"use a table without a version, package.{assumed.name}",
        )


def refuse_unused(build: Build, overrides: rules.Overrides) -> list[str]:
    """Look for rules on requirements that this version of the package declares nowhere.

    Returns:
        warnings, where the file asks for no more than those.

    Raises:
        OverrideError: where there is one and ``[settings] unused`` is "error".
    """
    problems = unused(build)
    if problems and overrides.unused == "error":
        raise problems[0]
    return [str(problem) for problem in problems]


def unused(build: Build) -> list[OverrideError]:
    """The rules that met nothing, each as the error that it is."""
    if build.plan is None:
        return []
    return [_unused(build, build.plan, rule) for rule in build.plan.unused]


def _unused(build: Build, plan: rules.Plan, rule: rules.Unused) -> OverrideError:
    whole = [one for one in plan.selection.of("requires") if rule.name not in one.puts]
    if whole:
        return OverrideError(
            f"{whole[0].where} replaces the whole list of {build.label}, and does not contain"
            f" {rule.name}, so {rule.key} has nothing to act on",
            where=rule.where,
            hint=f'put "{rule.name}" into that list, or use add = ["{rule.name}"], or [settings] unused'
            ' = "warn"',
        )
    declared = (*build.declared.static, *(build.declared.hook or ()))
    listed = ", ".join(dict.fromkeys(declared)) or "nothing"
    return OverrideError(
        f"{build.label} declares no build requirement {rule.name}, so {rule.key} has nothing"
        f" to act on (it declares: {listed})",
        where=rule.where,
        hint=f'correct the name, or use add = ["{rule.name}"], or [settings] unused = "warn"',
    )


def against_no_isolation(selection: rules.Selection) -> list[rules.Table]:
    """Return the tables of the package's own that need a build environment to act in."""
    if not selection.applies:
        return []
    return [table for table in selection.tables if table.name != "*" and table.builds]


def idle_constraints(build: Build) -> list[rules.Change]:
    """Constraints of tables of the package's own on what never came into its environment."""
    if build.plan is None:
        return []
    own = {table.where for table in build.plan.selection.tables if table.name != "*"}
    return [
        change
        for change in build.plan.changes
        if change.kind == "constrain"
        and own.intersection(change.tables)
        and change.name not in build.environment
    ]


def borrowed(build: Build) -> None:
    """Raise where the build has written to what it borrowed.

    Raises:
        OverrideError: naming a file.
    """
    lender.check_untouched(build.label, build.borrowed)


def note_fetched(build: Build) -> None:
    """Remember what a build backend had fetched into the sources before this run."""
    build.fetched_before = _fetched(build)


def fetched(build: Build) -> None:
    """Raise where the build backend itself fetched what should come from the build environment.

    Raises:
        OverrideError: for every build that a rule has a say in. Old setuptools puts what
            ``setup_requires`` asks for into ``.eggs`` and first on ``sys.path``.
    """
    new = sorted(_fetched(build) - build.fetched_before)
    if new and build.overridden:
        raise OverrideError(
            f"{build.label}: its build backend fetched {', '.join(new)} into .eggs by itself"
            " while building, past the build environment and past every rule",
            hint="add what setup_requires asks for, in the version that it asks for, or use a"
            " setuptools that does not fetch",
        )


def _fetched(build: Build) -> set[str]:
    try:
        names = os.listdir(os.path.join(build.source_directory, ".eggs"))
    except OSError:
        return set()
    return {name for name in names if name.endswith((".egg", ".dist-info", ".egg-info"))}
