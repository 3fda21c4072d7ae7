"""The rules that ``run`` is given beside an overrides file, or in its place.

What they mean is for ``rules.command_line`` to say; ``run`` itself only hands them to the pips below.
"""

from __future__ import annotations


class CommandLine:
    """What ``run`` was given.

    Args:
        constrain: limits on every build environment, as the file's ``constrain`` has them.
        set: ``PACKAGE: REQUIREMENT`` each.
    """

    def __init__(self, constrain: tuple[str, ...] = (), set: tuple[str, ...] = ()) -> None:  # noqa: A002
        self.constrain = constrain
        self.set = set

    def __bool__(self) -> bool:
        return bool(self.constrain or self.set)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CommandLine) and vars(self) == vars(other)

    def dump(self) -> str:
        """Return it as text for an environment variable, empty if there is nothing."""
        if not self:
            return ""
        import json  # for most runs in vain

        return json.dumps([self.constrain, self.set])

    @classmethod
    def load(cls, text: str) -> CommandLine:
        """Return what ``dump`` was called on."""
        if not text:
            return cls()
        import json

        constrain, settings = json.loads(text)
        return cls(tuple(constrain), tuple(settings))
