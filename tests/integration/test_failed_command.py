"""What a pip leaves for ``fix`` if builds fail in it, and with which another pip does the same."""

from __future__ import annotations

import json
import stat

import pytest

from pip_build_override import switch
from pip_build_override.build_steps import KNOWN, WHEEL
from pip_build_override.diagnosis.failed_command import FailedCommand
from pip_build_override.diagnosis.known_failures import FILE, KnownFailure, KnownFailures
from pip_build_override.files import sha256_of_file, write_json
from pip_build_override.fixing.asking import releases_of
from pip_build_override.releases import Release

from ..support.environments import Result, Target
from ..support.generating import sources, write_sdist
from ..support.serving import index_with_metadata, served
from ..support.store import index_wheel

FAILS = 'fail-in = "build_wheel"\nfail-with = "ingredient 1.0"\n'
WITH_OLD = '[package.{}]\nreplace.ingredient = "ingredient==1.0"\n'
SETUP_PY = """\
import sys
from setuptools import setup
if "install" in sys.argv:
    import six
setup(name="lamp", version="1.0")
"""
NOT_GIVEN = {"PIP_FIND_LINKS": "", "PIP_NO_INDEX": ""}


def failed(target: Target, overrides: str, *arguments: object, **settings: str) -> Result:
    """Run a pip that fails, for ``fix``."""
    place = target.room / "fix"
    place.mkdir(exist_ok=True)
    given = {switch.FIX: str(place), **settings}
    return target.override(overrides, *arguments, settings=given).failed()


def left(target: Target) -> FailedCommand:
    """Take what that pip has left."""
    (path,) = (target.room / "fix").glob("failed-*.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    document = json.loads(path.read_text(encoding="utf-8"))
    path.unlink()
    command = FailedCommand.from_json(document)
    assert command.directory == str(target.room)
    return command


def built(
    target: Target, overrides: str, command: FailedCommand, number: int, **settings: str
) -> list[str]:
    """Build a package that failed with another pip, and return the names of the wheels."""
    failure = command.failures[number]
    place = target.room / f"built-{failure.name}"
    target.run(
        overrides,
        *(command.python, command.pip, "wheel", "--no-deps", "-w", place),
        *(*command.options_for(failure), failure.requirement),
        settings={**NOT_GIVEN, **settings},
    ).succeeded()
    return [path.name for path in place.iterdir()]


@pytest.mark.seam("build environments")
def test_another_pip_does_the_same(target: Target) -> None:
    links = target.room / "links"
    links.symlink_to(target.index)
    target.write("misses-wheel==99; python_version < '3'\nwheel<99\n", "constraints.txt")
    target.write("--no-index\n--find-links links\n--pre\nneeds-misses-wheel\n", "requirements.txt")
    given = ("-r", "requirements.txt", "-c", "constraints.txt", "--timeout", "7")
    result = failed(target, WITH_OLD.format("x"), "install", *given, **NOT_GIVEN)
    assert "misses-wheel 1.0 imports wheel while it is built" in result.stderr
    assert "hint: write into" not in result.stderr
    assert "then run:" not in result.stderr
    command = left(target)
    inner, outer = command.failures
    assert inner.requirement == "misses-wheel==1.0"
    assert inner.stage == WHEEL
    assert outer.requirement == "needs-misses-wheel==1.0"
    assert outer.nested == (inner,)
    assert {f"--find-links={links}", "--no-index", "--pre", "--timeout=7.0"} <= set(command.options)
    limit = f"--constraint={target.room / 'constraints.txt'}"
    assert limit in command.options_for(outer)
    assert limit not in command.options_for(inner)
    assert releases_of(command, ["Wheel", "mint", "nobody-has-this"]) == {
        "wheel": (Release("0.45.1"),),
        "mint": (Release("1.0"),),
        "nobody-has-this": (),
    }
    fixed = '[package.misses-wheel]\nadd = ["wheel"]\n'
    assert built(target, fixed, command, 0) == ["misses_wheel-1.0-py3-none-any.whl"]
    assert built(target, fixed, command, 1) == ["needs_misses_wheel-1.0-py3-none-any.whl"]


@pytest.mark.seam("sources")
def test_how_it_is_asked_for_and_what_was_generated(target: Target) -> None:
    files = sources("mould", requires=["ingredient"])
    files["pyproject.toml"] += FAILS
    name, _, url = write_sdist(target.room / "mould-1.0.tar.gz", files).partition(" @ ")
    archive = target.room / "mould-1.0.tar.gz"
    rules, fixed = WITH_OLD.format(name), WITH_OLD.format(name).replace("==1.0", ">1.0")
    tree = target.room / "tree of it"
    for path, text in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text, encoding="utf-8")
    with served(target.room) as host:
        url = f"http://{host}/{archive.name}#sha256={sha256_of_file(str(archive))}"
        for asked, requirement in (
            (url, f"mould @ {url}"),
            (f"./{archive.name}", str(archive)),
            ("./tree of it", str(tree)),
        ):
            failed(target, rules, "install", asked, "--no-cache-dir")
            command = left(target)
            (failure,) = command.failures
            assert failure.requirement == requirement
            generated = {"mould/core.c": "0.27.3"}
            # Nothing is generated where pip builds; before 21.3 it copies a directory.
            in_place = asked == "./tree of it" and target.pip.version != "21.2.4"
            assert failure.generated == ({} if in_place else generated)
            assert (failure.stage, failure.filled) == (WHEEL, "whole")
            assert built(target, fixed, command, 0) == ["mould-1.0-py3-none-any.whl"]
    with index_with_metadata(target.index, target.room / "simple") as settings:
        url, name = settings["PIP_INDEX_URL"], "breaks-in-build"
        failed(target, WITH_OLD.format(name), "install", name, "-i", url, **NOT_GIVEN)
        command = left(target)
        assert f"--index-url={url}" in command.options
        assert command.failures[0].requirement == "breaks-in-build==1.0"
        fixed = WITH_OLD.format(name).replace("==1.0", ">1.0")
        assert built(target, fixed, command, 0) == ["breaks_in_build-1.0-py3-none-any.whl"]


