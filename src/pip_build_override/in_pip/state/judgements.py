"""What was said of a build as a warning, and would have been an error under another setting.

A wheel that is used again is not prepared again, so nothing is looked at that only a preparation
tells. What was found then is kept with the wheel. Under a setting that makes it an error the wheel is
not used: it is built again, and the build says what is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, Iterable, List, Mapping

from ...errors import OverrideError
from ...files import Json
from ..builds import checks, generated
from ..builds.build import Build

if TYPE_CHECKING:
    from ..session import Session

Told = Dict[str, List[Json]]

UNUSED = "unused"
MISMATCH = "mismatch"
GENERATED = "generated"


def of_build(session: Session, build: Build) -> Told:
    """Return what was said of a build so far, by the name of the setting."""
    unused = {UNUSED: _as_json(session, checks.unused(build))}
    return put_together(unused, of_generated(session, build))


def of_generated(session: Session, build: Build) -> Told:
    """Return what was said of generated files that a build has compiled, once it is done."""
    problems = generated.problems(build.label, build.generated)
    return put_together({GENERATED: _as_json(session, problems)})


def of_misfits(session: Session, name: str) -> Told:
    """Return what was said of a distribution that does not fit its neighbours in what is filled."""
    return put_together({MISMATCH: _as_json(session, session.filling.misfits.get(name, ()))})


def put_together(*parts: Mapping[str, list[Json]]) -> Told:
    """Return all of it, without settings that nothing is there for."""
    found: Told = {}
    for part in parts:
        for setting, entries in part.items():
            if entries:
                found.setdefault(setting, []).extend(entries)
    return found


def would_stop(session: Session, told: Mapping[str, list[Json]]) -> bool:
    """Return whether any of it is an error today."""
    return any(_today(session, setting) == "error" for setting, entries in told.items() if entries)


def tell_again(session: Session, told: Mapping[str, list[Json]]) -> None:
    """Say it once more, for a wheel that is used again."""
    for setting, entries in told.items():
        if _today(session, setting) != "warn":
            continue
        for entry in entries:
            where = entry["where"] and f"{session.overrides.shown}: {entry['where']}"
            session.warn(str(OverrideError(entry["message"], where=where, hint=entry["hint"])))


def _today(session: Session, setting: str) -> str:
    # A setting that a later version of the shim may have, and this one does not know, stops.
    return str(getattr(session.overrides, setting, "error"))


def _as_json(session: Session, errors: Iterable[OverrideError]) -> list[Json]:
    # The file may have another name when this is said again.
    prefix = f"{session.overrides.shown}: "
    return [
        {
            "message": error.message,
            "where": error.where[len(prefix) :] if error.where.startswith(prefix) else error.where,
            "hint": error.hint,
        }
        for error in errors
    ]
