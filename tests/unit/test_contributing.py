"""What CONTRIBUTING says about the files of this repository, compared with the files."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pip_build_override

ROOT = Path(__file__).parents[2]
PACKAGE = Path(pip_build_override.__file__).parent
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
FILES_OF_PIP = {"cache.py", "wheel_builder.py", "cli/cmdoptions.py", "commands/__init__.py"}


def line(path: Path) -> str:
    """Return the line of a module: its path, and the first paragraph of its docstring."""
    docstring = ast.get_docstring(ast.parse(path.read_bytes()))
    assert docstring is not None, path
    summary = " ".join(docstring.partition("\n\n")[0].split()).replace("``", "`")
    return f"- `{path.relative_to(PACKAGE).as_posix()}`: {summary}"


def test_every_module_is_listed_with_its_docstring() -> None:
    section = CONTRIBUTING.partition("\n## Every module\n")[2].partition("\n## ")[0]
    listed = [entry for entry in section.splitlines() if entry.startswith("- ")]
    # In the order of the file, to be pasted if this fails.
    assert listed == list(map(line, sorted(PACKAGE.rglob("*.py"))))


def test_named_files_exist() -> None:
    named = set(re.findall(r"`(?:bash |python )?([\w./-]+\.(?:py|toml))[` ]", CONTRIBUTING))
    assert named > FILES_OF_PIP
    for name in named - FILES_OF_PIP:
        places = (ROOT / name, *PACKAGE.rglob(name), *(ROOT / "tests").rglob(name))
        assert any(place.is_file() for place in places), name
