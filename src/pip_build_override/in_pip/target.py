"""The environment that one run of pip's resolver fills, and what it will hold when that is done.

For ``pip install`` that is where the files will run; for ``wheel``, ``download`` and ``lock`` the set
that is resolved and then what is installed; for a nested pip the build environment that it fills.
What will be in it is known for certain only after resolving, but build requirements are wanted
before: until then there are guesses, each of which is checked afterwards.
"""

from __future__ import annotations

import functools
import json
import os
import sys
from importlib.metadata import Distribution
from typing import Any, Iterable, NamedTuple, Sequence

from pip._internal.locations import get_scheme
from pip._vendor.packaging.specifiers import SpecifierSet
from pip._vendor.packaging.version import InvalidVersion, Version

from ..rules.standards import normalise
from . import offered, project
from .file_names import version_in_file_name


class Standing(NamedTuple):
    """One distribution in the target, or on its way into it.

    Args:
        version: of it, in normal form where it has one.
        reason: why it is this one.
        url: where it comes from, for one that comes from no index (PEP 610); "" else.
        wheel: whether that is a wheel.
        certain: whether it is known, or nearly so, and not merely likely.
    """

    version: str
    reason: str
    url: str = ""
    wheel: bool = True
    certain: bool = True


class Target:
    """What one run of pip's resolver fills.

    Args:
        roots: pip's requirements of the run, constraints among them.
        directories: where distributions are that stand there already.
        finder: pip's own.
        stays: whether pip leaves there what is installed and fits.
        upgrades: names that the run upgrades; None for all.
        resolves: whether pip's resolver brings in what a requirement needs.
        legacy: whether it is the resolver that decides as it goes.
        installs: whether what is resolved is installed there.
    """

    def __init__(
        self,
        roots: Sequence[Any],
        directories: Sequence[str],
        finder: Any,
        *,
        stays: bool = True,
        upgrades: frozenset[str] | None = frozenset(),
        resolves: bool = True,
        legacy: bool = False,
        installs: bool = False,
    ) -> None:
        self.directories = tuple(directories)
        self.finder = finder
        self.legacy = legacy
        self.final = False
        self._installs = installs
        self._stays = stays
        self._upgrades = upgrades
        self._resolves = resolves
        # pip passes over those whose marker does not hold here.
        self._roots = [root for root in roots if root.name and root.match_markers()]
        self._chosen: dict[str, Standing] | None = None

    @functools.cached_property
    def present(self) -> dict[str, Standing]:
        """What stands there already; asked of the disk only where a source table wants to know."""
        return _present(self.directories)

    def standing(self, name: str, specifier: str = "") -> Standing | None:
        """Tell what the target has of a distribution, or will have.

        Args:
            name: normalised.
            specifier: what a guess should satisfy.

        Returns:
            None where there is none and none is on its way, as far as is known.
        """
        if self._chosen is not None:
            return self._chosen.get(name) or self.present.get(name)
        if self.legacy:
            return self.present.get(name)
        return self._asked_for(name) or self._guess(name, specifier)

    @property
    def resolved(self) -> bool:
        """Whether pip's resolver is done, and what it came to is known."""
        return self._chosen is not None

    def changes(self, name: str) -> bool:
        """Whether the run is known to put a distribution in, also where one of it stands already."""
        return self._installs and self._chosen is not None and name in self._chosen

    def take(self, chosen: Iterable[tuple[Any, str | None]]) -> None:
        """Take over what pip's resolver has come to, until it resolves anew.

        Args:
            chosen: pip's requirements, each with its version.
        """
        self._chosen = {
            normalise(req.name): _on_its_way(req, version)
            for req, version in chosen
            if req.name and version
        }

    def _asked_for(self, name: str) -> Standing | None:
        """Find the one version that the run's own requirements and constraints leave."""
        for root in self._roots:
            if normalise(root.name) != name:
                continue
            link = root.link if getattr(root, "original_link", None) else None
            if link is not None:
                version = version_in_file_name(link.filename, name)
                if version:
                    return _on_its_way(root, version)._replace(
                        reason=f"{root} is asked for in this run"
                    )
            pin = project.exact_pin(root.req)
            if pin:
                kind = "a constraint of this run" if root.constraint else "asked for in this run"
                return Standing(_normal(pin), f"{name}=={pin} is {kind}", certain=not root.constraint)
        return None

    def _guess(self, name: str, specifier: str) -> Standing | None:
        here = self.present.get(name)
        asked = [root for root in self._roots if normalise(root.name) == name]
        limits = [str(root.req.specifier) for root in asked if root.req is not None]
        upgraded = self._upgrades is None or name in self._upgrades
        wanted = any(not root.constraint for root in asked)
        fits = here is not None and offered.within(limits, here.version)
        if here is not None and not upgraded and self._stays and (fits or not wanted):
            return here
        if here is not None and not wanted and not self._resolves:
            return here
        if_what = "nothing else limits it" if wanted else "this run brings it at all"
        found = self._newest(name, ",".join(filter(None, [*limits, specifier])), if_what)
        return found or here

    def _newest(self, name: str, specifier: str, if_what: str) -> Standing | None:
        best = self.finder.find_best_candidate(name, SpecifierSet(specifier)).best_candidate
        if best is None:
            return None
        return Standing(
            str(best.version),
            f"the one that pip would take now, if {if_what}",
            certain=False,
        )


