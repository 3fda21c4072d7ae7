"""What real packages printed when they failed, and what is offered for it: ``tests/logs``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from pip_build_override.diagnosis import Diagnosis, Failure, diagnose, read_log
from pip_build_override.diagnosis.modules import distribution_of, modules_of
from pip_build_override.diagnosis.remedy import name_in, value_of
from pip_build_override.diagnosis.signatures import Signature, known_signatures
from pip_build_override.diagnosis.wording import joined
from pip_build_override.rules import Answer, Declared, Question, package, parse_overrides, plan
from pip_build_override.rules.lines import name_of
from pip_build_override.rules.written import lines_of_tables

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LOGS = Path(__file__).parent.parent / "logs"


def cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((LOGS / name).read_text(encoding="utf-8"))["case"]
    return found


FIXED = cases("fixed.toml")
NOT_FIXED = cases("not_fixed.toml")
KNOWN = cases("known.toml")


def diagnoses(case: dict[str, Any]) -> list[Diagnosis]:
    with open(LOGS / case["log"], encoding="utf-8") as file:
        return [diagnose(failure) for failure in read_log(file)]


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case["log"])
def test_what_is_offered(case: dict[str, Any]) -> None:
    found = diagnoses(case)
    kinds = [finding.signature.name for diagnosis in found for finding in diagnosis.findings]
    assert kinds == case["kinds"]
    tables, problems = joined(found, {})
    text = "\n".join(lines_of_tables(tables))
    assert text == case["overrides"].strip("\n")
    assert not problems
    parse_overrides(text.encode(), path="/x/build-overrides.toml")


@pytest.mark.parametrize("case", KNOWN, ids=lambda case: case["log"])
def test_what_is_known(case: dict[str, Any]) -> None:
    found = diagnoses(case)
    assert [item.signature.name for each in found for item in each.findings] == case["kinds"]


@pytest.mark.parametrize("case", NOT_FIXED, ids=lambda case: case["log"])
def test_nothing_is_offered(case: dict[str, Any]) -> None:
    found = diagnoses(case)
    assert [diagnosis.failure.label.lower() for diagnosis in found] == [
        case["package"].lower().replace("==", " ")
    ]
    assert not any(diagnosis.rules for diagnosis in found)


def test_there_are_enough_of_both() -> None:
    fixed = {case["package"].partition("==")[0] for case in FIXED if case["rounds"]}
    assert len(fixed) >= 24
    assert len(fixed) >= 0.8 * len({case["package"].partition("==")[0] for case in FIXED})
    assert {case["python"] for case in FIXED} == {f"3.{minor}" for minor in range(8, 14)}
    assert len({case["package"] for case in NOT_FIXED}) >= 20


def test_every_log_has_a_case_and_tells_nothing_of_the_machine_it_is_from() -> None:
    logs = {case["log"] for case in (*FIXED, *NOT_FIXED, *KNOWN)}
    assert {path.name for path in LOGS.glob("*.txt")} == logs
    for path in LOGS.glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        assert "/root/" not in text
        assert "/work/" not in text


@pytest.mark.parametrize("signature", known_signatures(), ids=lambda signature: signature.name)
def test_entries_of_the_table(signature: Any) -> None:
    assert signature.says
    assert signature.because
    if signature.log:
        with open(LOGS / signature.log, encoding="utf-8") as file:
            hits = [hit.signature.name for failure in read_log(file) for hit in failure.hits]
        assert signature.name in hits
    for text in signature.texts:
        # Without the one, the other is never tried.
        assert text in signature.pattern.pattern.replace("\\", "")
        assert len(text) > 2 or text in ("'", "++", "Py")
    names = set(signature.pattern.groupindex) | {"distribution", "python", "cython"}
    names |= set(signature.within.groupindex) if signature.within is not None else set()
    for text in (signature.says, signature.because, signature.otherwise, *signature.add):
        for part in text.split("<")[1:]:
            name, closed, _ = part.partition(">")
            assert not closed or name in names or not name.isalpha()


def test_no_two_kinds_have_one_name() -> None:
    names = [signature.name for signature in known_signatures()]
    assert len(names) == len(set(names))


def test_names_of_modules() -> None:
    assert modules_of("pyyaml") == ["yaml"]
    assert modules_of("pillow") == ["PIL"]
    assert modules_of("setup-helpers") == []


def test_names_of_distributions() -> None:
    assert distribution_of("Cython.Build") == "cython"
    assert distribution_of("yaml") == "pyyaml"
    # A name that somebody could register is no remedy.
    assert distribution_of("setup_helpers") == ""


def _tables(found: list[Diagnosis]) -> dict[str, Any]:
    """Return the tables that are offered for a log, as a reader of the file sees them."""
    tables, problems = joined(found, {})
    assert not problems
    text = "\n".join(lines_of_tables(tables))
    parsed: dict[str, Any] = tomllib.loads(text).get("package", {})
    assert parsed == tables
    return parsed


def _settled(question: Question) -> Answer:
    return Answer(f"{question.name}==9.9", f"{question.name} ({question.source.origin})")


def _planned(text: str, failure: Failure, declared: tuple[str, ...]) -> tuple[Any, ...]:
    overrides = parse_overrides(text.encode(), path="/x/build-overrides.toml")
    who = package(failure.name, failure.version or None)
    made = plan(overrides, who, Declared(declared, ()), {}, _settled)
    return set(made.static), set(made.hook or ()), set(made.constraints)


LOGGED = [signature for signature in known_signatures() if signature.log]


@pytest.mark.parametrize("signature", LOGGED, ids=lambda signature: signature.name)
def test_the_planner_accepts_each_remedy_and_it_changes_the_plan(signature: Signature) -> None:
    found = [
        (diagnosis, finding)
        for diagnosis in diagnoses({"log": signature.log})
        for finding in diagnosis.findings
        if finding.signature.name == signature.name
    ]
    assert found
    for diagnosis, finding in found:
        failure = diagnosis.failure
        remedy = bool(signature.constrain or signature.add or signature.replace or signature.regenerate)
        assert bool(diagnosis.rules) is remedy, finding
        tables = _tables([diagnosis])
        assert bool(tables) is remedy
        if not remedy:
            continue
        # What the remedy replaces is declared, and nothing that it adds.
        declared = ("setuptools", "wheel", *(name for name, _ in diagnosis.rules.replace))
        before = _planned("", failure, declared)
        text = "\n".join(lines_of_tables(tables))
        static, _, constraints = after = _planned(text, failure, declared)
        assert after != before
        assert set(diagnosis.rules.constrain) <= constraints
        for entry in diagnosis.rules.add:
            assert any(name_of(line) == name_in(value_of(entry)) for line in static)
        for name, _ in diagnosis.rules.replace:
            assert name not in static
