"""What a link of pip's leads to, by its content if that may change under an unchanged name.

pip knows a wheel that it has built by the URL of its source alone. A file on this machine can be
another one tomorrow, and so can a branch, or what a server gives out under a URL without a hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...files import Json, sha256_of_unchanged_file

if TYPE_CHECKING:
    from ..internals.protocols import InstallRequirement, Link


def noted(req: InstallRequirement, link: Link, source: str | None) -> Json:
    """Return what is to be noted of the content that a distribution, or its sources, came from.

    Args:
        req: pip's requirement.
        link: pip's, of what it came from.
        source: where pip has unpacked the sources or checked them out, None if it has not.

    Returns:
        ``file`` and ``sha256`` of a file, the latter "" for a directory; ``changes`` for what cannot be
        compared later; nothing for what keeps its content.
    """
    if link.is_file:
        return {"file": link.file_path, "sha256": sha256(link.file_path)}
    if link.is_vcs:
        return {} if _is_at_one_commit(link, source) else {"changes": True}
    if req.original_link and changes(link) and not req.hash_options:
        return {"changes": True}
    return {}


def changes(link: Link) -> bool:
    """Return whether a link is of a file elsewhere that nothing but its URL is known of.

    What an index or a page links to counts as a release: that does not change.
    """
    return not (link.is_file or link.is_vcs or link.hash or link.comes_from)


def may_change(note: Json) -> bool:
    """Return whether what was noted cannot be compared later."""
    return bool(note.get("changes")) or ("file" in note and not note["sha256"])


def is_as_it_was(note: Json) -> bool:
    """Return whether what was noted is there still, with the same content."""
    return not may_change(note) and is_same_file(note)


def is_same_file(note: Json) -> bool:
    """Return whether the file that was noted, if one was, is there still, with the same content."""
    return "file" not in note or bool(note["sha256"] and sha256(note["file"]) == note["sha256"])


def sha256(path: str) -> str:
    """Return the digest of a file, "" if there is none that can be read."""
    try:
        return sha256_of_unchanged_file(path)
    except OSError:
        return ""


def _is_at_one_commit(link: Link, source: str | None) -> bool:
    """Return whether a link to a repository names the commit, and neither a branch nor a tag."""
    from ..internals import functions

    checkout = functions.checkout_of(link, source)
    return checkout is not None and checkout.commit == checkout.requested
