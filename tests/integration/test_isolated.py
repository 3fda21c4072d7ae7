"""pip's own --isolated switches the override off, for that pip and for those that it starts."""

from __future__ import annotations

import pytest

from ..support.environments import Target

OVERRIDES = """
[package.needs-sauce]
replace.ingredient = "ingredient==1.0"

[package.sauce]
replace.ingredient = "ingredient==1.0"
"""


def test_off_throughout(target: Target) -> None:
    # --isolated ignores all PIP_* variables, so what the tests rest on is given as options.
    command = ["--isolated", "install", "--no-index", "--find-links", target.index, "--no-cache-dir"]
    result = target.override(OVERRIDES, *command, "needs-sauce")
    # The command did what it was asked to, and the override was not in force.
    result.refused("isolated")
    assert target.stamp("needs_sauce") == {"ingredient": "3.0", "sauce": "1.0"}
    assert target.nested_stamps("needs_sauce") == {"sauce": {"ingredient": "3.0"}}
    assert result.reported == []

    allowed = target.override(OVERRIDES, *command, "mint", options=("--allow-unused",)).succeeded()
    assert allowed.reported == []


IN_ONE_PROCESS = """
import os, sys
from pip._internal.cli.main import main

before = dict(os.environ)
options = ["--no-index", "--find-links", sys.argv[1], "--no-cache-dir"]
assert main(["--isolated", "download", "--dest", "downloaded", *options, "mint"]) == 0
assert main(["install", *options, "sauce"]) == 0
assert main(["install", *options, "needs-sauce"]) == 0
changed = {name for name in {*before, *os.environ} if before.get(name) != os.environ.get(name)}
# distutils sets that one, in Pythons that have it.
assert not changed - {"PLAT"}, changed
"""


@pytest.mark.seam("none")
def test_off_for_that_command_only(target: Target) -> None:
    script = target.write(IN_ONE_PROCESS, "several.py")
    # Under ``run`` a pip that was run with --isolated is an error at the end.
    target.run(OVERRIDES, target.python, script, target.index, options=("--allow-unused",)).succeeded()
    assert target.stamp("sauce") == {"ingredient": "1.0"}
    assert target.stamp("needs_sauce") == {"ingredient": "1.0", "sauce": "1.0"}
