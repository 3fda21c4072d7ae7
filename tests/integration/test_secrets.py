"""Passwords and tokens in the URLs of rules: pip uses them, and nothing shows or keeps them."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pytest

from ..support.environments import Target, tool
from ..support.serving import served

SECRET = "hush"


@pytest.fixture
def url(target: Target) -> Iterator[str]:
    """Serve the index, and return the URL of a wheel in it, with a password and a token."""
    with served(target.index) as place:
        file = "ingredient-2.0-py3-none-any.whl"
        yield f"http://user:p@{SECRET}@{place}/{file}?token={SECRET}"


def test_what_is_shown_and_written(target: Target, url: str) -> None:
    rules = target.write(f'[package.declares]\nadd = ["ingredient @ {url}"]\n')
    line = "ingredient @ " + url.replace(f"user:p@{SECRET}@", "").partition("?")[0]
    result = target.override(
        rules, "install", "-v", "declares", options=("--report", "report.json")
    ).succeeded()
    assert target.stamp("declares") == {"ingredient": "2.0"}
    assert any(f"{line} added" in text for text in result.reported)
    assert SECRET not in "".join(result.reported)
    report = (target.room / "report.json").read_text(encoding="utf-8")
    assert line in report
    assert SECRET not in report
    (record,) = target.site_packages.glob("declares-2.0.dist-info/sboms/*.json")
    document = record.read_text(encoding="utf-8")
    assert line in document
    assert SECRET not in document
    for kept in _files(target.room / "cache"):
        if kept.name == "build-override.json":
            assert SECRET not in kept.read_text(encoding="utf-8")
    explained = target.execute(
        *tool(), "explain", "--python", target.python, "--overrides", rules, "declares"
    ).succeeded()
    assert line in explained.stdout
    assert SECRET not in explained.stdout + explained.stderr


def _files(directory: Path) -> Iterator[Path]:
    return (path for path in directory.rglob("*") if path.is_file())
