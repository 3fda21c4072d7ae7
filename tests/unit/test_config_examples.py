"""The files of config-examples are what they say: overrides files, each for a package it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from pip_build_override.rules import load_overrides

EXAMPLES = sorted((Path(__file__).parents[2] / "config-examples").glob("*.toml"))


def test_the_examples_are_found() -> None:
    assert len(EXAMPLES) >= 5


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
class TestExample:
    def test_is_a_valid_overrides_file(self, path: Path) -> None:
        overrides = load_overrides(str(path))
        assert overrides.tables
        assert all(table.builds for table in overrides.tables)

    def test_is_for_one_package_by_name(self, path: Path) -> None:
        names = {table.name for table in load_overrides(str(path)).tables}
        assert len(names) == 1
        assert "*" not in names

    def test_says_the_symptom_the_cause_and_the_command(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        assert text.startswith("# Symptom, ")
        assert "\n# Cause: " in text
        assert f"pip-build-override run --overrides {path.name} -- " in text
