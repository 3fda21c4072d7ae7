"""What tox itself builds: the overrides file is in force in its packaging environments."""

from __future__ import annotations

from pathlib import Path

import pytest
from tox.pytest import (  # noqa: F401 - fixtures
    ToxProject,
    ToxProjectCreator,
    ToxRunOutcome,
    _disable_root_tox_py,
    check_os_environ_stable,
    enable_pep517_backend_coverage,
    ensure_logging_framework_not_altered,
    init_fixture,
    no_color,
)

from ..support.virtualenvs import only_local
from ..support.wheelhouse import PACKAGES

pytestmark = pytest.mark.seam("none")

OVERRIDES = """\
[package.front-ends]
replace.ingredient = "ingredient==1.0"
replace.flavour = "flavour==1.0"
remove = ["mint"]
add = ["spice"]
constrain = ["spice<2"]

[package.sauce]
replace.ingredient = "ingredient==3.0"
"""
TOX = """
[tox]
env_list = {names}
[testenv]
build_requirements_override = build-overrides.toml
package = env: {{env_name}}
commands = python show.py {{env_name}}
"""
SHOW = """
import sys
import front_ends as built
print("STAMP", sys.argv[1], built.EDITABLE, built.STAMP, built.NESTED)
"""
EXPECTED = {
    "flavour": "1.0",
    "ingredient": "1.0",
    "sauce": "1.0",
    "spice": "1.0",
    "stampbackend": "1.0",
}


@pytest.fixture(autouse=True)
def _local_index(
    check_os_environ_stable: None,  # noqa: F811 - its check comes after this has been undone
    index: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    only_local(monkeypatch, tmp_path / "cache", index)


@pytest.fixture
def project(tox_project: ToxProjectCreator) -> ToxProject:
    pyproject = (PACKAGES / "front-ends" / "pyproject.toml").read_text("utf-8")
    return tox_project(
        {
            "pyproject.toml": pyproject,
            "tox.ini": "",
            "show.py": SHOW,
            "build-overrides.toml": OVERRIDES,
        }
    )


def run(project: ToxProject, *ways: str, more: str = "") -> ToxRunOutcome:
    sections = "".join(f"[testenv:{way}]\npackage = {way}\n" for way in ways)
    (project.path / "tox.ini").write_text(
        TOX.format(names=", ".join(ways)).replace("package = env: {env_name}\n", "") + sections + more,
        encoding="utf-8",
    )
    return project.run("run")


def stamps(outcome: ToxRunOutcome) -> dict[str, str]:
    lines = [line.split(" ", 2) for line in outcome.out.splitlines() if line.startswith("STAMP ")]
    return {way: rest for _, way, rest in lines}


def test_each_way_is_as_pip_builds_it(project: ToxProject) -> None:
    outcome = run(project, "wheel", "editable", "sdist-wheel", "sdist")
    outcome.assert_success()
    print(outcome.out)
    nested = "{'sauce': {'ingredient': '3.0', 'stampbackend': '1.0'}}"
    assert stamps(outcome) == {
        way: f"{way == 'editable'} {EXPECTED} {nested}"
        for way in ("wheel", "editable", "sdist-wheel", "sdist")
    }
    again = run(project, "wheel", "editable", "sdist-wheel", "sdist")
    again.assert_success()
    print(again.out)
    pytest.fail("x")
