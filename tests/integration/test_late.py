"""What comes after pip has begun to install, when pip 26.3 lets nothing be imported any more."""

from __future__ import annotations

import json

import pytest

from ..support.environments import OVERRIDES, Target
from ..support.lending import cook
from ..support.wheelhouse import ingredient_wheel

pytestmark = pytest.mark.pips(only=("26.3", "26.3+inprocess+venv"))

INTERRUPTED = """
import sys

def interrupt(event, arguments):
    # pip has begun to write what it installs.
    if event == "open" and str(arguments[0]).endswith("/ready_made.py"):
        raise KeyboardInterrupt

sys.addaudithook(interrupt)
"""


def blocked(text: str) -> bool:
    return "Traceback" in text or "BlockedImport" in text or "Blocked import" in text


def test_a_table_that_nothing_was_built_for(target: Target) -> None:
    overrides = "[package.other]\nadd = ['ingredient']\n"
    result = target.override(overrides, "install", "ingredient==1.0").succeeded()
    assert result.summary == f"{OVERRIDES}: no build was overridden; not used: package.other"
    assert not blocked(result.stderr)
    assert target.versions() == {"ingredient": "1.0"}


def test_lines_that_replaced_nothing(target: Target) -> None:
    file = target.write("spice==1.0\nmint @ https://user:secret@h/mint-1.0.zip\n", "limits.txt")
    result = target.override(file, "install", "ready-made", "declares").succeeded()
    assert len([text for text in result.warnings if "so nothing was replaced" in text]) == 2
    assert not blocked(result.stderr)
    assert "secret" not in result.stdout + result.stderr


def test_a_misfit_a_report_and_a_summary(target: Target) -> None:
    target.put(ingredient_wheel(target.room / "older", "1.0"))
    report = target.room / "report.json"
    result = target.override(
        '[settings]\nrecord = "all"\n[package.declares]\nconstrain = ["ingredient<3"]\n',
        *("install", "built-and-run-on", "declares"),
        options=("--report", str(report)),
    ).succeeded()
    assert any("is built against ingredient 3.0" in text for text in result.warnings)
    assert "declares 2.0" in result.summary
    assert not blocked(result.stderr)
    built = {entry["name"] for entry in json.loads(report.read_text(encoding="utf-8"))["builds"]}
    assert built >= {"built-and-run-on", "declares"}


def test_a_report_that_cannot_be_written_any_more(target: Target) -> None:
    place = target.room / "reports"
    place.mkdir()
    sources = cook(target, f"import shutil; shutil.rmtree({str(place)!r})", requires=["ingredient"])
    backend = sources / "backend.py"
    backend.write_text(backend.read_text(encoding="utf-8").replace("import larder\n", ""))
    result = target.override(
        "[package.cook]\nconstrain = ['ingredient<3']\n",
        *("install", sources, "ready-made"),
        options=("--report", str(place / "report.json")),
    )
    result.refused("cannot write the report", str(place))
    assert target.versions() == {}


def test_an_interrupt(target: Target) -> None:
    (target.site_packages / "sitecustomize.py").write_text(INTERRUPTED, encoding="utf-8")
    result = target.override(
        "[package.declares]\nconstrain = ['ingredient<3']\n", "install", "declares", "ready-made"
    ).failed()
    assert "cancelled" in result.stdout + result.stderr
    assert not blocked(result.stderr)
    assert "ready-made" not in target.versions()
