"""The target: the environment that one run of pip resolves for, and what it will finally contain.

For ``pip install``, it is the environment in which the files will run; for ``wheel``, ``download`` and
``lock``, the resolved set followed by what is installed; for a nested pip, the build environment that
it fills. Its contents are known for certain only after resolving, but build requirements are needed
before: until then they are guessed, and each guess is checked afterwards.
"""

from __future__ import annotations

import functools
import json
import os
import sys
from typing import TYPE_CHECKING, Iterable, NamedTuple, NoReturn, Sequence

from pip._vendor.packaging.specifiers import SpecifierSet

from ...errors import OverrideError
from ...files import Json
from ..internals import commands, functions, objects, releases, specifiers
from ..internals.file_names import version_in_file_name
from ..internals.specifiers import normal_version
from . import installed
from .installed import Copy, Unclear
from .placement import Placement

if TYPE_CHECKING:
    from ..internals.protocols import InstallRequirement, Options, PackageFinder


class Expected(NamedTuple):
    """One distribution that is in the target, or is going to be installed there.

    Args:
        version: The version, in normal form if it has one.
        reason: Why it is this version.
        url: The URL that it comes from (PEP 610); "" if it comes from an index.
        wheel: Whether its source is a wheel.
        certain: Whether it is known, or almost known, and not only likely.
        file: The file that pip downloaded for it; "" if there is none yet.
        files: The digest of the files in the RECORD of the installed distribution; "" if unknown.
        by_file_name: Whether the version is from the file name of an sdist and may be wrong.
    """

    version: str
    reason: str
    url: str = ""
    wheel: bool = True
    certain: bool = True
    file: str = ""
    files: str = ""
    by_file_name: bool = False


