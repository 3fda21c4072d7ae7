"""What is put into the report of a run."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from pip_build_override import records, switch
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.builds.manifest import Manifest
from pip_build_override.in_pip.state import run_report
from pip_build_override.in_pip.state.cached_wheels import Approved
from pip_build_override.in_pip.state.run_report import RunReport

from ..support.hints import follows
from .fakes import WHEEL, Link, Owners, Requirement

RULE = '[package.x]\nreplace.a = "a==1"\n'


class Room:
    """The report of a pip, perhaps of one that fills a build environment."""

    def __init__(
        self, room: Path, text: str = RULE, *, path: str | None = None, depth: int = 0
    ) -> None:
        self.path = str(room / "report.json") if path is None else path
        self.owners = Owners(room, text, depth=depth)
        self.wheel = str(room / "x-1.0-py3-none-any.whl")
        with zipfile.ZipFile(self.wheel, "w") as archive:
            archive.writestr("x-1.0.dist-info/METADATA", "Name: x\nVersion: 1.0\n")
            archive.writestr("x-1.0.dist-info/RECORD", "x-1.0.dist-info/RECORD,,\n")
        owners = self.owners
        self.report = RunReport(self.path, owners.rules, owners.environments, owners.cached_wheels)

    @property
    def builds(self) -> list[dict[str, Any]]:
        with open(self.path, encoding="utf-8") as file:
            found: list[dict[str, Any]] = json.load(file)["builds"]
        return found

    def cached(self, record: Any) -> Any:
        records.put_into_wheel(self.wheel, records.to_cyclonedx(record, ""))
        approved = Approved("digest", Manifest("digest"), Link())  # type: ignore[arg-type]
        self.owners.cached_wheels.approve(self.wheel, approved)
        return Requirement("x", Link(f"file://{self.wheel}"), original_link=Link())


@pytest.mark.parametrize("text", [RULE, ""])
@pytest.mark.parametrize("editable", [True, False])
def test_a_build(tmp_path: Path, text: str, editable: bool) -> None:
    room = Room(tmp_path, text)
    build = room.owners.build(None, "a", environment={"a": "1"})
    build.req.editable = editable
    room.report.add(build, room.wheel)
    (entry,) = room.builds
    assert (entry["name"], entry["version"]) == ("x", "1.0")
    assert entry["overridden"] is bool(text)
    assert entry["editable"] is editable
    assert entry["cached"] is False
    assert entry["nested"] is False
    assert entry["wheel"] == "x-1.0-py3-none-any.whl"
    assert entry["sha256"] == hashlib.sha256(Path(room.wheel).read_bytes()).hexdigest()
    room.report.add(build, room.wheel)
    assert len({entry["id"] for entry in room.builds}) == 2


def test_a_build_for_a_build_environment(tmp_path: Path) -> None:
    room = Room(tmp_path, depth=1)
    room.owners.root.built_for = ("y 1",)
    room.report.add(room.owners.build(None, "a"), room.wheel)
    (entry,) = room.builds
    assert entry["nested"] is True
    assert entry["built_for"] == ["y 1"]


def test_nobody_wants_one(tmp_path: Path) -> None:
    room = Room(tmp_path, path="")
    before = sorted(os.listdir(tmp_path))
    room.report.add(room.owners.build(None, "a"), room.wheel)
    room.report.add_cached([room.cached(records.Record("x", "1.0"))])
    assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.parametrize("overridden", [True, False])
def test_what_was_built_before(tmp_path: Path, overridden: bool) -> None:
    room = Room(tmp_path)
    change = records.Change("add", "a", (), ("a==1",), "o.toml: package.x", "+ a==1")
    record = records.Record("x", "1.0", changes=(change,) if overridden else ())
    plain: Any = Requirement("y", Link(WHEEL))
    room.report.add_cached([plain, room.cached(record)])
    (entry,) = room.builds
    assert entry["name"] == "x"
    assert entry["cached"] is True
    assert entry["overridden"] is overridden
    assert entry["editable"] is False


def test_one_that_cannot_be_written(tmp_path: Path) -> None:
    room = Room(tmp_path, path=str(tmp_path / "none" / "report.json"))
    with pytest.raises(OverrideError, match="cannot write the report") as caught:
        room.report.add(room.owners.build(None, "a"), room.wheel)
    follows("set {} to another file, or unset it", str(caught.value))
    other = Room(tmp_path)
    other.report.add(other.owners.build(None, "a"), other.wheel)
    assert len(other.builds) == 1


def test_another_process_holds_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(tmp_path)
    monkeypatch.setattr(run_report, "_locked", lambda descriptor: False)
    monkeypatch.setattr(run_report, "_PATIENCE_SECONDS", 0)
    with pytest.raises(OverrideError, match="another process holds"):
        room.report.add(room.owners.build(None, "a"), room.wheel)


def test_a_lock_that_was_taken_away_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(tmp_path)
    lock = f"{room.path}.lock"
    locked = run_report._locked

    def locked_and_gone(descriptor: int) -> bool:
        # As its holder does at the end; it is another file by then.
        monkeypatch.setattr(run_report, "_locked", locked)
        os.unlink(lock)
        return locked(descriptor)

    monkeypatch.setattr(run_report, "_locked", locked_and_gone)
    room.report.add(room.owners.build(None, "a"), room.wheel)
    assert len(room.builds) == 1
    assert not os.path.exists(lock)


# Its place


@pytest.mark.parametrize("given", ["report.json", ""])
def test_a_relative_path(tmp_path: Path, given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(switch.REPORT, given)
    place = run_report.place(str(tmp_path))
    assert place == (str(tmp_path / given) if given else "")
    # What nested pips get.
    assert os.environ[switch.REPORT] == place


@pytest.mark.parametrize("content", [None, "", "  \n", json.dumps(records.blank())])
def test_what_a_report_may_begin_as(
    tmp_path: Path, content: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(switch.REPORT, "report.json")
    if content is not None:
        (tmp_path / "report.json").write_text(content, encoding="utf-8")
    assert run_report.place(str(tmp_path))


@pytest.mark.parametrize("what", ["text", "json", "directory", "no directory"])
def test_what_is_no_report(tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.json"
    if what == "directory":
        path.mkdir()
    elif what == "no directory":
        path = tmp_path / "none" / "report.json"
    else:
        path.write_text("mine" if what == "text" else '{"mine": 1}', encoding="utf-8")
    monkeypatch.setenv(switch.REPORT, str(path))
    with pytest.raises(OverrideError, match="cannot write the report"):
        run_report.place(str(tmp_path))
