"""The commands that hints of a pip give."""

from __future__ import annotations

import shlex
import sys

import pytest

from pip_build_override.in_pip.internals import commands


def test_reinstall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/my env/bin/python")
    assert shlex.split(commands.reinstall("spoon==1.0")) == [
        *("/my env/bin/python", "-m", "pip", "install"),
        *("--force-reinstall", "--no-deps", "spoon==1.0"),
    ]
