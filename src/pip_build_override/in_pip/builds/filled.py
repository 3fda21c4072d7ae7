"""A build environment that pip has filled in this run: what it has put there, and where from."""

from __future__ import annotations

from typing import Callable

from ...files import Json, state_of_file
from ...frozen import Frozen
from .environment_files import File, Files
from .member import Matched, Member, Origin

FORMAT = 2
"""Increase this if a field is added or removed, or changes its meaning."""


class Filled(Frozen):
    """What one of pip's passes has put into a build environment, with the notes of the pip that did it.

    Args:
        place: The directory that the files are in; "" if they cannot be copied from anywhere.
        kept: Whether nothing but the shim writes to that directory.
        files: The files.
        members: How each distribution was made.
        distributions: The origin of each distribution.
        matched: What was built to match the environment, and with which versions.
        left_out: Names of distributions with files that a limit on uploads has left out.
        installed: The key of what pip has installed; "" if it is not known.
        origins: The local files that distributions were installed from, each with its state then.
    """

    place: str
    kept: bool
    files: Files
    members: tuple[Member, ...] = ()
    distributions: tuple[Origin, ...] = ()
    matched: tuple[Matched, ...] = ()
    left_out: tuple[str, ...] = ()
    installed: str = ""
    origins: tuple[tuple[str, str], ...] = ()

    @property
    def is_current(self) -> bool:
        """Whether each of those files is as it was, so that pip would install the same."""
        try:
            return all(state_of_file(path) == state for path, state in self.origins)
        except OSError:
            return False

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return {
            "format": FORMAT,
            "place": self.place,
            "kept": self.kept,
            "root": self.files.root,
            "files": [list(file) for file in self.files.files],
            "directories": [list(directory) for directory in self.files.directories],
            "members": [member.to_json() for member in self.members],
            "distributions": [origin.to_json() for origin in self.distributions],
            "matched": [matched.to_json() for matched in self.matched],
            "left_out": list(self.left_out),
            "installed": self.installed,
            "origins": [list(origin) for origin in self.origins],
        }

    @classmethod
    def from_json(cls, document: object) -> Filled:
        """Read a document.

        Raises:
            ValueError: If it is not a valid document, or has another format number.
        """
        from ...documents import fields_of_format, flag, number, pair_of, read, text, tuple_of

        def make(
            root: str, files: tuple[File, ...], directories: tuple[tuple[str, int], ...], **own: object
        ) -> Filled:
            make_filled: Callable[..., Filled] = cls
            return make_filled(files=Files(root, files, directories), **own)

        return read(
            make,
            fields_of_format(document, FORMAT),
            {
                "place": text,
                "kept": flag,
                "root": text,
                "files": tuple_of(_file),
                "directories": tuple_of(pair_of(text, number)),
                "members": tuple_of(Member.from_json),
                "distributions": tuple_of(Origin.from_json),
                "matched": tuple_of(Matched.from_json),
                "left_out": tuple_of(text),
                "installed": text,
                "origins": tuple_of(pair_of(text, text)),
            },
        )


def _file(value: object) -> File:
    from ...documents import number, text

    if not isinstance(value, list) or len(value) != len(File._fields):
        raise ValueError("not a file")
    return File(text(value[0]), text(value[1]), number(value[2]))
