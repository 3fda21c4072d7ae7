"""What a build prints, as it goes by on pip's logger."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from pip_build_override.in_pip.internals import build_output


@pytest.fixture
def logger() -> logging.Logger:
    return logging.getLogger("pip.subprocessor")


def test_what_the_build_at_work_prints(logger: logging.Logger) -> None:
    build: Any = SimpleNamespace(printed=None)
    at_work: list[Any] = [build]
    with build_output.listening(lambda: at_work[0]):
        # Nothing was started yet.
        logger.debug("error: of before")
        assert build.printed is None
        logger.info("Running command %s", "python setup.py")
        logger.debug("  error: it fails  \n")
        assert build.printed.output.error == "error: it fails"
        logger.debug("%s exited with %s", "python", 1)
        assert build.printed.output.error == "error: it fails"
        # Of the next command, only what that prints.
        logger.info("Running command %s", "python setup.py bdist_wheel")
        assert build.printed.output.error == ""
        at_work[0] = None
        logger.debug("error: of somebody else")
        assert build.printed.output.error == ""


def test_pip_logs_as_before(logger: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "pip.subprocessor")
    before = {name: getattr(logger, name) for name in ("debug", "info")}
    with build_output.listening(lambda: None):
        logger.debug("one %s", "line")
        logger.info("another")
    assert [record.getMessage() for record in caplog.records] == ["one line", "another"]
    assert {name: getattr(logger, name) for name in before} == before
    with pytest.raises(ValueError, match="mine"), build_output.listening(lambda: None):
        raise ValueError("mine")
    assert {name: getattr(logger, name) for name in before} == before


def test_one_command_inside_another(logger: logging.Logger) -> None:
    outer: Any = SimpleNamespace(printed=None)
    inner: Any = SimpleNamespace(printed=None)
    with build_output.listening(lambda: outer):
        with build_output.listening(lambda: inner):
            logger.info("Running command %s", "python setup.py")
        inner.printed = None
        logger.info("Running command %s", "python setup.py")
        logger.debug("error: of the outer one")
    assert inner.printed is None
    assert outer.printed.output.error == "error: of the outer one"
    assert not {"debug", "verbose", "info"} & vars(logger).keys()


def test_long_output_is_read_before_a_build_fails() -> None:
    printed = build_output.Printed()
    printed.take("error: early")
    for _ in range(3):
        printed.take("x" * (build_output._MOST_HELD // 2))
        assert printed._size <= build_output._MOST_HELD
    assert not printed._held or printed._size < build_output._MOST_HELD
    assert printed.output.error == "error: early"
    printed.take("error: late")
    assert printed.output.error == "error: late"
