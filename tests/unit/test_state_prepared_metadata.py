"""Narrowed metadata of a build: what it is narrowed to, where, and whether pip reads it."""

from __future__ import annotations

import zipfile
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from pip_build_override import records, rules
from pip_build_override.errors import OverrideError
from pip_build_override.frozen import replace
from pip_build_override.in_pip.builds import pins
from pip_build_override.in_pip.builds.build import Build
from pip_build_override.in_pip.builds.pinned import Pinned
from pip_build_override.in_pip.internals import seams
from pip_build_override.in_pip.steps.served_metadata import ServedMetadata

from ..support.hints import follows
from ..support.stampbackend import write_wheel
from .fakes import SDIST, WHEEL, Link, Owners, Requirement, call

LIST = '[package.x]\npin-compatible = ["numpy"]\n'
FOR_ALL = "[package.'*']\npin-compatible = ['numpy', 'x']\n"


class Room:
    """A build of x with some environment, and the owner of its metadata."""

    def __init__(self, room: Path, text: str = LIST, built_with: str = "1.20.1", **more: Any) -> None:
        self.owners = Owners(room, text)
        self.owners.target.versions["numpy"] = built_with
        self.req = more.pop("req", None) or Requirement(link=Link())
        environment = {"numpy": built_with, "setuptools": "1"} if built_with else {"setuptools": "1"}
        self.build: Build = self.owners.build(self.req, "numpy", environment=environment, **more)
        self.owned = self.owners.prepared_metadata
        self.directory = room / "x-1.0.dist-info"
        self.metadata = self.directory / "METADATA"

    def prepare(self, *lines: str) -> list[str]:
        """Write metadata as a backend does, and return what pip reads instead."""
        self.directory.mkdir(exist_ok=True)
        self.metadata.write_text("".join(f"Requires-Dist: {line}\n" for line in lines))
        self.owned.narrow(self.build, str(self.directory))
        return self.read()

    def read(self) -> list[str]:
        return [line.partition(": ")[2] for line in self.metadata.read_text().splitlines()]

    def take(self, lines: list[str]) -> None:
        """Let pip take these requirements from the metadata, and ask for served ones."""
        self.req.metadata = Message()
        for line in lines:
            self.req.metadata["Requires-Dist"] = line
        self.owned.note_asked(self.req)


def test_narrowed_by_what_it_is_built_with(tmp_path: Path) -> None:
    room = Room(tmp_path)
    assert room.build.changes[0].describe() == 'pin-compatible = ["numpy"]'
    assert room.prepare("numpy", "scipy") == ["numpy>=1.20,<2", "scipy"]
    assert room.build.pins == (Pinned("numpy", "1.20.1", ">=1.20,<2", "o.toml: package.x"),)
    (change,) = room.build.changes
    assert change.describe() == "pins numpy>=1.20,<2 (built with numpy 1.20.1)"
    with room.owned.as_written(room.build):
        assert room.read() == ["numpy", "scipy"]
    assert room.read() == ["numpy>=1.20,<2", "scipy"]
    room.take(room.read())
    room.owned.check(room.build)


