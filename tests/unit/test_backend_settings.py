"""What tables set for a build backend: given to its hooks, said, recorded, and repeated."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Mapping

import pytest

from pip_build_override import records, rules, switch
from pip_build_override.cli import file_of_tables
from pip_build_override.cli.main import main
from pip_build_override.diagnosis.remedy import Rules
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.builds import backend_settings, editables, wheel_record
from pip_build_override.in_pip.internals.endings import Refusal
from pip_build_override.in_pip.state import rules_in_force
from pip_build_override.in_pip.state.run_directory import RunDirectory
from pip_build_override.in_pip.steps import setup_py
from pip_build_override.records import Change, Distribution, Record
from pip_build_override.rules import handed, parse_overrides
from pip_build_override.rules.written import lines_of_others, lines_of_table
from pip_build_override.verifying import remedy

from .fakes import Link, Owners, Requirement
from .test_steps_backend_hooks import Room

SETTINGS = """
[package.x]
reason = "it needs them"
config-settings.a = "ours"
config-settings.args = ["-b", "-c"]
env.FLAG = "1"
env.GONE = false
"""


class CallingBackend:
    """A build backend as pip calls it, whose hooks all go through one method."""

    build_backend = "backend"

    def __init__(self, given: Any = None) -> None:
        self.given = given
        self.calls: list[tuple[str, Mapping[str, Any], str | None, str | None]] = []

    def _call_hook(self, hook_name: str, kwargs: Mapping[str, Any]) -> Any:
        self.calls.append((hook_name, kwargs, os.environ.get("FLAG"), os.environ.get("GONE")))
        return []

    def get_requires_for_build_wheel(self) -> Any:
        self._call_hook("_supported_features", {})
        return self._call_hook("get_requires_for_build_wheel", {"config_settings": self.given})


def room_with(tmp_path: Path, backend: Any, text: str = SETTINGS) -> Room:
    """Return a room whose build was given what its tables set before the hooks were wrapped."""
    room = Room(tmp_path, text, backend=SimpleNamespace(build_backend="backend"))
    backend_settings.choose(room.build, room.owners.rules.selection("x", "1.0"))
    room.build.req.pep517_backend = backend
    room.step.hold(room.build)
    return room


@pytest.mark.parametrize("given", [None, {"a": "user", "b": "user"}])
def test_hooks_are_given_the_settings(
    tmp_path: Path, given: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONE", "there")
    backend = CallingBackend(given)
    room_with(tmp_path, backend)
    backend.get_requires_for_build_wheel()
    features, call = backend.calls
    # Only the hooks of the build have such settings.
    assert features[1] == {}
    assert call[1]["config_settings"] == {**(given or {}), "a": "ours", "args": ["-b", "-c"]}
    assert call[2:] == ("1", None)
    assert (os.environ.get("FLAG"), os.environ["GONE"]) == (None, "there")


def test_a_backend_that_is_not_as_known(tmp_path: Path) -> None:
    with pytest.raises(OverrideError, match="the backend has no _call_hook"):
        room_with(tmp_path, SimpleNamespace(build_backend="backend"))

    class Without(CallingBackend):
        def get_requires_for_build_wheel(self) -> Any:
            return self._call_hook("get_requires_for_build_wheel", {})

    backend = Without()
    room_with(tmp_path, backend)
    with pytest.raises(Refusal, match="is given no config_settings"):
        backend.get_requires_for_build_wheel()

    class Past(CallingBackend):
        def get_requires_for_build_wheel(self) -> Any:
            return []

    past = Past()
    room = room_with(tmp_path, past)
    with pytest.raises(Refusal, match="_call_hook was bypassed"):
        past.get_requires_for_build_wheel()
    assert room.owners.outcome.refusal is not None


@pytest.mark.parametrize(
    ("current", "outer", "wanted", "found"),
    [
        ("/env/bin:/usr/bin", "/usr/bin", "/opt/gcc", "/env/bin:/opt/gcc"),
        ("/usr/bin", "/usr/bin", "/opt/gcc", "/opt/gcc"),
        ("/env/bin:/usr/bin", "/usr/bin", None, "/env/bin"),
        ("/env/bin", "", "/opt/gcc", "/env/bin:/opt/gcc"),
        ("/other", "/usr/bin", "/opt/gcc", "/other:/opt/gcc"),
    ],
)
def test_programs_of_the_build_environment_come_first(
    tmp_path: Path,
    current: str,
    outer: str,
    wanted: str | None,
    found: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    build = Owners(tmp_path).build(None, variables={"PATH": wanted}, outer_path=outer)
    monkeypatch.setattr(os, "pathsep", ":")
    monkeypatch.setenv("PATH", current)
    with backend_settings.variables_of(build):
        assert os.environ["PATH"] == found
    assert os.environ["PATH"] == current


def test_a_pip_that_the_backend_starts_is_told_what_the_variables_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLAG", "the user's")
    monkeypatch.delenv("GONE", raising=False)
    build = Owners(tmp_path).build(variables={"FLAG": "1", "GONE": None})
    with backend_settings.variables_of(build), backend_settings.variables_of(build):
        assert os.environ["FLAG"] == "1"
        assert json.loads(os.environ[switch.OUTSIDE]) == {"FLAG": "the user's", "GONE": None}
    assert os.environ["FLAG"] == "the user's"
    assert switch.OUTSIDE not in os.environ


class SetupPyRequirement(Requirement):
    """A requirement whose setup.py pip runs."""

    def prepare_metadata(self) -> Any:
        return self.comes_from, os.environ.get("FLAG")

    def install(self) -> Any:
        return self.comes_from, os.environ.get("FLAG")


def test_setup_py_is_run_with_the_variables(tmp_path: Path) -> None:
    req = SetupPyRequirement("x", Link(), comes_from="itself")
    build = Owners(tmp_path).build(req, variables={"FLAG": "1"})
    setup_py.set_variables(build)
    assert req.prepare_metadata() == ("itself", "1")
    # pip copies requirements with extras.
    copied = copy.copy(req)
    copied.comes_from = "its copy"
    assert copied.install() == ("its copy", "1")
    assert "FLAG" not in os.environ


def test_without_isolation_only_settings_are_planned(tmp_path: Path) -> None:
    more = "system-site-packages = true\npin-compatible = ['a']\n"
    text = SETTINGS + f"[package.'*']\nconstrain = ['a<2']\nadd = ['b']\n{more}"
    owners = Owners(tmp_path, text)
    build = owners.build(Requirement(link=Link(), use_pep517=True), "a", isolated=False)
    build.plan_settings(owners.rules.overrides, owners.rules.environment)
    assert build.plan is not None
    assert build.plan.static == ("a",)
    assert {change.kind for change in build.plan.changes} == {"config-settings", "env"}
    build.req.use_pep517 = False  # type: ignore[attr-defined]
    build.plan_settings(owners.rules.overrides, owners.rules.environment)
    assert {change.kind for change in build.plan.changes} == {"env"}
    assert not build.plan.selection.uses_what_exists


def test_what_replaces_the_users_setting_is_said(tmp_path: Path) -> None:
    owners = Owners(tmp_path, SETTINGS)
    build = owners.build(
        Requirement(link=Link(), config_settings={"a": "user", "b": "user"}),
        config_settings={"a": "ours", "args": ["-b"]},
    )
    owners.announcements.announce(build)
    heard = owners.messages.heard
    assert any("(instead of 'user' of --config-settings)" in text for text in heard)
    assert sum("instead of" in text for text in heard) == 1
    assert any("reason: it needs them" in text for text in heard)
    assert backend_settings.effective(build) == {"a": "ours", "b": "user", "args": ["-b"]}


def test_an_editable_that_rebuilds_because_of_a_table(tmp_path: Path) -> None:
    req = Requirement(
        link=Link(),
        source_dir=str(tmp_path),
        pep517_backend=SimpleNamespace(build_backend="scikit_build_core.build"),
    )
    build = Owners(tmp_path).build(req)
    assert editables.rebuilding_backend(build) == ""
    build.variables = {"SKBUILD_EDITABLE_REBUILD": "1"}
    assert editables.rebuilding_backend(build) == "scikit-build-core"
    build.config_settings = {"editable.rebuild": "false"}
    assert editables.rebuilding_backend(build) == ""


# Records


def recorded(tmp_path: Path) -> Record:
    owners = Owners(tmp_path, SETTINGS)
    return wheel_record.record_of(owners.build(None, "a"), owners.rules.shown)


def test_a_record_has_them_and_can_be_frozen(tmp_path: Path) -> None:
    record = recorded(tmp_path)
    assert records.from_cyclonedx(records.to_cyclonedx(record)) == record
    frozen = records.freeze([record])
    assert not frozen.problems
    (table,) = parse_overrides(frozen.text.encode(), path="/o.toml").tables
    (meant,) = parse_overrides(SETTINGS.encode(), path="/o.toml").tables
    assert table.reason == "it needs them"
    assert dict(table.env) == dict(meant.env)
    assert dict(table.config_settings) == dict(meant.config_settings)
    assert remedy.table_of(record) == {
        "config-settings": {"a": "ours", "args": ["-b", "-c"]},
        "env": {"FLAG": "1", "GONE": False},
    }


def test_one_version_that_was_built_with_other_settings(tmp_path: Path) -> None:
    one = recorded(tmp_path)
    other = records.from_json({**one.to_json(), "changes": []})
    with pytest.raises(OverrideError, match=r'config-settings.a = "ours", .* and nothing more'):
        records.freeze([one, other])


@pytest.mark.parametrize(
    "after",
    [
        'env.A = "1"\n[package.evil]\nadd = ["evil"]',
        "env.A = 1",
        "env.A = { b = 1 }",
        "other.A = '1'",
        "env = 3 =",
    ],
)
def test_a_record_that_somebody_has_made_up(after: str) -> None:
    change = Change("env", "A", (), (after,), "o.toml: package.x", after)
    record = Record("x", "1", (Distribution("a", "1"),), changes=(change,))
    frozen = records.freeze([record])
    assert "its record is not valid" in frozen.problems[0].message
    assert not parse_overrides(frozen.text.encode(), path="/o.toml").tables


def test_a_setting_without_a_name_is_frozen() -> None:
    change = Change("some-key", "", (), ("some-key = true",), "o.toml: package.x", "")
    assert records.settings_of(Record("x", "1", changes=(change,))) == {"some-key": True}
    assert "some-key = true\n" in records.freeze([Record("x", "1", changes=(change,))]).text


def test_the_directory_of_an_included_file_is_not_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "org").mkdir()
    (tmp_path / "org" / "base.toml").write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)
    owners = Owners(tmp_path, "include = ['org/base.toml']\n")
    record = wheel_record.record_of(owners.build(None, "a"), owners.rules.shown)
    assert {change.where for change in record.changes} == {"o.toml: package.x in base.toml"}


# Files


def test_tables_are_written_with_these_keys() -> None:
    table = {
        "env": {"A": "1", "B": False},
        "config-settings": {"a.b": ["c"]},
        "reason": "r",
        "add": ["d"],
    }
    assert lines_of_table("x", table) == [
        "[package.x]",
        'reason = "r"',
        'add = ["d"]',
        'config-settings."a.b" = ["c"]',
        'env.A = "1"',
        "env.B = false",
    ]


@pytest.mark.parametrize("form", ["toml", "pyproject"])
def test_groups_and_includes_are_written_again(form: str, tmp_path: Path) -> None:
    prefix = "tool.pip-build-override." if form == "pyproject" else ""
    head = "[tool.pip-build-override]\n" if prefix else ""
    text = (
        f"{head}include = ['base.toml']\n[{prefix}group.g]\npackages = ['x']\nenv.A = '1'\n"
        f"[{prefix}package.x]\nadd = ['b']\n"
    )
    (tmp_path / "base.toml").touch()
    lines = lines_of_others(text.encode(), form)
    name = "pyproject.toml" if prefix else "o.toml"
    found = parse_overrides("\n".join(lines).encode(), path=str(tmp_path / name))
    meant = parse_overrides(text.encode(), path=str(tmp_path / name))
    assert found.included == meant.included
    assert found.tables == meant.tables[1:]
    assert lines_of_others(b"a\n", "txt") == []
    assert lines_of_others(b"[group.g]\nadd = ['a']\n", "toml") == ["[group.g]", 'add = ["a"]', ""]


def test_an_included_file_that_changes_below_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch, included = tmp_path / "watch", tmp_path / "base.toml"
    watch.mkdir()
    included.write_text(SETTINGS)
    file = tmp_path / "o.toml"
    file.write_text("include = ['base.toml']\n")
    for path in (file, included):
        path.chmod(0o600)
    monkeypatch.delenv(switch.COMMAND_LINE, raising=False)
    monkeypatch.setenv(switch.WATCH, str(watch))
    monkeypatch.setenv(switch.SWITCH, str(file))
    judged = rules.load_overrides(str(file))
    marked = rules.Overrides(**{**vars(judged), "shown": "from run"})
    handed.write(str(watch / handed.FILE), marked, handed.key(file.read_bytes(), str(file), ""))

    def read() -> rules.Overrides:
        return rules_in_force.read_file(str(tmp_path), RunDirectory(""), said.append)[1]

    said: list[str] = []
    assert read().shown == "from run"
    included.write_text(SETTINGS.replace("ours", "other"))
    included.chmod(0o660)
    found = read()
    assert found.shown != "from run"
    assert dict(found.tables[0].config_settings)["a"] == "other"


def test_who_may_write_to_an_included_file_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    file, included = tmp_path / "o.toml", tmp_path / "base.toml"
    included.write_text(SETTINGS)
    file.write_text("include = ['base.toml']\n")
    included.chmod(0o666)
    monkeypatch.delenv(switch.COMMAND_LINE, raising=False)
    monkeypatch.delenv(switch.WATCH, raising=False)
    monkeypatch.setenv(switch.SWITCH, str(file))
    said: list[OverrideError] = []
    rules_in_force.read_file(str(tmp_path), RunDirectory(""), said.append)
    assert any("base.toml: everybody may write to this file" in str(text) for text in said)
    # As root it is refused.
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(OverrideError, match="everybody may write"):
        rules_in_force.read_file(str(tmp_path), RunDirectory(""), said.append)


def test_a_group_is_one_table_that_must_be_used(tmp_path: Path) -> None:
    owners = Owners(
        tmp_path, "[group.g]\npackages = ['x', 'y']\nenv.A = '1'\n[package.z]\nadd = ['a']\n"
    )
    assert [table.where for table in owners.rules.named_tables] == ["package.z", "group.g"]
    owners.ledger.choose(owners.build())
    assert [table.where for table in owners.ledger.unused] == ["package.z"]


KEPT = """# shared
include = ["base.toml"]

