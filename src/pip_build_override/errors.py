"""The one error that a user can cause."""

from __future__ import annotations


class OverrideError(Exception):
    """An override that cannot be honoured, told so that its author can mend it.

    URLs in it lose their secrets here: most of what is wrong quotes a requirement.

    :param message: what is wrong, and why.
    :param where: file and table, for example ``build-overrides.toml: package.pyworld``.
    :param hint: what to do about it; printed on a line of its own.
    """

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        from .urls import without_secrets  # most runs end without an error

        self.message = without_secrets(message)
        self.where = without_secrets(where)
        self.hint = without_secrets(hint)
        super().__init__(self.message)

    def to_json(self) -> dict[str, str]:
        """Return a document that ``from_json`` takes, for another process."""
        return {"message": self.message, "where": self.where, "hint": self.hint}

    @classmethod
    def from_json(cls, document: object) -> OverrideError:
        """Read a document.

        :raises ValueError: if it does not fit.
        """
        from .documents import fields, read, text

        return read(cls, fields(document), {"message": text, "where": text, "hint": text})

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text}\nhint: {self.hint}" if self.hint else text
