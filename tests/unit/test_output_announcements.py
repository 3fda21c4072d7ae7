"""What pip says of an override: while it builds, and at the end."""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pip_build_override import startup, switch
from pip_build_override.errors import OverrideError
from pip_build_override.frozen import replace
from pip_build_override.in_pip.builds.leftovers import Leftovers

from .fakes import Link, Owners, Requirement

RULE = '[package.x]\nreplace.a = "a==1"\n'


@pytest.fixture(autouse=True)
def _nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (switch.WATCH, switch.BELOW_BACKEND):
        monkeypatch.delenv(name, raising=False)


def test_each_change_once(tmp_path: Path) -> None:
    owners = Owners(tmp_path, RULE)
    build = owners.build(None, "a")
    for _ in range(2):
        owners.announcements.announce(build)
    (text,) = owners.messages.heard
    assert text.startswith("x 1.0: ")
    assert "a==1" in text
    assert text.endswith("[o.toml: package.x]")


def test_without_a_plan_there_is_nothing_to_say(tmp_path: Path) -> None:
    owners = Owners(tmp_path, RULE)
    build = owners.build(None, "a", plan=None, kept_warnings=[(logging.WARNING, "kept back")])
    owners.announcements.announce(build)
    assert owners.messages.heard == []
    # It may get one.
    assert not build.announced


def test_how_it_is_built(tmp_path: Path) -> None:
    owners = Owners(tmp_path, RULE)
    build = owners.build(
        None, "a", moved_to_pep517=True, moved_from="/src", leftovers=Leftovers(compiled=("a.so",))
    )
    owners.announcements.announce(build)
    first, second, _ = owners.messages.heard
    assert "PEP 517" in first
    assert "package.x" in first
    assert "/src" in second
    assert second.endswith("a.so")


def test_rules_that_are_set_aside_are_told_the_curious(tmp_path: Path) -> None:
    owners = Owners(tmp_path, f'[package."*"]\nreplace.a = "a==0"\n{RULE}', depth=1)
    owners.announcements.announce(owners.build(None, "a"))
    levels = [level for level, _ in owners.messages.lines]
    assert levels == [logging.INFO, 15]


def test_what_has_no_effect_without_isolation(tmp_path: Path) -> None:
    text = "config-settings.a = '1'\nenv.A = '1'\npin-compatible = ['a']\nconstrain = ['a<2']\n"
    (tmp_path / "all.toml").write_text(f"[package.'*']\n{text}", encoding="utf-8")
    owners = Owners(tmp_path, "include = ['all.toml']\n[package.x]\nenv.B = '1'\n")
    owners.announcements.warn_of_no_isolation(owners.rules.selection("x", "1.0"))
    (warning,) = owners.messages.heard
    assert warning.startswith('pip-build-override: o.toml: package."*" in ')
    assert warning.endswith("no effect on them: constrain a<2, pin-compatible.a [not-isolated]")


def test_what_it_was_built_with(tmp_path: Path) -> None:
    owners = Owners(tmp_path, RULE)
    build = owners.build(None, "a", environment={"b": "2", "a": "1"})
    for _ in range(2):
        owners.announcements.tell_built(build)
    (text,) = owners.messages.heard
    assert text.endswith("with a 1, b 2")
    assert owners.ledger.done == ["x 1.0"]
    assert owners.ledger.prepared == []


def test_nobody_is_told_of_a_build_without_rules(tmp_path: Path) -> None:
    owners = Owners(tmp_path, "")
    owners.announcements.tell_built(owners.build(None, "a"))
    assert owners.messages.heard == []
    assert owners.ledger.done == []


# The last line


def summary(owners: Owners) -> str:
    del owners.messages.heard[:]
    owners.announcements.summarise()
    return next((text for text in owners.messages.heard if text.startswith("o.")), "")


def test_nothing_was_overridden(tmp_path: Path) -> None:
    owners = Owners(tmp_path, RULE)
    text = summary(owners)
    assert "no build was overridden" in text
    # Nothing was built that a table could have been meant for.
    assert text.endswith("package.x")
    assert len(owners.messages.heard) == 1


def test_nothing_is_said_of_a_run_without_rules(tmp_path: Path) -> None:
    """Such as the first run of ``fix``, or one that only writes a report."""
    for name, text, said in (
        (switch.RULES_OF_RUN, "", 0),
        (switch.RULES_OF_RUN, RULE, 1),
        ("o.toml", RULE, 1),
    ):
        owners = Owners(tmp_path, text)
        overrides = owners.rules.overrides
        owners.rules.overrides = replace(overrides, path=f"/run/{name}")
        owners.announcements.summarise()
        assert len(owners.messages.heard) == said, name


