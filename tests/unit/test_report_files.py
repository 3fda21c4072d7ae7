"""The report of a run, and the files beside it: no link of somebody else's leads them astray."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pip_build_override import files, records
from pip_build_override.cli import report_file
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.state import run_report

RECORD = records.Record("p", "1")


def add(report: Path) -> None:
    wheel = report.parent / "p-1-py3-none-any.whl"
    wheel.touch()
    environments: Any = SimpleNamespace(current=SimpleNamespace(built_for=()))
    nobody: Any = SimpleNamespace()
    adding = run_report.RunReport(str(report), nobody, environments, nobody)
    adding._add(RECORD, str(wheel), overridden=True, editable=False, cached=False)


def test_a_build_is_added_under_a_lock(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    add(report)
    add(report)
    assert len(records.read_report(json.loads(report.read_text(encoding="utf-8")))) == 2
    assert sorted(os.listdir(tmp_path)) == ["p-1-py3-none-any.whl", "report.json"]


@pytest.mark.parametrize("there", [False, True])
def test_the_lock_follows_no_link(tmp_path: Path, there: bool) -> None:
    elsewhere = tmp_path / "elsewhere"
    if there:
        elsewhere.write_text("mine", encoding="utf-8")
    lock = tmp_path / "report.json.lock"
    lock.symlink_to(elsewhere)
    with pytest.raises(OverrideError) as caught:
        add(tmp_path / "report.json")
    assert f"{lock} is a symbolic link" in caught.value.message
    assert caught.value.hint
    assert elsewhere.exists() is there
    assert lock.is_symlink()


def test_a_directory_in_the_place_of_the_lock(tmp_path: Path) -> None:
    (tmp_path / "report.json.lock").mkdir()
    with pytest.raises(OverrideError, match="cannot write the report"):
        add(tmp_path / "report.json")


def test_a_new_report_is_written_through_no_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine", encoding="utf-8")
    report = tmp_path / "report.json"
    # The names that a scratch file may be given, whether they can be foreseen or not.
    monkeypatch.setattr(files, "unique", lambda: "0")
    scratch = tmp_path / f"{files.SCRATCH}0"
    scratch.symlink_to(elsewhere)
    with pytest.raises(OverrideError, match="cannot be written"):
        report_file.begin(str(report))
    assert elsewhere.read_text(encoding="utf-8") == "mine"
    assert not report.exists()
    scratch.unlink()
    report_file.begin(str(report))
    assert json.loads(report.read_text(encoding="utf-8")) == records.blank()


def identity(path: Path) -> tuple[int, int, int]:
    found = path.lstat()
    # Reading a link changes when it was last read.
    return found.st_mode, found.st_ino, found.st_mtime_ns


@pytest.mark.parametrize("begin", [True, False], ids=["begun", "added to"])
@pytest.mark.parametrize("what", ["link", "pipe"])
def test_nothing_but_a_regular_file_is_replaced(what: str, begin: bool, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    if what == "link":
        (tmp_path / "elsewhere").write_text("", encoding="utf-8")
        report.symlink_to("elsewhere")
    elif hasattr(os, "mkfifo"):
        os.mkfifo(report)
    before = identity(report)
    with pytest.raises(OverrideError, match="it is a link, to elsewhere|it is not a regular file"):
        report_file.begin(str(report)) if begin else add(report)
    assert identity(report) == before
    assert (tmp_path / "elsewhere").exists() is (what == "link")
