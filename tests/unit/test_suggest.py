"""``suggest``: what it prints, how it answers programs, and what it does to a file that is there."""

from __future__ import annotations

import dataclasses
import io
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pip_build_override import switch
from pip_build_override.cli.main import main
from pip_build_override.diagnosis import diagnose, read_log
from pip_build_override.diagnosis.wording import joined, named_sentences
from pip_build_override.rules import Declared, package, parse_overrides, plan
from pip_build_override.rules.standards import read_toml
from pip_build_override.rules.written import lines_of_tables

from ..support.documents import answered
from ..support.hints import follows
from ..support.names import unnamed

LOG = """\
Collecting Lamp==1.0
  Downloading lamp-1.0.tar.gz (7 kB)
  Getting requirements to build wheel did not run successfully.
  │ exit code: 1
  ╰─> [1 lines of output]
      ModuleNotFoundError: No module named 'pkg_resources'
      [end of output]
"""
OTHER = LOG.replace("Lamp", "bulb").replace("lamp", "bulb").replace("pkg_resources", "Cython")
UNKNOWN = LOG.replace("ModuleNotFoundError: No module named 'pkg_resources'", "ValueError: no")
TABLE = '[package.lamp]\nconstrain = ["setuptools<82"]\n'

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(switch.SWITCH, raising=False)
    (tmp_path / "log").write_text(LOG + OTHER, encoding="utf-8")
    (tmp_path / "one").write_text(LOG, encoding="utf-8")
    (tmp_path / "unknown").write_text(UNKNOWN, encoding="utf-8")
    return tmp_path


def test_what_is_printed_is_an_overrides_file(room: Path, capsys: Capture) -> None:
    assert main(["suggest", "log"]) == 0
    printed = capsys.readouterr().out
    overrides = parse_overrides(printed.encode(), path="/x/build-overrides.toml")
    assert [table.name for table in overrides.tables] == ["lamp", "bulb"]
    assert printed.startswith(
        "# Lamp 1.0 imports pkg_resources while it is built: setuptools 82 removed it [pkg-resources]\n"
    )
    assert (
        "\n# try it: pip-build-override run --overrides build-overrides.toml"
        " -- pip install --no-binary Lamp,bulb Lamp==1.0 bulb==1.0\n" in printed
    )


@pytest.mark.parametrize("asked", ["Processing ./my lamp", "Obtaining file:///home/me/lamp"])
def test_a_directory_is_built_again(asked: str, room: Path, capsys: Capture) -> None:
    lines = LOG.replace("Collecting Lamp==1.0", asked).replace(
        "  Downloading lamp-1.0.tar.gz (7 kB)\n", ""
    )
    (room / "local").write_text(lines, encoding="utf-8")
    source = asked.partition(" ")[2]
    assert main(["suggest", "local"]) == 1
    assert capsys.readouterr().out.splitlines()[1:3] == [
        "# the fix is known, but the name of the package is not in the log",
        f"# hint: replace NAME here by the name of the package in {source}:",
    ]
    with (room / "local").open("a", encoding="utf-8") as file:
        file.write("pip-build-override: lamp 1.0 does not build\n")
    assert main(["suggest", "local"]) == 0
    command = "# try it: pip-build-override run --overrides build-overrides.toml -- pip install"
    assert capsys.readouterr().out.splitlines()[1] == f"{command} {shlex.quote(source)}"


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ("cython removed", "removes cython"),
        (
            "cython -> wheel, six<2; python_version < '3'",
            "replaces cython with wheel, six<2; python_version < '3'",
        ),
        (
            "requires replaced by wheel, six>=1,<2 (was Cython<3,>1, six)",
            "does not list cython in its requires",
        ),
        ("cython -> cython==99 (target)", ""),
        ("requires replaced by cython<9 (was Cython<3)", ""),
        ("cython added", ""),
    ],
)
def test_what_a_rule_took_out(change: str, because: str, room: Path, capsys: Capture) -> None:
    said = f"  bulb 1.0: {change}   [o.toml: package.bulb]\n  lamp 1.0: cython removed   [o.toml: x]\n"
    (room / "log").write_text(OTHER + said, encoding="utf-8")
    assert main(["suggest", "log"]) == 0
    reason = (
        f"o.toml: package.bulb {because}"
        if because
        else "it does not declare cython, so the build environment does not contain it"
    )
    assert (
        unnamed(capsys.readouterr().out).splitlines()[0].lower()
        == f"# bulb 1.0 imports cython while it is built: {reason}"
    )


IDLE = "was not installed into the build environment of lamp 1.0, so constraining it had no effect"
CHANGE = "  lamp 1.0: constrained to setuptols<60   [o.toml: package.lamp]\n"
LIST = "of lamp 1.0 and does not contain setuptols, so replace.setuptols has no effect"
NOT_DECLARED = (
    "lamp 1.0 declares no build requirement setuptols, so {} has no effect (declared: wheel); this may"
    " be why the build failed"
)


