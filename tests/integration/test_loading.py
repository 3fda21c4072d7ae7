"""With the variable set the override is in force throughout, or pip stops with one line."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from ..support.environments import SOURCE, SWITCH, Result, Target, injected, tool

OVERRIDES = """
[package.declares]
replace.ingredient = "ingredient==1.0"

[package.needs-sauce]
replace.ingredient = "ingredient==1.0"

[package.sauce]
replace.ingredient = "ingredient==1.0"
"""
ONE_PIP = pytest.mark.pips(only=["24.0"])
PYTHON_OPTION = pytest.mark.pips(at_least="22.3")


def install(target: Target, package: Path | None = None, command: str = "install") -> Result:
    """Install the hook, from the package under test or from a copy of it."""
    start = tool()
    if package is not None:
        code = (
            f"import sys; sys.path.insert(0, {str(package.parent)!r});"
            "from pip_build_override.cli.main import main; sys.exit(main())"
        )
        start = (sys.executable, "-c", code)
    return target.execute(*start, command, "--python", target.python).succeeded()


def take_pth_route(target: Target) -> None:
    (target.site_packages / "sitecustomize.py").symlink_to(target.write("", "theirs.py"))


def switched_on(target: Target) -> dict[str, str]:
    return {SWITCH: str(target.write(OVERRIDES))}


# What is behind the hook


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the package, to be broken."""
    package = tmp_path / "a copy" / "pip_build_override"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(SOURCE / "pip_build_override", package, ignore=ignored)
    return package


HOOK = "startup/inject/pip_build_override_hook.py"
BEHIND = (
    HOOK,
    "startup/intact.py",
    "in_pip/gate.py",
    "in_pip/command.py",
    "in_pip/session.py",
    "in_pip/internals/patches.py",
    "rules/planning/plan.py",
    "in_pip/steps/prepare.py",
    "errors.py",
)


def stopped(target: Target, switched: dict[str, str]) -> None:
    for pip in ((target.python, "-m", "pip"), (target.python, "-I", "-m", "pip")):
        target.execute(*pip, "install", "declares", settings=switched).refused("no override")
    assert target.versions() == {}
    # Nobody else is disturbed, nor pip once the variable is gone.
    other = target.execute(target.python, "-c", "import json; print('fine')", settings=switched)
    assert (other.status, other.stdout, other.stderr) == (0, "fine\n", "")
    assert target.run_pip("list").succeeded().stderr == ""


@ONE_PIP
@pytest.mark.parametrize("route", ["sitecustomize", ".pth"])
def test_missing(route: str, target: Target, copy: Path) -> None:
    if route == ".pth":
        take_pth_route(target)
    assert f"start-up hook: {route}" in install(target, copy).stdout
    shutil.rmtree(copy)
    stopped(target, switched_on(target))
    # Another copy takes it out.
    install(target, command="uninstall")
    target.run_pip("install", "declares", settings=switched_on(target)).succeeded()
    assert target.stamp("declares") == {"ingredient": "3.0"}


@ONE_PIP
@pytest.mark.parametrize("name", BEHIND)
def test_half_written(name: str, target: Target, copy: Path) -> None:
    install(target, copy)
    file = copy / name
    whole = file.read_bytes()
    half = whole[: len(whole) // 2]
    # Ends in a newline, as every whole file does, so only loading it shows that it is truncated.
    invalid = half[: half.rindex(b"\n") + 1] + b"if True:\n"
    for content in (b"", half, invalid, b"\x00" * len(whole), None):
        if content is None:
            file.unlink()
        else:
            file.write_bytes(content)
        result = target.run_pip("install", "declares", settings=switched_on(target))
        result.refused("no override")
        assert target.versions() == {}
    file.write_bytes(whole)
    if name == HOOK:
        target.run_pip("install", "declares", settings=switched_on(target)).succeeded()
        assert target.stamp("declares") == {"ingredient": "1.0"}


@ONE_PIP
def test_half_an_upgrade(target: Target, copy: Path) -> None:
    """Files that load without an error, yet are not those that were installed."""
    record = copy.parent / "pip_build_override-0.1.0.dist-info" / "RECORD"
    record.parent.mkdir()
    rows = []
    for file in copy.rglob("*.py"):
        digest = hashlib.sha256(file.read_bytes()).digest()
        value = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        rows.append(f"{file.relative_to(copy.parent).as_posix()},sha256={value},0")
    record.write_text("\n".join(rows), encoding="utf-8")
    install(target, copy)
    patches = copy / "in_pip" / "internals" / "patches.py"
    text = patches.read_text(encoding="utf-8")
    patches.write_text(text.replace("    seams.probe()\n", "    return\n"), encoding="utf-8")
    target.run_pip("install", "declares", settings=switched_on(target)).refused("patches.py")
    assert target.versions() == {}
    patches.write_text(text, encoding="utf-8")
    target.run_pip("install", "declares", settings=switched_on(target)).succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}


