"""From what was built to a file that builds it again in the same way, or stops."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from ..support.environments import Target, tool
from ..support.hints import follows
from ..support.wheelhouse import ingredient_wheel

RULES = """
[package.needs-sauce]
replace.ingredient = "ingredient==1.0"

[package.sauce]
replace.ingredient = "ingredient==2.0"
"""
BUILT = {"ingredient": "1.0", "sauce": "1.0"}


def build(target: Target, *what: str) -> None:
    target.override(RULES, "install", *what, options=("--report", "report.json")).succeeded()


def frozen(target: Target, *options: str) -> Path:
    """The file that repeats a build of ``needs-sauce``."""
    build(target, *options, "needs-sauce")
    result = target.execute(*tool(), "freeze", "report.json").succeeded()
    assert result.stderr == ""
    return target.write(result.stdout, "frozen.toml")


def elsewhere(target: Target, *left_out: str) -> dict[str, str]:
    """Another cache, and another index."""
    index = target.room / "index"
    shutil.copytree(target.index, index, ignore=shutil.ignore_patterns(*left_out))
    return {"PIP_FIND_LINKS": str(index), "PIP_CACHE_DIR": str(target.room / "other-cache")}


@pytest.mark.seam("none")
def test_the_same_build_from_an_index_with_newer_releases(target: Target) -> None:
    build(target, "ingredient")
    nothing = target.execute(*tool(), "freeze", "report.json").failed(1)
    follows("add --no-binary NAME to the pip command", nothing.stderr)
    path = frozen(target, "--no-binary", "needs-sauce")
    settings = elsewhere(target)
    for version in ("1.0.post1", "2.0.post1", "9.0"):
        ingredient_wheel(Path(settings["PIP_FIND_LINKS"]), version)
    other = target.fresh()
    other.override(path, "install", "needs-sauce", settings=settings).succeeded()
    assert other.stamp("needs_sauce") == BUILT
    assert other.nested_stamps("needs_sauce") == {"sauce": {"ingredient": "2.0"}}


@pytest.mark.seam("none")
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_an_altered_wheel_stops_it(target: Target, version: str) -> None:
    path = frozen(target)
    settings = elsewhere(target)
    # 2.0 is met by the nested pip only.
    ingredient_wheel(Path(settings["PIP_FIND_LINKS"]), version, note="altered")
    other = target.fresh()
    other.refuses(
        path, "install", "needs-sauce", words=("ingredient", "frozen.toml"), settings=settings
    )


@pytest.mark.seam("none")
def test_what_has_no_hash_is_not_asked_for_one(target: Target) -> None:
    # pip's own mode would want hashes of all, the package itself included.
    wheel = target.index / "ingredient-1.0-py3-none-any.whl"
    overrides = target.write(
        "[package.declares]\nreplace.ingredient = { requirement = 'ingredient==1.0',"
        f" hashes = ['sha256:{_sha256(wheel)}'] }}\n"
    )
    target.override(overrides, "install", "declares").succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}


@pytest.mark.seam("none")
def test_wheels_tell_it_too(target: Target) -> None:
    target.override(RULES, "wheel", "--no-deps", "-w", "wheels", "needs-sauce").succeeded()
    (wheel,) = os.listdir(target.room / "wheels")
    result = target.execute(*tool(), "freeze", f"wheels/{wheel}").succeeded()
    assert "[package.needs-sauce]" in result.stdout
    assert 'requirement = "ingredient==1.0"' in result.stdout
    # What the wheel cannot know.
    assert "sauce 1.0 was built for it" in result.stderr


@pytest.mark.pips(only=("26.3",))
def test_files_without_a_build(target: Target) -> None:
    target.write("{}", "other.json")
    for name in ("other.json", str(target.index / "mint-1.0-py3-none-any.whl")):
        target.execute(*tool(), "freeze", name).refused("has no record of a build")
    for name in ("absent.json", "absent.whl"):
        target.execute(*tool(), "freeze", name).refused(f"{name} cannot be read")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.seam("none")
@pytest.mark.parametrize("version", ["1.0", "3.0"])
def test_hashes_of_what_only_the_hook_asks_for(target: Target, version: str) -> None:
    # It is there already when the hook asks for it: 3.0 as wanted, for 1.0 it is prepared again.
    file = next(target.index.glob(f"ingredient-{version}-*.whl"))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()

    def rules(digest: str) -> str:
        requirement = f"""{{ requirement = "ingredient=={version}", hashes = ["sha256:{digest}"] }}"""
        return f"[package.asks-for-what-came]\nreplace.ingredient = {requirement}\n"

    target.refuses(rules("0" * 64), "install", "asks-for-what-came", words=("ingredient", "HASHES"))
    target.override(rules(digest), "install", "asks-for-what-came").succeeded()
    assert target.stamp("asks_for_what_came")["ingredient"] == version
