"""pip with the shim, in an interpreter that ignores PYTHONPATH."""

from __future__ import annotations

import os
import runpy
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from pip_build_override import startup, switch

NAME = "pip_build_override.startup.run_pip"


@pytest.mark.parametrize("watched", [True, False])
def test_pip_runs_with_the_hook_of_this_package(watched: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    did: list[Any] = []

    def watch(package: str, variables: Any) -> None:
        did.append(("watch", package, variables[switch.WATCH]))

    hook = SimpleNamespace(INJECTED="now", arm=lambda *given: did.append(("arm", *given)), watch=watch)
    monkeypatch.setitem(sys.modules, "pip_build_override_hook", hook)
    if watched:
        monkeypatch.setenv(switch.WATCH, "/watch")
    else:
        monkeypatch.delenv(switch.WATCH, raising=False)
    path = list(sys.path)
    run = runpy.run_module
    monkeypatch.setattr(runpy, "run_module", lambda name, **given: did.append((name, given)))
    run(NAME, run_name="__main__")
    package = os.path.dirname(os.path.dirname(os.path.abspath(startup.__file__)))
    assert did == [
        ("arm", package, "now"),
        *([("watch", package, "/watch")] if watched else []),
        ("pip", {"run_name": "__main__", "alter_sys": True}),
    ]
    # Where it found the hook, pip finds nothing.
    assert sys.path == path


def test_nothing_happens_by_an_import(monkeypatch: pytest.MonkeyPatch) -> None:
    run = runpy.run_module
    monkeypatch.setattr(runpy, "run_module", lambda *_, **__: pytest.fail("pip was run"))
    assert "_arm" in run(NAME)
