"""Access to pip's own objects, which differ from release to release.

All attributes of a requirement, a link and the options of a command that any module reads are listed
here and probed when a command starts: a pip that lacks one is refused before it builds. Attributes that
are private or that only some releases have are read by the functions below, and nowhere else.
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
        Backend,
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
        Session,
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
    """Check that every attribute that is read exists.

    Args:
        options: The options of pip's command.

    Raises:
        OverrideError: If this pip lacks any; the message names them all.
    """
    # That file is not read: the URL only gives the requirement a link.
    requirement = requirement_maker()("probe @ file:///probe-1.0.tar.gz")
    missing = _missing("InstallRequirement", requirement, OF_REQUIREMENT)
    if not missing:
        missing = _missing("Link", requirement.link, OF_LINK)
    missing += _missing("options", options, OF_OPTIONS)
    if missing:
        raise unknown_pip(missing)


def _missing(shown: str, owner: object, names: Iterable[str]) -> list[str]:
    return [f"{shown}.{name}: missing" for name in sorted(names) if not _has(owner, name)]


def _has(owner: object, name: str) -> bool:
    # Not with hasattr: some are properties that cannot be evaluated yet.
    return name in getattr(owner, "__dict__", ()) or any(
        name in vars(kind) for kind in type(owner).__mro__
    )


# Requirements


def requirement_maker() -> MakeRequirement:
    """Return pip's function that makes a requirement from a line."""
    make: MakeRequirement = getattr(import_module(seams.REQUIREMENT.module), seams.REQUIREMENT.name)
    return make


def normal_name(req: InstallRequirement) -> str:
    """Return the normalised name of a requirement, or "" if it is not known yet."""
    return normalise(req.name or "")


def link_of(req: InstallRequirement) -> Link:
    """Return the link of a requirement that pip prepares, builds or installs, which always has one."""
    assert req.link is not None
    return req.link


def source_directory(req: InstallRequirement) -> str:
    """Return the directory of a requirement's sources, once pip has unpacked them."""
    assert req.source_dir is not None
    return req.source_dir


def local_path(link: Link | None) -> str:
    """Return the path of a link to a local file or directory, or "" for any other link."""
    return link.file_path if link is not None and link.is_file else ""


def downloaded_file(req: InstallRequirement) -> str:
    """Return the file that pip downloaded for a requirement, or "" if there is none yet."""
    return req.local_file_path or ""


def wheel_to_install(req: InstallRequirement) -> tuple[str, bool, str] | None:
    """Return all that decides what pip installs for a requirement, besides its own options.

    Args:
        req: What is about to be installed.

    Returns:
        Its name, whether it was asked for, and the path of its wheel; None if pip replaces what is
        installed, or notes in another way where it comes from (PEP 610).
    """
    asked = getattr(req, "user_supplied", None)
    plain = req.original_link is None and not req.editable
    if asked is None or not plain or getattr(req, "should_reinstall", True) or req.req is None:
        return None
    path = downloaded_file(req) if getattr(req, "is_wheel", False) else ""
    return (req.req.name, bool(asked), path) if path else None


def uses_pep517(asked: InstallRequirement | Options) -> bool:
    """Return whether a loaded source, or a command, builds through PEP 517.

    All do if pip offers no choice, as pip 25.3 and later.
    """
    return bool(getattr(asked, "use_pep517", True))


def pep517_choice(asked: InstallRequirement | Options) -> bool | None:
    """Return the choice made by --use-pep517 or --no-use-pep517, or None if neither is given."""
    choice: bool | None = getattr(asked, "use_pep517", None)
    return choice


def move_to_pep517(req: InstallRequirement) -> None:
    """Make pip build a source through PEP 517, on a pip that can build with setup.py alone."""
    setattr(req, "use_pep517", True)  # noqa: B010 - not in every pip, so not in its type


def config_settings(given: InstallRequirement | Options) -> Mapping[str, object]:
    """Return the settings that the user passes to the build backend, with one requirement or all."""
    settings: Mapping[str, object] | None = getattr(given, "config_settings", None)
    return settings or {}


_SETUP_PY_OPTIONS = (
    ("install_options", "--install-option"),
    ("global_options", "--global-option"),
    ("build_options", "--build-option"),
)


def setup_py_option(options: Options, req: InstallRequirement) -> str:
    """Return the option that prevents a PEP 517 build of a requirement, or "" if there is none."""
    for attribute, option in _SETUP_PY_OPTIONS:
        if getattr(options, attribute, None) or getattr(req, attribute, None):
            return option
    return ""


