"""Checks that the rules for a package act, and that nothing evades them, whichever front end builds it.

Nothing here imports pip.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Container

from ... import rules
from ...errors import OverrideError, named
from ...rules.lines import name_of
from ...rules.place import did_you_mean
from ...rules.tables import ENVIRONMENT, REGENERATE, SEES_TARGET
from ...urls import without_secrets

if TYPE_CHECKING:
    from .package_build import PackageBuild


def refuse_unused(build: PackageBuild, overrides: rules.Overrides) -> list[OverrideError]:
    """Look for rules about requirements that this version of the package does not declare.

    Returns:
        Warnings, if the file asks for no more than warnings.

    Raises:
        OverrideError: If there is such a rule and ``[settings] unused`` is "error".
    """
    problems = unused(build)
    if problems and overrides.unused == "error":
        raise _together(problems)
    return problems


def _together(problems: list[OverrideError]) -> OverrideError:
    """Return one error for all problems of a build, each with its hint."""
    *before, last = problems
    if not before:
        return last
    first, *others = before
    said = named(f"{last.where}: {last.message}", last.kind)
    texts = [f"{first.message}\nhint: {first.hint}", *(other.shown for other in others), said]
    return OverrideError("\n".join(texts), kind=first.kind, where=first.where, hint=last.hint)


def as_possible_cause(problem: OverrideError) -> OverrideError:
    """Return the warning that a rule with nothing to act on may be why a build failed."""
    return OverrideError(
        f"{problem.message}; this may be why the build failed",
        kind=problem.kind,
        where=problem.where,
        hint=problem.hint,
    )


def unused(build: PackageBuild) -> list[OverrideError]:
    """Return an error for each rule that has nothing to act on."""
    if build.plan is None:
        return []
    rules_without_effect = (one for one in build.plan.unused if one not in build.used_elsewhere)
    problems = [_unused(build, build.plan, rule) for rule in rules_without_effect]
    if build.regeneration is not None:
        problems += build.regeneration.unused(build.label)
    return problems


def _unused(build: PackageBuild, plan: rules.Plan, rule: rules.Unused) -> OverrideError:
    whole = [one for one in plan.selection.of("requires") if rule.name not in one.puts]
    if whole:
        return OverrideError(
            f"{whole[0].where} replaces the whole list of {build.label} and does not contain"
            f" {rule.name}, so {rule.key} has no effect",
            kind="unused-rule",
            where=rule.where,
            hint=_not_in_list_hint(rule, [name for one in whole for name in one.puts]),
        )
    declared = (*build.declared.static, *(build.declared.hook or ()))
    says = f"{build.label} declares no build requirement {rule.name}, so {rule.key} has no effect"
    if not plan.is_complete:
        says = (
            f"{build.label} itself declares no build requirement {rule.name}, so {rule.key} has no"
            f" effect unless its build backend, which was not asked, requires {rule.name}"
        )
    listed = ", ".join(dict.fromkeys(declared)) or "nothing"
    return OverrideError(
        f"{says} (declared: {listed})",
        kind="unused-rule",
        where=rule.where,
        hint=_not_declared_hint(rule, list(map(name_of, declared))),
    )


def _not_in_list_hint(rule: rules.Unused, names: list[str]) -> str:
    near = did_you_mean(rule.name, names)
    if near:
        return f'did you mean {near}? If not, put "{rule.name}" into that list'
    return (
        f'put "{rule.name}" into that list, or use add = ["{rule.name}"], or set unused = "warn" under'
        " [settings]"
    )


def _not_declared_hint(rule: rules.Unused, names: list[str]) -> str:
    near = did_you_mean(rule.name, names)
    if near and rule.added:
        return f"did you mean {near}? If not, use add = [{rule.added}] instead"
    if near:
        return f"did you mean {near}? If not, leave {rule.name} out of {rule.key}"
    if rule.added:
        return f'correct the name, or use add = [{rule.added}], or set unused = "warn" under [settings]'
    return (
        f'correct the name, or leave {rule.name} out of {rule.key}, or set unused = "warn" under'
        " [settings]"
    )


def against_no_isolation(selection: rules.Selection) -> list[rules.Table]:
    """Return the tables that would have to act, but can do so only in a build environment."""
    if not selection.applies:
        return []
    # Another environment would be ignored, and in this one nothing would be checked.
    of_environments = (ENVIRONMENT, SEES_TARGET, REGENERATE)
    in_others = {one.where for one in selection.settings if one.key in of_environments}
    return [
        table
        for table in selection.tables
        if table.where in in_others
        or (table.name != "*" and (table.builds or table.pin_compatible or table.as_of))
    ]


def refuse_without_isolation(
    build: PackageBuild, selection: rules.Selection, overrides: rules.Overrides, hint: str
) -> None:
    """Check that no table is for a package that is built without build isolation.

    Args:
        build: The build.
        selection: The rules for it.
        overrides: All rules.
        hint: What to do, in the words of the front end.

    Raises:
        OverrideError: If one is.
    """
    named = against_no_isolation(selection)
    if named:
        raise OverrideError(
            f"{build.label} is built without build isolation, so it has no build environment in which"
            " requirements could be overridden",
            kind="not-isolated",
            where=overrides.where(named[0].where),
            hint=hint,
        )


def idle(selection: rules.Selection, acting: Container[str]) -> list[tuple[str, str]]:
    """Return what of the rules for a package has no effect without a build environment.

    Args:
        selection: The rules.
        acting: Keys of the settings that have an effect there, too.

    Returns:
        The table and the label of each, as messages show them.
    """
    found = [(rule.where, rule.label) for rule in selection.rules if rule.effective]
    found += [(one.where, one.label) for one in selection.settings if one.key not in acting]
    return [(where, without_secrets(label)) for where, label in dict.fromkeys(found)]


def without_effect(selection: rules.Selection, acting: Container[str]) -> str:
    """Return the labels of what ``idle`` returns, for a message."""
    return ", ".join(dict.fromkeys(label for _, label in idle(selection, acting)))


def idle_constraints(build: PackageBuild) -> list[rules.Change]:
    """Return constraints in the package's own tables on what was never installed in its environment."""
    if build.plan is None:
        return []
    own = {table.where for table in build.plan.selection.own_tables}
    return [
        change
        for change in build.plan.changes
        if change.kind == "constrain"
        and own.intersection(change.tables)
        and change.name not in build.environment
    ]