def test_what_was_overridden(tmp_path: Path) -> None:
    owners = Owners(tmp_path, RULE)
    owners.ledger.choose(owners.build(None, "a"))
    owners.ledger.note_done("w 1")
    owners.ledger.note_from_cache("z 1")
    text = summary(owners)
    parts = text.partition("o.toml: ")[2].split("; ")
    assert parts == [
        "overridden builds: w 1, x 1.0",
        "overridden builds from the cache: z 1",
    ]


@pytest.mark.parametrize(
    ("name", "options"), [("download", {}), ("lock", {}), ("install", {"dry_run": True})]
)
def test_what_was_only_prepared(tmp_path: Path, name: str, options: dict[str, Any]) -> None:
    owners = Owners(tmp_path, RULE, name=name, **options)
    owners.ledger.choose(owners.build(None, "a", environment={"a": "1"}))
    # A build requirement of it was built.
    owners.ledger.note_done("w 1")
    owners.announcements.summarise()
    assert owners.messages.heard == [
        "x 1.0: metadata prepared with a 1",
        "o.toml: overridden builds: w 1; overridden, only metadata prepared: x 1.0",
    ]


def unused(owners: Owners, built: bool) -> list[str]:
    if built:
        owners.ledger.note_built("xx", "1")
    summary(owners)
    return [text for text in owners.messages.heard if text.startswith("pip-build-override: ")]


def test_no_table_was_used(tmp_path: Path) -> None:
    assert unused(Owners(tmp_path, RULE), built=False) == []
    (text,) = unused(Owners(tmp_path, RULE), built=True)
    assert "package.x" in text
    assert "\nhint: " in text


def test_some_table_was_used(tmp_path: Path) -> None:
    owners = Owners(tmp_path, f"{RULE}[package.y]\nadd = ['b']\n")
    owners.ledger.choose(owners.build(None, "a"))
    assert unused(owners, built=True) == []
    assert "package.y" in summary(owners)


def test_what_was_used_in_a_whole_run_is_said_by_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(switch.WATCH, str(tmp_path))
    assert unused(Owners(tmp_path, RULE), built=True) == []


def test_idle_lines_of_a_txt_file(tmp_path: Path) -> None:
    owners = Owners(tmp_path, RULE)
    overrides = owners.rules.overrides
    owners.rules.overrides = type(overrides)(
        shown="o.txt",
        form="txt",
        tables=tuple(
            type(table)(**{**vars(table), "name": "*", "where": "line 1"}) for table in overrides.tables
        ),
    )
    assert [text for text in unused(owners, built=True) if "o.txt: line 1" in text and " a," in text]
    owners.ledger.used.add("line 1")
    assert unused(owners, built=True) == []


@pytest.mark.parametrize(
    ("text", "warned"),
    [
        ("", "o.toml: there is no rule in this file"),
        ("[package.x]\n", "o.toml: package.x: there is no rule in this table"),
        (RULE, ""),
        ("[settings]\nrecord = 'all'\n", ""),
    ],
)
def test_a_file_without_rules(tmp_path: Path, text: str, warned: str) -> None:
    owners = Owners(tmp_path, text)
    said = unused(owners, built=False)
    assert len(said) == bool(warned)
    assert all(line.startswith(f"pip-build-override: {warned}") for line in said)
    # What run passes on instead of a file.
    owners.rules.overrides = replace(owners.rules.overrides, path=f"/tmp/{switch.RULES_OF_RUN}")
    assert unused(owners, built=False) == []


# What run, or a pip above, is told


