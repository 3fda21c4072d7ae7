"""One pip command, from its creation to its exit status."""

from __future__ import annotations

import functools
import gc
import os
import sys
from typing import TYPE_CHECKING, Callable

from .. import switch
from ..errors import OverrideError
from . import front_end
from .internals import patches, seams
from .internals.endings import REFUSED, EndOfRun, Refusal, print_refusal
from .session import HANDLERS, OF_KEPT, OF_PINS, Session
from .state import nested_report

if TYPE_CHECKING:
    from .internals.protocols import Command, Options


def overridden(command: Command) -> Command:
    """Run a pip command under the override.

    Args:
        command: pip's command object.

    Returns:
        the same object, with its ``run`` and ``main`` replaced.
    """
    # Base of a relative path in the switch: pip has not changed the directory yet.
    started_in = os.getcwd()
    guard = _ResolverGuard()
    sys.meta_path.insert(0, guard)
    original = command.run
    last_words: list[str] = []

    def run(options: Options, args: list[str]) -> int:
        guard.leave()
        # Read first, because a session removes it from the environment, even if it cannot be created.
        report_to = os.environ.get(switch.ENVIRONMENT_DIRECTORY, "")
        # What is loaded stays until the end, so the collector of reference cycles need not look at it.
        getattr(gc, "freeze", int)()
        try:
            patches.apply(options, HANDLERS)
            session = Session(command.name, options, started_in)
            if session.rules.has_pins:
                patches.replace(options, OF_PINS)
            if session.store:
                patches.replace(options, OF_KEPT)
            if session.environments.outermost:
                front_end.check(session.command, session.rules, session.messages)
                session.announcements.note_hook()
        except OverrideError as error:
            return _refused(error, nested_report.hand_up_refusal(error, report_to))
        return _run(session, lambda: original(options, args), last_words)

    command.run = run
    command.main = _saying_last(command.main, last_words, guard)
    return command


class _ResolverGuard:
    """Stops a pip that reaches its resolver without calling the ``run`` that was put in place."""

    def __init__(self) -> None:
        self.error: OverrideError | None = None

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name in (seams.RESOLVE.module, seams.LEGACY_RESOLVE.module):
            try:
                seams.refuse_bypass(seams.RUN)
            except OverrideError as error:
                self.error = error
                # pip ends on an error of this kind; its exit status is corrected afterwards.
                raise Refusal(error) from None

    def leave(self) -> None:
        if self in sys.meta_path:
            sys.meta_path.remove(self)


def _run(session: Session, original: Callable[[], int], last_words: list[str]) -> int:
    status = REFUSED
    outcome = session.outcome
    try:
        with patches.in_force(session):
            status = original()
    except EndOfRun as end:
        # The error with which pip ends if its resolver does not try another version.
        raise end.original from None
    except Exception:
        # pip may wrap a refusal, or log it and continue, in which case it does not arrive here.
        if outcome.refusal is None:
            raise
    finally:
        try:
            outermost = session.environments.outermost
            if outcome.failures and outermost and (status != 0 or outcome.refusal is not None):
                from .output import failed_command

                last_words += failed_command.end(
                    *(session.command, session.rules, session.environments),
                    *(session.explained, outcome, session.ledger.used),
                )
        finally:
            # Even if the diagnosis fails: loans must be gone before pip cleans up.
            _end(session, succeeded=status == 0 and outcome.refusal is None)
    return status if outcome.refusal is None else _refused(outcome.refusal, not outermost)


def _end(session: Session, succeeded: bool) -> None:
    """End a command: pass its report to the outer pip, or print a summary."""
    try:
        session.messages.end(succeeded)
        if session.report_to is not None:
            session.nested_report.write(session.report_to)
        else:
            if not session.explained.wanted:
                if succeeded:
                    session.announcements.summarise()
                    session.announcements.warn_of_a_lost_hook()
                session.announcements.leave_word(session.outcome)
            session.messages.flush()
    finally:
        # Even if a report cannot be written: loans must be gone before pip cleans up.
        session.run_directory.close()


def _refused(error: OverrideError, handed_up: bool = False) -> int:
    switch.tell_watcher("refused")
    if not handed_up:
        print_refusal(error)
    return REFUSED


def _saying_last(
    main: Callable[..., int], last_words: list[str], guard: _ResolverGuard
) -> Callable[..., int]:
    """Wrap ``main`` to print what is known of failed builds after pip's own output."""

    @functools.wraps(main)
    def main_and_last_words(*args: object, **kwargs: object) -> int:
        try:
            status = main(*args, **kwargs)
            return status if guard.error is None else _refused(guard.error)
        finally:
            guard.leave()
            # A stream that was closed when Python started is None.
            if last_words and sys.stdout is not None:
                sys.stdout.flush()
            if last_words and sys.stderr is not None:
                sys.stderr.write("\n".join(["", *last_words, ""]))
                sys.stderr.flush()
            last_words.clear()

    return main_and_last_words
