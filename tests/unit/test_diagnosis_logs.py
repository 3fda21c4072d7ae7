"""What real packages printed when they failed, and what is offered for it: ``tests/logs``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from pip_build_override.diagnosis import Diagnosis, diagnose, read_log
from pip_build_override.diagnosis.modules import distribution_of
from pip_build_override.diagnosis.signatures import known_signatures
from pip_build_override.diagnosis.wording import joined, overrides_lines
from pip_build_override.rules import parse_overrides

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LOGS = Path(__file__).parent.parent / "logs"


def cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((LOGS / name).read_text(encoding="utf-8"))["case"]
    return found


MENDED = cases("fixed.toml")
NOT_MENDED = cases("not_fixed.toml")
KNOWN = cases("known.toml")


def diagnoses(case: dict[str, Any]) -> list[Diagnosis]:
    with open(LOGS / case["log"], encoding="utf-8") as file:
        return [diagnose(failure) for failure in read_log(file)]


@pytest.mark.parametrize("case", MENDED, ids=lambda case: case["log"])
def test_what_is_offered(case: dict[str, Any]) -> None:
    found = diagnoses(case)
    kinds = [finding.signature.name for diagnosis in found for finding in diagnosis.findings]
    assert kinds == case["kinds"]
    tables, problems = joined(found, {})
    text = "\n".join(overrides_lines(tables))
    assert text == case["overrides"].strip("\n")
    assert not problems
    parse_overrides(text.encode(), path="/x/build-overrides.toml")


@pytest.mark.parametrize("case", KNOWN, ids=lambda case: case["log"])
def test_what_is_known(case: dict[str, Any]) -> None:
    found = diagnoses(case)
    assert [item.signature.name for each in found for item in each.findings] == case["kinds"]


@pytest.mark.parametrize("case", NOT_MENDED, ids=lambda case: case["log"])
def test_nothing_is_offered(case: dict[str, Any]) -> None:
    found = diagnoses(case)
    assert [diagnosis.failure.label.lower() for diagnosis in found] == [
        case["package"].lower().replace("==", " ")
    ]
    assert not any(diagnosis.rules for diagnosis in found)


def test_there_are_enough_of_both() -> None:
    mended = {case["package"].partition("==")[0] for case in MENDED if case["rounds"]}
    assert len(mended) >= 24
    assert len(mended) >= 0.8 * len({case["package"].partition("==")[0] for case in MENDED})
    assert {case["python"] for case in MENDED} == {f"3.{minor}" for minor in range(8, 14)}
    assert len({case["package"] for case in NOT_MENDED}) >= 20


def test_every_log_has_a_case_and_tells_nothing_of_the_machine_it_is_from() -> None:
    logs = {case["log"] for case in (*MENDED, *NOT_MENDED, *KNOWN)}
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
    if signature.text:
        # Without the one, the other is never tried.
        assert signature.text in signature.pattern.pattern.replace("\\", "")
    names = set(signature.pattern.groupindex) | {"distribution", "python"}
    for text in (signature.says, signature.because, signature.otherwise, *signature.add):
        for part in text.split("<")[1:]:
            name, closed, _ = part.partition(">")
            assert not closed or name in names or not name.isalpha()


def test_no_two_kinds_have_one_name() -> None:
    names = [signature.name for signature in known_signatures()]
    assert len(names) == len(set(names))


def test_names_of_distributions() -> None:
    assert distribution_of("Cython.Build") == "cython"
    assert distribution_of("yaml") == "pyyaml"
    # A name that somebody could register is no remedy.
    assert distribution_of("setup_helpers") == ""
