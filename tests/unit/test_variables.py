"""The environment variables of processes without rules, and of the user."""

from __future__ import annotations

import os

import pytest

from pip_build_override import switch
from pip_build_override.variables import of_user, without_rules


def test_without_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(switch.SWITCH, "/rules.toml")
    assert switch.SWITCH not in without_rules()
    assert without_rules({switch.SWITCH: "/rules.toml", "CC": "gcc"}) == {"CC": "gcc"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (switch.INJECTED, None),
        (os.pathsep.join([switch.INJECTED, "/mine", "/other"]), os.pathsep.join(["/mine", "/other"])),
        ("/mine", "/mine"),
        ("", None),
    ],
)
def test_of_user(path: str, expected: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (switch.WATCH, switch.FIX, switch.REPORT, switch.FOLLOWED, *switch.BUILD_TRACKERS):
        monkeypatch.setenv(name, "/ours")
    monkeypatch.setenv(switch.SWITCH, "/rules.toml")
    monkeypatch.setenv(switch.COMMAND_LINE, "[]")
    monkeypatch.setenv("PYTHONPATH", path)
    found = of_user()
    assert found.pop("PYTHONPATH", None) == expected
    ours = {switch.SWITCH: "/rules.toml", switch.COMMAND_LINE: "[]"}
    assert {name: found[name] for name in found if "OVERRIDE" in name} == ours
    rest = {name: value for name, value in os.environ.items() if "OVERRIDE" not in name}
    for name in ("PYTHONPATH", *switch.BUILD_TRACKERS):
        rest.pop(name)
    assert {name: value for name, value in found.items() if name not in ours} == rest
