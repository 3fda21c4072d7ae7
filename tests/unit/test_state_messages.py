"""What a pip has to say: held back while nobody hears it, and a warning only once."""

from __future__ import annotations

import logging

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.state.environments import Environments, Filling
from pip_build_override.in_pip.state.messages import Messages


class Room:
    """The messages of one pip, and what its logger was given."""

    def __init__(self, caplog: pytest.LogCaptureFixture, *, outermost: bool = True) -> None:
        caplog.set_level(1, "pip_build_override")
        self.caplog = caplog
        self.environments = Environments(Filling(), outermost)
        self.messages = Messages(self.environments)

    @property
    def logged(self) -> list[tuple[int, str]]:
        return [(record.levelno, record.getMessage()) for record in self.caplog.records]


def warning(text: str) -> OverrideError:
    return OverrideError(text, kind="usage")


@pytest.fixture
def room(caplog: pytest.LogCaptureFixture) -> Room:
    return Room(caplog)


def test_what_can_be_heard_is_said_at_once(room: Room) -> None:
    room.messages.say(logging.INFO, "100 %s of it")
    room.messages.warn(warning("look"))
    assert room.logged == [
        (logging.INFO, "100 %s of it"),
        (logging.WARNING, "pip-build-override: look [usage]"),
    ]
    assert room.messages.lines == []


def test_a_warning_is_said_once(room: Room) -> None:
    for _ in range(2):
        room.messages.warn(warning("look"))
        room.messages.say(logging.INFO, "fine")
    assert [text for _, text in room.logged] == ["pip-build-override: look [usage]", "fine", "fine"]


def test_secrets_are_left_out(room: Room) -> None:
    room.messages.say(logging.INFO, "from https://user:secret@h.test/x")
    assert "secret" not in room.logged[0][1]


def test_what_is_said_while_pip_captures_it(room: Room) -> None:
    with room.environments.entered(Filling(depth=1)):
        room.messages.warn(warning("look"))
        assert room.logged == []
        assert len(room.messages.lines) == 1
    room.messages.flush()
    assert len(room.logged) == 1
    assert room.messages.lines == []


def test_a_nested_pip_says_nothing_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    room = Room(caplog, outermost=False)
    room.messages.warn(warning("look"))
    room.messages.flush()
    assert room.logged == []
    assert room.messages.lines == [(logging.WARNING, "pip-build-override: look [usage]")]


def test_warnings_that_are_kept_back(room: Room) -> None:
    kept: list[tuple[int, str]] = []
    inner: list[tuple[int, str]] = []
    with room.messages.warnings_kept(kept):
        room.messages.warn(warning("look"))
        room.messages.say(logging.INFO, "fine")
        with room.messages.warnings_kept(inner):
            room.messages.warn(warning("look there"))
        room.messages.warn(warning("look again"))
    assert [text for _, text in room.logged] == ["fine"]
    assert [text.partition(": ")[2] for _, text in kept] == ["look [usage]", "look again [usage]"]
    assert [text.partition(": ")[2] for _, text in inner] == ["look there [usage]"]
    # Kept back is not said: it is said when it turns out to count.
    for level, text in kept:
        room.messages.say(level, text)
    assert len(room.logged) == 3


def test_warnings_are_said_again_after_a_failure(room: Room) -> None:
    with pytest.raises(ValueError, match="mine"), room.messages.warnings_kept([]):
        raise ValueError("mine")
    room.messages.warn(warning("look"))
    assert len(room.logged) == 1


@pytest.mark.parametrize("succeeded", [True, False])
def test_warnings_that_count_only_after_success(room: Room, succeeded: bool) -> None:
    for text in ("one", "one", "two"):
        room.messages.warn_if_succeeded(warning(text))
    assert room.logged == []
    room.messages.end(succeeded)
    said = [text.partition(": ")[2] for _, text in room.logged]
    assert said == (["one [usage]", "two [usage]"] if succeeded else [])