def warned(said: str, place: str = "package.lamp") -> str:
    return f"WARNING: pip-build-override: o.toml: {place}: {said}\n{CHANGE}{LOG}"


@pytest.mark.parametrize("write", [False, True])
@pytest.mark.parametrize(
    ("rule", "said", "key"),
    [
        (
            'replace.setuptols = "setuptools<60"',
            NOT_DECLARED.format("replace.setuptols"),
            "replace.setuptols",
        ),
        (
            'replace.setuptols = "setuptools<60"',
            f'package."lamp<2" replaces the whole list {LIST}',
            "replace.setuptols",
        ),
        ('remove = ["setuptols"]', NOT_DECLARED.format("remove"), "remove"),
    ],
)
def test_a_rule_at_which_the_next_run_would_stop_is_left_out(
    rule: str, said: str, key: str, write: bool, room: Path, capsys: Capture
) -> None:
    own = f'[package.lamp]\n{rule}\nadd = ["own"]\n'
    # Rules for all packages are never unused, and those for other versions are not judged.
    rest = f'[package."*"]\n{rule}\n[package."lamp>1"]\n{rule}\n'
    (room / "o.toml").write_text(f'{own}[package."lamp<2"]\n{rule}\n{rest}', encoding="utf-8")
    (room / "one").write_text(warned(said), encoding="utf-8")
    assert main(["suggest", "one", *(["--write", "o.toml"] if write else [])]) == 0
    printed = capsys.readouterr().out
    for table in ("package.lamp", 'package."lamp<2"'):
        assert (
            f"\n# o.toml: {table}: {key} had no effect on Lamp 1.0, because setuptols is not among its"
            " build requirements; the next run would stop at it, so it is left out [unused-rule]\n"
        ) in printed
    hint = follows("if {} is misspelt, put {} back with the right name", printed)
    assert f"put {rule} back" in hint
    text = (room / "o.toml").read_text("utf-8") if write else printed
    tables = read_toml(text)["package"]
    assert tables["lamp"] == {"add": ["own"], "constrain": ["setuptools<82"]}
    assert tables["lamp<2"] == {}
    assert tables["*"] == tables["lamp>1"] == read_toml(rule)
    # With the rule back under the right name, it has an effect.
    right = rule.replace("setuptols", "wheel")
    fixed = text.replace("[package.lamp]\n", f"[package.lamp]\n{right}\n", 1)
    again = plan(
        parse_overrides(fixed.encode(), path="/o.toml"),
        package("lamp", "1.0"),
        Declared(("wheel",), ()),
        {},
    )
    assert again.unused == ()
    assert next(change.name for change in again.changes) == "wheel"


@pytest.mark.parametrize("write", [False, True])
def test_only_the_rule_without_effect_is_left_out(write: bool, room: Path, capsys: Capture) -> None:
    lines = [
        f"pip-build-override: o.toml: package.lamp: lamp 1.0 declares no build requirement {name}, so\n"
        for name in ("ninja", "cmake")
    ]
    text = '[package.lamp]\nremove = ["swig", "Ninja"]\nreplace.meson = "a"\nreplace.CMake = "b"\n'
    (room / "o.toml").write_text(text, encoding="utf-8")
    (room / "one").write_text("".join(lines) + CHANGE + LOG, encoding="utf-8")
    assert main(["suggest", "one", *(["--write", "o.toml"] if write else [])]) == 0
    printed = capsys.readouterr().out
    assert '# hint: if ninja is misspelt, put remove = ["Ninja"] back with the right name\n' in printed
    assert '# hint: if cmake is misspelt, put replace.CMake = "b" back with the right name\n' in printed
    changed = (room / "o.toml").read_text("utf-8") if write else printed
    assert read_toml(changed)["package"]["lamp"] == {
        "remove": ["swig"],
        "replace": {"meson": "a"},
        "constrain": ["setuptools<82"],
    }


def test_a_line_about_something_else_is_no_rule_without_effect(room: Path, capsys: Capture) -> None:
    (room / "o.toml").write_text('[package.lamp]\nremove = ["swig"]\n', encoding="utf-8")
    line = "pip-build-override: lamp declares no build requirement of the name swig\n"
    (room / "one").write_text(line + CHANGE + LOG, encoding="utf-8")
    assert main(["suggest", "one"]) == 0
    assert read_toml(capsys.readouterr().out)["package"]["lamp"]["remove"] == ["swig"]


def test_a_fix_is_not_merged_with_a_rule_without_effect(room: Path, capsys: Capture) -> None:
    # The limit would contradict it.
    (room / "o.toml").write_text('[package.lamp]\nreplace.setuptools = "a==1"\n', encoding="utf-8")
    said = NOT_DECLARED.replace("setuptols", "setuptools").format("replace.setuptools")
    (room / "one").write_text(warned(said), encoding="utf-8")
    assert main(["suggest", "one"]) == 0
    assert read_toml(capsys.readouterr().out)["package"] == {"lamp": {"constrain": ["setuptools<82"]}}


