"""The search for the rules of a package, in a made-up world."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Sequence

import pytest

from pip_build_override.diagnosis import Failure
from pip_build_override.diagnosis.conflict import Side
from pip_build_override.fixing.attempts import FAILED, REFUSED, Attempt
from pip_build_override.fixing.moments import Contents
from pip_build_override.fixing.package import fix_package
from pip_build_override.fixing.result import Fixed, NotFixed
from pip_build_override.fixing.search import Search
from pip_build_override.releases import Release
from pip_build_override.rules.written import Table

from .fixing_world import RELEASED, TODAY, Build, World, failure_of, releases

SETUPTOOLS = [f"{major}.{minor}.0" for major in range(40, 83) for minor in (0, 1)]
CYTHON = ["0.29.0", "0.29.21", "0.29.37", "3.0.0", "3.0.12", "3.1.0", "3.1.4", "3.2.0"]
NUMPY = ["1.19.3", "1.20.0", "1.23.0", "1.24.0", "1.26.0", "1.26.4", "2.0.0", "2.1.0", "2.4.0"]
STRANGE = "KeyError: 'strange'"
NUMPY_2_HEADERS = "numpy/npy.pxd:1:1: NumPy Cython headers require Cython 3"
OTHER_NUMPY = "ValueError: numpy.dtype size changed, may indicate binary incompatibility. Expected 96"


def index() -> dict[str, list[Release]]:
    numpy = releases(date(2020, 10, 1), 200, *NUMPY)
    return {
        "setuptools": releases(date(2018, 6, 1), 36, *SETUPTOOLS),
        "wheel": releases(date(2018, 6, 1), 300, *(f"0.{minor}.0" for minor in range(34, 44))),
        "cython": releases(date(2019, 1, 1), 380, *CYTHON),
        "flit-core": releases(date(2020, 1, 1), 160, *(f"{n // 4}.{n % 4}.0" for n in range(8, 20))),
        # No wheel of the oldest for this interpreter.
        "numpy": [replace(each, wheel=at > 1) for at, each in enumerate(numpy)],
        "stranger": releases(date(2018, 6, 1), 36, "1.0", "2.0"),
    }


def world(builds: Any, **more: Any) -> World:
    return World(builds, **{"index": index(), **more})


def fixed(where: World, outer: Sequence[World] = ()) -> Fixed:
    inner = where.first
    benches = {world.name: world for world in (where, *outer)}
    found = fix_package(
        inner,
        [replace(failure_of("", each.name), declared=each.declared) for each in outer],
        lambda failure: benches[failure.name],
        where.python,
        TODAY,
    )
    assert isinstance(found, Fixed), found
    assert benches[found.package].works(found.table)
    assert found.table["reason"]
    return found


def rules(found: Fixed) -> dict[str, Any]:
    return {key: value for key, value in found.table.items() if key != "reason"}


def not_fixed(where: World) -> NotFixed:
    found = fix_package(where.first, (), lambda _: where, where.python, TODAY)
    assert isinstance(found, NotFixed), found
    assert found.reason
    return found


def purposes(where: World) -> list[str]:
    return [purpose for _, purpose, _ in where.attempts]


def older(**versions: str) -> Any:
    """Return a predicate: all of these distributions have to be older than a version."""

    def builds(build: Build) -> str:
        fits = all(build.has(name.replace("_", "-"), f"<{versions[name]}") for name in versions)
        return "" if fits else STRANGE

    return builds


USE_2TO3 = "error in lamp setup command: use_2to3 is invalid."
NO_CYTHON = "ModuleNotFoundError: No module named 'Cython'"
STALE = "lamp.c:12:10: fatal error: longintrepr.h: No such file or directory"


# What the failures themselves say


def test_a_known_kind() -> None:
    where = world(lambda build: "" if build.has("setuptools", "<58") else USE_2TO3)
    found = fixed(where)
    assert rules(found) == {"constrain": ["setuptools<58"]}
    assert found.means == "signature"
    assert found.complete
    assert "setuptools 58 removed that" in found.table["reason"]
    # The remedy, and whether the next release is too new.
    assert purposes(where) == ["setuptools<58", "setuptools<58.1"]


def test_a_limit_of_a_known_kind_that_is_too_tight() -> None:
    where = world(lambda build: "" if build.has("setuptools", "<60") else USE_2TO3)
    assert rules(fixed(where)) == {"constrain": ["setuptools<60"]}


def test_a_missing_module() -> None:
    where = world(lambda build: "" if build.has("cython", "<3.1") else NO_CYTHON)
    found = fixed(where)
    assert rules(found) == {"add": ["cython<3.1"]}
    assert found.means == "missing module"
    assert purposes(where)[0] == "with cython<3 added"


def test_a_missing_module_of_any_version() -> None:
    where = world(lambda build: "" if build.has("cython") else NO_CYTHON)
    assert rules(fixed(where)) == {"add": ["cython"]}
    assert len(where.attempts) == 2


def test_one_failure_after_the_other() -> None:
    def builds(build: Build) -> str:
        if not build.has("setuptools", "<58"):
            return USE_2TO3
        return "" if build.has("cython") else NO_CYTHON

    found = fixed(world(builds))
    assert rules(found) == {"constrain": ["setuptools<58"], "add": ["cython"]}
    assert found.means == "signature"
    assert found.table["reason"].count(";") == 1


def test_a_remedy_that_is_not_needed_is_taken_out() -> None:
    def builds(build: Build) -> str:
        if build.has("cython"):
            return ""
        return USE_2TO3 if build.has("setuptools", ">=58") else NO_CYTHON

    assert rules(fixed(world(builds))) == {"add": ["cython"]}


def test_a_remedy_that_does_not_help_is_taken_out() -> None:
    where = world(lambda build: "" if build.has("setuptools", "<55") else USE_2TO3)
    found = fixed(where)
    assert rules(found) == {"constrain": ["setuptools<55"]}
    assert found.means == "search"
    assert found.table["reason"].startswith("it does not build with setuptools 55.0.0 and later (")


def test_a_moment_before_the_release() -> None:
    where = world(older(setuptools="52"))
    assert rules(fixed(where)) == {"constrain": ["setuptools<52"]}


def test_what_the_error_asks_for() -> None:
    said = "RuntimeError: lamp requires flit_core<4, found something else"
    where = world(
        lambda build: "" if build.has("flit-core", "<4") else said, declared=("flit_core>=2",)
    )
    found = fixed(where)
    assert rules(found) == {"constrain": ["flit-core<4"]}
    assert purposes(where) == ["flit-core<4", "flit-core without a limit"][:1] + purposes(where)[1:]
    assert len(where.attempts) <= 3


def test_no_password_is_written() -> None:
    said = "RuntimeError: https://me:secret@h.test/ requires flit_core<4, found something else"
    where = world(
        lambda build: "" if build.has("flit-core", "<4") else said, declared=("flit_core>=2",)
    )
    assert "its error says: RuntimeError: https://" in fixed(where).table["reason"]
    assert "secret" not in fixed(world(where.builds, declared=where.declared)).table["reason"]


# Moments


def test_a_moment_then_the_loosest_limit() -> None:
    where = world(older(setuptools="65.1.0"))
    found = fixed(where)
    assert rules(found) == {"constrain": ["setuptools<65.1"]}
    assert found.means == "search"
    assert found.table["reason"] == (
        "it does not build with setuptools 65.1.0 and later (found by fix on 2026-11-28)"
    )
    assert purposes(where)[0] == "as of 2023-01-22"
    assert len(where.attempts) <= 14


def test_a_moment_before_the_floor() -> None:
    where = world(older(setuptools="56.0"))
    assert rules(fixed(where)) == {"constrain": ["setuptools<56"]}


def test_the_tool_that_built_the_wheel_of_the_release() -> None:
    where = world(older(setuptools="65"), built_by=("setuptools", "60.0.0"))
    where.index["lamp"] = [Release("1.0", True, released=RELEASED)]
    found = fixed(where)
    assert purposes(where)[0] == "setuptools<60.1"
    assert rules(found) == {"constrain": ["setuptools<65"]}
    assert found.table["reason"].startswith("its own wheel was built with setuptools 60.0.0; ")
    assert found.means == "search"


@pytest.mark.parametrize(
    ("built_by", "wheel"),
    [
        (None, True),
        (("wheel", "0.34.0"), True),
        (("setuptools", "99"), True),
        (("unknown", "1"), True),
        (("setuptools", "60.0.0"), False),
    ],
)
def test_a_wheel_that_says_nothing(built_by: tuple[str, str] | None, wheel: bool) -> None:
    where = world(older(setuptools="65"), built_by=built_by)
    where.index["lamp"] = [Release("1.0", wheel, released=RELEASED)]
    assert rules(fixed(where)) == {"constrain": ["setuptools<65"]}
    assert purposes(where)[0].startswith("as of ")


def test_two_that_matter_together() -> None:
    where = world(
        older(setuptools="65", flit_core="3"), declared=("setuptools", "wheel", "flit-core", "cython")
    )
    assert sorted(rules(fixed(where))["constrain"]) == ["flit-core<3", "setuptools<65"]


def test_an_old_tool_and_a_new_one() -> None:
    def builds(build: Build) -> str:
        return "" if build.has("setuptools", "<58") and build.has("cython", ">=3.1") else STRANGE

    where = world(builds, declared=("setuptools", "cython"))
    assert rules(fixed(where)) == {"constrain": ["setuptools<58"]}


def test_a_declared_limit_that_contradicts() -> None:
    where = world(older(setuptools="65"), declared=("setuptools>=66", "wheel"))
    assert rules(fixed(where)) == {"replace": {"setuptools": "setuptools<65"}}
    where = world(
        lambda build: "" if build.has("setuptools", "<58") else USE_2TO3,
        declared=("setuptools>=66", "wheel"),
    )
    assert rules(fixed(where)) == {"replace": {"setuptools": "setuptools<58"}}


def test_something_that_was_there_then() -> None:
    where = world(
        lambda build: "" if build.has("wheel") else "RuntimeError: use wheel", declared=("setuptools",)
    )
    before = where.environment

    def environment(table: Any) -> Any:
        found = before(table)
        if isinstance(found, dict) and Release(found["setuptools"]).version < "70":
            found["wheel"] = "0.40.0"
        return found

    where.environment = environment  # type: ignore[method-assign]
    assert rules(fixed(where)) == {"add": ["wheel"]}


def test_a_moment_stays_if_no_limit_does() -> None:
    def builds(build: Build) -> str:
        return (
            "" if build.table.get("as-of", "9") < "2023" or build.table.get("as-of") == "x" else STRANGE
        )

    found = fixed(world(builds))
    assert rules(found) == {"as-of": "2021-05-04"}
    assert found.means == "moment"
    assert "the build requirements of 2021-05-04" in found.table["reason"]


def test_the_release_is_written_as_a_day() -> None:
    found = fixed(world(lambda build: "" if "as-of" in build.table else STRANGE))
    assert rules(found) == {"as-of": "2023-01-22"}


def test_a_directory_has_no_release() -> None:
    where = world(older(setuptools="65.1.0"))
    failure = replace(where.first, requirement="/src/lamp")
    found = fix_package(failure, (), lambda _: where, where.python, TODAY)
    assert isinstance(found, Fixed)
    assert rules(found) == {"constrain": ["setuptools<65.1"]}
    assert all(table.get("as-of") != "release" for table, _, _ in where.attempts)
    assert purposes(where)[0] == "as of 2023-01-22"


def test_moments_with_the_same_contents_are_tried_once() -> None:
    where = world(lambda _: STRANGE, index={"setuptools": releases(date(2018, 6, 1), 36, "40", "41")})
    where.index["wheel"] = releases(date(2018, 6, 1), 36, "0.30")
    not_fixed(where)
    assert purposes(where) == []


def test_no_moment_before_what_is_declared() -> None:
    """Nothing has to be built to know that pip finds nothing then."""
    where = world(older(setuptools="65"), declared=("setuptools>=60.0.0",), released=date(2019, 6, 1))
    fixed(where)
    assert not any("2019" in purpose for purpose in purposes(where))
    where = world(older(setuptools="65"), released=date(2019, 6, 1))
    fixed(where)


@pytest.mark.parametrize("yanked", [False, True])
def test_moments_of_a_pin_to_a_pre_release(yanked: bool) -> None:
    where = world(lambda _: STRANGE, declared=("cython==3.0.0a10",))
    where.index["cython"] = [Release("3.0.0a10", True, yanked, released=date(2020, 1, 1))]
    contents = Contents(Search(where.failure(STRANGE, {}), where, "3.11", TODAY))
    assert not contents.lacks(date(2020, 1, 1), {})
    assert contents.lacks(date(2019, 12, 31), {})
    assert not contents.lacks(date(2019, 12, 31), {"replace": {"Cython": "cython"}})


def test_a_known_cause_is_not_in_generated_code() -> None:
    where = world(
        lambda _: "ImportError: cannot import name 'MutableMapping' from 'collections' (a.py)",
        generated=OLD,
    )
    not_fixed(where)
    assert not any("regenerate" in purpose for purpose in purposes(where))


def test_failures_at_a_moment_are_followed() -> None:
    def builds(build: Build) -> str:
        if not build.has("setuptools", "<70"):
            return STRANGE
        return "" if build.has("cython") else NO_CYTHON

    assert rules(fixed(world(builds))) == {"add": ["cython"], "constrain": ["setuptools<70"]}


# Generated sources

OLD = {"lamp.c": "0.29.21"}


def test_generated_sources() -> None:
    where = world(
        lambda build: "" if build.regenerated and build.has("cython", "<3.1") else STALE,
        generated=OLD,
    )
    found = fixed(where)
    assert rules(found) == {"regenerate": True, "add": ["cython<3.1"]}
    assert found.means == "generated sources"
    assert purposes(where)[0] == "regenerate, with cython<3 added"


def test_generated_sources_of_any_cython() -> None:
    where = world(lambda build: "" if build.regenerated else STALE, generated=OLD)
    assert rules(fixed(where)) == {"regenerate": True, "add": ["cython"]}
    assert len(where.attempts) == 2


def test_generated_sources_with_a_declared_cython() -> None:
    where = world(
        lambda build: "" if build.regenerated and build.has("cython", "<3") else STALE,
        generated=OLD,
        declared=("setuptools", "cython>=0.20"),
    )
    assert rules(fixed(where)) == {"regenerate": True, "constrain": ["cython<3"]}


def test_a_python_without_an_old_cython() -> None:
    where = world(
        lambda build: "" if build.regenerated and build.has("cython", ">=3") else STALE,
        generated=OLD,
        python="3.13",
    )
    assert rules(fixed(where)) == {"regenerate": True, "add": ["cython"]}
    assert purposes(where)[0] == "regenerate, with cython<3.1 added"


def test_generated_sources_and_a_moment() -> None:
    def builds(build: Build) -> str:
        if not build.has("setuptools", "<65"):
            return STRANGE
        return "" if build.regenerated and build.has("cython", "<3") else STALE

    found = fixed(world(builds, generated=OLD))
    assert rules(found) == {"regenerate": True, "add": ["cython<3"], "constrain": ["setuptools<65"]}


def test_what_fails_after_generated_sources_is_tried_with_them() -> None:
    def builds(build: Build) -> str:
        if not build.regenerated:
            return STALE
        return "" if build.has("setuptools", "<70") else STRANGE

    where = world(builds, generated=OLD)
    found = fixed(where)
    assert rules(found) == {"regenerate": True, "add": ["cython"], "constrain": ["setuptools<70"]}
    assert all(table.get("regenerate") for table, _, _ in where.attempts)
    # One Cython is enough to see that the files compile.
    assert purposes(where)[1].endswith("as of 2023-01-22")


def test_a_cython_that_does_not_compile_the_sources() -> None:
    def builds(build: Build) -> str:
        if not build.regenerated:
            return STALE
        return "" if build.has("cython", ">=3") else "Cython.Compiler.Errors.CompileError: lamp.pyx"

    where = world(builds, generated=OLD)
    assert rules(fixed(where)) == {"regenerate": True, "add": ["cython"]}


def test_no_generated_sources() -> None:
    where = world(lambda build: "" if build.regenerated else STALE)
    not_fixed(where)
    assert not any("regenerate" in table for table, _, _ in where.attempts)


# Pins


def pinning(declared: str, builds: Any) -> World:
    return world(builds, name="outer", declared=("setuptools", declared))


@pytest.mark.parametrize(
    ("declared", "builds", "wanted"),
    [
        ("numpy==1.19.3", older(numpy="9"), {"numpy": "numpy>=1.23.0"}),
        ("numpy==1.19.3; python_version < '4'", older(numpy="2"), {"numpy": "numpy>=1.23.0,<2"}),
        ("numpy<1.20", older(numpy="1.26.4"), {"numpy": "numpy>=1.23.0,<1.26.4"}),
        ("numpy==1.19.3", older(numpy="1.24"), {"numpy": "numpy>=1.23.0,<1.24"}),
        ("oldest-supported-numpy", older(numpy="9"), {"oldest-supported-numpy": "numpy>=1.23.0"}),
    ],
)
def test_a_pin_without_wheels(declared: str, builds: Any, wanted: dict[str, str]) -> None:
    inner = world(lambda _: STRANGE, name="numpy")
    inner.index["numpy"] = index()["numpy"]
    inner_failure = replace(inner.first, name="numpy", version="1.19.3")
    outer = pinning(declared, builds)
    outer.index["oldest-supported-numpy"] = releases(date(2021, 1, 1), 1, "1")
    found = fix_package(
        inner_failure,
        [replace(failure_of("", "outer"), declared=outer.declared)],
        lambda failure: {"numpy": inner, "outer": outer}[failure.name],
        "3.11",
        TODAY,
    )
    assert isinstance(found, Fixed)
    assert found.package == "outer"
    assert rules(found) == {"replace": wanted}
    assert outer.works(found.table)
    assert (
        "which it requires" in found.table["reason"]
        or "does not build with numpy" in found.table["reason"]
    )
    assert not inner.attempts


def test_a_pin_of_a_package_that_needs_a_library() -> None:
    """Nothing is gained by a build of what it is pinned to."""
    inner = world(lambda _: STRANGE, name="numpy")
    outer = world(lambda _: "fatal error: cblas.h: No such file", name="outer")
    outer.declared = ("setuptools", "numpy==1.19.3")
    found = fix_package(
        replace(inner.first, version="1.19.3"),
        [replace(failure_of("", "outer"), declared=outer.declared)],
        lambda failure: {"numpy": inner, "outer": outer}[failure.name],
        "3.11",
        TODAY,
    )
    assert isinstance(found, NotFixed)
    assert found.reason.startswith("needs a header file that is missing: cblas.h")
    assert len(outer.attempts) == 1
    assert inner.attempts == []


def test_a_requirement_that_is_not_pinned_is_fixed_itself() -> None:
    inner = world(lambda build: "" if build.has("setuptools", "<58") else USE_2TO3, name="six")
    found = fixed(inner, [pinning("six", lambda _: STRANGE)])
    assert found.package == "six"


def test_a_pin_that_pip_cannot_find() -> None:
    where = world(older(numpy="2"), declared=("setuptools", "numpy==1.0"))
    found = fixed(where)
    assert rules(found) == {"replace": {"numpy": "numpy>=1.20.0,<2"}} or rules(found) == {
        "replace": {"numpy": "numpy>=1.23.0,<2"}
    }


# What is not fixed


@pytest.mark.parametrize(
    "error",
    [
        "lamp.c:1:10: fatal error: mysql.h: No such file or directory",
        "error: command 'gcc' failed: No such file or directory",
        "OSError: [Errno 28] No space left on device",
    ],
)
def test_another_cause(error: str) -> None:
    where = world(lambda _: error)
    found = not_fixed(where)
    assert len(where.attempts) <= 2
    assert not found.ruled_out


def test_another_cause_after_a_remedy() -> None:
    where = world(
        lambda build: USE_2TO3 if build.has("setuptools", ">=58") else "fatal error: mysql.h: No"
    )
    found = not_fixed(where)
    assert purposes(where) == ["setuptools<58"]
    assert found.reason.startswith("needs a header file that is missing")
    assert "another version" not in found.hint


def test_what_cannot_be_imported() -> None:
    where = world(
        lambda build: "" if build.has("setuptools", "<58") else USE_2TO3,
        imports=lambda _: "ImportError: cannot import name 'gone' from 'target'",
    )
    found = not_fixed(where)
    assert found.reason.startswith("it builds, but cannot be imported")
    assert len(where.attempts) <= 3


def test_an_import_that_a_build_rule_fixes() -> None:
    def imports(build: Build) -> str:
        return "" if build.has("numpy", "<2") else STRANGE

    where = world(older(setuptools="58"), imports=imports, declared=("setuptools", "numpy"))
    found = fixed(where)
    assert sorted(rules(found)["constrain"]) == ["numpy<2", "setuptools<58"]
    assert "it cannot be imported if it is built with numpy 2.0.0 and later" in found.table["reason"]
    assert "it does not build with setuptools 58.0.0 and later" in found.table["reason"]


class NothingInTarget(World):
    """A world whose target environment has no numpy, so that it is refused, or newer than a limit."""

    conflict: tuple[Side, ...] = ()

    def judged(self, table: Table) -> Attempt:
        if "target" in str(table) and self.conflict:
            return Attempt(table, FAILED, replace(self.failure("", {}), conflict=self.conflict))
        if "target" in str(table):
            return Attempt(table, REFUSED, refusal="numpy is not in the target environment")
        return super().judged(table)


@pytest.mark.parametrize(
    ("declared", "wanted"),
    [
        ("oldest-supported-numpy", {"oldest-supported-numpy": "numpy>=2"}),
        ("numpy==1.24.0", {"numpy": "numpy>=2"}),
    ],
)
def test_an_older_numpy_than_it_runs_with(declared: str, wanted: dict[str, str]) -> None:
    where = NothingInTarget(
        lambda build: "" if build.has("setuptools", "<58") else USE_2TO3,
        imports=lambda build: "" if build.has("numpy", ">=2") else OTHER_NUMPY,
        declared=("setuptools", declared),
        index=index(),
        needs={"oldest-supported-numpy": ("numpy<1.25",)},
    )
    where.index["oldest-supported-numpy"] = releases(date(2021, 1, 1), 1, "1")
    found = fixed(where)
    assert rules(found) == {"constrain": ["setuptools<58"], "replace": wanted}
    assert "does not run with numpy 2" in found.table["reason"]


def test_a_missing_numpy_that_the_target_does_not_have() -> None:
    """An attempt does not know what the command would install into the target."""

    def builds(build: Build) -> str:
        if not build.has("cython") or not build.has("numpy"):
            name = "Cython" if not build.has("cython") else "numpy"
            return f"ModuleNotFoundError: No module named '{name}'"
        if build.has("numpy", ">=2") and build.has("cython", "<3"):
            return NUMPY_2_HEADERS
        return "" if build.has("cython", "<3.1") else "lamp.pyx:1:1: undeclared name not builtin: long"

    where = world(
        builds, imports=lambda build: "" if build.has("numpy", ">=2") else OTHER_NUMPY, target=()
    )
    assert rules(fixed(where)) == {"add": ["cython<3.1", "numpy>=2"]}
    assert not any("target" in purpose for purpose in purposes(where))


@pytest.mark.parametrize("conflict", [(), (Side("replace", "numpy==2"), Side("constrain", "numpy<2"))])
def test_generated_sources_for_a_newer_numpy(conflict: tuple[Side, ...]) -> None:
    def builds(build: Build) -> str:
        if build.has("numpy", "<2") or (build.regenerated and build.has("cython", ">=3")):
            return ""
        return "a.c:1:2: error: 'PyArray_Descr' has no member named 'subarray'"

    where = NothingInTarget(
        builds,
        imports=lambda build: "" if build.has("numpy", ">=2") else OTHER_NUMPY,
        declared=("setuptools", "numpy"),
        index=index(),
        generated=OLD,
    )
    where.conflict = conflict
    assert rules(fixed(where)) == {"regenerate": True, "add": ["cython"]}
    # The headers of numpy 2 require Cython 3.
    assert not any("cython<3 " in purpose for purpose in purposes(where))


def test_a_numpy_before_2_is_needed_where_it_runs() -> None:
    fails = "a.c:1:2: error: 'PyArray_Descr' has no member named 'f'"
    where = NothingInTarget(
        lambda build: "" if build.has("numpy", "<2") else fails,
        imports=lambda _: OTHER_NUMPY,
        declared=("setuptools", "numpy"),
        index=index(),
    )
    found = not_fixed(where)
    assert "built with a different numpy than it runs with" in found.reason
    assert "install 'numpy<2' into the environment that it is for" in found.hint
    assert len(where.attempts) <= 3


def test_an_old_numpy_is_needed_by_its_own_code() -> None:
    gone = "AttributeError: `np.sctypes` was removed in the NumPy 2.0 release. Access dtypes"
    where = world(older(setuptools="58"), imports=lambda _: gone)
    found = not_fixed(where)
    assert "uses np.sctypes when it is imported: numpy 2 removed it" in found.reason
    assert found.hint.startswith("install 'numpy<2' into the environment that it is for; then run")


@pytest.mark.parametrize("python", ["3.8", "3.11"])
def test_a_numpy_that_does_not_help(python: str) -> None:
    where = NothingInTarget(
        lambda build: "" if build.has("setuptools", "<58") else USE_2TO3,
        imports=lambda _: OTHER_NUMPY,
        declared=("setuptools", "numpy"),
        index=index(),
        python=python,
    )
    if python == "3.8":
        where.index["numpy"] = [each for each in where.index["numpy"] if each.version[0] == "1"]
    not_fixed(where)
    assert len(where.attempts) <= 4


def test_never_a_stranger() -> None:
    where = world(
        lambda build: "" if build.has("stranger") else "ModuleNotFoundError: No module named 'stranger'"
    )
    not_fixed(where)
    assert not any("stranger" in str(table) for table, _, _ in where.attempts)
    assert "stranger" not in where.asked


def test_the_end_of_the_time() -> None:
    first = world(older(setuptools="65.1.0"))
    fixed(first)
    ends = []
    for most in range(len(first.attempts)):
        where = world(older(setuptools="65.1.0"), most=most)
        found = fix_package(where.first, (), lambda _, where=where: where, "3.11", TODAY)
        ends.append(isinstance(found, Fixed))
        if isinstance(found, Fixed):
            assert not found.complete
            assert where.works(found.table)
        else:
            assert "before the search ended" in found.reason
    assert ends == sorted(ends)
    assert ends[-1]


def test_what_no_index_has() -> None:
    """No moment has more files than there are today."""
    where = world(older(numpy="2"), declared=("setuptools", "nowhere"))
    found = not_fixed(where)
    assert where.attempts == []
    assert "nowhere" in found.reason


def test_a_remedy_that_no_index_has() -> None:
    """Without it, the means that remain are tried."""
    where = world(lambda build: "ModuleNotFoundError: No module named 'pkgconfig'")
    not_fixed(where)
    assert purposes(where)[0] == "with pkgconfig added"
    assert all("pkgconfig" not in purpose for purpose in purposes(where)[1:])
    assert len(where.attempts) <= 3


def test_what_pip_refuses() -> None:
    """The first refusal says what the user can do."""
    where = world(lambda _: NO_CYTHON)
    refused = Attempt({}, REFUSED, refusal="its name is not known", hint="write lamp @ URL")
    where.judged = lambda table: refused if table else World.judged(where, table)  # type: ignore[method-assign]
    found = not_fixed(where)
    assert found.reason == "no rule can be in force: its name is not known"
    assert found.hint == "write lamp @ URL"


def test_a_package_that_no_index_has() -> None:
    where = world(lambda _: STRANGE)
    failure = Failure("lamp", "1.0", error="No matching distribution", not_found="lamp==1.0")
    found = fix_package(failure, [], lambda _: where, "", TODAY)
    assert isinstance(found, NotFixed)
    assert found.reason == "cannot be found by pip"
    assert not where.attempts