class Target:
    """The environment that one run of pip resolves for.

    Args:
        roots: pip's requirements of the run, including constraints.
        directories: The directories of the distributions that it contains already.
        finder: pip's package finder.
        stays: Whether pip keeps installed distributions that satisfy the requirements.
        upgrades: The names that the run upgrades; None for all.
        resolves: Whether pip's resolver installs dependencies.
        legacy: Whether the legacy resolver runs, which decides step by step.
        installs: Whether the resolved distributions are installed there.
        placement: Where they are installed, and which of them take effect.
    """

    def __init__(
        self,
        roots: Sequence[InstallRequirement],
        directories: Sequence[str],
        finder: PackageFinder,
        *,
        stays: bool = True,
        upgrades: frozenset[str] | None = frozenset(),
        resolves: bool = True,
        legacy: bool = False,
        installs: bool = False,
        placement: Placement | None = None,
    ) -> None:
        self.directories = tuple(directories)
        self.finder = finder
        self.legacy = legacy
        self.final = False
        self._installs = installs
        self._placement = placement or Placement()
        self._stays = stays
        self._upgrades = upgrades
        self._resolves = resolves
        # pip ignores requirements whose marker does not apply here.
        self._roots = [root for root in roots if root.name and root.match_markers()]
        self._chosen: dict[str, Expected] | None = None

    @functools.cached_property
    def _copies(self) -> dict[str, list[Copy]]:
        """The installed distributions, read from disk only if a source table needs them."""
        return installed.copies(self.directories)

    def present(self, name: str) -> Expected | None:
        """Return the installed version of a distribution, or None; of several copies, the imported one.

        Raises:
            OverrideError: If that cannot be determined, or if none of its files exists.
        """
        found = self._copies.get(name)
        if not found:
            return None
        try:
            copy = installed.imported(found)
        except Unclear as unclear:
            _refuse(name, unclear)
        if copy.has_no_files:
            raise OverrideError(
                f"{name} {copy.version} is installed in {copy.site}, but none of its files exists",
                kind="unresolved-source",
                hint=f"reinstall it: {commands.reinstall(f'{name}=={copy.version}')}",
            )
        return _installed(copy)

    def expected(self, name: str, specifier: str = "") -> Expected | None:
        """Return the version of a distribution that the target contains or will contain.

        Args:
            name: The normalised name.
            specifier: The specifier that a guess should satisfy.

        Returns:
            The version, or None if the target has none and, as far as is known, will get none.

        Raises:
            OverrideError: If it cannot be determined.
        """
        if self._chosen is not None:
            coming = self._chosen.get(name)
            return self.present(name) if coming is None else self._in_the_end(name, coming)
        if self.legacy:
            return self.present(name)
        return self._stays_anyway(name) or self._asked_for(name) or self._guess(name, specifier)

    def _in_the_end(self, name: str, coming: Expected) -> Expected:
        """Return what is imported once the run has installed a distribution.

        Raises:
            OverrideError: If that cannot be determined.
        """
        if not self._placement.into and not self._placement.target:
            return coming
        found = self._copies.get(name, [])
        wheel = coming.file if coming.file.endswith(".whl") else ""
        try:
            copy = self._placement.stays(name, coming.version, wheel, found, self.directories)
        except Unclear as unclear:
            _refuse(name, unclear)
        return coming if copy is None else self._left(copy)

    def _stays_anyway(self, name: str) -> Expected | None:
        """Return what is imported whatever the run installs, or None if that depends on the run.

        Raises:
            OverrideError: If that cannot be determined.
        """
        if not (self._placement.target or self._placement.build_environment):
            return None
        try:
            copy = self._placement.stays_anyway(self._copies.get(name, []), self.directories)
        except Unclear as unclear:
            _refuse(name, unclear)
        return None if copy is None else self._left(copy)

    def _left(self, copy: Copy) -> Expected:
        reason = f"it is installed in {copy.site}, and pip keeps it"
        return _installed(copy)._replace(reason=reason)

    @property
    def resolved(self) -> bool:
        """Whether pip's resolver has finished and its result is known."""
        return self._chosen is not None

    def changes(self, name: str) -> bool:
        """Return whether the run is known to install a distribution, or to replace an installed one."""
        if not self._installs or self._chosen is None or name not in self._chosen:
            return False
        coming = self._chosen[name]
        return self._in_the_end(name, coming) is coming

    def take(self, chosen: Iterable[tuple[InstallRequirement, str | None]]) -> None:
        """Store the result of pip's resolver, until it resolves again.

        Args:
            chosen: pip's requirements, each with its version.
        """
        self._chosen = {
            objects.normal_name(req): _on_its_way(req, version)
            for req, version in chosen
            if req.name and version
        }

    def _asked_for(self, name: str) -> Expected | None:
        """Return the only version that the run's own requirements and constraints allow, if any."""
        for root in self._roots:
            if objects.normal_name(root) != name:
                continue
            link = root.link if root.original_link else None
            if link is not None:
                version = version_in_file_name(link.filename, name)
                if version:
                    coming = _on_its_way(root, version)
                    return coming._replace(
                        reason=f"this command asks for {root}", by_file_name=not coming.wheel
                    )
            pin = specifiers.exact_pin(root.req)
            if pin:
                if not root.constraint:
                    return Expected(normal_version(pin), f"this command asks for {name}=={pin}")
                return Expected(normal_version(pin), self._if_brought(name, pin), certain=False)
        return None

    def _if_brought(self, name: str, pin: str) -> str:
        reason = f"{name}=={pin} is a constraint of this command"
        here = self.present(name)
        if here is None or specifiers.same_version(here.version, pin):
            return reason
        return f"{reason}, if it needs {name} at all; otherwise {here.version} is kept"

    def limits(self, name: str) -> list[str]:
        """Return the run's own requirements and constraints on a distribution."""
        return [str(root.req) for root in self._roots if objects.normal_name(root) == name]

    @property
    def plain_limits(self) -> tuple[str, ...]:
        """The run's own requirements and constraints, as constraints: a name and a specifier each."""
        return tuple(
            f"{objects.normal_name(root)}{root.req.specifier}"
            for root in self._roots
            if root.req is not None and root.req.specifier and not root.original_link
        )

    def _guess(self, name: str, specifier: str) -> Expected | None:
        here = self.present(name)
        asked = [root for root in self._roots if objects.normal_name(root) == name]
        limits = [str(root.req.specifier) for root in asked if root.req is not None]
        upgraded = self._upgrades is None or name in self._upgrades
        wanted = any(not root.constraint for root in asked)
        fits = here is not None and releases.within(limits, here.version)
        if here is not None and not upgraded and self._stays and (fits or not wanted):
            return here
        if here is not None and not wanted and not self._resolves:
            return here
        if_what = "nothing else limits it" if wanted else "this command needs it at all"
        found = self._newest(name, ",".join(filter(None, [*limits, specifier])), if_what)
        return found or here

    def _newest(self, name: str, specifier: str, if_what: str) -> Expected | None:
        best = self.finder.find_best_candidate(name, SpecifierSet(specifier)).best_candidate
        if best is None:
            return None
        return Expected(
            str(best.version),
            f"the version that pip would choose now, if {if_what}",
            certain=False,
        )


def of_command(
    installs: bool,
    options: Options,
    roots: Sequence[InstallRequirement],
    finder: PackageFinder,
    legacy: bool,
) -> Target:
    """Return the target of the pip command that the user started.

    Args:
        installs: Whether it installs what it resolves, or only collects it.
        options: The options of the command.
        roots: pip's requirements of the run, including constraints.
        finder: pip's package finder.
        legacy: Whether the legacy resolver runs.
    """
    upgrade, eager = objects.is_given(options, "upgrade"), objects.upgrades_eagerly(options)
    asked = frozenset(objects.normal_name(root) for root in roots if root.name and not root.constraint)
    return Target(
        roots,
        _directories(options) if installs else _search_path(),
        finder,
        stays=installs and not objects.is_given(options, "ignore_installed", "force_reinstall"),
        upgrades=(None if eager else asked) if upgrade else frozenset(),
        resolves=not objects.is_given(options, "ignore_dependencies"),
        legacy=legacy,
        installs=installs,
        placement=_placement(options) if installs else Placement(),
    )


