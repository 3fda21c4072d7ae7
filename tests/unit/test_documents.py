"""What one process of ours writes for another: read back as it was, or not at all."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any, Callable

import pytest

from pip_build_override import documents, switch
from pip_build_override.diagnosis import Failure, failed_command, known_failures
from pip_build_override.diagnosis.failed_command import FailedCommand
from pip_build_override.diagnosis.known_failures import KnownFailure, KnownFailures
from pip_build_override.diagnosis.signatures import Hit, Matcher, known_signatures
from pip_build_override.engines import watched
from pip_build_override.errors import OverrideError
from pip_build_override.files import write_json
from pip_build_override.frozen import replace
from pip_build_override.in_pip.builds import filled, manifest
from pip_build_override.in_pip.builds.environment_files import File, Files
from pip_build_override.in_pip.builds.filled import Filled
from pip_build_override.in_pip.builds.kept_environment import Keeping
from pip_build_override.in_pip.builds.link_contents import ContentNote
from pip_build_override.in_pip.builds.manifest import Manifest
from pip_build_override.in_pip.builds.member import Judgement, Matched, Member, Origin
from pip_build_override.in_pip.builds.upload_limit import UploadLimit
from pip_build_override.in_pip.lending.stand_ins import StandIn
from pip_build_override.in_pip.state import explanation, left_word, nested_report, run_directory
from pip_build_override.in_pip.state.environments import Environments, Filling
from pip_build_override.in_pip.state.explained import Explained
from pip_build_override.in_pip.state.explanation import (
    ExplainedAnswer,
    ExplainedBuild,
    ExplainedChange,
    ExplainedFile,
    Explanation,
    FailedExplanation,
    Unexplained,
)
from pip_build_override.in_pip.state.left_word import BuiltWord
from pip_build_override.in_pip.state.nested_report import Report
from pip_build_override.in_pip.state.outcome import FailedBuild
from pip_build_override.in_pip.state.run_directory import HandedDown, RunDirectory
from pip_build_override.in_pip.target.settled import Settled
from pip_build_override.matrix.kept_wheels import KeptWheel, NotedFailure
from pip_build_override.releases import Available, Release
from pip_build_override.rules import Source, parse_overrides

from ..support.hints import follows
from .malformed import malformed, taken

SOURCE = Source("target", borrow=True, specifier=">=1", otherwise="oldest", allow_sdist=True)
SETTLED = Settled("numpy", SOURCE, (">=1", "<3"), "numpy==1.0", "1.0")
JUDGEMENT = Judgement("unused-rule", "m", "package.x", "h")
NOTE = ContentNote("/x-1.0.zip", "ab", changes=True)
PLAIN = Member("numpy", "1.0", source=False, rules=None)
ORIGIN = Origin("numpy", "1.0", "https://h/numpy-1.0.zip", "ab", source=True, direct=True)
MATCHED = Matched("x 1.0", "numpy", "1.0")
FULL = Member("numpy", "1.0", True, "digest", NOTE, "lent", (SETTLED,), {"unused": (JUDGEMENT,)})

FAILURE = Failure(
    "x",
    "1.0",
    "build",
    hits=tuple(Matcher(known_signatures()).hits("ModuleNotFoundError: No module named 'six'", 3)),
    error="e",
    python="3.11",
    environment={"setuptools": "82.0"},
    declared=("setuptools",),
    nested=(Failure("y"),),
    origins=(("declared", ("setuptools 82.0",)),),
    own_modules=frozenset(("b", "a")),
    setup_py="import six",
    idle=("setuptols",),
    undecided=("swig",),
    requirement="x==1.0",
    generated={"x/_c.c": "0.29.21"},
    stage="hook",
    hashes=("sha256:aa",),
)
REPORT = Report(
    resolved=True,
    members=(PLAIN, FULL),
    distributions=(ORIGIN,),
    matched=(MATCHED,),
    lines=((20, "a line"),),
    used=("package.x",),
    done=("x 1.0",),
    cached=("y 1.0",),
    built=(("x", "1.0"),),
    failed=True,
    failures=(FailedBuild(1, FAILURE),),
    left_out=("numpy",),
    installed="ab",
)

HANDED = HandedDown(
    constraints=(("numpy<2", "o.toml: package.x"),),
    depth=1,
    directories=("/environment",),
    stand_ins=(StandIn("torch", "2.0", "/run/torch-2.0-py3-none-any.whl", "lent"),),
    built_for=("x 1.0",),
    hashes={"numpy": ["sha256:ab"]},
    touched=("numpy",),
    into=("/environment",),
    upload_limit=UploadLimit("2023-01-31", "o.toml: package.x", "why", ("torch",)),
    keeping=Keeping("/cache", "/environment", "/environment/overlay"),
)

FILLED = Filled(
    place="/run/kept",
    kept=True,
    files=Files("/environment", (File("bin/x", "ab", 0o755),), (("bin", 0o755),)),
    members=(PLAIN, FULL),
    distributions=(ORIGIN,),
    matched=(MATCHED,),
    left_out=("numpy",),
    installed="ab",
    origins=(("/wheels/x-1.0-py3-none-any.whl", "1 2 3 4"),),
)
CHANGE = ExplainedChange("numpy -> numpy==1.0", "replace", "o.toml: package.x", "declared", "it breaks")
ANSWER = ExplainedAnswer("numpy", "target", "numpy==1.0 (target)", "installed")
BUILD = ExplainedBuild(
    ready_made=False,
    name="x",
    version="1.0",
    declared=("numpy",),
    declared_by_hook=("wheel",),
    effective=("numpy==1.0",),
    effective_of_hook=("wheel",),
    constraints=("setuptools<82",),
    changes=(CHANGE,),
    settled=(ANSWER,),
    set_aside=("package.*: constrain",),
    unused=("x 1.0 declares no y",),
    not_used_so_far=("remove (o.toml: package.x)",),
    regenerate=(ExplainedFile("a.c", "a.pyx", "0.29.21", ""),),
)
WORD = BuiltWord("o.toml", (("package.x", "x"),), ("package.x",), (("x", "1.0"),), ("x 1.0",))
RELEASE = Release("2.0", True, False, date(2024, 6, 16), date(2024, 6, 17))
AVAILABLE = Available({"os_name": "posix"}, {"numpy": (RELEASE, Release("2.1"))}, ("https://h/numpy/",))
EXPLANATION = Explanation((BUILD, Unexplained("y", "pip finds no sdist of it", "look")))
FAILED_EXPLANATION = FailedExplanation((FAILURE,))
FAILED_COMMAND = FailedCommand(
    *("/python", "/pip", ("--pre",), (FAILURE,), "/home", ("numpy<2",), ("a=b",)),
    variables={"CC": "gcc"},
)
KNOWN_FAILURES = KnownFailures((KnownFailure({"setuptools": "82.0"}, "static"),))

DOCUMENTS: dict[str, tuple[Any, Callable[[Any], Any], dict[str, Any]]] = {
    "a note": (NOTE, ContentNote.from_json, {"optional": ("changes",)}),
    "a release": (
        RELEASE,
        Release.from_json,
        {"also": {"released": (None,), "wheel_uploaded": (None,)}},
    ),
    "what a pip finds": (AVAILABLE, Available.from_json, {}),
    "no note": (ContentNote(), ContentNote.from_json, {}),
    "what was settled": (SETTLED, Settled.from_json, {}),
    "a judgement": (JUDGEMENT, Judgement.from_json, {}),
    "a member": (PLAIN, Member.from_json, {"also": {"rules": ("text",)}}),
    "a member of which all is known": (
        FULL,
        Member.from_json,
        {"optional": ("borrowed", "settled", "told", "changes"), "also": {"rules": (None,)}},
    ),
    "an origin": (ORIGIN, Origin.from_json, {}),
    "what was matched": (MATCHED, Matched.from_json, {}),
    "a failure": (
        FAILURE,
        Failure.from_json,
        {"also": dict.fromkeys(("environment", "declared", "setup_py", "generated"), (None,))},
    ),
    "a build that failed": (FailedBuild(1, FAILURE), FailedBuild.from_json, {}),
    "a report": (REPORT, Report.from_json, {}),
    "what has been filled": (FILLED, Filled.from_json, {}),
    "what is handed down": (
        HANDED,
        HandedDown.from_json,
        {"also": {"upload_limit": (None,), "keeping": (None,)}},
    ),
    "a change that is explained": (CHANGE, ExplainedChange.from_json, {}),
    "an answer that is explained": (ANSWER, ExplainedAnswer.from_json, {}),
    "a build that is explained": (BUILD, ExplainedBuild.from_json, {"also": {"version": (None,)}}),
    "what is not explained": (Unexplained("y", "p"), Unexplained.from_json, {}),
    "builds that failed": (FAILED_EXPLANATION, FailedExplanation.from_json, {}),
    "a command that failed": (FAILED_COMMAND, FailedCommand.from_json, {}),
    "what is known to fail": (KNOWN_FAILURES, KnownFailures.from_json, {}),
    "a build that is known to fail": (KNOWN_FAILURES.failed[0], KnownFailure.from_json, {}),
    "an explanation": (EXPLANATION, Explanation.from_json, {}),
    "what was built": (WORD, BuiltWord.from_json, {}),
    "a wheel of a matrix": (KeptWheel("x-1-py3-none-any.whl", "ab"), KeptWheel.from_json, {}),
    "a wheel that was not built": (
        NotedFailure("run", "state", "reason", ("hint",), "/log"),
        NotedFailure.from_json,
        {},
    ),
}
"""A document, what reads it, and how others of its kind may differ."""


def written(document: Any) -> Any:
    return json.loads(json.dumps(document.to_json()))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_written_is_read(name: str) -> None:
    document, from_json, _ = DOCUMENTS[name]
    assert from_json(written(document)) == document


@pytest.mark.parametrize("name", DOCUMENTS)
def test_anything_else_is_refused(name: str) -> None:
    document, from_json, how = DOCUMENTS[name]
    assert taken(from_json, [None, 7, "text", [], *malformed(written(document), **how)]) == []


@pytest.mark.parametrize(
    ("document", "from_json", "number"),
    [
        (Manifest(""), Manifest.from_json, manifest.FORMAT),
        (REPORT, Report.from_json, nested_report.FORMAT),
        (HANDED, HandedDown.from_json, run_directory.FORMAT),
        (FILLED, Filled.from_json, filled.FORMAT),
        (EXPLANATION, Explanation.from_json, explanation.FORMAT),
        (FAILED_EXPLANATION, FailedExplanation.from_json, explanation.FORMAT),
        (WORD, BuiltWord.from_json, left_word.FORMAT),
        (FAILED_COMMAND, FailedCommand.from_json, failed_command.FORMAT),
        (KNOWN_FAILURES, KnownFailures.from_json, known_failures.FORMAT),
    ],
)
def test_another_format(document: Any, from_json: Callable[[Any], object], number: int) -> None:
    others = (0, number + 1, str(number), float(number), number == 1, None)
    assert taken(from_json, [{**written(document), "format": other} for other in others]) == []


def test_a_refusal() -> None:
    error = OverrideError("m", kind="usage", where="o.toml: package.x", hint="h")
    read = Report.from_json(written(Report(refusal=error)))
    assert read.refusal is not None
    assert vars(read.refusal) == vars(error)
    assert str(read.refusal) == str(error)
    assert taken(OverrideError.from_json, [None, 7, "text", [], *malformed(written(error))]) == []


@pytest.mark.parametrize("name", [name for name in REPORT.to_json() if name != "format"])
def test_each_part_of_a_report(name: str) -> None:
    whole = written(REPORT)
    parts = whole[name] if isinstance(whole[name], list) else []
    for part in parts:
        for other in ([], {}, None, 7, [*part, 7] if isinstance(part, list) else [part]):
            assert taken(Report.from_json, [{**whole, name: [other]}]) == []


@pytest.mark.parametrize(
    "hit", [[], ["missing-module", {}], ["unknown", {}, 1], ["missing-module", [], 1]]
)
def test_a_hit_of_another_version(hit: Any) -> None:
    with pytest.raises(ValueError, match="hits"):
        Failure.from_json({**written(FAILURE), "hits": [hit]})


def test_a_group_that_caught_nothing() -> None:
    hit = Hit(known_signatures()[0], {"file": "x.pyx", "line": None}, 1)  # type: ignore[dict-item]
    read = Failure.from_json(written(Failure("x", hits=(hit,))))
    assert read.hits[0].caught == {"file": "x.pyx"}


def test_a_report_that_does_not_fit_counts_as_none(tmp_path: Path) -> None:
    assert nested_report.read(str(tmp_path)) is None
    file = tmp_path / "report.json"
    write_json(str(file), REPORT.to_json())
    assert nested_report.read(str(tmp_path)) == REPORT
    for other in ("", "[]", "{}", json.dumps(REPORT.to_json()).replace("true", "1")):
        file.write_text(other, encoding="utf-8")
        assert nested_report.read(str(tmp_path)) is None


@pytest.mark.parametrize("stand_in", [["torch", "2.0", "/x"], ["torch", "2.0", "/x", 1], "torc", 7])
def test_what_is_handed_down_with_half_a_stand_in(stand_in: Any) -> None:
    with pytest.raises(ValueError, match="stand_ins"):
        HandedDown.from_json({**written(HANDED), "stand_ins": [stand_in]})


@pytest.mark.parametrize("key", ["declared", "effective"])
def test_an_explanation_of_half_a_build(key: str) -> None:
    whole = written(BUILD)
    parts = malformed(whole[key], also={"hook": (None,)})
    assert taken(ExplainedBuild.from_json, [{**whole, key: part} for part in parts]) == []
    assert ExplainedBuild.from_json({**whole, key: {**whole[key], "hook": None}})


def test_the_answer_that_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "answer.json"
    monkeypatch.setenv(switch.EXPLAIN, str(path))
    explained = Explained(Environments(Filling(), outermost=True))
    explained.add(Unexplained("y @ https://me:secret@h/y.zip", "p"))
    explained.add(BUILD)
    read = Explanation.from_json(json.loads(path.read_text(encoding="utf-8")))
    assert "secret" not in path.read_text(encoding="utf-8")
    assert read.packages[1:] == (BUILD,)


def test_builds_past_pip(tmp_path: Path) -> None:
    told = {"by": "uv", "directory": "/x", "files": {"PKG-INFO": "Name: x\n", "setup.cfg": None}}
    assert watched.Elsewhere.from_json(told) == watched.Elsewhere("uv", "/x", "x")
    assert taken(watched.Elsewhere.from_json, malformed(told)) == []
    overrides = parse_overrides(b'[package.x]\nadd = ["y"]\n', path="/o.toml")
    for number, document in enumerate((told, {**told, "by": 7}, {})):
        write_json(str(tmp_path / f"elsewhere-{number}"), document)
    said = watched.built_elsewhere(str(tmp_path), lambda: overrides)
    assert said is not None
    assert said.message.startswith("uv built x itself")


def test_words_that_do_not_fit_are_not_passed_over(tmp_path: Path) -> None:
    # Not finished.
    (tmp_path / "built-2").write_text("{")
    assert watched.no_table_used(str(tmp_path)) is None
    unused = replace(WORD, used=())
    write_json(str(tmp_path / "built-3"), unused.to_json())
    said = watched.no_table_used(str(tmp_path))
    assert said is not None
    assert "another version" not in said.message
    (tmp_path / "built-1").write_text(json.dumps(WORD.to_json()).replace('"o.toml"', "7"))
    said = watched.no_table_used(str(tmp_path))
    assert said is not None
    assert "another version" in said.message
    # In the case above, all are of this version.
    follows("install this version in the environment of that pip too; or {}", said.hint)


def test_what_a_nested_pip_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (switch.RUN_DIRECTORY, switch.ENVIRONMENT_DIRECTORY, "PYTHONPATH", "PIP_NO_COMPILE"):
        monkeypatch.delenv(name, raising=False)
    filling = Filling(**vars(HANDED))
    run = RunDirectory(str(tmp_path))
    with run.handed_to_nested(filling) as directory:
        assert os.environ[switch.ENVIRONMENT_DIRECTORY] == directory
        read = run_directory.read_handed(directory)
        assert vars(read) == vars(filling)
        Path(directory, "handed.json").write_text(json.dumps({**HANDED.to_json(), "depth": "1"}))
        with pytest.raises(
            OverrideError, match="what the outer pip wrote for this one is missing or invalid"
        ) as caught:
            run_directory.read_handed(directory)
        follows(
            "run the command again, and do not let anything remove or change its temporary files while"
            " it runs",
            str(caught.value),
        )
    with run.handed_to_nested(filling) as directory:
        assert vars(run_directory.read_handed(directory)) == vars(filling)
    assert switch.ENVIRONMENT_DIRECTORY not in os.environ
    with pytest.raises(
        OverrideError, match="what the outer pip wrote for this one is missing or invalid"
    ):
        run_directory.read_handed(str(tmp_path))


def test_what_there_is_nothing_to_tell_of_is_left_out() -> None:
    assert written(PLAIN) == {"name": "numpy", "version": "1.0", "source": False, "rules": None}
    assert written(ContentNote(changes=True)) == {"changes": True}
    assert written(ContentNote("/x")) == {"file": "/x", "sha256": ""}


@pytest.mark.parametrize("note", [{"file": "/x"}, {"file": "", "sha256": "ab"}, {"sha256": "ab"}])
def test_a_note_of_half_a_file(note: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="file"):
        ContentNote.from_json(note)


def test_a_field_is_named() -> None:
    with pytest.raises(ValueError, match="^settled: declared: not a text$"):
        Member.from_json({**written(FULL), "settled": [{**written(SETTLED), "declared": [1]}]})


def test_a_pair() -> None:
    read = documents.pair_of(documents.text, documents.number)
    assert read(["a", 1]) == ("a", 1)
    for other in (None, "a1", ["a"], ["a", 1, 1], [1, "a"], ["a", True]):
        with pytest.raises(ValueError, match=r"."):
            read(other)
