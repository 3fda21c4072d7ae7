"""Who else may write to an overrides file: owner and mode, judged for the one who runs pip."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.in_pip import trust

ME, OTHER, OTHERS_GROUP = 1000, 1001, 2000


@pytest.fixture(autouse=True)
def _users(monkeypatch: pytest.MonkeyPatch) -> None:
    def getpwuid(user: int) -> Any:
        return SimpleNamespace(pw_gid={ME: 100, OTHER: 100, 0: 0}[user])

    monkeypatch.setattr(trust, "_users", SimpleNamespace(getpwuid=getpwuid))


def judged(mode: int, owner: int, group: int, user: int = ME) -> list[str]:
    status = os.stat_result((0o100000 | mode, 0, 0, 1, owner, group, 0, 0, 0, 0))
    found = trust.warnings("o.toml", status, user)
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


def test_checks_what_there_is(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert trust.check(str(tmp_path / "missing.toml")) == []
    monkeypatch.setattr(trust, "CHECKED", False)
    assert trust.check(str(tmp_path)) == []
