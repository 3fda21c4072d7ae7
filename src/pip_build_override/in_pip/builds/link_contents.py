"""What a link of pip's leads to, by its content if that may change under an unchanged name.

pip knows a wheel that it has built by the URL of its source alone. A file on this machine can be
another one tomorrow, and so can a branch, or what a server gives out under a URL without a hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...files import Json, sha256_of_unchanged_file
from ...frozen import Frozen

if TYPE_CHECKING:
    from ..internals.protocols import InstallRequirement, Link


class ContentNote(Frozen):
    """What is noted of the content that a distribution, or its sources, came from.

    Args:
        file: the path of a file or directory; "" if it came from none, and keeps its content.
        sha256: of the file, "" for a directory.
        changes: whether it cannot be compared later.
    """

    file: str = ""
    sha256: str = ""
    changes: bool = False

    def to_json(self) -> Json:
        """Return a document that ``from_json`` takes; what there is nothing to tell of is left out."""
        document: Json = {"file": self.file, "sha256": self.sha256} if self.file else {}
        return {**document, "changes": True} if self.changes else document

    @classmethod
    def from_json(cls, document: object) -> ContentNote:
        """Read a document.

        Raises:
            ValueError: if it does not fit.
        """
        from ...documents import fields, flag, read, text

        note = read(cls, fields(document), {}, {"file": text, "sha256": text, "changes": flag})
        if note.to_json() != document:
            raise ValueError("a file without its content, or no file")
        return note


def noted(req: InstallRequirement, link: Link, source: str | None) -> ContentNote:
    """Return what is to be noted of the content that a distribution, or its sources, came from.

    Args:
        req: pip's requirement.
        link: pip's, of what it came from.
        source: where pip has unpacked the sources or checked them out, None if it has not.
    """
    if link.is_file:
        return ContentNote(link.file_path, sha256(link.file_path))
    if link.is_vcs:
        return ContentNote(changes=not _is_at_one_commit(link, source))
    return ContentNote(changes=bool(req.original_link and changes(link) and not req.hash_options))


def changes(link: Link) -> bool:
    """Return whether a link is of a file elsewhere that nothing but its URL is known of.

    What an index or a page links to counts as a release: that does not change.
    """
    return not (link.is_file or link.is_vcs or link.hash or link.comes_from)


def may_change(note: ContentNote) -> bool:
    """Return whether what was noted cannot be compared later."""
    return note.changes or (note.file != "" and not note.sha256)


def is_as_it_was(note: ContentNote) -> bool:
    """Return whether what was noted is there still, with the same content."""
    return not may_change(note) and is_same_file(note)


def is_same_file(note: ContentNote) -> bool:
    """Return whether the file that was noted, if one was, is there still, with the same content."""
    return not note.file or (note.sha256 != "" and sha256(note.file) == note.sha256)


def sha256(path: str) -> str:
    """Return the digest of a file, "" if there is none that can be read."""
    try:
        return sha256_of_unchanged_file(path)
    except (OSError, ValueError):
        # The latter for a path that no file can have, which only something else than we writes down.
        return ""


def _is_at_one_commit(link: Link, source: str | None) -> bool:
    """Return whether a link to a repository names the commit, and neither a branch nor a tag."""
    from ..internals import functions

    checkout = functions.checkout_of(link, source)
    return checkout is not None and checkout.commit == checkout.requested
