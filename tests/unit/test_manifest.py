"""What lies beside a cached wheel: read only if it is what we write."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from pip_build_override import rules
from pip_build_override.files import sha256_of_file
from pip_build_override.frozen import replace
from pip_build_override.in_pip.builds import wheels
from pip_build_override.in_pip.builds.link_contents import ContentNote
from pip_build_override.in_pip.builds.manifest import FORMAT, Manifest
from pip_build_override.in_pip.builds.member import Judgement, Member
from pip_build_override.in_pip.target.settled import Settled

from .malformed import malformed, taken

SETTLED = Settled("numpy", rules.Source("target"), (">=1",), "numpy==1.0", "1.0")
TOLD = {"unused": (Judgement("unused-rule", "m", "package.x", "h"),)}
MEMBER = Member("numpy", "1.0", source=True, rules=None)
FULL = Manifest(
    "digest",
    source=ContentNote("/x-1.0.zip", "ab"),
    settled=(SETTLED,),
    members=(MEMBER, replace(MEMBER, rules="", borrowed="b", settled=(SETTLED,), told=TOLD)),
    told=TOLD,
    beside={"name": "x"},
    wheels={"x-1.0-py3-none-any.whl": "cd"},
)


def written(manifest: Manifest) -> Any:
    return json.loads(json.dumps(manifest.to_json()))


@pytest.mark.parametrize("manifest", [FULL, Manifest("")])
def test_what_is_written_is_read(manifest: Manifest) -> None:
    assert Manifest.from_json(written(manifest)) == manifest


def test_a_field_that_is_something_else() -> None:
    # What is in a record is read only to be put into a report.
    also = {"beside": (None, {"x": 7}, {"x": [7]})}
    assert taken(Manifest.from_json, malformed(written(FULL), also=also)) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("environment", "a venv"),
        ("source", {"file": 1, "sha256": ""}),
        ("settled", [{}]),
        ("settled", [{**SETTLED.to_json(), "key": None}]),
        ("members", [{}]),
        ("members", [{**MEMBER.to_json(), "rules": 1}]),
        ("members", [{**MEMBER.to_json(), "sha256": 1}]),
        ("told", {"unused": [{"message": "m"}]}),
        ("wheels", {"x-1.0-py3-none-any.whl": None}),
    ],
)
def test_something_else_further_below(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=field):
        Manifest.from_json({**written(FULL), field: value})


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        "manifest",
        # As it was before there was a number.
        {"rules": "", "settled": [], "members": [], "plain": False, "recorded": False, "wheels": {}},
        {**written(FULL), "format": FORMAT + 1},
        {**written(FULL), "format": str(FORMAT)},
    ],
)
def test_something_else(document: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        Manifest.from_json(document)


def test_a_directory_of_the_cache_with_something_else_in_it(tmp_path: Path) -> None:
    name = "x-1.0-py3-none-any.whl"
    key = str(tmp_path / "key")
    kept = FULL
    place = wheels.place(key, kept)
    os.makedirs(place)
    wheel = os.path.join(place, name)
    Path(wheel).write_bytes(b"a wheel")
    wheels.record(wheel, key, kept)
    ((directory, found),) = wheels.stored_under(key)
    assert os.path.join(key, directory) == place
    assert found.wheels == {name: sha256_of_file(wheel)}

    manifest = Path(place, "build-override.json")
    text = manifest.read_bytes()
    for other in (
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"[" * 100_000,
        text.replace(b'"wheels": {', b'"wheels": [{'),
    ):
        manifest.write_bytes(other)
        assert list(wheels.stored_under(key)) == []
    # The next wheel of that source takes its place.
    wheels.record(wheel, key, kept)
    assert manifest.read_bytes() == text

    manifest.unlink()
    manifest.mkdir()
    assert list(wheels.stored_under(key)) == []
    # There it cannot be written, and so the wheel is never used again.
    wheels.record(wheel, key, kept)
    assert list(wheels.stored_under(key)) == []
    assert list(wheels.stored_under(str(tmp_path / "nothing"))) == []


@pytest.mark.parametrize(
    ("manifest", "plain"),
    [
        (Manifest(""), True),
        (Manifest("digest"), False),
        (Manifest("", members=(replace(MEMBER, rules=""),)), True),
        (Manifest("", members=(replace(MEMBER, rules="digest"),)), False),
        # What is not known counts.
        (Manifest("", members=(MEMBER,)), False),
        (Manifest("", recorded=True), False),
    ],
)
def test_what_is_stored_as_pip_stores_it(manifest: Manifest, plain: bool, tmp_path: Path) -> None:
    key = str(tmp_path)
    assert (wheels.place(key, manifest) == key) == plain
    # Not over what is there.
    (tmp_path / "x-1.0-py3-none-any.whl").write_bytes(b"another wheel")
    assert wheels.place(key, manifest) != key
