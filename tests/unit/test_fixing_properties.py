"""The search in random worlds: what it finds works there, and is no tighter than needed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from pip_build_override.fixing.package import fix_package
from pip_build_override.fixing.result import Fixed
from pip_build_override.releases import Release

from .fixing_world import TODAY, Build, World

NAMES = ("setuptools", "wheel", "cython", "flit-core", "numpy", "odd-one")
FIRST = date(2018, 1, 1)
ERRORS = ("KeyError: 'x'", "error in lamp setup command: use_2to3 is invalid.", "SystemExit: numpy")


@st.composite
def indexes(draw: Any) -> dict[str, list[Release]]:
    return {name: draw(_releases()) for name in NAMES}


@st.composite
def _releases(draw: Any) -> list[Release]:
    count = draw(st.integers(1, 40))
    day = FIRST + timedelta(days=draw(st.integers(0, 300)))
    version = [draw(st.integers(0, 3)), 0, 0]
    found = []
    for _ in range(count):
        odd = draw(st.integers(0, 15))
        text = ".".join(map(str, version)) + ("rc1" if odd == 1 else "")
        found.append(Release(text, odd != 2, odd == 3, day))
        step = draw(st.sampled_from((0, 1, 1, 2, 2, 2)))
        version = [*version[:step], version[step] + 1, *([0] * (2 - step))]
        day += timedelta(days=draw(st.integers(5, 200)))
        if day > TODAY:
            break
    return found


@st.composite
def worlds(draw: Any) -> World:
    index = draw(indexes())
    declared = tuple(draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=6, unique=True)))
    needed = draw(st.lists(st.sampled_from(declared), min_size=1, max_size=2, unique=True))
    borders = {}
    for name in needed:
        final = [each.version for each in index[name] if not Version(each.version).is_prerelease]
        # Half of them are late enough that a moment is likely to be before them.
        borders[name] = draw(st.sampled_from([*final, *final[-4:], *final[-4:], "0"]))
    error = draw(st.sampled_from(ERRORS))
    at_import = draw(st.booleans())

    def says(build: Build) -> str:
        return "" if all(build.has(name, f"<{border}") for name, border in borders.items()) else error

    day = FIRST + timedelta(days=draw(st.integers(400, 2900)))
    nothing = lambda build: ""  # noqa: E731
    return World(
        says if not at_import else nothing,
        declared,
        index,
        imports=says if at_import else nothing,
        released=day,
        python=draw(st.sampled_from(["3.8", "3.11", "3.13"])),
    )


def _newest(where: World, name: str, limit: str = "") -> str:
    final = [
        each.version
        for each in where.index[name]
        if SpecifierSet(limit).contains(each.version) and not each.yanked
    ]
    return max(final, key=Version, default="")


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_in_any_world(where: World) -> None:
    failed = where.judged({})
    if failed.state != "failed":
        return
    first = failed.failure
    assert first is not None
    found = fix_package(first, (), lambda _: where, where.python, TODAY)
    differing = len(where.declared)
    assert len(where.attempts) <= 3 * 11 + 2 * differing + 3 * (6 + 12) + 6
    for table, _, _ in where.attempts:
        installed = [*table.get("add", ()), *table.get("replace", {}).values()]
        assert not installed or all(str(name).split("<")[0] in NAMES for name in installed)
        assert "odd-one" not in str(installed) or "odd-one" in where.declared
    if not isinstance(found, Fixed):
        assert not where.works({"as-of": "release"})
        return
    assert where.works(found.table)
    assert found.complete
    for text in found.table.get("constrain", ()):
        _check_it_is_needed(where, found, text)


def _check_it_is_needed(where: World, found: Fixed, text: str) -> None:
    """Check that a limit cannot be left out, and that the next release above it breaks."""
    name, limit = text.split("<")[0], "<" + text.split("<")[1]
    others = [each for each in found.table["constrain"] if each != text]
    without = {**found.table, "constrain": others}
    assert not where.works({key: value for key, value in without.items() if value})
    newer = [
        each.version
        for each in where.index[name]
        if not SpecifierSet(limit).contains(each.version, prereleases=True)
        and not Version(each.version).is_prerelease
        and not each.yanked
        and each.wheel
    ]
    if newer:
        above = f"{name}<={min(newer, key=Version)}"
        assert not where.works({**found.table, "constrain": [*others, above]})
