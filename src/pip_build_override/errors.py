"""The only error that a user can cause."""

from __future__ import annotations


class OverrideError(Exception):
    """An override that cannot be honoured, described so that its author can fix it.

    Secrets in URLs are removed here, because most messages quote a requirement.

    Args:
        message: What is wrong, and why.
        kind: The name of its kind, one of those in ``findings``.
        where: File and table, for example ``build-overrides.toml: package.pyworld``.
        hint: What to do about it; printed on a separate line.
    """

    def __init__(self, message: str, *, kind: str, where: str = "", hint: str = "") -> None:
        from .urls import without_secrets  # most runs end without an error

        self.message = without_secrets(message)
        self.kind = kind
        self.where = without_secrets(where)
        self.hint = without_secrets(hint)
        super().__init__(self.message)

    def to_json(self) -> dict[str, str]:
        """Return the error as a document that another process can pass to ``from_json``."""
        return {"kind": self.kind, "message": self.message, "where": self.where, "hint": self.hint}

    @classmethod
    def from_json(cls, document: object) -> OverrideError:
        """Return the error that a document describes.

        Raises:
            ValueError: If the document is not one written by ``to_json``.
        """
        from .documents import fields, read, text

        return read(cls, fields(document), {"kind": text, "message": text, "where": text, "hint": text})

    @property
    def shown(self) -> str:
        """The error as it is printed, with the name of its kind."""
        return named(str(self), self.kind)

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text}\nhint: {self.hint}" if self.hint else text


def named(text: str, kind: str) -> str:
    """Return a message with the name of its kind in brackets at the end of its first line."""
    first, line_end, rest = text.partition("\n")
    return f"{first} [{kind}]{line_end}{rest}"