def word(directory: Path) -> dict[str, Any]:
    (path,) = directory.iterdir()
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_what_was_built_under_what(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = tmp_path / "watch"
    watch.mkdir()
    monkeypatch.setenv(switch.WATCH, str(watch))
    owners = Owners(tmp_path, f"{RULE}[package.y]\nadd = ['b']\n")
    owners.announcements.leave_word(owners.outcome)
    assert os.listdir(watch) == []
    owners.build(Requirement("failed", Link()))
    owners.ledger.choose(owners.build(None, "a"))
    owners.ledger.note_done("x 1.0")
    owners.announcements.leave_word(owners.outcome)
    # It is not asked again if at least one table was used.
    (name,) = os.listdir(watch)
    assert name.startswith("used-")
    facts = word(watch)
    assert facts["shown"] == "o.toml"
    assert facts["tables"] == [["package.x", "x"], ["package.y", "y"]]
    assert facts["used"] == ["package.x"]
    assert facts["overridden"] == ["x 1.0"]
    # One that is no more than prepared was perhaps left for another version.
    assert facts["built"] == [["x", "1.0"]]


@pytest.mark.parametrize(
    ("text", "said"),
    [("[package.y]\nadd = ['b']\n", "built-"), ("[package.'*']\nadd = ['b']\n", "used-")],
)
def test_whether_a_table_was_used(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = tmp_path / "watch"
    watch.mkdir()
    monkeypatch.setenv(switch.WATCH, str(watch))
    owners = Owners(tmp_path, text)
    owners.ledger.choose(owners.build(None, "a"))
    owners.announcements.leave_word(owners.outcome)
    (name,) = os.listdir(watch)
    assert name.startswith(said)


@pytest.mark.parametrize("how", ["failed", "refused"])
def test_enough_was_said(tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = tmp_path / "watch"
    watch.mkdir()
    monkeypatch.setenv(switch.WATCH, str(watch))
    owners = Owners(tmp_path, RULE)
    owners.ledger.choose(owners.build(None, "a"))
    if how == "failed":
        owners.outcome.fail_overridden()
    else:
        owners.outcome.refuse(OverrideError("no", kind="usage"))
    owners.announcements.leave_word(owners.outcome)
    assert os.listdir(watch) == []


@pytest.mark.parametrize("others", [True, False])
def test_a_build_of_no_rules_that_failed(
    others: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = tmp_path / "watch"
    watch.mkdir()
    monkeypatch.setenv(switch.WATCH, str(watch))
    owners = Owners(tmp_path, RULE)
    owners.build(Requirement("y", Link()))
    owners.outcome.note_failure({"depth": 0})
    if others:
        owners.ledger.note_built("z", "2.0")
    owners.announcements.leave_word(owners.outcome)
    # pip reports what failed, so that is not what was built.
    assert [word(watch)["built"] for _ in os.listdir(watch)] == [[["z", "2.0"]]] * others


# The hook


class Hooked:
    """An environment into which the shim came by a file that this pip may have replaced."""

    def __init__(self, room: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
        self.path = room / "sitecustomize.py"
        self.path.write_text(content, encoding="utf-8")
        module: Any = ModuleType("sitecustomize")
        module.__file__ = str(self.path)
        monkeypatch.setitem(sys.modules, "sitecustomize", module)
        monkeypatch.setattr(sys, "path", [str(room)])
        self.monkeypatch, self.module, self.room = monkeypatch, module, room

    def warned(self, left: str | None, name: str = "install") -> list[str]:
        """What is said if this content is left of the file at the end; None if it is gone."""
        owners = Owners(self.room, RULE, name=name)
        owners.announcements.note_hook()
        if left is None:
            self.path.unlink()
        else:
            self.path.write_text(left, encoding="utf-8")
        owners.announcements.warn_of_a_lost_hook()
        return owners.messages.heard


OURS = "# >>> pip-build-override\n"


def test_a_hook_that_this_pip_has_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hooked = Hooked(tmp_path, monkeypatch, OURS)
    (text,) = hooked.warned("mine = 1\n")
    assert str(hooked.path) in text
    assert "pip-build-override install" in text
    hooked.path.write_text(OURS, encoding="utf-8")
    # Others install nothing.
    assert hooked.warned("mine = 1\n", "wheel") == []
    hooked.path.write_text(OURS, encoding="utf-8")
    assert len(hooked.warned(None)) == 1


def test_a_hook_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Hooked(tmp_path, monkeypatch, OURS).warned(f"mine = 1\n{OURS}") == []


def test_a_file_that_has_never_brought_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hooked = Hooked(tmp_path, monkeypatch, "mine = 1\n")
    assert hooked.warned("mine = 1\n") == []
    assert hooked.warned(None) == []
    hooked.module.__file__ = None
    assert hooked.warned("mine = 1\n") == []


def test_a_hook_with_another_route(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hooked = Hooked(tmp_path, monkeypatch, OURS)
    (tmp_path / f"{startup.STEM}.pth").touch()
    assert hooked.warned("mine = 1\n") == []
