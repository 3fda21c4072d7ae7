"""Where each distribution of a build environment comes from, noted by the pip that fills it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Iterable

from ...files import Json
from ...rules.standards import normalise
from ...urls import bare_url
from ..builds import link_contents
from ..internals.file_names import version_in_file_name

try:
    from pip._internal.utils.direct_url_helpers import direct_url_from_link
except ImportError:
    direct_url_from_link = None

if TYPE_CHECKING:
    from .cached_wheels import CachedWheels
    from .environments import Environments, Filling
    from .ledger import Ledger


def note_chosen(
    environments: Environments, ledger: Ledger, cached_wheels: CachedWheels, chosen: Iterable[Any]
) -> None:
    """Keep the origin of each distribution that goes into a build environment.

    Args:
        environments: of which the current one is filled.
        ledger: tells what was built.
        cached_wheels: tells what was built before.
        chosen: pip's requirements.
    """
    filling = environments.current
    if filling.depth:
        filling.note_distributions(
            _origin(filling, ledger, cached_wheels, req)
            for req in chosen
            if req.link is not None and req.name
        )


def _origin(filling: Filling, ledger: Ledger, cached_wheels: CachedWheels, req: Any) -> Json:
    link, path = req.link, ""
    stand_in = filling.stand_in_at(link.file_path) if link.is_file else None
    if stand_in is not None:
        # It goes when the run ends, and what it stood for is no file that could be had again.
        own = {"name": stand_in.name, "version": stand_in.version, "borrowed": True}
        return {**own, "url": "", "sha256": "", "source": False, "direct": False}
    approved = cached_wheels.approved(link)
    if approved is not None:
        # Built before: what counts is what it was built from.
        link = approved.link
    else:
        path = getattr(req, "local_file_path", None) or ""
    build = ledger.build_of(req)
    name = normalise(req.name)
    version = (build.package.version if build else None) or version_in_file_name(
        req.link.filename, name
    )
    return {
        "name": name,
        "version": version or "",
        "url": _address(link, getattr(req, "source_dir", None), approved is not None),
        "sha256": _sha256(link, path),
        "source": not link.is_wheel,
        "direct": bool(getattr(req, "original_link", None)),
    }


def _address(link: Any, source: str | None, cached: bool) -> str:
    """Return the URL of sources or of a file, so that it leads to the same ones again.

    Args:
        link: pip's.
        source: where pip has unpacked the sources, or checked them out.
        cached: whether a wheel in pip's cache was built from it.
    """
    place = bare_url(link.url_without_fragment)
    if link.is_vcs and direct_url_from_link is not None:
        # A branch moves on, and so may a tag.
        try:
            direct = direct_url_from_link(link, source, link_is_in_wheel_cache=cached).to_dict()
            checkout = direct["vcs_info"]
            place = f"{checkout['vcs']}+{bare_url(direct['url'])}@{checkout['commit_id']}"
        except (AssertionError, AttributeError, KeyError, TypeError):
            # Without a commit it counts as one that cannot be had again.
            pass
    subdirectory = getattr(link, "subdirectory_fragment", None)
    return f"{place}#subdirectory={subdirectory}" if subdirectory else place


def _sha256(link: Any, path: str) -> str:
    if link.is_file and os.path.isfile(link.file_path):
        path = link.file_path
    if path and os.path.isfile(path):
        return link_contents.sha256(path)
    return str(link.hash) if link.hash_name == "sha256" and link.hash else ""
