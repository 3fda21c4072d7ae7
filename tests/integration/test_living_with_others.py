"""The hook in environments of all makes, beside others that have theirs in a Python's start-up.

The tools and packages are real ones, from the index and kept in the store; what they do to a build is
then looked at without an index. What this machine has no interpreter for is left out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ..support.environments import SWITCH, Result, Target, injected, tool
from ..support.interpreters import find_interpreter
from ..support.store import index_wheel, unpack_wheel
from ..support.tools import executable, tool_environment

pytestmark = pytest.mark.pips(only=["24.0"])

OVERRIDES = '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'
VIRTUALENV = "virtualenv==20.26.6"
UV = "uv==0.5.4"
OTHERS = (
    "coverage==7.10.7",
    "opentelemetry-instrumentation==0.52b1",
    "opentelemetry-distro==0.52b1",
)
QUIET = {f"OTEL_{signal}_EXPORTER": "none" for signal in ("TRACES", "METRICS", "LOGS")}


def switched_on(target: Target) -> dict[str, str]:
    return {SWITCH: str(target.write(OVERRIDES))}


def moved(target: Target, environment: Path) -> Target:
    """Work in an environment that something else has made."""
    target.environment = environment
    return target


def install(target: Target, **settings: str) -> Result:
    return target.execute(*tool(), "install", "--python", target.python, settings=settings).succeeded()


def in_force(target: Target, **settings: str) -> None:
    """Build under the hook, and have it taken out again."""
    pip = (target.python, "-m", "pip")
    overridden = {**switched_on(target), **settings}
    target.execute(*pip, "install", "declares", settings=overridden).succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}
    status = (*tool(), "status", "--python", target.python)
    assert target.execute(*status, settings=overridden).succeeded()
    target.execute(*tool(), "uninstall", "--python", target.python).succeeded()
    assert target.execute(*status, settings=overridden).status == 1


@pytest.mark.parametrize("maker", ["virtualenv", "uv", "venv with system packages"])
def test_made_by(maker: str, target: Target) -> None:
    environment = target.room / "made"
    base = find_interpreter("3.11")
    if maker == "virtualenv":
        command = [executable(tool_environment(VIRTUALENV), "virtualenv"), "--no-download", "-p", base]
    elif maker == "uv":
        command = [executable(tool_environment(UV), "uv"), "venv", "--offline", "--python", base]
    else:
        command = [base, "-m", "venv", "--without-pip", "--system-site-packages"]
    target.execute(*command, environment).succeeded()
    other = moved(target, environment)
    if maker != "virtualenv":
        unpack_wheel(index_wheel("pip==24.0"), other.site_packages)
    assert "start-up hook: sitecustomize" in install(other).stdout
    in_force(other)


def test_with_user_site(target: Target) -> None:
    """A sitecustomize of the user's own comes before that of the environment."""
    environment = target.room / "made"
    base = find_interpreter("3.11")
    target.execute(base, "-m", "venv", "--without-pip", "--system-site-packages", environment)
    other = moved(target, environment)
    unpack_wheel(index_wheel("pip==24.0"), other.site_packages)
    ask = (other.python, "-m", "site", "--user-site")
    user_site = Path(target.execute(*ask).stdout.strip())
    user_site.mkdir(parents=True)
    (user_site / "sitecustomize.py").write_text("import sys; sys.theirs = 1\n", encoding="utf-8")
    installed = install(other).stdout
    # Not everywhere has a virtual environment the user's own packages.
    first = other.execute(other.python, "-c", "import sys; print(hasattr(sys, 'theirs'))").succeeded()
    assert ("start-up hook: .pth" in installed) == (first.stdout == "True\n")
    in_force(other)


def test_conda_style(target: Target) -> None:
    meta = target.environment / "conda-meta"
    meta.mkdir()
    file = target.site_packages / "sitecustomize.py"
    relative = file.relative_to(target.environment).as_posix()
    (meta / "sites-1.0-0.json").write_text(f'{{"files": ["{relative}"]}}', encoding="utf-8")
    file.write_text("x = 1\n", encoding="utf-8")
    installed = install(target).stdout
    assert "start-up hook: .pth, because" in installed
    assert "sites-1.0-0" in installed
    in_force(target)
    assert file.read_text(encoding="utf-8") == "x = 1\n"


