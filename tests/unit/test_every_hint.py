"""Every hint in the sources is followed by a test, or leaves a decision to the user.

If you add a hint: provoke its message in a test, pass the message to ``follows`` of
``tests/support/hints.py``, do what the hint says, and see that it is accepted and changes the outcome.
If only the user can know what to do, list the hint in ``DECISIONS``.

A hint of the readers of overrides files is followed by ``test_rules_hints.py`` as soon as a row of the
tables of malformed files there provokes it.
"""

from __future__ import annotations

import re

import pytest

from pip_build_override.rules import OverrideError, parse_overrides

from ..support.hints import follows, hints_followed, hints_in_sources, pattern
from .test_rules_hints import ROWS

HINTS = hints_in_sources()
FOLLOWED = {
    part: place
    for part, place in hints_followed().items()
    if not place.startswith("unit/test_every_hint")
}

# Why only the user can decide -> hints, or parts of them that no other hint has.
DECISIONS: dict[str, tuple[str, ...]] = {
    "it changes the system": (
        "install its module venv (on Debian and Ubuntu: apt install python3-venv)",
        "install them (on Debian and Ubuntu: apt install python3-dev)",
    ),
    "it takes another network or index": (
        "check the network, and the index that pip uses: pip config list",
        "check the network connection, --proxy and --index-url, then run the command again",
        "name another interpreter with --python, or use an index that has the wheel",
        "use an index that has the newest numpy; pip config list shows the one in use",
    ),
    "it is about what the user trusts": ("the index now serves another file for that version",),
    "it takes another release or other rules": (
        "install another version of {}",
        "change {} by hand",
        "install a newer release of {} (`pip index versions {}` lists them), or use an older Python",
    ),
    "it is a bug of ours": ("report this as a bug of pip-build-override",),
}

LISTED = [hint for hints in DECISIONS.values() for hint in hints]


def those_with(part: str) -> list[str]:
    return [hint for hint in HINTS if re.search(pattern(part), hint)]


def meant_by(part: str) -> str:
    """Return the hint that a part stands for: itself, or the first one that contains it."""
    return part if part in HINTS else next(iter(those_with(part)), "")


def of_rows() -> set[str]:
    """Return the hints that the rows of ``test_rules_hints.py`` provoke."""
    said = set()
    for name, text in ROWS:
        try:
            parse_overrides(text.encode(), path=f"/none/{name}")
        except OverrideError as error:
            said.add(error.hint)
    readers = {hint for hint, files in HINTS.items() if any("rules/reading" in file for file in files)}
    return {hint for hint in readers if any(re.search(pattern(hint), each) for each in said)}


COVERED = set(map(meant_by, (*FOLLOWED, *LISTED)))


def test_every_hint_is_followed_or_leaves_a_decision() -> None:
    covered = COVERED | of_rows()
    missing = [f"{files[0]}: {hint}" for hint, files in HINTS.items() if hint not in covered]
    assert not missing, "no test follows these, see the top of this module:\n" + "\n".join(missing)


def test_what_is_followed_or_listed_is_one_hint() -> None:
    wrong = []
    for part in (*FOLLOWED, *LISTED):
        found = those_with(part)
        if part not in found and len(found) != 1:
            wrong.append(f"{FOLLOWED.get(part, 'listed')}: {part!r} is in {found or 'no hint'}")
    assert not wrong, "\n".join(wrong)


def test_no_hint_is_listed_that_a_test_follows() -> None:
    followed = set(map(meant_by, FOLLOWED))
    assert [part for part in LISTED if meant_by(part) in followed] == []


def test_hints_are_found_however_they_are_passed() -> None:
    for file, hint in (
        ("cli/slips.py", "check the name of the command, and PATH"),
        # By position, through a variable, from a function, and within a message.
        ("diagnosis/from_command_line.py", "use --set '{}: {}' instead"),
        ("rules/command_line.py", "for every package, write --constrain {}"),
        ("engines/watched.py", "install it with pip; or accept this with --allow-unused"),
        ("rules/permissions.py", "chmod o-w {}"),
    ):
        assert file in HINTS[hint]
    assert len(HINTS) > 250


def test_the_hint_of_a_message() -> None:
    message = "error: no\nhint: use --set 'a: b' instead\n\nwarning: w\nhint: chmod o-w /x"
    assert follows("use --set '{}: {}' instead", message) == "use --set 'a: b' instead"
    assert follows("chmod o-w {}", message) == "chmod o-w /x"
    with pytest.raises(AssertionError, match=re.escape("chmod g-w {}")):
        follows("chmod g-w {}", message)
