"""The environment variables of the builds of a matrix, and what is asked of an interpreter."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pip_build_override import switch
from pip_build_override.command_line import CommandLine
from pip_build_override.errors import OverrideError
from pip_build_override.matrix import build_variables
from pip_build_override.matrix.interpreter_facts import facts_of
from pip_build_override.matrix.plan import Interpreter

MINOR = "{}.{}".format(*sys.version_info)


def test_variables_of_a_build() -> None:
    kept = {"HOME": "/h", "PIP_INDEX_URL": "u", "PIP_CONSTRAINT": "c", "pip_no_index": "1"}
    left_out = {
        **dict.fromkeys(("PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_NO_DEPS", "PIP_PYTHON"), "x"),
        **dict.fromkeys(("PIP_NO_BUILD_ISOLATION", "PIP_REQUIREMENT", "PIP_DRY_RUN"), "x"),
        **dict.fromkeys(("PIP_LOG", "PIP_REPORT", "PIP_ISOLATED", "PIP_QUIET", "Pip_Target"), "x"),
        **dict.fromkeys((switch.WATCH, switch.REPORT, switch.RUN_DIRECTORY, switch.FOLLOWED), "x"),
        **dict.fromkeys((*switch.BUILD_TRACKERS, "PYTHONHOME", "VIRTUAL_ENV"), "x"),
    }
    given = {**kept, **left_out, "PYTHONPATH": "/sources", switch.SWITCH: "/theirs"}
    ours = {"PIP_REQUIRE_VIRTUALENV": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    assert build_variables.plain(given) == {**kept, **ours}
    assert build_variables.for_build(given, "/o.toml", CommandLine()) == {
        **kept,
        **ours,
        switch.SWITCH: "/o.toml",
        "PYTHONPATH": switch.INJECTED,
    }
    rules = CommandLine(("a<1",))
    assert build_variables.for_build({}, "/o", rules)[switch.COMMAND_LINE] == rules.dump()


def test_variables_that_decide(tmp_path: Path) -> None:
    compiler = tmp_path / ("cc.exe" if os.name == "nt" else "cc")
    compiler.touch()
    compiler.chmod(0o755)
    environment = {
        "PATH": str(tmp_path),
        "CC": "clang",
        "CMAKE_ARGS": "-DX=1",
        "SKBUILD_CMAKE_DEFINE": "x",
        "ON_NUMPY_DEBUG": "1",
        "HOME": "/h",
        "TERM": "x",
    }
    environment["CXX"] = f"{compiler} -pthread"
    found = list(build_variables.deciding(environment, "on-numpy"))
    assert [(name, value.split(" ")[0]) for name, value in found] == [
        ("CC", "clang"),
        ("CMAKE_ARGS", "-DX=1"),
        ("CXX", str(compiler)),
        ("ON_NUMPY_DEBUG", "1"),
        ("SKBUILD_CMAKE_DEFINE", "x"),
        ("program cc", os.path.realpath(compiler)),
        (f"program {compiler}", os.path.realpath(compiler)),
    ]
    # An upgrade puts another one in its place.
    compiler.write_text("another", encoding="utf-8")
    changed = {name for name, _ in {*build_variables.deciding(environment, "on-numpy")} - {*found}}
    assert changed == {"program cc", f"program {compiler}"}


@pytest.mark.parametrize(
    ("option", "decides"),
    [
        ("global.index-url", True),
        ("install.constraint", True),
        (":env:.build_constraint", True),
        ("global.cache-dir", False),
        ("global.timeout", False),
        ("global.target", False),
        (":env:.disable-pip-version-check", False),
    ],
)
def test_options_that_decide(option: str, decides: bool) -> None:
    assert build_variables.decides(option) is decides


def test_facts_of_an_interpreter(tmp_path: Path) -> None:
    config = tmp_path / "pip.conf"
    config.write_text("[global]\nindex-url = https://h/simple\ntimeout = 7\n", encoding="utf-8")
    variables = {**os.environ, "PIP_CONFIG_FILE": str(config), "PIP_CONSTRAINT": "/c.txt"}
    interpreter = Interpreter(MINOR, MINOR, sys.executable)
    facts = facts_of(interpreter, build_variables.plain(variables))
    assert facts.markers["python_version"] == MINOR
    assert facts.pip.startswith("pip ")
    assert sys.version in facts.abi
    assert "global.index-url='https://h/simple'" in facts.settings
    assert ":env:.constraint='/c.txt'" in facts.settings
    assert not any("timeout" in line for line in facts.settings)

    config = tmp_path / "damaged.conf"
    config.write_text("[global\n", encoding="utf-8")
    variables["PIP_CONFIG_FILE"] = str(config)
    with pytest.raises(OverrideError) as caught:
        facts_of(interpreter, build_variables.plain(variables))
    assert caught.value.where == sys.executable
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\necho what\n", encoding="utf-8")
    fake.chmod(0o755)
    with pytest.raises(OverrideError, match="it does not answer: what"):
        facts_of(Interpreter(MINOR, MINOR, str(fake)), {})
