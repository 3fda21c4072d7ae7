"""Doing what the hint about a failed build, or a mismatch, says makes a plan that differs and fits."""

from __future__ import annotations

import dataclasses
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pip_build_override import rules, switch
from pip_build_override.cli import suggest
from pip_build_override.cli.main import main
from pip_build_override.command_line import CommandLine
from pip_build_override.diagnosis import diagnose, read_log
from pip_build_override.diagnosis.conflict_wording import conflict_hint
from pip_build_override.diagnosis.from_command_line import with_remedies
from pip_build_override.diagnosis.wording import failure_hint, joined
from pip_build_override.errors import OverrideError
from pip_build_override.records.fits import fits as runs_with
from pip_build_override.rules import Answer, Declared, Plan, Question, package, parse_overrides, plan
from pip_build_override.rules.command_line import with_command_line
from pip_build_override.rules.place import toml_key
from pip_build_override.rules.standards import contains, read_toml
from pip_build_override.verifying import remedy

from ..support.hints import follows
from . import test_output_failures as failures
from . import test_steps_mismatch as mismatch
from .conftest import LINUX
from .test_diagnosis_conflicts import conflict
from .test_diagnosis_findings import MISSING, PKG_RESOURCES, diagnosed
from .test_diagnosis_logs import FIXED, LOGS
from .test_verifying_remedy import ENVIRONMENT, built, found

Capture = pytest.CaptureFixture[str]


def settle(question: Question) -> Answer:
    origin, specifier = question.source.origin, question.source.specifier
    version = "1.0" if not specifier else "2.0"
    return Answer(f"shade=={version}", f"shade=={version} ({origin})", version=version)


def planned(text: str, *declared: str, given: CommandLine | None = None) -> Plan:
    overrides = parse_overrides(text.encode(), path="/o.toml", shown="o.toml")
    if given is not None:
        overrides = with_command_line(overrides, given)
    return plan(overrides, package("lamp", "1.0"), Declared(declared, ()), LINUX, settle)


# Rules that exclude each other


def test_a_limit_that_a_release_satisfies() -> None:
    rule = '[package.lamp]\nconstrain = ["shade>=99"]'
    causes = ("The user requested shade", "The user requested (constraint) shade>=99")
    said = follows(
        "change the limit in {} to one that a release of {} satisfies; `pip index versions {}` lists"
        " them; --index-url or --find-links name other places to search",
        conflict_hint(conflict(rule, *causes)),
    )
    assert "the limit in o.toml: package.lamp " in said
    assert planned(rule.replace(">=99", ">=1"), "shade").constraints == ("shade>=1",)


@pytest.mark.parametrize(
    ("rule", "causes", "static"),
    [
        (
            '[package.lamp]\nconstrain = ["shade<2"]',
            ("The user requested shade>=2", "The user requested (constraint) shade<2"),
            ("shade<2",),
        ),
        (
            '[package."*"]\nconstrain = ["shade<2"]',
            ("The user requested shade>=2", "The user requested (constraint) shade<2"),
            ("shade<2",),
        ),
    ],
)
def test_a_replacement_that_is_added(rule: str, causes: tuple[str, ...], static: Any) -> None:
    text = conflict_hint(conflict(rule, *causes, declared=("shade>=2",)))
    said = follows("add {} to {}; it replaces the declared {}", text)
    key, place = re.findall(r"add (.*) to o\.toml: (\S+);", said)[0]
    header = f"[{place}]"
    changed = f"{rule}\n{key}\n" if header in rule else f"{rule}\n{header}\n{key}\n"
    assert planned(rule, "shade>=2").static == ("shade>=2",)
    assert planned(changed, "shade>=2").static == static


def test_a_replacement_in_place_of_an_addition() -> None:
    rule = '[package.lamp]\nadd = ["shade==1.0"]'
    causes = ("The user requested shade>=2", "The user requested shade==1.0")
    text = conflict_hint(conflict(rule, *causes, declared=("shade>=2",)))
    said = follows("in {}, write {} instead of add; it replaces the declared {}", text)
    key = re.findall("write (.*) instead", said)[0]
    assert planned(rule, "shade>=2").static == ("shade>=2", "shade==1.0")
    assert planned(f"[package.lamp]\n{key}\n", "shade>=2").static == ("shade==1.0",)


def test_a_replacement_on_the_command_line() -> None:
    given = CommandLine(constrain=("shade<2",))
    causes = ("The user requested shade>=2", "The user requested (constraint) shade<2")
    failure = conflict("", *causes, declared=("shade>=2",), given=given)
    said = follows("use --set '{}: {}'; it replaces the declared {}", conflict_hint(failure))
    (value,) = shlex.split(said.partition("--set ")[2].partition(";")[0])
    more = CommandLine(constrain=given.constrain, set=(value,))
    assert planned("", "shade>=2", given=more).static == ("shade<2",)


