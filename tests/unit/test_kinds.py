"""The names of errors, warnings and failed builds, and the page that lists them.

Run as a program (``python -m tests.unit.test_kinds``), it writes the tables of ``docs/findings.md``.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Iterator

import pytest

import pip_build_override
from pip_build_override import kinds
from pip_build_override.diagnosis import signatures
from pip_build_override.diagnosis.signatures import Signature, known_signatures
from pip_build_override.errors import OverrideError, named
from pip_build_override.kinds import GROUPS, KINDS, read_printed

SOURCES = Path(pip_build_override.__file__).parent
PAGE = Path(__file__).parents[2] / "docs" / "findings.md"
BEGIN, END = "<!-- begin of the tables -->\n", "<!-- end of the tables -->\n"
TREES = {
    path.relative_to(SOURCES).as_posix(): ast.parse(path.read_text("utf-8"))
    for path in sorted(SOURCES.rglob("*.py"))
    if path.name != "kinds.py"
}
# What makes an error or a warning. ``Problem`` takes the name last.
MAKERS = {"OverrideError", "Unwritable", "_complaint"}
NAME = r"[a-z0-9]+(?:[.-][a-z0-9+]+)*"


def text_of(node: ast.AST) -> str:
    """Return a text with "…" in place of what is filled in, or "" for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.replace("%s", "…").replace("%d.%d", "…")
    if isinstance(node, ast.JoinedStr):
        return "".join(map(text_of, node.values))
    return "…" if isinstance(node, ast.FormattedValue) else ""


def called(node: ast.Call) -> str:
    return str(getattr(node.func, "id", getattr(node.func, "attr", "")))


def makers() -> Iterator[tuple[str, ast.Call]]:
    """Yield each call that makes an error or a warning, with its place."""
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            # Of a place in an overrides file; others are the colour of errors, and of parsers.
            is_error = called(node) == "error" and (path.startswith(("rules/", "matrix/")))
            if called(node) in MAKERS or is_error:
                yield f"{path}:{node.lineno}", node


def names_in(node: ast.AST, tree: ast.Module) -> list[str]:
    """Return the names that an expression may be; those of constants are looked up."""
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.IfExp):
        return [*names_in(node.body, tree), *names_in(node.orelse, tree)]
    if isinstance(node, ast.Name):
        return [
            name
            for each in ast.walk(tree)
            if isinstance(each, ast.Assign) and getattr(each.targets[0], "id", "") == node.id
            for name in names_in(each.value, tree)
        ]
    return []


def test_every_error_and_warning_has_a_name() -> None:
    for place, call in makers():
        given = [each.value for each in call.keywords if each.arg == "kind"]
        assert given, f"{place}: give it a kind, one of src/pip_build_override/kinds.py"
        found = names_in(given[0], TREES[place.partition(":")[0]])
        # Or that of another error.
        passed = getattr(given[0], "attr", getattr(given[0], "id", "")) == "kind"
        assert found or passed, place
        assert set(found) <= {*KINDS, ""}, f"{place}: {found} is not in kinds.py"


def printed() -> Iterator[tuple[str, str]]:
    """Yield each text with the prefix of an error or a warning, with its place."""
    for path, tree in TREES.items():
        inner = {
            id(part)
            for node in ast.walk(tree)
            if isinstance(node, ast.JoinedStr)
            for part in node.values
        }
        for node in ast.walk(tree):
            if id(node) in inner or not isinstance(node, (ast.Constant, ast.JoinedStr)):
                continue
            found = re.match(r"pip-build-override: (?:error|warning): (.+)", text_of(node), re.DOTALL)
            if found is not None:
                parts = ast.walk(node)
                by_itself = any(isinstance(p, ast.Attribute) and p.attr == "shown" for p in parts)
                yield f"{path}:{getattr(node, 'lineno', 0)}", "" if by_itself else found[1]


def test_every_printed_error_and_warning_shows_its_name() -> None:
    texts = dict(printed())
    assert len(texts) > 15
    for place, text in texts.items():
        first = text.partition("\n")[0]
        found = re.search(rf" \[({NAME}|…)\]$", first)
        # A logger of tox is given the error itself.
        assert text in ("", "…") or found is not None, f"{place}: {text}"
        assert found is None or found[1] in (*KINDS, "…"), place


def test_every_name_is_used() -> None:
    used = set()
    for tree in TREES.values():
        for node in ast.walk(tree):
            text = text_of(node)
            used.update({text, *re.findall(rf" \[({NAME})\]", text)})
    assert {name for name in KINDS if name not in used} == set()


