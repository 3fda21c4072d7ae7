"""Problems of a build that were warnings, and would have been errors under another setting.

A wheel that is used again is not prepared again, so problems that only a preparation finds are kept
with the wheel. If the current settings make such a problem an error, the wheel is not used: it is built
again, and the build raises the error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable

from ...errors import OverrideError
from ..builds import rule_checks
from ..builds.member import Judgement, Told, put_together

if TYPE_CHECKING:
    from ..builds.build import Build
    from .messages import Messages
    from .rules_in_force import RulesInForce

UNUSED = "unused"
MISMATCH = "mismatch"
GENERATED = "generated"


class Judgements:
    """Judges builds by the settings of the overrides file.

    Args:
        rules_in_force: the rules in force, with the current settings.
        messages: emits the warnings again.
    """

    def __init__(self, rules_in_force: RulesInForce, messages: Messages) -> None:
        self._rules = rules_in_force
        self._messages = messages

    def of_build(self, build: Build) -> Told:
        """Return the problems of a build so far, by the name of the setting."""
        unused = {UNUSED: self._noted(rule_checks.unused(build))}
        return put_together(unused, self.of_generated(build))

    def of_generated(self, build: Build) -> Told:
        """Return the problems of generated files that a finished build has compiled."""
        # Loaded already if anything was built; a wheel of the cache is used without it.
        from ..builds import generated

        problems = generated.problems(build.label, build.generated)
        return put_together({GENERATED: self._noted(problems)})

    def of_misfits(self, misfits: Iterable[OverrideError]) -> Told:
        """Return the problems of a distribution that does not fit the others in its environment."""
        return put_together({MISMATCH: self._noted(misfits)})

    def would_stop(self, told: Told) -> bool:
        """Return whether any of the problems is an error under the current settings."""
        return any(self._today(setting) == "error" for setting, entries in told.items() if entries)

    def say_again(self, told: Told) -> None:
        """Repeat the warnings for a wheel that is used again."""
        for setting, entries in told.items():
            if self._today(setting) != "warn":
                continue
            for entry in entries:
                where = entry.where and self._rules.overrides.where(entry.where)
                self._messages.warn(
                    OverrideError(entry.message, kind=entry.kind, where=where, hint=entry.hint)
                )

    def _today(self, setting: str) -> str:
        # A setting that only a later version of the shim knows counts as an error.
        return str(getattr(self._rules.overrides, setting, "error"))

    def _noted(self, errors: Iterable[OverrideError]) -> tuple[Judgement, ...]:
        # The file may have another name when the warning is repeated.
        prefix = self._rules.overrides.where("")
        return tuple(
            Judgement(
                error.kind,
                error.message,
                error.where[len(prefix) :] if error.where.startswith(prefix) else error.where,
                error.hint,
            )
            for error in errors
        )
