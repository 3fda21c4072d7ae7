"""What makes the command fail: a refusal of ours, or a build that failed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Iterable, Iterator

from ...files import Json
from ...frozen import Frozen

if TYPE_CHECKING:
    from ...diagnosis import Failure
    from ...errors import OverrideError
    from ..internals.endings import Refusal


class FailedBuild(Frozen):
    """A build that failed.

    Args:
        depth: the depth of the environment that it was built for.
        failure: what is known of it.
    """

    depth: int
    failure: Failure

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return {"depth": self.depth, "failure": self.failure.to_json()}

    @classmethod
    def from_json(cls, document: object) -> FailedBuild:
        """Read a document.

        Raises:
            ValueError: if it is not a valid document.
        """
        from ...diagnosis import Failure
        from ...documents import fields, number, read

        return read(cls, fields(document), {"depth": number, "failure": Failure.from_json})


class Outcome:
    """Whether the command may still succeed.

    Attributes:
        refusal: the first refusal; None if there is none.
        failure: the error of a build that failed under an override; None if none did.
        failures: what is known of each build that failed, also in nested pips, the innermost first.
        failed_overridden: whether a build failed under an override, here or in a nested pip.
    """

    def __init__(self) -> None:
        self.refusal: OverrideError | None = None
        self.failure: Exception | None = None
        self.failures: list[FailedBuild] = []
        self.failed_overridden = False

    def refuse(self, error: OverrideError) -> Refusal:
        """Remember a refusal, because pip swallows some exceptions, and return the exception for it."""
        from ..internals.endings import Refusal  # loaded when the pip command starts

        self.refusal = self.refusal or error
        return Refusal(error)

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Forget a refusal in the context if it ends with an exception."""
        before = self.refusal
        try:
            yield
        except BaseException:
            self.refusal = before
            raise

    def fail_overridden(self, failure: Exception | None = None) -> None:
        """Note that a build failed under an override.

        Args:
            failure: the error, if pip must not try another version after it.
        """
        self.failed_overridden = True
        self.failure = failure or self.failure

    def note_failure(self, failed: FailedBuild) -> None:
        """Note what is known of a build that failed."""
        self.failures.append(failed)

    def end_if_failed(self) -> None:
        """End the run if pip continues after a build failed under an override.

        Raises:
            EndOfRun: with that failure. pip 21.2 and 21.3 try older releases, as do 22.0 and 22.1
                with backtrack-on-build-failures.
        """
        if self.failure is not None:
            from ..internals.endings import EndOfRun

            raise EndOfRun(self.failure)

    def take(self, failed_overridden: bool, failures: Iterable[FailedBuild]) -> None:
        """Take over the report of a nested pip.

        Args:
            failed_overridden: whether a build failed under an override there.
            failures: what is known of each build that failed there.
        """
        self.failed_overridden = self.failed_overridden or failed_overridden
        self.failures.extend(failures)
