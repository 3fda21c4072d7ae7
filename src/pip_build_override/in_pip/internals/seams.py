"""The functions of pip that the shim depends on, found by probing and never by version number."""

from __future__ import annotations

import functools
import inspect
from importlib import import_module
from typing import Any, Callable, NamedTuple, NoReturn

from .unknown_pip import unknown_pip

# Any, because the parameters and return types differ.
Original = Callable[..., Any]
"""A function of pip that a patch replaces."""


class Seam(NamedTuple):
    """One function of pip: its module, its dotted name there, and the parameters that are used."""

    module: str
    name: str
    parameters: tuple[str, ...] = ()


LOAD = Seam("pip._internal.req.req_install", "InstallRequirement.load_pyproject_toml")
PREPARE = Seam(
    "pip._internal.distributions.sdist",
    "SourceDistribution.prepare_distribution_metadata",
    ("build_isolation",),
)
UNPACK = Seam(
    "pip._internal.req.req_install",
    "InstallRequirement.ensure_has_source_dir",
    ("autodelete", "parallel_builds"),
)
CACHE_ENTRY = Seam(
    "pip._internal.cache",
    "WheelCache.get_cache_entry",
    ("link", "package_name", "supported_tags"),
)
CACHE_PATH = Seam("pip._internal.cache", "SimpleWheelCache.get_path_for_link", ("link",))
CACHE_EPHEMERAL_PATH = Seam("pip._internal.cache", "WheelCache.get_ephem_path_for_link", ("link",))
CACHE_DIRECTORY = Seam("pip._internal.wheel_builder", "_get_cache_dir", ("req", "wheel_cache"))
BUILD = Seam("pip._internal.wheel_builder", "_build_one", ("req", "output_dir"))
RESOLVE = Seam(
    "pip._internal.resolution.resolvelib.resolver", "Resolver.resolve", ("self", "root_reqs")
)
CANDIDATES = Seam(
    "pip._internal.index.package_finder", "PackageFinder.make_link_evaluator", ("project_name",)
)
ALL_CANDIDATES = Seam(
    "pip._internal.index.package_finder", "PackageFinder.find_all_candidates", ("project_name",)
)
BEST_CANDIDATE = Seam(
    "pip._internal.index.package_finder",
    "PackageFinder.find_best_candidate",
    ("project_name", "specifier", "hashes"),
)
REQUIREMENT = Seam(
    "pip._internal.req.constructors", "install_req_from_line", ("name", "comes_from", "constraint")
)

EVERYWHERE = (
    LOAD,
    PREPARE,
    UNPACK,
    CACHE_ENTRY,
    CACHE_PATH,
    CACHE_EPHEMERAL_PATH,
    CACHE_DIRECTORY,
    BUILD,
    RESOLVE,
    CANDIDATES,
    ALL_CANDIDATES,
    BEST_CANDIDATE,
    REQUIREMENT,
)

# Only in some pips: since 26.2, the backend is configured separately from loading; the legacy resolver
# exists until pip removes it.
CONFIGURE_BACKEND = Seam("pip._internal.req.req_install", "InstallRequirement.configure_backend")
LEGACY_RESOLVE = Seam(
    "pip._internal.resolution.legacy.resolver", "Resolver.resolve", ("self", "root_reqs")
)

# Where an index serves metadata of sdists, pip resolves with that (23.1 and later).
SERVED_METADATA = Seam(
    "pip._internal.operations.prepare", "RequirementPreparer._fetch_metadata_only", ("req",)
)

ENVIRONMENTS = "pip._internal.build_env"
INSTALL = Seam(
    ENVIRONMENTS,
    "BuildEnvironment.install_requirements",
    ("self", "requirements", "prefix_as_string"),
)
BACKEND_HOOK = Seam("pip._internal.req.req_install", "InstallRequirement.pep517_backend")
METADATA = Seam("pip._internal.req.req_install", "InstallRequirement.prepare_metadata")
RUN = Seam("pip._internal.cli.base_command", "Command.run")
INSTALLATION_ORDER = Seam(
    "pip._internal.resolution.resolvelib.resolver",
    "Resolver.get_installation_order",
    ("self", "req_set"),
)
# Without this function, the commit of a checkout is unknown.
DIRECT_URL = Seam(
    "pip._internal.utils.direct_url_helpers",
    "direct_url_from_link",
    ("link", "source_dir", "link_is_in_wheel_cache"),
)


def probe() -> None:
    """Check that every seam exists.

    Raises:
        OverrideError: If this pip lacks any; the message names them all.
    """
    missing = list(filter(None, map(_problem, EVERYWHERE)))
    if not environment_classes():
        missing.append(f"{INSTALL.module}.{INSTALL.name}: missing from all classes of that module")
    if missing:
        raise unknown_pip(missing)


def refuse_bypass(seam: Seam, how: str = "bypassed") -> NoReturn:
    """Refuse a pip that bypassed a seam, or did not use it in the known way.

    Raises:
        OverrideError: Always.
    """
    raise unknown_pip([f"{seam.module}.{seam.name}: {how}"])


def find(seam: Seam) -> tuple[object, str, Original] | None:
    """Return the owner (module or class), name and function of a seam, or None if it is missing."""
    try:
        owner: object = import_module(seam.module)
    except ImportError:
        return None
    *path, name = seam.name.split(".")
    try:
        for part in path:
            owner = getattr(owner, part)
        function = inspect.getattr_static(owner, name)
    except AttributeError:
        return None
    return owner, name, getattr(function, "__func__", function)


def function(seam: Seam) -> Original | None:
    """Return the function of a seam, or None if this pip has none with the parameters that are used."""
    found = find(seam)
    return None if found is None or _lacking(found[2], seam) else found[2]


def environment_classes() -> list[type]:
    """Return the build environment classes that install requirements themselves (several in 26.2)."""
    try:
        module = import_module(ENVIRONMENTS)
    except ImportError:
        return []
    classes = {id(value): value for value in vars(module).values() if inspect.isclass(value)}
    return [value for value in classes.values() if _installs(value)]


def _installs(environment: type) -> bool:
    function = vars(environment).get("install_requirements")
    return (
        function is not None
        and not getattr(function, "__isabstractmethod__", False)
        and not _lacking(function, INSTALL)
    )


def _problem(seam: Seam) -> str:
    found = find(seam)
    if found is None:
        return f"{seam.module}.{seam.name}: missing"
    lacking = _lacking(found[2], seam)
    return f"{seam.module}.{seam.name}: has no parameter {lacking}" if lacking else ""


def _lacking(function: Original, seam: Seam) -> str:
    parameters = _signature(function).parameters
    return ", ".join(name for name in seam.parameters if name not in parameters)


_signature = functools.lru_cache(maxsize=None)(inspect.signature)


class Call:
    """The arguments of one call by name, however a pip passes them."""

    def __init__(self, function: Original, args: tuple[object, ...], kwargs: dict[str, object]) -> None:
        self._bound = _signature(function).bind(*args, **kwargs)

    # Any, because the caller knows from the seam which of pip's types it is.
    def __getitem__(self, name: str) -> Any:
        return self._bound.arguments[name]

    def get(self, name: str) -> Any:  # as above
        """Return an argument, or None if the call left it at its default."""
        return self._bound.arguments.get(name)

    def __setitem__(self, name: str, value: object) -> None:
        self._bound.arguments[name] = value

    def to(self, function: Original) -> Any:  # as above
        return function(*self._bound.args, **self._bound.kwargs)
