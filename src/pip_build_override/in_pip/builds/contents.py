"""Checks, each time a build environment has been filled, that it contains what its rules ask for.

Whatever pip was asked to install, the actual contents count: an index may serve another file, a URL
another version, a resolver may drop a constraint, and a second pass may install over the first.
"""

from __future__ import annotations

import json
import os
import site
from typing import TYPE_CHECKING, Any, Iterator, Mapping, Sequence
from urllib.parse import unquote

from ...errors import OverrideError
from ...files import Json, sha256_of_unchanged_file
from ...rules import Answer, Question
from ...rules.lines import name_of
from ...rules.standards import normalise, read_requirement
from ...rules.tables import SEES_TARGET
from ...urls import bare_url, without_secrets
from ..internals import specifiers
from ..internals.file_urls import path_of
from ..target import installed
from ..target.installed import Copy, Unclear

if TYPE_CHECKING:
    from ..internals.protocols import BuildEnvironment
    from .package_build import PackageBuild
    from .prepared import Prepared


def take(build: PackageBuild, directories: tuple[str, ...]) -> None:
    """Record what a build environment contains.

    Args:
        build: The build whose environment it is.
        directories: The library directories of the environment, in the order of its ``sys.path``.

    Raises:
        OverrideError: If it is unclear which of two copies of a distribution is imported.
    """
    build.contents = {}
    build.directories = directories
    copies = installed.copies(directories)
    build.listing = _listing(copies)
    for name, found in copies.items():
        try:
            build.contents[name] = installed.imported(found)
        except Unclear as unclear:
            touched = build.plan.touched if build.plan is not None else frozenset()
            if name not in touched and build.is_elsewhere(found[0]):
                # Nothing asks for it, so it does not matter which of its copies is imported.
                continue
            raise OverrideError(
                f"in the build environment of {build.label}, {name} {unclear.problem}",
                kind="wrong-requirement",
                hint=f'put add = ["{name}==VERSION"] into a table package.{build.package.name}, so that'
                " one version of it is installed from the start"
                if build.prepared is None
                else "install one version of it there:"
                f" {_installs_again(build.prepared, f'{name}==VERSION')}",
            ) from None
    build.environment = {name: copy.distribution.version for name, copy in build.contents.items()}