def with_others(target: Target) -> Target:
    environment = target.room / "made"
    template = tool_environment("pip==24.0", *OTHERS)
    shutil.copytree(template, environment, symlinks=True)
    return moved(target, environment)


def test_coverage_and_opentelemetry(target: Target) -> None:
    other = with_others(target)
    # As coverage has it for processes that are started below the one it measures.
    pth = other.site_packages / "coverage-subprocess.pth"
    pth.write_text("import coverage; coverage.process_startup()\n", encoding="utf-8")
    settings = {
        "COVERAGE_PROCESS_START": str(target.write("[run]\nparallel = true\n", ".coveragerc")),
        "COVERAGE_FILE": str(target.room / "measured"),
        **QUIET,
    }
    installed = install(other, **settings).stdout
    # It brings a sitecustomize that hides all others, once it is put on PYTHONPATH.
    assert "start-up hook: .pth, because opentelemetry" in installed
    auto = other.site_packages / "opentelemetry" / "instrumentation" / "auto_instrumentation"
    in_force(other, PYTHONPATH=str(auto), **settings)
    assert list(target.room.glob("measured*"))


def test_opentelemetry_under_run(target: Target) -> None:
    other = with_others(target)
    auto = other.site_packages / "opentelemetry" / "instrumentation" / "auto_instrumentation"
    command = (other.python, "-m", "pip", "install", "declares")
    settings = {"PYTHONPATH": str(auto), **QUIET}
    other.run(OVERRIDES, *command, settings=settings).succeeded()
    assert other.stamp("declares") == {"ingredient": "1.0"}
    # The other way round nobody sees ours, and run says so.
    again = (*command[:-1], "--force-reinstall", "declares")
    hiding = {"PYTHONPATH": os.pathsep.join([str(auto), injected()]), **QUIET}
    code = (
        "import os, subprocess, sys; os.environ['PYTHONPATH'] = sys.argv[1];"
        "sys.exit(subprocess.run(sys.argv[2:]).returncode)"
    )
    wrapped = (sys.executable, "-c", code, hiding["PYTHONPATH"], *again)
    other.run(OVERRIDES, *wrapped, settings=QUIET).refused("shim")


CHAINING = """
import os, sys
sys.path.remove(os.path.dirname(__file__))
del sys.modules["sitecustomize"]
print("theirs")
import sitecustomize
"""


def test_one_that_loads_what_it_hides(target: Target) -> None:
    """As ddtrace's does."""
    theirs = target.room / "theirs"
    theirs.mkdir()
    install(target)
    (theirs / "sitecustomize.py").write_text(CHAINING, encoding="utf-8")
    settings = {**switched_on(target), "PYTHONPATH": str(theirs)}
    result = target.run_pip("install", "declares", settings=settings).succeeded()
    assert result.lines[0] == "theirs"
    assert target.stamp("declares") == {"ingredient": "1.0"}


def _with_one_ahead() -> list[Path]:
    """Interpreters whose standard library has a sitecustomize, as Debian's and Ubuntu's."""
    found = []
    for candidate in ("/usr/bin/python3",):
        code = (
            "import os, sys, sysconfig, venv, ensurepip; sys.exit(sys.version_info < (3, 8) or not"
            " os.path.exists(os.path.join(sysconfig.get_path('stdlib'), 'sitecustomize.py')))"
        )
        if os.path.exists(candidate) and not subprocess.run([candidate, "-c", code]).returncode:
            found.append(Path(candidate))
    return found


if _with_one_ahead():

    @pytest.mark.parametrize("base", _with_one_ahead(), ids=str)
    def test_with_one_ahead(base: Path, target: Target) -> None:
        environment = target.room / "made"
        target.execute(base, "-m", "venv", "--without-pip", environment).succeeded()
        other = moved(target, environment)
        unpack_wheel(index_wheel("pip==24.0"), other.site_packages)
        before = set(os.listdir(other.site_packages))
        installed = install(other).stdout
        assert "start-up hook: .pth" in installed
        assert "is the sitecustomize that loads there" in installed
        in_force(other)
        assert (
            set(os.listdir(other.site_packages))
            - {"declares.py", "__pycache__"}
            - {name for name in os.listdir(other.site_packages) if name.startswith("declares-")}
            == before
        )