def test_a_replacement_in_a_new_table() -> None:
    causes = ("The user requested shade<1", "The user requested (constraint) shade>=2")
    text = conflict_hint(conflict("", *causes, declared=("shade<1",)))
    said = follows("add {} to package.{}; it replaces the declared {}", text)
    key, name = re.findall(r"add (.*) to package\.(\S+);", said)[0]
    assert planned(f"[package.{name}]\n{key}\n", "shade<1").static == ("shade>=2",)


def test_a_specifier_of_a_source_table() -> None:
    rule = '[package.lamp]\nreplace.shade = { from = "oldest" }\nconstrain = ["shade>=2"]'
    causes = ("The user requested shade==1.0", "The user requested (constraint) shade===1.0,>=2")
    said = follows(
        "add specifier = {} to the source table for {} in {}; it then chooses the oldest version that"
        " satisfies both",
        conflict_hint(conflict(rule, *causes)),
    )
    key = re.findall("add (.*) to the source", said)[0]
    changed = rule.replace('"oldest" }', f'"oldest", {key} }}')
    assert planned(rule, "shade").static == ("shade==1.0",)
    assert planned(changed, "shade").static == ("shade==2.0",)


def test_a_version_that_satisfies_both() -> None:
    rule = '[package.lamp]\nadd = ["stand==1"]\nconstrain = ["shade<2"]'
    causes = ("stand 1.0 depends on shade>=2", "The user requested (constraint) shade<2")
    text = conflict_hint(conflict(rule, *causes, declared=()))
    said = follows("change {}, so that a version of {} satisfies {}", text)
    assert said.startswith("change shade<2 in o.toml: package.lamp,")
    again = conflict(rule.replace("shade<2", "shade<3"), causes[0], declared=())
    assert conflict_hint(again) == ""


# What pip does not find


class Room(failures.Room):
    """A command in which x 1.0 failed, by what pip printed."""

    def hint(self, *lines: str) -> str:
        self.build.printed = failures.printed(*lines)
        return "\n".join(self.lines())


def planned_for_x(text: str, *declared: str) -> Plan:
    overrides = parse_overrides(text.encode(), path="/o.toml")
    return plan(overrides, package("x", "1.0"), Declared(declared, ()), LINUX, settle)


def test_a_version_that_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = Room(tmp_path, monkeypatch).hint("ERROR: No matching distribution found for a==1")
    said = follows("use a version of {} that exists{}: {}", text)
    assert "in o.toml: package.x:" in said
    assert planned_for_x(failures.RULE, "a").static == ("a==1",)
    assert planned_for_x(failures.RULE.replace("a==1", "a==2"), "a").static == ("a==2",)


def test_a_version_that_exists_in_place_of_the_declared_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = Room(tmp_path, monkeypatch).hint("ERROR: No matching distribution found for d==99")
    said = follows("use a version of {} that exists, with replace.{} in {}: {}", text)
    key, place = re.findall(r"with (\S+) in (\S+):", said)[0]
    assert planned_for_x(f"[{place}]\n{key} = 'd==1'\n", "d==99").static == ("d==1",)


def test_another_spelling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = Room(tmp_path, monkeypatch).hint(failures.NONE, failures.NO_MATCH)
    said = follows("check the spelling of {}{}; {}", text)
    assert "of a in o.toml: package.x;" in said
    assert planned_for_x(failures.RULE.replace('"a==1"', '"aa==1"'), "a").static == ("aa==1",)


def test_what_an_earlier_build_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = tmp_path / "my tree"
    file = tree / "_skbuild" / "a.o"
    file.parent.mkdir(parents=True)
    file.touch()

    def room() -> Room:
        made = Room(tmp_path, monkeypatch, "")
        req = failures.Requirement("x", failures.Link(f"file://{tree}"), source_dir=str(tree))
        made.build.req = req  # type: ignore[assignment]
        made.build.began = file.stat().st_mtime + 10 if file.exists() else 0
        return made

    line = "fatal error: pybind11/pybind11.h: No such file or directory"
    text = room().hint("error: something else")
    said = follows("remove what an earlier build left, and run the command again: rm -r {}", text)
    subprocess.run(said.rpartition("again: ")[2], shell=True, check=True)
    assert not file.exists()
    assert "left by an earlier build" not in room().hint(line)


# Remedies