def test_a_rule_that_is_only_warned_of_is_kept(room: Path, capsys: Capture) -> None:
    rule = '[settings]\nunused = "warn"\n[package.lamp]\nreplace.setuptols = "setuptools<60"\n'
    (room / "o.toml").write_text(rule, encoding="utf-8")
    (room / "one").write_text(warned(NOT_DECLARED.format("replace.setuptols")), encoding="utf-8")
    assert main(["suggest", "one"]) == 0
    printed = capsys.readouterr().out
    assert "setuptols" in read_toml(printed)["package"]["lamp"]["replace"]
    assert "because setuptols is not among its build requirements [unused-rule]\n" in printed


def test_a_rule_that_may_be_unused_is_kept(room: Path, capsys: Capture) -> None:
    text = '[package.lamp]\nreplace.setuptols = "setuptools<60"\nremove = ["swig"]\n'
    (room / "o.toml").write_text(text, encoding="utf-8")
    undecided = "lamp 1.0 itself declares no build requirement {}, so {} has no effect unless its build"
    lines = [
        f"pip-build-override: o.toml: package.lamp: {undecided.format(*each)}\n"
        for each in (("setuptols", "replace.setuptols"), ("swig", "remove"))
    ]
    (room / "one").write_text("".join(lines) + CHANGE + LOG, encoding="utf-8")
    assert main(["suggest", "one"]) == 0
    printed = capsys.readouterr().out
    table = read_toml(printed)["package"]["lamp"]
    assert table == {**read_toml(text)["package"]["lamp"], "constrain": ["setuptools<82"]}
    for name, what in (("setuptols", "replace.setuptols"), ("swig", "swig in remove")):
        assert (
            f"\n# o.toml: package.lamp: {what} may be unused, because Lamp 1.0 itself does not declare"
            f" {name}, and the build failed before its backend was asked [unused-rule]\n"
            f"# hint: if the next run stops because {name} is not declared, correct the name,"
            f" or leave {what} out of package.lamp\n"
        ) in printed
    said = follows(
        "if the next run stops because {} is not declared, correct the name, or leave {} out of {}",
        printed,
    )
    assert "leave swig in remove out of package.lamp" in said
    left = re.sub("replace.setuptols.*\n|remove.*\n", "", printed)
    overrides = parse_overrides(left.encode(), path="/o.toml")
    assert plan(overrides, package("lamp", "1.0"), Declared((), ()), {}).unused == ()


def test_a_limit_without_effect_is_not_repeated_silently(room: Path, capsys: Capture) -> None:
    (room / "o.toml").write_text('[package.lamp]\nconstrain = ["Setuptols<60"]\n', encoding="utf-8")
    (room / "one").write_text(warned(f"setuptols {IDLE}"), encoding="utf-8")
    assert main(["suggest", "one"]) == 0
    printed = capsys.readouterr().out
    note = (
        "\n# o.toml: package.lamp: constrain had no effect on Lamp 1.0, because setuptols is not in its"
        " build environment [unused-rule]\n"
    )
    assert note in printed
    hint = follows("check the spelling of {} in {}, or leave it out", printed)
    assert hint.startswith("check the spelling of setuptols in constrain, or leave it out")
    left, count = re.subn('"Setuptols<60", ', "", printed)
    assert count == 1
    (room / "o.toml").write_text(left, encoding="utf-8")
    assert main(["check", "o.toml"]) == 0
    # If the rule is gone, or another fix is about the name, there is nothing to say.
    (room / "one").write_text(
        warned(f"setuptols {IDLE}").replace("setuptols", "setuptools"), encoding="utf-8"
    )
    (room / "o.toml").write_text("", encoding="utf-8")
    capsys.readouterr()
    assert main(["suggest", "one"]) == 0
    assert "no effect" not in capsys.readouterr().out


def test_a_rule_without_effect_is_a_problem_for_programs(room: Path, capsys: Capture) -> None:
    (room / "o.toml").write_text('[package.lamp]\nconstrain = ["setuptols<60"]\n', encoding="utf-8")
    said = f"{CHANGE}pip-build-override: o.toml: package.lamp: setuptols {IDLE}\n"
    (room / "one").write_text(said + LOG, encoding="utf-8")
    assert main(["suggest", "one", "--format", "json"]) == 0
    (problem,) = answered("suggest", capsys.readouterr().out)["problems"]
    assert "setuptols" in problem["message"]
    assert problem["kind"] == "unused-rule"


