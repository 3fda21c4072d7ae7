"""What lies beside a cached wheel: read only if it is what we write."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from pip_build_override.files import sha256_of_file
from pip_build_override.in_pip.builds import wheels
from pip_build_override.in_pip.builds.manifest import FORMAT, Manifest, from_json

SETTLED = {
    "name": "numpy",
    "origin": "target",
    "borrow": False,
    "specifier": "",
    "otherwise": "",
    "allow_sdist": False,
    "declared": [">=1"],
    "key": "numpy==1.0",
    "version": "1.0",
}
TOLD = {"unused": [{"message": "m", "where": "package.x", "hint": "h"}]}
MEMBER = {"name": "numpy", "version": "1.0", "source": True, "rules": None}
FULL = Manifest(
    "digest",
    source={"file": "/x-1.0.zip", "sha256": "ab"},
    settled=(SETTLED,),
    members=(MEMBER, {**MEMBER, "rules": "", "borrowed": "b", "settled": [SETTLED], "told": TOLD}),
    told=TOLD,
    beside={"name": "x"},
    wheels={"x-1.0-py3-none-any.whl": "cd"},
)


def written(manifest: Manifest) -> Any:
    return json.loads(json.dumps(manifest.to_json()))


@pytest.mark.parametrize("manifest", [FULL, Manifest("")])
def test_what_is_written_is_read(manifest: Manifest) -> None:
    assert from_json(written(manifest)) == manifest


OTHERS: dict[str, Any] = {
    "rules": [None, 1],
    "environment": ["", "a venv", [], None],
    "source": [[], {"file": 1}, {"sha256": None}, {"changes": "yes"}],
    "settled": [{}, ["numpy"], [{**SETTLED, "key": None}], [{**SETTLED, "declared": ">=1"}], [{}]],
    "members": [
        {},
        ["numpy"],
        [{}],
        [{**MEMBER, "rules": 1}],
        [{**MEMBER, "borrowed": True}],
        [{**MEMBER, "settled": {}}],
        [{**MEMBER, "told": []}],
        [{**MEMBER, "sha256": 1}],
    ],
    "told": [[], {"unused": "m"}, {"unused": ["m"]}, {"unused": [{"message": "m"}]}],
    "beside": [[], "x"],
    "plain": [None, 0],
    "recorded": ["no"],
    "wheels": [[], ["x-1.0-py3-none-any.whl"], {"x-1.0-py3-none-any.whl": None}],
}


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in OTHERS.items() for value in values]
)
def test_a_field_that_is_something_else(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=field):
        from_json({**written(FULL), field: value})


@pytest.mark.parametrize("field", [*OTHERS, "format"])
def test_a_field_that_is_not_there(field: str) -> None:
    document = written(FULL)
    del document[field]
    with pytest.raises(ValueError, match="format" if field == "format" else field):
        from_json(document)


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
        {**written(FULL), "of a later one": True},
    ],
)
def test_something_else(document: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_json(document)


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
        (Manifest("", members=({**MEMBER, "rules": ""},)), True),
        (Manifest("", members=({**MEMBER, "rules": "digest"},)), False),
        # What is not known counts.
        (Manifest("", members=({**MEMBER, "rules": None},)), False),
        (Manifest("", recorded=True), False),
    ],
)
def test_what_is_stored_as_pip_stores_it(manifest: Manifest, plain: bool, tmp_path: Path) -> None:
    key = str(tmp_path)
    assert (wheels.place(key, manifest) == key) == plain
    # Not over what is there.
    (tmp_path / "x-1.0-py3-none-any.whl").write_bytes(b"another wheel")
    assert wheels.place(key, manifest) != key
