"""Projects with only a setup.py, on a pip that builds them past any build environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pip_build_override.build_steps import METADATA, WHEEL
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.internals.objects import builds_by_setup_py
from pip_build_override.in_pip.steps.setup_py import SetupPy, watch_install

from ..support.names import unnamed
from .fakes import Link, Options, Owners, Requirement

OWN = '[package.x]\nreplace.a = "a==1"\n'
FOR_ALL = '[package."*"]\nreplace.a = "a==1"\n'


class Room:
    """The step, and a project that pip loads by its setup.py unless the test says otherwise."""

    def __init__(self, room: Path, text: str, asked: bool | None = None, **options: Any) -> None:
        self.owners = Owners(room, text, **options)
        self.step = SetupPy(**self.owners.given("rules_in_force", "messages", "command", "explained"))
        self.req = Requirement("x", Link(), use_pep517=asked)
        self.build = self.owners.build(self.req, "a")
        self.loaded: list[bool | None] = []

    def load(self, *, rules: bool = True) -> Any:
        def original() -> str:
            self.loaded.append(self.req.use_pep517)  # type: ignore[attr-defined]
            self.req.use_pep517 = bool(self.req.use_pep517)  # type: ignore[attr-defined]
            return "loaded"

        selection = self.owners.rules.selection("x", "1.0") if rules else None
        return self.step.load(self.build, selection, original)


def test_a_table_of_its_own_moves_it(tmp_path: Path) -> None:
    room = Room(tmp_path, OWN)
    assert room.load() == "loaded"
    assert room.loaded == [None, True]
    assert room.build.moved_to_pep517


@pytest.mark.parametrize(("asked", "rules"), [(True, True), (None, False), (False, False)])
def test_what_stays_as_pip_has_it(tmp_path: Path, asked: bool | None, rules: bool) -> None:
    room = Room(tmp_path, OWN, asked)
    assert room.load(rules=rules) == "loaded"
    assert room.loaded == [asked]
    assert not room.build.moved_to_pep517


@pytest.mark.parametrize(
    ("asked", "options", "option"),
    [
        (False, {}, "--no-use-pep517"),
        (None, {"global_options": ["x"]}, "--global-option"),
    ],
)
def test_options_that_keep_it_from_that(
    tmp_path: Path, asked: bool | None, options: Any, option: str
) -> None:
    room = Room(tmp_path, OWN, asked, **options)
    with pytest.raises(OverrideError, match=option) as caught:
        room.load()
    assert caught.value.where == "o.toml: package.x"
    # Without a table of its own it is a warning, which says so.
    room = Room(tmp_path, FOR_ALL, asked, **options)
    room.load()
    (text,) = room.owners.messages.heard
    assert option in text


def test_rules_for_all_packages_leave_it_alone(tmp_path: Path) -> None:
    room = Room(tmp_path, FOR_ALL)
    assert room.load() == "loaded"
    # Of the next one, the same is not said again.
    room.req.use_pep517 = None  # type: ignore[attr-defined]
    room.step.load(room.build, room.owners.rules.selection("y", "1.0"), lambda: None)
    assert room.loaded == [None]
    assert not room.build.moved_to_pep517
    (text,) = room.owners.messages.heard
    assert 'package."*"' in text
    assert "--use-pep517" in text


def test_explain_shows_what_it_declares(tmp_path: Path) -> None:
    room = Room(tmp_path, FOR_ALL)
    room.owners.explained.wanted = True
    room.load()
    assert room.loaded == [None, True]
    assert room.build.moved_to_pep517
    assert room.owners.messages.heard == []


def test_what_could_not_be_found_for_it(tmp_path: Path) -> None:
    room = Room(tmp_path, OWN)
    room.step.warn_of_the_move(room.build)
    (text,) = room.owners.messages.heard
    assert "o.toml: package.x: x 1.0" in text
    assert "--find-links" in text


@pytest.mark.parametrize("knows", [True, False])
@pytest.mark.parametrize(
    ("options", "by_setup_py"),
    [({}, True), ({"use_pep517": True}, False), ({"use_pep517": False}, True)],
)
def test_what_this_pip_builds_by_setup_py(
    options: Any, by_setup_py: bool, knows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "pip_build_override.in_pip.internals.objects.knows_setup_py"
    monkeypatch.setattr(module, lambda: knows)
    assert builds_by_setup_py(Options(**options)) is (by_setup_py and knows)


@pytest.mark.parametrize(
    ("text", "idle", "moves"),
    [
        ('[package.x]\nenv.A = "1"\n', "", False),
        ('[package."*"]\nenv.A = "1"\n', "", False),
        ('[package."*"]\nconfig-settings.a = "1"\nenv.A = "1"\n', "config-settings.a", False),
        ('[package.x]\nconfig-settings.a = "1"\n', "", True),
        (
            '[package.x]\nenv.A = "1"\n[package."*"]\nconstrain = ["a<2"]\npin-compatible = ["a"]\n',
            "constrain a<2, pin-compatible.a",
            False,
        ),
    ],
)
def test_variables_need_no_pep517(tmp_path: Path, text: str, idle: str, moves: bool) -> None:
    room = Room(tmp_path, text)
    assert room.load() == "loaded"
    said = [
        unnamed(text).partition("\n")[0].rpartition("no effect on them: ")[2]
        for text in room.owners.messages.heard
    ]
    assert said == ([idle] if idle else [])
    assert room.build.moved_to_pep517 == moves


def test_the_users_option_and_variables(tmp_path: Path) -> None:
    room = Room(tmp_path, '[package.x]\nenv.A = "1"\n', False)
    assert room.load() == "loaded"
    room = Room(tmp_path, '[package.x]\nconfig-settings.a = "1"\n', False)
    with pytest.raises(OverrideError, match="--no-use-pep517"):
        room.load()


class Failing(Requirement):
    """A requirement whose setup.py fails, or not."""

    works = False

    def prepare_metadata(self) -> str:
        raise ValueError("no compiler")

    def install(self) -> str:
        if not self.works:
            raise ValueError("no compiler")
        return "installed"


def test_a_setup_py_that_fails_to_install_is_noted(tmp_path: Path) -> None:
    req = Failing("x", Link())
    build = Owners(tmp_path).build(req)
    build.stage = METADATA
    noted: list[bool] = []
    watch_install(build, lambda: noted.append(build.being_built))
    # The preparation is noted where pip prepares.
    with pytest.raises(ValueError, match="no compiler"):
        req.prepare_metadata()
    assert noted == []
    build.stage = METADATA
    with pytest.raises(ValueError, match="no compiler"):
        req.install()
    # Its output is read while it runs.
    assert noted == [True]
    assert (build.being_built, build.stage) == (False, WHEEL)
    # After a wheel that could not be built, this is the same failure once more.
    with pytest.raises(ValueError, match="no compiler"):
        req.install()
    req.works = True
    build.stage = METADATA
    assert req.install() == "installed"
    assert noted == [True]
