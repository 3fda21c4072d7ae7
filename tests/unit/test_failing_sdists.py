"""The list of sdists that fail to build is what it says it is."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from pip_build_override.pythons import PYTHONS

from ..network.failing import entries

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TESTS = Path(__file__).parent.parent
MOMENTS = ["release", "+0", "+90", "+180", "+365"]
REQUIRED = {"name", "version", "python", "found", "says"}
OPTIONAL = {"cause", "built-as-of", "works", "imports"}


def normalized(name: str) -> str:
    """Return a name as pip compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_each_has_what_is_needed_to_repeat_it() -> None:
    for sdist in entries():
        assert set(sdist) >= REQUIRED, sdist
        assert set(sdist) <= REQUIRED | OPTIONAL, sdist
        assert all(sdist[key] for key in REQUIRED), sdist
        assert tuple(map(int, sdist["python"].split("."))) in PYTHONS
        assert re.fullmatch(
            r"old release of a popular package|tests/logs|[\w.-]+/[\w.-]+#\d+", sdist["found"]
        ), sdist
        built = sdist.get("built-as-of", [])
        assert built == [moment for moment in MOMENTS if moment in built], sdist
        assert "works" in sdist or not built, sdist
        assert "works" in sdist or sdist.get("imports", True), sdist
        tomllib.loads(sdist.get("works", ""))


def test_there_are_many_and_most_are_new() -> None:
    names = [normalized(sdist["name"]) for sdist in entries()]
    assert len(names) >= 100
    assert len(set(names)) == len(names)
    logs = [normalized(path.name) for path in (TESTS / "logs").glob("*.txt")]
    known = [name for name in names if any(re.match(rf"{re.escape(name)}-\d", log) for log in logs)]
    assert 4 * len(known) <= len(names), known


def test_each_python_occurs() -> None:
    assert {sdist["python"] for sdist in entries()} == {f"3.{minor}" for minor in range(8, 14)}
