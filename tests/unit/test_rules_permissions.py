"""Who else may write to an overrides file: owner and mode, judged for the one who runs pip."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.rules import permissions

ME, OTHER, OTHERS_GROUP = 1000, 1001, 2000


@pytest.fixture(autouse=True)
def _users(monkeypatch: pytest.MonkeyPatch) -> None:
    def getpwuid(user: int) -> Any:
        return SimpleNamespace(pw_gid={ME: 100, OTHER: 100, 0: 0}[user])

    monkeypatch.setattr(permissions, "_users", SimpleNamespace(getpwuid=getpwuid))


def judged(mode: int, owner: int, group: int, user: int = ME) -> list[str]:
    status = os.stat_result((0o100000 | mode, 0, 0, 1, owner, group, 0, 0, 0, 0))
    found = [str(warning) for warning in permissions.warnings("o.toml", status, user)]
    assert all("\nhint: " in warning and warning.startswith("o.toml: ") for warning in found)
    return found


def test_as_files_mostly_are() -> None:
    assert judged(0o644, ME, 100) == []
    assert judged(0o600, ME, OTHERS_GROUP) == []
    # By a group of the owner's own, and by root for all.
    assert judged(0o664, ME, 100) == []
    assert judged(0o644, 0, 0) == []
    assert judged(0o644, 0, 0, user=0) == []


def test_world_writable() -> None:
    (warning,) = judged(0o646, ME, 100)
    assert "everybody" in warning
    with pytest.raises(OverrideError, match="everybody") as caught:
        judged(0o646, ME, 100, user=0)
    assert caught.value.hint == "chmod o-w o.toml"


def test_group_writable() -> None:
    (warning,) = judged(0o664, ME, OTHERS_GROUP)
    assert str(OTHERS_GROUP) in warning
    # In a container the owner may be nobody that is known.
    (_, warning) = judged(0o664, 5555, OTHERS_GROUP)
    assert "5555" in warning
    (warning,) = judged(0o664, 5555, 5555)
    assert "another user" in warning


def test_foreign_owner() -> None:
    (warning,) = judged(0o644, OTHER, 100)
    assert str(OTHER) in warning
    (warning,) = judged(0o644, ME, 100, user=0)
    assert str(ME) in warning


def test_all_at_once() -> None:
    assert len(judged(0o666, OTHER, OTHERS_GROUP)) == 3


def test_is_not_checked_without_owners_and_modes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "o.toml"
    file.write_bytes(b"content")
    file.chmod(0o666)
    monkeypatch.setattr(permissions, "CHECKED", False)
    assert permissions.read_trusted(str(file)) == (b"content", [])


def open_to_all(path: Path) -> Path:
    path.mkdir()
    path.chmod(0o777)
    return path


def test_reads_and_judges_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "o.toml"
    file.write_bytes(b"good")
    file.chmod(0o600)
    other = tmp_path / "other.toml"
    other.write_bytes(b"bad")
    other.chmod(0o606)
    judge = permissions.warnings
    judged_modes = []

    def exchanging(shown: str, status: os.stat_result, user: int) -> list[str]:
        judged_modes.append(status.st_mode & 0o777)
        # What a path leads to may change at any moment.
        os.replace(other, file)
        return judge(shown, status, user)

    monkeypatch.setattr(permissions, "_users", SimpleNamespace(getpwuid=_no_user))
    monkeypatch.setattr(permissions, "warnings", exchanging)
    assert permissions.read_trusted(str(file)) == (b"good", [])
    assert judged_modes == [0o600]
    monkeypatch.setattr(permissions, "warnings", judge)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(OverrideError, match="everybody may write"):
        permissions.read_trusted(str(file))
    with pytest.raises(OverrideError, match="no such overrides file"):
        permissions.read_trusted(str(other))


def _no_user(user: int) -> Any:
    raise KeyError(user)


def test_reads_where_nothing_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permissions, "CHECKED", False)
    file = open_to_all(tmp_path / "all") / "o.toml"
    file.write_bytes(b"good")
    file.chmod(0o666)
    assert permissions.read_trusted(str(file)) == (b"good", [])


def test_directories_that_all_may_write_to(tmp_path: Path) -> None:
    outer = open_to_all(tmp_path / "all of them")
    inner = outer / "inner"
    inner.mkdir(0o755)
    file = inner / "o.toml"
    file.touch()
    (warning,) = permissions.warnings_of_directories("o.toml", str(file))
    assert warning.message.startswith(f"everybody may write to {outer}")
    assert (warning.where, warning.hint) == ("o.toml", f"chmod o-w '{outer}'")
    (full,) = permissions.warnings_of_directories(str(file), str(file))
    assert permissions.read_trusted(str(file))[1][-1].to_json() == full.to_json()
    inner.chmod(0o777)
    assert len(permissions.warnings_of_directories("o.toml", str(file))) == 2
    # As in /tmp: only its owner replaces a file there.
    outer.chmod(0o1777)
    inner.chmod(0o755)
    assert permissions.warnings_of_directories("o.toml", str(file)) == []


def test_directories_of_a_link_and_of_what_it_leads_to(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir(0o755)
    everyones = open_to_all(tmp_path / "everyones")
    for real, link in ((own, everyones), (everyones, own)):
        (real / "real.toml").touch()
        (link / "link.toml").symlink_to(real / "real.toml")
        (warning,) = permissions.warnings_of_directories("link.toml", str(link / "link.toml"))
        assert str(everyones) in warning.message
    assert permissions.warnings_of_directories("x.toml", str(tmp_path / "missing" / "x.toml")) == []


def test_a_system_without_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pwd", None)
    try:
        importlib.reload(permissions)
        assert permissions._users is None
        assert permissions._own_group(7) == 7
    finally:
        monkeypatch.undo()
        importlib.reload(permissions)
    assert permissions._users is not None
