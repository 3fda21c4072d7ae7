"""The hints in the sources, as templates, and the hints in what a test has provoked."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Iterator

import pip_build_override
from pip_build_override.rules import tables

ONE_PIP = "26.3"
"""The pip with which a test that several pips run goes on to follow a hint."""

SOURCES = Path(pip_build_override.__file__).parent
TESTS = Path(__file__).parents[1]
_START = re.compile(r"(?:^|\n)(?:# )?hint: ")


def follows(template: str, text: str) -> str:
    """Return the hint in a message that a test has provoked. The test goes on to follow it.

    Args:
        template: The hint as in the sources, each placeholder as ``{}``, or a part of it that no
            other hint has.
        text: The message with its hint, or the hint alone.
    """
    made = re.compile(pattern(template), re.DOTALL)
    hints = [hint for hint in _START.split(text) if made.search(hint)]
    assert hints, f"{template}\n---\n{text}"
    return hints[-1].partition("\n\n")[0].strip()


def pattern(template: str) -> str:
    """Return a regular expression for the text made from a template."""
    return ".*?".join(map(re.escape, template.split("{}")))


def hints_in_sources() -> dict[str, list[str]]:
    """Return the template of each hint, with the files that have it.

    A hint is what is passed as ``hint``, what a function returns or a constant is whose name ends with
    it, or what follows ``hint:`` in a text. What is passed by the name of a variable, or as the result
    of a function, is looked up in the same module.
    """
    trees = {path: ast.parse(path.read_text("utf-8")) for path in sorted(SOURCES.rglob("*.py"))}
    positions = dict(each for tree in trees.values() for each in _positions(tree))
    found: dict[str, list[str]] = {}
    for path, tree in trees.items():
        for hint in _Module(tree, positions).hints():
            if re.search("[a-z]{4}", hint):
                found.setdefault(hint, []).append(path.relative_to(SOURCES).as_posix())
    return found


def hints_followed() -> dict[str, str]:
    """Return each template that a test passes to ``follows``, with the file and line of the test."""
    found = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) == "follows":
                template, place = node.args[0], f"{path.relative_to(TESTS).as_posix()}:{node.lineno}"
                assert isinstance(template, ast.Constant), f"{place}: write the template itself"
                found[template.value] = place
    return found


def _positions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield the functions and classes with a parameter ``hint``, and its position in a call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            fields = [each.target for each in node.body if isinstance(each, ast.AnnAssign)]
            names = [each.id for each in fields if isinstance(each, ast.Name)]
            for each in node.body:
                if isinstance(each, ast.FunctionDef) and each.name == "__init__":
                    names = [arg.arg for arg in each.args.args[1:]]
        elif isinstance(node, ast.FunctionDef) and node.name != "__init__":
            names = [arg.arg for arg in node.args.args if arg.arg != "self"]
        else:
            continue
        if "hint" in names:
            yield node.name, names.index("hint")


class _Module:
    """A module of the sources, in which hints are looked for."""

    def __init__(self, tree: ast.Module, positions: dict[str, int]) -> None:
        self._nodes = [*ast.walk(tree)]
        self._positions = positions
        # The names of keys, which many modules import.
        keys = {name: text for name, text in vars(tables).items() if name.isupper()}
        self._constants = {name: text for name, text in keys.items() if isinstance(text, str)}
        self._constants.update(
            (_name(node.targets[0]), self._text(node.value))
            for node in tree.body
            if isinstance(node, ast.Assign) and len(node.targets) == 1
        )

    def _text(self, node: ast.AST) -> str:
        """Return a string with its placeholders as ``{}``, or "" for anything else."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value.replace("%s", "{}")
        if isinstance(node, ast.JoinedStr):
            return "".join(map(self._text, node.values))
        if isinstance(node, ast.FormattedValue):
            # In colour, as ``style.hint("hint:")``.
            coloured = isinstance(node.value, ast.Call) and _name(node.value) == "hint"
            return "hint:" if coloured else self._constants.get(_name(node.value), "") or "{}"
        return ""

    def hints(self) -> Iterator[str]:
        """Yield the templates: what is passed as ``hint``, and what follows ``hint:`` in a text."""
        for value in self._passed():
            yield from self._templates(value, ())
        inner = {
            id(part) for node in self._nodes if isinstance(node, ast.JoinedStr) for part in node.values
        }
        for node in self._nodes:
            if id(node) not in inner:
                for said in _START.split(self._text(node))[1:]:
                    yield said.partition("\n")[0].strip()

    def _passed(self) -> Iterator[ast.expr]:
        for node in self._nodes:
            if isinstance(node, ast.Call):
                yield from (each.value for each in node.keywords if each.arg == "hint")
                position = self._positions.get(_name(node.func))
                if position is not None and len(node.args) > position:
                    yield node.args[position]
            elif isinstance(node, ast.FunctionDef) and node.name.endswith(("_hint", "instruction")):
                yield from _returned(node)
            elif isinstance(node, ast.Assign) and _name(node.targets[0]).endswith("HINT"):
                yield node.value

    def _templates(self, value: ast.expr, seen: tuple[str, ...]) -> Iterator[str]:
        """Yield the templates of what an expression may give, as far as this module says it."""
        if self._text(value):
            yield self._text(value)
        elif isinstance(value, ast.Call) and _name(value) in ("format", "join"):
            for part in (value.func.value, *value.args):  # type: ignore[attr-defined]
                yield from self._templates(part, seen)
        elif isinstance(value, (ast.IfExp, ast.BoolOp, ast.BinOp)):
            parts = value.values if isinstance(value, ast.BoolOp) else _sides(value)
            for part in parts:
                yield from self._templates(part, seen)
        elif _name(value) and _name(value) not in seen:
            for found in self._sources(value):
                yield from self._templates(found, (*seen, _name(value)))

    def _sources(self, value: ast.expr) -> Iterator[ast.expr]:
        """Yield what a name of this module is set to, or a function of it returns."""
        for node in self._nodes:
            if isinstance(value, ast.Call) and isinstance(node, ast.FunctionDef):
                if node.name == _name(value):
                    yield from _returned(node)
            elif isinstance(node, (ast.Assign, ast.AugAssign)) and isinstance(value, ast.Name):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if value.id in map(_name, targets):
                    yield node.value


def _sides(value: ast.IfExp | ast.BinOp) -> tuple[ast.expr, ast.expr]:
    return (value.body, value.orelse) if isinstance(value, ast.IfExp) else (value.left, value.right)


def _returned(function: ast.FunctionDef) -> list[ast.expr]:
    return [
        node.value
        for node in ast.walk(function)
        if isinstance(node, (ast.Return, ast.Yield)) and node.value
    ]


def _name(node: ast.AST) -> str:
    """Return the last name of a name, an attribute or a call, or "" for anything else."""
    if isinstance(node, ast.Call):
        return _name(node.func)
    name: str = getattr(node, "attr", getattr(node, "id", ""))
    return name
