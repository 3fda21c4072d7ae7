"""What is read of pip's own objects, whatever shape a release gives them.

All attributes of a requirement, a link and the options of a command that any module here reads are
listed, and looked for when a command starts: a pip that has lost one is refused before it builds. What
only some releases have, or keep to themselves, is read by the functions below, and by nothing else.
"""

from __future__ import annotations

import inspect
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Callable, Iterable

from ...rules.standards import normalise
from . import seams
from .unknown_pip import unknown_pip

if TYPE_CHECKING:
    from typing import Mapping, Sequence

    from .protocols import (
        BestCandidateResult,
        BuildEnvironment,
        Candidate,
        InstallRequirement,
        Link,
        LinkEvaluator,
        MakeRequirement,
        Options,
        PackageFinder,
        RequirementSet,
        Resolver,
        WheelCache,
    )

OF_REQUIREMENT = frozenset(
    (
        "comes_from",
        "constraint",
        "editable",
        "extras",
        "hash_options",
        "link",
        "local_file_path",
        "match_markers",
        "metadata",
        "name",
        "original_link",
        "pep517_backend",
        "pyproject_requires",
        "req",
        "requirements_to_check",
        "source_dir",
        "specifier",
        "unpacked_source_directory",
    )
)
OF_LINK = frozenset(
    (
        "comes_from",
        "file_path",
        "filename",
        "hash",
        "hash_name",
        "is_existing_dir",
        "is_file",
        "is_vcs",
        "is_wheel",
        "is_yanked",
        "subdirectory_fragment",
        "url",
        "url_without_fragment",
    )
)
OF_OPTIONS = frozenset(("build_isolation", "cache_dir", "no_color", "quiet", "require_hashes"))


def probe(options: Options) -> None:
    """Look for every attribute that is read.

    Args:
        options: of pip's command.

    Raises:
        OverrideError: naming all that this pip does not have.
    """
    # Nothing is read from there: it is only to have a link.
    requirement = requirement_maker()("probe @ file:///probe-1.0.tar.gz")
    missing = _missing("InstallRequirement", requirement, OF_REQUIREMENT)
    if not missing:
        missing = _missing("Link", requirement.link, OF_LINK)
    missing += _missing("options", options, OF_OPTIONS)
    if missing:
        raise unknown_pip(missing)


def _missing(shown: str, owner: object, names: Iterable[str]) -> list[str]:
    return [f"{shown}.{name}: not there" for name in sorted(names) if not _has(owner, name)]


def _has(owner: object, name: str) -> bool:
    # Not by asking for it: some are properties that cannot be asked yet.
    return name in getattr(owner, "__dict__", ()) or any(
        name in vars(kind) for kind in type(owner).__mro__
    )


# Requirements


def requirement_maker() -> MakeRequirement:
    """Return pip's function that makes one of its requirements from a line."""
    make: MakeRequirement = getattr(import_module(seams.REQUIREMENT.module), seams.REQUIREMENT.name)
    return make


def normal_name(req: InstallRequirement) -> str:
    """Return the name of a requirement as names are compared; "" before it is known."""
    return normalise(req.name or "")


def link_of(req: InstallRequirement) -> Link:
    """Return the link of a requirement that pip prepares, builds or installs: each of those has one."""
    assert req.link is not None
    return req.link


def source_directory(req: InstallRequirement) -> str:
    """Return the directory of a requirement's sources, once pip has unpacked them."""
    assert req.source_dir is not None
    return req.source_dir


def local_path(link: Link | None) -> str:
    """Return the path that a link to something on this machine leads to; "" if it does not."""
    return link.file_path if link is not None and link.is_file else ""


def downloaded_file(req: InstallRequirement) -> str:
    """Return the file that pip has downloaded for a requirement; "" if there is none yet."""
    return req.local_file_path or ""


def uses_pep517(asked: InstallRequirement | Options) -> bool:
    """Return whether a loaded source, or a command, builds by way of PEP 517.

    Each one does if pip has no such choice, as from 25.3 on.
    """
    return bool(getattr(asked, "use_pep517", True))


def pep517_choice(asked: InstallRequirement | Options) -> bool | None:
    """Return what --use-pep517 or --no-use-pep517 says; None for neither."""
    choice: bool | None = getattr(asked, "use_pep517", None)
    return choice


