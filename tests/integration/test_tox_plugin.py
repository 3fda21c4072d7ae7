"""The plugin for tox: an overrides file in force in its environments, without any other setting."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tox.pytest import (  # noqa: F401 - fixtures
    ToxProjectCreator,
    ToxRunOutcome,
    _disable_root_tox_py,
    check_os_environ_stable,
    enable_pep517_backend_coverage,
    ensure_logging_framework_not_altered,
    init_fixture,
    no_color,
)

import pip_build_override
from pip_build_override import switch
from pip_build_override.engines import tox_override

from ..support.hints import follows
from ..support.tools import executable, tool_environment
from ..support.virtualenvs import only_local
from ..support.wheelhouse import PACKAGES

pytestmark = pytest.mark.seam("none")

OVERRIDES = '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'
SHOW = """
import os, subprocess, sys
import asks, declares
print("STAMP", declares.STAMP["ingredient"], "PYTHONPATH", os.environ.get("PYTHONPATH"))
print("ASKS", asks.STAMP["ingredient"])
if "pip" in sys.argv:
    wheel = [sys.executable, "-I", "-m", "pip", "wheel", "--no-deps", "--no-cache-dir", "-w"]
    subprocess.run([*wheel, sys.argv[-1], "declares"], check=True)
"""
TOX = """
[tox]
env_list = one
[testenv]
build_requirements_override = build-overrides.toml
deps = declares
set_env = OWN=1
commands = python show.py {posargs}
"""


@pytest.fixture(autouse=True)
def _local_index(
    check_os_environ_stable: None,  # noqa: F811 - its check comes after this has been undone
    index: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    only_local(monkeypatch, tmp_path / "cache", index)


@pytest.fixture
def asks(tox_project: ToxProjectCreator) -> ToxProjectCreator:
    """Make a project that declares a build requirement in its hook, with a package that is built."""

    def make(files: dict[str, object]) -> object:
        pyproject = (PACKAGES / "asks" / "pyproject.toml").read_text("utf-8")
        return tox_project(
            {
                "pyproject.toml": pyproject,
                "show.py": SHOW,
                "tox.ini": TOX,
                "build-overrides.toml": OVERRIDES,
                **files,
            }
        )

    return make  # type: ignore[return-value]


def failed(outcome: ToxRunOutcome, *parts: str) -> str:
    """Check that tox has failed, with a message of ours, and return what it printed."""
    outcome.assert_failed()
    assert "pip-build-override: error: " in outcome.out, outcome.out
    for part in parts:
        assert part in outcome.out, outcome.out
    return outcome.out


@pytest.mark.quick
def test_one_setting_is_enough(asks: ToxProjectCreator, monkeypatch: pytest.MonkeyPatch) -> None:
    project = asks({})
    # Every pip: for deps, for the package, and in a command.
    outcome = project.run("run", "--", "pip", str(project.path / "wheels"))
    outcome.assert_success()
    assert "STAMP 1.0 PYTHONPATH None" in outcome.out
    assert "declares 2.0: numpy" not in outcome.out
    assert "built with ingredient 1.0" in outcome.out
    assert "warning" not in outcome.out

    # Nothing is left to do, and no table needs to be used again.
    again = project.run("run")
    again.assert_success()
    assert "install_deps" not in again.out
    assert "warning" not in again.out

    # What was built under other rules is not used; here they are those of a variable.
    other = project.path / "other.toml"
    other.write_text(OVERRIDES.replace("1.0", "2.0"), encoding="utf-8")
    ini = project.path / "tox.ini"
    ini.write_text(TOX.replace("build_requirements_override", "#"), encoding="utf-8")
    with monkeypatch.context() as patcher:
        patcher.setenv(switch.SWITCH, str(other))
        changed = project.run("run")
    changed.assert_success()
    assert "recreate env because it was made under other rules" in changed.out
    assert "STAMP 2.0" in changed.out

    # Nor is it without rules.
    ini.write_text("[testenv:one]\nskip_install = true\n", encoding="utf-8")
    off = project.run("run", "-e", "one")
    off.assert_success()
    assert "recreate env because it was made under an overrides file" in off.out
    assert not list((project.path / ".tox" / "one").rglob("pip_build_override*"))


def test_what_would_be_half_on(asks: ToxProjectCreator, monkeypatch: pytest.MonkeyPatch) -> None:
    project = asks({})
    ini, overrides = project.path / "tox.ini", project.path / "build-overrides.toml"

    # What tox builds itself has no target; an sdist needs none.
    asked = '[package.asks]\nreplace.ingredient = { from = "target", else = "ingredient==2.0" }\n'
    overrides.write_text(OVERRIDES + asked, encoding="utf-8")
    ini.write_text(f"{TOX}package = wheel\n", encoding="utf-8")
    said = failed(project.run("run"), "tox, which builds asks 1.0, cannot answer replace.ingredient")
    hint = follows("set package = sdist in [testenv], so that pip builds it", said)
    assert 'write the version itself, "ingredient==VERSION", or set package = sdist' in hint
    ini.write_text(f"{TOX}package = sdist\n", encoding="utf-8")
    outcome = project.run("run")
    outcome.assert_success()
    assert "STAMP 1.0" in outcome.out
    assert "ASKS 2.0" in outcome.out

    # One build for environments with other rules.
    other = "[testenv:two]\nbuild_requirements_override = other.toml\n"
    (project.path / "other.toml").write_text(OVERRIDES, encoding="utf-8")
    ini.write_text(f"{TOX}package = wheel\n{other}", encoding="utf-8")
    said = failed(project.run("run", "-e", "one,two"), ".pkg, in which tox builds the project")
    hint = follows(
        "set package_env = {} in [testenv:{}], so that tox builds the project for it {}", said
    )
    assert "set package_env = .pkg-" in hint
    overrides.write_text(OVERRIDES, encoding="utf-8")
    ini.write_text(TOX, encoding="utf-8")

    # A pip that ignores the variable, and none at all.
    own = "\nallowlist_externals = *\ninstall_command = {}\n"
    arguments = "--no-index -f {env:PIP_FIND_LINKS} {packages}"
    isolated = f"python -I -m pip --isolated install {arguments}"
    ini.write_text(TOX + own.format(isolated), encoding="utf-8")
    said = failed(project.run("run", "-r"), "--isolated")
    follows("remove --isolated from install_command, or from the commands", said)
    uv = Path(sys.executable).with_name("uv")
    ini.write_text(
        TOX + own.format(f"{uv} pip install --python {{env_python}} {arguments}"), encoding="utf-8"
    )
    said = failed(project.run("run", "-r"), "without the shim")
    follows("let install_command and the commands run the pip of the environment: {}", said)
    ini.write_text(TOX, encoding="utf-8")
    # What it has installed is not used.
    outcome = project.run("run")
    outcome.assert_success()
    assert "recreate env because an installation did not end" in outcome.out
    assert "STAMP 1.0" in outcome.out

    # A runner without pip, such as that of tox-uv.
    with monkeypatch.context() as patcher:
        patcher.setattr(tox_override, "Pip", type(None))
        said = failed(project.run("run"), "the runner virtualenv installs without pip")
        follows("set runner = virtualenv in [testenv]", said)


def test_mistakes(asks: ToxProjectCreator, monkeypatch: pytest.MonkeyPatch) -> None:
    project = asks({"other.toml": OVERRIDES, "build-overrides.toml": "[pakage.x]\n"})
    failed(project.run("run"), "build-overrides.toml", "pakage", "hint: ")
    monkeypatch.setenv(switch.SWITCH, str(project.path / "other.toml"))
    said = failed(project.run("run"), "build_requirements_override is", "other.toml")
    follows("unset {}, or remove {}", said)
    # Nothing was installed.
    assert not list((project.path / ".tox").rglob("declares*"))


def test_below_run(asks: ToxProjectCreator) -> None:
    project = asks({"tox.ini": TOX.replace("build_requirements_override", "#")})
    run = [sys.executable, "-m", "pip_build_override", "run", "--overrides", "build-overrides.toml"]
    command = [*run, "--", sys.executable, "-m", "tox", "run"]
    done = subprocess.run(command, cwd=project.path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "STAMP 1.0 PYTHONPATH None" in done.stdout
    # So is what tox builds itself.
    text = (project.path / "tox.ini").read_text("utf-8")
    (project.path / "tox.ini").write_text(f"{text}package = wheel\n", encoding="utf-8")
    (project.path / "build-overrides.toml").write_text("[package.asks]\nadd = ['mint']\n", "utf-8")
    done = subprocess.run(command, cwd=project.path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "asks 1.0: built with ingredient 3.0, mint 1.0" in done.stdout
    # A tox without us uses nothing of that.
    plain = {**os.environ, "TOX_DISABLED_EXTERNAL_PLUGINS": "pip-build-override"}
    done = subprocess.run(
        command[command.index("--") + 1 :],
        cwd=project.path,
        env=plain,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert ".pkg: recreate env because env type changed" in done.stdout
    assert "STAMP 3.0" in done.stdout


@pytest.mark.parametrize(
    ("tox", "python"), [("tox==4.25.0", "3.8"), ("tox==4.30.0", "3.9")], ids=["3.8", "4.30"]
)
def test_older_releases(
    tox: str, python: str, asks: ToxProjectCreator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    matrix = f"""
