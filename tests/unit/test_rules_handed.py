"""The rules of a run, as its pips hand them on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given

from pip_build_override import rules
from pip_build_override.rules import handed

from .generated import fast, files, parse

EVERYTHING = b"""
[package."a>=1"]
replace.b = [
    "b[x]==1; python_version < '3.12'",
    { requirement = "b==2; python_version >= '3.12'", hashes = ["sha256:%s"] },
]
replace.c = { name = "d", from = "target", specifier = ">=1", else = "declared", allow-sdist = true }
remove = ["e; os_name == 'posix'"]
add = [{ name = "f", from = "target", borrow = true }, { name = "g", path = "g-1.tar.gz" }]
constrain = ["h<2", "i"]

[package.j]
regenerate = true
requires = ["k"]
no-binary = true

[package."*"]
constrain = ["l<1"]

[settings]
unused = "warn"
record = "all"
mismatch = "error"
generated = "ignore"
""" % (b"0" * 64)


@pytest.fixture
def overrides(tmp_path: Path) -> rules.Overrides:
    (tmp_path / "g-1.tar.gz").touch()
    return rules.parse_overrides(EVERYTHING, path=str(tmp_path / "o.toml"))


def test_comes_back_as_it_was(overrides: rules.Overrides, tmp_path: Path) -> None:
    file = str(tmp_path / handed.FILE)
    handed.write(file, overrides, "key")
    found = handed.read(file, "key")
    assert found == overrides
    # Also in what a comparison does not see: sets are built of these.
    assert hash(found) == hash(overrides)


@fast
@given(files())
def test_any_file_comes_back(content: dict[str, dict[str, Any]]) -> None:
    overrides = parse(content)
    assume(overrides is not None)
    assert overrides is not None
    document = json.loads(json.dumps(handed.to_json(overrides, "key")))
    assert handed.from_json(document, "key") == overrides


def test_made_for_something_else(overrides: rules.Overrides, tmp_path: Path) -> None:
    file = str(tmp_path / handed.FILE)
    handed.write(file, overrides, handed.key(b"1", "/o.toml", ""))
    for key in (
        handed.key(b"2", "/o.toml", ""),
        handed.key(b"1", "/p.toml", ""),
        handed.key(b"1", "/o.toml", "[]"),
        handed.IN_THIS_RUN,
    ):
        assert handed.read(file, key) is None
    assert handed.read(file, handed.key(b"1", "/o.toml", "")) == overrides


def changed(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**document, **changes}


def test_what_does_not_fit_is_no_document(overrides: rules.Overrides, tmp_path: Path) -> None:
    document = handed.to_json(overrides, "key")
    table = document["overrides"]["tables"][0]
    for wrong in (
        None,
        changed(document, format=2),
        changed(document, overrides=None),
        changed(document, overrides={"tables": [], "unheard": 1}),
        changed(document, overrides={"shown": "o.toml"}),
        changed(document, overrides={"tables": [{}]}),
        changed(document, overrides={"tables": [changed(table, add=[{}])]}),
        changed(document, overrides={"tables": 3}),
    ):
        assert handed.from_json(wrong, "key") is None
    assert handed.read(str(tmp_path / "missing.json"), "key") is None
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    assert handed.read(str(tmp_path / "broken.json"), "key") is None
