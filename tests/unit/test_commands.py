"""What the commands print and exit with, whatever pip or another interpreter has answered."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pip_build_override import asking_pip, records, switch
from pip_build_override.cli import explain, status, verify
from pip_build_override.cli.main import main
from pip_build_override.command_line import CommandLine
from pip_build_override.diagnosis import Failure
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.state.explanation import FailedExplanation
from pip_build_override.startup.others import Other
from pip_build_override.startup.target import StartFiles
from pip_build_override.verifying import imports

from ..support.documents import answered
from ..support.hints import follows

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (switch.SWITCH, switch.WATCH, switch.COMMAND_LINE, switch.REPORT):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def overrides(text: str = "[package.x]\nadd = ['a']\n") -> str:
    path = Path("o.toml")
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return str(path)


# check


def test_a_file_that_is_valid(capsys: Capture) -> None:
    path = overrides()
    assert main(["check", path]) == 0
    assert capsys.readouterr().out == "o.toml: valid, 1 table: package.x\n"
    Path("empty.toml").touch(0o600)
    assert main(["check", "empty.toml"]) == 0
    warned = capsys.readouterr()
    assert warned.out == "empty.toml: valid, 0 tables\n"
    assert "warning: empty.toml: there is no rule in this file" in warned.err
    assert main(["check", "--format", "json", path]) == 0
    assert answered("check", capsys.readouterr().out)["tables"] == ["package.x"]


def test_the_lines_of_a_txt_file(capsys: Capture) -> None:
    for lines, said in ((["numpy<2", "", "wheel"], "2 lines"), (["numpy"], "1 line"), ([], "0 lines")):
        Path("r.TXT").write_text("\n".join(lines), encoding="utf-8")
        Path("r.TXT").chmod(0o600)
        assert main(["check", "r.TXT"]) == 0
        assert capsys.readouterr().out == f"r.TXT: valid, {said}\n"


def test_a_file_that_is_not(capsys: Capture) -> None:
    path = overrides("[package.x]\nad = []\n")
    assert main(["check", path]) == 1
    assert "did you mean add?" in capsys.readouterr().err
    assert main(["check", "--format", "json", path]) == 1
    assert answered("check", capsys.readouterr().out)["valid"] is False


def test_several_files_and_all_their_mistakes(capsys: Capture) -> None:
    good = overrides()
    Path("below").mkdir()
    bad = Path("below", "bad.toml")
    bad.write_text("[package.x]\nad = []\nremov = []\n", encoding="utf-8")
    bad.chmod(0o600)
    assert main(["check", good, str(bad), "missing.toml"]) == 1
    output = capsys.readouterr()
    assert output.out == "o.toml: valid, 1 table: package.x\n"
    # Each as it can be opened from here.
    where = os.path.join("below", "bad.toml")
    assert output.err.count("pip-build-override: error: ") == 3
    assert f"error: {where}: package.x: unknown key ad [unknown-key]\n" in output.err
    assert f"error: {where}: package.x: unknown key remov [unknown-key]\n" in output.err
    assert "error: missing.toml: there is no such overrides file [file-not-found]\n" in output.err

    assert main(["check", "--format", "json", good, str(bad)]) == 1
    answer = answered("check", capsys.readouterr().out)
    assert (answer["format"], answer["valid"], answer["tables"]) == (2, False, ["package.x"])
    assert [error["kind"] for error in answer["errors"]] == ["unknown-key", "unknown-key"]
    assert answer["error"] == answer["errors"][0]
    assert len(answer["errors"]) == 2
    assert [(one["file"], one["valid"]) for one in answer["files"]] == [(good, True), (str(bad), False)]
    assert answer["files"][1]["errors"] == answer["errors"]


def test_a_file_above_this_directory_is_shown_by_its_full_path(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(overrides("[package.x]\nad = []\n")).resolve()
    Path("below").mkdir()
    monkeypatch.chdir("below")
    assert main(["check", os.path.join("..", "o.toml")]) == 1
    assert f"error: {path}: package.x: " in capsys.readouterr().err


# freeze


def record(**more: Any) -> records.Record:
    numpy = records.Distribution(
        "numpy", "1.26.0", url="https://h.test/numpy-1.26.0-py3-none-any.whl", sha256="a" * 64
    )
    return records.Record("x", "1.0", environment=(numpy,), **{"isolated": True, **more})


def report(*builds: records.Record) -> str:
    entries = [{**build.to_json(), "id": str(number)} for number, build in enumerate(builds)]
    path = Path("report.json")
    path.write_text(json.dumps({**records.blank(), "builds": entries}), encoding="utf-8")
    return str(path)


def test_builds_are_repeated(capsys: Capture) -> None:
    assert main(["freeze", report(record())]) == 0
    out = capsys.readouterr().out
    assert "[package.x]" in out
    assert "numpy==1.26.0" in out
    assert f"sha256:{'a' * 64}" in out
    assert main(["freeze", "--format", "json", report(record())]) == 0
    answer = answered("freeze", capsys.readouterr().out)
    assert answer["overrides"] == out
    assert answer["problems"] == []


def test_a_build_that_cannot_be_repeated(capsys: Capture) -> None:
    assert main(["freeze", report(record(isolated=False))]) == 1
    assert "error: x 1.0 cannot be repeated" in capsys.readouterr().err


def test_nothing_to_repeat(capsys: Capture) -> None:
    assert main(["freeze", report()]) == 1
    printed = capsys.readouterr()
    assert printed.err.startswith(
        "pip-build-override: error: nothing was built, so there is nothing to"
    )
    # What a shell writes to a file is a valid one.
    assert printed.out == "# Nothing was built, so there is nothing to repeat.\n"
    Path("frozen.toml").write_text(printed.out, encoding="utf-8")
    assert main(["check", "frozen.toml"]) == 0
    capsys.readouterr()
    assert main(["freeze", "--format", "json", report()]) == 1
    (problem,) = answered("freeze", capsys.readouterr().out)["problems"]
    assert printed.err == f"pip-build-override: error: {OverrideError.from_json(problem).shown}\n"
    assert problem["kind"] == "not-repeatable"
    assert problem["hint"] == (
        "add --no-binary NAME to the pip command, which otherwise takes a wheel that is there"
    )


@pytest.mark.parametrize("carries", [True, False])
def test_the_record_of_a_wheel(carries: bool, capsys: Capture) -> None:
    path = "x-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x-1.0.dist-info/METADATA", "Name: x\nVersion: 1.0\n")
        archive.writestr("x-1.0.dist-info/RECORD", "x-1.0.dist-info/RECORD,,\n")
    if carries:
        records.put_into_wheel(path, records.to_cyclonedx(record(), ""))
        assert main(["freeze", path]) == 0
        assert "numpy==1.26.0" in capsys.readouterr().out
    else:
        assert main(["freeze", path]) == 2
        assert "it has no record" in capsys.readouterr().err


def test_a_record_by_itself(capsys: Capture) -> None:
    document = records.to_cyclonedx(record(), "")
    data = document if isinstance(document, bytes) else str(document).encode()
    Path("x.cdx.json").write_bytes(data)
    assert main(["freeze", "x.cdx.json"]) == 0
    assert "numpy==1.26.0" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "report.json cannot be read: No such file or directory"),
        ("mine", "report.json has no record of a build: it is not JSON"),
        ("{}", "report.json has no record of a build: "),
    ],
)
def test_a_file_without_a_build(content: str | None, problem: str, capsys: Capture) -> None:
    if content is not None:
        Path("report.json").write_text(content, encoding="utf-8")
    assert main(["freeze", "report.json"]) == 2
    error = capsys.readouterr().err
    assert problem in error
    assert "\nhint: name a report that run --report has written, or a wheel with a record" in error


# explain

PACKAGE: dict[str, Any] = {
    "name": "x",
    "version": "1.0",
    "ready_made": False,
    "declared": {"static": ["a"], "hook": None},
    "effective": {"static": ["a==1"], "hook": None, "constraints": []},
    "changes": [
        {
            "text": "a -> a==1",
            "kind": "replace",
            "where": "o.toml: package.x",
            "reason": "",
            "because": "it breaks",
        }
    ],
    "settled": [],
    "set_aside": [],
    "unused": [],
    "not_used_so_far": [],
    "regenerate": [],
}


class Started:
    """What is started instead of a pip, and what it answers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answer: Any = {"format": 2, "packages": [PACKAGE]}
        self.status, self.said = 0, ""
        self.command: list[str] = []
        self.environment: dict[str, str] = {}
        monkeypatch.setattr(subprocess, "run", self.run)
        monkeypatch.setattr("pip_build_override.startup.target.find", lambda python: python)

    def run(self, command: list[str], env: dict[str, str], **_: Any) -> Any:
        self.command, self.environment = command, env
        if self.answer is not None:
            Path(env[switch.EXPLAIN]).write_text(json.dumps(self.answer), encoding="utf-8")
        assert Path(env[switch.SWITCH]).is_file()
        return SimpleNamespace(returncode=self.status, stderr=self.said.encode())


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    Path("r.txt").touch()
    Path("y").mkdir()
    return Started(monkeypatch)


