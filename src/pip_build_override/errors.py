"""The only error that a user can cause."""

from __future__ import annotations


class OverrideError(Exception):
    """An override that cannot be honoured, described so that its author can fix it.

    Secrets in URLs are removed here, because most messages quote a requirement.

    Args:
        message: What is wrong, and why.
        where: File and table, for example ``build-overrides.toml: package.pyworld``.
        hint: What to do about it; printed on a separate line.
    """

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        from .urls import without_secrets  # most runs end without an error

        self.message = without_secrets(message)
        self.where = without_secrets(where)
        self.hint = without_secrets(hint)
        super().__init__(self.message)

    def to_json(self) -> dict[str, str]:
        """Return the error as a document that another process can pass to ``from_json``."""
        return {"message": self.message, "where": self.where, "hint": self.hint}

    @classmethod
    def from_json(cls, document: object) -> OverrideError:
        """Return the error that a document describes.

        Raises:
            ValueError: If the document is not one written by ``to_json``.
        """
        from .documents import fields, read, text

        return read(cls, fields(document), {"message": text, "where": text, "hint": text})

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text}\nhint: {self.hint}" if self.hint else text
