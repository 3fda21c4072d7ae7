"""The tree that a package is built in: nothing of an earlier build or preparation is used there."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.builds.build import Build
from pip_build_override.in_pip.builds.leftovers import Leftovers
from pip_build_override.in_pip.builds.tree_state import TreeState
from pip_build_override.in_pip.steps.source_tree import SourceTree, check_wheel

from ..support.hints import follows
from .fakes import Backend, Link, Owners, Requirement, Spy, member

RULE = '[package.x]\nreplace.a = "a==1"\n'
LEFT = "x/fast.cpython-38-x86_64-linux-gnu.so"


class Room:
    """The step, and a directory of sources that the user names."""

    def __init__(self, room: Path, text: str = RULE, *, depth: int = 0, **req: Any) -> None:
        self.owners = Owners(room, text, depth=depth)
        self.tree = room / "tree"
        self.write("setup.py", "x/__init__.py")
        self.alone = Spy(has_to_itself=True)
        self.step = SourceTree(
            **self.owners.given(
                "rules_in_force",
                "environments",
                "messages",
                "explained",
                "run_directory",
                trees=self.alone,
            )
        )
        link = Link(f"file://{self.tree}")
        self.req = Requirement("x", link, **{"source_dir": str(self.tree), **req})
        self.build = self.owners.build(self.req, "a")

    def write(self, *paths: str, content: str = "") -> None:
        for path in paths:
            (self.tree / path).parent.mkdir(parents=True, exist_ok=True)
            (self.tree / path).write_text(content, encoding="utf-8")

    @property
    def copy(self) -> Path:
        assert self.build.moved_from == str(self.tree)
        assert self.req.source_dir is not None
        assert self.req.source_dir != str(self.tree)
        return Path(self.req.source_dir)


def test_a_clean_tree_is_built_in_place(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.step.settle(room.build)
    assert room.req.source_dir == str(room.tree)
    assert room.build.moved_from == ""
    # What the hooks write is known from there.
    room.write("x/_version.py")
    assert room.build.tree_before is not None
    assert room.build.tree_before.changes().new == ("x/_version.py",)


def test_results_of_an_earlier_build_are_left_out(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.write(LEFT)
    room.step.settle(room.build)
    assert (room.copy / "x" / "__init__.py").is_file()
    assert not (room.copy / LEFT).exists()
    assert (room.tree / LEFT).exists()
    assert room.build.leftovers.modules == (LEFT,)
    assert room.build.tree_before is None
    # And the copy goes at the end.
    copy = room.copy
    room.owners.run_directory.at_end.close()
    assert not copy.exists()


@pytest.mark.parametrize("why", ["in_a_copy", "explain", "nested", "other pip"])
def test_a_clean_tree_that_is_not_built_in_place(tmp_path: Path, why: str) -> None:
    room = Room(tmp_path, depth=1 if why == "nested" else 0)
    room.build.in_a_copy = why == "in_a_copy"
    room.owners.explained.wanted = why == "explain"
    room.alone.answers["has_to_itself"] = why != "other pip"
    room.step.settle(room.build)
    assert (room.copy / "setup.py").is_file()


def test_what_hooks_have_written_is_left_out(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.write("x/_version.py")
    room.build.written_by_hooks = ("x/_version.py",)
    room.step.settle(room.build)
    assert not (room.copy / "x" / "_version.py").exists()


def test_an_editable_project_stays_where_it_is(tmp_path: Path) -> None:
    room = Room(tmp_path, editable=True)
    room.write(LEFT)
    room.step.settle(room.build)
    assert room.req.source_dir == str(room.tree)
    assert room.build.leftovers.compiled == (LEFT,)


def test_a_fresh_checkout_is_not_searched(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.write(LEFT)
    room.req.link = Link("git+https://host.test/x")
    room.step.settle(room.build)
    assert room.build.leftovers == Leftovers()
    # What the hooks have written to it is taken away, for there is no other copy.
    room.build.written_by_hooks = (LEFT,)
    room.step.settle(room.build)
    assert not (room.tree / LEFT).exists()
    assert room.req.source_dir == str(room.tree)


def test_an_archive_is_not_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(tmp_path)
    archive = tmp_path / "x-1.0.tar.gz"
    archive.touch()
    room.req.local_file_path = str(archive)
    room.req.link = Link(f"file://{archive}")
    room.write(LEFT)
    room.step.settle(room.build)
    assert room.build.leftovers == Leftovers()
    assert room.build.tree_before is None
    unpacked = []
    monkeypatch.setattr(Build, "unpack_archive", lambda self: unpacked.append(self))
    room.step.start_again(room.build)
    assert unpacked == [room.build]


@pytest.mark.parametrize("archive", ["", "/none.tar.gz"])
def test_without_an_archive_it_is_a_tree(tmp_path: Path, archive: str) -> None:
    room = Room(tmp_path, local_file_path=archive)
    room.step.settle(room.build)
    assert room.build.tree_before is not None


@pytest.mark.parametrize("kind", ["directory", "checkout", "archive"])
def test_results_beyond_the_tree(tmp_path: Path, kind: str) -> None:
    archive = tmp_path / "x-1.0.tar.gz"
    archive.touch()
    room = Room(tmp_path, local_file_path=str(archive) if kind == "archive" else "")
    if kind != "directory":
        room.req.link = Link(f"file://{archive}")
    room.write("setup.cfg", content="[build]\nbuild_base = ../out\n")
    (tmp_path / "out" / "temp.linux").mkdir(parents=True)
    (tmp_path / "out" / "temp.linux" / "fast.o").touch()
    with pytest.raises(OverrideError, match="outside") as caught:
        room.step.settle(room.build)
    said = follows("remove them first: {}", str(caught.value))
    (path,) = said.partition(": ")[2].split()
    assert os.path.basename(os.path.normpath(path)) == "out"
    shutil.rmtree(path)
    room.step.settle(room.build)


# Once more


def test_a_copy_is_made_again(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.build.in_a_copy = True
    room.step.settle(room.build)
    first = room.copy
    room.step.start_again(room.build)
    assert room.req.source_dir == str(room.tree)
    assert room.build.moved_from == ""
    room.step.settle(room.build)
    assert room.copy != first


def test_a_tree_of_which_nothing_is_known(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.step.start_again(room.build)
    assert room.build.written_by_hooks == ()


@pytest.mark.parametrize(
    ("path", "editable", "fine"),
    [
        ("new.py", False, True),
        ("new.py", True, False),
        ("x/__init__.py", False, False),
        ("", True, True),
    ],
)
def test_a_tree_that_a_hook_has_written_to(
    tmp_path: Path, path: str, editable: bool, fine: bool
) -> None:
    room = Room(tmp_path, editable=editable)
    room.build.early = ("a==1",)
    room.build.tree_before = TreeState(str(room.tree))
    if path:
        room.write(path, content="written")
    if fine:
        room.step.start_again(room.build)
        assert room.build.written_by_hooks == ((path,) if path else ())
        return
    with pytest.raises(OverrideError, match=path) as caught:
        room.step.start_again(room.build)
    assert "constrain = ['a==1']" in caught.value.hint
    room.build.early = ("a @ file:///a.whl",)
    with pytest.raises(OverrideError) as caught:
        room.step.start_again(room.build)
    assert "requires = ['a==1', 'a @ file:///a.whl']" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "helped", "left", "again"),
    [
        ("", True, True, True),
        ("", True, False, False),
        ("", False, True, False),
        (RULE, True, True, False),
    ],
)
def test_an_environment_that_came_about_under_a_rule(
    tmp_path: Path, text: str, helped: bool, left: bool, again: bool
) -> None:
    room = Room(tmp_path, text)
    if left:
        room.write(LEFT)
    if helped:
        room.build.members.append(member("a", source=True, rules="digest"))
    assert room.step.begin_without_leftovers(room.build) is again
    assert room.build.leaves_nothing is again
    # Once.
    assert room.step.begin_without_leftovers(room.build) is False


# Editable projects


SETUPTOOLS = "setuptools.build_meta"


@pytest.mark.parametrize(
    ("changes", "backend", "version", "fine"),
    [
        ({}, "mesonpy", "70", False),
        # From 64 on it builds elsewhere.
        ({}, SETUPTOOLS, "64", True),
        ({}, SETUPTOOLS, "63", False),
        ({"hook": "get_requires_for_build_wheel"}, SETUPTOOLS, "64", False),
        ({"editable": False}, "mesonpy", "70", True),
        ({"explained": True}, "mesonpy", "70", True),
        ({"text": ""}, "mesonpy", "70", True),
        ({"text": "", "leaves_nothing": True}, "mesonpy", "70", False),
    ],
)
def test_results_beside_the_sources_of_an_editable_project(
    tmp_path: Path, changes: Any, backend: str, version: str, fine: bool
) -> None:
    caller = Backend()
    caller.build_backend = backend
    room = Room(
        tmp_path,
        changes.get("text", RULE),
        editable=changes.get("editable", True),
        pep517_backend=caller,
    )
    room.owners.explained.wanted = changes.get("explained", False)
    room.build.leaves_nothing = changes.get("leaves_nothing", False)
    room.build.environment = {"setuptools": version}
    room.build.leftovers = Leftovers(compiled=(LEFT,))
    hook = changes.get("hook", "get_requires_for_build_editable")
    if fine:
        room.step.check_editable(room.build, hook)
        return
    with pytest.raises(OverrideError, match=str(room.tree)) as caught:
        room.step.check_editable(room.build, hook)
    assert caught.value.hint.endswith(LEFT)


@pytest.mark.parametrize(("cython", "fine"), [("3.0.0", True), ("0.29", False), (None, False)])
def test_generated_sources_of_an_editable_project(
    tmp_path: Path, cython: str | None, fine: bool
) -> None:
    room = Room(tmp_path, editable=True)
    room.build.leftovers = Leftovers(generated=(("x/fast.c", "3.0"),))
    room.build.environment = {"cython": cython} if cython else {}
    if fine:
        room.step.check_editable(room.build, "get_requires_for_build_editable")
    else:
        with pytest.raises(OverrideError, match=r"x/fast\.c"):
            room.step.check_editable(room.build, "get_requires_for_build_editable")


# Afterwards


@pytest.mark.parametrize(("moved", "left"), [(True, True), (True, False), (False, True)])
def test_what_a_failed_build_was_built_without(tmp_path: Path, moved: bool, left: bool) -> None:
    room = Room(tmp_path)
    room.build.moved_from = str(room.tree) if moved else ""
    room.build.leftovers = Leftovers(compiled=(LEFT,) if left else ())
    room.step.tell_left_out(room.build)
    heard = room.owners.messages.heard
    assert len(heard) == (1 if moved and left else 0)
    assert all(LEFT in text and str(room.tree) in text for text in heard)
    for text in heard:
        # What Git tracks is not left out, see test_leftovers.py.
        follows(
            "if one of them is a source file, add it to version control (git add -f), or build from an"
            " sdist",
            text,
        )


@pytest.mark.parametrize(
    ("modules", "names", "editable", "fine"),
    [
        ((), ["x/__init__.py"], False, True),
        ((LEFT,), ["x/__init__.py"], False, False),
        ((LEFT,), ["x/__init__.py", "x/fast.abi3.so"], False, True),
        ((LEFT,), ["x/__init__.py", "x/fast.pyd"], False, True),
        ((LEFT,), ["x/__init__.py", "x/fast.py"], False, False),
        ((LEFT,), ["x/__init__.py"], True, True),
        # Of what is not in the wheel at all.
        (("tests/fast.so",), ["x/__init__.py"], False, True),
        (("fast.so",), ["x/__init__.py"], False, False),
        (("src/fast.so",), ["x/__init__.py"], False, False),
    ],
)
def test_a_wheel_without_what_was_left_out(
    tmp_path: Path, modules: tuple[str, ...], names: list[str], editable: bool, fine: bool
) -> None:
    room = Room(tmp_path, editable=editable)
    room.build.leftovers = Leftovers(compiled=modules, modules=modules)
    wheel = str(tmp_path / "x.whl")
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in names:
            archive.writestr(name, "")
    if fine:
        check_wheel(room.build, wheel)
    else:
        with pytest.raises(OverrideError, match=modules[0]):
            check_wheel(room.build, wheel)
