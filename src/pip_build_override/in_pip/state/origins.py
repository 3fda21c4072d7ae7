"""The origin of each distribution in a build environment, noted by the pip that fills it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Iterable

from ...urls import bare_url
from ..builds import link_contents
from ..builds.member import Origin
from ..internals import functions, objects
from ..internals.file_names import version_in_file_name

if TYPE_CHECKING:
    from ..internals.protocols import InstallRequirement, Link
    from .cached_wheels import CachedWheels
    from .environments import Environments, Filling
    from .ledger import Ledger


def note_chosen(
    environments: Environments,
    ledger: Ledger,
    cached_wheels: CachedWheels,
    chosen: Iterable[InstallRequirement],
) -> None:
    """Note the origin of each distribution that goes into a build environment.

    Args:
        environments: the environments that this pip fills.
        ledger: the builds of this command.
        cached_wheels: the wheels that were built before.
        chosen: the requirements that pip's resolver chose.
    """
    filling = environments.current
    if filling.depth:
        filling.note_distributions(
            _origin(filling, ledger, cached_wheels, req)
            for req in chosen
            if req.link is not None and req.name
        )


def _origin(
    filling: Filling, ledger: Ledger, cached_wheels: CachedWheels, req: InstallRequirement
) -> Origin:
    link, path = objects.link_of(req), ""
    stand_in = filling.stand_in_at(objects.local_path(link))
    if stand_in is not None:
        # It is removed when the run ends, and the distribution it replaces cannot be downloaded again.
        return Origin(stand_in.name, stand_in.version, borrowed=bool(stand_in.digest))
    approved = cached_wheels.approved(link)
    if approved is not None:
        # Built before: its origin is what it was built from.
        link = approved.link
    else:
        path = objects.downloaded_file(req)
    build = ledger.build_of(req)
    name = objects.normal_name(req)
    version = (build.package.version if build else None) or version_in_file_name(
        objects.link_of(req).filename, name
    )
    return Origin(
        name,
        version or "",
        url=_address(link, req.source_dir, approved is not None),
        sha256=_sha256(link, path),
        source=not link.is_wheel,
        direct=bool(req.original_link),
    )


def _address(link: Link, source: str | None, cached: bool) -> str:
    """Return the URL of sources or of a file, with the commit of a checkout if it is known.

    Args:
        link: pip's link.
        source: the directory into which pip unpacked the sources, or checked them out.
        cached: whether a wheel in pip's cache was built from it.
    """
    place = bare_url(link.url_without_fragment)
    # A branch or a tag may move, so a URL without a commit counts as not reproducible.
    checkout = functions.checkout_of(link, source, cached) if link.is_vcs else None
    if checkout is not None:
        place = f"{checkout.vcs}+{bare_url(checkout.url)}@{checkout.commit}"
    subdirectory = link.subdirectory_fragment
    return f"{place}#subdirectory={subdirectory}" if subdirectory else place


def _sha256(link: Link, path: str) -> str:
    if link.is_file and os.path.isfile(link.file_path):
        path = link.file_path
    if path and os.path.isfile(path):
        return link_contents.sha256(path)
    return str(link.hash) if link.hash_name == "sha256" and link.hash else ""