def test_given_back_after_a_build_that_fails(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.prepare("numpy")
    with pytest.raises(OSError, match="fails"), room.owned.as_written(room.build):
        raise OSError("fails")
    assert room.read() == ["numpy>=1.20,<2"]


def test_nothing_to_narrow(tmp_path: Path) -> None:
    room = Room(tmp_path, "[package.x]\nno-binary = true\n")
    assert pins.asked_for(room.build) == []
    with room.owned.as_written(room.build):
        pass
    room.owned.narrow_wheel(room.build, "/none")
    room.owned.settle(room.build)
    room.owned.check(room.build)
    assert room.build.changes == ()


def test_rules_for_all_are_about_what_is_there(tmp_path: Path) -> None:
    room = Room(tmp_path, FOR_ALL, "")
    assert room.prepare("numpy") == ["numpy"]
    assert room.build.changes == ()
    room.owned.check(room.build)
    # pip says so if a backend writes nothing.
    other = Room(tmp_path, FOR_ALL)
    other.owned.narrow(other.build, str(tmp_path / "none"))
    assert other.build.pins


def test_without_a_build_environment_nothing_is_pinned(tmp_path: Path) -> None:
    room = Room(tmp_path, FOR_ALL, isolated=False)
    assert room.build.changes == ()
    room.owned.check(room.build)


def test_what_it_is_not_built_with(tmp_path: Path) -> None:
    room = Room(tmp_path, built_with="")
    with pytest.raises(OverrideError, match=r"x 1\.0 is built without numpy") as refused:
        room.prepare("numpy")
    error = refused.value
    assert error.where == "o.toml: package.x"
    assert "(built with: setuptools 1)" in error.message
    hint = follows('have it built with {} (add = ["{}"]), or remove {} from pin-compatible', error.hint)
    added = hint.partition("(")[2].partition(")")[0]
    rules.parse_overrides(f"{LIST}{added}\n".encode(), path="/none/o.toml")
    room.build.environment["numpy"] = "1.20.1"
    assert room.prepare("numpy") == ["numpy>=1.20,<2"]


@pytest.mark.parametrize(
    ("template", "version", "message"),
    [
        ("=={version}.*", "2.0rc1", "for which"),
        ("~={version}", "2", "for which"),
        (">={version}", "unknown", "for which"),
        ("", "unknown", "for which"),
    ],
)
def test_a_version_that_makes_no_specifier(
    tmp_path: Path, template: str, version: str, message: str
) -> None:
    text = f"[package.x]\npin-compatible.numpy = '{template}'\n" if template else LIST
    with pytest.raises(OverrideError, match=message) as refused:
        Room(tmp_path, text, version).prepare("numpy")
    assert "numpy" in refused.value.message
    assert refused.value.where == "o.toml: package.x"
    hint = follows(
        'write a specifier in full, pin-compatible.{} = ">=…", or have it built with another {}',
        refused.value.hint,
    )
    if version != "unknown":
        line = hint.partition("in full, ")[2].partition(", or")[0].replace("…", "1.9")
        room = Room(tmp_path, f"[package.x]\n{line}\n", version)
        assert room.prepare("numpy") == ["numpy>=1.9"]


def test_a_specifier_that_excludes_what_it_is_built_with(tmp_path: Path) -> None:
    text = "[package.x]\npin-compatible.numpy = '>={version},<2'\n"
    with pytest.raises(OverrideError, match=r"built with numpy 2\.1, which >=2\.1,<2 excl") as refused:
        Room(tmp_path, text, "2.1").prepare("numpy")
    follows(
        "write a specifier that {} {} satisfies, or have it built with another {}", refused.value.hint
    )
    room = Room(tmp_path, text.replace("<2", "<3"), "2.1")
    assert room.prepare("numpy") == ["numpy>=2.1,<3"]


def test_a_requirement_of_one_file(tmp_path: Path) -> None:
    room = Room(tmp_path)
    with pytest.raises(OverrideError, match=r"x 1\.0 cannot be pinned: numpy @ https") as refused:
        room.prepare("numpy @ https://h/numpy-1.20.1.zip")
    follows(
        "remove that name from pin-compatible: such a requirement names one file already",
        refused.value.hint,
    )
    other = Room(tmp_path, "[package.x]\npin-compatible = ['setuptools']\n")
    assert other.prepare("numpy @ https://h/n.zip") == ["numpy @ https://h/n.zip", "setuptools>=1"]


def test_a_guess_is_pinned_once_it_is_true(tmp_path: Path) -> None:
    room = Room(tmp_path)
    assert room.build.plan is not None
    question = rules.Question("numpy", rules.Source("target"))
    answered = ((question, rules.Answer("numpy==1.20.1", "numpy==1.20.1")),)
    room.build.plan = replace(room.build.plan, settled=answered)
    # Required in any case, so that the target gets one.
    assert room.prepare("scipy") == ["scipy", "numpy"]
    room.take(room.read())
    room.owned.check(room.build)
    assert pins.awaiting_target(room.build) == {"numpy"}
    room.owners.target.final = True
    room.owned.settle(room.build)
    assert room.read() == ["scipy", "numpy>=1.20,<2"]
    with room.owned.as_written(room.build):
        assert room.read() == ["scipy"]


@pytest.mark.parametrize("prepared", ["numpy", "numpy (>=1.19)"])
def test_the_wheel_says_what_pip_has_resolved_with(tmp_path: Path, prepared: str) -> None:
    room = Room(tmp_path)
    room.prepare(prepared)
    wheel = tmp_path / write_wheel(str(tmp_path), "x", "1.0", {}, requires=[prepared])
    room.owned.narrow_wheel(room.build, str(wheel))
    assert records.requirements_of_wheel(str(wheel)) == room.read()
    before = wheel.read_bytes()
    room.owned.narrow_wheel(room.build, str(wheel))
    assert wheel.read_bytes() == before
    room.owned.check_wheel(room.build, str(wheel))


def test_a_wheel_that_is_built_past_the_hook(tmp_path: Path) -> None:
    room = Room(tmp_path)
    wheel = str(tmp_path / write_wheel(str(tmp_path), "x", "1.0", {}, requires=["numpy"]))
    room.owned.check_wheel(room.build, wheel)
    room.prepare("numpy")
    with pytest.raises(OverrideError, match="the hook was called without our wrapper"):
        room.owned.check_wheel(room.build, wheel)
    assert not Path(wheel).exists()


def test_a_backend_that_does_not_keep_to_its_metadata(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.prepare("numpy>=1.19")
    wheel = tmp_path / write_wheel(str(tmp_path), "x", "1.0", {}, requires=["numpy"])
    before = wheel.read_bytes()
    with pytest.raises(
        OverrideError, match=r"the wheel of x 1\.0 requires numpy>=1\.20,<2,"
    ) as refused:
        room.owned.narrow_wheel(room.build, str(wheel))
    assert "prepared before requires numpy>=1.19,>=1.20,<2" in refused.value.message
    assert wheel.read_bytes() == before
    follows(
        "remove {} from pin-compatible: this build backend does not keep to what it has prepared",
        refused.value.hint,
    )
    # Without the pin nothing is compared.
    other = Room(tmp_path, "[package.x]\nno-binary = true\n")
    other.owned.narrow_wheel(other.build, str(wheel))


def test_what_is_no_wheel(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.prepare("numpy")
    wheel = tmp_path / "x-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("x.py", "")
    with pytest.raises(OverrideError, match="cannot narrow the requirements in the wheel") as refused:
        room.owned.narrow_wheel(room.build, str(wheel))
    follows("remove {} from its table, to leave the wheel unchanged", refused.value.hint)
    other = Room(tmp_path, "[package.x]\nno-binary = true\n")
    other.owned.narrow_wheel(other.build, str(wheel))


def test_a_pip_that_reads_other_metadata(tmp_path: Path) -> None:
    room = Room(tmp_path)
    with pytest.raises(OverrideError, match=r"InstallRequirement\.prepare_metadata: bypassed"):
        room.owned.check(room.build)
    room.prepare("numpy")
    if seams.find(seams.SERVED_METADATA) is not None:
        with pytest.raises(OverrideError, match="_fetch_metadata_only: bypassed"):
            room.owned.check(room.build)
    room.take(["numpy"])
    with pytest.raises(OverrideError, match="pip takes its metadata from elsewhere"):
        room.owned.check(room.build)


def test_an_editable_has_no_served_metadata(tmp_path: Path) -> None:
    room = Room(tmp_path, req=Requirement(link=Link(), editable=True))
    for line in room.prepare("numpy"):
        room.req.metadata["Requires-Dist"] = line
    room.owned.check(room.build)


@pytest.mark.parametrize(
    ("text", "url", "used"),
    [
        (LIST, SDIST, False),
        (LIST, WHEEL, True),
        ("[package.y]\npin-compatible = ['numpy']\n", SDIST, True),
        # Whether the table matches is not known yet.
        ("[package.'x>1']\npin-compatible = ['numpy']\n", "https://index.test/archive.zip", False),
        ("[package.'x>1']\npin-compatible = ['numpy']\n", SDIST, True),
    ],
)
def test_served_metadata_is_used_if_nothing_narrows_it(
    tmp_path: Path, text: str, url: str, used: bool
) -> None:
    owners = Owners(tmp_path, text)
    step = ServedMetadata(owners.rules, lambda: owners.prepared_metadata)

    def fetch(req: Any) -> str:
        return "served"

    req = Requirement("x", Link(url))
    assert step.fetch(fetch, call(fetch, req)) == ("served" if used else None)
    assert owners.rules.has_pins
