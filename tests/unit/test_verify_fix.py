"""What ``verify --fix`` builds, and what it says of what it cannot."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest

from pip_build_override.cli import verify_fix
from pip_build_override.errors import OverrideError
from pip_build_override.verifying.judging import Environment, Finding

from ..support.hints import follows


def environment(*distributions: dict[str, Any], python: str = "/python") -> Environment:
    common = {"version": "1.0", "requires": [], "record": None, "direct_url": {}, "modules": []}
    whole = [{**common, "top_level": [], "packages": [], **each} for each in distributions]
    return Environment({"distributions": whole, "markers": {}}, python)


def finding(name: str, against: str = "numpy", present: str = "1.20.1", **more: str) -> Finding:
    return Finding(name, "1.0", "import-failed", "no", against=against, present=present, **more)


EDITABLE = {"url": "file:///a", "dir_info": {"editable": True}}


def test_what_is_built() -> None:
    there = environment(
        {"name": "Lap"},
        {"name": "mine", "direct_url": EDITABLE},
        {"name": "local", "direct_url": {"url": "file:///local", "dir_info": {}}},
        {"name": "unknown"},
        {"name": "self"},
    )
    findings = [
        finding("lap", override="[package.lap]\nadd = ['a']", command="run --no-cache-dir"),
        finding("lap", "scipy", "1.9"),
        finding("mine"),
        finding("local"),
        # It is not known against what, or that is not there.
        finding("unknown", "", ""),
        finding("unknown", "torch", ""),
        finding("self", "self", "1.0"),
    ]
    lap, local = verify_fix._unfit(there, findings)
    assert (lap.label, lap.wanted) == ("lap 1.0", {"numpy": "1.20.1", "scipy": "1.9"})
    assert (lap.requirement, lap.uncached) == ("lap==1.0", True)
    assert lap.against == "numpy 1.20.1 and scipy 1.9"
    assert list(lap.tables()) == [
        {"add": ["a"]},
        {"replace": {"numpy": "numpy==1.20.1", "scipy": "scipy==1.9"}},
        {
            "replace": {"scipy": "scipy==1.9"},
            "add": ["numpy==1.20.1"],
            "remove": ["oldest-supported-numpy"],
        },
        {"add": ["numpy==1.20.1", "scipy==1.9"]},
    ]
    assert (local.requirement, local.uncached) == ("file:///local", False)
    assert "--overrides o.toml -- /python -m pip install" in lap.rebuild(there, "o.toml")


def test_what_was_tried_in_vain_is_no_remedy() -> None:
    offered = finding("lap", override="[package.lap]", command="run", file="o.toml")
    tried = verify_fix.without_remedy(offered, {"lap": "it does not build"})
    assert (tried.override, tried.command, tried.file) == ("", "", "")
    assert tried.reason == "no; a build against what is installed was tried: it does not build"
    assert verify_fix.without_remedy(offered, {"other": "no", "lap": ""}) is offered


def arguments(directory: Path) -> argparse.Namespace:
    return argparse.Namespace(write=str(directory / "o.toml"), limit="1")


def test_nothing_to_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_fix, "_pip_of", lambda python: "/pip")
    there = environment({"name": "mine", "direct_url": EDITABLE})
    assert verify_fix.fix(there, [finding("mine")], arguments(tmp_path)) == {}
    assert list(tmp_path.iterdir()) == []


def test_no_pip_to_build_with(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    there = environment({"name": "lap"}, python=str(python))
    with pytest.raises(OverrideError) as error:
        verify_fix.fix(there, [finding("lap")], arguments(tmp_path))
    command = follows("install pip there: {} -m ensurepip", str(error.value))
    assert command is not None
    assert not (tmp_path / "o.toml").exists()