[group.g]                       # old ones
packages = ["x", "y"]
env.A = "1"

[package.x]
reason = "it breaks"            # why
env.FLAG = "1"
config-settings."cmake.define.A" = "ON"
constrain = ["a<2"]
"""


def test_what_suggest_writes_keeps_all_else(tmp_path: Path) -> None:
    (tmp_path / "base.toml").touch()
    file = tmp_path / "o.toml"
    file.write_text(KEPT)
    existing = file_of_tables.read(str(file))
    tables = {
        "x": Rules(add=('"b"',), constrain=("c<3",)).joined_to(existing["x"]),
        "z": Rules(add=('"b"',)).joined_to({}),
    }
    merged = file_of_tables.merged(str(file), tables)
    kept, _, new = merged.partition("[package.z]")
    assert kept.rstrip("\n") == KEPT.replace('["a<2"]', '["a<2", "c<3"]').rstrip("\n") + '\nadd = ["b"]'
    assert new == '\nadd = ["b"]\n'


def test_a_trial_of_a_remedy_knows_groups_and_includes(tmp_path: Path) -> None:
    (tmp_path / "base.toml").touch()
    path = str(tmp_path / "o.toml")
    file = remedy.File(KEPT.encode(), path, "o.toml")
    found = remedy.Remedy("x", {"env": {"FLAG": "1"}, "add": ["b"]}, "", True, "toml")
    after = file.with_remedy(found).parsed()
    before = file.parsed()
    assert after.included == before.included
    assert [table for table in after.tables if table.group] == [
        table for table in before.tables if table.group
    ]
    assert dict(after.tables[0].env) == {"FLAG": "1"}


def test_check_reads_included_files_and_says_who_may_write_to_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.toml").write_text("[package.y]\nenv.A = '1'\n")
    (tmp_path / "o.toml").write_text(KEPT)
    (tmp_path / "base.toml").chmod(0o666)
    assert main(["check", "o.toml"]) == 0
    said = capsys.readouterr()
    assert said.out == "o.toml: valid, 3 tables: package.x, group.g, package.y in base.toml\n"
    assert "base.toml: everybody may write to this file" in said.err
    (tmp_path / "base.toml").write_text("[package.y]\nenv.A = 1\n")
    assert main(["check", "o.toml"]) == 1
    assert "base.toml: package.y: env.A: expected a string" in capsys.readouterr().err
