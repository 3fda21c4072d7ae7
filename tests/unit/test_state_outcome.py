"""What ends a pip command."""

from __future__ import annotations

import pytest

from pip_build_override.diagnosis import Failure
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.internals.endings import EndOfRun, Refusal, print_refusal
from pip_build_override.in_pip.state.outcome import FailedBuild, Outcome


def test_the_first_refusal_counts() -> None:
    outcome, first, second = (
        Outcome(),
        OverrideError("one", kind="usage"),
        OverrideError("two", kind="usage"),
    )
    raised = outcome.refuse(first)
    assert isinstance(raised, Refusal)
    assert raised.error is first
    assert outcome.refuse(second).error is second
    assert outcome.refusal is first


def test_a_failure_ends_the_run() -> None:
    outcome, error = Outcome(), RuntimeError("it failed")
    outcome.end_if_failed()
    # A build that pip itself counts as failed.
    outcome.fail_overridden()
    assert outcome.failed_overridden
    outcome.end_if_failed()
    outcome.fail_overridden(error)
    outcome.fail_overridden()
    with pytest.raises(EndOfRun, match="it failed") as caught:
        outcome.end_if_failed()
    assert caught.value.original is error


def test_what_a_nested_pip_hands_back() -> None:
    outcome = Outcome()
    outcome.note_failure(FailedBuild(0, Failure("x")))
    outcome.take(True, [FailedBuild(1, Failure("y"))])
    outcome.take(False, [])
    assert outcome.failed_overridden
    assert [failed.depth for failed in outcome.failures] == [0, 1]
    assert outcome.failure is None


def test_a_refusal_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    print_refusal(OverrideError("no", kind="usage", where="o.toml", hint="h"))
    assert capsys.readouterr().err == "pip-build-override: error: o.toml: no [usage]\nhint: h\n"
