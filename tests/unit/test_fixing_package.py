"""The search for the rules of a package, in a made-up world."""

from __future__ import annotations

from datetime import date
from typing import Any

from pip_build_override.fixing.package import fix_package
from pip_build_override.fixing.result import Fixed, NotFixed

from .fixing_world import TODAY, Build, World, releases

SETUPTOOLS = [f"{major}.{minor}.0" for major in range(40, 83) for minor in (0, 1)]
CYTHON = ["0.29.0", "0.29.21", "0.29.37", "3.0.0", "3.0.12", "3.1.0", "3.1.4", "3.2.0"]


def index() -> dict[str, Any]:
    return {
        "setuptools": releases(date(2018, 6, 1), 36, *SETUPTOOLS),
        "wheel": releases(date(2018, 6, 1), 300, *(f"0.{minor}.0" for minor in range(34, 44))),
        "cython": releases(date(2019, 1, 1), 380, *CYTHON),
        "flit-core": releases(date(2020, 1, 1), 160, *(f"{n // 4}.{n % 4}.0" for n in range(8, 20))),
    }


def world(builds: Any, **more: Any) -> World:
    return World(builds, **{"index": index(), **more})


def fixed(where: World) -> Fixed:
    found = fix_package(where.first, (), lambda _: where, where.python, TODAY)
    assert isinstance(found, Fixed), found
    assert where.works(found.table)
    return found


def rules(found: Fixed) -> dict[str, Any]:
    return {key: value for key, value in found.table.items() if key != "reason"}


def not_fixed(where: World) -> NotFixed:
    found = fix_package(where.first, (), lambda _: where, where.python, TODAY)
    assert isinstance(found, NotFixed), found
    return found


def tools_older_than(**versions: str) -> Any:
    def builds(build: Build) -> str:
        for name, version in versions.items():
            if not build.has(name.replace("_", "-"), f"<{version}"):
                return "KeyError: 'strange'"
        return ""

    return builds


def test_a_known_kind() -> None:
    where = world(
        lambda build: (
            ""
            if build.has("setuptools", "<58")
            else "error in lamp setup command: use_2to3 is invalid."
        )
    )
    found = fixed(where)
    assert rules(found) == {"constrain": ["setuptools<58"]}
    assert found.means == "signature"
    assert found.complete
    assert "setuptools 58 removed that" in found.table["reason"]
    # The remedy, and whether the next release is too new.
    assert [purpose for _, purpose, _ in where.attempts] == ["setuptools<58", "setuptools<58.1"]


def test_a_missing_module() -> None:
    where = world(
        lambda build: (
            "" if build.has("cython", "<3.1") else "ModuleNotFoundError: No module named 'Cython'"
        )
    )
    found = fixed(where)
    assert rules(found) == {"add": ["cython<3.1"]}
    assert found.means == "missing module"


def test_a_moment_then_the_loosest_limit() -> None:
    where = world(tools_older_than(setuptools="65.1.0"))
    found = fixed(where)
    assert rules(found) == {"constrain": ["setuptools<65.1"]}
    assert found.means == "search"
    assert found.table["reason"] == (
        "it does not build with setuptools 65.1.0 and later (found by fix on 2026-11-28)"
    )
    assert len(where.attempts) <= 14


def test_two_that_matter_together() -> None:
    where = world(
        tools_older_than(setuptools="65", flit_core="3"), declared=("setuptools", "wheel", "flit-core")
    )
    found = fixed(where)
    assert sorted(found.table["constrain"]) == ["flit-core<3", "setuptools<65"]
