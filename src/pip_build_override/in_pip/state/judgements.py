"""What was said of a build as a warning, and would have been an error under another setting.

A wheel that is used again is not prepared again, so what only a preparation tells is not looked at
again. What was found then is kept with the wheel. Under a setting that makes it an error the wheel is
not used: it is built again, and the build says what is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable

from ...errors import OverrideError
from ..builds import checks, generated
from ..builds.build import Build
from ..builds.member import Judgement, Told, put_together

if TYPE_CHECKING:
    from .messages import Messages
    from .rules_in_force import RulesInForce

UNUSED = "unused"
MISMATCH = "mismatch"
GENERATED = "generated"


class Judgements:
    """Judges builds by the settings of the overrides file.

    Args:
        rules_in_force: with the settings of today.
        messages: through which warnings are said once more.
    """

    def __init__(self, rules_in_force: RulesInForce, messages: Messages) -> None:
        self._rules = rules_in_force
        self._messages = messages

    def of_build(self, build: Build) -> Told:
        """What was said of a build so far, by the name of the setting."""
        unused = {UNUSED: self._noted(checks.unused(build))}
        return put_together(unused, self.of_generated(build))

    def of_generated(self, build: Build) -> Told:
        """What was said of generated files that a build has compiled, once it is done."""
        problems = generated.problems(build.label, build.generated)
        return put_together({GENERATED: self._noted(problems)})

    def of_misfits(self, misfits: Iterable[OverrideError]) -> Told:
        """What was said of a distribution that does not fit its neighbours in what is filled."""
        return put_together({MISMATCH: self._noted(misfits)})

    def would_stop(self, told: Told) -> bool:
        """Whether any of it is an error today."""
        return any(self._today(setting) == "error" for setting, entries in told.items() if entries)

    def say_again(self, told: Told) -> None:
        """Say it once more, for a wheel that is used again."""
        for setting, entries in told.items():
            if self._today(setting) != "warn":
                continue
            for entry in entries:
                where = entry.where and f"{self._rules.shown}: {entry.where}"
                error = OverrideError(entry.message, where=where, hint=entry.hint)
                self._messages.warn(str(error))

    def _today(self, setting: str) -> str:
        # A setting that a later version of the shim may have, and this one does not know, stops.
        return str(getattr(self._rules.overrides, setting, "error"))

    def _noted(self, errors: Iterable[OverrideError]) -> tuple[Judgement, ...]:
        # The file may have another name when this is said again.
        prefix = f"{self._rules.shown}: "
        return tuple(
            Judgement(
                error.message,
                error.where[len(prefix) :] if error.where.startswith(prefix) else error.where,
                error.hint,
            )
            for error in errors
        )