[tool.pip-build-override.matrix]
vary.ingredient = ["2.0"]
build = "same"
python = ["{python}"]
"""
    project = asks({})
    pyproject = project.path / "pyproject.toml"
    text = pyproject.read_text("utf-8").replace('["stampbackend"]', '["stampbackend", "ingredient"]')
    text = text.replace('version = "1.0"\n', 'version = "1.0"\ndependencies = ["ingredient"]\n')
    pyproject.write_text(text + matrix, encoding="utf-8")
    # As if it were installed there.
    metadata = tmp_path / "plugins" / "pip_build_override-0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Name: pip-build-override\nVersion: 0\n")
    (metadata / "entry_points.txt").write_text(
        "[tox]\npip-build-override = pip_build_override.engines.tox_plugin\n"
    )
    sources = Path(pip_build_override.__file__).parents[1]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, (sources, metadata.parent))))
    with monkeypatch.context() as patcher:
        for name in ("PIP_FIND_LINKS", "PIP_NO_INDEX", "PYTHONPATH"):
            patcher.delenv(name)
        command = executable(tool_environment(tox, python=python), "tox")
    cell = f",py{python.replace('.', '')}-ingredient2.0"
    arguments = ["run", "-e", "one" + (cell if python != "3.8" else "")]
    done = subprocess.run(
        [str(command), *arguments], cwd=project.path, capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "STAMP 1.0 PYTHONPATH None" in said
    assert (f"{cell[1:]}: OK" in said) is (python != "3.8")
