"""The facts about a build that failed under the shim, including what it printed."""

from __future__ import annotations

import itertools
import os
import sys
from typing import TYPE_CHECKING, Iterable, Iterator

from pip._vendor.packaging.version import InvalidVersion, Version

from ... import switch
from ...build_steps import BUILD
from ...diagnosis import Failure
from ...diagnosis.bounds import excludes, split
from ...diagnosis.conflict import sides_of
from ...diagnosis.removals import removals
from ...rules.lines import name_of
from ...rules.standards import normalise
from ...rules.tables import AS_OF
from ...urls import without_secrets
from ..builds import leftovers, rule_checks
from ..builds.build import Build
from ..internals import file_names, objects, same_options
from ..state.outcome import FailedBuild

if TYPE_CHECKING:
    from ...diagnosis.output import Output
    from ..internals.protocols import InstallRequirement
    from ..state.outcome import Outcome

# The kinds of changes that add something to a build environment.
_PUTS = ("replace", "add", "requires")

_MOST_GENERATED = 200
"""How many generated files are named."""


def note(build: Build, depth: int, outcome: Outcome, step: str = BUILD) -> None:
    """Note what is known of a build that failed.

    Args:
        build: the build that failed.
        depth: the depth of the environment that it was built for.
        outcome: the outcome of the command.
        step: what pip was doing, as a ``Failure`` says it.
    """
    nested = []
    for failed in reversed(outcome.failures):
        if failed.depth <= depth:
            break
        nested.append(failed.failure)
    output = build.printed.output if build.printed is not None else None
    if nested:
        # What was printed is about those.
        output = None
    not_found = output.not_found if output is not None else ""
    declared = (*build.declared.static, *(build.declared.hook or ()))
    asked = output.asked if output is not None and build.plan is not None else ()
    failure = Failure(
        name=build.package.name or normalise(build.req.name or ""),
        version=build.package.version or "",
        step=step,
        hits=output.hits if output is not None else (),
        error=output.error if output is not None else "",
        cause=output.cause if output is not None else "",
        python=".".join(map(str, sys.version_info[:2])),
        environment=build.environment if build.static_installed else None,
        declared=declared,
        asked_by=_asked_by(build.req),
        nested=tuple(reversed(nested)),
        origins=tuple(_origins(build)),
        own_modules=_own_modules(build.source_directory),
        setup_py=_setup_py(build.source_directory),
        not_found=not_found,
        asked_in=_asked_in(build, not_found),
        searched=output.searched if output is not None else "",
        limited=_limited(build, [one.requirement for one in asked]) if not nested else "",
        conflict=sides_of(asked, build.plan, declared, build.environment) if build.plan else (),
        removed=_removed(build),
        idle=_idle(build, filled=not (nested or not_found or asked)),
        undecided=_unused(build, known=False),
        leftovers=_leftovers(build),
        requirement=_requirement(build),
        hashes=_hashes(build.req),
        settings=same_options.settings(build.req),
        stage=build.stage,
        generated=_generated(build, output),
        cythonized=_cythonized(build, output),
    )
    outcome.note_failure(FailedBuild(depth, failure))


def _requirement(build: Build) -> str:
    """Return what another pip has to be given to build the same package."""
    req, link = build.req, objects.link_of(build.req)
    name = build.package.name or normalise(req.name or "")
    if req.original_link is None:
        # Found by its name. The version in the file name is what pip has chosen it by.
        version = file_names.version_in_file_name(link.filename, name) or build.package.version
        return f"{name}{_equals(version)}{version}" if version else name
    fragments = [f"subdirectory={link.subdirectory_fragment}"] if link.subdirectory_fragment else []
    fragments += [f"{link.hash_name}={link.hash}"] if link.hash_name and link.hash else []
    path = objects.local_path(link)
    if path and not fragments:
        return os.path.abspath(path)
    url = "#".join(filter(None, (link.url_without_fragment, "&".join(fragments))))
    return f"{name} @ {url}" if name else url


def _hashes(req: InstallRequirement) -> tuple[str, ...]:
    """Return the hashes that the user has given for a package: no other file may be built for it."""
    given = sorted(req.hash_options.items())
    return tuple(f"{algorithm}:{digest}" for algorithm, digests in given for digest in digests)


def _equals(version: str) -> str:
    """Return the operator of the requirement that only one version satisfies (PEP 440)."""
    try:
        Version(version)
    except InvalidVersion:
        return "==="
    return "=="


def _asked_in(build: Build, requirement: str) -> str:
    """Return the file and table of the rule that asks for a requirement; "" if none does."""
    changes = build.plan.changes if build.plan is not None and requirement else ()
    name = name_of(requirement)
    for change in changes:
        if name in map(name_of, change.after) and (
            change.kind in _PUTS or all(_excludes(limit, requirement) for limit in change.after)
        ):
            return change.where
    return ""


def _limited(build: Build, requirements: list[str]) -> str:
    """Return which files of what pip could not find a limit has left out; "" for none.

    Args:
        build: a build that failed, perhaps while its build environment was filled.
        requirements: what pip could not find, or found to contradict each other.
    """
    limit = build.upload_limit
    # What pip prints while it fills an environment in its own process is not known.
    names = {normalise(name_of(text)) for text in requirements} or build.left_out
    if limit is None or not names & build.left_out:
        return ""
    # The option says it by its name.
    where = limit.where if limit.where.startswith("--") else f"{limit.where}: {AS_OF}"
    return f"files uploaded after {limit.moment} are left out ({where})"


