"""Functions and classes of pip's that are called as they are, and their results in types of our own.

Every pip that resolves has loaded their modules by then, so that loading this one costs no more.
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
    """Which commit sources were checked out at.

    Args:
        vcs: such as ``git``.
        url: of the repository.
        commit: its hash, or what the version control system has instead.
        requested: the revision that the link names: a commit, a branch or a tag; "" for none.
    """

    vcs: str
    url: str
    commit: str
    requested: str


def checkout_of(link: Link, source: str | None, cached: bool = False) -> Checkout | None:
    """Return the checkout that a link to a repository led to.

    Args:
        link: pip's.
        source: where the sources are checked out; None if they are not.
        cached: whether a wheel in pip's cache was built from it.

    Returns:
        None if pip does not know the commit.
    """
    direct_url_from_link = seams.function(seams.DIRECT_URL)
    if direct_url_from_link is None or not (source or cached):
        return None
    try:
        direct = direct_url_from_link(link, source, link_is_in_wheel_cache=cached).to_dict()
    except AssertionError:
        # pip expects links of its cache to name a commit. Those that it has looked up through us may
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
        user: whether ``--user`` is given.
        root: of ``--root``.
        prefix: of ``--prefix``.
    """
    scheme = get_scheme("", user=user, root=root, prefix=prefix)
    return str(scheme.purelib), str(scheme.platlib)


def candidate(name: str, version: str, url: str) -> Candidate:
    """Make a candidate for pip's resolver.

    Args:
        name: normalised.
        version: of it.
        url: of its wheel.
    """
    made: Candidate = InstallationCandidate(name=name, version=version, link=_Link(url))
    return made


def remove_tree(directory: str) -> None:
    """Remove a directory, also if something in it may not be written to."""
    rmtree(directory)


def unpack(archive: str, directory: str) -> None:
    """Unpack an sdist."""
    unpack_file(archive, directory)
