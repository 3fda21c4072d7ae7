"""Versions that others wrote: those that are not PEP 440 ones end nothing in a traceback."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pip_build_override.diagnosis import Failure, diagnose, read_log
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.builds import contents
from pip_build_override.in_pip.builds.build import Build, PreparedAgain
from pip_build_override.in_pip.internals import releases, specifiers
from pip_build_override.in_pip.lending.lender import Lender, _is_kept
from pip_build_override.in_pip.target.target import Expected
from pip_build_override.rules import Declared, parse_overrides

LEGACY = "0.6.0.macosx-10.15-x86_64"


class Finder:
    """What pip 24.0 finds of a project with such a file."""

    def __init__(self, *versions: str) -> None:
        self.versions = versions

    def find_all_candidates(self, name: str) -> list[Any]:
        link = SimpleNamespace(is_wheel=True, is_yanked=False)
        return [SimpleNamespace(version=version, link=link) for version in self.versions]


def test_files_of_an_index() -> None:
    finder = Finder("1.0", LEGACY, "0.5")
    found = releases.find("expandvars", finder)
    assert [str(release.version) for release in found] == ["0.5", "1.0"]
    assert releases.newest_wheel("expandvars", ["<1"], finder) == "0.5"
    assert releases.has_wheel("expandvars", "1.0", finder)
    assert not releases.has_wheel("expandvars", "2.0", finder)
    assert releases.find("expandvars", Finder(LEGACY)) == []


@pytest.mark.parametrize(
    ("specifier", "satisfied"),
    [("", True), (f"=={LEGACY}", True), (f"==={LEGACY}", True), (">=0", False), ("==0.6.0", False)],
)
def test_what_such_a_version_satisfies(specifier: str, satisfied: bool) -> None:
    assert specifiers.satisfies(LEGACY, specifier) is satisfied
    assert specifiers.satisfies("1.0", "") is True
    assert specifiers.satisfies("1.0", "~=1.0") is True


def build_with(rules: str, static: tuple[str, ...], hook: tuple[str, ...] | None = None) -> Build:
    """Return a build under rules, whose environment holds such a version."""
    build = Build(SimpleNamespace(source_dir=None), True, SimpleNamespace())
    build.declared = Declared(static, hook)
    build.make_plan(parse_overrides(rules.encode(), path="/o.toml"), {}, _unsettled)
    build.environment = {"expandvars": LEGACY}
    return build


def _unsettled(question: object) -> Any:
    raise AssertionError(question)


def test_what_a_build_environment_holds() -> None:
    limited = build_with('[package."*"]\nconstrain = ["expandvars>=1"]\n', ("expandvars",))
    with pytest.raises(OverrideError, match="expandvars.*excludes"):
        contents.check(limited, complete=False)
    contents.check(build_with('[package."*"]\nadd = ["expandvars"]\n', ()), complete=False)


def test_what_a_hook_returns() -> None:
    rules = '[package."*"]\nconstrain = ["expandvars>0"]\n'
    build = build_with(rules, (), ("expandvars==0.6.0", "no requirement @", "expandvars (>=1"))
    # The one that can be read is prepared for.
    with pytest.raises(PreparedAgain):
        build.check_first_pass()
    assert build.early == ("expandvars==0.6.0",)
    assert Lender("room").asked_for(["no requirement @", "x[ @ y"]) == []


def test_what_a_target_holds() -> None:
    target: Any = SimpleNamespace(resolved=False)
    assert not _is_kept("1.0", Expected(LEGACY, "it is installed"), target)


def test_what_a_log_tells() -> None:
    pkg_resources = read_log(
        [
            "Collecting lamp==1.0\n",
            "  Building wheel for lamp (pyproject.toml) did not run successfully.\n",
            "  [1 lines of output]\n",
            "  /usr/lib/python3.\u0661\u0662/x\n",
            "  ModuleNotFoundError: No module named 'pkg_resources'\n",
            "  [end of output]\n",
        ]
    )
    (failure,) = pkg_resources
    assert failure.python == ""
    assert diagnose(failure).rules
    strange = Failure("lamp", hits=failure.hits, environment={"setuptools": LEGACY})
    assert diagnose(strange).rules
