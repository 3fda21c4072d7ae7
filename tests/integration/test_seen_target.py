"""``system-site-packages = true``: the target is seen behind what pip installs for a build."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest

from ..support.environments import Target
from ..support.hints import follows
from ..support.lending import LARDER, cook, everything, install, larder_wheel
from ..support.wheelhouse import ingredient_wheel

SEES = """\
[package.cook]
system-site-packages = true
"""
# Ends in writing ``seen`` where ``_seen`` finds it.
_TELLING = """\
import importlib.metadata, json, larder.tool, shutil, ingredient, spice
seen = {{
    "larder": larder.__file__,
    "header": open(os.path.join(os.path.dirname(larder.__file__), "include", "larder.h")).read(),
    "pth": getattr(sys, "larder_pth", False),
    "commands": [point.value for point in importlib.metadata.distribution("larder").entry_points],
    "tool at": shutil.which("larder-tool"),
    "tool": subprocess.check_output(["larder-tool"], universal_newlines=True),
    "spice": spice.__file__,
    "ingredient": (ingredient.VERSION, ingredient.__file__),
    "child": subprocess.check_output(
        [sys.executable, "-c", "import ingredient; print(ingredient.VERSION)"],
        universal_newlines=True,
    ),
}}
json.dump(seen, open({path!r}, "w"))
"""


@pytest.fixture
def larder(target: Target) -> Target:
    """An environment with a larder, which is on no index, and older releases of what it needs."""
    install(
        target,
        larder_wheel(target.room / "wheels", note="here"),
        target.index / "spice-1.0-py3-none-any.whl",
        ingredient_wheel(target.room / "wheels", "1.0", note="here"),
    )
    return target


def _told(target: Target) -> str:
    return _TELLING.format(path=str(target.room / "seen.json"))


def _seen(target: Target) -> dict[str, Any]:
    seen: dict[str, Any] = json.loads((target.room / "seen.json").read_text(encoding="utf-8"))
    return seen


@pytest.mark.seam("build environments")
@pytest.mark.quick_on("26.3")
def test_is_seen_behind_what_pip_installs(larder: Target) -> None:
    before = everything(larder.environment)
    source = cook(larder, _told(larder), requires=("larder", "mint"), wheel_requires=("ingredient>=2",))
    # Neither a command with a space in its path nor PATH is what this is about.
    temporary = larder.room / "temporary"
    temporary.mkdir()
    settings = {"TMPDIR": str(temporary), "TEMP": str(temporary), "TMP": str(temporary)}
    result = larder.override(
        SEES, "wheel", "--no-deps", "-w", "out", source, settings=settings
    ).succeeded()
    # The hook excludes the ingredient of the target, so a newer one is in front of it.
    used = f"ingredient 3.0, larder {LARDER} (target), mint 1.0, spice 1.0 (target), stampbackend 1.0"
    assert result.reported == [
        "cook 1.0: system-site-packages = true   [build-overrides.toml: package.cook]",
        f"cook 1.0: built with {used} (and 1 more seen in the target)",
    ]
    seen = _seen(larder)
    site = str(larder.site_packages)
    assert seen["larder"].startswith(site)
    assert seen["spice"].startswith(site)
    assert "LARDER" in seen["header"]
    assert seen["pth"]
    assert seen["commands"] == ["larder.tool:main"]
    assert seen["tool at"].startswith(str(larder.environment))
    assert seen["tool"].startswith(LARDER)
    version, place = seen["ingredient"]
    assert version == "3.0" == seen["child"].strip()
    assert not place.startswith(site)
    assert everything(larder.environment) == before
    assert larder.stored_wheels() == {}


def test_of_a_build_requirement_the_environment_that_it_is_for(larder: Target) -> None:
    rules = '[package."*"]\nsystem-site-packages = true\n'
    result = larder.override(rules, "install", "needs-sauce").succeeded()
    assert "built with ingredient 1.0 (target), sauce 1.0, stampbackend 1.0 (and" in result.stdout
    assert larder.nested_stamps("needs_sauce")["sauce"]["ingredient"] == "1.0"
    # What depends on the target is built again each time, and so is what is built with it.
    assert sorted(larder.builds()) == ["needs-sauce", "sauce"]
    larder.fresh().override(rules, "install", "needs-sauce").succeeded()
    assert sorted(larder.builds()) == ["needs-sauce", "sauce"]


@pytest.mark.seam("none")
def test_what_rules_ask_holds_of_what_is_seen(larder: Target) -> None:
    larder.put(larder.index / "mint-1.0-py3-none-any.whl")
    source = cook(larder, requires=("larder", "mint"))
    result = larder.refuses(f"{SEES}remove = ['mint']\n", "install", source)
    assert (
        "remove takes mint away from cook 1.0, whose build would still import mint 1.0" in result.error
    )
    follows("uninstall {} there, or leave {} out of {}", result.stderr)
    shutil.rmtree(larder.site_packages / "mint-1.0.dist-info")
    (larder.site_packages / "mint.py").unlink()
    larder.override(f"{SEES}remove = ['mint']\n", "install", source).succeeded()

    # Nothing requires it, so pip has no reason to put another version in front of it.
    larder.put(larder.index / "flavour-1.0-py3-none-any.whl")
    source = cook(larder)
    result = larder.refuses(f"{SEES}constrain = ['flavour>1']\n", "install", source)
    assert "cook 1.0 sees the flavour 1.0 of the target environment" in result.error
    hint = follows("write add = [{}], which installs another version in front of it", result.stderr)
    added = hint.partition("write ")[2].partition(", which")[0]
    larder.override(f"{SEES}{added}\n", "install", source).succeeded()
    assert larder.stamp("cook")["flavour"].endswith("(imported: 2.0)")


@pytest.mark.seam("none")
def test_a_build_that_writes_into_the_target_is_found_out(larder: Target) -> None:
    place = larder.site_packages / "larder" / "new.txt"
    source = cook(larder, f"open({str(place)!r}, 'w').close()")
    result = larder.override(SEES, "install", source).refused()
    assert "its build wrote into the target environment, which system-site-packages" in result.error
    assert str(place) in result.error
    follows(
        "reinstall what that file belongs to ({}) or remove the file; then fix the build", result.stderr
    )
    assert "cook" not in larder.versions()
    place.unlink()
    larder.override(SEES, "install", cook(larder)).succeeded()
