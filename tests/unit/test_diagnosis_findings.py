"""From the facts about a failure to the rules that fix it, and how those are merged into a file."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from pip_build_override.diagnosis import Diagnosis, Failure, Rules, diagnose
from pip_build_override.diagnosis.bounds import Contradiction, excludes, tightest
from pip_build_override.diagnosis.from_command_line import with_remedies
from pip_build_override.diagnosis.output import Output
from pip_build_override.diagnosis.setup_py import imported_at_the_top
from pip_build_override.diagnosis.signatures import Matcher, known_signatures
from pip_build_override.diagnosis.wording import failure_hint, install_hint, joined, sentences
from pip_build_override.rules import CommandLine
from pip_build_override.rules.standards import read_toml
from pip_build_override.rules.written import lines_of_table

from ..support.hints import follows

MISSING = "ModuleNotFoundError: No module named {!r}"
PKG_RESOURCES = MISSING.format("pkg_resources")
USE_2TO3 = "error in lamp setup command: use_2to3 is invalid."
STALE = "lamp.c:196:12: fatal error: longintrepr.h: No such file or directory"


def failure(*lines: str, **known: Any) -> Failure:
    output = Output(Matcher(known_signatures()))
    for line in lines:
        output.take(line)
    return Failure(name="lamp", version="1.0", hits=output.hits, error=output.error, **known)


def diagnosed(*lines: str, python: str = "", **known: Any) -> Diagnosis:
    return diagnose(failure(*lines, **known), python)


def text(diagnosis: Diagnosis, existing: dict[str, Any] | None = None) -> str:
    tables, _ = joined([diagnosis], existing or {})
    return "\n".join(line for name, table in tables.items() for line in lines_of_table(name, table))


def test_a_remedy_is_one_for_some_pythons() -> None:
    assert diagnosed(USE_2TO3, python="3.11").rules.constrain == ("setuptools<58",)
    on_new = diagnosed(USE_2TO3, python="3.12")
    assert not on_new.rules
    assert "earlier versions do not run on Python 3.12" in on_new.findings[0].because
    # Not known: offered.
    assert diagnosed(USE_2TO3).rules
    # The Python that the failure itself names comes first.
    assert not diagnose(failure(USE_2TO3, python="3.12"), "3.11").rules


def test_the_build_environment_decides() -> None:
    assert diagnosed(PKG_RESOURCES, environment={"setuptools": "84.2.1"}).rules
    assert diagnosed(PKG_RESOURCES, environment={"wheel": "1"}).rules
    assert not diagnosed(PKG_RESOURCES, environment={"setuptools": "75.0"}).findings


@pytest.mark.parametrize(
    ("module", "added"),
    [
        ("Cython", '"cython<3"'),
        ("yaml", '"pyyaml"'),
        ("numpy", '{ name = "numpy", from = "target", else = "numpy" }'),
        ("torch", '{ name = "torch", from = "target", borrow = true }'),
    ],
)
def test_a_module_is_added_by_its_distribution(module: str, added: str) -> None:
    assert diagnosed(MISSING.format(module)).rules.add == (added,)


def test_cython_by_python() -> None:
    assert diagnosed(MISSING.format("Cython"), python="3.12").rules.add == ('"cython<3"',)
    assert diagnosed(MISSING.format("Cython"), python="3.13").rules.add == ('"cython"',)


@pytest.mark.parametrize(
    ("module", "known", "reason"),
    [
        ("setup_helpers", {}, "it is not known which distribution contains it"),
        ("imp", {}, "Python 3.12 removed it"),
        # yaml is there, or it would be what is missing.
        ("yaml.cyaml", {}, "yaml is in the build environment, but that release of it does not"),
        ("lamp.version", {}, "one of the package's own modules"),
        ("yaml", {"own_modules": frozenset({"yaml"})}, "one of the package's own modules"),
        (
            "yaml",
            {"environment": {"pyyaml": "6.0"}},
            "pyyaml 6.0 is in the build environment, but this build does not find it there",
        ),
    ],
)
def test_a_module_for_which_nothing_is_offered(module: str, known: dict[str, Any], reason: str) -> None:
    diagnosis = diagnosed(MISSING.format(module), **known)
    assert not diagnosis.rules
    assert reason in diagnosis.findings[0].because


def test_what_setup_py_will_miss_next_is_added_too() -> None:
    setup_py = "import os, six\nfrom Cython.Build import cythonize\nimport numpy as np\nimport mine\n"
    known = {
        "setup_py": setup_py,
        "declared": ("setuptools", "six"),
        "environment": {"setuptools": "84"},
    }
    rules = diagnosed(MISSING.format("Cython"), python="3.11", **known).rules
    assert rules.add == ('"cython<3"', '{ name = "numpy", from = "target", else = "numpy" }')


def test_imports_of_a_setup_py() -> None:
    assert imported_at_the_top(
        "import a.b, c\nfrom d import e\nfrom . import f\nif x:\n  import g\n"
    ) == (
        "a",
        "c",
        "d",
    )
    assert imported_at_the_top("print 'Python 2'") == ()


def test_code_that_is_generated_again_if_its_source_is_there() -> None:
    from_log = diagnosed(STALE, python="3.11")
    assert from_log.rules == Rules(add=('"cython<3"',), regenerate=True)
    assert text(from_log) == '[package.lamp]\nadd = ["cython<3"]\nregenerate = true'
    assert from_log.findings[0].because.endswith("if the sdist contains its .pyx")
    there = diagnosed(STALE, python="3.11", generated={"src/lamp.c": "0.27"})
    assert there.rules == from_log.rules
    assert there.findings[0].because.endswith("regenerate has Cython generate it again from its .pyx")
    for generated in ({}, {"src/other.c": "0.27"}):
        missing = diagnosed(STALE, python="3.11", generated=generated)
        assert not missing.rules
        assert "has nothing to generate it again from" in missing.findings[0].because
        assert failure_hint(missing) == (
            "install a newer release of lamp (`pip index versions lamp` lists them), or use an older"
            " Python, on which its C code compiles"
        )


@pytest.mark.parametrize(
    ("python", "cython", "declared", "rules"),
    [
        # Cython 0.29 does not support Python 3.13.
        ("3.13", "", (), Rules(add=('"cython<3.1"',), regenerate=True)),
        ("3.12", "0.29.37", (), Rules(regenerate=True)),
        ("3.13", "3.0.12", (), Rules(regenerate=True)),
        (
            "3.13",
            "0.29.37",
            ("Cython<3",),
            Rules(replace=(("cython", '"cython<3.1"'),), regenerate=True),
        ),
        ("3.13", "0.29.37", None, Rules(replace=(("cython", '"cython<3.1"'),), regenerate=True)),
        ("3.13", "0.29.37", (), Rules(constrain=("cython>=3.0.11,<3.1",), regenerate=True)),
    ],
)
def test_the_cython_that_generates_code_again(
    python: str, cython: str, declared: tuple[str, ...] | None, rules: Rules
) -> None:
    environment = {"cython": cython} if cython else {"setuptools": "80"}
    known: dict[str, Any] = {"environment": environment, "declared": declared}
    assert diagnosed(STALE, python=python, **known).rules == rules


def test_code_that_the_build_itself_has_generated() -> None:
    known: dict[str, Any] = {"cythonized": ("lamp.pyx",)}
    old = diagnosed(STALE, python="3.13", **known)
    assert old.rules == Rules(replace=(("cython", '"cython<3.1"'),))
    assert old.findings[0].because == "the Cython of its build environment is too old for Python 3.13"
    known["environment"] = {"cython": "3.0.12"}
    new = diagnosed(STALE, python="3.13", **known)
    assert not new.rules
    assert "although cython 3.0.12 has just generated it" in new.findings[0].because
    # Another one was in the sdist.
    assert diagnosed(STALE, python="3.13", cythonized=("other.pyx",)).rules.regenerate


def test_code_that_cython_did_not_generate() -> None:
    by_hand = "src/sets/bitset.c:7:10: fatal error: longintrepr.h: No such file or directory"
    diagnosis = diagnosed(by_hand, python="3.11")
    assert [finding.signature.name for finding in diagnosis.findings] == ["written-for-an-older-python"]
    assert not diagnosis.rules


def test_a_cause_that_nothing_fixes_keeps_others_from_being_offered() -> None:
    header = "lamp.c:1:2: fatal error: bulb.h: No such file or directory"
    diagnosis = diagnosed(PKG_RESOURCES, header)
    assert len(diagnosis.findings) == 2
    assert not diagnosis.rules


def test_what_was_raised_and_caught_before_the_compiler_failed() -> None:
    assert diagnosed(MISSING.format("yaml"), "error: command '/usr/bin/gcc' failed").findings == ()


def test_an_unknown_kind_says_the_error_and_no_more() -> None:
    diagnosis = diagnosed("ValueError: 42")
    assert sentences(diagnosis) == ["lamp 1.0 does not build, for an unknown reason: ValueError: 42"]
    assert not diagnosis.rules


@pytest.mark.parametrize(
    ("lines", "cause"),
    [
        (
            (
                "CMake Error at CMakeLists.txt:12 (message):",
                "",
                "Found no BLAS, and no",
                "file says where it is.",
                "",
                "more",
            ),
            "CMake Error at CMakeLists.txt:12 (message): Found no BLAS, and no file says where it is.",
        ),
        (
            (
                "Run-time dependency blas found: NO",
                '../meson.build:15:10: ERROR: Dependency "blas" not found',
            ),
            '../meson.build:15:10: ERROR: Dependency "blas" not found',
        ),
        (
            ("FAILED: lamp.o", "lamp.c:3:5: error: no member bulb", "ninja: build stopped."),
            "lamp.c:3:5: error: no member bulb",
        ),
        (
            ("RuntimeError:", "no CUDA", "subprocess.CalledProcessError: Command 'x' returned 1"),
            "RuntimeError: no CUDA",
        ),
        (
            (
                "a.c:1:2: error: unknown type name 'PyBulb'",
                "a.c:3:4: error: expected ';'",
                "error: command '/usr/bin/gcc' failed with exit code 1",
            ),
            "a.c:1:2: error: unknown type name 'PyBulb'",
        ),
        (("ValueError: 41", "ValueError: 42"), "ValueError: 42"),
    ],
)
def test_the_line_that_says_why_is_quoted(lines: tuple[str, ...], cause: str) -> None:
    output = Output(Matcher(known_signatures()))
    for line in lines:
        output.take(line)
    known = Failure("lamp", "1.0", error=output.error, cause=output.cause)
    assert sentences(diagnose(known)) == [f"lamp 1.0 does not build, for an unknown reason: {cause}"]


@pytest.mark.parametrize(
    ("file", "tables"),
    [
        # A table for this version overrules the plain one, so the fix goes into it.
        (
            '[package.lamp]\nadd = ["a"]\n[package."lamp<2"]\nconstrain = ["setuptools<90"]',
            {"lamp<2": {"constrain": ["setuptools<82"]}},
        ),
        # This one is for other versions.
        (
            '[package."lamp>=2"]\nconstrain = ["setuptools<90"]',
            {"lamp": {"constrain": ["setuptools<82"]}},
        ),
        (
            '[package."*"]\nconstrain = ["setuptools<90"]',
            {"lamp": {"constrain": ["setuptools<82"]}},
        ),
        # The fix is there already.
        ('[package."lamp<2"]\nconstrain = ["setuptools<82"]\n', {}),
    ],
)
def test_the_fix_goes_into_the_table_that_counts(file: str, tables: dict[str, Any]) -> None:
    existing = read_toml(file)["package"]
    assert joined([diagnosed(PKG_RESOURCES)], existing) == (tables, [])


def test_a_fix_that_changes_nothing_is_not_offered() -> None:
    existing = read_toml('[package."*"]\nadd = ["six"]')["package"]
    tables, (problem,) = joined([diagnosed(MISSING.format("six"))], existing)
    assert tables == {}
    assert problem.says == (
        'lamp 1.0 needs add = ["six"], but adding that to build-overrides.toml changes nothing'
    )
    assert problem.hint == (
        'see what overrules it in package."*": pip-build-override explain --overrides'
        " build-overrides.toml lamp==1.0"
    )


def test_failures_stack() -> None:
    diagnosis = diagnosed(PKG_RESOURCES, USE_2TO3, MISSING.format("six"))
    assert text(diagnosis) == '[package.lamp]\nadd = ["six"]\nconstrain = ["setuptools<58"]'


def test_what_is_there_stays() -> None:
    existing = {"Lamp": {"replace": {"a": "a<1"}, "constrain": ["setuptools<90", "b"], "add": ["six"]}}
    diagnosis = diagnosed(PKG_RESOURCES, MISSING.format("six"), MISSING.format("yaml"))
    assert text(diagnosis, existing) == (
        '[package.Lamp]\nreplace.a = "a<1"\nadd = ["six", "pyyaml"]\nconstrain = ["setuptools<82", "b"]'
    )
    # Those given are not touched.
    assert existing["Lamp"]["add"] == ["six"]


@pytest.mark.parametrize(
    "table",
    [
        {"add": [{"name": "numpy", "from": "target"}]},
        {"replace": {"numpy": {"from": "target"}}},
        {"replace": {"oldest-supported-numpy": {"name": "numpy", "from": "target"}}},
    ],
)
def test_what_the_target_has_cannot_be_limited_too(table: dict[str, Any]) -> None:
    existing = {"lamp": table}
    error = "AttributeError: `np.float_` was removed in the NumPy 2.0 release."
    diagnosis = diagnosed(error, python="3.11")
    assert diagnosis.rules.constrain == ("numpy<2",)
    tables, problems = joined([diagnosis], existing)
    assert tables == {}
    (problem,) = problems
    (key,) = table
    assert problem.says.startswith(f"lamp 1.0 needs numpy<2, but {key}")
    assert " in build-overrides.toml: package.lamp requires { name = " in problem.says
    assert problem.hint.startswith("in [package.lamp], replace { name = ")
    assert problem.hint.endswith('with "numpy<2"')
    assert 'from = "target" }' in problem.hint


@pytest.mark.parametrize(
    ("table", "fixed"),
    [
        ('replace.six = "six==1.16"', 'add = ["six==1.16"]'),
        ('replace.six = "six"\nadd = ["a"]', 'add = ["a", "six"]'),
        ('replace.six = { from = "target" }', 'add = [{ name = "six", from = "target" }]'),
        # What only a declared requirement can give does not go into add.
        ('replace.six = { from = "oldest" }', 'add = ["six"]'),
        ('replace.six = ["six<2; python_version < \'3\'", "six"]', None),
        ('replace.b = "b<1"\nreplace.six = "six"', 'replace.b = "b<1"\nadd = ["six"]'),
        ('remove = ["six", "b"]', 'remove = ["b"]\nadd = ["six"]'),
        ('remove = ["Six"]', 'add = ["six"]'),
    ],
)
@pytest.mark.parametrize("declared", [None, ("setuptools",)])
def test_a_rule_that_had_nothing_to_act_on_is_replaced(
    table: str, fixed: str | None, declared: tuple[str, ...] | None
) -> None:
    existing = read_toml(f"[package.lamp]\n{table}\n")["package"]
    fixed = fixed or 'add = ["six<2; python_version < \'3\'", "six"]'
    diagnosis = diagnosed(MISSING.format("six"), declared=declared)
    assert text(diagnosis, existing) == f"[package.lamp]\n{fixed}"


def test_nothing_is_offered_that_the_rules_do_not_take() -> None:
    # Declared for other interpreters, so that both its replacement and the module are missing.
    existing = {"lamp": {"replace": {"six": "six; python_version < '3'"}}}
    diagnosis = diagnosed(MISSING.format("six"), declared=("six; python_version < '3'",))
    tables, (problem,) = joined([diagnosis], existing)
    assert tables == {}
    assert "replace and add of one table both name six" in problem.says
    assert "build-overrides.toml: package.lamp" in problem.says
    assert problem.hint


@pytest.mark.parametrize(
    ("table", "fixed"),
    [
        # For some interpreters only; the limit is for all of them.
        (
            "constrain = [\"setuptools<90; python_version < '3.9'\"]",
            'constrain = ["setuptools<90; python_version < \'3.9\'", "setuptools<82"]',
        ),
        (
            "add = [\"setuptools>60; python_version < '3.9'\"]",
            'add = ["setuptools>60; python_version < \'3.9\'"]\nconstrain = ["setuptools<82"]',
        ),
        ('add = ["setuptools[core]>60"]', 'add = ["setuptools[core]<82,>60"]'),
        (
            'add = ["setuptools @ https://x/setuptools-60.zip"]',
            'add = ["setuptools @ https://x/setuptools-60.zip"]\nconstrain = ["setuptools<82"]',
        ),
        ('constrain = ["setuptools<80"]', 'constrain = ["setuptools<80"]'),
    ],
)
def test_a_limit_takes_no_marker_away(table: str, fixed: str) -> None:
    existing = read_toml(f"[package.lamp]\n{table}\n")["package"]
    after = diagnosed(PKG_RESOURCES).rules.joined_to(existing["lamp"])
    assert lines_of_table("lamp", after) == ["[package.lamp]", *fixed.split("\n")]


@pytest.mark.parametrize(
    ("key", "entry"),
    [
        ("constrain", "setuptools>=82"),
        ("add", "setuptools==84.0"),
        ("constrain", "setuptools>=82; python_version >= '3.9'"),
    ],
)
def test_what_keeps_a_limit_out_is_named(key: str, entry: str) -> None:
    existing = {"lamp": {key: [entry]}}
    tables, (problem,) = joined([diagnosed(PKG_RESOURCES)], existing, "o.toml")
    assert tables == {}
    assert problem.says == (
        f"lamp 1.0 needs setuptools<82, but {key} in o.toml: package.lamp requires {entry}"
    )
    assert problem.hint == (f'in [package.lamp], replace {entry} in {key} with "setuptools<82"')


@pytest.mark.parametrize("other", [">=40", "<83"])
def test_each_declared_line_of_a_name_counts(other: str) -> None:
    pinned = "setuptools==84.0; python_version >= '3'"
    for declared in ((pinned, f"setuptools{other}"), (f"setuptools{other}", pinned)):
        diagnosis = diagnosed(PKG_RESOURCES, declared=declared)
        assert text(diagnosis) == '[package.lamp]\nreplace.setuptools = "setuptools<82"'


def test_a_whole_list_takes_what_would_be_added() -> None:
    existing = {"lamp": {"requires": ["setuptools", "wheel"]}}
    diagnosis = diagnosed(PKG_RESOURCES, MISSING.format("six"))
    assert text(diagnosis, existing) == '[package.lamp]\nrequires = ["setuptools<82", "wheel", "six"]'


@pytest.mark.parametrize("declared", ["setuptools==84.0", "setuptools>=82"])
def test_a_declared_requirement_that_the_limit_contradicts_is_replaced(declared: str) -> None:
    diagnosis = diagnosed(PKG_RESOURCES, declared=(declared,))
    assert text(diagnosis) == '[package.lamp]\nreplace.setuptools = "setuptools<82"'
    assert text(diagnosed(PKG_RESOURCES, declared=("setuptools>=40",))).endswith('["setuptools<82"]')


def test_numpy_is_replaced_under_the_name_that_is_declared() -> None:
    error = "ImportError: numpy.core.multiarray failed to import"
    shape: dict[str, Any] = {"step": "import"}
    target = '{ from = "target" }'
    both = diagnosed(error, **shape).rules.replace
    assert [name for name, _ in both] == ["numpy", "oldest-supported-numpy"]
    assert diagnosed(error, declared=("numpy",), **shape).rules.replace == (("numpy", target),)
    (one,) = diagnosed(error, declared=("oldest-supported-numpy",), **shape).rules.replace
    assert one == ("oldest-supported-numpy", '{ name = "numpy", from = "target" }')
    undeclared = diagnosed(error, declared=("cython",), **shape).rules
    assert undeclared == Rules(add=('{ name = "numpy", from = "target" }',))
    # In a build the same words are of another kind.
    assert diagnosed(error).findings == ()


def test_limits() -> None:
    assert tightest(["<82", "<58", ">=40", ">=9"]) == ">=40,<58"
    assert tightest(["!=50,<82", ""]) == "<82,!=50"
    for lower in (">=82", ">=90.1"):
        with pytest.raises(Contradiction):
            tightest(["<82", lower])
    assert excludes("<82", "==84.*")
    assert not excludes("<82", "<90,>=40")
    assert not excludes("<82", "")


@pytest.mark.parametrize(
    ("limits", "joined"),
    [
        (("<2.0rc1", "<2.0"), "<2.0"),
        (("<2.0", "<2.0rc1"), "<2.0"),
        (("<2.0a1", "<2.0rc1"), "<2.0a1"),
        (("<1.0.post1", "<1.0"), "<1.0"),
        (("<2.0.0", "<2.0"), "<2.0.0"),
        ((">=2.0rc1", ">=2.0"), ">=2.0"),
        ((">=2.0", ">=2.0.dev1"), ">=2.0"),
        ((">=2.0.post1", ">=2.0"), ">=2.0.post1"),
        ((">=2024.1", ">=1!1.0"), ">=1!1.0"),
        (("<2024.1", "<1!1.0"), "<2024.1"),
        (("==2.0rc1", "<2.0rc2"), "==2.0rc1"),
        (("==1!1.0", ">=2024.1"), "==1!1.0"),
        (("==2.0", "!=3", ">=1", ">1", "<=2.0"), "==2.0,!=3"),
        # A bound that follows from another one is left out.
        (("<=82", "<82"), "<82"),
        (("<82,<=82",), "<82"),
        (("<=81", "<82", "<=83"), "<=81"),
        (("<=1!1", "<2"), "<2"),
        # Neither follows from the other one.
        (("<=2rc1", "<2"), "<2,<=2rc1"),
        ((">1", ">=1"), ">1"),
        ((">1", ">=2", ">1"), ">=2"),
        ((">1", "<2", ">1"), "<2,>1"),
        ((">1", ">=1.post1"), ">=1.post1,>1"),
        # What is not of PEP 440 stays as it is.
        ((">=1.*", "<2.x", "==old", "<3"), "<3,>=1.*,<2.x,==old"),
    ],
)
def test_limits_are_ordered_as_versions_are(limits: tuple[str, ...], joined: str) -> None:
    assert tightest(limits) == joined


@pytest.mark.parametrize(
    "limits",
    [
        (">=2.0", "<2.0rc1"),
        # <2.0 excludes the pre-releases of 2.0.
        (">=2.0rc1", "<2.0"),
        ("==2.0rc1", "<2.0"),
        ("==2.0rc1", ">=2.0"),
        ("==2.0", ">2.0"),
        ("<=1", ">=2"),
        ("<=1", ">1"),
        ("<1", ">1"),
        (">1", "<=1.post1"),
        (">1!1", "<2024.1"),
        (">=1!1.0", "<2024.1"),
        ("==2024.1", ">=1!1.0"),
    ],
)
def test_limits_that_leave_nothing(limits: tuple[str, ...]) -> None:
    with pytest.raises(Contradiction):
        tightest(limits)


def test_the_limit_that_keeps_a_pin_out_is_named() -> None:
    with pytest.raises(Contradiction, match="==1 and >=2$"):
        tightest([">=2", "==1"])


def test_goes_to_another_process_and_back() -> None:
    inner = failure(USE_2TO3, python="3.11")
    whole = dataclasses.replace(
        failure(PKG_RESOURCES, MISSING.format("six"), environment={"a": "1"}, declared=("a",)),
        nested=(inner,),
        own_modules=frozenset({"b", "a"}),
        origins=(("declared", ("a 1",)),),
    )
    assert Failure.from_json(json.loads(json.dumps(whole.to_json()))) == whole


@pytest.mark.parametrize(
    ("settings", "now"),
    [
        ("Lamp: setuptools>=82", "Lamp: setuptools<82"),
        ("lamp: setuptools[core]>60", "lamp: setuptools[core]<82,>60"),
        ('lamp: setuptools; python_version >= "3"', 'lamp: setuptools<82; python_version >= "3"'),
    ],
)
def test_a_setting_of_the_same_name_takes_the_limit(settings: str, now: str) -> None:
    others = ("lamp: a<1", "other: setuptools>=82")
    given = CommandLine(("setuptools>=82", "setuptools<90", "a"), (settings, *others))
    changed, (left,), problems = with_remedies(given, [diagnosed(PKG_RESOURCES)])
    assert (changed.set, problems) == ((now, *others), [])
    # That of every package stays where both can hold.
    assert changed.constrain == ("setuptools<90", "a")
    assert not left.rules


def test_a_setting_that_takes_no_limit() -> None:
    given = CommandLine((), ("lamp: setuptools@target",))
    changed, left, (problem,) = with_remedies(given, [diagnosed(PKG_RESOURCES)])
    assert (changed, left) == (given, [])
    assert (
        problem.says
        == "lamp 1.0 needs setuptools<82, but --set 'lamp: setuptools@target' does not allow it"
    )
    assert problem.hint == "use --set 'lamp: setuptools<82' instead"


def test_a_setting_gives_way_to_what_is_added() -> None:
    given = CommandLine((), ("lamp: six; python_version < '3'", "lamp: a"))
    changed, (left,), _ = with_remedies(given, [diagnosed(MISSING.format("six"))])
    assert changed.set == ("lamp: a",)
    assert left.rules.add == ('"six"',)


C = "apt-get install gcc libc6-dev python3-dev (Debian, Ubuntu), dnf install gcc python3-devel (Fedora)"
CXX = "apt-get install g++ python3-dev (Debian, Ubuntu), dnf install gcc-c++ python3-devel (Fedora)"
FORTRAN = "apt-get install gfortran (Debian, Ubuntu), dnf install gcc-gfortran (Fedora)"
VISUAL = "https://visualstudio.microsoft.com/visual-cpp-build-tools/"
RUST = "apt-get install cargo (Debian, Ubuntu), dnf install cargo (Fedora), or the newest from https://"


@pytest.mark.parametrize(
    ("line", "says", "install"),
    [
        ("error: command 'gcc' failed: No such file or directory", "gcc", C),
        ("error: command 'x86_64-linux-gnu-gcc-12' failed: No such file or directory", "gcc-12", C),
        ("unable to execute 'cc': No such file or directory", "cc", C),
        ("error: [Errno 2] No such file or directory: 'clang'", "clang", C),
        ("error: command 'g++' failed: No such file or directory", "g++", CXX),
        ("unable to execute 'c++': No such file or directory", "c++", CXX),
        ("error: command 'cl.exe' failed: No such file or directory", "cl.exe", VISUAL),
        (
            "error: Microsoft Visual C++ 14.0 or greater is required. Get it with",
            "Microsoft Visual C++",
            VISUAL,
        ),
        ("error: Microsoft Visual C++ 14.0 is required. Get it", "Microsoft Visual C++", VISUAL),
        ("error: Unable to find vcvarsall.bat", "Microsoft Visual C++", VISUAL),
        (
            "../meson.build:1:0: ERROR: Unknown compiler(s): [['cc'], ['gcc'], ['clang'], ['nvc']]",
            "a C compiler",
            C,
        ),
        (
            "meson.build:1:0: ERROR: Unknown compiler(s): [['icl'], ['cl'], ['cc'], ['gcc']]",
            "a C compiler",
            C,
        ),
        ("ERROR: Unknown compiler(s): ['c++', 'g++', 'clang++', 'pgc++']", "a C++ compiler", CXX),
        (
            "../meson.build:9:0: ERROR: Unknown compiler(s): [['gfortran'], ['flang'], ['ifort']]",
            "a Fortran compiler",
            FORTRAN,
        ),
        ("meson.build:1:0: ERROR: Unknown compiler(s): [['rustc']]", "a Rust compiler", RUST),
        ("  No CMAKE_C_COMPILER could be found.", "a C compiler", C),
        ("  No CMAKE_CXX_COMPILER could be found.", "a C++ compiler", CXX),
        ("  No CMAKE_Fortran_COMPILER could be found.", "a Fortran compiler", FORTRAN),
        (
            'CMake Error: CMake was unable to find a build program corresponding to "Unix Makefiles".',
            "a build program",
            "apt-get install make",
        ),
        ("error: command 'make' failed: No such file or directory", "make", "apt-get install make"),
        ("error: command 'gfortran' failed: No such file or directory", "gfortran", FORTRAN),
        ("No such file or directory: 'mpicc'", "mpicc", "apt-get install libopenmpi-dev"),
        ("error: command 'cargo' failed: No such file or directory", "cargo", RUST),
        ("error: [Errno 2] No such file or directory: 'rustc'", "rustc", RUST),
        ("error: can't find Rust compiler", "a Rust toolchain", RUST),
        ("Cargo, the Rust package manager, is not installed or is not on PATH.", "Rust", RUST),
        (
            "x.c:1:10: fatal error: Python.h: No such file or directory",
            "the header files of Python",
            "apt-get install python3-dev (Debian, Ubuntu), dnf install python3-devel (Fedora)",
        ),
    ],
)
def test_a_tool_that_is_no_python_package(line: str, says: str, install: str) -> None:
    found = diagnosed(line.strip())
    (finding,) = found.findings
    assert says in finding.says
    assert "not installed" in finding.says
    assert not found.rules
    # Nobody would let a test install these.
    hint = follows("install {}; then run the command again", f"hint: {install_hint(found)}")
    assert install in hint
    outer = diagnose(Failure("outer", "1.0", nested=(found.failure,)))
    assert install_hint(outer) in hint


@pytest.mark.parametrize(
    ("line", "tool"),
    [
        ("error: [Errno 2] No such file or directory: '/none/cc'", "/none/cc"),
        ("error: command '/none/cc' failed: No such file or directory", "/none/cc"),
        ("error: command '/opt/x/mycc' failed: No such file or directory", "/opt/x/mycc"),
        ("unable to execute './icpc': No such file or directory", "./icpc"),
        ("error: [Errno 2] No such file or directory: '/none/x86_64-linux-gnu-g++-9'", "g++-9"),
        ("meson.build:1:0: ERROR: Unknown compiler(s): [['/none/cc']]", "/none/cc"),
        ("error: command '/none/gfortran' failed: No such file or directory", "/none/gfortran"),
        ("  The CMAKE_CXX_COMPILER:", "a compiler that does not exist"),
    ],
)
def test_a_compiler_that_a_variable_names(line: str, tool: str) -> None:
    found = diagnosed(line.strip())
    (finding,) = found.findings
    assert not found.rules
    assert f"{tool}{'' if 'exist' in tool else ', which does not exist'}" in finding.says
    assert "<" not in finding.says + finding.because
    assert install_hint(found) == ""
    hint = follows("correct or unset {}; if it is not set, set it to", f"hint: {failure_hint(found)}")
    # With the variable corrected, the same command runs the compiler.
    assert "CC" in hint
    assert "CXX" in hint


@pytest.mark.parametrize(
    "line",
    [
        "FileNotFoundError: [Errno 2] No such file or directory: 'docs/README'",
        "error: command '/usr/bin/gcc' failed with exit code 1",
    ],
)
def test_what_is_no_missing_compiler(line: str) -> None:
    assert failure_hint(diagnosed(line)) == ""


def test_what_is_installed_for_several_causes() -> None:
    two = diagnosed("No CMAKE_C_COMPILER could be found.", "No CMAKE_CXX_COMPILER could be found.")
    hint = install_hint(two)
    assert C in hint
    assert CXX in hint
    assert install_hint(diagnosed(PKG_RESOURCES)) == ""