def move_to_pep517(req: InstallRequirement) -> None:
    """Have a source built by way of PEP 517, on a pip that can build by setup.py alone."""
    setattr(req, "use_pep517", True)  # noqa: B010 - not of every pip, so not of its type


def config_settings(req: InstallRequirement) -> Mapping[str, object]:
    """Return the settings that the user gives to the build backend."""
    settings: Mapping[str, object] | None = getattr(req, "config_settings", None)
    return settings or {}


_SETUP_PY_OPTIONS = (
    ("install_options", "--install-option"),
    ("global_options", "--global-option"),
    ("build_options", "--build-option"),
)


def setup_py_option(options: Options, req: InstallRequirement) -> str:
    """Return the option that keeps a requirement from PEP 517; "" if there is none."""
    for attribute, option in _SETUP_PY_OPTIONS:
        if getattr(options, attribute, None) or getattr(req, attribute, None):
            return option
    return ""


def knows_setup_py() -> bool:
    """Return whether this pip can build by setup.py alone, as those before 25.3 can."""
    module, name = seams.LOAD.module, seams.LOAD.name.partition(".")[0]
    requirement = getattr(import_module(module), name)
    return "use_pep517" in inspect.signature(requirement).parameters


def backend_name(req: InstallRequirement) -> str:
    """Return the build backend as pyproject.toml names it; "" if there is none."""
    return str(getattr(req.pep517_backend, "build_backend", ""))


def wrap_hook(
    req: InstallRequirement, name: str, wrap: Callable[[seams.Original], seams.Original]
) -> None:
    """Replace a hook of the build backend of one requirement, if it has that hook.

    Of this one object, whatever class this pip's vendored caller has.

    Args:
        wrap: given the hook, returns what is called instead.
    """
    hook = getattr(req.pep517_backend, name, None)
    if hook is not None:
        setattr(req.pep517_backend, name, wrap(hook))


# The options of a command


def isolates_builds(options: Options) -> bool:
    """Return whether a command builds in environments of their own, but for setup.py alone."""
    return options.build_isolation not in (False, "off")


def is_given(options: Options, *names: str) -> bool:
    """Return whether one of several options is given; not every command has each."""
    return any(getattr(options, name, None) for name in names)


def directory_given(options: Options, name: str) -> str | None:
    """Return the directory that an option names, such as ``target_dir``; None if it is not given."""
    directory: str | None = getattr(options, name, None)
    return directory


def requirement_files(options: Options) -> Sequence[str]:
    """Return the files that are given by --requirement."""
    files: Sequence[str] | None = getattr(options, "requirements", None)
    return files or ()


def is_in_wheel_cache(options: Options, path: str) -> bool:
    """Return whether a file is in pip's wheel cache."""
    cache = options.cache_dir
    return bool(cache) and path.startswith(os.path.join(cache or "", "wheels", ""))


def upgrades_eagerly(options: Options) -> bool:
    """Return whether --upgrade is about dependencies, too."""
    return bool(getattr(options, "upgrade_strategy", "") == "eager")


def resolves_as_before(options: Options) -> bool:
    """Return whether the legacy resolver is asked for."""
    return "legacy-resolver" in getattr(options, "deprecated_features_enabled", ())


# The resolvers, and the finder


def requirements_in(requirement_set: RequirementSet) -> list[InstallRequirement]:
    """List the requirements that pip's resolver has settled on."""
    # The legacy resolver keeps what came without a name apart.
    unnamed = getattr(requirement_set, "unnamed_requirements", [])
    return [*unnamed, *requirement_set.requirements.values()]


def is_legacy(resolver: Resolver) -> bool:
    """Return whether a resolver is the one that decides as it goes: it has no factory."""
    return getattr(resolver, "factory", None) is None


def finder_of(resolver: Resolver) -> PackageFinder:
    """Return the finder of a resolver.

    Raises:
        OverrideError: if it is not where it is in the pips that are known.
    """
    factory = getattr(resolver, "factory", None)
    finder: PackageFinder | None = (
        getattr(resolver, "finder", None) if factory is None else getattr(factory, "_finder", None)
    )
    if finder is None:
        seams.passed_by(seams.RESOLVE, "the resolver has no finder")
    return finder


