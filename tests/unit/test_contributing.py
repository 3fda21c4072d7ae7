"""What CONTRIBUTING says about the files of this repository, compared with the files.

Run as a program (``python -m tests.unit.test_contributing``), it writes the list of modules.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pip_build_override

ROOT = Path(__file__).parents[2]
PACKAGE = Path(pip_build_override.__file__).parent
PATH = ROOT / "CONTRIBUTING.md"
CONTRIBUTING = PATH.read_text(encoding="utf-8")
FILES_OF_PIP = {"cache.py", "wheel_builder.py", "cli/cmdoptions.py", "commands/__init__.py"}


def line(path: Path) -> str:
    """Return the line of a module: its path, and the first paragraph of its docstring."""
    docstring = ast.get_docstring(ast.parse(path.read_bytes()))
    assert docstring is not None, path
    summary = " ".join(docstring.partition("\n\n")[0].split()).replace("``", "`")
    return f"- `{path.relative_to(PACKAGE).as_posix()}`: {summary}"


def lines() -> list[str]:
    return list(map(line, sorted(PACKAGE.rglob("*.py"))))


def test_every_module_is_listed_with_its_docstring() -> None:
    section = CONTRIBUTING.partition("\n## Every module\n")[2]
    assert [entry for entry in section.splitlines() if entry.startswith("- ")] == lines()


def test_named_files_exist() -> None:
    named = set(re.findall(r"`(?:bash |python )?([\w./-]+\.(?:py|toml))[` ]", CONTRIBUTING))
    assert named > FILES_OF_PIP
    for name in named - FILES_OF_PIP:
        places = (ROOT / name, *PACKAGE.rglob(name), *(ROOT / "tests").rglob(name))
        assert any(place.is_file() for place in places), name


if __name__ == "__main__":
    above, title, section = CONTRIBUTING.partition("\n## Every module\n")
    PATH.write_text("\n".join([above + title + section.partition("\n- ")[0], *lines(), ""]), "utf-8")
