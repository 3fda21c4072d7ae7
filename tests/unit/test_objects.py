"""What is read of pip's own objects is looked for when a command starts."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Iterator

import pytest
from pip._internal.models.link import Link

import pip_build_override.in_pip
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.internals import objects, patches

HAS_OBJECT = sys.version_info >= (3, 10)
SOURCES = sorted(Path(pip_build_override.in_pip.__file__).parent.rglob("*.py"))
# By the names that our modules give to such objects.
KINDS = {
    "req": objects.OF_REQUIREMENT,
    "link": objects.OF_LINK,
    "original_link": objects.OF_LINK,
    "options": objects.OF_OPTIONS,
}
# Of packaging's requirements, under the same name; on some pips only; and asked for with care: some
# of pip's commands have no such options.
BESIDES = {
    ("req", "specifier"),
    ("req", "url"),
    ("req", "use_pep517"),
    *(("options", name) for name in ("ignore_installed", "prefix_path", "root_path", "target_dir")),
    ("options", "use_user_site"),
}


def reads(path: Path) -> Iterator[tuple[str, str, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            owner = node.value
            name = getattr(owner, "id", getattr(owner, "attr", ""))
            if name in KINDS:
                yield f"{path.name}:{node.lineno}", name, node.attr


def test_every_attribute_that_is_read_is_looked_for() -> None:
    found = [read for path in SOURCES for read in reads(path)]
    assert len(found) > 50
    missing = [
        f"{where}: {name}.{attribute}"
        for where, name, attribute in found
        if attribute not in KINDS[name] and (name, attribute) not in BESIDES
    ]
    assert missing == []


def test_this_pip_has_them_all() -> None:
    objects.probe(SimpleNamespace(**dict.fromkeys(objects.OF_OPTIONS)))


def test_options_that_a_pip_has_lost() -> None:
    given = dict.fromkeys(objects.OF_OPTIONS - {"build_isolation"})
    with pytest.raises(OverrideError, match=r"is not as known \(options.build_isolation: not there\)"):
        objects.probe(SimpleNamespace(**given))


@pytest.mark.parametrize("name", ["is_existing_dir", "url_without_fragment"])
def test_a_link_that_has_lost_something(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(Link, name)
    with pytest.raises(OverrideError, match=rf"is not as known \(Link.{name}: not there\)"):
        objects.probe(SimpleNamespace(**dict.fromkeys(objects.OF_OPTIONS)))


def failing(expression: str, module: str, **values: Any) -> AttributeError:
    """Have a module read something that is not there."""
    with pytest.raises(AttributeError) as caught:
        eval(expression, {"__name__": module, **values})
    return caught.value


def test_what_nobody_looked_for() -> None:
    ours = "pip_build_override.in_pip.target.target"
    link = Link("https://h/x-1.0.zip")
    # Older Pythons do not tell, and their pips will not change any more.
    known = "pip._internal.models.link.Link.newly_named: not there" if HAS_OBJECT else ""
    assert patches._lost_by_pip(failing("link.newly_named", ours, link=link)) == known
    assert patches._lost_by_pip(failing("kind.newly_named", ours, kind=Link)) == known
    # A fault of pip's own, or of ours, is none of a pip that is not as known.
    assert patches._lost_by_pip(failing("link.newly_named", "pip._internal.cache", link=link)) == ""
    assert patches._lost_by_pip(failing("text.newly_named", ours, text="")) == ""
    assert patches._lost_by_pip(AttributeError("raised by nobody")) == ""
