"""A build environment filled by copies is what pip would have made, whatever builds do to theirs.

Each test says itself whether environments may be reused, also under ``--no-reuse``.
"""

from __future__ import annotations

import pytest

from ..support.environments import NO_REUSE, Target
from ..support.scribbling import HOOKS, OVERRIDES, Builds, Project
from ..support.serving import index_of_files

# Notes each pip that fills a build environment; twice, because it is in a virtual environment.
STARTS = (
    "import os, sys; any('pip-runner' in one for one in sys.orig_argv)"
    " and open(os.environ['STARTS'], 'a').write('%d ' % os.getpid())\n"
)
# Build requirements that are built themselves; the first one scribbles over its own environment.
BUILT = (Project("made", "writes", "requires"), Project("bought"))
REQUIRES = ("speaks", "made", "bought")
# The first two leave nothing to copy from after the second pass, and after the first one. The third
# leaves all that pip has put there, among other things. pip takes editable ones last.
PROJECTS = (
    Project("first", "writes", "prepare", requires=REQUIRES),
    Project("second", "removes", "requires", requires=REQUIRES),
    Project("third", "adds", "prepare", requires=REQUIRES[::-1]),
    Project("fourth", "writes", "prepare", editable=True, requires=REQUIRES),
    Project("fifth", editable=True, requires=REQUIRES[::-1]),
)
FRESH = Project("fresh", editable=True, requires=REQUIRES)


@pytest.mark.seam("build environments")
def test_what_a_build_does_to_its_environment_reaches_no_other(target: Target) -> None:
    builds = Builds(target)
    plain = [Project(project.name) for project in BUILT]
    assert builds.install(FRESH, reuse=False, built=plain) == 2
    fresh = {hook: builds.look("fresh", hook) for hook in HOOKS}
    fresh_nested = {hook: builds.look("bought", hook) for hook in HOOKS}
    for hook in HOOKS:
        assert any(path.endswith("made.py") for path in fresh[hook])
        assert any("ingredient" in path for path in fresh[hook]) == (hook == "prepare")
        assert not any(path.endswith("made.py") for path in fresh_nested[hook])
    fills = builds.install(*PROJECTS, reuse=True, built=BUILT)
    for hook in HOOKS:
        for project in (*PROJECTS, *BUILT):
            if hook == "requires" or project.scribbles_in != "requires":
                as_fresh = (fresh_nested if project in BUILT else fresh)[hook]
                assert builds.look(project.name, hook) == as_fresh, f"{project.name}, {hook}"
    # Both passes of the first three, and the second one of the fourth.
    assert fills == 7


@pytest.mark.seam("build environments")
def test_equal_environments_are_filled_once(target: Target) -> None:
    builds = Builds(target)
    assert builds.install(Project("first"), Project("second"), reuse=True) == 2
    for hook in HOOKS:
        assert builds.look("second", hook) == builds.look("first", hook)


@pytest.mark.seam("none")
def test_all_other_tests_are_run_as_asked(target: Target, pytestconfig: pytest.Config) -> None:
    fills = Builds(target).install(Project("first"), Project("second"), reuse=None)
    assert fills == (4 if pytestconfig.getoption("--no-reuse") else 2)


@pytest.mark.pips(only=("26.3",))
def test_filled_without_another_pip_as_by_another_pip(target: Target) -> None:
    builds = Builds(target)
    (target.site_packages / "starts.pth").write_text(STARTS, encoding="utf-8")
    builds.starts.touch()
    builds.install(Project("first"), Project("second"), reuse=True)
    # For no pass of the first one, of which the second one is a copy.
    assert builds.starts.read_text(encoding="utf-8") == ""
    found = {(name, hook): builds.look(name, hook) for name in ("first", "second") for hook in HOOKS}
    builds.install(Project("third"), Project("fourth"), reuse=False)
    assert len(set(builds.starts.read_text(encoding="utf-8").split())) == 4
    for hook in HOOKS:
        assert builds.look("third", hook) == found["first", hook]
        assert builds.look("fourth", hook) == found["second", hook]


@pytest.mark.pips(only=("26.3",))
def test_an_index_is_read_once_for_all_environments(target: Target) -> None:
    builds = Builds(target)
    for foreign in ("speaks-2.0-cp27-cp27m-win32.whl", "ingredient-2.0-py2-none-any.whl"):
        (builds.wheels / foreign).touch()
    read: list[str] = []
    with index_of_files(builds.wheels, {}, read=read) as index:
        settings = {**builds.begin(), **index, NO_REUSE: ""}
        projects = [Project("first"), Project("second", requires=("ingredient", "speaks"))]
        sources = [builds.sources(project) for project in projects]
        target.override(
            OVERRIDES, "install", *sources, settings=settings, options=("--allow-unused",)
        ).succeeded()
    # Three different environments were filled.
    assert sorted(read) == ["ingredient", "speaks"]
    assert "overlay/lib" in "".join(builds.look("second", "requires"))
