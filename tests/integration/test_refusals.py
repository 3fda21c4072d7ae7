"""What never happens silently: the override that cannot be honoured stops pip."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ..support.environments import SWITCH, Target, injected
from ..support.hints import ONE_PIP, follows

BROKEN = {
    "not-utf-8.toml": (b'[package.declares]\nadd = ["\xff"]\n', "UTF-8"),
    "not-toml.toml": (b"[package.declares\n", "line 1"),
    "unknown-key.toml": (b'[package.declares]\nconstraint = ["ingredient<2"]\n', "constrain"),
    "bad-requirement.toml": (b'[package.declares]\nadd = ["ingredient>=1.*"]\n', "ingredient>=1.*"),
    "contradiction.toml": (
        b'[package.declares]\nremove = ["ingredient"]\nadd = ["ingredient"]\n',
        "ingredient",
    ),
    "later.toml": (
        b'[package.declares]\nadd = [{ name = "ingredient", regenerate = true }]\n',
        "unknown key regenerate in a source table",
    ),
}


@pytest.mark.seam("none")
def test_a_file_that_cannot_be_used(target: Target) -> None:
    (target.room / "directory.toml").mkdir()
    files = {"missing.toml": "", "directory.toml": ""}
    for name, (content, word) in BROKEN.items():
        (target.room / name).write_bytes(content)
        files[name] = word
    # Not through ``run``, which might read the file itself: pip is what must stop.
    for name, word in files.items():
        settings = {"PYTHONPATH": injected(), SWITCH: name}
        result = target.run_pip("install", "declares", settings=settings).refused(name, word)
        assert "Processing" not in result.stdout, str(result)
    assert target.versions() == {}


@pytest.mark.quick_on("26.3")
@pytest.mark.seam("sources")
def test_a_rule_that_matches_nothing(target: Target) -> None:
    for rule in ('replace.unheard-of = "ingredient==1.0"', 'remove = ["unheard-of"]'):
        target.refuses(
            f"[package.declares-and-asks]\n{rule}\n",
            "install",
            "declares-and-asks",
            # What is declared is listed, for the slip that it may be.
            words=("package.declares-and-asks", "unheard-of", "ingredient", "stampbackend"),
        )
    # It is found before the wheel is built.
    assert target.builds() == []


def test_a_rule_that_matches_nothing_in_a_download(target: Target) -> None:
    overrides = '[package.asks]\nreplace.unheard-of = "ingredient==1.0"\n'
    target.refuses(
        overrides, "download", "-d", "downloaded", "asks", words=("package.asks", "unheard-of")
    )


@pytest.mark.seam("none")
def test_rules_that_may_match_nothing(target: Target) -> None:
    overrides = """
[settings]
unused = "warn"

[package.declares]
replace.unheard-of = "ingredient==1.0"

[package.asks]
replace.setuptools = "setuptools<60"
remove = ["wheel"]

[package."*"]
replace.unheard-of = "ingredient==1.0"
"""
    result = target.override(overrides, "install", "declares", "asks").succeeded()
    (warning,) = result.warnings
    assert "package.declares" in warning
    assert "unheard-of" in warning
    assert target.stamp("declares") == {"ingredient": "3.0"}


@pytest.mark.seam("none")
def test_a_failed_build_hints_at_rules_that_matched_nothing(target: Target) -> None:
    overrides = '[package.undeclared-in-hook]\nreplace.unheard-of = "ingredient==1.0"\n'
    result = target.override(overrides, "install", "undeclared-in-hook").failed()
    assert "unheard-of" in result.stderr
    assert "package.undeclared-in-hook" in result.stderr


def test_built_without_isolation(target: Target) -> None:
    index = target.index
    target.put(index / "ingredient-3.0-py3-none-any.whl", index / "stampbackend-1.0-py3-none-any.whl")
    command = ("install", "--no-build-isolation", "declares", "asks")
    named = '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'
    result = target.refuses(named, *command, words=("package.declares", "isolation"))
    follows("do not use --no-build-isolation, or remove the table", result.error)
    if target.pip.id == ONE_PIP:
        isolated = target.fresh()
        isolated.override(named, "install", "declares", "asks").succeeded()
        assert isolated.stamp("declares") == {"ingredient": "1.0"}

    for_all = '[package."*"]\nreplace.ingredient = "ingredient==1.0"\n'
    result = target.override(for_all, *command).succeeded()
    (warning,) = result.warnings
    assert "isolation" in warning
    assert target.stamp("declares") == {"ingredient": "3.0"}


@pytest.mark.seam("none")
def test_a_shim_that_cannot_load(target: Target, tmp_path: Path) -> None:
    inject = Path(injected())
    package = next(parent for parent in inject.parents if parent.name == "pip_build_override")
    broken = Path(shutil.copytree(package, tmp_path / "broken" / package.name))
    for module in (broken / "in_pip").rglob("*.py"):
        module.unlink()
    settings = {
        "PYTHONPATH": str(broken / inject.relative_to(package)),
        SWITCH: str(target.write('[package.declares]\nadd = ["spice"]\n')),
    }
    target.run_pip("install", "declares", settings=settings).refused("load")
    assert target.versions() == {}
    # Other programs run on as if nothing were there.
    other = target.execute(target.python, "-c", "print('other')", settings=settings).succeeded()
    assert (other.stdout, other.stderr) == ("other\n", "")
