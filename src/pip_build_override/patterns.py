"""Regular expressions that are compiled on first use.

Compiling one takes as long as importing a small module, and most of the expressions that recognise
mistakes are never used. Standard library only.
"""

from __future__ import annotations

import re

# Not the one in typing: importing that takes longer than this module saves.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    def pattern(text: str, flags: int = 0) -> re.Pattern[str]:
        """Return a regular expression; to type checkers it is a compiled one."""

else:

    class pattern:  # noqa: N801 - called like the function re.compile
        """A regular expression with the methods of a compiled one."""

        def __init__(self, text: str, flags: int = 0) -> None:
            self._given = (text, flags)

        def __getattr__(self, name: str) -> Any:
            # Stored, so that the next access does not get here.
            found = getattr(re.compile(*self._given), name)
            setattr(self, name, found)
            return found