@pytest.mark.pips(only=("22.3.1",))
def test_a_setup_py_that_fails_to_install(target: Target) -> None:
    """pip before 23.1 runs it if wheel is not installed."""
    target.put(index_wheel("setuptools==75.3.4"))
    project = target.room / "lamp"
    project.mkdir()
    (project / "setup.py").write_text(SETUP_PY, encoding="utf-8")
    result = failed(target, "", "install", "./lamp")
    assert "lamp 1.0 imports six while it is built" in result.stderr
    (failure,) = left(target).failures
    assert (failure.label, failure.stage, failure.requirement) == ("lamp 1.0", WHEEL, str(project))


@pytest.mark.seam("build environments")
def test_is_not_built_where_it_is_known_to_fail(target: Target) -> None:
    # Known after the first pass, before the hook; and after the second one, before the metadata.
    for name, asked in (("breaks-in-hook", 0), ("breaks-in-build", 1)):
        rules = WITH_OLD.format(name)
        first = failed(target, rules, "wheel", f"{name}>=1.0")
        assert "stampbackend: told to fail in" in first.stderr
        (failure,) = left(target).failures
        assert failure.environment is not None
        known = KnownFailures((KnownFailure(failure.environment, failure.filled),))
        write_json(str(target.room / "fix" / FILE), known.to_json())
        target.calls()
        again = failed(target, rules, "wheel", f"{name}>=1.0")
        assert "told to fail" not in again.stderr
        assert len(target.calls()) == asked
        assert "pip-build-override:" not in again.stderr
        (stopped,) = left(target).failures
        assert (stopped.step, stopped.environment) == (KNOWN, failure.environment)
        assert target.stored_wheels() == {}
        (target.room / "fix" / FILE).unlink()
    write_json(str(target.room / "fix" / FILE), known.to_json())
    # In another build environment, it is built.
    newer = WITH_OLD.format(name).replace("==1.0", ">1.0")
    target.override(newer, "wheel", name, settings={switch.FIX: str(target.room / "fix")}).succeeded()
