"""What a pip with the shim says of a failure, and what ``suggest`` says of its log, is the same."""

from __future__ import annotations

import dataclasses
import itertools
import re
from pathlib import Path
from typing import Any, Iterator

import pytest

from pip_build_override import rules
from pip_build_override.diagnosis import Diagnosis, Failure, diagnose, read_log
from pip_build_override.diagnosis.lines import clean
from pip_build_override.diagnosis.structure import strip
from pip_build_override.diagnosis.wording import joined, sentences
from pip_build_override.in_pip.internals.build_output import Printed
from pip_build_override.in_pip.output import diagnosis, failures
from pip_build_override.in_pip.state.outcome import FailedBuild, Outcome
from pip_build_override.rules.standards import normalise

from .fakes import Link, Owners, Requirement
from .test_diagnosis_logs import LOGS
from .test_output_failures import Room

NAMES = sorted(path.name for path in LOGS.glob("*.txt"))
_BOX = re.compile(r"\[\d+ lines? of output\]|Complete output \(\d+ lines?\):")


def outputs_in(log: str) -> list[list[str]]:
    """Return what the builds in a log have printed, as a pip with the shim reads it."""
    found: list[list[str]] = []
    inside = False
    for line in (LOGS / log).read_text(encoding="utf-8").splitlines():
        text = strip(clean(line).text)
        if _BOX.match(text):
            found.append([])
            inside = True
        elif text == "[end of output]" or text == "-" * 40:
            inside = False
        elif inside:
            found[-1].append(text)
    return found


def from_log(log: str, more: list[str] | None = None) -> list[Failure]:
    lines = (LOGS / log).read_text(encoding="utf-8").splitlines()
    return read_log([*lines, *(more or [])])


def python_of(log: str) -> str:
    found = re.search(r"-py(3\.\d+)\.txt$", log)
    return found[1] if found else "3.11"


def in_pip(
    log: str, room: Path, known: Failure, source: Path | None = None, **facts: Any
) -> tuple[Owners, Failure]:
    """Return what a pip in which a build of a log failed knows of it."""
    owners = Owners(room, "")
    declared = facts.pop("declared", ("setuptools",))
    req = Requirement(f"{known.name}=={known.version}", Link(), source_dir=str(source or room / "none"))
    build = owners.build(req, *declared)
    build.package = rules.package(known.name, known.version or None)
    build.printed = Printed()
    for line in outputs_in(log)[0]:
        build.printed.output.take(line)
    build.environment = facts.pop("environment", {"setuptools": "84.2.1", "wheel": "0.45"})
    outcome = Outcome()
    build.began += 100
    failures.note(build, 0, outcome)
    failure = dataclasses.replace(outcome.failures[-1].failure, python=python_of(log))
    return owners, failure


def of_one_build(log: str) -> bool:
    found = from_log(log)
    return len(found) == 1 and not found[0].nested and len(outputs_in(log)) == 1


ONE = [name for name in NAMES if of_one_build(name)]


def test_most_logs_are_of_one_build() -> None:
    assert len(ONE) > 0.8 * len(NAMES)


@pytest.mark.parametrize("log", ONE)
def test_both_see_the_same_in_one_output(log: str, tmp_path: Path) -> None:
    (of_log,) = from_log(log)
    _, known = in_pip(log, tmp_path, of_log)
    for name in ("hits", "error", "cause", "not_found", "searched", "cythonized"):
        assert getattr(known, name) == getattr(of_log, name), name
    # Only as much as the log says.
    bare = dataclasses.replace(known, environment=None, declared=None, generated=None)
    one, other = diagnose(bare), diagnose(plain(of_log), python_of(log))
    assert sentences(one) == sentences(other)
    assert one.rules == other.rules


FACTS: dict[str, dict[str, Any]] = {
    "nothing more": {},
    "Cython": {"environment": {"setuptools": "84.2.1", "cython": "3.3.1", "numpy": "2.4.6"}},
    "an old Cython": {
        "environment": {"setuptools": "84.2.1", "cython": "0.29.37"},
        "declared": ("setuptools", "cython<3"),
    },
}


@pytest.mark.parametrize("log", ONE)
def test_what_a_pip_says_at_its_end_is_what_is_read_from_its_log(
    log: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (of_log,) = from_log(log)
    Room(tmp_path, monkeypatch, "")
    monkeypatch.setattr("sys.argv", ["pip", "install", f"{of_log.name}=={of_log.version}"])
    trees = [None, *sources(tmp_path, of_log)]
    for number, (tree, facts) in enumerate(itertools.product(trees, FACTS.values())):
        room = tmp_path / f"room{number}"
        room.mkdir()
        owners, known = in_pip(log, room, of_log, tree, **facts)
        outcome = Outcome()
        outcome.note_failure(FailedBuild(0, known))
        said = diagnosis.lines_for_the_end(owners.command, owners.rules, outcome)
        (read,) = from_log(log, said)
        one, other = diagnose(known), diagnose(plain(read), python_of(log))
        assert sentences(other) == sentences(one)
        assert tables(other) == tables(one)


def sources(room: Path, failure: Failure) -> Iterator[Path]:
    """Write the generated files that a failure names, without and with what they are generated from."""
    files = [hit.caught["file"] for hit in failure.hits if hit.signature.regenerate]
    for suffix in (".txt", ".pyx") if files else ():
        for file in files:
            path = room / suffix / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("/* Generated by Cython 0.29.1 */\n", encoding="utf-8")
            path.with_suffix(suffix).write_text("", encoding="utf-8")
        yield room / suffix


def plain(failure: Failure) -> Failure:
    """Return a failure with the name as pip with the shim writes it."""
    return dataclasses.replace(failure, name=normalise(failure.name))


def tables(found: Diagnosis) -> Any:
    return joined([found], {})[0]