def of_command(installs: bool, options: Any, roots: Sequence[Any], finder: Any, legacy: bool) -> Target:
    """Give the target of the pip command that the user has started.

    Args:
        installs: whether it installs what it resolves, or only collects it.
        options: those that it was given.
        roots: pip's requirements of the run, constraints among them.
        finder: pip's own.
        legacy: whether the legacy resolver runs.
    """
    upgrade = _given(options, "upgrade")
    eager = getattr(options, "upgrade_strategy", "") == "eager"
    asked = frozenset(normalise(root.name) for root in roots if root.name and not root.constraint)
    return Target(
        roots,
        _directories(options) if installs else _search_path(),
        finder,
        stays=installs and not _given(options, "ignore_installed", "force_reinstall"),
        upgrades=(None if eager else asked) if upgrade else frozenset(),
        resolves=not _given(options, "ignore_dependencies"),
        legacy=legacy,
        installs=installs,
    )


def of_build_environment(roots: Sequence[Any], directories: Sequence[str], finder: Any) -> Target:
    """Give the target of a pip that fills a build environment."""
    return Target(roots, directories, finder, stays=False)


def _directories(options: Any) -> list[str]:
    """List where the distributions of an installation come to stand, in the order of their weight."""
    # pip download is what explain runs, and has none of these options.
    if not _given(options, "target_dir", "prefix_path", "root_path", "use_user_site"):
        return _search_path()
    if options.target_dir:
        return [os.path.abspath(options.target_dir)]
    scheme = get_scheme(
        "",
        user=bool(options.use_user_site),
        root=options.root_path,
        prefix=options.prefix_path,
    )
    # What pip finds installed besides counts for it as there.
    besides = [] if options.ignore_installed else _search_path()
    return list(dict.fromkeys([scheme.purelib, scheme.platlib, *besides]))


def _given(options: Any, *names: str) -> bool:
    return any(getattr(options, name, None) for name in names)


def _search_path() -> list[str]:
    # python -m pip puts the working directory first: nothing is installed there.
    here = os.getcwd()
    return [path for path in sys.path if path and os.path.abspath(path) != here]


def _present(directories: Sequence[str]) -> dict[str, Standing]:
    found: dict[str, Standing] = {}
    for name, distribution in project.distributions_in(directories):
        # What pip could not delete keeps a name that begins with a tilde.
        left_over = str(getattr(getattr(distribution, "_path", None), "name", "")).startswith("~")
        if distribution.version and not left_over:
            found.setdefault(name, _installed(distribution))
    return found


def _installed(distribution: Distribution) -> Standing:
    try:
        direct = json.loads(distribution.read_text("direct_url.json") or "{}")
    except ValueError:
        direct = {}
    if not isinstance(direct, dict):
        direct = {}
    url = str(direct.get("url", ""))
    archive = direct.get("archive_info")
    if not isinstance(archive, (dict, type(None))):
        archive = {}
    wheel = not url or (archive is not None and url.endswith(".whl"))
    if url and archive:
        # "sha256=…": the same file, and not another in its place.
        url += f"#{archive['hash']}" if "hash" in archive else ""
    return Standing(_normal(distribution.version), "it is installed there", url, wheel)


def _on_its_way(req: Any, version: str) -> Standing:
    link = req.link if getattr(req, "original_link", None) else None
    url, wheel = "", True
    if link is not None:
        # For one that pip has built before, or found in its cache, the link is the wheel's.
        origin = req.original_link
        url, wheel = origin.url, bool(origin.is_wheel)
    return Standing(_normal(version), "this run brings it", url, wheel)


def _normal(version: str) -> str:
    try:
        return str(Version(version))
    except InvalidVersion:
        return version
