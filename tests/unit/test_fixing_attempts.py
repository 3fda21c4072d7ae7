"""What an attempt of ``fix`` consists of, but for the pip that it starts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pip_build_override import records, rules, switch
from pip_build_override.diagnosis import Failure
from pip_build_override.diagnosis.failed_command import FailedCommand
from pip_build_override.files import write_json
from pip_build_override.fixing import attempt_rules, outcome_of_pip, pip_variables
from pip_build_override.fixing.tables import key_of


@pytest.mark.parametrize(
    "table",
    [
        {"add": ["cython<3"], "reason": "it is old", "regenerate": True},
        {"replace": {"numpy": "numpy==1.20"}, "as-of": "release"},
        {"as-of": "2021-05-01", "constrain": ["setuptools<58"], "env": {"A": "b"}},
        {"as-of": "2021-05-01T00:00:00Z", "requires": ["a"], "config-settings": {"a": ["b", "c"]}},
    ],
)
def test_rules_are_those_in_force_and_the_table(table: dict[str, Any], tmp_path: Path) -> None:
    user = tmp_path / "build-overrides.toml"
    user.write_text('[package.zlib]\nadd = ["a"]\n[settings]\nrecord = "none"\nmismatch = "error"\n')
    user.chmod(0o600)
    path = tmp_path / "attempt.toml"
    path.write_text(attempt_rules.rules_of_attempt("Zope.Interface", table, str(user)))
    path.chmod(0o600)
    read = rules.load_overrides(str(path))
    assert [each.name for each in read.tables] == ["zope-interface", "zlib"]
    assert (read.record, read.mismatch) == ("none", "warn")
    assert rules.parse_overrides(
        attempt_rules.rules_of_attempt("Zope.Interface", table).encode(), path="/attempt.toml"
    ).tables


def test_rules_of_a_txt_file_cannot_be_included() -> None:
    text = attempt_rules.rules_of_attempt("a", {"add": ["b"]}, "/rules.txt", b"numpy==1.20\n")
    read = rules.parse_overrides(text.encode(), path="/attempt.toml")
    assert [each.name for each in read.tables] == ["*", "a"]
    assert "include" not in text


def test_the_record_says_where_the_rules_are_from() -> None:
    table = {"add": ["b"]}
    for reason in ("found by pip-build-override fix", "it is old"):
        text = attempt_rules.rules_of_attempt("a", table)
        read = rules.parse_overrides(text.encode(), path="/attempt.toml")
        assert [each.reason for each in read.tables] == [reason]
        table["reason"] = "it is old"


def test_no_table_for_no_rules() -> None:
    assert "[package" not in attempt_rules.rules_of_attempt("a", {})


def test_tables_that_say_the_same() -> None:
    same = key_of
    assert same({"add": ["a"], "reason": "b"}) == same({"reason": "c", "add": ["a"]})
    assert same({"add": ["a"]}) != same({"constrain": ["a"]})


def test_tables_that_differ_in_contents_only() -> None:
    others = attempt_rules.identity_of_others
    plain = others({})
    for table in (
        {"add": ["a"], "constrain": ["b<3"], "reason": "c"},
        {"replace": {"a": ["b==1 ; python_version<'3'", "b"]}, "remove": ["c"], "as-of": "release"},
        {"requires": ["a"]},
    ):
        assert others(table) == plain
    for table in (
        {"regenerate": True},
        {"env": {"A": "b"}},
        # The same version from elsewhere may have other contents.
        {"add": [{"path": "a.whl", "name": "a"}]},
        {"requires": ["a @ https://example.org/a.whl"]},
        {"replace": {"a": [{"from": "target", "borrow": True}]}},
    ):
        assert others(table) != plain


def test_variables() -> None:
    environment = {
        "PATH": "/bin",
        "PIP_TARGET": "/elsewhere",
        "PIP_INDEX_URL": "https://example.org",
        "PIP_REQUIRE_VIRTUALENV": "1",
        "PYTHONPATH": "/mine",
        "VIRTUAL_ENV": "/venv",
        switch.COMMAND_LINE: "[]",
        switch.WATCH: "/watched",
        switch.REPORT: "/of/the/user",
    }
    found = pip_variables.for_pip(environment, "/rules.toml", left="/left")
    assert found == {
        "PATH": "/bin",
        "PIP_INDEX_URL": "https://example.org",
        "PIP_REQUIRE_VIRTUALENV": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "PYTHONPATH": os.pathsep.join([switch.INJECTED, "/mine"]),
        "VIRTUAL_ENV": "/venv",
        switch.COMMAND_LINE: "[]",
        switch.SWITCH: "/rules.toml",
        switch.FIX: "/left",
        switch.WATCH: "/left",
    }
    assert pip_variables.for_pip({}, "/rules.toml", "/report")[switch.REPORT] == "/report"


LOG = """\
Collecting undeclared==1.0
      ERROR: pip-build-override: error: in a nested pip
