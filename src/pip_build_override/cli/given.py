"""The rules that were given to ``run``."""

from __future__ import annotations

import os

from ..command_line import CommandLine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..rules import Overrides


class Given:
    """The rules that were given to this ``run``.

    Args:
        path: Absolute path of the overrides file.
        extra: The rules of the command line.
    """

    def __init__(self, path: str, extra: CommandLine) -> None:
        self.path = path
        self.extra = extra
        self.judged = False

    def overrides(self) -> Overrides:
        """Return the rules, for a message with which ``run`` ends.

        Raises:
            OverrideError: If they are invalid.
        """
        from .. import rules

        overrides = rules.parse_overrides(rules.read_file(self.path), path=self.path)
        return rules.with_command_line(overrides, self.extra)

    def judge(self, watch: str) -> None:
        """Read the rules once, and store them for all pips below.

        Args:
            watch: The directory in which they are stored.

        Raises:
            OverrideError: If they are invalid.
        """
        from .. import rules
        from ..rules import handed

        content = rules.read_file(self.path)
        overrides = rules.parse_overrides(content, path=self.path)
        overrides = rules.with_command_line(overrides, self.extra)
        key = handed.key(content, self.path, self.extra.dump())
        handed.write(os.path.join(watch, handed.FILE), overrides, key)
        self.judged = True

    def has_rules(self) -> bool:
        """Return whether any of the rules could affect a build.

        Raises:
            OverrideError: If they are invalid.
        """
        return any(table.builds or table.no_binary for table in self.overrides().tables)