def knows_setup_py() -> bool:
    """Return whether this pip can build with setup.py alone, as those before 25.3 can."""
    module, name = seams.LOAD.module, seams.LOAD.name.partition(".")[0]
    requirement = getattr(import_module(module), name)
    return "use_pep517" in inspect.signature(requirement).parameters


def builds_by_setup_py(options: Options) -> bool:
    """Return whether this pip, with these options, does not use PEP 517 if there is only a setup.py."""
    return knows_setup_py() and not pep517_choice(options)


def backend_name(req: InstallRequirement) -> str:
    """Return the build backend named in pyproject.toml, or "" if there is none."""
    return str(getattr(req.pep517_backend, "build_backend", ""))


def has_backend_in_tree(req: InstallRequirement) -> bool:
    """Return whether the build backend is one of the files that it builds (PEP 517)."""
    return bool(getattr(req.pep517_backend, "backend_path", True))


def wrap_hook(
    req: InstallRequirement, name: str, wrap: Callable[[seams.Original], seams.Original]
) -> None:
    """Replace a hook of the build backend of one requirement, if it has that hook.

    Only this one object is changed, whatever the class of this pip's vendored caller is.

    Args:
        req: pip's requirement.
        name: The name of the hook.
        wrap: Takes the hook, and returns what is called instead.
    """
    hook = getattr(req.pep517_backend, name, None)
    if hook is not None:
        setattr(req.pep517_backend, name, wrap(hook))


def pass_config_settings(
    req: InstallRequirement,
    hooks: Iterable[str],
    merge: Callable[[Mapping[str, object] | None], Mapping[str, object]],
    passed: Callable[[], None],
) -> None:
    """Change the settings that some hooks of the build backend of one requirement are given.

    pip before 22.1 gives them none, and since then a class of its own replaces those that it is called
    with; all of its releases hand them on to this method, the last one before the backend.

    Args:
        req: pip's requirement.
        hooks: The names of the hooks.
        merge: Takes pip's settings, and returns those to give instead.
        passed: Called when a hook is given settings.
    """
    original = getattr(req.pep517_backend, "_call_hook", None)
    if original is None:
        seams.refuse_bypass(seams.BACKEND_HOOK, "the backend has no _call_hook")

    def call_hook(hook_name: str, kwargs: Mapping[str, object]) -> object:
        if hook_name in hooks:
            if "config_settings" not in kwargs:
                seams.refuse_bypass(seams.BACKEND_HOOK, f"{hook_name} is given no config_settings")
            # As PEP 517 has it.
            given: Mapping[str, object] | None = kwargs["config_settings"]  # type: ignore[assignment]
            kwargs = {**kwargs, "config_settings": merge(given)}
            passed()
        return original(hook_name, kwargs)

    setattr(req.pep517_backend, "_call_hook", call_hook)  # noqa: B010 - private to pip


_BY_SETUP_PY = ("prepare_metadata", "install")


def wrap_setup_py(req: InstallRequirement, wrap: Callable[[seams.Original], seams.Original]) -> None:
    """Replace the methods of one requirement in which pip runs its setup.py, but for building a wheel.

    Its class is replaced, because pip may copy it.

    Args:
        req: pip's requirement, which is not built by PEP 517.
        wrap: Takes such a method, and returns what is called instead.
    """
    kind = type(req)
    methods = {name: wrap(getattr(kind, name)) for name in _BY_SETUP_PY}
    req.__class__ = type(kind.__name__, (kind,), methods)


# The options of a command


def isolates_builds(options: Options) -> bool:
    """Return whether a command uses build environments, except for builds with setup.py alone."""
    return options.build_isolation not in (False, "off")


def is_given(options: Options, *names: str) -> bool:
    """Return whether any of several options is given; not every command has each of them."""
    return any(getattr(options, name, None) for name in names)


def directory_given(options: Options, name: str) -> str | None:
    """Return the directory in an option such as ``target_dir``, or None if it is not given."""
    directory: str | None = getattr(options, name, None)
    return directory


def requirement_files(options: Options) -> Sequence[str]:
    """Return the files that are given with --requirement."""
    files: Sequence[str] | None = getattr(options, "requirements", None)
    return files or ()


def is_in_wheel_cache(options: Options, path: str) -> bool:
    """Return whether a file is in pip's wheel cache."""
    cache = options.cache_dir
    return bool(cache) and path.startswith(os.path.join(cache or "", "wheels", ""))


def upgrades_eagerly(options: Options) -> bool:
    """Return whether --upgrade also applies to dependencies."""
    return bool(getattr(options, "upgrade_strategy", "") == "eager")


def resolves_as_before(options: Options) -> bool:
    """Return whether the legacy resolver is requested."""
    return "legacy-resolver" in getattr(options, "deprecated_features_enabled", ())


