"""With the variable unset pip behaves and prints as before."""

from __future__ import annotations

import re

import pytest

from ..support.environments import SWITCH, Result, Target, injected

PRINTS_OUR_MODULES = """
import atexit, runpy, sys
ours = lambda: [name for name in sys.modules if name.startswith("pip_build_override")]
atexit.register(lambda: print("OURS", ours()))
sys.argv[0] = "pip"
runpy.run_module("pip", run_name="__main__")
"""


@pytest.mark.quick_on("26.3")
@pytest.mark.parametrize(
    "value",
    [
        pytest.param(None, id="unset"),
        pytest.param("", id="empty", marks=pytest.mark.pips(only=["26.3"])),
    ],
)
def test_the_same_output_and_nothing_imported(target: Target, value: str | None) -> None:
    settings = {"PYTHONPATH": injected()}
    if value is not None:
        settings[SWITCH] = value
    arguments = (target.python, "-c", PRINTS_OUR_MODULES, "install", "--no-cache-dir", "needs-sauce")
    hooked = target.execute(*arguments, settings=settings).succeeded()
    other = target.fresh()
    plain = other.execute(other.python, *arguments[1:]).succeeded()
    assert _settled(hooked) == _settled(plain)
    assert hooked.lines[-1] in ("OURS []", "OURS ['pip_build_override_hook']")
    assert target.stamp("needs_sauce") == {"ingredient": "3.0", "sauce": "1.0"}


def _settled(result: Result) -> list[str]:
    # Temporary directories have random names.
    lines = (result.stdout + result.stderr).splitlines()
    return [re.sub(r"pip-[a-z-]+-\w+", "pip-temporary", line) for line in lines if "OURS" not in line]
