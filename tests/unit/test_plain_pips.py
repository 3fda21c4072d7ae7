"""How pips without the shim betray themselves, whatever log the user wants."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pip_build_override import switch

SPELLINGS = ("PIP_LOG", "PIP_LOG_FILE", "PIP_LOCAL_LOG", "PIP_log", "pip_Log-File")


@pytest.mark.parametrize("name", SPELLINGS)
def test_the_users_log_is_kept_for_pips_with_the_shim(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {name: "mine.log", "PIP_LOGGER": "other"}
    switch.watch_by_log(environment, str(tmp_path))
    assert environment == {
        "PIP_LOG": str(tmp_path / switch.LOG),
        switch.USERS_LOG: "mine.log",
        "PIP_LOGGER": "other",
    }
    for variable in (*SPELLINGS, switch.USERS_LOG, "PIP_REPORT"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("PIP_REPORT", str(tmp_path / switch.INSTALLED))
    # Twice: a process may run several commands.
    for _ in range(2):
        switch.stop_watching()
        assert os.environ["PIP_LOG"] == "mine.log"
        assert switch.USERS_LOG not in os.environ
        assert "PIP_REPORT" not in os.environ
    monkeypatch.setenv("PIP_REPORT", "my report.json")
    switch.stop_watching()
    assert os.environ["PIP_REPORT"] == "my report.json"


def test_no_log_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment: dict[str, str] = {}
    switch.watch_by_log(environment, str(tmp_path))
    assert environment == {"PIP_LOG": str(tmp_path / switch.LOG)}
    monkeypatch.delenv(switch.USERS_LOG, raising=False)
    monkeypatch.setenv("PIP_LOG", environment["PIP_LOG"])
    switch.stop_watching()
    assert "PIP_LOG" not in os.environ


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("2026-01-01T00:00:00,000 Installing collected packages: foo, bar\n", True),
        ("2026-01-01T00:00:00,000 Using pip 26.3 from /env (python 3.11)\n", True),
        ("2026-01-01T00:00:00,000 Added foo from file:///foo to build tracker '/tmp/x'\n", True),
        ("2026-01-01T00:00:00,000 Package    Version\n", False),
        # Of one that downloads wheels.
        ("2026-01-01T00:00:00,000 Initialized build tracking at /tmp/x\n", False),
        (None, False),
    ],
)
def test_what_pips_without_it_log(line: str | None, found: bool, tmp_path: Path) -> None:
    if line is not None:
        (tmp_path / switch.LOG).write_text(line, encoding="utf-8")
    users = tmp_path / "mine.log"
    users.write_text("before\n", encoding="utf-8")
    assert switch.was_written_without_shim(str(tmp_path), str(users)) is found
    assert users.read_text(encoding="utf-8") == "before\n" + (line or "")
    assert switch.was_written_without_shim(str(tmp_path), str(tmp_path)) is found
    (tmp_path / switch.INSTALLED).write_text("{}", encoding="utf-8")
    assert switch.was_written_without_shim(str(tmp_path))