@ONE_PIP
def test_of_another_version(target: Target, copy: Path) -> None:
    install(target, copy)
    hook = copy / HOOK
    text = hook.read_text(encoding="utf-8")
    hook.write_text(text.replace("def arm(package, route):", "def arm(path):"), encoding="utf-8")
    stopped(target, switched_on(target))
    # The copy that ``run`` brings takes the place of one that is broken.
    target.override(OVERRIDES, "install", "declares").succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}


@ONE_PIP
@pytest.mark.parametrize("route", ["sitecustomize", ".pth"])
def test_run_counts_on_its_own_copy(route: str, target: Target, copy: Path) -> None:
    if route == ".pth":
        take_pth_route(target)
    install(target, copy)
    seams = copy / "in_pip" / "gate.py"
    seams.write_text("raise RuntimeError('the other copy')\n", encoding="utf-8")
    target.run_pip("install", "declares", settings=switched_on(target)).refused("the other copy")
    # Also for the constraints that only this copy may know of, and for nested pips.
    target.override(OVERRIDES, "install", "needs-sauce").succeeded()
    assert target.nested_stamps("needs_sauce") == {"sauce": {"ingredient": "1.0"}}


@ONE_PIP
def test_a_part_of_the_pth_route_is_gone(target: Target) -> None:
    take_pth_route(target)
    install(target)
    module = target.site_packages / "pip_build_override_startup.py"
    module.unlink()
    stopped(target, switched_on(target))
    install(target)
    target.run_pip("install", "declares", settings=switched_on(target)).succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}


# By another interpreter


@PYTHON_OPTION
@pytest.mark.parametrize("hooked", ["outer", "inner", "both"])
def test_python_option(hooked: str, target: Target) -> None:
    other = target.fresh()
    for environment, name in ((target, "outer"), (other, "inner")):
        if hooked in (name, "both"):
            install(environment)
    pip = ("--python", other.python, "install", "needs-sauce")
    done = target.run_pip(*pip, settings=switched_on(target)).succeeded()
    assert other.stamp("needs_sauce") == {"ingredient": "1.0", "sauce": "1.0"}
    assert other.nested_stamps("needs_sauce") == {"sauce": {"ingredient": "1.0"}}
    assert len([line for line in done.reported if "sauce 1.0: built with" in line]) == 2


@ONE_PIP
def test_python_option_as_a_variable_and_isolated(target: Target) -> None:
    other = target.fresh()
    install(target)
    settings = {**switched_on(target), "PIP_PYTHON": str(other.python)}
    target.run_pip("install", "declares", settings=settings).succeeded()
    assert other.stamp("declares") == {"ingredient": "1.0"}
    third = target.fresh()
    pip = ("--isolated", "--python", third.python, "install", "--no-index", "--no-cache-dir")
    index = ("--find-links", target.index)
    target.run_pip(*pip, *index, "needs-sauce", settings=switched_on(target)).succeeded()
    assert third.nested_stamps("needs_sauce") == {"sauce": {"ingredient": "3.0"}}