def test_a_plan(started: Started, capsys: Capture) -> None:
    assert main(["explain", "--overrides", overrides(), "-r", "r.txt", "x"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "x 1.0"
    assert "  effective:" in out
    assert "    a -> a==1   [o.toml: package.x]   # it breaks" in out
    assert "hooks" in out[-1]
    assert started.command[-4:] == ["-r", "r.txt", "--", "x"]
    assert started.environment[switch.SWITCH].endswith("o.toml")
    assert started.environment[switch.EXPLAIN_HOOKS] == ""


@pytest.mark.parametrize("file", [True, False])
def test_a_plan_with_rules_of_the_command_line(
    file: bool, started: Started, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    # The rules that a run above was given are not those that are explained.
    monkeypatch.setenv(switch.COMMAND_LINE, CommandLine(set=("x: z",)).dump())
    given = ["--set", "x: a==1", "--set", "yy: b", "--constrain", "c<2"]
    started.answer = {"format": 2, "packages": [PACKAGE, {**PACKAGE, "name": "yyy"}]}
    assert main(["explain", *(["--overrides", overrides()] if file else []), *given, "x", "yyy"]) == 0
    extra = CommandLine.load(started.environment[switch.COMMAND_LINE])
    assert extra == CommandLine(constrain=("c<2",), set=("x: a==1", "yy: b"))
    assert capsys.readouterr().out.endswith("\nnot used: --set yy (did you mean yyy?)\n")
    assert main(["explain", "x"]) == 0
    assert CommandLine.load(started.environment[switch.COMMAND_LINE]).set == ("x: z",)


def test_wrong_rules_of_the_command_line(started: Started, capsys: Capture) -> None:
    for option, value in (("--set", "x a"), ("--constrain", "a=1")):
        assert main(["explain", option, value, "x"]) == 2
        assert f"error: {option}: " in capsys.readouterr().err
        assert started.command == []


def test_a_plan_with_files_that_are_generated_again(started: Started, capsys: Capture) -> None:
    known = {"file": "a.c", "source": "a.pyx", "was": "0.29.21", "problem": ""}
    unknown = {**known, "file": "b.c", "problem": "cythonize() in setup.py:1 is given what"}
    started.answer["packages"] = [{**PACKAGE, "regenerate": [known, unknown]}]
    assert main(["explain", "x"]) == 0
    assert (
        "  generated again:\n    a.c (generated by Cython 0.29.21), from a.pyx\n"
        "    b.c (generated by Cython 0.29.21), from a.pyx, if its build runs Cython by itself:"
        " cythonize() in setup.py:1 is given what\n"
    ) in capsys.readouterr().out


def test_a_plan_with_a_rule_that_may_be_unused(started: Started, capsys: Capture) -> None:
    rules = ["replace.b (o.toml: package.x)", "c in remove (o.toml: package.x)"]
    started.answer["packages"] = [{**PACKAGE, "not_used_so_far": rules}]
    assert main(["explain", "x"]) == 0
    out = capsys.readouterr().out
    first, second = (
        f"  not used so far: {rule}; --hooks asks the backend for more\n" for rule in rules
    )
    assert f"  effective:\n    a==1\n{first}{second}" in out
    assert out.count("--hooks") == 2


def test_a_plan_with_all_there_is(started: Started, capsys: Capture) -> None:
    started.answer = {
        "format": 2,
        "packages": [
            {
                **PACKAGE,
                "ready_made": True,
                "declared": {"static": [], "hook": ["b"]},
                "effective": {"static": [], "hook": ["b==1"], "constraints": ["c<2"]},
                "settled": [
                    {"name": "n", "to": "n==1", "why": "it is installed there", "from": "target"}
                ],
                "set_aside": ["o.toml: one"],
                "unused": ["o.toml: other\nhint: do so"],
            }
        ],
    }
    # A rule for what is not declared: a build would stop.
    assert main(["explain", "--hooks", "x"]) == 2
    out = capsys.readouterr().out
    for text in (
        "declared: nothing",
        "    b==1",
        "    c<2",
        "    n==1: it",
        "one",
        "    o.toml: other\n    hint: do so\n",
        "no-binary",
    ):
        assert text in out
    assert "--hooks" not in out
    assert started.environment[switch.EXPLAIN_HOOKS] == "1"


def test_a_package_that_pip_would_not_build(started: Started, capsys: Capture) -> None:
    package = {"requirement": "x", "problem": "no sdist", "hint": "", "kind": ""}
    started.answer = {"format": 2, "packages": [package]}
    assert main(["explain", "x"]) == 1
    assert capsys.readouterr().out == "x: no sdist\n"
    assert main(["explain", "--format", "json", "x"]) == 1
    assert answered("explain", capsys.readouterr().out) == started.answer
    started.answer = {
        "format": 2,
        "packages": [PACKAGE, package, {**package, "hint": "do so", "kind": "package-not-found"}],
    }
    assert main(["explain", "x"]) == 1
    printed = capsys.readouterr()
    assert printed.out.endswith("\n\nx: no sdist\n")
    assert printed.err == "pip-build-override: error: x: no sdist [package-not-found]\nhint: do so\n"


@pytest.mark.parametrize(
    ("named", "near"),
    [("makefunn", True), ("MakeFun_n>1", True), ("makefun", False), ("zzz", False)],
)
def test_a_name_that_is_near_to_that_of_a_table(
    started: Started, named: str, near: bool, capsys: Capture
) -> None:
    Path("o.toml").write_text("[package.makefun]\n[package.'*']\n[package.other]\n", encoding="utf-8")
    Path("o.toml").chmod(0o600)
    package = {"requirement": named, "problem": "none", "hint": explain.NOT_FOUND_HINT}
    package["kind"] = "package-not-found"
    started.answer = {"format": 2, "packages": [package]}
    assert main(["explain", "--overrides", "o.toml", named]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"pip-build-override: error: {named}: none [package-not-found]\nhint: ")
    if near:
        said = follows("did you mean {}, as in {}? If not, {}", error)
        assert said.startswith(
            "did you mean makefun, as in package.makefun? If not, check its spelling"
        )
        started.answer = {"format": 2, "packages": [{**package, "requirement": "makefun"}]}
        assert main(["explain", "--overrides", "o.toml", "makefun"]) == 1
        assert "did you mean" not in capsys.readouterr().err
    else:
        assert "did you mean" not in error


@pytest.mark.parametrize(
    ("named", "hint"),
    [
        ("makefun=1.15.1", "write makefun==1.15.1"),
        ("makefun=<2", "write 'makefun<=2'"),
        ("a, b", "write a b"),
        ("makefun==latest", "write a version of digits and dots after ==, such as 1.20.1"),
        ("", "write a requirement, such as NAME>=1.20"),
    ],
)
def test_what_is_no_requirement_is_not_explained(
    started: Started, named: str, hint: str, capsys: Capture
) -> None:
    assert main(["explain", named]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"pip-build-override: error: {shlex.quote(named)} is not a requirement: ")
    assert error.endswith(f"\nhint: {hint}\n")
    assert started.command == []


@pytest.mark.parametrize(
    "named",
    [".", ".[a]", "./x", "x/y", "..\\x", "x-1.0.tar.gz", "x-1-py3-none-any.whl", "git+https://h/x"],
)
def test_what_only_pip_reads(started: Started, named: str) -> None:
    if "://" not in named and not named.startswith(".["):
        Path(named).parent.mkdir(exist_ok=True)
        Path(named).mkdir(exist_ok=True)
    assert main(["explain", named]) == 0
    assert started.command[-1] == named


@pytest.mark.parametrize(
    ("said", "status", "answer", "error"),
    [
        ("x\npip-build-override: error: no\nhint: h", 2, {}, "error: no [no-answer]\nhint: h\n"),
        ("pip-build-override: error: no [usage]\nhint: h", 2, {}, "error: no [usage]\nhint: h\n"),
        ("ERROR: one line", 1, {}, "one line"),
        ("ERROR: one\nERROR: two", 1, {}, "ERROR: two"),
        ("", 0, None, "no answer"),
    ],
)
def test_a_pip_that_does_not_answer(
    started: Started, said: str, status: int, answer: Any, error: str, capsys: Capture
) -> None:
    started.said, started.status, started.answer = said, status, answer
    assert main(["explain", "x"]) == 2
    assert error in capsys.readouterr().err


INNER = Failure("six", "1.0", "build", error="ValueError: inner")
OUTER = Failure("x", "1.0", "build", nested=(INNER,))


@pytest.mark.parametrize(
    ("given", "command"),
    [
        (
            ["x[e]>1", "./y", "x==1"],
            "{pip} --no-binary x 'x[e]>1' ./y x==1 2>&1 | pip-build-override suggest",
        ),
        (
            ["--overrides", "o.toml", "-r", "r.txt"],
            "pip-build-override run --overrides o.toml -- {pip} --no-binary x -r r.txt",
        ),
        (
            ["--set", "x: a<2", "--constrain", "b<2", "https://u:secret@h.test/x.zip"],
            "pip-build-override run --constrain 'b<2' --set 'x: a<2' -- {pip} https://h.test/x.zip",
        ),
    ],
)
def test_a_backend_that_fails(
    given: list[str], command: str, started: Started, capsys: Capture
) -> None:
    overrides()
    started.status, started.said = 1, "Traceback …\nERROR: one"
    started.answer = FailedExplanation((INNER, OUTER)).to_json()
    assert main(["explain", "--hooks", "--python", "PY", *given]) == 2
    assert capsys.readouterr().err == (
        "pip-build-override: error: the build backend gave no answer: six 1.0 does not build, for an"
        " unknown reason: ValueError: inner; x 1.0 does not build: its build requirement six 1.0 does"
        f" not build [no-answer]\nhint: run this to see its output, and a fix if one is known:"
        f" {command.format(pip='PY -m pip wheel --no-deps')}\n"
    )


def test_nothing_to_explain(capsys: Capture) -> None:
    assert main(["explain"]) == 2
    assert "nothing to explain" in capsys.readouterr().err


def test_a_pip_that_cannot_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OverrideError, match="cannot be run"):
        asking_pip.ask("/none", [], hint="")


# verify


def test_modules_of_this_interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {
        "fine": "print('noise')",
        "broken": "raise ImportError('it was built for another')",
        "dies": "import os; os.kill(os.getpid(), 9)",
        "ends": "import os; os._exit(3)",
        "hangs": "import time; time.sleep(60)",
        "package/__init__": "raise ValueError('all of it')",
    }
    (tmp_path / "lib" / "package").mkdir(parents=True)
    for name, text in texts.items():
        (tmp_path / "lib" / f"{name}.py").write_text(text, encoding="utf-8")
    variables = {"PYTHONPATH": str(tmp_path / "lib")}
    asked = ["fine", "broken", "dies", "ends", "fine", "package.part"]
    found = list(imports.import_all(sys.executable, asked, variables, 60))
    found += imports.import_all(sys.executable, ["hangs"], variables, 1)
    assert [(one.module, one.kind) for one in found] == [
        ("broken", imports.FAILED),
        ("dies", imports.CRASHED),
        ("ends", imports.CRASHED),
        ("package.part", imports.FAILED),
        ("hangs", imports.HUNG),
    ]
    assert found[0].exception == "ImportError"
    assert imports.package_fails(sys.executable, "package", variables, 60)
    assert not imports.package_fails(sys.executable, "fine", variables, 60)
    # A module that is in no package.
    assert imports.package_fails(sys.executable, "", variables, 60)


def test_the_distributions_of_this_interpreter() -> None:
    answer = verify.listed(sys.executable, {})
    names = [one["name"] for one in answer["distributions"]]
    assert "pip" in names
    assert answer["markers"]["python_version"] == f"{sys.version_info[0]}.{sys.version_info[1]}"


def test_an_interpreter_that_cannot_be_asked(tmp_path: Path) -> None:
    with pytest.raises(OverrideError, match="cannot be run"):
        verify.listed(str(tmp_path / "none"), {})
    if sys.platform != "win32":
        other = tmp_path / "python"
        other.write_text("#!/bin/sh\necho too old >&2\n", encoding="utf-8")
        other.chmod(0o755)
        with pytest.raises(OverrideError, match="too old"):
            verify.listed(str(other), {})


def listing(record: str | None) -> dict[str, Any]:
    def one(name: str, version: str, **more: Any) -> dict[str, Any]:
        empty = {"requires": [], "record": None, "direct_url": {}, "modules": [], "top_level": [name]}
        return {"name": name, "version": version, **empty, **more}

    return {
        "distributions": [
            one("numpy", "2.0.0"),
            one("x", "1.0", requires=["numpy"], record=record, modules=["x.fast"]),
        ],
        "markers": {},
        "executable": sys.executable,
    }


@pytest.mark.parametrize("fits", [True, False])
def test_what_does_not_fit(fits: bool, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    built = (
        record()
        if not fits
        else records.Record(
            "x", "1.0", environment=(records.Distribution("numpy", "2.0.0"),), isolated=True
        )
    )
    document: Any = records.to_cyclonedx(built, "")
    text = document.decode() if isinstance(document, bytes) else str(document)
    answer = listing(text)
    from pip._vendor.packaging.markers import default_environment

    answer["markers"] = dict(default_environment())
    monkeypatch.setattr(verify, "listed", lambda python, variables: answer)
    monkeypatch.setattr(verify, "import_all", lambda *args: iter(()))
    assert main(["verify"]) == (0 if fits else 1)
    out = capsys.readouterr().out
    assert ("x 1.0: built against numpy 2.0.0" in out) is fits
    assert ("put this into" in out) is not fits
    assert main(["verify", "--format", "json"]) == (0 if fits else 1)
    assert answered("verify", capsys.readouterr().out)["fits"] is fits


def test_no_time_to_import(capsys: Capture) -> None:
    assert main(["verify", "--timeout", "nan"]) == 2
    assert "--timeout" in capsys.readouterr().err


# status

STARTED: dict[str, Any] = {
    "armed": True,
    "route": "sitecustomize",
    "package": "/package",
    "pip": {"version": "26.3", "path": "/pip"},
    "loaded": True,
    "problem": None,
}


class Environment:
    """What an interpreter says of itself."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.started = dict(STARTED)
        self.installed = [("sitecustomize", "1.0", "/site/sitecustomize.py")]
        self.first = ["/site/sitecustomize.py"]
        self.others: list[Other] = []
        target = SimpleNamespace(python="/env/bin/python", version=(3, 11, 7), prefix="/env")
        monkeypatch.setattr(status.targets, "describe", lambda python: target)
        monkeypatch.setattr(status.targets, "loading", lambda *args, **kwargs: self.started)
        monkeypatch.setattr(
            status.targets, "start_files_now", lambda target: StartFiles(tuple(self.first))
        )
        monkeypatch.setattr(status.others, "others", lambda files, prefix: self.others)
        monkeypatch.setattr(status.routes, "installed", lambda target: self.installed)
        monkeypatch.setenv("PATH", "/none")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Environment:
    return Environment(monkeypatch)


def asked(capsys: Capture) -> tuple[int, dict[str, Any], str]:
    code = main(["status", "--format", "json"])
    answer = answered("status", capsys.readouterr().out)
    assert main(["status"]) == code
    return code, answer, capsys.readouterr().out


def test_an_override_in_force(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv(switch.SWITCH, overrides())
    code, answer, text = asked(capsys)
    assert (code, answer["in_force"], answer["problems"]) == (0, True, [])
    assert text.endswith("an override would be in force\n")
    assert "valid, 1 table" in text
    start = f"is relative to the directory in which the outermost pip is started; here: {os.getcwd()}\n"
    assert f"  o.toml {start}" in text
    monkeypatch.setenv(switch.SWITCH, os.path.abspath("o.toml"))
    assert "relative" not in asked(capsys)[2]
    assert "pip: 26.3 in /pip, supported" in text


def test_a_variable_that_is_not_set(environment: Environment, capsys: Capture) -> None:
    code, answer, text = asked(capsys)
    assert code == 1
    (problem,) = answer["problems"]
    assert problem["kind"] == "not-switched-on"
    assert problem["message"] == f"{switch.SWITCH} is not set"
    assert f"\nproblem: {OverrideError.from_json(problem).shown}\n" in text
    assert text.endswith("an override would not be in force\n")


def test_a_file_that_pip_would_refuse(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv(switch.SWITCH, overrides("mine"))
    code, answer, text = asked(capsys)
    assert code == 1
    assert answer["variable"]["valid"] is False
    assert "not valid" in text


@pytest.mark.parametrize("hook", [True, False])
def test_a_shim_that_does_not_load(
    environment: Environment, hook: bool, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv(switch.SWITCH, overrides())
    environment.started.update(armed=False, pip=None, route=None)
    environment.first = ["/usr/sitecustomize.py", "/site/sitecustomize.py"]
    if not hook:
        environment.installed = []
    code, answer, text = asked(capsys)
    assert code == 1
    assert any(problem["message"] == "no pip is installed" for problem in answer["problems"])
    assert all(problem["hint"] for problem in answer["problems"])
    assert ("/usr/sitecustomize.py is loaded instead" in answer["problems"][0]["message"]) is hook
    assert "shim: does not load" in text
    assert "/usr/sitecustomize.py is found before" in text


def test_what_else_runs_at_the_start(environment: Environment, capsys: Capture) -> None:
    many = tuple(f"m{number}" for number in range(10))
    environment.others = [
        Other("/site/a.pth", ".pth", "setuptools-65.5.0", ("os", "_hack"), ()),
        Other("/site/b.pth", ".pth", None, ("base64",), ("__import__", "exec")),
        Other("/site/c.start", ".start", None, ("c:main",), ()),
        Other("/site/sitecustomize.py", "sitecustomize", None, many, ()),
        Other("/user/usercustomize.py", "usercustomize", None, (), ()),
        Other("/site/d.pth", ".pth", None, None, ()),
    ]
    _, answer, text = asked(capsys)
    assert [other["file"] for other in answer["startup"]] == [each.file for each in environment.others]
    assert re.findall(r"^also runs at start-up: (.*)$", text, re.MULTILINE) == [
        "/site/a.pth, of setuptools-65.5.0, imports os, _hack",
        "/site/b.pth, of no installed package, imports base64, calls __import__ and exec",
        "/site/c.start, of no installed package, calls c:main",
        f"/site/sitecustomize.py, of no installed package, imports {', '.join(many[:8])} and 2 more",
        "/user/usercustomize.py, of no installed package, imports nothing",
        "/site/d.pth, of no installed package, which cannot be read as Python",
    ]


def test_a_pip_that_is_not_known(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv(switch.SWITCH, overrides())
    said = "x\npip-build-override: error: not as known [unknown-pip]\nhint: use another pip\ny\n"
    environment.started.update(problem="refused", said=said)
    environment.started["route"] = "PYTHONPATH"
    code, answer, text = asked(capsys)
    assert code == 1
    error = OverrideError("not as known", kind="unknown-pip", hint="use another pip")
    assert answer["problems"] == [error.to_json()]
    assert "not supported" in text
    assert "PYTHONPATH" in text


def test_an_interpreter_that_does_not_start(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def refuse(python: str) -> None:
        raise OverrideError("it does not start", kind="usage")

    monkeypatch.setattr(status.targets, "describe", refuse)
    assert main(["status"]) == 1
    assert "it does not start" in capsys.readouterr().err
    assert main(["status", "--format", "json"]) == 1
    assert answered("status", capsys.readouterr().out)["in_force"] is False


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_status_of_an_interpreter_that_is_not_there(form: str, capsys: Capture) -> None:
    # No answer, as from all other commands.
    assert main(["status", "--python", "nope", "--format", form]) == 2
    assert "there is no interpreter at nope" in capsys.readouterr().err
