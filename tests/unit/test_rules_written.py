"""Package tables as values, read from a file of each form and written again."""

from __future__ import annotations

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.rules import parse_overrides
from pip_build_override.rules.written import (
    form_of_tables,
    lines_of_table,
    lines_of_tables,
    own_part,
    tables_in,
)

TABLES = {
    "pyworld": {"replace": {"numpy": {"from": "target"}, "a.b": ["x", "y"]}, "no-binary": True},
    "h5py>=3": {"remove": ["pkgconfig"], "add": ["cython<3", {"name": "numpy", "from": "target"}]},
}


@pytest.mark.parametrize(("form", "name"), [("toml", "o.toml"), ("pyproject", "pyproject.toml")])
def test_what_is_written_is_read_again(form: str, name: str) -> None:
    text = "\n".join(lines_of_tables(TABLES, form))
    assert tables_in(text.encode(), form) == TABLES
    assert tables_in(b"\xef\xbb\xbf" + text.encode(), form) == TABLES
    parsed = parse_overrides(text.encode(), path=f"/{name}").tables
    assert [table.name + table.specifier for table in parsed] == list(TABLES)


def test_the_lines_of_a_table() -> None:
    assert lines_of_tables(TABLES, "pyproject") == [
        "[tool.pip-build-override.package.pyworld]",
        'replace.numpy = { from = "target" }',
        'replace."a.b" = ["x", "y"]',
        "no-binary = true",
        "",
        '[tool.pip-build-override.package."h5py>=3"]',
        'remove = ["pkgconfig"]',
        'add = ["cython<3", { name = "numpy", from = "target" }]',
    ]
    assert lines_of_table("x", {"unknown": False, "requires": []}) == [
        "[package.x]",
        "requires = []",
        "unknown = false",
    ]
    settings = {"pin-compatible": {"a": ">={version}"}, "env": {"A": "1"}, "build-environment": "/e"}
    assert lines_of_table("x", {**settings, "add": ["b"]}) == [
        "[package.x]",
        'add = ["b"]',
        'env.A = "1"',
        'build-environment = "/e"',
        'pin-compatible.a = ">={version}"',
    ]


def test_a_txt_file_is_the_table_for_every_package() -> None:
    text = b"numpy==1.26.4  # old\nnumpy<2 ; python_version < '3.9'\n\ncython<3\n"
    assert tables_in(text, "txt") == {
        "*": {
            "replace": {
                "numpy": ["numpy==1.26.4", 'numpy<2 ; python_version < "3.9"'],
                "cython": "cython<3",
            }
        }
    }
    assert tables_in(b"# nothing\n", "txt") == {}
    assert form_of_tables("txt") == "toml"
    assert form_of_tables("pyproject") == "pyproject"
    with pytest.raises(OverrideError):
        tables_in(b"==1\n", "txt")


@pytest.mark.parametrize("document", [{}, {"tool": 1}, {"tool": {"other": {}}}])
def test_a_pyproject_without_rules(document: object) -> None:
    assert own_part(document, "pyproject") == {}
