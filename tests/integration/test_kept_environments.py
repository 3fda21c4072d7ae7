"""Build environments that are kept for later runs, by what builds see in them."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pip_build_override.files import SCRATCH
from pip_build_override.in_pip.builds import packed_files

from ..support.environments import NO_REUSE, Target, tool
from ..support.scribbling import HOOKS, OVERRIDES, Builds, Project

KEPT = f"{OVERRIDES}[settings]\nkeep-environments = true\n"
REQUIRES = ("speaks", "made")
BUILT = (Project("made"),)
FIRST = Project("first", "writes", "prepare", requires=REQUIRES)
SECOND = Project("second", requires=REQUIRES)
THIRD = Project("third", "writes", "requires", requires=REQUIRES)


def _store(cache: Path) -> Path:
    return cache / "http" / "pip-build-override" / "environments"


def _kept(cache: Path) -> list[Path]:
    """Return the files with environments, without those with modules."""
    return sorted(path for path in _store(cache).iterdir() if "-" not in path.name)


def _check(path: Path) -> None:
    """Check that all files in an environment that is kept are as they were put there."""
    with packed_files.opened(str(path), path.name) as (files, contents):
        for file in files.files:
            assert hashlib.sha256(b"".join(contents(file))).hexdigest() == file.sha256


@pytest.mark.seam("build environments")
def test_what_is_kept_is_what_pip_would_install(target: Target, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    builds = Builds(target)
    builds.install(Project("fresh", requires=REQUIRES), reuse=False, built=BUILT)
    fresh = {hook: builds.look("fresh", hook) for hook in HOOKS}
    asked = ("--keep-environments",)
    builds.install(FIRST, reuse=True, built=BUILT, options=asked, cache=cache)
    kept = _kept(cache)
    # Both passes of the project, and of what is built for it. The second ones install the same, but
    # those of an environment with an interpreter of its own into what the first one has filled.
    assert len(kept) == (4 if "venv" in target.pip.mode else 3)
    assert any(path.name.endswith("-modules") for path in _store(cache).iterdir())
    # The name of a wheel in the cache of another run would not matter, but this one is built again.
    shutil.rmtree(cache / "wheels", ignore_errors=True)
    damaged = kept[0].read_bytes()
    kept[0].write_bytes(damaged[:10] + bytes([damaged[10] ^ 1]) + damaged[11:])
    for path in kept:
        os.utime(path, (1e9, 1e9))
    builds.install(SECOND, THIRD, reuse=True, built=BUILT, cache=cache, overrides=KEPT)
    for project, hook in (("second", "requires"), ("second", "prepare"), ("third", "requires")):
        assert builds.look(project, hook) == fresh[hook]
    # Each of them was used, or put there again.
    assert _kept(cache) == kept
    for path in kept:
        _check(path)
    assert all(path.stat().st_mtime > 1e9 for path in kept)
    target.execute(
        target.python, "-m", "pip", "cache", "purge", settings={"PIP_CACHE_DIR": str(cache)}
    ).succeeded()
    assert not any(path.is_file() for path in _store(cache).rglob("*"))


@pytest.mark.seam("build environments")
def test_nothing_is_resolved_if_all_is_pinned(target: Target, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    builds = Builds(target)
    digests = {
        path.name.partition("-")[0]: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in builds.wheels.glob("*.whl")
    }
    requirements = ", ".join(
        f'{{ requirement = "{name}==1.0", hashes = ["sha256:{digests[name]}"] }}'
        for name in ("speaks", "ingredient")
    )
    rules = f'[package."*"]\nrequires = [{requirements}]\n[settings]\nkeep-environments = true\n'
    assert builds.install(Project("first"), reuse=True, cache=cache, overrides=rules) == 1
    assert builds.install(Project("second"), reuse=True, cache=cache, overrides=rules) == 0
    first = builds.look("second", "requires")
    assert any("ingredient" in path for path in first)
    assert builds.look("second", "prepare") == first
    # pip would refuse the wheel that was kept.
    settings = {**builds.begin(cache), NO_REUSE: ""}
    project = builds.sources(Project("third"))
    rules += "[package.speaks]\nno-binary = true\n"
    result = target.override(rules, "install", project, settings=settings, options=("--allow-unused",))
    assert result.status != 0


def test_nothing_is_kept_unless_it_is_asked_for(target: Target, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    builds = Builds(target)
    builds.install(Project("first"), reuse=True, cache=cache)
    builds.install(Project("second"), reuse=False, cache=cache, overrides=KEPT)
    assert not _store(cache).exists()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process, and all that it has started where that is possible."""
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.pips(only=("26.3",))
def test_many_pips_at_once_of_which_half_are_killed(target: Target, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    builds = Builds(target)
    builds.install(Project("fresh"), reuse=False)
    fresh = {hook: builds.look("fresh", hook) for hook in HOOKS}
    names = [f"project{number}" for number in range(16)]
    settings = {**target.variables(), **builds.begin(cache), NO_REUSE: ""}
    pips = {}
    for number, name in enumerate(names):
        # Half of the environments would be of no use to others if builds could reach what is kept.
        project = builds.sources(Project(name, *(() if number % 2 else ("writes", "prepare"))))
        command = [*tool(), "run", "--overrides", target.write(KEPT), "--allow-unused", "--"]
        pip = [target.python, "-m", "pip", "install", "--no-deps", "--target", tmp_path / name, project]
        pips[name] = subprocess.Popen(
            list(map(str, [*command, *pip])),
            cwd=target.room,
            env=settings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    doomed = names[::4] + names[1::4]
    for name in doomed:
        # When one of them is about to write, if that is seen in time.
        until = time.monotonic() + 1
        while time.monotonic() < until and not list(_store(cache).glob(f"{SCRATCH}*")):
            time.sleep(0.001)
        _kill(pips[name])
    for name in names:
        assert pips[name].wait() == 0 or name in doomed
    for name in [name for name in names if name not in doomed]:
        for hook in HOOKS:
            assert builds.look(name, hook) == fresh[hook], f"{name}, {hook}"
    kept = _kept(cache)
    assert len(kept) == 2
    for path in kept:
        _check(path)
        os.utime(path, (1e9, 1e9))
    builds.install(Project("last"), reuse=True, cache=cache, overrides=KEPT)
    for hook in HOOKS:
        assert builds.look("last", hook) == fresh[hook]
    assert all(path.stat().st_mtime > 1e9 for path in kept)
