"""Wheels that were built before: which of them are used again, and where new ones are kept.

How they lie in pip's wheel cache is in ``wheels``, when pip looks for one in ``cache_lookup``.
"""

from __future__ import annotations

import os
from typing import Any, Iterator

from ..errors import OverrideError
from ..files import sha256_of_file
from ..rules.standards import normalise
from . import generated, recording, seams, wheels
from .file_names import version_in_file_name
from .seams import Call, Original
from .session import Session


def built_before(session: Session, original: Original, call: Call) -> Any:
    """Look for a wheel that was built under the rules of today; None where there is none.

    Args:
        original: pip's own look-up.
        call: of the look-up, for a source that has a name and is no directory.
    """
    cache, link, name = call["self"], call["link"], call["package_name"]
    if normalise(name) in session.filling.hashes:
        # What is hashed is the sdist; what was built of it before cannot be held to that.
        return None
    version = version_in_file_name(link.filename, name)
    try:
        own = session.rules_digest(name, version)
    except OverrideError:
        # The table needs a version that only the sources tell, or two contradict each other:
        # the preparation of those sources says so, if pip comes to it.
        return None
    _check_redirected(session, original, call)
    for key in _keys(cache, link):
        for digest, stored in wheels.stored_under(key):
            if own is None or digest != own or not session.still_fits(stored.members):
                continue
            if not session.settled_alike(stored.settled, session.filling.target):
                continue
            if stored.recorded != recording.wanted(session.overrides.record, own, stored.members):
                continue
            if stored.generated and session.overrides.generated == "error":
                # Built again, it ends in that error.
                continue
            entry = _entry(session, original, call, stored.directory)
            if entry is not None and _is(stored, entry.link.file_path):
                session.approved[entry.link.file_path] = (digest, stored)
                session.origins[entry.link.file_path] = link
                return entry
    # What a plain pip has built carries no record.
    if session.no_rule_can_matter() and session.overrides.record != "all":
        entry = call.to(original)
        if entry is not None:
            session.approved[entry.link.file_path] = ("", wheels.Stored("", {}, [], []))
            session.origins[entry.link.file_path] = link
        return entry
    return None


def _keys(cache: Any, link: Any) -> Iterator[str]:
    if cache.cache_dir:
        yield cache.get_path_for_link(link)
    yield cache.get_ephem_path_for_link(link)


def _entry(session: Session, original: Original, call: Call, directory: str) -> Any:
    session.look_up_in = directory
    try:
        return call.to(original)
    finally:
        session.look_up_in = ""


def _is(stored: wheels.Stored, path: str) -> bool:
    return stored.wheels.get(os.path.basename(path)) == sha256_of_file(path)


def _check_redirected(session: Session, original: Original, call: Call) -> None:
    """Make sure that pip's look-up goes where we send it, before a wrong wheel comes of it."""
    control = getattr(call["self"], "format_control", None)
    name = normalise(call["package_name"])
    if control is not None and "binary" not in control.get_allowed_formats(name):
        # pip 21.2 to 23.0 look for no wheel where the user said --no-binary.
        return
    session.was_led_there = False
    found = _entry(session, original, call, wheels.NOWHERE)
    if found is not None or not session.was_led_there:
        seams.passed_by(seams.CACHE_PATH)


def cache_dir(session: Session, original: Original, call: Call) -> str:
    """Choose the directory of the cache for a wheel that is about to be built."""
    req = call["req"]
    build = session.build_of(req)
    if build is None:
        seams.passed_by(seams.PREPARE)
    key: str = call.to(original)
    if build.rules_digest is None:
        # Built with a directory, whose content may be another tomorrow.
        key = call["wheel_cache"].get_ephem_path_for_link(req.link)
    members = _distinct(build.members)
    recorded = recording.wanted(session.overrides.record, build.rules_digest, members)
    place = wheels.place(
        key, build.rules_digest or "", build.settled, members, build.helped, recorded=recorded
    )
    session.places[place] = (build, key)
    return place


def keep(session: Session, wheel: str) -> None:
    """Make a wheel that was built, and found right, one that may be used again."""
    build, key = session.places[os.path.dirname(wheel)]
    members = _distinct(build.members)
    recorded = recording.wanted(session.overrides.record, build.rules_digest, members)
    wheels.record(
        wheel,
        key,
        build.rules_digest or "",
        build.settled,
        members,
        recorded=recorded,
        generated=generated.to_json(build.generated),
    )


def _distinct(members: list[Any]) -> list[Any]:
    keyed = {
        (
            member["name"],
            member["version"],
            member["source"],
            member["rules"] or "",
            member.get("borrowed", ""),
        ): member
        for member in members
    }
    return [keyed[key] for key in sorted(keyed)]