@ONE_PIP
def test_only_the_nested_pip_has_it(target: Target) -> None:
    """The outer one is started with -S, the nested one never is."""
    install(target)
    code = (
        f"import runpy, sys; sys.path.append({str(target.site_packages)!r}); sys.argv[0] = 'pip';"
        "runpy.run_module('pip', run_name='__main__')"
    )
    command = (target.python, "-S", "-c", code, "install", "--prefix", target.room, "needs-sauce")
    result = target.execute(*command, settings=switched_on(target)).failed(1)
    assert "has not loaded pip-build-override" in result.stdout + result.stderr
    assert not list(target.room.rglob("needs_sauce.py"))
    without = ("install", "--prefix", target.room / "loaded", "needs-sauce")
    target.run_pip(*without, settings=switched_on(target)).succeeded()
    (built,) = target.room.rglob("needs_sauce.py")
    assert "'sauce': {'ingredient': '1.0'" in built.read_text(encoding="utf-8")
    shutil.rmtree(target.room / "loaded")
    # Under ``run``, which tells it at the end, it is off in both.
    target.run(OVERRIDES, *command, "--no-cache-dir").refused("without the shim")
    (built,) = target.room.rglob("needs_sauce.py")
    assert "'sauce': {'ingredient': '3.0'" in built.read_text(encoding="utf-8")


@pytest.mark.pips(only=["21.2.4", "24.0", "26.3"])
def test_pip_as_a_zipapp(target: Target) -> None:
    install(target)
    app = target.room / "pip.pyz"
    with zipfile.ZipFile(app, "w") as archive:
        package = target.site_packages / "pip"
        for file in package.rglob("*"):
            if "__pycache__" not in file.parts:
                archive.write(file, Path("pip") / file.relative_to(package))
        start = "import runpy\nrunpy.run_module('pip', run_name='__main__')\n"
        archive.writestr("__main__.py", start)
    shutil.rmtree(target.site_packages / "pip")
    command = (target.python, app, "install", "needs-sauce")
    target.execute(*command, settings=switched_on(target)).succeeded()
    assert target.nested_stamps("needs_sauce") == {"sauce": {"ingredient": "1.0"}}


@pytest.mark.pips(only=["24.0", "26.3+venv"])
def test_without_site(target: Target) -> None:
    """What cannot be helped: -S drops every hook. It is documented, and ``run`` finds it out."""
    install(target)
    code = (
        f"import runpy, sys; sys.path.append({str(target.site_packages)!r}); sys.argv[0] = 'pip';"
        "runpy.run_module('pip', run_name='__main__')"
    )
    command = (target.python, "-S", "-c", code, "list")
    target.execute(*command, settings=switched_on(target)).succeeded()
    target.run(OVERRIDES, *command).refused("no pip below")


# Trust


if hasattr(os, "geteuid"):

    @ONE_PIP
    def test_a_file_that_everybody_may_write_to(target: Target) -> None:
        install(target)
        settings = switched_on(target)
        Path(settings[SWITCH]).chmod(0o666)
        result = target.run_pip("install", "needs-sauce", settings=settings)
        checked = target.execute(*tool(), "check", settings[SWITCH])
        status = target.execute(*tool(), "status", "--python", target.python, settings=settings)
        if os.geteuid() == 0:
            result.refused("everybody", "root", "chmod o-w")
            assert target.versions() == {}
            assert (checked.status, status.status) == (1, 1)
        else:
            # Once, however many pips there are below.
            (warning,) = result.succeeded().warnings
            assert "everybody" in warning
            assert (checked.status, status.status) == (0, 0)
            assert "everybody" in checked.stderr

    if os.geteuid() == 0:

        @ONE_PIP
        def test_a_file_of_another_user(target: Target) -> None:
            settings = {**switched_on(target), "PYTHONPATH": injected()}
            os.chown(settings[SWITCH], 4321, 4321)
            result = target.run_pip("install", "needs-sauce", settings=settings).succeeded()
            (warning,) = result.warnings
            assert "4321" in warning
            assert target.stamp("needs_sauce") == {"ingredient": "1.0", "sauce": "1.0"}
