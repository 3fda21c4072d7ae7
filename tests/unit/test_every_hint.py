"""Every hint in the sources is followed by a test, or leaves a decision to the user.

If you add a hint: provoke its message in a test, pass the message to ``follows`` of
``tests/support/hints.py``, do what the hint says, and see that it is accepted and changes the outcome.
If only the user can know what to do, list the hint in ``DECISIONS``.

The hints of the readers of overrides files are followed by ``test_rules_hints.py``.
"""

from __future__ import annotations

import re

import pytest

from ..support.hints import follows, hints_followed, hints_in_sources, pattern

READERS = "rules/reading/"
HINTS = {
    hint: files
    for hint, files in hints_in_sources().items()
    if not all(file.startswith(READERS) for file in files)
}
FOLLOWED = {
    part: place
    for part, place in hints_followed().items()
    if not place.startswith("unit/test_every_hint")
}

# Why only the user can decide -> hints, or parts of them that no other hint has.
DECISIONS: dict[str, tuple[str, ...]] = {}

# Followed by no test yet. This list may only shrink.
NOT_FOLLOWED: tuple[str, ...] = (
    "build the package with pip itself (pip wheel), or accept this with --allow-unused",
    "name another interpreter with --python, or use an index that has the wheel",
    "install its module venv (on Debian and Ubuntu: apt install python3-venv)",
    "read the output above; with --keep the directory is kept, so that you can look into it",
    "free some space, or set TMPDIR to a directory that has some",
    "check the network, and the index that pip uses: pip config list",
    "use an index that has the newest numpy, such as https://pypi.org/simple",
    "install them (on Debian and Ubuntu: apt install python3-dev)",
    "check the requirement and the index; if the build fails, pip wheel shows why",
    "run the same requirement with pip download there, and see what it prints",
    "report this as a bug of pip-build-override",
    "build it with pip: pip wheel --no-deps {}; or accept this with --allow-unused",
    "set package = sdist in [testenv], so that pip builds it; or accept this with --allow-",
    "install it with pip; or accept this with --allow-unused",
    "{}; or accept this with --allow-unused",
    "install this version in the environment of that pip too; or accept this with --allow-",
    "run the command without --no-index, or put {} into a directory that --find-links names",
    "check the network connection, --proxy and --index-url, then run the command again",
    "install another version of {}",
    "change {} by hand",
    "put its name before the URL: NAME @ {}",
    "{}add {}==VERSION to this command or to a constraints file, or install {} first, so t",
    "build it from sources without generated files, such as a checkout of its repository (",
    "remove the results of earlier builds there ({}), so that no copy is needed",
    "; or set TMPDIR to a directory with more room",
    "remove {} from the original sources",
    'set record = "none" under [settings], which leaves wheels unchanged',
    "build it with pip: pip wheel --no-deps DIRECTORY",
    "start the outer pip without Python's -S; pip-build-override status --python PYTHON sa",
    "use the same hashes in both, or hashes in one of them only",
    "the index now serves another file for that version; find out why first, and put its h",
    "run the command again",
    "use a pip that this pip-build-override knows (21.2 or later; the changelog names the ",
    "reinstall pip-build-override, or unset {}",
    "reinstall {}, then build without borrow, or fix the build so that it does not write t",
    "build with pip itself (pip wheel), or unset {}",
    "remove that from whatever starts this pip, such as tox.ini or a script, or do not use run",
    "run the command again, and do not let anything remove or change its temporary files w",
    "set {} to another file, or unset it",
    "see its message above, or run the command with pip -v",
    "change the backend so that it starts pip without -I, -E and -S, and passes PYTHONPATH",
    "add {} to this command or to a constraints file",
    "install what it is built with first, in a command of its own",
    "add {}==VERSION to this command or to a constraints file",
    "set no-binary = true in a table package.{} to build it from source",
    "install what it is built with, then, without the override, install it again with --no",
    "do not use --no-build-isolation, or remove the table",
    "do not use {}, or remove the table",
    "give pip an index or --find-links with setuptools and wheel, or remove the table",
    "if it is such a result, remove it from {}; if one of them is a source file, add it to",
    "restore those files, and have the requirement installed from the start: put {} into t",
    "remove them from {} first: {}",
    "remove them first: {}",
    "if one of them is a source file, add it to version control (git add -f), or build from an sdist",
    "reinstall the pip-build-override in {}",
)

LISTED = [*(each for hints in DECISIONS.values() for each in hints), *NOT_FOLLOWED]


def those_with(part: str) -> list[str]:
    return [hint for hint in HINTS if re.search(pattern(part), hint)]


def meant_by(part: str) -> str:
    """Return the hint that a part stands for: itself, or the first one that contains it."""
    return part if part in HINTS else next(iter(those_with(part)), "")


COVERED = set(map(meant_by, (*FOLLOWED, *LISTED)))


def test_every_hint_is_followed_or_leaves_a_decision() -> None:
    missing = [f"{files[0]}: {hint}" for hint, files in HINTS.items() if hint not in COVERED]
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
        ("cli/child.py", "check the name of the command, and PATH"),
        # By position, through a variable, from a function, and within a message.
        ("diagnosis/from_command_line.py", "use --set '{}: {}' instead"),
        ("rules/command_line.py", "for every package, write --constrain {}"),
        ("cli/watched.py", "install it with pip; or accept this with --allow-unused"),
        ("rules/permissions.py", "chmod o-w {}"),
    ):
        assert file in HINTS[hint]
    assert len(HINTS) > 150


def test_the_hint_of_a_message() -> None:
    message = "error: no\nhint: use --set 'a: b' instead\n\nwarning: w\nhint: chmod o-w /x"
    assert follows("use --set '{}: {}' instead", message) == "use --set 'a: b' instead"
    assert follows("chmod o-w {}", message) == "chmod o-w /x"
    with pytest.raises(AssertionError, match=re.escape("chmod g-w {}")):
        follows("chmod g-w {}", message)