def test_what_is_written_into_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in (failures.RULE, ""):
        lines = Room(tmp_path, monkeypatch, text).lines()
        follows("write into {}{}:", "\n".join(lines))
        start = lines.index(next(line for line in lines if "write into" in line)) + 1
        pasted = "\n".join(line.strip() for line in lines[start:] if line.startswith("    "))
        limits = planned_for_x(pasted, "a").constraints
        assert "setuptools<82" in limits
        assert set(planned_for_x(text, "a").constraints) < set(limits)
        (tmp_path / "o.toml").write_text(pasted, encoding="utf-8")
        (tmp_path / "o.toml").chmod(0o600)
        assert main(["check", "o.toml"]) == 0


def test_what_is_added_to_a_file_that_is_not_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "build-overrides.toml"
    there = '[package."*"]\nconstrain = ["b<2"]\n'
    room = failures.BelowRun(tmp_path, monkeypatch, there)
    lines = room.lines()
    follows("add to {}, which this run did not use:", "\n".join(lines))
    start = lines.index(next(line for line in lines if "add to" in line)) + 1
    pasted = "\n".join(line.strip() for line in lines[start:] if line.startswith("    "))
    (tmp_path / name).write_text(there + pasted, encoding="utf-8")
    assert main(["check", name]) == 0
    assert set(planned_for_x(there + pasted, "a").constraints) == {"b<2", "setuptools<82"}
    assert f"--overrides {name} " in lines[-1]


def test_the_command_that_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(tmp_path, monkeypatch, "")
    monkeypatch.setenv(switch.WATCH, str(tmp_path))
    given = CommandLine(set=("x: setuptools>=82",))
    monkeypatch.setenv(switch.COMMAND_LINE, given.dump())
    said = follows("run: {}", "\n".join(room.lines()))
    words = shlex.split(said.partition("run: ")[2])
    assert words[:2] == ["pip-build-override", "run"]
    settings = tuple(value for word, value in zip(words, words[1:]) if word == "--set")
    overrides = with_command_line(rules.Overrides(), CommandLine(set=settings))
    made = plan(overrides, package("x", "1.0"), Declared(("setuptools",), ()), LINUX, settle)
    assert made.static == ("setuptools<82",)


def problem_of(text: str, *lines: str) -> str:
    tables, (problem,) = joined([diagnosed(*lines)], read_toml(text)["package"], "o.toml")
    assert tables == {}
    return "\n".join(problem.lines())


def test_an_entry_that_is_replaced() -> None:
    for key, entry in (("constrain", "setuptools>=82"), ("add", "setuptools==84.0")):
        rule = f'[package.lamp]\n{key} = ["{entry}"]\n'
        said = follows("in [{}], replace {} in {} with {}", problem_of(rule, PKG_RESOURCES))
        old, new = re.findall(r'replace (\S+) in \w+ with (".*")', said)[0]
        changed = rule.replace(f'"{old}"', new)
        assert changed != rule
        assert joined([diagnosed(PKG_RESOURCES)], read_toml(changed)["package"]) == ({}, [])
        made = planned(changed)
        assert "setuptools<82" in (*made.static, *made.constraints)


def test_what_overrules_a_remedy() -> None:
    rule = '[package."*"]\nadd = ["six"]\n[package.lamp]\nrequires = ["setuptools"]\n'
    text = problem_of('[package."*"]\nadd = ["six"]\n', MISSING.format("six"))
    said = follows("see what overrules it in {}: {}", text)
    table, _, command = said.partition(" it in ")[2].partition(": ")
    assert command == "pip-build-override explain --overrides o.toml lamp==1.0"
    # This is what it shows under "set aside".
    (aside,) = planned(rule).selection.set_aside
    assert f"{table}: add" in aside


def test_a_setting_that_is_used_instead() -> None:
    given = CommandLine(set=("lamp: setuptools@target",))
    _, _, (problem,) = with_remedies(given, [diagnosed(PKG_RESOURCES)])
    said = follows("use --set '{}: {}' instead", "\n".join(problem.lines()))
    (value,) = shlex.split(said.partition("--set ")[2].partition(" instead")[0])
    more = CommandLine(set=(value,))
    assert planned("", "setuptools", given=more).static == ("setuptools<82",)
    assert with_remedies(more, [diagnosed(PKG_RESOURCES)])[2] == []


def test_the_numpy_of_the_target() -> None:
    line = "x.pyx:3:5: 'int_t' is not a type identifier"
    diagnosis = diagnosed(line, python="3.11")
    said = follows(
        "what is compiled against numpy 1 does not run with numpy 2: install {} into the environment",
        f"hint: {failure_hint(diagnosis)}",
    )
    wanted = shlex.split(said.partition("install ")[2])[0]
    (limit,) = diagnosis.rules.constrain
    built = "1.26.4"
    assert contains(limit.replace("numpy", ""), built)
    for present in ("1.26.4", "2.0.0"):
        allowed = contains(wanted.replace("numpy", ""), present)
        assert runs_with("numpy", built, present).fits is allowed
    # Rules about anything else need nothing in the target.
    assert failure_hint(diagnosed(PKG_RESOURCES)) == ""
    nameless = dataclasses.replace(diagnosis.failure, name="")
    assert "numpy<2" in failure_hint(diagnose(nameless, "3.11"))


