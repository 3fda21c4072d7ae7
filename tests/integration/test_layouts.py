"""The hook in environments that are no virtual ones, and beside what a distribution starts with."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ..support.environments import Target
from ..support.interpreters import find_interpreter
from ..support.store import index_wheel, unpack_wheel
from .test_living_with_others import in_force, install, moved

pytestmark = pytest.mark.pips(only=["24.0"])

DEBIAN = Path("/usr/bin/python3")
APPORT = """
def install():
    import sys
    sys.excepthook = lambda *raised: print("apport was told of", raised[0].__name__)
"""


def conda_style(base: Path, prefix: Path) -> None:
    """Lay out an environment as conda does: an interpreter of its own, recorded file by file."""
    ask = "import sys, sysconfig; print(sys.base_prefix, sysconfig.get_path('stdlib'), sep='\\n')"
    answer = subprocess.run([base, "-c", ask], check=True, stdout=subprocess.PIPE, encoding="utf-8")
    base_prefix, stdlib = map(Path, answer.stdout.split())
    left_out = shutil.ignore_patterns("test", "tests", "idlelib", "__pycache__", "site-packages", "*.a")
    lib = prefix / stdlib.relative_to(base_prefix)
    shutil.copytree(stdlib, lib, ignore=left_out, symlinks=True)
    (lib / "site-packages").mkdir()
    (prefix / "bin").mkdir()
    shutil.copy2(base.resolve(), prefix / "bin" / lib.name)
    (prefix / "bin" / "python").symlink_to(lib.name)
    files = [path.relative_to(prefix).as_posix() for path in prefix.rglob("*") if not path.is_dir()]
    meta = prefix / "conda-meta"
    meta.mkdir()
    (meta / "history").write_text("==> 2024-01-01 00:00:00 <==\n", encoding="utf-8")
    record = {"name": "python", "version": "3.11.7", "files": sorted(files)}
    (meta / "python-3.11.7-h1.json").write_text(json.dumps(record), encoding="utf-8")


if os.name == "posix":

    @pytest.mark.parametrize("theirs", ["nothing", "their own", "a package's"])
    def test_conda_style(theirs: str, target: Target) -> None:
        base = find_interpreter("3.11")
        assert base is not None
        other = moved(target, target.room / "env")
        conda_style(base, other.environment)
        ask = "import sys; print(sys.prefix == sys.base_prefix, sys.prefix)"
        told = target.execute(other.python, "-c", ask).succeeded().stdout.split()
        assert told == ["True", str(other.environment)]
        unpack_wheel(index_wheel("pip==24.0"), other.site_packages)
        file = other.site_packages / "sitecustomize.py"
        if theirs != "nothing":
            file.write_text("import sys; sys.theirs = 1\n", encoding="utf-8")
        if theirs == "a package's":
            record = {"files": [file.relative_to(other.environment).as_posix()]}
            name = other.environment / "conda-meta" / "sites-1.0-0.json"
            name.write_text(json.dumps(record), encoding="utf-8")
        before = file.read_bytes() if file.exists() else None
        installed = install(other).stdout
        if theirs == "a package's":
            assert "start-up hook: .pth, because" in installed
            assert "belongs to sites-1.0-0" in installed
            assert file.read_bytes() == before
        else:
            assert "start-up hook: sitecustomize" in installed
        if theirs != "nothing":
            other.execute(other.python, "-c", "import sys; sys.theirs").succeeded()
        in_force(other)
        assert (file.read_bytes() if file.exists() else None) == before


def _asks_for_apport() -> bool:
    """Whether there is a Python whose own sitecustomize looks for apport, as Debian's does."""
    found = [Path(name) for name in map(str, Path("/usr/lib").glob("python3.*/sitecustomize.py"))]
    return DEBIAN.exists() and any("apport" in path.read_text(encoding="utf-8") for path in found)


if _asks_for_apport():

    def test_apport(target: Target) -> None:
        other = moved(target, target.room / "made")
        target.execute(DEBIAN, "-m", "venv", "--without-pip", other.environment).succeeded()
        unpack_wheel(index_wheel("pip==24.0"), other.site_packages)
        hook = other.site_packages / "apport_python_hook.py"
        hook.write_text(APPORT, encoding="utf-8")
        assert "start-up hook: .pth" in install(other).stdout
        for settings in ({}, {"PIP_BUILD_REQUIREMENTS_OVERRIDE": "any.toml"}):
            raising = other.execute(other.python, "-c", "1/0", settings=settings).failed(1)
            assert raising.stdout == "apport was told of ZeroDivisionError\n"
        in_force(other)
        assert hook.read_text(encoding="utf-8") == APPORT
