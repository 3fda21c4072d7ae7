"""Whatever the parser is given, it reads it or refuses it; what it reads is what was written."""

from __future__ import annotations

import functools
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pip_build_override.rules import OverrideError, parse_overrides
from pip_build_override.rules.place import toml_key
from pip_build_override.rules.planning.declared import read_lines

from .conftest import LINUX
from .generated import attempt, fast, parse, requirements, tables


@fast
@given(st.text() | st.text("[]{}.=\"'#\\, \n*package.replacemovdbu012<>", max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    for name in ("a.toml", "a.txt", "pyproject.toml"):
        data, path = text.encode("utf-8", "surrogatepass"), f"/x/{name}"
        found = attempt(functools.partial(parse_overrides, data, path=path))
        if isinstance(found, OverrideError):
            assert found.message
            assert found.hint
            assert found.where.startswith(path)


@fast
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for name in ("a.toml", "a.txt"):
        found = attempt(functools.partial(parse_overrides, data, path=f"/x/{name}"))
        assert not isinstance(found, OverrideError) or found.hint


plain = st.booleans() | st.integers() | st.text(max_size=8) | requirements
values = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["replace", "remove", "name", "path", "from", "numpy", "env", "x y"])
            | st.text(max_size=3),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
options = st.sampled_from(
    ["replace", "remove", "add", "constrain", "requires", "no-binary", "constraint", "unused", "yaml"]
)


def inline(value: object) -> str:
    """Return a value as TOML writes it on one line."""
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key)} = {inline(item)}" for key, item in value.items())
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return json.dumps(value)


@fast
@given(
    st.dictionaries(options, values, max_size=3),
    st.sampled_from(["x", "*", "x>1", "x[y]", "", "ruamel.yaml"]),
)
def test_any_table_is_read_or_refused_at_its_place(table: dict[str, object], key: str) -> None:
    lines = [
        f"[package.{toml_key(key)}]",
        *(f"{option} = {inline(value)}" for option, value in table.items()),
    ]
    found = attempt(lambda: parse_overrides("\n".join(lines).encode(), path="/x/a.toml"))
    if isinstance(found, OverrideError):
        assert found.where.startswith("/x/a.toml: ")
        assert found.hint
    else:
        assert set(table) <= {"replace", "remove", "add", "constrain", "requires", "no-binary"}
        assert [read.where for read in found.tables] == [f"package.{toml_key(key)}"]


@fast
@given(tables())
def test_what_is_written_is_what_is_read(table: dict[str, Any]) -> None:
    overrides = parse({"x": table})
    if overrides is None:
        return
    (read,) = overrides.tables
    written: dict[str, Any] = {
        "replace": {
            name: [f"{entry.text}; {entry.marker}".rstrip("; ") for entry in entries]
            for name, entries in read.replace
        },
        "remove": [f"{entry.name}; {entry.marker}".rstrip("; ") for entry in read.remove],
        "add": [f"{entry.text}; {entry.marker}".rstrip("; ") for entry in read.add],
        "constrain": [f"{entry.text}; {entry.marker}".rstrip("; ") for entry in read.constrain],
    }
    if read.requires is not None:
        written = {
            "requires": [f"{entry.text}; {entry.marker}".rstrip("; ") for entry in read.requires],
            "constrain": written["constrain"],
        }
    again = parse({"x": written})
    assert again is not None
    assert again.tables == overrides.tables
    assert {key: len(value) for key, value in written.items()} == {
        key: len(table[key]) for key in written
    }


@fast
@given(st.lists(requirements, max_size=5))
def test_lines_of_a_txt_file_are_read_one_by_one(lines: list[str]) -> None:
    overrides = attempt(lambda: parse_overrides("\n".join(lines).encode(), path="/x/a.txt"))
    if isinstance(overrides, OverrideError):
        assert "no version satisfies both" in overrides.message
        return
    assert [table.where for table in overrides.tables] == [
        f"line {n}" for n in range(1, len(lines) + 1)
    ]
    assert [table.replace[0][0] for table in overrides.tables] == [
        line.name for line in read_lines(lines, LINUX)
    ]
