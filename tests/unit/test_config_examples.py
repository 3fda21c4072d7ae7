"""The files of config-examples are what they say: overrides files, most for a package they name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pip_build_override.matrix.reading import matrix_in
from pip_build_override.rules import load_overrides

from ..network.real import Case, load_cases

DIRECTORY = Path(__file__).parents[2] / "config-examples"
MATRIX = DIRECTORY / "matrix.toml"
EXAMPLES = sorted(set(DIRECTORY.glob("*.toml")) - {MATRIX})


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


def test_the_matrix() -> None:
    matrix = matrix_in(MATRIX.read_bytes(), path=str(MATRIX), shown=MATRIX.name)
    assert matrix is not None
    assert [name for name, _ in matrix.vary] == ["numpy"]
    assert not load_overrides(str(MATRIX)).tables
    assert f"pip-build-override matrix --overrides {MATRIX.name}\n" in MATRIX.read_text(
        encoding="utf-8"
    )


def _install(case: Case) -> list[str]:
    return [*case.install, *(["-r", "requirements.txt"] if case.requirements else [])]