def forget_candidates(resolver: Resolver, name: str) -> None:
    """Take what was made from links to a distribution out of what a resolver remembers.

    Args:
        name: normalised.

    Raises:
        OverrideError: if that is not where it is in the pips that are known.
    """
    remembered = getattr(getattr(resolver, "factory", None), "_link_candidate_cache", None)
    if remembered is None:
        seams.passed_by(seams.RESOLVE, "the resolver remembers no candidates by their link")
    for link, candidate in list(remembered.items()):
        if normalise(candidate.project_name) == name:
            del remembered[link]


def leave_wheels_out(evaluator: LinkEvaluator) -> None:
    """Have an evaluator of links take no wheel.

    Raises:
        OverrideError: if the formats that it takes are not where they are in the pips that are known.
    """
    formats = getattr(evaluator, "_formats", None)
    if formats is None:
        seams.passed_by(seams.CANDIDATES, "the evaluator has no _formats")
    setattr(evaluator, "_formats", frozenset(formats) - {"binary"})  # noqa: B010 - private to pip


def with_candidate(result: BestCandidateResult, candidate: Candidate) -> BestCandidateResult:
    """Return what pip has found, with one candidate more, as the best one.

    Returns:
        what pip has found if that is pinned by a lock file.

    Raises:
        OverrideError: if it is not of a kind that is known.
    """
    # Methods up to 24.0, attributes in later releases.
    found = _listed(result, "all_candidates", "iter_all")
    applicable = _listed(result, "applicable_candidates", "iter_applicable")
    if any(getattr(one, "locked", False) for one in found):
        return result
    make: Callable[..., BestCandidateResult] = type(result)
    try:
        # The last one is the best.
        return make([*found, candidate], [*applicable, candidate], candidate)
    except (TypeError, AssertionError) as error:
        # It takes something else, or expects something else of it.
        seams.passed_by(seams.BEST_CANDIDATE, str(error))


def _listed(result: BestCandidateResult, attribute: str, method: str) -> list[Candidate]:
    listed: Iterable[Candidate] | None = getattr(result, attribute, None)
    if listed is None:
        listing = getattr(result, method, None)
        if listing is None:
            seams.passed_by(seams.BEST_CANDIDATE, f"its result has no {attribute}")
        listed = listing()
    return list(listed)


# The wheel cache


def looks_for_wheels(cache: WheelCache, name: str) -> bool:
    """Return whether a wheel cache is asked for wheels of a distribution at all.

    pip 21.2 to 23.0 look for none if the user says --no-binary.

    Args:
        name: normalised.
    """
    control = getattr(cache, "format_control", None)
    return control is None or "binary" in control.get_allowed_formats(name)


# Build environments


def library_directories(environment: BuildEnvironment) -> tuple[str, ...]:
    """List the library directories of a build environment, in the order of its ``sys.path``.

    Raises:
        OverrideError: if they are not where they are in the pips that are known.
    """
    directories = getattr(environment, "lib_dirs", None) or getattr(environment, "_lib_dirs", None)
    if not directories:
        seams.passed_by(seams.INSTALL, "the environment has neither lib_dirs nor _lib_dirs")
    return tuple(directories)


def directories_of_pass(environment: BuildEnvironment, name: str) -> tuple[str, ...]:
    """List the library directories that one of pip's passes installs into.

    Args:
        name: of the pass.

    Raises:
        OverrideError: if they are not where they are in the pips that are known.
    """
    prefixes = getattr(environment, "_prefixes", None)
    if prefixes is None:
        # A virtual environment has one place for both passes.
        return library_directories(environment)
    places = getattr(prefixes.get(name), "lib_dirs", None)
    if not places:
        seams.passed_by(seams.INSTALL, f"the environment has no lib_dirs for {name}")
    return tuple(places)


def prefixes_of(environment: BuildEnvironment) -> list[str]:
    """List the directories of pip's passes; none for a virtual environment, which has one for both."""
    prefixes = getattr(environment, "_prefixes", {})
    return [prefix.path for prefix in prefixes.values() if getattr(prefix, "path", "")]


def interpreter_of(environment: BuildEnvironment) -> str:
    """Return the interpreter that runs the build backend."""
    return str(getattr(environment, "python_executable", sys.executable))


def hides_all_of_system(environment: BuildEnvironment) -> bool:
    """Return whether a build environment comes before all library directories of the interpreter.

    Before 22.3 pip hides one of them only: not those of the system from an environment that sees them,
    nor the second one that Debian has.
    """
    if not hasattr(environment, "_prefixes"):
        return True
    module = vars(sys.modules[type(environment).__module__])
    return any("system_sitepackages" in name for name in module)
