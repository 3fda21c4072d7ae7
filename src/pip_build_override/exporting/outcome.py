"""What is written for another front end, and the list of all that cannot be said there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Unsaid:
    """One thing that a front end cannot say.

    Attributes:
        where: File and table.
        rule: The rule as in the file, such as ``replace.numpy``.
        package: The package that is built; ``*`` for every package.
        why: Why it cannot be said.
        hint: What to do about it; empty if only pip with the override can do it.
    """

    where: str
    rule: str
    package: str
    why: str
    hint: str = ""

    @property
    def message(self) -> str:
        """The place, the rule and the reason, in one line."""
        return f"{self.where}: {self.rule}: {self.why}"

    def to_json(self) -> dict[str, Any]:
        """Return it as a part of the JSON answer."""
        return dict(vars(self))


@dataclass(frozen=True)
class Written:
    """What is written for one front end.

    Attributes:
        text: The content of the file; it has comments only if nothing can be said.
        unsaid: What it does not say.
    """

    text: str
    unsaid: tuple[Unsaid, ...]