@pytest.mark.parametrize("log", [LOG, UNKNOWN])
def test_a_table_with_a_misspelt_name(log: str, room: Path, capsys: Capture) -> None:
    log = log.replace("Lamp", "makefun").replace("lamp", "makefun")
    own = '[package.makfun]\nadd = ["own"]\n'
    (room / "o.toml").write_text(own, encoding="utf-8")
    change = "  other 1.0: constrained to b<2   [o.toml: package.other]\n"
    (room / "one").write_text(change + log, encoding="utf-8")
    main(["suggest", "one"])
    printed = capsys.readouterr().out
    says = "# o.toml: package.makfun was probably meant for makefun 1.0, which has no table of its own"
    assert f"{says} [unused-table]\n" in printed
    if "ValueError: no" in log:
        assert "# hint: rename package.makfun to package.makefun\n" in printed
        return
    said = follows("if so, move the rules of {} into {}, and remove {}", printed)
    assert "move the rules of package.makfun into package.makefun, and remove package.makfun" in said
    moved = printed.replace(own, "") + 'add = ["own"]\n'
    (room / "o.toml").write_text(moved, encoding="utf-8")
    assert main(["check", "o.toml"]) == 0
    main(["suggest", "one"])
    assert "probably" not in capsys.readouterr().out


def test_nothing_known_is_a_comment_and_no(room: Path, capsys: Capture) -> None:
    assert main(["suggest", "unknown"]) == 1
    printed = capsys.readouterr().out
    assert "Lamp 1.0 does not build, for an unknown reason: ValueError: no" in printed
    assert all(line.startswith("#") for line in printed.splitlines())


STALE = LOG.replace(
    "ModuleNotFoundError: No module named 'pkg_resources'",
    "lamp.c:1:2: fatal error: longintrepr.h: No such file or directory",
)
NO_CYTHON = LOG.replace("pkg_resources", "Cython")
CODE = "cythonize('lamp.pyx')\n"
GUARDED = "if not os.path.exists('PKG-INFO'):\n    cythonize('lamp.pyx')\n"


@pytest.mark.parametrize(
    ("log", "known", "form"),
    [
        (STALE, {"setup_py": CODE}, "toml"),
        (STALE, {"setup_py": GUARDED}, "toml"),
        (STALE, {"setup_py": CODE, "environment": {"cython": "0.29.37", "wheel": "1"}}, "toml"),
        (LOG, {"environment": {"setuptools": "70.0"}}, "toml"),
        (NO_CYTHON, {"setup_py": "import Cython, numpy, mine\n"}, "toml"),
        (NO_CYTHON, {"setup_py": "import Cython, numpy, mine\n"}, "pyproject"),
        (NO_CYTHON, {"own_modules": frozenset({"Cython"})}, "toml"),
    ],
)
def test_it_says_what_the_pip_of_the_log_said(
    log: str, known: dict[str, Any], form: str, room: Path, capsys: Capture
) -> None:
    (failure,) = read_log(log.splitlines())
    inside = diagnose(dataclasses.replace(failure, declared=(), **known), "3.11")
    said = "".join(f"pip-build-override: {sentence}\n" for sentence in named_sentences(inside))
    contained = "".join(f"    {n} {v} (declared)\n" for n, v in known.get("environment", {}).items())
    if contained:
        said += f"  build environment:\n{contained}"
    tables, _ = joined([inside], {})
    if tables:
        lines = "".join(f"    {line}\n" for line in lines_of_tables(tables, form))
        said += f"hint: write into a new file o.toml:\n{lines}  then run: pip install lamp\n"
    (room / "told").write_text(f"{log}\n{said}after\n", encoding="utf-8")
    assert main(["suggest", "told"]) == (0 if tables else 1)
    printed = capsys.readouterr().out
    assert read_toml(printed).get("package", {}) == tables
    for sentence in named_sentences(inside):
        assert f"# {sentence}\n" in printed


def test_lines_between_what_the_pip_of_the_log_offered(room: Path, capsys: Capture) -> None:
    (inside,) = map(diagnose, read_log(NO_CYTHON.splitlines()))
    told = f"pip-build-override: {named_sentences(inside)[0]}\n"
    offered = "hint: write into o.toml:\n[package.lamp]\n{}\nadd = [{}]\nthen run: pip install x\n"
    for between, added, wanted in (
        ("", '"numpy", "no-such-package"', True),
        ("", '"cython"', False),
        ("another process", '"numpy"', False),
        ("line\n" * 2000, '"numpy"', False),
    ):
        text = f"{NO_CYTHON}{told}{offered.format(between, added)}"
        (room / "told").write_text(text, encoding="utf-8")
        assert main(["suggest", "told"]) == 0
        printed = capsys.readouterr().out
        assert ("numpy" in printed) is wanted
        # Anybody could register a name that is not known.
        assert "no-such-package" not in printed


