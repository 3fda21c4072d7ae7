"""What ``export`` and ``show`` print and exit with, and that their hints lead on."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any, Sequence

import pytest

from pip_build_override import asking_pip, records, switch
from pip_build_override.asking_pip import Content
from pip_build_override.cli import explain, show, verify
from pip_build_override.cli.main import main
from pip_build_override.in_pip.state.explanation import Explanation
from pip_build_override.records import Record

from ..support.documents import answered
from ..support.hints import follows
from ..support.stampbackend import write_wheel
from .test_exporting import MARKERS, World
from .test_records import RECORD

Capture = pytest.CaptureFixture[str]
RULES = '[package.x]\nconstrain = ["cython<3"]\n'


class Asked:
    """A pip that answers as ``World`` says, and the environment that it is of."""

    def __init__(self) -> None:
        self.world = World()
        self.distributions: list[dict[str, Any]] = []

    def explain(
        self, python: str, requirements: list[str], *, overrides: str, hooks: bool
    ) -> Explanation:
        assert Path(overrides).is_file()
        return self.world.ask(requirements[0], hooks)

    def contents(
        self, python: str, requirements: list[str], limits: list[str], *, overrides: str
    ) -> Sequence[Content]:
        assert Path(overrides).is_file()
        return self.world.look(requirements, limits)

    def listed(self, python: str, variables: dict[str, str]) -> dict[str, Any]:
        return {"markers": MARKERS, "distributions": self.distributions, "executable": python}


@pytest.fixture(autouse=True)
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
    for name in (switch.SWITCH, switch.WATCH, switch.COMMAND_LINE, switch.REPORT):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    answers = Asked()
    monkeypatch.setattr(explain, "ask", answers.explain)
    monkeypatch.setattr(verify, "listed", answers.listed)
    monkeypatch.setattr(asking_pip, "ask_for_contents", answers.contents)
    write("o.toml", RULES)
    return answers


def write(name: str, text: str) -> None:
    Path(name).write_text(text, encoding="utf-8")
    Path(name).chmod(0o600)


def status(line: str) -> int:
    return main(shlex.split(line))


def after(said: str, word: str) -> str:
    return said.partition(word)[2]


def test_what_can_be_said_is_written_and_the_rest_listed(capsys: Capture) -> None:
    assert status("export --to poetry --package x o.toml") == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out.endswith('\n[tool.poetry.build-constraints.x]\ncython = "<3"\n')
    assert printed.out.startswith(
        "# Build constraints of Poetry, for pyproject.toml, from o.toml, for "
    )
    write("o.toml", f'{RULES}remove = ["numpy"]\n')
    assert status("export --to poetry --format json o.toml") == 1
    answer = answered("export", capsys.readouterr().out)
    assert (answer["format"], answer["to"], answer["checked_with"]) == (1, "poetry", ["x 1.0"])
    assert [each["rule"] for each in answer["unsaid"]] == ["remove numpy", "constrain cython<3"]
    assert 'cython = "<3"' in answer["text"]


def test_the_list_ends_with_a_way_out(capsys: Capture) -> None:
    write("o.toml", f'{RULES}remove = ["numpy"]\n')
    assert status("export --to pip --package x==1.0 o.toml") == 1
    printed = capsys.readouterr()
    assert printed.out.endswith("\ncython<3\n")
    assert "not exported: o.toml: package.x: remove numpy: a build constraints file" in printed.err
    assert "error: 1 rule cannot be said for pip" in printed.err
    said = follows(
        "build these with pip: pip-build-override run --overrides {} -- pip wheel …", printed.err
    )
    line = after(said, "pip-build-override ").partition(" -- ")[0]
    assert status(f"{line} --allow-unused -- {shlex.quote(sys.executable)} -c pass") == 0
    write("o.toml", f'{RULES}remove = ["numpy", "a"]\n')
    assert status("export --to pip --package x==1.0 o.toml") == 1
    assert "error: 2 rules cannot be said for pip" in capsys.readouterr().err


def test_a_limit_for_a_package_that_is_built_alone(capsys: Capture) -> None:
    assert status("export --to pip o.toml") == 1
    said = follows(
        "build {} by itself, and export its rules by themselves: --package {}", capsys.readouterr().err
    )
    assert status(f"export --to pip o.toml {after(said, 'themselves: ').split(chr(10))[0]}") == 0
    assert capsys.readouterr().out.endswith("\ncython<3\n")


def test_the_release_that_is_built(capsys: Capture) -> None:
    write("o.toml", '[package.x]\nreplace.swig = "swig<4"\n')
    assert status("export --to poetry o.toml") == 1
    said = capsys.readouterr().err
    follows("name the release that you build: --package {}==VERSION", said)
    write("o.toml", '[package.x]\nreplace.numpy = "numpy<2"\n')
    assert status("export --to poetry o.toml") == 1
    said = capsys.readouterr().err
    follows("build {} by itself, and export its rules by themselves: --package {}", said)
    assert "warning: checked with x 1.0 only; another release may declare something else" in said
    follows("name the release that you build: --package NAME==VERSION", said)
    assert status("export --to poetry o.toml --package x==1.0") == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "# Only for builds of: x 1.0." in printed.out


def report(*versions: str, interpreter: str = "CPython 3.11.7", limit: str = "cython<3") -> str:
    """Return the report of a run under ``RULES``."""
    document = records.blank()
    change = records.Change("constrain", "cython", (), (limit,), "o.toml: package.x", "")
    for version in versions:
        built = Record(
            "x", version, declared=("cython",), changes=(change,), interpreter=interpreter
        ).to_json()
        document = records.with_build(document, {**built, "id": version})
    return json.dumps(document)


def test_reports_of_other_runs(capsys: Capture) -> None:
    write("r.json", report("1.0", interpreter="CPython 3.8.18"))
    assert status("export --to pip --report r.json o.toml") == 2
    said = capsys.readouterr().err
    assert "the report is not of CPython 3.11.7: x 1.0 was built by CPython 3.8.18" in said
    follows("name that interpreter with --python", said)
    write("r.json", report("1.0", limit="cython<1"))
    assert status("export --to pip --report r.json o.toml") == 2
    said = capsys.readouterr().err
    assert "o.toml: the report is of a run under other rules: x 1.0 was built with other" in said
    follows("run the command again under this file, with run --report", said)
    write("r.json", report("1.0"))
    assert status("export --to pip --report r.json o.toml") == 0


def test_one_of_several_versions_in_a_report(capsys: Capture) -> None:
    write("r.json", report("1.0", "1.1"))
    assert status("export --to pip --report r.json o.toml") == 1
    said = follows("choose one of them: --package {}=={}", capsys.readouterr().err)
    option = after(said, "choose one of them: ").split("\n")[0]
    assert status(f"export --to pip --report r.json o.toml {option}") == 0
    assert capsys.readouterr().out.endswith("\ncython<3\n")


def test_settings_that_are_elsewhere(capsys: Capture) -> None:
    write("o.toml", "[package.x]\nno-binary = true\nconfig-settings = { a = '1', b = ['2'] }\n")
    assert status("export --to poetry o.toml") == 1
    said = capsys.readouterr().err
    follows("set it by: poetry config --local installer.no-binary {}", said)
    told = follows("set it by: poetry config --local installer.build-config-settings.{} {}", said)
    words = shlex.split(after(told, "poetry ").split("\n")[0])
    assert words[:3] == ["config", "--local", "installer.build-config-settings.x"]
    assert json.loads(words[3]) == {"a": "1", "b": ["2"]}
    assert status("export --to pip o.toml") == 1
    follows("give pip the option --no-binary {}", capsys.readouterr().err)


def test_packages_without_a_table(capsys: Capture) -> None:
    assert status("export --to uv o.toml --package xx") == 2
    said = capsys.readouterr().err
    assert "o.toml: no table is for xx" in said
    follows("did you mean --package {}?", said)
    assert status("export --to uv o.toml --package whatever") == 2
    follows("its tables are for {}", capsys.readouterr().err)
    write("o.toml", '[settings]\nunused = "warn"\n')
    assert status("export --to uv o.toml --package x") == 2
    follows("write a table for it first", capsys.readouterr().err)


def test_wrong_arguments(capsys: Capture) -> None:
    assert status("export --to uv") == 2
    said = follows(
        "name it: pip-build-override export --to {} build-overrides.toml", capsys.readouterr().err
    )
    write("build-overrides.toml", "[package.x]\nno-binary = true\n")
    assert status(after(said, "pip-build-override ").split("\n")[0]) == 0
    capsys.readouterr()
    for text in ("x=1", "x[a]", "x @ https://x"):
        assert main(["export", "--to", "uv", "o.toml", "--package", text]) == 2
        follows(
            "write a name, and a version if it matters: --package pyworld==0.3.3",
            capsys.readouterr().err,
        )
    write("r.json", "{}")
    for name in ("r.json", "none.toml"):
        assert status(f"export --to uv o.toml --report {name}") == 2
        follows("name a report that run --report has written", capsys.readouterr().err)
    write("report.json", json.dumps(records.blank()))
    assert status("export --to uv o.toml --report reprt.json") == 2
    said = follows("did you mean --report {}?", capsys.readouterr().err)
    assert status(f"export --to uv o.toml {after(said, 'mean ')[:-1]}") == 1
    assert "no build of it is in the report" in capsys.readouterr().err


def test_the_file_of_the_variable(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(switch.SWITCH, "o.toml")
    assert status("export --to poetry --package x") == 0
    assert 'cython = "<3"' in capsys.readouterr().out


# show


def wheel(name: str, version: str, record: Record | None) -> str:
    path = write_wheel(str(Path.cwd()), name, version, {f"{name}.py": ""})
    if record is not None:
        records.put_into_wheel(str(path), records.to_cyclonedx(record))
    return str(path)


def test_the_record_of_a_wheel(capsys: Capture) -> None:
    assert main(["show", wheel("pyworld", "0.3.2", RECORD)]) == 0
    assert capsys.readouterr().out == (
        "pyworld 0.3.2: built by pip 25.0.1, CPython 3.8.18 on linux-x86_64\n"
        "  built with:\n"
        "    numpy 1.24.4 (https://files.example/numpy-1.24.4-py3-none-any.whl)\n"
        "    sauce 1.0 (built from source)\n"
        "    pyworld 0.3.2\n"
        "  declared:\n"
        "    numpy\n"
        "  asked for by the backend:\n"
        "    wheel\n"
        "  used instead:\n"
        "    numpy==1.24.4\n"
        "  used instead, for the backend: nothing\n"
        "  limited by:\n"
        "    setuptools<60\n"
        "  changes:\n"
        "    a -> b   [o.toml: package.pyworld]\n"
        "  generated again:\n"
        "    src/more.c by Cython 0.29.37\n"
        "  generated by another Cython, so a rule had no effect:\n"
        "    src/core.c by Cython 3.0.11; asked: cython<3\n"
    )


def test_the_front_end_of_a_record(capsys: Capture) -> None:
    record = Record("x", "1", front_end="build 1.6.1", interpreter="CPython 3.11.7", platform="linux")
    assert main(["show", wheel("x", "1", record)]) == 0
    assert capsys.readouterr().out.startswith("x 1: built by build 1.6.1, CPython 3.11.7 on linux\n")


def test_records_that_say_little(capsys: Capture) -> None:
    seen = records.Distribution("numpy", "1.0", borrowed=True, seen=True)
    changed = records.Change("add", "a", (), ("a",), "o.toml: package.x", "a added", "of ours")
    bare = wheel("x", "1", Record("x", "1", (seen,), isolated=False, changes=(changed,)))
    other = wheel("y", "2", Record("y", "2", uses="build-environment"))
    assert main(["show", bare, other]) == 0
    said = capsys.readouterr().out
    assert "  without a build environment: with what was installed\n" in said
    assert "    numpy 1.0 (borrowed from the target, not installed for the build)\n" in said
    assert "    a added   [o.toml: package.x]   # of ours\n" in said
    assert "\n\ny 2: built by pip" in said
    assert "  with build-environment\n  built with: nothing\n  declared: nothing\n" in said
    assert said.endswith("  no rule changed this build\n")


def test_wheels_without_a_record(capsys: Capture) -> None:
    plain = wheel("x", "1", None)
    assert main(["show", plain]) == 1
    said = capsys.readouterr().err
    assert "it has no record of its build" in said
    follows(
        "build it under an override to get one: pip-build-override run --overrides FILE -- pip install"
        ' --force-reinstall --no-binary {} {}; with [settings] record = "all", builds that no rule'
        " changes have one, too",
        said,
    )
    assert status("show x-2-py3-none-any.whl") == 1
    near = follows("did you mean {}?", capsys.readouterr().err)
    assert main(["show", after(near, "mean ")[:-1]]) == 1
    assert status("show zzzzzzzzzzzzzzzzzz.whl") == 1
    follows("give the path of a wheel", capsys.readouterr().err)
    Path("broken.whl").write_text("", encoding="utf-8")
    assert status("show broken.whl") == 1
    follows("build it again", capsys.readouterr().err)


def test_installed_packages(capsys: Capture, asked: Asked) -> None:
    def distribution(name: str, record: str | None) -> dict[str, Any]:
        return {"name": name, "version": "0.3.2", "record": record, "top_level": []}

    asked.distributions = [
        distribution("PyWorld", records.to_cyclonedx(RECORD).decode()),
        distribution("plain", None),
        distribution("damaged", "{"),
    ]
    assert status("show pyworld") == 0
    assert capsys.readouterr().out.startswith("pyworld 0.3.2: built by pip 25.0.1")
    assert status("show --format json Py-World plain damaged PyWorld") == 1
    answer = answered("show", capsys.readouterr().out)
    assert answer["format"] == show.FORMAT
    assert [each["asked"] for each in answer["packages"]] == ["Py-World", "plain", "damaged", "PyWorld"]
    assert [each["record"] is None for each in answer["packages"]] == [True, True, True, False]
    assert records.from_json(answer["packages"][3]["record"]) == RECORD
    assert answer["packages"][1]["problem"] == "plain 0.3.2: it has no record of its build"
    assert answer["packages"][2]["problem"] == "damaged 0.3.2: its record cannot be read"
    assert status("show pywrld") == 1
    near = follows("did you mean {}?", capsys.readouterr().err)
    assert main(["show", after(near, "mean ")[:-1]]) == 0
    capsys.readouterr()
    assert status("show whatever-else") == 1
    said = follows("name its environment with --python", capsys.readouterr().err)
    assert said
