"""What one of pip's links leads to, identified by content if that may change under the same name.

pip identifies a wheel that it has built by the URL of its source alone. A local file can be a different
one tomorrow, and so can a branch, or what a server returns for a URL without a hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...files import Json, sha256_of_unchanged_file
from ...frozen import Frozen

if TYPE_CHECKING:
    from ..internals.protocols import InstallRequirement, Link


class ContentNote(Frozen):
    """A note of the content that a distribution, or its sources, came from.

    Args:
        file: The path of a file or directory, or "" if it came from neither.
        sha256: The digest of the file, or "" for a directory.
        changes: Whether the content may change and cannot be compared later.
    """

    file: str = ""
    sha256: str = ""
    changes: bool = False

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts, without empty fields."""
        document: Json = {"file": self.file, "sha256": self.sha256} if self.file else {}
        return {**document, "changes": True} if self.changes else document

    @classmethod
    def from_json(cls, document: object) -> ContentNote:
        """Return the note in a document.

        Raises:
            ValueError: If it is not valid.
        """
        from ...documents import fields, flag, read, text

        note = read(cls, fields(document), {}, {"file": text, "sha256": text, "changes": flag})
        if note.to_json() != document:
            raise ValueError("neither a file with its content nor the absence of one")
        return note


def noted(req: InstallRequirement, link: Link, source: str | None) -> ContentNote:
    """Return a note of the content that a distribution, or its sources, came from.

    Args:
        req: pip's requirement.
        link: pip's link to what it came from.
        source: Where pip unpacked the sources or checked them out, or None if it did not.
    """
    if link.is_file:
        return ContentNote(link.file_path, sha256(link.file_path))
    if link.is_vcs:
        return ContentNote(changes=not _is_at_one_commit(link, source))
    return ContentNote(changes=bool(req.original_link and changes(link) and not req.hash_options))


def changes(link: Link) -> bool:
    """Return whether a link leads to a remote file of which nothing but the URL is known.

    A link from an index or a page counts as a release, which does not change.
    """
    return not (link.is_file or link.is_vcs or link.hash or link.comes_from)


def may_change(note: ContentNote) -> bool:
    """Return whether what was noted may change and cannot be compared later."""
    return note.changes or (note.file != "" and not note.sha256)


def is_as_it_was(note: ContentNote) -> bool:
    """Return whether what was noted still exists with the same content."""
    return not may_change(note) and is_same_file(note)


def is_same_file(note: ContentNote) -> bool:
    """Return whether the file that was noted, if any, still exists with the same content."""
    return not note.file or (note.sha256 != "" and sha256(note.file) == note.sha256)


def sha256(path: str) -> str:
    """Return the digest of a file, or "" if there is no readable one."""
    try:
        return sha256_of_unchanged_file(path)
    except (OSError, ValueError):
        # A ValueError is for a path that no file can have, which only another program writes down.
        return ""


def _is_at_one_commit(link: Link, source: str | None) -> bool:
    """Return whether a link to a repository names a commit rather than a branch or a tag."""
    from ..internals import functions

    checkout = functions.checkout_of(link, source)
    return checkout is not None and checkout.commit == checkout.requested
