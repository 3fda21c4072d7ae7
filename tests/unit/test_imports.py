"""Who may import whom: a module imports from its own room or from a lower one, and never in a circle.

Imports for type checkers count, and so do those inside functions: who reads a module has to read those.
"""

from __future__ import annotations

import ast
import functools
import subprocess
import sys
from pathlib import Path
from typing import Iterator, Mapping

import pytest

import pip_build_override

ROOT = Path(pip_build_override.__file__).parent
# The highest first. What is in none of these is at the bottom.
PARTS = (
    *("__main__", "cli", "engines", "exporting", "in_build", "in_pip", "startup", "fixing"),
    *("matrix", "verifying", "diagnosis", "records", "rules"),
)
ROOMS = (
    "gate",
    "programs",
    "command",
    "front_end",
    "session",
    "steps",
    "output",
    "state",
    "builds",
    "lending",
    "target",
    "internals",
)
# Not part of the running package: a start-up file that imports nothing of it, and a project that the
# demo builds.
ELSEWHERE = ("startup/inject", "cli/demo_project")

# Modules outside of ``gate`` and ``internals`` that name pip's internals.
NAME_PIPS_INTERNALS = {
    # They wait for pip to be imported, so they have to know by which name.
    "rules.standards",
    "startup.asked",
    "startup.block",
    "startup.entry",
}

Imports = Mapping[str, "set[str]"]


def modules(root: Path) -> dict[str, Path]:
    found = {}
    for path in root.rglob("*.py"):
        relative = path.relative_to(root).with_suffix("")
        if not relative.as_posix().startswith(ELSEWHERE):
            parts = relative.parts[:-1] if relative.name == "__init__" else relative.parts
            found[".".join(parts)] = path
    return found


def imports(root: Path) -> Imports:
    known = modules(root)
    return {
        name: {other for other in _imported(name, path, known) if other not in ("", name)}
        for name, path in known.items()
    }


def _imported(name: str, path: Path, known: Mapping[str, Path]) -> Iterator[str]:
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in _relative_imports(path.read_bytes()):
        base = [*package[: len(package) - node.level + 1], *filter(None, [node.module])]
        for alias in node.names:
            module = ".".join(filter(None, [*base, alias.name]))
            yield module if module in known else ".".join(filter(None, base))


# Each test reads all modules again, of which hardly any has changed.
@functools.lru_cache(maxsize=None)
def _relative_imports(source: bytes) -> list[ast.ImportFrom]:
    nodes = ast.walk(ast.parse(source))
    return [node for node in nodes if isinstance(node, ast.ImportFrom) and node.level]


def circles(found: Imports) -> list[set[str]]:
    """Find the largest sets of modules in which each leads to each."""
    reached = {name: _reached(name, found) for name in found}
    alike = {frozenset(other for other in reached[name] if name in reached[other]) for name in found}
    return sorted((set(circle) for circle in alike if circle), key=sorted)


def _reached(start: str, found: Imports) -> set[str]:
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        for other in found[ahead.pop()] - seen:
            seen.add(other)
            ahead.append(other)
    return seen


def rank(name: str) -> tuple[int, int]:
    parts = name.split(".")
    part = PARTS.index(parts[0]) if parts[0] in PARTS else len(PARTS)
    if parts[0] != "in_pip" or len(parts) == 1:
        return part, 0
    return part, ROOMS.index(parts[1])


def arrows_up(found: Imports) -> set[tuple[str, str]]:
    return {
        (name, other)
        for name, others in found.items()
        for other in others
        if other != "in_pip" and rank(other) < rank(name)
    }


def test_no_circle() -> None:
    assert circles(imports(ROOT)) == []


def test_no_arrow_up() -> None:
    assert arrows_up(imports(ROOT)) == set()


def test_who_is_given_the_session() -> None:
    given = {name for name, others in imports(ROOT).items() if "in_pip.session" in others}
    assert given == {"in_pip.command"}


def test_who_names_the_internals_of_pip() -> None:
    naming = {
        name for name, path in modules(ROOT).items() if "pip._internal" in path.read_text("utf-8")
    }
    ours = {name for name in naming if name != "in_pip.gate" and ".internals" not in name}
    assert ours == NAME_PIPS_INTERNALS


def test_what_pypa_build_loads_needs_no_pip() -> None:
    """The environment in which it runs may contain none."""
    names = [f"{ROOT.name}.{name}" for name in modules(ROOT) if name.startswith("in_build")]
    script = (
        "import importlib, sys\n"
        "sys.modules['pip'] = None\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT.parent)


@pytest.mark.parametrize(
    ("file", "line", "up"),
    [
        ("switch.py", "from .in_pip import gate\n", True),
        ("in_pip/internals/seams.py", "def f():\n    from ..steps.prepare import load\n", True),
        ("in_pip/target/placement.py", "if False:\n    from .target import Target\n", False),
    ],
)
def test_is_found(file: str, line: str, up: bool, tmp_path: Path) -> None:
    for path in modules(ROOT).values():
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    before = imports(tmp_path)
    (tmp_path / file).write_text((tmp_path / file).read_text("utf-8") + line, encoding="utf-8")
    after = imports(tmp_path)
    assert circles(after) != circles(before)
    assert (arrows_up(after) != arrows_up(before)) is up
