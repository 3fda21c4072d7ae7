"""Pins as read and combined, and their specifiers for a version."""

from __future__ import annotations

import pytest

from pip_build_override.records import compatible
from pip_build_override.rules import package, parse_overrides, plan, select
from pip_build_override.rules.handed import from_json, to_json
from pip_build_override.rules.pins import PLACEHOLDERS, fields_of, filled
from pip_build_override.rules.planning.declared import Declared
from pip_build_override.rules.reading.requirement import read_specifier
from pip_build_override.rules.standards import contains

from .conftest import LINUX
from .test_readme import page

RULES = """
[package."*"]
pin-compatible = ["numpy", "torch"]

[package.x]
pin-compatible.NumPy = " >= {version} , <2"
pin-compatible."zope.interface" = "=={major}.*"

[package."x>=2"]
pin-compatible = []
"""

# The specifiers of docs/pins.md, with what they are for numpy 1.11.2.
FILLED = [
    (">={version},<2", "1.11.2", ">=1.11.2,<2"),
    (">={version},=={major}.{minor}.*", "1.11.2", ">=1.11.2,==1.11.*"),
    ("=={major}.{minor}.*", "1.11.2", "==1.11.*"),
    ("=={major}.{minor}.{micro}.*", "1.11", "==1.11.0.*"),
    ("~={version}", "1.11.2", "~=1.11.2"),
    ("=={version}", "1.11.2+local.1", "==1.11.2+local.1"),
    ("!={version},==={version}", "1+a", "!=1+a,===1+a"),
    (">={version},<={version}", "1.11.2+local.1", ">=1.11.2,<=1.11.2"),
    ("=={version}.*", "1.11.2+local.1", "==1.11.2.*"),
    (">={version}", "2.0.0RC1", ">=2.0.0rc1"),
    (">={major}.{minor}", "1!2.3", ">=1!2.3"),
    (">=1.10,<3.0", "1.11.2", ">=1.10,<3.0"),
]


@pytest.mark.parametrize(("template", "version", "specifier"), FILLED)
def test_with_a_version(template: str, version: str, specifier: str) -> None:
    assert filled(template, version) == specifier
    assert read_specifier(specifier) == specifier
    assert contains(specifier, version) is not specifier.startswith("!=")


def test_no_version() -> None:
    with pytest.raises(ValueError, match="local-build"):
        filled(">={version}", "local-build")
    assert fields_of(">={version},<{major}") == ["version", "major"]


def test_the_most_specific_table_pins_each_name() -> None:
    overrides = parse_overrides(RULES.encode(), path="/none/o.toml")
    chosen = select(overrides, package("x", "1"), LINUX)
    assert chosen.values("pin-compatible") == {
        "numpy": ">={version},<2",
        "torch": "",
        "zope-interface": "=={major}.*",
    }
    assert chosen.applies
    assert chosen.needs_pep517
    assert chosen.set_aside == ('package."*": pin-compatible.numpy (package.x sets it)',)
    made = plan(overrides, package("x", "1"), Declared(()), LINUX)
    assert [change.describe() for change in made.changes] == [
        'pin-compatible.numpy = ">={version},<2"',
        'pin-compatible = ["torch"]',
        'pin-compatible.zope-interface = "=={major}.*"',
    ]
    # Nested pips get the same.
    assert from_json(to_json(overrides, "k"), "k") == overrides


def test_pins_count_in_the_cache_key() -> None:
    said = set()
    for text in (
        "pin-compatible = ['numpy']",
        "pin-compatible = ['torch']",
        "pin-compatible.numpy = '>={version}'",
        "pin-compatible.numpy = '>={version},<2'",
        "no-binary = true",
    ):
        overrides = parse_overrides(f"[package.x]\n{text}\n".encode(), path="/none/o.toml")
        said.add(select(overrides, package("x", "1"), LINUX).other_settings)
    assert len(said) == 5


def _rows(title: str) -> list[list[str]]:
    """Return the rows of a table of docs/pins.md, without the backquotes."""
    table = page("pins.md").partition(title)[2].partition("\n\n")[0]
    return [
        [cell.strip().strip("`") for cell in line.strip("|").split(" | ")]
        for line in table.splitlines()[2:]
    ]


@pytest.mark.parametrize("row", _rows("| recipe |"), ids=lambda row: row[0])
def test_examples_of_conda(row: list[str]) -> None:
    _, template, specifier = row
    text = f"[package.x]\npin-compatible.numpy = {template}\n"
    (table,) = parse_overrides(text.encode(), path="/none/o.toml").tables
    ((_, read),) = table.pin_compatible
    assert filled(read, "1.11.2") == specifier
    assert contains(specifier, "1.11.2")


@pytest.mark.parametrize("row", _rows("| built with |"), ids=lambda row: row[0])
def test_what_the_page_says_is_pinned(row: list[str]) -> None:
    name, version = row[0].split()
    assert row[1] == f"{name}{compatible(name, version).specifier}"


def test_placeholders_of_the_page() -> None:
    rows = _rows("| placeholder |")
    assert [name for name, _ in rows] == [f"{{{name}}}" for name in PLACEHOLDERS]
    for name, value in rows:
        assert filled(f"=={name}", "1.11.2") == f"=={value}"
