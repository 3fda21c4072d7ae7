"""The state of an owner changes through its own methods only."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Iterator

import pytest

import pip_build_override.in_pip

ROOT = Path(pip_build_override.in_pip.__file__).parent
MODULES = [*ROOT.glob("steps/*.py"), *ROOT.glob("output/*.py"), ROOT / "command.py"]
CHANGING = (
    "add",
    "append",
    "clear",
    "discard",
    "extend",
    "insert",
    "pop",
    "remove",
    "setdefault",
    "update",
)


def changes(text: str) -> Iterator[int]:
    """Yield the lines that change what something else than the module's own object holds.

    What a step holds are owners, by names that begin with an underscore; ``command`` has a session.
    """
    for node in ast.walk(ast.parse(text)):
        changed: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            changed = node.targets
        elif isinstance(node, (ast.AugAssign, ast.Delete)):
            changed = [node.target] if isinstance(node, ast.AugAssign) else node.targets
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in CHANGING:
            assert isinstance(node.func, ast.Attribute)
            changed = [node.func.value]
        if any(_is_of_an_owner(one) for one in changed):
            yield node.lineno


def _is_of_an_owner(expression: ast.expr) -> bool:
    path = []
    while isinstance(expression, (ast.Attribute, ast.Subscript)):
        path.append(getattr(expression, "attr", ""))
        expression = expression.value
    owned = len(path) > 1 and path[-1].startswith("_") and getattr(expression, "id", "") == "self"
    return owned or (len(path) > 0 and getattr(expression, "id", "") in ("session", "outcome"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_nobody_else_changes_it(path: Path) -> None:
    assert list(changes(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("self._ledger.used.add(1)", True),
        ("self._outcome.refusal = None", True),
        ("self._environments.current.misfits[name] = []", True),
        ("self._ledger.done += [1]", True),
        ("del session.ledger.done[0]", True),
        ("self._ledger = ledger", False),
        ("self._ledger.note_done(label)", False),
        ("build.members.extend(members)", False),
    ],
)
def test_is_found(line: str, found: bool) -> None:
    assert bool(list(changes(line))) is found
