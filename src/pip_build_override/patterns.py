"""Regular expressions that are compiled when they are first used.

To compile one costs as much as to import a small module, and most of those that tell what a person
meant are never used. Standard library only.
"""

from __future__ import annotations

import re

# Not that of typing, whose import costs more than this module is to spare.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    def pattern(text: str, flags: int = 0) -> re.Pattern[str]:
        """Return a regular expression: for type checkers, one that is compiled."""

else:

    class pattern:  # noqa: N801 - called like the function re.compile
        """A regular expression, with the methods of one that is compiled."""

        def __init__(self, text: str, flags: int = 0) -> None:
            self._given = (text, flags)

        def __getattr__(self, name: str) -> Any:
            # Kept, so that the next use finds the method itself.
            found = getattr(re.compile(*self._given), name)
            setattr(self, name, found)
            return found