NO_OUTPUT = "a build of lamp failed, but its output is not in this log"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "this log is empty"),
        ("\n \n", "this log is empty"),
        ("Collecting lamp\n", "there is no failed build in this log"),
        ("#7 1.2 ERROR: no\n", "there is no failed build in this log"),
        ("  Building wheel for lamp (pyproject.toml): finished with status 'error'\n", NO_OUTPUT),
        ("Building wheel for lamp (setup.py) ... error\n", NO_OUTPUT),
        ("    Running setup.py install for lamp: finished with status 'error'\n", NO_OUTPUT),
        ("Collecting lamp==1\nFailed to build lamp\n", NO_OUTPUT),
        (
            "Collecting lamp==1\n  Getting requirements to build wheel ... error\nCollecting x\n",
            NO_OUTPUT,
        ),
        (
            "  Preparing metadata (pyproject.toml): finished with status 'error'\n",
            NO_OUTPUT.replace("lamp", "a package"),
        ),
    ],
)
def test_a_log_that_lacks_the_errors(text: str, says: str, room: Path, capsys: Capture) -> None:
    (room / "other").write_text(text, encoding="utf-8")
    assert main(["suggest", "other"]) == 1
    said, hint = capsys.readouterr().out.splitlines()
    assert said == f"# {says}"
    hint = follows(
        "pip prints errors to standard error, so the log needs both streams: pip install X > log 2>&1",
        hint,
    )
    assert hint.endswith("pip install X > log 2>&1")
    # A log with both streams.
    (room / "both").write_text(text + LOG, encoding="utf-8")
    assert main(["suggest", "both"]) == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# A letter\n\nDear you\n", "this is not the output of a build"),
        (TABLE, "this is an overrides file, and not the output of a build"),
        (f"# rules\n{TABLE}", "this is an overrides file, and not the output of a build"),
        ("[tool.pip-build-override.package.a]\n", "this is an overrides file, and not the output"),
        ('{\n "builds": []\n}\n', "this is a JSON document, and not the output of a build"),
    ],
)
def test_what_is_no_log(text: str, says: str, room: Path, capsys: Capture) -> None:
    (room / "other").write_text(text, encoding="utf-8")
    assert main(["suggest", "other"]) == 1
    said, hint = capsys.readouterr().out.splitlines()
    assert said.startswith(f"# {says}")
    hint = follows("record the output of the build, and name that file: pip install X > log 2>&1", hint)
    assert main(["suggest", "one"]) == 0


def test_what_is_not_installed_at_all(room: Path, capsys: Capture) -> None:
    (room / "other").write_text("Traceback\nModuleNotFoundError: No module named 'lamp'\n")
    assert main(["suggest", "other"]) == 1
    said, hint = capsys.readouterr().out.splitlines()
    assert said == (
        "# lamp cannot be imported, because it is not installed; no build failed in this log"
    )
    follows("install the package that contains it; if that fails, record the output of", hint)
    assert main(["suggest", "one"]) == 0


def test_a_run_that_an_error_of_ours_stopped(room: Path, capsys: Capture) -> None:
    stopped = (
        "ERROR: lamp 1.0 is built against numpy 2.0, and will run with numpy 1.26\nhint: add this:\n"
    )
    (room / "stopped").write_text(f"Collecting lamp\n#7 12.1 {stopped}".replace("hint", "#7 12.1 hint"))
    assert main(["suggest", "stopped"]) == 1
    said, hint = capsys.readouterr().out.splitlines()
    assert said == (
        "# no build failed in this log; the run was stopped by an error: lamp 1.0 is built against"
        " numpy 2.0, and will run with numpy 1.26"
    )
    assert hint == "# hint: do what the hint after that error says"
    # An error without a hint is pip's own.
    (room / "stopped").write_text("ERROR: no\nlamp\n", encoding="utf-8")
    assert main(["suggest", "stopped"]) == 1
    assert capsys.readouterr().out.startswith("# there is no failed build in this log\n")


def test_a_package_whose_name_is_not_known(room: Path, capsys: Capture) -> None:
    quiet = "".join(LOG.splitlines(keepends=True)[2:])
    (room / "quiet").write_text(quiet, encoding="utf-8")
    assert main(["suggest", "quiet"]) == 1
    printed = capsys.readouterr().out
    assert "no build requirement is known" not in printed
    assert "\n# the fix is known, but the name of the package is not in the log\n" in printed
    assert "# hint: run the command again without -q, or replace NAME here by the name of" in printed
    assert printed.endswith('#   [package.NAME]\n#   constrain = ["setuptools<82"]\n')
    # Under the shim the log does tell it.
    own = "pip-build-override: lamp 1.0 is built with pkg_resources: so it is\n"
    (room / "quiet").write_text(quiet + "\n" + own, encoding="utf-8")
    assert main(["suggest", "quiet"]) == 0
    printed = capsys.readouterr().out
    assert printed.endswith(f" -- pip install --no-binary lamp lamp==1.0\n\n{TABLE}")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_standard_input(
    encoding: str, arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    # PowerShell's redirection writes UTF-16.
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LOG.encode(encoding))))
    assert main(["suggest", *arguments]) == 0
    assert TABLE in capsys.readouterr().out


