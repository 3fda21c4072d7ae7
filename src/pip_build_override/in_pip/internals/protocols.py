"""Types for the attributes and methods of pip's own objects that the shim uses.

pip ships no types for its internals, and they differ from release to release. This module contains only
what all releases share; functions in ``objects`` read the rest. It is not loaded at run time.
"""

from __future__ import annotations

from email.message import Message
from typing import (
    AbstractSet,
    Callable,
    Iterable,
    Mapping,
    Protocol,
    Sequence,
)

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version


class Link(Protocol):
    """Where a file, a directory or a checkout comes from (``pip._internal.models.link``)."""

    # The page of an index that links to it, as a URL or as pip's object.
    comes_from: object

    @property
    def file_path(self) -> str:
        """The path of a local file or directory; other links have none."""

    @property
    def filename(self) -> str: ...

    @property
    def hash(self) -> str | None: ...

    @property
    def hash_name(self) -> str | None: ...

    @property
    def is_file(self) -> bool:
        """Whether it is on this machine: a file or a directory."""

    @property
    def is_vcs(self) -> bool: ...

    @property
    def is_wheel(self) -> bool: ...

    @property
    def is_yanked(self) -> bool: ...

    @property
    def subdirectory_fragment(self) -> str | None: ...

    @property
    def url(self) -> str: ...

    @property
    def url_without_fragment(self) -> str: ...

    def is_existing_dir(self) -> bool: ...


class Backend(Protocol):
    """The object that pip uses to call the hooks of a build backend, not all of which it always has."""

    build_backend: str


class InstallRequirement(Protocol):
    """One requirement, from the command line to the installed distribution (``req.req_install``)."""

    comes_from: str | InstallRequirement | None
    constraint: bool
    editable: bool
    extras: AbstractSet[str]
    hash_options: dict[str, list[str]]
    # For a wheel from pip's cache, original_link leads to its sources.
    link: Link | None
    original_link: Link | None
    local_file_path: str | None
    pep517_backend: Backend | None
    pyproject_requires: list[str] | None
    req: Requirement | None
    requirements_to_check: list[str]
    source_dir: str | None

    @property
    def metadata(self) -> Message: ...

    @property
    def name(self) -> str | None: ...

    @property
    def specifier(self) -> SpecifierSet: ...

    @property
    def unpacked_source_directory(self) -> str: ...

    def match_markers(self, extras_requested: Iterable[str] | None = None) -> bool: ...


class MakeRequirement(Protocol):
    """pip's ``install_req_from_line``."""

    def __call__(
        self, name: str, comes_from: str | None = None, *, constraint: bool = False
    ) -> InstallRequirement: ...


class SourceDistribution(Protocol):
    """The object that prepares the metadata of one requirement (``distributions.sdist``)."""

    req: InstallRequirement


class RequirementSet(Protocol):
    """The result of a resolver (``req.req_set``)."""

    requirements: dict[str, InstallRequirement]


class Resolver(Protocol):
    """Either of pip's resolvers."""

    def resolve(
        self, root_reqs: list[InstallRequirement], check_supported_wheels: bool
    ) -> RequirementSet: ...


class Candidate(Protocol):
    """One file of a release (``models.candidate.InstallationCandidate``)."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> Version: ...

    @property
    def link(self) -> Link: ...


class BestCandidateResult(Protocol):
    """The candidates that the finder found for a distribution, and the best one."""

    @property
    def best_candidate(self) -> Candidate | None: ...


class LinkEvaluator(Protocol):
    """Decides which links to a distribution are accepted; its other attributes are private to pip."""

    def evaluate_link(self, link: Link) -> object: ...


class PackageFinder(Protocol):
    """The object that finds the files of a distribution (``index.package_finder``)."""

    @property
    def find_links(self) -> Sequence[str]: ...

    @property
    def format_control(self) -> object: ...

    @property
    def index_urls(self) -> Sequence[str]: ...

    @property
    def prefer_binary(self) -> bool: ...

    @property
    def trusted_hosts(self) -> Iterable[str]: ...

    def find_all_candidates(self, project_name: str) -> Sequence[Candidate]: ...

    def find_best_candidate(
        self, project_name: str, specifier: SpecifierSet | None = None
    ) -> BestCandidateResult: ...


class Response(Protocol):
    """A response to a request (``requests.Response``)."""

    status_code: int
    url: str
    headers: Mapping[str, str]

    def json(self) -> object: ...


class Session(Protocol):
    """The session with which pip makes requests (``network.session.PipSession``)."""

    def get(self, url: str, *, headers: Mapping[str, str]) -> Response: ...


class CacheEntry(Protocol):
    """A wheel in pip's cache (``cache``)."""

    link: Link


class WheelCache(Protocol):
    """pip's cache of the wheels that it has built (``cache``)."""

    cache_dir: str | None

    def get_path_for_link(self, link: Link) -> str: ...

    def get_ephem_path_for_link(self, link: Link) -> str: ...


class BuildEnvironment(Protocol):
    """A build environment of any kind (``build_env``)."""

    def __enter__(self) -> None: ...
    def __exit__(self, kind: None, error: None, traceback: None) -> None: ...


class Options(Protocol):
    """The options that every pip command has; ``objects`` reads the others."""

    build_isolation: bool | str
    cache_dir: str | None
    no_color: bool
    quiet: int
    require_hashes: bool


class Command(Protocol):
    """A pip command, such as install (``cli.base_command``)."""

    name: str
    main: Callable[..., int]
    run: Callable[..., int]
    parse_args: Callable[..., object]
