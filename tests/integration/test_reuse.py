"""A build environment filled by copies is what pip would have made, whatever builds do to theirs.

Each test says itself whether environments may be reused, also under ``--no-reuse``.
"""

from __future__ import annotations

import pytest

from ..support.environments import Target
from ..support.scribbling import HOOKS, Builds

# Notes each pip that fills a build environment; twice, because it is in a virtual environment.
STARTS = (
    "import os, sys; any('pip-runner' in one for one in sys.orig_argv)"
    " and open(os.environ['STARTS'], 'a').write('%d ' % os.getpid())\n"
)
# The first two leave nothing to copy from after the second pass, and after the first one.
PROJECTS = {"first": "prepare", "second": "requires", "third": "prepare", "fourth": ""}
EDITABLE = ("first", "fourth")
# Build requirements that are built themselves; the first one leaves nothing to copy from either.
BUILT = {"made": "requires", "bought": ""}


@pytest.mark.seam("build environments")
def test_what_a_build_does_to_its_environment_reaches_no_other(target: Target) -> None:
    builds = Builds(target, BUILT)
    # pip has no editable installation by a backend before 21.3 (PEP 660).
    editable = () if target.pip.is_older_than("21.3") else EDITABLE
    assert builds.install({"fourth": ""}, reuse=False, editable=editable) == 2
    fresh = {hook: builds.look("fourth", hook) for hook in HOOKS}
    fresh_nested = {hook: builds.look("bought", hook) for hook in HOOKS}
    for hook in HOOKS:
        assert any(path.endswith("made.py") for path in fresh[hook])
        assert any("ingredient" in path for path in fresh[hook]) == (hook == "prepare")
        assert not any(path.endswith("made.py") for path in fresh_nested[hook])
    fills = builds.install(PROJECTS, reuse=True, editable=editable)
    for hook in HOOKS:
        for project in PROJECTS.keys() - ({"second"} if hook == "prepare" else set()):
            assert builds.look(project, hook) == fresh[hook], f"{project}, {hook}"
        for project in BUILT.keys() - ({"made"} if hook == "prepare" else set()):
            assert builds.look(project, hook) == fresh_nested[hook], f"{project}, {hook}"
    # Both passes of the first three, but for the first one of the third.
    assert fills == 5


@pytest.mark.seam("build environments")
def test_equal_environments_are_filled_once(target: Target) -> None:
    builds = Builds(target)
    assert builds.install({"first": "", "second": ""}, reuse=True) == 2
    for hook in HOOKS:
        assert builds.look("second", hook) == builds.look("first", hook)


@pytest.mark.seam("none")
def test_all_other_tests_are_run_as_asked(target: Target, pytestconfig: pytest.Config) -> None:
    fills = Builds(target).install({"first": "", "second": ""}, reuse=None)
    assert fills == (4 if pytestconfig.getoption("--no-reuse") else 2)


@pytest.mark.pips(only=("26.3",))
def test_filled_without_another_pip_as_by_another_pip(target: Target) -> None:
    builds = Builds(target)
    (target.site_packages / "starts.pth").write_text(STARTS, encoding="utf-8")
    builds.starts.touch()
    builds.install({"first": "", "second": ""}, reuse=True)
    # For no pass of the first one, of which the second one is a copy.
    assert builds.starts.read_text(encoding="utf-8") == ""
    found = {(name, hook): builds.look(name, hook) for name in ("first", "second") for hook in HOOKS}
    builds.install({"third": "", "fourth": ""}, reuse=False)
    assert len(set(builds.starts.read_text(encoding="utf-8").split())) == 4
    for hook in HOOKS:
        assert builds.look("third", hook) == found["first", hook]
        assert builds.look("fourth", hook) == found["second", hook]