def test_a_terminal_is_no_log(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    assert main(["suggest"]) == 2
    assert (
        "hint: pipe one in: pip install X 2>&1 | pip-build-override suggest" in capsys.readouterr().err
    )


def test_a_log_that_is_not_there(room: Path, capsys: Capture) -> None:
    assert main(["suggest", "missing"]) == 2
    assert "missing cannot be read" in capsys.readouterr().err


def test_json(room: Path, capsys: Capture) -> None:
    assert main(["suggest", "--format", "json", "one"]) == 0
    answer: dict[str, Any] = answered("suggest", capsys.readouterr().out)
    assert answer["format"] == 3
    (failure,) = answer["failures"]
    assert (failure["name"], failure["version"]) == ("Lamp", "1.0")
    assert failure["findings"][0]["kind"] == "pkg-resources"
    assert failure["kinds"] == ["pkg-resources"]
    assert failure["findings"][0]["fixable"] is True
    assert failure["table"] == {"constrain": ["setuptools<82"]}
    assert answer["overrides"] == TABLE


# --write


def written(text: str | None, room: Path, name: str = "o.toml", log: str = "log") -> str:
    path = room / name
    if text is not None:
        path.write_text(text, encoding="utf-8")
    assert main(["suggest", log, "--write", name]) == 0
    return path.read_text(encoding="utf-8")


def test_writes_a_new_file(room: Path, capsys: Capture) -> None:
    assert written(None, room) == TABLE + '\n[package.bulb]\nadd = ["cython<3"]\n'
    said = capsys.readouterr().out
    assert "--overrides o.toml --" in said
    assert said.endswith("\n# written to o.toml: package.lamp and package.bulb\n")


def test_a_link_is_not_replaced(room: Path, capsys: Capture) -> None:
    (room / "shared.toml").write_text("", encoding="utf-8")
    (room / "o.toml").symlink_to("shared.toml")
    assert main(["suggest", "log", "--write", "o.toml"]) == 2
    assert (
        "it is a link, to shared.toml [unwritable-file]\nhint: name a regular file"
        in capsys.readouterr().err
    )
    assert (room / "o.toml").is_symlink()


def test_new_tables_go_to_the_end(room: Path) -> None:
    text = '# ours\n[package.wick]\nadd = [\n  "a",  # why\n]\n'
    assert written(text, room, log="one") == f"{text}\n{TABLE}"


def test_a_table_that_is_there_keeps_its_comments_and_order(room: Path) -> None:
    text = """\
# ours
[package.LAMP]  # that one
constrain = [
    "cython<3",  # why
]
# and replaced
replace.a = "a<1"

[settings]
unused = "warn"
"""
    after = written(text, room, log="one")
    before_it, _, rest = after.partition("constrain = [")
    assert before_it == "# ours\n[package.LAMP]  # that one\n"
    assert '"cython<3",  # why' in rest
    assert rest.endswith('# and replaced\nreplace.a = "a<1"\n\n[settings]\nunused = "warn"\n')
    table = parse_overrides(after.encode(), path="/x/o.toml").tables[0]
    assert [limit.text for limit in table.constrain] == ["cython<3", "setuptools<82"]


def test_limits_are_tightened_in_place(room: Path) -> None:
    text = "[package.lamp]\nconstrain = ['setuptools<90']\n"
    assert written(text, room, log="one") == '[package.lamp]\nconstrain = ["setuptools<82"]\n'


def test_a_key_that_is_new_in_a_table(room: Path) -> None:
    text = '[package.bulb]\nreplace.a = "a<1"\n\n[package.lamp]\nconstrain = ["setuptools<50"]\n'
    after = written(text, room)
    tables = parse_overrides(after.encode(), path="/x/o.toml").tables
    assert tables[0].replace
    assert [entry.text for entry in tables[0].add] == ["cython<3"]
    assert [limit.text for limit in tables[1].constrain] == ["setuptools<50"]


@pytest.mark.parametrize(
    ("table", "fixed"),
    [
        ('replace.cython = "cython"  # ours', 'add = ["cython<3"]'),
        (
            'replace.b = "b<1"\nreplace.cython = "cython"\nadd = ["a"]  # ours',
            'replace.b = "b<1"\nadd = ["a", "cython<3"]  # ours',
        ),
        ('remove = ["b", "cython", "c"]', 'remove = ["b", "c"]\nadd = ["cython<3"]'),
    ],
)
def test_what_contradicts_the_fix_is_removed(table: str, fixed: str, room: Path) -> None:
    after = written(f"[package.bulb]\n{table}\n", room)
    assert after.startswith(f"[package.bulb]\n{fixed}\n"), after


def test_pyproject(room: Path) -> None:
    text = '[project]\nname = "x"\n'
    after = written(text, room, "pyproject.toml", "one")
    assert after == f"{text}\n[tool.pip-build-override.package.lamp]\n" + TABLE.partition("\n")[2]


def test_what_the_file_says_already(room: Path, capsys: Capture) -> None:
    (room / "o.toml").write_text(TABLE, encoding="utf-8")
    assert main(["suggest", "one", "--write", "o.toml"]) == 1
    assert "# o.toml already contains the fix" in capsys.readouterr().out
    assert (room / "o.toml").read_text(encoding="utf-8") == TABLE


def test_what_no_version_can_satisfy_is_said(room: Path, capsys: Capture) -> None:
    text = '[package.lamp]\nconstrain = ["setuptools>=82"]\n'
    (room / "o.toml").write_text(text, encoding="utf-8")
    assert main(["suggest", "one", "--write", "o.toml"]) == 1
    printed = capsys.readouterr().out
    assert (
        "# Lamp 1.0 needs setuptools<82, but constrain in o.toml: package.lamp requires setuptools>=82"
        in printed
    )
    assert "\n# hint: in [package.lamp], replace setuptools>=82 in constrain with " in printed
    assert (room / "o.toml").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("o.txt", "a\n"),
        ("o.toml", "[package.lamp]\nadd = 1\n"),
        ("o.toml", "[package\n"),
        ("pyproject.toml", "[tool\n"),
        ("pyproject.toml", "tool = 3\n"),
    ],
)
def test_a_file_that_takes_no_tables(name: str, text: str, room: Path, capsys: Capture) -> None:
    (room / name).write_text(text, encoding="utf-8")
    assert main(["suggest", "one", "--write", name]) == 2
    assert "hint: " in capsys.readouterr().err
    assert (room / name).read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", ["o.toml", "pyproject.toml"])
