"""Functions and classes of pip that are called unchanged, with results in types of the shim.

Every pip that resolves has already loaded their modules, so loading this module costs little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pip._internal.locations import get_scheme
from pip._internal.models.candidate import InstallationCandidate
from pip._internal.models.link import Link as _Link
from pip._internal.utils.misc import rmtree
from pip._internal.utils.unpacking import unpack_file

from . import seams

if TYPE_CHECKING:
    from .protocols import Candidate, Link


class Checkout(NamedTuple):
    """The commit at which sources were checked out.

    Args:
        vcs: The version control system, such as ``git``.
        url: The URL of the repository.
        commit: The hash of the commit, or its equivalent in the version control system.
        requested: The revision that the link names: a commit, a branch or a tag; "" for none.
    """

    vcs: str
    url: str
    commit: str
    requested: str


def checkout_of(link: Link, source: str | None, cached: bool = False) -> Checkout | None:
    """Return the checkout for a link to a repository, or None if pip does not know the commit.

    Args:
        link: pip's link.
        source: Where the sources are checked out; None if they are not.
        cached: Whether a wheel in pip's cache was built from it.
    """
    direct_url_from_link = seams.function(seams.DIRECT_URL)
    if direct_url_from_link is None or not (source or cached):
        return None
    try:
        direct = direct_url_from_link(link, source, link_is_in_wheel_cache=cached).to_dict()
    except AssertionError:
        # pip expects links in its cache to name a commit. Those that the shim has looked up for it may
        # name a branch.
        return None
    found = direct["vcs_info"]
    requested = str(found.get("requested_revision") or "")
    return Checkout(str(found["vcs"]), str(direct["url"]), str(found["commit_id"]), requested)


def library_directories(
    user: bool = False, root: str | None = None, prefix: str | None = None
) -> tuple[str, str]:
    """Return where pip installs pure and other distributions (purelib and platlib).

    Args:
        user: Whether ``--user`` is given.
        root: The value of ``--root``.
        prefix: The value of ``--prefix``.
    """
    scheme = get_scheme("", user=user, root=root, prefix=prefix)
    return str(scheme.purelib), str(scheme.platlib)


def candidate(name: str, version: str, url: str) -> Candidate:
    """Return a new candidate for pip's resolver.

    Args:
        name: The normalised name.
        version: The version.
        url: The URL of the wheel.
    """
    made: Candidate = InstallationCandidate(name=name, version=version, link=_Link(url))
    return made


def remove_tree(directory: str) -> None:
    """Remove a directory, even if something in it is read-only."""
    rmtree(directory)


def unpack(archive: str, directory: str) -> None:
    """Unpack an sdist."""
    unpack_file(archive, directory)
