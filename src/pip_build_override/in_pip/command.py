"""One pip command, from the moment it is made to its exit status."""

from __future__ import annotations

import os
from typing import Any

from .. import switch
from ..errors import OverrideError
from . import diagnosing, diagnosis_told, handover, patches
from .session import Session
from .stop import REFUSED, EndOfRun, print_refusal


def overridden(command: Any) -> Any:
    """Run a pip command under the override.

    Args:
        command: pip's command object; it is returned with its ``run`` replaced.

    Raises:
        SystemExit: where this pip is not as known.
    """
    # Where a relative path of the switch is taken from: pip has not changed directory yet.
    started_in = os.getcwd()
    original = command.run
    try:
        patches.apply()
    except OverrideError as error:
        # Known here already, but pip prints and exits more orderly from within its command; and
        # --help works on.
        unknown: Any = error
    else:
        unknown = None

    def run(options: Any, args: list[str]) -> Any:
        if unknown is not None:
            return _refused(unknown, handover.hand_up_refusal(unknown))
        try:
            session = Session(command.name, options, started_in)
        except OverrideError as error:
            return _refused(error, handover.hand_up_refusal(error))
        return _run(session, lambda: original(options, args))

    command.run = run
    diagnosis_told.after_all_else(command)
    return command


def _run(session: Session, original: Any) -> Any:
    status: Any = REFUSED
    try:
        with patches.in_force(session), diagnosing.listening(session):
            status = original()
    except EndOfRun as end:
        # As pip would have it, had its resolver not gone on to another version.
        raise end.original from None
    except Exception:
        # A refusal may come up in pip's own wrapping, or not at all where pip logs and goes on.
        if session.refusal is None:
            raise
    finally:
        try:
            if status != 0 and session.refusal is None:
                diagnosis_told.keep_for_the_end(session)
        finally:
            # Whatever comes of a diagnosis: what is lent must not be there when pip cleans up.
            session.close(succeeded=status == 0 and session.refusal is None)
    return status if session.refusal is None else _refused(session.refusal, not session.outermost)


def _refused(error: OverrideError, handed_up: bool = False) -> int:
    switch.tell_watcher("refused")
    if not handed_up:
        print_refusal(error)
    return REFUSED
