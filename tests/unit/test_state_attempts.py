"""Which pips may use what an attempt of ``fix`` has built."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pip_build_override import switch
from pip_build_override.diagnosis import known_failures
from pip_build_override.in_pip.internals import same_options
from pip_build_override.in_pip.state.attempts import Attempts
from pip_build_override.in_pip.state.pip_command import PipCommand


class Given:
    """The options of a command, or a requirement, with what is given to build backends."""

    def __init__(self, **given: object) -> None:
        self.config_settings: dict[str, object] = {}
        vars(self).update(given)


PLAIN: Any = Given()


@pytest.fixture
def search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("PIP_", "_PIP_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(same_options, "configured_sections", frozenset)
    for name in ("attempt", "command", "another/command"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "attempt" / known_failures.FILE).write_text("{}", encoding="utf-8")
    return tmp_path


def of(place: Path, monkeypatch: pytest.MonkeyPatch, options: Any = PLAIN) -> Attempts:
    monkeypatch.setenv(switch.FIX, str(place))
    return Attempts(PipCommand("install", options))


def test_a_pip_with_the_same_surroundings(search: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = of(search / "attempt", monkeypatch).mark(PLAIN)
    command = of(search / "command", monkeypatch)
    assert mark
    assert command.mark(PLAIN) == ""
    assert command.may_use(mark)
    assert not command.may_use("")
    # Another fix.
    assert not of(search / "another" / "command", monkeypatch).may_use(mark)


@pytest.mark.parametrize(
    "change",
    [
        lambda patch: patch.setenv("CFLAGS", "-O0"),
        lambda patch: patch.setenv("PIP_NO_DEPS", "1"),
        lambda patch: patch.chdir(".."),
        lambda patch: patch.setattr(same_options, "configured_sections", lambda: {"global", "wheel"}),
    ],
)
def test_other_surroundings(change: Any, search: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = of(search / "attempt", monkeypatch).mark(PLAIN)
    change(monkeypatch)
    assert not of(search / "command", monkeypatch).may_use(mark)
    # And the other way round.
    other = of(search / "attempt", monkeypatch).mark(PLAIN)
    monkeypatch.undo()
    monkeypatch.chdir(search)
    assert not of(search / "command", monkeypatch).may_use(other)


def test_another_umask(search: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = of(search / "attempt", monkeypatch).mark(PLAIN)
    before = os.umask(0o077)
    try:
        assert not of(search / "command", monkeypatch).may_use(mark)
    finally:
        os.umask(before)


@pytest.mark.parametrize("given", [{"config_settings": {"a": "b"}}, {"global_options": ["-v"]}])
def test_settings(given: Any, search: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = of(search / "attempt", monkeypatch)
    set_: Any = Given(**given)
    mark, alone = attempt.mark(PLAIN), attempt.mark(set_)
    assert alone == attempt.mark(set_) != mark
    command = of(search / "command", monkeypatch)
    assert not command.may_use(alone)
    command.note_roots([PLAIN])
    assert command.may_use(mark)
    command.note_roots([set_])
    assert not command.may_use(mark)
    with_option = of(search / "command", monkeypatch, set_)
    with_option.note_roots([PLAIN])
    assert not with_option.may_use(mark)