# The resolvers, and the finder


def requirements_in(requirement_set: RequirementSet) -> list[InstallRequirement]:
    """Return the requirements that pip's resolver chose."""
    # The legacy resolver stores requirements without a name separately.
    unnamed = getattr(requirement_set, "unnamed_requirements", [])
    return [*unnamed, *requirement_set.requirements.values()]


def is_legacy(resolver: Resolver) -> bool:
    """Return whether a resolver is the legacy one, which has no factory."""
    return getattr(resolver, "factory", None) is None


def finder_of(resolver: Resolver) -> PackageFinder:
    """Return the finder of a resolver.

    Raises:
        OverrideError: If it is not where known pips have it.
    """
    factory = getattr(resolver, "factory", None)
    finder: PackageFinder | None = (
        getattr(resolver, "finder", None) if factory is None else getattr(factory, "_finder", None)
    )
    if finder is None:
        seams.refuse_bypass(seams.RESOLVE, "the resolver has no finder")
    return finder


def session_of(finder: PackageFinder) -> Session:
    """Return the session with which a finder reads indexes.

    Raises:
        OverrideError: If it is not where known pips have it.
    """
    session: Session | None = getattr(getattr(finder, "_link_collector", None), "session", None)
    if session is None:
        raise unknown_pip(["PackageFinder._link_collector.session: missing"])
    return session


def index_pages_of(finder: PackageFinder, name: str) -> list[str]:
    """Return the URLs of the pages about a distribution, one for each index.

    Raises:
        OverrideError: If they are not where known pips have them.
    """
    scope = getattr(finder, "search_scope", None)
    pages: Callable[[str], list[str]] | None = getattr(scope, "get_index_urls_locations", None)
    if pages is None:
        raise unknown_pip(["PackageFinder.search_scope.get_index_urls_locations: missing"])
    return pages(name)


def forget_candidates(resolver: Resolver, name: str) -> None:
    """Remove candidates of a distribution from a resolver's cache of candidates by link.

    Args:
        resolver: pip's resolver.
        name: The normalised name of the distribution.

    Raises:
        OverrideError: If the cache is not where known pips have it.
    """
    remembered = getattr(getattr(resolver, "factory", None), "_link_candidate_cache", None)
    if remembered is None:
        seams.refuse_bypass(seams.RESOLVE, "the resolver has no cache of candidates by link")
    for link, candidate in list(remembered.items()):
        if normalise(candidate.project_name) == name:
            del remembered[link]


def leave_wheels_out(evaluator: LinkEvaluator) -> None:
    """Make a link evaluator reject all wheels.

    Raises:
        OverrideError: If the formats that it accepts are not where known pips have them.
    """
    formats = getattr(evaluator, "_formats", None)
    if formats is None:
        seams.refuse_bypass(seams.CANDIDATES, "the evaluator has no _formats")
    setattr(evaluator, "_formats", frozenset(formats) - {"binary"})  # noqa: B010 - private to pip


def with_candidate(result: BestCandidateResult, candidate: Candidate) -> BestCandidateResult:
    """Return a result of pip's finder with an additional candidate as the best one.

    Returns:
        The new result, or the given one if a lock file pins its candidates.

    Raises:
        OverrideError: If the result is not of a known kind.
    """
    # These are methods up to 24.0, and attributes in later releases.
    found = _listed(result, "all_candidates", "iter_all")
    applicable = _listed(result, "applicable_candidates", "iter_applicable")
    if any(getattr(one, "locked", False) for one in found):
        return result
    make: Callable[..., BestCandidateResult] = type(result)
    try:
        # The last one is the best.
        return make([*found, candidate], [*applicable, candidate], candidate)
    except (TypeError, AssertionError) as error:
        # Its constructor has other parameters, or other expectations of them.
        seams.refuse_bypass(seams.BEST_CANDIDATE, str(error))


def _listed(result: BestCandidateResult, attribute: str, method: str) -> list[Candidate]:
    listed: Iterable[Candidate] | None = getattr(result, attribute, None)
    if listed is None:
        listing = getattr(result, method, None)
        if listing is None:
            seams.refuse_bypass(seams.BEST_CANDIDATE, f"its result has no {attribute}")
        listed = listing()
    return list(listed)


# The wheel cache


def looks_for_wheels(cache: WheelCache, name: str) -> bool:
    """Return whether pip searches a wheel cache for wheels of a distribution at all.

    pip 21.2 to 23.0 does not if the user gives --no-binary.

    Args:
        cache: pip's wheel cache.
        name: The normalised name of the distribution.
    """
    control = getattr(cache, "format_control", None)
    return control is None or "binary" in control.get_allowed_formats(name)