def of_build_environment(
    roots: Sequence[InstallRequirement],
    directories: Sequence[str],
    into: Sequence[str],
    finder: PackageFinder,
) -> Target:
    """Return the target of a pip that fills a build environment.

    Args:
        roots: pip's requirements of the run, including constraints.
        directories: The directories of the whole build environment, in the order of ``sys.path``.
        into: The directories that this run installs into.
        finder: pip's package finder.
    """
    placement = Placement(tuple(into), build_environment=True)
    return Target(roots, directories, finder, stays=False, placement=placement)


def _directories(options: Options) -> list[str]:
    """Return the directories that count for an installation, in order of precedence."""
    # pip download is what explain runs, and has none of these options.
    if not objects.is_given(options, "target_dir", "prefix_path", "root_path", "use_user_site"):
        return _search_path()
    target = objects.directory_given(options, "target_dir")
    if target:
        return [os.path.abspath(target)]
    # What pip finds installed elsewhere counts for it as installed.
    user = objects.is_given(options, "use_user_site")
    apart = objects.is_given(options, "ignore_installed") and not user
    installed_elsewhere = [] if apart else _search_path()
    places = _library_directories(options)
    if set(map(os.path.realpath, places)) <= set(map(os.path.realpath, installed_elsewhere)):
        return installed_elsewhere
    return list(dict.fromkeys([*places, *installed_elsewhere]))


def _placement(options: Options) -> Placement:
    """Return where pip's command installs distributions."""
    target = objects.directory_given(options, "target_dir")
    return Placement(
        () if target else _library_directories(options),
        os.path.abspath(target) if target else "",
        upgrade=objects.is_given(options, "upgrade"),
        uninstalls=not objects.is_given(options, "ignore_installed"),
        user=objects.is_given(options, "use_user_site"),
    )


def _library_directories(options: Options) -> tuple[str, str]:
    return functions.library_directories(
        user=objects.is_given(options, "use_user_site"),
        root=objects.directory_given(options, "root_path"),
        prefix=objects.directory_given(options, "prefix_path"),
    )


def _search_path() -> list[str]:
    # python -m pip removes the working directory that Python puts first; another program that runs pip
    # may not, and nothing is installed there.
    here = os.getcwd()
    return [
        path for index, path in enumerate(sys.path) if path and (index or os.path.abspath(path) != here)
    ]


def _refuse(name: str, unclear: Unclear) -> NoReturn:
    raise OverrideError(
        f"{name} {unclear.problem}", kind="unresolved-source", hint=unclear.hint
    ) from None


def _installed(copy: Copy) -> Expected:
    try:
        direct = json.loads(copy.distribution.read_text("direct_url.json") or "{}")
    except ValueError:
        direct = {}
    if not isinstance(direct, dict):
        direct = {}
    url, archive = _url(direct), direct.get("archive_info")
    wheel = not url or (archive is not None and str(direct.get("url")).endswith(".whl"))
    files = copy.digest if url and wheel else ""
    return Expected(copy.version, "it is installed", url, wheel, files=files)


def _url(direct: Json) -> str:
    """Return the URL in a direct_url.json (PEP 610), extended to identify the same file or commit."""
    url = str(direct.get("url") or "")
    archive, checkout = _table(direct, "archive_info"), _table(direct, "vcs_info")
    if checkout.get("vcs") and checkout.get("commit_id"):
        url = f"{checkout['vcs']}+{url}@{checkout['commit_id']}"
    fragment = []
    if archive.get("hash"):
        # "sha256=…": the same file, not another one at the same URL.
        fragment.append(archive["hash"])
    elif (archive.get("hashes") or {}).get("sha256"):
        fragment.append(f"sha256={archive['hashes']['sha256']}")
    if direct.get("subdirectory"):
        fragment.append(f"subdirectory={direct['subdirectory']}")
    return f"{url}#{'&'.join(fragment)}" if url and fragment else url


def _table(direct: Json, key: str) -> Json:
    value = direct.get(key)
    return value if isinstance(value, dict) else {}


def _on_its_way(req: InstallRequirement, version: str) -> Expected:
    # If pip has built it already, or found it in its cache, req.link leads to the wheel.
    origin = req.original_link
    url, wheel = ("", True) if origin is None or req.link is None else (origin.url, origin.is_wheel)
    file = objects.downloaded_file(req)
    return Expected(
        specifiers.normal_version(version), "pip chose it for this run", url, wheel, file=file
    )
