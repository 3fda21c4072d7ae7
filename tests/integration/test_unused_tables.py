"""Tables that no build used: told with the nearest name, and no success if none was used at all."""

from __future__ import annotations

import pytest

from ..support.environments import SWITCH, Target, injected, tool
from ..support.hints import follows

MISSPELT = '[package.declare]\nreplace.ingredient = "ingredient==1.0"\n'
USED = '[package.asks]\nreplace.ingredient = "ingredient==1.0"\n'
OTHER_VERSION = '[package."declares>=9"]\nreplace.ingredient = "ingredient==1.0"\n'
NESTED = '[package.sauc]\nreplace.ingredient = "ingredient==1.0"\n'
ALLOWED = ("--allow-unused",)


def test_none_was_used(target: Target) -> None:
    # The second time by the cached wheel, which is no less wrong.
    for again in ((), ("--force-reinstall",)):
        result = target.override(MISSPELT, "install", *again, "declares")
        result.refused("package.declare (did you mean declares?)", "--allow-unused")
        follows("{}; or accept this with --allow-unused", result.error)
        assert "no build was overridden; not used: package.declare (did you mean" in result.summary
        assert result.warnings == []
    allowed = target.override(MISSPELT, "install", *again, "declares", options=ALLOWED).succeeded()
    assert "pip-build-override: warning: " in allowed.stderr
    assert "did you mean declares?" in allowed.stderr


@pytest.mark.seam("none")
def test_where_nothing_was_built(target: Target) -> None:
    result = target.override(MISSPELT, "install", "mint").succeeded()
    assert result.stderr == ""
    target.override(MISSPELT, "install", "mint").succeeded()


@pytest.mark.seam("none")
def test_versions_nested_builds_and_a_table_that_was_used(target: Target) -> None:
    result = target.override(MISSPELT + USED, "install", "declares", "asks").succeeded()
    assert "not used: package.declare (did you mean declares?)" in result.summary
    assert result.warnings == []
    again = ("install", "--force-reinstall", "--no-cache-dir")
    target.override(OTHER_VERSION, *again, "declares").refused("this run built declares 2.0")
    target.override(NESTED, *again, "needs-sauce").refused("did you mean sauce?")


@pytest.mark.seam("none")
def test_several_pips_of_which_one_used_one(target: Target) -> None:
    script = target.write(
        "import subprocess, sys\n"
        "for name in sys.argv[1:]:\n"
        "    subprocess.run([sys.executable, '-m', 'pip', 'install', name], check=True)\n",
        "several.py",
    )
    target.run(USED, target.python, script, "declares", "asks").succeeded()
    target.run(USED, target.python, script, "declares", "needs-sauce").refused("package.asks")


@pytest.mark.seam("none")
def test_without_run_that_pip_warns(target: Target) -> None:
    settings = {"PYTHONPATH": injected(), SWITCH: str(target.write(MISSPELT))}
    result = target.run_pip("install", "declares", settings=settings).succeeded()
    (warning,) = result.warnings
    assert "no table for a named package was used" in warning
    assert "did you mean declares?" in warning
    assert "\nhint: " in warning


@pytest.mark.seam("none")
def test_a_set_for_what_is_not_built(target: Target) -> None:
    command = (*tool(), "run", "--set", "declare: ingredient==1.0", "--", target.python, "-m", "pip")
    target.execute(*command, "install", "declares").refused("--set declare", "did you mean declares?")