def warnings_of_idle_constraints(build: PackageBuild) -> list[OverrideError]:
    """Return a warning for each of these constraints."""
    return [
        OverrideError(
            f"{change.name} was not installed into the build environment of {build.label}, so"
            " constraining it had no effect",
            kind="unused-rule",
            where=change.where,
        )
        for change in idle_constraints(build)
    ]


def note_fetched(build: PackageBuild) -> None:
    """Record what a build backend fetched into the sources before this run."""
    build.fetched_before = _fetched(build)


def check_not_fetched(build: PackageBuild) -> None:
    """Raise an error if the build backend itself fetched what the build environment should provide.

    Old setuptools puts what ``setup_requires`` asks for into ``.eggs`` and first on ``sys.path``.

    Raises:
        OverrideError: If it did, and any rule applies to the build.
    """
    new = sorted(_fetched(build) - build.fetched_before)
    # Settings of the build backend act however it gets what it needs.
    selection = build.plan.selection if build.plan is not None else rules.Selection()
    if new and (selection.fingerprint or selection.as_of):
        raise OverrideError(
            f"{build.label}: its build backend itself downloaded {', '.join(new)} into .eggs, so it did"
            " not use the build environment and ignored every rule",
            kind="backend-installs",
            hint="put what setup_requires lists, with the same versions, into add = [...] of the table"
            f" package.{build.package.name}, so that pip installs it into the build environment",
        )


def _fetched(build: PackageBuild) -> set[str]:
    try:
        names = os.listdir(os.path.join(build.source_directory, ".eggs"))
    except OSError:
        return set()
    return {name for name in names if name.endswith((".egg", ".dist-info", ".egg-info"))}
