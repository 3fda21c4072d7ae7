"""The rules given on the command line of ``run``, in addition to an overrides file or instead of one.

``rules.command_line`` defines their meaning; ``run`` itself only passes them on to the pips below it.
``explain`` takes the same rules.
"""

from __future__ import annotations


class CommandLine:
    """The rules given on the command line of ``run``.

    Args:
        constrain: Limits on every build environment, in the syntax of ``constrain`` in the file.
        set: Texts of the form ``PACKAGE: REQUIREMENT``.
        as_of: The moment up to which files are candidates for every build environment, as text; empty
            for no limit.
    """

    def __init__(
        self,
        constrain: tuple[str, ...] = (),
        set: tuple[str, ...] = (),  # noqa: A002 - the option is called so
        as_of: str = "",
    ) -> None:
        self.constrain = constrain
        self.set = set
        self.as_of = as_of

    def __bool__(self) -> bool:
        return bool(self.constrain or self.set or self.as_of)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CommandLine) and vars(self) == vars(other)

    def dump(self) -> str:
        """Return the rules as text for an environment variable, or "" if there are none."""
        if not self:
            return ""
        import json  # most runs do not need it

        return json.dumps([self.constrain, self.set, self.as_of])

    def words(self) -> list[str]:
        """Return the rules as the options of a command."""
        options = (("--constrain", self.constrain), ("--set", self.set), ("--as-of", (self.as_of,)))
        return [word for option, texts in options for text in texts if text for word in (option, text)]

    @classmethod
    def load(cls, text: str) -> CommandLine:
        """Return the rules that ``dump`` wrote as this text."""
        if not text:
            return cls()
        import json

        constrain, settings, as_of = json.loads(text)
        return cls(tuple(constrain), tuple(settings), as_of)
