"""The files of config-examples are what they say: overrides files, each for a package it names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pip_build_override.rules import load_overrides

from ..network.real import Case, load_cases

EXAMPLES = sorted((Path(__file__).parents[2] / "config-examples").glob("*.toml"))


def test_the_examples_are_found() -> None:
    assert len(EXAMPLES) >= 5


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
class TestExample:
    def test_is_a_valid_overrides_file(self, path: Path) -> None:
        overrides = load_overrides(str(path))
        assert overrides.tables
        assert all(table.builds or table.has_settings for table in overrides.tables)

    def test_is_for_one_package_by_name(self, path: Path) -> None:
        names = {table.name for table in load_overrides(str(path)).tables}
        assert len(names) == 1
        assert "*" not in names

    def test_says_the_symptom_the_cause_and_the_command(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        assert text.startswith("# Symptom, ")
        assert "\n# Cause: " in text
        assert f"pip-build-override run --overrides {path.name} -- " in text

    def test_was_tried_as_it_says(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        tried = re.search(r"^# Tried with (\S+) (\S+) on Python ([\d.]+)\b", text, re.MULTILINE)
        command = re.search(r" -- \\\n#  +python -m pip install (.*)\n", text)
        assert tried is not None
        assert command is not None
        (case,) = (case for case in load_cases() if case.example == path.name)
        assert case.python == tried[3]
        assert f"{tried[1]}=={tried[2]}" in (*case.install, *case.requirements)
        assert command[1].split() == _install(case)
        assert all(f"#   {line}\n" in text for line in case.requirements)


def _install(case: Case) -> list[str]:
    return [*case.install, *(["-r", "requirements.txt"] if case.requirements else [])]