pip-build-override: error: /w/rules.toml: package.a: a rule
of two lines
hint: do this
"""


def test_refusals(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(LOG)
    said = "/w/rules.toml: package.a: a rule of two lines"
    assert outcome_of_pip.refusal(str(log), 2) == (said, "do this")
    log.write_text(LOG.partition("hint")[0])
    assert outcome_of_pip.refusal(str(log), 2) == (said, "")
    assert outcome_of_pip.refusal(str(log), 1) == ("", "")
    log.write_text("Traceback: pip itself has crashed\n")
    assert outcome_of_pip.refusal(str(log), 2) == ("", "")


def test_environments(tmp_path: Path) -> None:
    path = tmp_path / "report"
    environment_of = outcome_of_pip.environment_of
    assert environment_of(str(path), "a") is None
    held = records.Distribution
    report = records.blank()
    for name, version, nested in (("a", "1", False), ("a", "2", True), ("b", "3", False)):
        record = records.Record(name, "1.0", environment=(held("setuptools", version),))
        build = {**record.to_json(), "id": name + version, "nested": nested}
        report = records.with_build(report, build)
    write_json(str(path), report)
    assert environment_of(str(path), "A") == {"setuptools": "1"}
    assert environment_of(str(path), "c") is None


def leave(directory: Path, *failures: Failure) -> None:
    number = len(list(directory.iterdir()))
    command = FailedCommand("/python", "/pip", (), failures, "/")
    path = directory / f"failed-{number}.json"
    write_json(str(path), command.to_json())
    os.utime(path, (number, number))


def test_failures(tmp_path: Path) -> None:
    left, log = tmp_path / "left", tmp_path / "log"
    left.mkdir()
    log.write_text("ERROR: Could not find a version\nERROR: No matching distribution\n")
    wanted = Failure("a", "1.0", requirement="a==1.0", python="3.11", asked_by="b")

    def found() -> Failure:
        return outcome_of_pip.failure_of(str(left), str(log), wanted)

    assert found().error == "Could not find a version"
    assert found().label == "a 1.0"
    # A package below it may have the same name as one outside.
    inner = Failure("c", "2.0", error="inner")
    leave(left, inner, Failure("A", "1.0", error="outer", nested=(inner,)))
    (left / "failed-of-another-format.json").write_text("{}")
    (left / "other").write_text("")
    failure = found()
    assert (failure.error, failure.nested, failure.python) == ("outer", (inner,), "3.11")
    assert (failure.requirement, failure.asked_by) == ("a==1.0", "b")
    leave(left, Failure("A", "1.0", error="later"))
    assert found().error == "later"


def test_failures_of_others(tmp_path: Path) -> None:
    left, log = tmp_path / "left", tmp_path / "log"
    left.mkdir()
    log.write_text("")
    wanted = Failure("a", "1.0", requirement="a==1.0")
    assert outcome_of_pip.failure_of(str(left), str(log), wanted) == wanted
    leave(left, Failure("", error="in a package whose name is not known"))
    failure = outcome_of_pip.failure_of(str(left), str(log), wanted)
    assert (failure.name, failure.error) == ("a", "in a package whose name is not known")
    leave(left, Failure("c", error="below"))
    failure = outcome_of_pip.failure_of(str(left), str(log), wanted)
    assert [each.error for each in failure.nested] == ["below"]


def test_failures_in_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    recorded = Path(__file__).parents[1] / "logs" / "pyyaml-6.0-py3.12.txt"
    log.write_text(recorded.read_text())
    (tmp_path / "left").mkdir()
    wanted = Failure("PyYAML", "6.0", requirement="PyYAML==6.0")
    failure = outcome_of_pip.failure_of(str(tmp_path / "left"), str(log), wanted)
    assert failure.hits
    assert failure.requirement == "PyYAML==6.0"