def test_a_name_stands_for_one_thing() -> None:
    every = [name for group in GROUPS.values() for name in group]
    every += [signature.name for signature in known_signatures()]
    assert len(every) == len(set(every))
    for name in every:
        assert re.fullmatch(NAME, name), name
        assert kinds._NAMED.search(named("x", name)), name


def test_every_symptom_is_a_text_of_the_sources() -> None:
    texts = {text for tree in TREES.values() for text in map(text_of, ast.walk(tree)) if text}
    for name, kind in KINDS.items():
        assert kind.cause.endswith(".")
        assert kind.remedy.endswith(".")
        for symptom in kind.symptom.split(" / "):
            parts = [part.strip(" :,;()[]") for part in symptom.split("…")]
            for part in filter(None, parts):
                assert any(part in text for text in texts), f"{name}: no message says {part!r}"
            assert any(parts), name


def test_a_message_is_read_back_as_it_was() -> None:
    for hint in ("", "do so; then\nagain"):
        for message in ("no", "no\nmore of it", "no [more]"):
            error = OverrideError(message, kind="usage", where="o.toml", hint=hint)
            found = read_printed(error.shown, otherwise="no-answer")
            assert (str(found), found.kind) == (str(error), "usage")
    # One of an older version has none.
    for text in ("no", "no [more]"):
        found = read_printed(f"{text}\nhint: h", otherwise="no-answer")
        assert (found.message, found.kind, found.hint) == (text, "no-answer", "h")


@pytest.mark.parametrize("name", ["unknown-failure", "cython-3.1-names", "missing-compiler-c++"])
def test_the_name_of_a_failed_build_is_read_back(name: str) -> None:
    assert signatures.without_kind(f"x 1.0 does not build [{name}]") == ("x 1.0 does not build", name)
    assert signatures.without_kind("x 1.0 needs [y]") == ("x 1.0 needs [y]", "")


# The page


def row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def shown(text: str) -> str:
    """Return a text of a signature, with what it fills in as "…"."""
    return re.sub(r"(?:<\w+>)+", "…", text)


def list_of(entries: tuple[str, ...]) -> str:
    """Return a list of requirements in TOML; some of them are TOML already."""
    texts = [text if text[0] in '{"' else f'"{text}"' for text in entries]
    return f"[{', '.join(texts)}]"


def remedy_of(signature: Signature) -> str:
    """Return what is to be done about a failed build."""
    keys = []
    if signature.constrain:
        keys.append(f"constrain = {list_of(signature.constrain)}")
    if signature.add:
        keys.append(f"add = {list_of(signature.add)}")
    keys += [f"replace.{name} = {text}" for name, text in signature.replace]
    if signature.regenerate:
        keys.append("regenerate = true")
    said = " and ".join(f"`{shown(key)}`" for key in keys)
    if said and signature.python:
        said = f"{said}, for Python {signature.python}"
    if not said and signature.install:
        return f"Install {signature.install}."
    if not said and signature.variable:
        return f"Correct {signature.variable}."
    return f"{said}." if said else "No build requirement fixes it."


def tables() -> str:
    lines = []
    for title, group in GROUPS.items():
        lines += [f"## {title}", "", row("name", "the message says", "cause", "what to do")]
        lines.append(row(*["---"] * 4))
        for name, kind in group.items():
            symptom = "<br>".join(kind.symptom.split(" / "))
            lines.append(row(f"`{name}`", symptom, kind.cause, kind.remedy))
        lines.append("")
    lines += ["## Known kinds of failed builds", ""]
    lines += [row("name", "the package …", "cause", "what to do"), row(*["---"] * 4)]
    for signature in known_signatures():
        because = shown(signature.because)
        cells = (shown(signature.says), f"{because[0].upper()}{because[1:]}.", remedy_of(signature))
        lines.append(row(f"`{signature.name}`", *cells))
    return "\n".join([*lines, ""])


def test_the_page_has_all_of_them() -> None:
    content = PAGE.read_text("utf-8")
    made = content.partition(BEGIN)[2].partition(END)[0]
    assert made == f"\n{tables()}\n", "run python -m tests.unit.test_kinds"


if __name__ == "__main__":
    text = PAGE.read_text("utf-8")
    above, below = text.partition(BEGIN)[0], text.partition(END)[2]
    PAGE.write_text(f"{above}{BEGIN}\n{tables()}\n{END}{below}", "utf-8")
