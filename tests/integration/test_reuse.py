"""A build environment filled by copies is what pip would have made, whatever builds do to theirs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ..support import stampbackend
from ..support.environments import Target
from ..support.wheelhouse import ingredient_wheel

PYPROJECT = """
[build-system]
requires = ["speaks"]
build-backend = "backend"
backend-path = ["."]

[project]
name = "{name}"
version = "1.0"
"""

# Looks at its build environment after each of pip's passes, and then does its worst.
BACKEND = '''
import base64, hashlib, json, os, stat

import stampbackend

NAME, SCRIBBLES_IN = "{name}", "{scribbles_in}"

def root():
    import speaks
    path = os.path.abspath(speaks.__file__)
    while not os.path.basename(path).startswith("pip-build-env-"):
        path = os.path.dirname(path)
    return path

def files(top):
    for directory, names, others in os.walk(top):
        names[:] = [name for name in names if name != "__pycache__"]
        for name in names + others:
            yield os.path.join(directory, name)

def content(path, top):
    if os.path.islink(path):
        return "link " + os.readlink(path)
    if os.path.isdir(path):
        return "directory"
    with open(path, "rb") as file:
        found = file.read()
    if path.endswith(os.path.join(".dist-info", "RECORD")):
        return [row(line, path) for line in found.decode().splitlines()]
    return hashlib.sha256(found.replace(os.path.basename(top).encode(), b"ROOT")).hexdigest()

def row(line, record):
    """A row of RECORD, which has the digest of a script that contains the path."""
    path, _, rest = line.partition(",")
    digest, _, size = rest.partition(",")
    script = os.path.normpath(os.path.join(os.path.dirname(os.path.dirname(record)), path))
    if os.path.basename(os.path.dirname(script)) in ("bin", "Scripts"):
        with open(script, "rb") as file:
            own = base64.urlsafe_b64encode(hashlib.sha256(file.read()).digest()).rstrip(b"=").decode()
        digest = str(digest == "sha256=" + own)
    return [path, digest, size]

def look(hook):
    top = root()
    seen = {{
        os.path.relpath(path, top): [content(path, top), stat.S_IMODE(os.lstat(path).st_mode)]
        for path in files(top)
    }}
    with open(os.path.join(os.environ["LOOKS"], NAME + " " + hook), "w") as file:
        json.dump(seen, file)
    if hook == SCRIBBLES_IN:
        scribble(top)

def scribble(top):
    number = 0
    for path in list(files(top)):
        if os.path.islink(path) or os.path.isdir(path):
            continue
        number += 1
        status = os.stat(path)
        with open(path, "rb") as file:
            found = file.read()
        if number % 5 == 0:
            os.remove(path)
        elif number % 5 == 1:
            os.rename(path, path + ".moved")
        else:
            with open(path, "r+b") as file:
                file.write(found[::-1] if number % 5 == 2 else found + b"# more")
            os.chmod(path, 0o777)
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        with open(os.path.join(os.path.dirname(path), "new%d.py" % number), "w") as file:
            file.write("x = 1")

def get_requires_for_build_wheel(config_settings=None):
    look("requires")
    return ["ingredient"]

def prepare_metadata_for_build_wheel(directory, config_settings=None):
    if SCRIBBLES_IN != "requires":
        look("prepare")
    return stampbackend.prepare_metadata_for_build_wheel(directory, config_settings)

def build_wheel(directory, config_settings=None, metadata_directory=None):
    return stampbackend.write_wheel(directory, NAME, "1.0", {{NAME + ".py": ""}})
'''
SCRIPT = "[console_scripts]\nspeaks = speaks:main\n"
# Notes each pip that fills a build environment; twice, because it is in a virtual environment.
STARTS = (
    "import os, sys; any('pip-runner' in one for one in sys.orig_argv)"
    " and open(os.environ['STARTS'], 'a').write('%d ' % os.getpid())\n"
)
# For none of them: a build under a rule that changes its environment is stopped.
OVERRIDES = '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'
# The first two leave nothing to copy from after the second pass, and after the first one.
PROJECTS = {"first": "prepare", "second": "requires", "third": "prepare", "fourth": "", "fifth": ""}


def _project(directory: Path, name: str, scribbles_in: str) -> Path:
    directory = directory / name
    directory.mkdir(parents=True)
    (directory / "pyproject.toml").write_text(PYPROJECT.format(name=name), encoding="utf-8")
    backend = BACKEND.format(name=name, scribbles_in=scribbles_in)
    (directory / "backend.py").write_text(backend, encoding="utf-8")
    shutil.copy(stampbackend.__file__, directory)
    return directory


def _look(target: Target, project: str, hook: str) -> dict[str, Any]:
    text = (target.room / "looks" / f"{project} {hook}").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _install(target: Target, projects: dict[str, str], *options: str) -> int:
    """Install the projects, and return how many build environments pip has said that it fills."""
    wheels = target.room / "wheels"
    wheels.mkdir(exist_ok=True)
    info = "speaks-1.0.dist-info/entry_points.txt"
    stampbackend.write_wheel(
        str(wheels), "speaks", "1.0", {"speaks.py": "def main(): ...\n", info: SCRIPT}
    )
    ingredient_wheel(wheels, "1.0")
    (target.room / "looks").mkdir(exist_ok=True)
    paths = [_project(target.room / "projects", name, hook) for name, hook in projects.items()]
    settings = {
        "PIP_FIND_LINKS": f"{target.index.as_uri()} {wheels.as_uri()}",
        "LOOKS": str(target.room / "looks"),
        "STARTS": str(target.room / "starts.txt"),
    }
    options = ("--allow-unused", *options)
    result = target.override(OVERRIDES, "install", *paths, settings=settings, options=options)
    result.succeeded()
    assert target.versions().keys() >= set(projects)
    return sum("Installing b" in line and "finished" not in line for line in result.lines)


@pytest.mark.seam("build environments")
def test_what_a_build_does_to_its_environment_reaches_no_other(target: Target) -> None:
    fills = _install(target, PROJECTS)
    for hook in ("requires", "prepare"):
        fresh = _look(target, "first", hook)
        assert any(path.endswith("speaks.py") for path in fresh)
        assert any("ingredient" in path for path in fresh) == (hook == "prepare")
        for project in PROJECTS.keys() - ({"second"} if hook == "prepare" else set()):
            assert _look(target, project, hook) == fresh, f"{project}, {hook}"
    # Both passes of the first three, but for the first one of the third.
    assert fills == 5


@pytest.mark.parametrize(("options", "fills"), [((), 2), (("--no-reuse",), 4)])
@pytest.mark.seam("build environments")
def test_equal_environments_are_filled_once(
    target: Target, options: tuple[str, ...], fills: int
) -> None:
    assert _install(target, {"first": "", "second": ""}, *options) == fills
    for hook in ("requires", "prepare"):
        assert _look(target, "second", hook) == _look(target, "first", hook)


@pytest.mark.pips(only=("26.3",))
def test_filled_without_another_pip_as_by_another_pip(target: Target) -> None:
    (target.site_packages / "starts.pth").write_text(STARTS, encoding="utf-8")
    starts = target.room / "starts.txt"
    starts.touch()
    _install(target, {"first": "", "second": ""})
    # For no pass of the first one, of which the second one is a copy.
    assert starts.read_text(encoding="utf-8") == ""
    _install(target, {"third": "", "fourth": ""}, "--no-reuse")
    assert len(set(starts.read_text(encoding="utf-8").split())) == 4
    for hook in ("requires", "prepare"):
        assert _look(target, "third", hook) == _look(target, "first", hook)
        assert _look(target, "fourth", hook) == _look(target, "second", hook)