def test_a_file_that_is_not_utf_8(name: str, room: Path, capsys: Capture) -> None:
    (room / name).write_bytes(b"# \xff\n")
    assert main(["suggest", "one", "--write", name]) == 2
    assert "the file is not UTF-8" in capsys.readouterr().err


def test_lines_that_do_not_go_into_the_file(room: Path, capsys: Capture) -> None:
    text = 'package = { wick = { add = ["a"] } }\n'
    (room / "o.toml").write_text(text, encoding="utf-8")
    assert main(["suggest", "one", "--write", "o.toml"]) == 2
    error = capsys.readouterr().err
    assert "error: o.toml: the lines cannot be added to this file: " in error
    assert "\nhint: run suggest again without --write, and merge by hand what it prints\n" in error
    assert (room / "o.toml").read_text(encoding="utf-8") == text


def test_tomlkit_is_a_dependency_of_the_commands_only() -> None:
    package = Path(switch.__file__).parent
    importing = [
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if re.search(r"^\s*(import|from) tomlkit", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert importing == ["cli/file_of_tables.py"]
    project = read_toml((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert "tomlkit" in project["project"]["dependencies"]


# The log of a build under an overrides file

RUN = "lamp 1.0: a -> a<1   [o.toml: package.wick]\n" + LOG
FULL = '# ours\n[package.wick]\nadd = ["a"]  # why\n\n[package.bulb]\nadd = ["b"]\n'


@pytest.mark.parametrize(
    "line",
    [
        "wick 1.0: a   [o.toml: package.wick]\n",
        "wick 1.0: a   [o.toml: package.bulb, package.wick]\n",
        "\x1b[33mwick 1.0: a   [o.toml: package.wick]\x1b[0m\n",
        "  and then: pip-build-override run --overrides o.toml -- pip install wick\n",
        "2026-01-01T00:00Z + pip-build-override run --set 'a: b' --overrides=o.toml -- pip wheel x\n",
    ],
)
def test_the_whole_file_of_the_run_is_printed(line: str, room: Path, capsys: Capture) -> None:
    (room / "o.toml").write_text(FULL, encoding="utf-8")
    (room / "log").write_text(line + LOG + OTHER, encoding="utf-8")
    assert main(["suggest", "log"]) == 0
    printed = capsys.readouterr().out
    comments, _, overrides = printed.partition("\n\n")
    expected = FULL.replace('add = ["b"]', 'add = ["b", "cython<3"]') + f"\n{TABLE}"
    assert overrides == expected
    assert comments.endswith(
        "run --overrides o.toml -- pip install --no-binary Lamp,bulb Lamp==1.0 bulb==1.0"
    )
    assert (room / "o.toml").read_text(encoding="utf-8") == FULL
    assert main(["suggest", "log", "--format", "json"]) == 0
    assert answered("suggest", capsys.readouterr().out)["overrides"] == expected


def test_the_file_that_the_variable_names(
    room: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    (room / "below").mkdir()
    (room / "below" / "o.toml").write_text(FULL, encoding="utf-8")
    (room / "log").write_text(RUN, encoding="utf-8")
    monkeypatch.setenv(switch.SWITCH, str(room / "below" / "o.toml"))
    assert main(["suggest", "log"]) == 0
    assert capsys.readouterr().out.endswith(f"\n\n{FULL}\n{TABLE}")


def test_a_file_of_the_run_that_is_elsewhere(room: Path, capsys: Capture) -> None:
    (room / "log").write_text(RUN, encoding="utf-8")
    assert main(["suggest", "log"]) == 0
    printed = capsys.readouterr().out
    assert "# these builds ran with o.toml, which is not below this directory; its rules are" in printed
    assert "\n# hint: run suggest again in the directory in which the builds were started\n" in printed
    assert printed.endswith(f"\n\n{TABLE}")


@pytest.mark.parametrize(
    "line",
    [
        "pip-build-override run --set 'x: y' -- pip install --overrides o.toml\n",
        "pip-build-override run --overrides 'o.toml\n",
        "run --overrides o.toml -- pip install x\n",
    ],
)
def test_a_log_that_names_no_file_of_rules(line: str, room: Path, capsys: Capture) -> None:
    (room / "o.toml").write_text(FULL, encoding="utf-8")
    (room / "o.txt").write_text("a\n", encoding="utf-8")
    (room / "log").write_text(line + LOG, encoding="utf-8")
    assert main(["suggest", "log"]) == 0
    printed = capsys.readouterr().out
    assert "these builds ran with" not in printed
    assert printed.endswith(f"\n\n{TABLE}")


@pytest.mark.parametrize(
    "line",
    [
        "wick 1.0: a -> a<1   [o.txt: line 1]\n",
        "pip-build-override run --overrides o.txt -- pip install x\n",
    ],
)
def test_the_lines_of_a_txt_file_are_kept(line: str, room: Path, capsys: Capture) -> None:
    (room / "o.txt").write_text("a<1  # old\nb==2\n", encoding="utf-8")
    (room / "log").write_text(line + LOG, encoding="utf-8")
    assert main(["suggest", "log"]) == 0
    printed = capsys.readouterr().out
    assert printed.endswith(
        "run --overrides build-overrides.toml -- pip install --no-binary Lamp Lamp==1.0\n"
        "# this is instead of o.txt, and contains its lines as a table\n\n"
        f'[package."*"]\nreplace.a = "a<1"\nreplace.b = "b==2"\n\n{TABLE}'
    )
    parse_overrides(printed.encode(), path="/x/build-overrides.toml")


@pytest.mark.parametrize(
    "file", ['[package."lamp>=1"]\nadd = ["a"]\n', '[package.lamp]\nconstrain = ["wheel<0.60"]\n']
)
def test_what_may_be_declared_is_added(file: str, room: Path, capsys: Capture) -> None:
    (room / "o.toml").write_text(file, encoding="utf-8")
    (room / "log").write_text(RUN.replace("pkg_resources", "wheel"), encoding="utf-8")
    assert main(["suggest", "log"]) == 0
    assert 'add = ["wheel"]' in capsys.readouterr().out


def test_a_file_of_the_run_that_has_the_fix_already(room: Path, capsys: Capture) -> None:
    (room / "o.toml").write_text(TABLE, encoding="utf-8")
    (room / "log").write_text(RUN, encoding="utf-8")
    assert main(["suggest", "log"]) == 1
    assert capsys.readouterr().out.endswith("\n# o.toml already contains the fix\n")


def test_a_file_of_the_run_into_which_the_lines_do_not_go(room: Path, capsys: Capture) -> None:
    (room / "o.toml").write_text('package = { wick = { add = ["a"] } }\n', encoding="utf-8")
    (room / "log").write_text(RUN, encoding="utf-8")
    assert main(["suggest", "log"]) == 0
    printed = capsys.readouterr().out
    assert "\n# these are not all tables of o.toml: " in printed
    assert printed.endswith(f"\n\n{TABLE}")


def test_a_file_that_the_shell_has_emptied(room: Path) -> None:
    (room / "o.toml").write_text(FULL, encoding="utf-8")
    (room / "log").write_text(RUN, encoding="utf-8")
    with (room / "o.toml").open("w", encoding="utf-8") as output:
        done = subprocess.run(
            [sys.executable, "-m", "pip_build_override", "suggest", "log"],
            stdout=output,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            check=False,
        )
    assert done.returncode == 2
    assert "error: o.toml: this file was used in the run of the log, but the shell has" in done.stderr
    assert "\nhint: restore it, and write to it with: suggest --write o.toml\n" in done.stderr
    assert (room / "o.toml").read_text(encoding="utf-8") == ""
