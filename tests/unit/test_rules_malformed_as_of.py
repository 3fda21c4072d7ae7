"""Malformed ``as-of``, in a file and on the command line, and what contradicts it."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Callable

import pytest

from pip_build_override.command_line import CommandLine
from pip_build_override.rules import OverrideError, Overrides, parse_overrides, with_command_line

from ..support.hints import follows

Refusal = Callable[..., OverrideError]

# The value, what is wrong with it, and what to write instead; "D" is any date.
VALUES = [
    ("true", 'expected "release", a date or a time, found a boolean', "D"),
    ("2023", 'expected "release", a date or a time, found a number', "D"),
    ("2023.5", 'expected "release", a date or a time, found a number', "D"),
    ("['release']", 'expected "release", a date or a time, found a list', "D"),
    ("{ date = 2023-01-31 }", 'expected "release", a date or a time, found a table', "D"),
    ("10:30:00", 'expected "release", a date or a time, found a date or time', "D"),
    (
        "2023-01-31T10:30:00",
        "2023-01-31T10:30:00 does not say in which time zone",
        "2023-01-31T10:30:00Z",
    ),
    ("0001-01-01T00:00:00+01:00", "0001-01-01T00:00:00+01:00 cannot be converted to UTC", "D"),
    ("''", '"" is neither "release" nor a date or time (RFC 3339)', "D"),
    ("'Release'", '"Release" is neither "release" nor a date or time', '"release"'),
    ("'relaese'", '"relaese" is neither "release" nor a date or time', '"release"'),
    ("'uploaded'", '"uploaded" is neither "release" nor a date or time', '"release"'),
    ("'yesterday'", '"yesterday" is neither "release" nor a date or time (RFC 3339)', "D"),
    ("'P30D'", '"P30D" is a duration', "D"),
    ("'30 days ago'", '"30 days ago" is a duration', "D"),
    ("'2023'", '"2023" is neither "release" nor a date or time (RFC 3339)', "D"),
    ("'2023-01'", '"2023-01" is neither', "D"),
    ("'31.01.2023'", '"31.01.2023" is neither', "D"),
    ("'2023-02-30'", '"2023-02-30" is not a date of the calendar', "D"),
    ("'2023/1/31'", '"2023/1/31" is not a date of RFC 3339', "2023-01-31"),
    ("' 2023-01-31'", '" 2023-01-31" is not a date of RFC 3339', "2023-01-31"),
    ("'2023-01-31T10:30:00'", "does not say in which time zone", "2023-01-31T10:30:00Z"),
    ("'2023-01-31 10:30'", "does not say in which time zone", "2023-01-31T10:30:00Z"),
    ("'2023-01-31T10:30Z'", "is not a time of RFC 3339", "2023-01-31T10:30:00Z"),
    ("'2023-01-31T10:30:00.5 UTC'", "is not a time of RFC 3339", "2023-01-31T10:30:00.5Z"),
    ("'2023-01-31T10:30:00+0200'", "is not a time of RFC 3339", "2023-01-31T10:30:00+02:00"),
    ("'2023-01-31T25:30:00Z'", "is not a time of RFC 3339", "2023-01-31"),
    ("'2023-01-31T10:30:60Z'", "is not a time of RFC 3339", "2023-01-31"),
    ("'2023-01-31T10:30:00+24:00'", "is not a time of RFC 3339", "2023-01-31"),
    ("'0001-01-01T00:00:00+01:00'", "is not a time of RFC 3339", "0001-01-01"),
]
AS_OF = [
    *((f"as-of = {value}", message, "write as-of = ") for value, message, _ in VALUES),
    (
        "as-of = 2023-01-31\nbuild-environment = 'target'",
        "as-of limits what is installed, and nothing is installed into a build-environment",
        "keep one of as-of and build-environment",
    ),
    (
        "as-of = 2023-01-31\nsystem-site-packages = true",
        "with system-site-packages, the build also uses what the target has installed",
        "keep one of as-of and system-site-packages; a single distribution",
    ),
    ("as_of = 2023-01-31", "unknown key as_of", "did you mean as-of?"),
    ("uploaded-prior-to = '2023-01-31'", "unknown key uploaded-prior-to", "did you mean as-of"),
    ("exclude-newer = '2023-01-31'", "unknown key exclude-newer", "did you mean as-of"),
]


def _read(text: str) -> Overrides:
    return parse_overrides(text.encode(), path="/o.toml", shown="o.toml")


@pytest.mark.parametrize(("rules", "message", "hint"), AS_OF)
def test_what_is_refused(refusal: Refusal, rules: str, message: str, hint: str) -> None:
    error = refusal(f"[package.pyworld]\n{rules}\n")
    assert message in error.message
    assert error.hint.startswith(hint)
    assert error.where == "build-overrides.toml: package.pyworld"


@pytest.mark.parametrize(("value", "message", "instead"), VALUES)
def test_what_is_written_instead(value: str, message: str, instead: str) -> None:
    with pytest.raises(OverrideError) as caught:
        _read(f"[package.x]\nas-of = {value}\n")
    line = follows("write as-of = {}", f"hint: {caught.value.hint}").partition(" ")[2]
    written = line.partition(" = ")[2]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", written) if instead == "D" else written == instead
    assert _read(f"[package.x]\n{line}\n").tables[0].as_of
    if not value.startswith("'"):
        return
    # The same on the command line.
    with pytest.raises(OverrideError) as caught:
        with_command_line(Overrides(), CommandLine(as_of=value.strip("'") or " "))
    assert caught.value.where == "--as-of"
    if value != "''":
        assert message in caught.value.message
    option = follows("write --as-of {}", f"hint: {caught.value.hint}")
    overrides = with_command_line(Overrides(), CommandLine(as_of=option.rpartition(" ")[2]))
    assert overrides.tables[0].as_of == _read(f"[package.x]\n{line}\n").tables[0].as_of


def test_a_duration_is_answered_with_a_day_that_is_over() -> None:
    with pytest.raises(OverrideError) as caught:
        _read("[package.x]\nas-of = 'P3D'\n")
    assert caught.value.hint.rpartition(" ")[2] < datetime.now(timezone.utc).date().isoformat()


@pytest.mark.parametrize("other", ["build-environment = 'target'", "system-site-packages = true"])
def test_one_key_alone(other: str) -> None:
    with pytest.raises(OverrideError) as caught:
        _read(f"[package.x]\nas-of = 2023-01-31\n{other}\n")
    said = f"hint: {caught.value.hint}"
    if other.startswith("build"):
        follows("keep one of as-of and build-environment", said)
    else:
        hint = follows(
            "keep one of as-of and system-site-packages; a single distribution of the target can be"
            ' used beside as-of with add = [{ name = "NAME", from = "target", borrow = true }]',
            said,
        )
        _read(f"[package.x]\nas-of = 2023-01-31\n{hint.partition(' with ')[2]}\n")
    _read("[package.x]\nas-of = 2023-01-31\n")
    _read(f"[package.x]\n{other}\n")


@pytest.mark.parametrize(
    ("value", "as_of"),
    [
        ('"release"', "release"),
        ("2023-01-31", "2023-01-31"),
        ("'2023-01-31'", "2023-01-31"),
        ("2023-01-31T10:30:00Z", "2023-01-31T10:30:00Z"),
        ("2023-01-31 10:30:00.25+02:00", "2023-01-31T08:30:00.250000Z"),
        ("'2023-01-31t00:30:00.1234567+01:00'", "2023-01-30T23:30:00.123456Z"),
        ("'2023-01-31 23:30:00-01:30'", "2023-02-01T01:00:00Z"),
        ("'2023-01-31T23:59:59.999999Z'", "2023-01-31"),
    ],
)
def test_each_way_to_write_a_moment(value: str, as_of: str) -> None:
    (table,) = _read(f"[package.x]\nas-of = {value}\n").tables
    assert table.as_of == as_of
    assert not table.is_empty
    assert not table.builds