# What real packages printed


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case["log"])
def test_the_remedy_of_a_log(
    case: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.delenv(switch.SWITCH, raising=False)
    monkeypatch.chdir(tmp_path)
    log = str(LOGS / case["log"])
    with open(log, encoding="utf-8") as lines:
        names = sorted({failure.name for failure in read_log(lines)})
    # No pip is asked what an installed package declares.
    monkeypatch.setattr(suggest, "ask", refuse)
    before = "".join(f'[package.{toml_key(name)}]\nadd = ["kept"]\n' for name in names)
    file = tmp_path / "o.toml"
    file.write_text(before, encoding="utf-8")
    file.chmod(0o600)
    wanted = bool(case["overrides"].strip())
    assert main(["suggest", log, "--write", "o.toml"]) == (0 if wanted else 1)
    assert main(["check", "o.toml"]) == 0

    after = parse_overrides(file.read_bytes(), path="/o.toml")
    replaced = [name for table in after.tables for name, _ in table.replace]
    declared = Declared(("setuptools", "wheel", *replaced), ())
    for name in names:
        old, new = (
            plan(overrides, package(name, "1"), declared, LINUX, settle)
            for overrides in (parse_overrides(before.encode(), path="/o.toml"), after)
        )
        assert ((old.static, old.constraints) != (new.static, new.constraints)) is wanted
        assert "kept" in new.static
    # Tried again, the file has it already.
    capsys.readouterr()
    assert main(["suggest", log, "--write", "o.toml"]) == 1
    assert not wanted or "# o.toml already contains the fix" in capsys.readouterr().out


def refuse(*_: object, **__: object) -> None:
    raise OverrideError("there is no pip", kind="usage")


# Mismatches


def fits(text: str, declared: tuple[str, ...]) -> bool:
    made = plan(
        parse_overrides(text.encode(), path="/o.toml"),
        package("p", "1"),
        Declared(declared, ()),
        ENVIRONMENT,
    )
    got = [line for line in (*made.static, *made.constraints) if line.startswith("numpy")]
    return set(got) == {"numpy==2.0"} and not made.unused


def test_a_table_that_is_added() -> None:
    result = found(built(("numpy",)), '[package.q]\nadd = ["a"]\n')
    assert isinstance(result, remedy.Remedy)
    said = follows("add this to {} ({}):", result.instruction("o.toml"))
    assert said.startswith("add this to o.toml (")
    assert not fits('[package.q]\nadd = ["a"]\n', ("numpy",))
    assert fits(f'[package.q]\nadd = ["a"]\n{result.text}', ("numpy",))


def test_a_table_that_is_replaced() -> None:
    text = '[package.q]\nadd = ["a"]\n[package."p<2"]\nconstrain = ["numpy<2"]\nadd = ["swig"]\n'
    result = found(built(("numpy",), text), text)
    assert isinstance(result, remedy.Remedy)
    said = follows("in {}, replace everything under {} with this ({}):", result.instruction("o.toml"))
    header = said.partition("under ")[2].partition(" with")[0]
    head, middle, _ = text.partition(f"[{header}]")
    assert middle
    assert not fits(text, ("numpy",))
    assert fits(f"{head}{result.text}", ("numpy",))


def test_a_file_in_place_of_lines() -> None:
    text = "cython<3\nnumpy<2; python_version >= '3'\n"
    result = found(built(("numpy", "cython")), text, "o.txt")
    assert isinstance(result, remedy.Remedy)
    follows(
        "use a file build-overrides.toml with these lines instead of {} ({}):",
        result.instruction("o.txt"),
    )
    assert fits(result.text, ("numpy", "cython"))


def test_the_version_that_it_was_built_against(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(switch.COMMAND_LINE, CommandLine(set=("x: numpy<2",)).dump())
    monkeypatch.setenv(switch.WATCH, str(tmp_path))
    room = mismatch.Room(tmp_path)
    (text,) = room.said(room.built())
    follows(
        "change the rules by hand so that {} is built against {}=={}, or install the {} that it was"
        " built against; no change to its table does that: {}",
        text,
    )
    room = mismatch.Room(tmp_path)
    room.owners.target.versions = {"numpy": "1.26.0"}
    assert room.said(room.built()) == []
