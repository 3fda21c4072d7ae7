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
from ..support.wheelhouse import PACKAGES, RULES_FOR_FRONT_ENDS

pytestmark = pytest.mark.seam("none")

TOX = """
[tox]
env_list = {names}
[testenv]
build_requirements_override = build-overrides.toml
commands = python show.py {{env_name}}
"""
EXTERNAL = """
[testenv:.pkg_external]
commands = python -I -m pip wheel --no-deps -w {env_tmp_dir}/dist {tox_root}
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
            "build-overrides.toml": RULES_FOR_FRONT_ENDS,
        }
    )


def run(project: ToxProject, *ways: str) -> ToxRunOutcome:
    sections = "".join(f"[testenv:{way}]\npackage = {way}\n" for way in ways)
    if "external" in ways:
        sections += EXTERNAL
    text = TOX.format(names=", ".join(ways)) + sections
    (project.path / "tox.ini").write_text(text, encoding="utf-8")
    return project.run("run")


def stamps(outcome: ToxRunOutcome) -> dict[str, str]:
    lines = [line.split(" ", 2) for line in outcome.out.splitlines() if line.startswith("STAMP ")]
    return {way: rest for _, way, rest in lines}


def test_each_way_is_as_pip_builds_it(project: ToxProject) -> None:
    ways = ("wheel", "editable", "sdist-wheel", "sdist", "external")
    outcome = run(project, *ways)
    outcome.assert_success()
    nested = "{'sauce': {'ingredient': '3.0', 'stampbackend': '1.0'}}"
    assert stamps(outcome) == {way: f"{way == 'editable'} {EXPECTED} {nested}" for way in ways}
    for line in (
        "front-ends 1.0: ingredient -> ingredient==1.0   [build-overrides.toml: package.front-ends]",
        "front-ends 1.0: mint removed   [build-overrides.toml: package.front-ends]",
        "front-ends 1.0: flavour -> flavour==1.0   [build-overrides.toml: package.front-ends]",
        "front-ends 1.0: constrained to spice<2   [build-overrides.toml: package.front-ends]",
        "build-overrides.toml: overridden builds: sauce 1.0, front-ends 1.0",
    ):
        assert f".pkg: {line}\n" in outcome.out
    assert "warning" not in outcome.out

    # Under the same rules, what is in .pkg stays, and it is known how it came there.
    again = run(project, "wheel")
    again.assert_success()
    assert ".pkg: install_" not in again.out
    assert stamps(again) == {"wheel": f"False {EXPECTED} {nested}"}
    assert "overridden builds: front-ends 1.0; overridden builds from the cache: sauce 1.0" in again.out

    # Under other rules, nothing does: here only a limit and those of a nested build change.
    overrides = project.path / "build-overrides.toml"
    changed = RULES_FOR_FRONT_ENDS.replace("spice<2", "spice<3").replace(
        "ingredient==3.0", "ingredient==2.0"
    )
    overrides.write_text(changed, encoding="utf-8")
    other = run(project, "wheel")
    other.assert_success()
    assert "recreate env because it was made under other rules" in other.out
    nested = "{'sauce': {'ingredient': '2.0', 'stampbackend': '1.0'}}"
    assert stamps(other) == {"wheel": f"False {EXPECTED} {nested}"}


def test_settings_and_stops(project: ToxProject) -> None:
    """What tables set for the backend, results of an earlier build, and what stops tox."""
    pyproject = project.path / "pyproject.toml"
    text = pyproject.read_text("utf-8")
    pyproject.write_text(f'{text}shows = ["FLAG", "PIP_NO_COLOR"]\n', encoding="utf-8")
    overrides = project.path / "build-overrides.toml"
    alone = RULES_FOR_FRONT_ENDS.partition("\n\n")[0].replace('"mint"', '"mint", "sauce"')
    overrides.write_text(
        alone + '\nenv = { FLAG = "1" }\nconfig-settings = { a = "b" }\n', encoding="utf-8"
    )
    (project.path / "build" / "lib").mkdir(parents=True)
    (project.path / "build" / "lib" / "left.so").write_bytes(b"\x7fELF")
    (project.path / "show.py").write_text(
        "import front_ends\nprint('SHOWN', front_ends.SHOWN)\n", encoding="utf-8"
    )
    outcome = run(project, "wheel")
    outcome.assert_success()
    assert "SHOWN {'config-settings': {'a': 'b'}, 'env': {'FLAG': '1'}}" in outcome.out
    assert f"front-ends 1.0: built in a copy of {project.path}" in outcome.out

    # A rule that has nothing to act on, which is known once the hook is asked.
    overrides.write_text(f'{alone}\nreplace.pepper = "pepper==1.0"\n', encoding="utf-8")
    unused = run(project, "wheel")
    unused.assert_failed()
    assert "front-ends 1.0 declares no build requirement pepper" in unused.out
    # Editables are built where they are.
    overrides.write_text(alone, encoding="utf-8")
    editable = run(project, "editable")
    editable.assert_failed()
    assert "which contains results of an earlier build" in editable.out
