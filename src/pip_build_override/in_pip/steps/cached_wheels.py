"""Wheels that were built before: which of them are used again, and where new ones are kept.

How they lie in pip's wheel cache is in ``wheels``, when pip looks for one in ``cache_lookup``.
"""

from __future__ import annotations

import json
import os
from typing import Any, Iterator, NamedTuple

from ...errors import OverrideError
from ...files import Json, sha256_of_file
from ...frozen import replace
from ...rules.standards import normalise
from ..builds import checks, link_contents, manifest, wheel_record, wheels
from ..builds.build import Build
from ..builds.manifest import Manifest
from ..internals import seams
from ..internals.file_names import version_in_file_name
from ..internals.objects import isolates_builds
from ..internals.seams import Call, Original
from ..session import Session
from ..state import judgements
from . import setup_py


class _Today(NamedTuple):
    """How a source would be built if no wheel of it were found.

    Args:
        rules: digest of the rules of its build, None if what is built under them cannot be told apart.
        besides: digest of the rules that act also if there is no build environment.
        isolated: whether there is one, as far as the options of pip's command tell.
        named: whether a table of the package's own has a rule for it.
    """

    rules: str | None
    besides: str
    isolated: bool
    named: bool


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
        today = _today(session, name, version)
    except OverrideError:
        # The table needs a version that only the sources tell, or two contradict each other:
        # the preparation of those sources says so, if pip comes to it.
        return None
    _check_redirected(session, original, call)
    for key in _keys(session, cache, link):
        for directory, stored in wheels.stored_under(key):
            if not _fits(session, stored, today):
                continue
            entry = _entry(session, original, call, directory)
            if entry is not None and _is(stored, entry.link.file_path):
                session.approved[entry.link.file_path] = (stored.rules, stored)
                session.origins[entry.link.file_path] = link
                return entry
    if _is_as_plain_pip_builds(session, today):
        entry = call.to(original)
        if entry is not None:
            session.approved[entry.link.file_path] = ("", Manifest(""))
            session.origins[entry.link.file_path] = link
        return entry
    return None


def _today(session: Session, name: str, version: str | None) -> _Today:
    isolated = isolates_builds(session.options)
    besides = session.rules_digest(name, version, isolated=False) or ""
    rules = session.rules_digest(name, version)
    selection = session.selection(name, version)
    if not isolated and not checks.against_no_isolation(selection):
        # Rules for all packages leave alone what has no build environment.
        rules = besides
    return _Today(rules, besides, isolated, selection.named)


def _fits(session: Session, stored: Manifest, today: _Today) -> bool:
    """Return whether a build of today would come to what is stored."""
    return (
        _is_built_alike(session, stored, today)
        and link_contents.is_same_file(stored.source)
        and session.settled_alike(stored.settled, session.filling.target)
        and stored.recorded
        == wheel_record.wanted(session.overrides.record, stored.rules, stored.members)
        and not judgements.would_stop(session, stored.told)
    )


def _is_built_alike(session: Session, stored: Manifest, today: _Today) -> bool:
    if stored.environment == manifest.ISOLATED and today.isolated:
        return stored.rules == today.rules and session.still_fits(stored.members)
    if stored.environment == manifest.ISOLATED and today.rules != today.besides:
        # Its own table would refuse a build without isolation, and need not: it was built as it asks.
        return stored.rules == today.rules and session.still_fits(stored.members)
    if stored.environment == manifest.ISOLATED:
        # pip does not tell wheels apart by that, and no rule had a part in this one.
        return stored.rules == today.besides and not any(m["rules"] != "" for m in stored.members)
    if stored.environment == manifest.SETUP_PY and today.isolated and not today.named:
        # Rules for all packages leave it to its setup.py.
        return stored.rules == today.besides and setup_py.builds_by_setup_py(session.options)
    if today.rules != today.besides or stored.rules != today.besides:
        return False
    if stored.environment == manifest.NO_ISOLATION and today.isolated:
        # Today it would have a build environment, in which rules could have a part.
        return session.no_rule_can_matter()
    return stored.environment == manifest.NO_ISOLATION or setup_py.builds_by_setup_py(session.options)


def _is_as_plain_pip_builds(session: Session, today: _Today) -> bool:
    """Return whether a wheel of which there is no manifest may be used: one of a plain pip's."""
    overrides = session.overrides
    if overrides.record == "all":
        # It carries no record.
        return False
    if not today.isolated:
        return today.rules == ""
    # What it was built with cannot be compared with what it will run with.
    return session.no_rule_can_matter() and overrides.mismatch != "error"


def _keys(session: Session, cache: Any, link: Any) -> Iterator[str]:
    if cache.cache_dir and not (session.filling.depth and link_contents.changes(link)):
        yield cache.get_path_for_link(link)
    yield cache.get_ephem_path_for_link(link)


def _entry(session: Session, original: Original, call: Call, directory: str) -> Any:
    session.look_up_in = directory
    try:
        return call.to(original)
    finally:
        session.look_up_in = ""


def _is(stored: Manifest, path: str) -> bool:
    try:
        return stored.wheels.get(os.path.basename(path)) == sha256_of_file(path)
    except OSError:
        return False


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
    known = _known(session, build)
    key: str = call.to(original)
    if build.rules_digest is None or (known.helped and not _can_be_compared(session, known)):
        # Built with a directory, say, whose content may be another tomorrow.
        key = call["wheel_cache"].get_ephem_path_for_link(req.link)
    place = wheels.place(key, known)
    session.places[place] = (build, key)
    return place


def _can_be_compared(session: Session, known: Manifest) -> bool:
    return not (
        any(map(link_contents.may_change, known.members))
        or (session.filling.depth and known.source.get("changes"))
    )


def moved(session: Session, wheel: str) -> str:
    """Take a wheel out of the place that was chosen for it before its backend ran a pip under rules.

    Returns:
        where it is then: in a directory of our own, so that no pip finds it under a key of its own.
    """
    build, key = session.places[os.path.dirname(wheel)]
    if not build.ran_overridden_pips:
        return wheel
    place = wheels.place(key, _known(session, build))
    os.makedirs(place, exist_ok=True)
    path = os.path.join(place, os.path.basename(wheel))
    os.replace(wheel, path)
    session.places[place] = (build, key)
    return path


def keep(session: Session, wheel: str) -> None:
    """Make a wheel that was built, and found right, one that may be used again."""
    build, key = session.places[os.path.dirname(wheel)]
    known = _known(session, build)
    if known.environment == manifest.ISOLATED and not known.recorded:
        known = replace(known, beside=wheel_record.record_of(session, build).to_json())
    wheels.record(wheel, key, known)


def _known(session: Session, build: Build) -> Manifest:
    """Return what is known of a build before it is done."""
    environment = manifest.ISOLATED
    if not build.has_environment:
        environment = manifest.SETUP_PY if build.isolated else manifest.NO_ISOLATION
    members = _distinct(build.members)
    return Manifest(
        manifest.UNKNOWN if build.rules_digest is None else build.rules_digest,
        environment,
        link_contents.noted(build.req, build.req.link, build.req.source_dir),
        tuple(build.settled),
        members,
        judgements.of_build(session, build),
        recorded=wheel_record.wanted(session.overrides.record, build.rules_digest, members),
    )


def _distinct(members: list[Json]) -> tuple[Json, ...]:
    by_text = {json.dumps(member, sort_keys=True): member for member in members}
    return tuple(by_text[text] for text in sorted(by_text))