def _removed(build: Build) -> dict[str, str]:
    """Return the declared distributions that a rule takes out, each with what the rule does."""
    found: dict[str, str] = {}
    for change in build.plan.changes if build.plan is not None else ():
        if change.kind in ("replace", "remove", "requires"):
            found.update(removals(change.kind, change.before, change.after, change.where))
    return found


def _idle(build: Build, filled: bool) -> tuple[str, ...]:
    """Return the names in rules without effect, as far as that is known.

    Args:
        build: the build that failed.
        filled: whether its build environment was filled, up to where the build is.
    """
    known = filled and build.plan is not None and build.plan.hook is not None
    names = [change.name for change in rule_checks.idle_constraints(build)] if known else []
    return tuple(dict.fromkeys((*names, *_unused(build, known=True))))


def _unused(build: Build, known: bool) -> tuple[str, ...]:
    """Return the names in rules for undeclared requirements, if it is known, or not, that they are."""
    plan = build.plan
    if plan is None or plan.is_complete is not known:
        return ()
    return tuple(dict.fromkeys(rule.name for rule in plan.unused))


def _leftovers(build: Build) -> tuple[str, ...]:
    """Return the paths of what earlier builds left in the directory that a build used in place."""
    if build.moved_from or not build.in_place:
        # It was built in a copy without them, or from an archive.
        return ()
    directory = build.source_directory
    there = build.leftovers.paths or leftovers.find(directory).paths
    paths = (os.path.join(directory, *path.split("/")) for path in there)
    return tuple(path for path in paths if _is_older(path, build.began))


def _generated(build: Build, output: Output | None) -> dict[str, str] | None:
    """Return the files that ``regenerate`` can generate again; None if that does not matter."""
    stale = output is not None and any(hit.signature.regenerate for hit in output.hits)
    if not stale and not os.environ.get(switch.FIX):
        return None
    if build.in_place:
        # Nothing is generated where pip builds.
        return {}
    # Only a failed build needs it.
    from ..builds import cython_arguments

    files: Iterable[cython_arguments.GeneratedFile]
    if build.regeneration is not None:
        files = build.regeneration.files
    else:
        directory = build.source_directory
        files = (
            file
            for file in cython_arguments.find(directory).files
            # What Cython has generated in this build was not in its sources.
            if _is_older(os.path.join(directory, *file.target.split("/")), build.began)
        )
    return {file.target: file.was for file in itertools.islice(files, _MOST_GENERATED)}


def _cythonized(build: Build, output: Output | None) -> tuple[str, ...]:
    """Return the paths of what Cython has compiled in a build, or generated again before it."""
    again = build.regeneration
    files = again.files if again is not None and again.cython else ()
    return (*(output.cythonized if output is not None else ()), *(file.target for file in files))


def _is_older(path: str, moment: float) -> bool:
    """Return whether a file, or any file in a directory, was last written before a moment."""
    files = [path]
    for folder, _, names in os.walk(path):
        files += [os.path.join(folder, name) for name in names]
    try:
        return any(os.stat(file).st_mtime < moment for file in files if not os.path.isdir(file))
    except OSError:
        return False


def _excludes(limit: str, requirement: str) -> bool:
    """Return whether a limit may exclude every version that a requirement allows."""
    asked = split(requirement)[1]
    return not asked or excludes(split(limit)[1], asked)


def _asked_by(req: InstallRequirement) -> str:
    who = req.comes_from
    if who is None or isinstance(who, str):
        return who or ""
    return without_secrets(str(who.req or who))


def _origins(build: Build) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the distributions in the build environment, grouped by who asked for them."""
    rest = dict(build.environment)
    plan = build.plan
    # A rule that only limits a distribution has not asked for it.
    changes = [c for c in plan.changes if c.kind in _PUTS] if plan is not None else []
    by_rule = [name for change in changes for name in map(name_of, change.after)]
    titles = [(f"by {change.where}", list(map(name_of, change.after))) for change in changes]
    declared = [name for name in map(name_of, build.declared.static) if name not in by_rule]
    asked = [name for name in map(name_of, build.declared.hook or ()) if name not in by_rule]
    for title, names in (("declared", declared), ("requested by its backend", asked), *titles):
        found = tuple(f"{name} {rest.pop(name)}" for name in dict.fromkeys(names) if name in rest)
        if found:
            yield title, found
    labels = [(f"{name} {version}", build.uses(name)) for name, version in sorted(rest.items())]
    for title, used in (("their dependencies", True), ("not required by anything", False)):
        found = tuple(label for label, is_used in labels if is_used == used)
        if found:
            yield title, found


def _own_modules(directory: str) -> frozenset[str]:
    try:
        entries = os.listdir(directory)
    except OSError:
        return frozenset()
    return frozenset(name[:-3] if name.endswith(".py") else name for name in entries)


def _setup_py(directory: str) -> str | None:
    try:
        with open(os.path.join(directory, "setup.py"), encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return None