def _listing(copies: Mapping[str, Sequence[Copy]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(sorted(copy.version for copy in found)) for name, found in copies.items()}


def check_unchanged(build: PackageBuild) -> None:
    """Check that a build environment has not changed since it was filled.

    Args:
        build: A build whose backend has run.

    Raises:
        OverrideError: If the backend installed something there and a rule applies to the build.
    """
    if not build.overridden or not build.directories:
        return
    now = _listing(installed.copies(build.directories))
    for name in sorted({*now, *build.listing}):
        before, after = build.listing.get(name, ()), now.get(name, ())
        if before != after:
            raise OverrideError(
                f"{build.label}: its build backend changed the build environment while it ran:"
                f" {_shown(name, before)} before, {_shown(name, after)} now",
                kind="environment-changed",
                hint=f'put add = ["{name}==VERSION"] with the version that it installs into a table'
                f" package.{build.package.name}, so that it need not install anything"
                if build.prepared is None
                else f"have {name} {(after or before)[-1]} there before the build, so that it need not"
                f" change that: {build.prepared.install(f'{name}=={(after or before)[-1]}')}; or"
                " remove build-environment",
            )


def _shown(name: str, versions: tuple[str, ...]) -> str:
    return " and ".join(f"{name} {version}" for version in versions) or f"no {name}"


def check(build: PackageBuild, complete: bool) -> None:
    """Compare what a build environment contains with the plan.

    Args:
        build: The build whose environment was filled.
        complete: Whether that was the last of pip's passes.

    Raises:
        OverrideError: If something is not as the rules require.
    """
    if build.plan is not None:
        _check_removed(build)
        _check_hidden(build)
        _check_limits(build)
        for question, answer in build.plan.settled:
            check_answer(build, question, answer, complete)
        for requirement in _by_url(build):
            _check_origin(build, requirement)
    for name, version in build.pinned.items():
        if build.environment.get(name) != version:
            raise OverrideError(
                f"the build environment of {build.label} contained {name} {version} before pip's second"
                f" pass, and contains {_shown(name, _now(build, name))} after it",
                kind="environment-changed",
                hint=f"put the whole list of build requirements into requires = [...] of a table"
                f" package.{build.package.name}, so that one pass installs all of them",
            )
    _check_matched(build)


def _now(build: PackageBuild, name: str) -> tuple[str, ...]:
    return tuple(filter(None, [build.environment.get(name)]))


def check_nothing_hides(build: PackageBuild, environment: BuildEnvironment) -> None:
    """Check that the build backend imports what its build environment contains.

    Args:
        build: The build whose environment was filled.
        environment: pip's build environment.

    Raises:
        OverrideError: If a directory of the interpreter itself precedes it and has another version.
    """
    leaks = _leaking_into(environment)
    if not leaks or build.plan is None:
        return
    names = {*build.plan.touched, *(question.name for question, _ in build.plan.settled)}
    for name, found in installed.copies(leaks).items():
        inside = build.contents.get(name)
        if name in names and inside is not None and found[0].version != inside.version:
            raise OverrideError(
                f"the build environment of {build.label} contains {name} {inside.version}, but with"
                f" this pip {found[0].site}, which contains {name} {found[0].version}, comes before it",
                kind="target-visible",
                hint="use pip 22.3 or later, or an environment without --system-site-packages",
            )


def _leaking_into(environment: BuildEnvironment) -> list[str]:
    """Return the directories that precede those of a build environment."""
    # pip has loaded both by now; a front end other than pip has no such environments.
    from ..internals import functions, objects

    if objects.hides_all_of_system(environment):
        return []
    hidden = set(map(os.path.realpath, functions.library_directories()))
    return [path for path in site.getsitepackages() if os.path.realpath(path) not in hidden]


def note_files(build: PackageBuild) -> None:
    """Record the digests of the files that the plan names, before pip opens them."""
    for requirement in _by_url(build):
        path = path_of(str(requirement.url))
        if path and path not in build.files and os.path.isfile(path):
            build.files[path] = sha256_of_unchanged_file(path)


def _check_limits(build: PackageBuild) -> None:
    plan = build.plan
    if plan is None or not build.overridden:
        return
    wanted = [*plan.constraints, *(limit for limit, _ in plan.exact)]
    for text in (*plan.static, *(plan.hook or ())):
        requirement = read_requirement(text)
        if specifiers.applies(requirement) and normalise(requirement.name) in plan.touched:
            wanted.append(f"{requirement.name}{requirement.specifier}")
    for text in wanted:
        requirement = read_requirement(text)
        version = build.environment.get(normalise(requirement.name))
        if version is not None and not specifiers.satisfies(version, str(requirement.specifier)):
            copy = build.contents.get(normalise(requirement.name))
            if copy is not None and build.is_elsewhere(copy):
                raise _excluded_elsewhere(build, copy, text)
            raise OverrideError(
                f"the build environment of {build.label} contains {requirement.name} {version}, which"
                f" {text} excludes",
                kind="wrong-requirement",
                hint="the build backend, or a constraint of your own, requires it by a URL or in"
                f" another way that overrides that limit; use replace.{normalise(requirement.name)} or"
                " requires, or change your constraint",
            )


def _excluded_elsewhere(build: PackageBuild, copy: Copy, text: str) -> OverrideError:
    label = f"{copy.name} {copy.version}"
    if build.prepared is not None:
        return OverrideError(
            f"{build.label} is built in {build.prepared.name}, which contains {label}, and {text}"
            " excludes that",
            kind="wrong-requirement",
            where=build.prepared.where,
            hint=f"install another version there: {build.prepared.install(text)}",
        )
    return OverrideError(
        f"{build.label} sees the {label} of the target environment ({copy.site}), which {text}"
        " excludes",
        kind="target-visible",
        where=_place_of(build, SEES_TARGET),
        hint=f'write add = ["{text}"], which installs another version in front of it',
    )


def _check_removed(build: PackageBuild) -> None:
    """Check that nothing that a rule removed can be imported from where pip does not install.

    Raises:
        OverrideError: If it can.
    """
    plan = build.plan
    if plan is None or (build.seen is None and build.prepared is None):
        return
    effective = {name_of(text) for text in (*build.first_pass, *(plan.hook or ()))}
    for change in plan.changes:
        copy = build.contents.get(change.name)
        if change.kind not in ("remove", "replace") or copy is None or change.name in effective:
            continue
        if not build.is_elsewhere(copy):
            continue
        place = build.prepared.name if build.prepared is not None else "the target environment"
        raise OverrideError(
            f"{change.kind} takes {change.name} away from {build.label}, whose build would still import"
            f" {copy.name} {copy.version} from {place} ({copy.site})",
            kind="target-visible",
            where=change.where,
            hint=f"uninstall {copy.name} there, or leave {change.name} out of {change.kind}",
        )


def _check_hidden(build: PackageBuild) -> None:
    """Check that nothing is left of what a rule had another version installed in front of.

    Raises:
        OverrideError: If a part of the target's version can still be reached.
    """
    if build.plan is None or build.seen is None:
        return
    for name in sorted(build.plan.touched):
        copy = build.contents.get(name)
        if copy is None or build.seen.contains(copy):
            continue
        for behind in build.seen.all_copies.get(name, ()):
            if behind.has_no_files:
                continue
            from .hiding import what_is_left

            left = what_is_left(copy, behind, build.seen.directories)
            if left:
                raise OverrideError(
                    f"{build.label} is built with {name} {copy.version}, which does not hide all of the"
                    f" {name} {behind.version} of the target environment ({behind.site}): {left}",
                    kind="target-visible",
                    where=_place_of(build, SEES_TARGET),
                    hint=f"install {name}=={copy.version} in the target environment, or remove"
                    " system-site-packages from that table",
                )


def _place_of(build: PackageBuild, key: str) -> str:
    changes = build.plan.changes if build.plan is not None else ()
    return next((change.where for change in changes if change.kind == key), "")


def check_answer(
    build: PackageBuild, question: Question, answer: Answer, complete: bool = True
) -> None:
    """Compare a distribution in a build environment with the answer for which it was installed.

    Raises:
        OverrideError: If it is missing, or has another version or, as far as known, other content.
    """
    if not answer.version:
        return
    copy = build.contents.get(question.name)
    if copy is None:
        if complete:
            _refuse(build, question, answer, f"contains no {question.name}")
        return
    if copy.version != answer.version:
        _refuse(build, question, answer, f"contains {question.name} {copy.version}")
    if answer.sha256 and _sha256(build, copy) not in ("", answer.sha256):
        _refuse(build, question, answer, f"contains {question.name} from a different file")
    if answer.files and copy.digest not in ("", answer.files):
        _refuse(build, question, answer, f"contains {question.name} with different files")


def _refuse(build: PackageBuild, question: Question, answer: Answer, problem: str) -> None:
    name = question.name
    if question.source.origin == "target":
        # What is borrowed comes from a file of this run.
        wanted = f"{name}=={answer.version}" if question.source.borrow else answer.requirement
        from ..internals import commands

        hint = (
            "reinstall it, so that the installed files are those that pip gets now:"
            f" {commands.reinstall(wanted)}; or set borrow = true, which links the"
            " installed files themselves"
        )
    else:
        hint = (
            f'replace the source table by another version, "{name}==VERSION": the name of that file and'
            " its metadata disagree"
        )
    raise OverrideError(
        f"{build.label} must be built with {answer.shown}, but its build environment {problem}",
        kind="wrong-requirement",
        where=question.where,
        hint=hint,
    )


def _by_url(build: PackageBuild) -> Iterator[Any]:
    """Yield the effective requirements from rules that name a file, a directory or a checkout."""
    plan = build.plan
    texts = (*plan.static, *(plan.hook or ())) if plan is not None else ()
    for text in texts:
        if "@" in text:
            try:
                requirement = read_requirement(text)
            except ValueError:
                # pip says what is wrong with it.
                continue
            touched = plan is not None and normalise(requirement.name) in plan.touched
            if requirement.url and specifiers.applies(requirement) and touched:
                yield requirement


def _check_origin(build: PackageBuild, requirement: Any) -> None:
    """Check that a distribution comes from its requirement's URL, with unchanged content.

    Raises:
        OverrideError: If it does not.
    """
    url = str(requirement.url)
    copy = build.contents.get(normalise(requirement.name))
    if copy is None:
        return
    direct = _direct_url(copy)
    if not _is_from(direct, url):
        came_from = bare_url(str(direct.get("url") or "")) or "an index"
        problem = f"from {came_from}, not from {bare_url(url)}"
    else:
        path = path_of(url)
        known = build.files.get(path, "")
        now = sha256_of_unchanged_file(path) if known and os.path.isfile(path) else known
        if not known or (now == known and _sha256(build, copy) in ("", known)):
            return
        problem = f"from {path}, but the file has changed since this run began"
        if build.prepared is not None and now == known:
            problem = f"from {path}, but the file had another content then"
    file = f"{requirement.name} @ {without_secrets(url)}"
    raise OverrideError(
        f"the build environment of {build.label} contains {requirement.name} {copy.version} {problem}",
        kind="wrong-requirement",
        hint="run the command again, and do not let anything write to that file while it runs"
        if build.prepared is None
        else f"install it there: {_installs_again(build.prepared, file)}",
    )


def _installs_again(prepared: Prepared, requirement: str) -> str:
    return prepared.install("--force-reinstall", "--no-deps", requirement)


def _check_matched(build: PackageBuild) -> None:
    """Check that what was built to match this environment still matches it.

    Raises:
        OverrideError: If a later pass installed another version.
    """
    for matched in build.matched:
        name = matched.name
        version = build.environment.get(name)
        if version is not None and not specifiers.same_version(version, matched.version):
            raise OverrideError(
                f"{matched.package} was built with {name} {matched.version} to match the build"
                f" environment of {build.label}, which now contains {name} {version}",
                kind="wrong-requirement",
                hint=f'put add = ["{name}=={version}"] into a table package.{build.package.name}, so'
                " that it is installed before anything is built to match it",
            )


def _sha256(build: PackageBuild, copy: Copy) -> str:
    """Return the digest of the file that a distribution was installed from, or "" if it is unknown."""
    archive = _direct_url(copy).get("archive_info") or {}
    known = str((archive.get("hashes") or {}).get("sha256") or "")
    algorithm, _, digest = str(archive.get("hash") or "").partition("=")
    if known or algorithm == "sha256":
        return known or digest
    origins = [one for one in build.distributions if one.name == copy.name and one.direct]
    return origins[-1].sha256 if origins else ""


def _direct_url(copy: Copy) -> Json:
    try:
        direct = json.loads(copy.distribution.read_text("direct_url.json") or "{}")
    except (OSError, ValueError):
        return {}
    return direct if isinstance(direct, dict) else {}


def _is_from(direct: Json, url: str) -> bool:
    origin = str(direct.get("url") or "")
    path = path_of(url)
    if path:
        return _real(path_of(origin)) == _real(path)
    scheme, plus, rest = url.partition("+")
    if plus and "://" not in scheme:
        # PEP 610 records the commit of a checkout, and a requirement names a revision at most.
        place = bare_url(rest).partition("://")[2]
        return _spelt_alike(origin).partition("://")[2] == _spelt_alike(_without_revision(place))
    return _spelt_alike(origin) == _spelt_alike(url)


def _without_revision(place: str) -> str:
    head, slash, last = place.rpartition("/")
    return f"{head}{slash}{last.partition('@')[0]}"


def _spelt_alike(url: str) -> str:
    return unquote(bare_url(url)).rstrip("/")


def _real(path: str) -> str:
    return os.path.normcase(os.path.realpath(path)) if path else ""
