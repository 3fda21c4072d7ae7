"""Wheels that do not fit what they will run with: found before they are installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, Iterator

from ... import records
from ...errors import OverrideError
from ...rules.lines import name_of
from ...rules.standards import normalise
from ..builds import wheel_record

if TYPE_CHECKING:
    from ..session import Session


def check(session: Session, chosen: Iterable[Any]) -> None:
    """Compare what was built, or was found built, with what the target will have.

    Args:
        chosen: what pip's resolver has settled on.

    Raises:
        OverrideError: where something does not fit, and ``[settings] mismatch`` is "error".
    """
    # pip download and lock prepare metadata, and build nothing that could misfit.
    builds = session.command in ("install", "wheel")
    if session.overrides.mismatch == "ignore" or session.explain or not builds:
        return
    for req in chosen:
        record = _record(session, req)
        if record is None:
            continue
        for name in _needed(req):
            try:
                error = _misfit(session, record, name)
            except OverrideError as unclear:
                # Which version the target will have cannot be told.
                error = OverrideError(
                    f"whether {record.label} fits what it will run with cannot be told:"
                    f" {unclear.message}",
                    hint=unclear.hint,
                )
            if error is None:
                continue
            if session.overrides.mismatch == "error":
                raise error
            session.filling.misfits.setdefault(normalise(req.name), []).append(error)
            text = str(error)
            if text not in session.misfits:
                session.misfits.append(text)


def _record(session: Session, req: Any) -> records.Record | None:
    build = session.build_of(req)
    if build is not None:
        complete = build.has_environment and build.environment
        return wheel_record.record_of(session, build) if complete else None
    record = wheel_record.in_cached_wheel(session, req)
    if record is None and req.link is not None and req.link.is_file:
        # One that carries no record; what is known of it was kept beside it.
        _, stored = session.approved.get(req.link.file_path, ("", None))
        if stored is not None and stored.beside is not None:
            try:
                return records.from_json(stored.beside)
            except ValueError:
                return None
    return record


def _needed(req: Any) -> Iterator[str]:
    """List what a package needs at run time, by the metadata that pip has of it."""
    if req.link.is_wheel:
        lines = records.requirements_of_wheel(req.link.file_path)
    else:
        lines = req.metadata.get_all("Requires-Dist") or []
    for text in wheel_record.applying(lines, req.extras):
        yield name_of(text)


def _misfit(session: Session, record: records.Record, name: str) -> OverrideError | None:
    held = record.held(name)
    standing = session.filling.target.standing(name)
    if held is None or standing is None:
        return None
    verdict = records.fits(name, held.version, standing.version)
    if verdict.fits:
        return None
    prefix = "tool.pip-build-override." if session.overrides.form == "pyproject" else ""
    mend = records.mend(record, name, standing.version, prefix)
    return OverrideError(
        f"{record.label} is built against {name} {held.version}, and will run with {name}"
        f" {standing.version}: {verdict.reason}",
        hint=f"put this into {session.overrides.shown or 'an overrides file'} ({mend.reason}):\n"
        f"{mend.text}",
    )
