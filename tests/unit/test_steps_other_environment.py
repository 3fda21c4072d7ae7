"""Builds that use what pip does not install for them: what is found, checked and announced."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Iterable

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.builds import checks, contents, rule_checks, wheel_record
from pip_build_override.in_pip.builds.build import Build, PreparedAgain
from pip_build_override.in_pip.builds.prepared import Prepared
from pip_build_override.in_pip.builds.seen import Seen
from pip_build_override.in_pip.output import failures
from pip_build_override.in_pip.state.environments import Filling
from pip_build_override.in_pip.steps.other_environment import OtherEnvironment, check_of
from pip_build_override.records import freeze

from ..support.hints import follows
from .fakes import Owners
from .test_fulfilled import put

SEES = "[package.x]\nsystem-site-packages = true\n"
INSTEAD = '[package.x]\nbuild-environment = "target"\n'


class Room:
    """The step, and the build of x, which declares numpy, in a target that has two distributions."""

    def __init__(self, room: Path, text: str, *static: str, **more: Any) -> None:
        self.rules = text
        self.owners = Owners(room, text)
        self.site = room / "site-packages"
        put(self.site, "numpy", "1.20")
        put(self.site, "mint", "1")
        self.owners.target.directories = (str(self.site),)
        names = ("rules_in_force", "environments", "run_directory")
        self.step = OtherEnvironment(**self.owners.given(*names))
        self.build = self.owners.build(None, *static or ("numpy",), **more)

    def found(self) -> Build:
        self.step.find(self.build)
        return self.build

    def taken(self, *own: str, chosen: Iterable[str] = ()) -> Build:
        """The build in an environment that contains more, and for which pip chose from the target."""
        build = self.found()
        library = self.site.with_name("own")
        library.mkdir(exist_ok=True)
        for text in own:
            put(library, *text.split())
        if build.seen is not None:
            build.seen.taken.update(chosen)
        contents.take(build, (str(library), str(self.site)))
        return build


def test_nothing_else_is_used(tmp_path: Path) -> None:
    build = Room(tmp_path, '[package.x]\nadd = ["mint"]\nenv.A = "1"\n').found()
    assert build.seen is None
    assert build.prepared is None
    assert isinstance(OtherEnvironment.entered(build), nullcontext)
    build.plan = None
    Room(tmp_path / "site-packages", "").step.find(build)


def test_the_target_is_seen(tmp_path: Path) -> None:
    room = Room(tmp_path, SEES)
    build = room.found()
    assert isinstance(build.seen, Seen)
    assert build.seen.directories == (str(room.site),)
    with OtherEnvironment.entered(build):
        assert os.environ["PYTHONDONTWRITEBYTECODE"] == "1"
    assert build.rules_digest is None
    assert room.owners.rules.digest("x", "1.0", isolated=False) != ""


def test_the_target_instead(tmp_path: Path) -> None:
    build = Room(tmp_path, INSTEAD).found()
    assert isinstance(build.prepared, Prepared)
    assert build.prepared.interpreter.python == sys.executable
    assert build.prepared.where == "o.toml: package.x"
    with OtherEnvironment.entered(build):
        assert os.environ.get("PYTHONNOUSERSITE") != "1"


def test_for_a_build_requirement_the_target_is_not_complete(tmp_path: Path) -> None:
    room = Room(tmp_path, INSTEAD)
    filling = Filling(depth=1, built_for=("y 1", "z 2"))
    with room.owners.environments.entered(filling), pytest.raises(
        OverrideError, match="x 1.0 is a build requirement of z 2"
    ) as caught:
        room.found()
    assert caught.value.where == "o.toml: package.x"


def test_what_pip_is_told_of_requirements(tmp_path: Path) -> None:
    def original(reqs: Iterable[str]) -> Any:
        return {("a==1", "a>1")}, set(reqs)

    build = Room(tmp_path, SEES, hook=("mint",), hook_asked=False).found()
    asked = check_of(build)(original)
    assert asked(["numpy", "spice"]) == ({("a==1", "a>1")}, {"spice"})
    # What the backend asks for is installed by pip, which is offered what is seen.
    build.hook_asked, build.second_pass_done = True, False
    assert asked(["numpy", "spice"])[1] == {"numpy", "spice"}
    build.second_pass_done = True
    assert asked(["numpy", "spice"])[1] == {"spice"}
    build.seen = None
    assert asked(["numpy"])[1] == {"numpy"}
    instead = Room(tmp_path / "run", INSTEAD).found()
    assert check_of(instead)(original)(["spice"]) == (set(), set())


@pytest.mark.parametrize("text", [SEES, INSTEAD])
def test_pip_asks_for_what_the_backend_wants(tmp_path: Path, text: str) -> None:
    build = Room(tmp_path, text).found()
    build.second_pass_done = False
    with pytest.raises(OverrideError, match="was not called for what the backend asks for"):
        checks.check_nothing_bypassed(build)
    build.second_pass_done = True
    checks.check_nothing_bypassed(build)


def test_what_is_said_of_what_is_seen(tmp_path: Path) -> None:
    room = Room(tmp_path, SEES)
    build = room.taken("spice 2", chosen=["numpy"])
    room.owners.announcements.tell_built(build)
    room.owners.messages.flush()
    (said,) = room.owners.messages.heard
    assert said.endswith("built with numpy 1.20 (target), spice 2 (and 1 more seen in the target)")
    record = wheel_record.record_of(build, "o.toml")
    assert record.uses == "system-site-packages"
    assert {one.name: one.seen for one in record.environment} == {
        "numpy": True,
        "mint": True,
        "spice": False,
    }
    (problem,) = freeze([record]).problems
    assert (
        "it was built with system-site-packages, so it could import what nothing installed"
        in problem.message
    )


def test_what_is_in_front_is_not_of_the_target(tmp_path: Path) -> None:
    room = Room(tmp_path, SEES)
    build = room.taken("numpy 2", chosen=["mint"])
    room.owners.announcements.tell_built(build)
    room.owners.messages.flush()
    assert room.owners.messages.heard[0].endswith("built with mint 1 (target), numpy 2")
    assert build.environment["numpy"] == "2"


def test_what_is_said_of_an_environment(tmp_path: Path) -> None:
    room = Room(tmp_path, INSTEAD)
    build = room.taken()
    assert build.prepared is not None
    build.prepared.used = frozenset({"numpy"})
    room.owners.announcements.tell_built(build)
    room.owners.messages.flush()
    (said,) = room.owners.messages.heard
    assert said.endswith("built with numpy 1.20, in the target environment (which contains 1 more)")
    assert wheel_record.record_of(build, "o.toml").uses == "build-environment"


@pytest.mark.parametrize("text", [SEES, INSTEAD])
def test_two_copies_of_what_nothing_asks_for(tmp_path: Path, text: str) -> None:
    room = Room(tmp_path, text)
    put(room.site, "mint", "2")
    assert "mint" not in room.taken().environment
    asked = Room(tmp_path / "site-packages", f"{text}constrain = ['mint<3']\n")
    put(asked.site, "mint", "2")
    with pytest.raises(OverrideError, match="mint is installed more than once"):
        asked.taken()


@pytest.mark.parametrize(
    ("rules", "static", "kind"),
    [
        ("remove = ['mint']", ("numpy", "mint"), "remove"),
        ("replace.mint = 'spice'", ("mint",), "replace"),
    ],
)
@pytest.mark.parametrize("text", [SEES, INSTEAD])
def test_what_is_taken_away_cannot_be_imported(
    tmp_path: Path, text: str, rules: str, static: tuple[str, ...], kind: str
) -> None:
    build = Room(tmp_path, f"{text}{rules}\n", *static).taken()
    with pytest.raises(OverrideError) as caught:
        contents.check(build, complete=False)
    message = (
        f"{kind} takes mint away from x 1.0, whose build would still import mint 1 from the target"
    )
    assert caught.value.message.startswith(message)
    assert caught.value.where == "o.toml: package.x"


def test_what_is_taken_away_and_not_there(tmp_path: Path) -> None:
    room = Room(tmp_path, f"{SEES}remove = ['spice']\nreplace.mint = 'mint==2'\n", "spice", "mint")
    (room.site / "mint-1.dist-info" / "RECORD").write_text("mint-1.dist-info/RECORD,,\n", "utf-8")
    contents.check(room.taken("mint 2"), complete=False)
    # Another requirement of pip's own environment may have brought it.
    own = Room(tmp_path / "site-packages", f"{SEES}remove = ['herb']\n", "herb")
    contents.check(own.taken("herb 1"), complete=False)


def test_what_a_rule_excludes(tmp_path: Path) -> None:
    build = Room(tmp_path, f"{SEES}constrain = ['mint>1']\n").taken()
    with pytest.raises(OverrideError, match="x 1.0 sees the mint 1 of the target") as caught:
        contents.check(build, complete=False)
    assert caught.value.where == "o.toml: package.x"
    instead = Room(tmp_path / "site-packages", f"{INSTEAD}constrain = ['mint>1']\n")
    with pytest.raises(OverrideError, match="contains mint 1, and mint>1 excludes that") as caught:
        contents.check(instead.taken(), complete=False)
    hint = follows("install another version there: {}", f"hint: {caught.value.hint}")
    assert hint.endswith("install 'mint>1'")
    put(instead.site.with_name("own"), "mint", "2")
    contents.check(instead.taken(), complete=False)


def test_what_the_backend_excludes_is_tried_together(tmp_path: Path) -> None:
    room = Room(tmp_path, SEES, hook=("numpy>2",))
    build = room.taken()
    build.check_first_pass()
    build.seen.taken.add("numpy")  # type: ignore[union-attr]
    with pytest.raises(PreparedAgain):
        build.check_first_pass()
    assert build.early == ("numpy>2",)
    assert build.seen.taken == set()  # type: ignore[union-attr]
    # Nothing is installed there, so there is nothing to try.
    Room(tmp_path / "site-packages", INSTEAD, hook=("numpy>2",)).taken().check_first_pass()


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("", False),
        (SEES, True),
        (INSTEAD, True),
        ('[package.x]\nbuild-environment = "/"\n', True),
        ('[package."*"]\nbuild-environment = "/"\n', True),
        ('[package."*"]\nbuild-environment = "/"\n[package.x]\nbuild-environment = "target"\n', True),
        ('[package."*"]\nadd = ["a"]\n', False),
        ('[package.x]\nadd = ["a"]\n', True),
    ],
)
def test_what_cannot_act_without_isolation(tmp_path: Path, text: str, refused: bool) -> None:
    selection = Owners(tmp_path, text).rules.selection("x", "1.0")
    assert bool(rule_checks.against_no_isolation(selection)) is refused


def _list_files(site: Path, info: str, *names: str) -> None:
    rows = "".join(f"{name},sha256=x,1\n" for name in names)
    (site / f"{info}.dist-info" / "RECORD").write_text(rows, encoding="utf-8")
    for name in names:
        (site / name).parent.mkdir(exist_ok=True)
        (site / name).touch()


def test_what_is_hidden_is_hidden_as_a_whole(tmp_path: Path) -> None:
    room = Room(tmp_path, f"{SEES}replace.numpy = 'numpy==2'\n")
    own = tmp_path / "own"
    put(own, "numpy", "2")
    _list_files(room.site, "numpy-1.20", "numpy/__init__.py", "numpy_old.py", "numpy/lib.so")
    _list_files(own, "numpy-2", "numpy/__init__.py")
    with pytest.raises(OverrideError) as caught:
        contents.check(room.taken(), complete=False)
    assert caught.value.message == (
        "x 1.0 is built with numpy 2, which does not hide all of the numpy 1.20 of the target"
        f" environment ({room.site}): numpy_old could still be imported"
    )
    assert caught.value.where == "o.toml: package.x"
    hint = follows(
        "install {}=={} in the target environment, or remove system-site-packages from that table",
        f"hint: {caught.value.hint}",
    )
    assert "install numpy==2 in" in hint
    rest = f"[package.x]\n{room.rules.partition(SEES)[2]}"
    contents.check(Room(tmp_path / "run", rest).taken("numpy 2"), complete=False)
    # Versions that pip finds, or that are left over from another installer, are hidden or not as well.
    put(room.site, "numpy", "1.19")
    _list_files(room.site, "numpy-1.20", "numpy/__init__.py")
    with pytest.raises(OverrideError, match="numpy 1.19 of the target environment .* has no RECORD"):
        contents.check(room.taken(), complete=False)
    for version in ("1.19", "1.20"):
        shutil.rmtree(room.site / f"numpy-{version}.dist-info")
    put(room.site, "numpy", "2")
    _list_files(room.site, "numpy-2", "numpy/__init__.py", "numpy_old.py")
    shutil.rmtree(own)
    contents.check(room.taken(), complete=False)


def test_a_failed_build_lists_what_nothing_requires_by_itself(tmp_path: Path) -> None:
    build = Room(tmp_path, SEES).taken("spice 2", chosen=["numpy"])
    assert dict(failures._origins(build)) == {
        "declared": ("numpy 1.20",),
        "their dependencies": ("spice 2",),
        "not required by anything": ("mint 1",),
    }
