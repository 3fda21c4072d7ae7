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
    build: Any = SimpleNamespace(output=None)
    at_work: list[Any] = [build]
    with build_output.listening(lambda: at_work[0]):
        # Nothing was started yet.
        logger.debug("error: of before")
        assert build.output is None
        logger.info("Running command %s", "python setup.py")
        logger.debug("  error: it fails  \n")
        assert build.output.error == "error: it fails"
        logger.debug("%s exited with %s", "python", 1)
        assert build.output.error == "error: it fails"
        # Of the next command, only what that prints.
        logger.info("Running command %s", "python setup.py bdist_wheel")
        assert build.output.error == ""
        at_work[0] = None
        logger.debug("error: of somebody else")
        assert build.output.error == ""


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
    outer: Any = SimpleNamespace(output=None)
    inner: Any = SimpleNamespace(output=None)
    with build_output.listening(lambda: outer):
        with build_output.listening(lambda: inner):
            logger.info("Running command %s", "python setup.py")
        inner.output = None
        logger.info("Running command %s", "python setup.py")
        logger.debug("error: of the outer one")
    assert inner.output is None
    assert outer.output.error == "error: of the outer one"
    assert not {"debug", "verbose", "info"} & vars(logger).keys()