# Build environments


def library_directories(environment: BuildEnvironment) -> tuple[str, ...]:
    """Return the library directories of a build environment, in the order of its ``sys.path``.

    Raises:
        OverrideError: If they are not where known pips have them.
    """
    directories = getattr(environment, "lib_dirs", None) or getattr(environment, "_lib_dirs", None)
    if not directories:
        seams.refuse_bypass(seams.INSTALL, "the environment has neither lib_dirs nor _lib_dirs")
    return tuple(directories)


def directories_of_pass(environment: BuildEnvironment, name: str) -> tuple[str, ...]:
    """Return the library directories that one of pip's passes installs into.

    Args:
        environment: pip's build environment.
        name: The name of the pass.

    Raises:
        OverrideError: If they are not where known pips have them.
    """
    prefixes = getattr(environment, "_prefixes", None)
    if prefixes is None:
        # A virtual environment has the same directories for both passes.
        return library_directories(environment)
    places = getattr(prefixes.get(name), "lib_dirs", None)
    if not places:
        seams.refuse_bypass(seams.INSTALL, f"the environment has no lib_dirs for {name}")
    return tuple(places)


def prefixes_of(environment: BuildEnvironment) -> list[str]:
    """Return the prefix of each pip pass; none for a virtual environment, which has one for both."""
    prefixes = getattr(environment, "_prefixes", {})
    return [prefix.path for prefix in prefixes.values() if getattr(prefix, "path", "")]


def interpreter_of(owner: BuildEnvironment | Backend | None) -> str:
    """Return the interpreter that runs the build backend, from its environment or its caller."""
    return str(getattr(owner, "python_executable", sys.executable))


def run_backend_with(req: InstallRequirement, python: str) -> None:
    """Make pip run the build backend of one requirement with another interpreter.

    Raises:
        OverrideError: If the object that calls the hooks has no interpreter.
    """
    backend = req.pep517_backend
    if backend is None or not hasattr(backend, "python_executable"):
        seams.refuse_bypass(seams.BACKEND_HOOK, "the backend has no python_executable")
    setattr(backend, "python_executable", python)  # noqa: B010 - not in its type


def script_directories(environment: BuildEnvironment) -> tuple[str, ...]:
    """Return the directories of a build environment that pip puts first on PATH.

    Raises:
        OverrideError: If they are not where known pips have them.
    """
    directories = getattr(environment, "_bin_dirs", None)
    if directories is None and getattr(environment, "_bin_path", None):
        directories = [getattr(environment, "_bin_path", "")]
    if not directories:
        seams.refuse_bypass(seams.INSTALL, "the environment has neither _bin_dirs nor _bin_path")
    return tuple(map(str, directories))


def sitecustomize_of(environment: BuildEnvironment) -> str:
    """Return the start-up file that makes a virtual build environment out of a path.

    Returns:
        Its path; "" for an environment that has an interpreter of its own.

    Raises:
        OverrideError: If it is not where known pips have it.
    """
    if not is_virtual(environment):
        return ""
    path = os.path.join(str(getattr(environment, "_site_dir", "")), "sitecustomize.py")
    if not os.path.isfile(path):
        seams.refuse_bypass(seams.INSTALL, "the environment has no _site_dir with a sitecustomize")
    return path


def wrap_check(environment: BuildEnvironment, wrap: Callable[[seams.Original], seams.Original]) -> None:
    """Replace the function with which pip compares requirements with a build environment.

    Only this one object is changed, and only once.

    Args:
        environment: pip's build environment.
        wrap: Takes the function, and returns what is called instead.

    Raises:
        OverrideError: If this pip has no such function.
    """
    original = getattr(environment, "check_requirements", None)
    if original is None:
        seams.refuse_bypass(seams.INSTALL, "the environment has no check_requirements")
    if "check_requirements" not in vars(environment):
        setattr(environment, "check_requirements", wrap(original))  # noqa: B010 - as above


def is_virtual(environment: BuildEnvironment) -> bool:
    """Return whether a build environment is only a path for the interpreter that runs pip."""
    return hasattr(environment, "_prefixes")


def hides_all_of_system(environment: BuildEnvironment) -> bool:
    """Return whether a build environment precedes all library directories of the interpreter.

    Before 22.3, pip hides only one of them: neither those of the system from a virtual environment that
    can see them, nor Debian's second one.
    """
    if not is_virtual(environment):
        return True
    module = vars(sys.modules[type(environment).__module__])
    return any("system_sitepackages" in name for name in module)
