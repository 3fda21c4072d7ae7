"""How a build environment is filled: as planned, by whichever pip, or not at all."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable, Iterable

import pytest

from pip_build_override import switch
from pip_build_override.diagnosis.known_failures import KnownFailure, KnownFailures
from pip_build_override.errors import OverrideError
from pip_build_override.files import read_json, write_json
from pip_build_override.in_pip.builds import contents, imported
from pip_build_override.in_pip.builds.build import PreparedAgain
from pip_build_override.in_pip.builds.member import Matched, Origin
from pip_build_override.in_pip.internals.endings import Refusal
from pip_build_override.in_pip.state import nested_report
from pip_build_override.in_pip.state.filled_environments import FilledEnvironments
from pip_build_override.in_pip.state.nested_report import Report
from pip_build_override.in_pip.steps.build_environment import FillBuildEnvironment, KnownToFail
from pip_build_override.in_pip.steps.in_process import FillInProcess
from pip_build_override.in_pip.steps.reused_environments import ReusedEnvironments

from .fakes import Owners, Spy, call, member, settled
from .test_fulfilled import put

RULE = '[package.x]\nreplace.a = "a==1"\n'


class Environment:
    """A build environment of pip's: one library directory, filled by what a test says."""

    def __init__(self, library: Path, fill: Callable[[], Any]) -> None:
        library.mkdir(exist_ok=True)
        self.lib_dirs = [str(library)]
        self.fill = fill
        self.asked: list[str] = []

    def install_requirements(
        self, finder: Any, requirements: Iterable[str], prefix_as_string: str
    ) -> Any:
        self.asked = list(requirements)
        return self.fill()

    def check_requirements(self, reqs: Iterable[str]) -> tuple[set[tuple[str, str]], set[str]]:
        return set(), set(reqs)


class Room:
    """The step, in the course of preparing x 1.0, which declares a and whose hook asks for b."""

    def __init__(self, room: Path, text: str = RULE, **more: Any) -> None:
        self.owners = Owners(room, text)
        self.environment = Environment(room / "lib", lambda: "filled")
        self.source_tree = Spy(begin_without_leftovers=False)
        names = ("ledger", "environments", "outcome", "messages", "run_directory", "loans")
        owners = self.owners
        filled = FilledEnvironments(owners.run_directory, owners.environments)
        self.step = FillBuildEnvironment(
            **owners.given(
                *names,
                "nested_report",
                source_tree=self.source_tree,
                reused_environments=ReusedEnvironments(owners.rules, filled, None),
                in_process=FillInProcess(
                    **owners.given("environments", "outcome", "messages"), filled_environments=filled
                ),
            )
        )
        self.build = owners.build(None, "a", hook=("b",), static_installed=False, **more)
        owners.ledger._preparing.append(self.build)

    def install(self, *requirements: str, prefix: str = "overlay") -> Any:
        original = Environment.install_requirements
        asked = call(original, self.environment, None, requirements, prefix)
        return self.step.install_requirements(original, asked)

    def put(self, *distributions: str) -> Callable[[], str]:
        """Fill as another pip would: with distributions, and with a report."""

        def fill() -> str:
            for text in distributions:
                name, _, version = text.partition(" ")
                info = Path(self.environment.lib_dirs[0]) / f"{name}-{version}.dist-info"
                info.mkdir()
                metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
                (info / "METADATA").write_text(metadata, encoding="utf-8")
                (info / "RECORD").write_text("", encoding="utf-8")
            self.hand_back(resolved=True)
            return "filled"

        return fill

    def hand_back(self, **fields: Any) -> None:
        nested_report._write(os.environ[switch.ENVIRONMENT_DIRECTORY], Report(**fields))


def test_no_source_is_prepared(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.owners.ledger.end(room.build)
    with pytest.raises(OverrideError, match="prepare_distribution_metadata"):
        room.install("a==1")


@pytest.mark.parametrize(
    ("changes", "wanted", "prefix", "seam"),
    [
        ({"loaded": False}, ["a==1"], "overlay", "load_pyproject_toml"),
        ({"plan": None}, ["a==1"], "overlay", "load_pyproject_toml"),
        # What is declared, in spite of the rule, or more, or less.
        ({}, ["a"], "overlay", "load_pyproject_toml"),
        ({}, ["a==1", "c"], "overlay", "load_pyproject_toml"),
        ({}, [], "overlay", "load_pyproject_toml"),
        ({"early": ("b",)}, ["a==1"], "overlay", "load_pyproject_toml"),
        ({"hook_asked": False}, ["b"], "normal", "pep517_backend"),
        ({}, ["c"], "normal", "pep517_backend"),
    ],
)
def test_what_pip_has_gone_past(
    tmp_path: Path, changes: dict[str, Any], wanted: list[str], prefix: str, seam: str
) -> None:
    room = Room(tmp_path)
    vars(room.build).update(changes)
    room.environment.fill = pytest.fail  # type: ignore[assignment]
    with pytest.raises(OverrideError, match=seam):
        room.install(*wanted, prefix=prefix)


@pytest.mark.parametrize("early", [(), ("b",)])
def test_without_rules_what_is_declared(tmp_path: Path, early: tuple[str, ...]) -> None:
    room = Room(tmp_path, "", early=early)
    room.environment.fill = room.put("a 2")
    assert room.install("a", *early) == "filled"
    with pytest.raises(OverrideError, match="load_pyproject_toml"):
        room.install("a==1", *early)


def test_the_first_pass(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.environment.fill = room.put("a 1")
    assert room.install("a==1") == "filled"
    assert room.environment.asked == ["a==1"]
    assert room.build.static_installed
    assert room.build.environment == {"a": "1"}
    assert room.owners.environments.at_root


def test_the_second_pass_keeps_what_the_first_has_brought(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.environment.fill = room.put("a 1")
    room.install("a==1")
    handed = {}

    def fill() -> str:
        directory = os.environ[switch.ENVIRONMENT_DIRECTORY]
        handed.update(read_json(os.path.join(directory, "handed.json")) or {})
        return room.put("b 3")()

    room.environment.fill = fill
    assert room.install("b", prefix="normal") == "filled"
    assert ["a==1", "installed by pip's first pass"] in handed["constraints"]
    assert handed["depth"] == 1
    assert handed["built_for"] == ["x 1.0"]
    assert handed["touched"] == ["a"]
    assert handed["into"] == room.environment.lib_dirs
    assert room.build.pinned == {"a": "1"}
    assert room.build.environment == {"a": "1", "b": "3"}


def test_the_second_pass_of_a_file_brings_it_again(tmp_path: Path) -> None:
    file = tmp_path / "a-1-py3-none-any.whl"
    file.touch()
    room = Room(tmp_path, '[package.x]\nreplace.a = {path = "a-1-py3-none-any.whl"}\n')
    url = f"a @ {file.as_uri()}"
    room.build.environment = {"a": "1"}

    def fill() -> str:
        room.put("a 1")()
        direct = tmp_path / "lib" / "a-1.dist-info" / "direct_url.json"
        direct.write_text(json.dumps({"url": file.as_uri()}), encoding="utf-8")
        return "filled"

    room.environment.fill = fill
    room.install("b", prefix="normal")
    # No constraint can hold a file.
    assert room.environment.asked == ["b", url]


def test_a_file_that_is_another_one_meanwhile(tmp_path: Path) -> None:
    file = tmp_path / "a-1-py3-none-any.whl"
    file.write_bytes(b"then")
    room = Room(tmp_path, '[package.x]\nreplace.a = {path = "a-1-py3-none-any.whl"}\n')

    def fill() -> str:
        file.write_bytes(b"now, and longer")
        room.put("a 1")()
        direct = tmp_path / "lib" / "a-1.dist-info" / "direct_url.json"
        direct.write_text(json.dumps({"url": file.as_uri()}), encoding="utf-8")
        return "filled"

    room.environment.fill = fill
    with pytest.raises(OverrideError, match=r"a 1 from .*a-1-py3-none-any\.whl"):
        room.install(f"a @ {file.as_uri()}")


def test_hashes_are_handed_down(tmp_path: Path) -> None:
    digest = f"sha256:{'a' * 64}"
    rule = f'[package.x]\nreplace.a = {{requirement = "a==1", hashes = ["{digest}"]}}\n'
    room = Room(tmp_path, rule)
    handed = {}

    def fill() -> str:
        directory = os.environ[switch.ENVIRONMENT_DIRECTORY]
        handed.update(read_json(os.path.join(directory, "handed.json")) or {})
        return room.put("a 1")()

    room.environment.fill = fill
    room.install("a==1")
    assert handed["hashes"] == {"a": [digest]}


def test_the_second_pass_brings_what_a_rule_puts_in(tmp_path: Path) -> None:
    room = Room(tmp_path, '[package.x]\nreplace.b = "b==1"\n')
    with pytest.raises(OverrideError, match="pep517_backend"):
        room.install("b", prefix="normal")
    room.environment.fill = room.put("b 1")
    assert room.install("b==1", prefix="normal") == "filled"


def test_a_second_pass_that_takes_away_what_a_rule_brought(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.build.environment = {"a": "1"}
    room.environment.fill = room.put("b 3")
    with pytest.raises(OverrideError, match=r"contained a 1"):
        room.install("b", prefix="normal")


def test_a_second_pass_for_nothing(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.environment.fill = room.put("a 1")
    room.install("a==1")
    room.environment.fill = lambda: "nothing"
    # No pip is started for it.
    room.owners.run_directory = None  # type: ignore[assignment]
    assert room.install(prefix="normal") == "nothing"
    assert room.build.environment == {"a": "1"}


@pytest.mark.parametrize("prefix", ["overlay", "normal"])
def test_a_pass_for_nothing_is_checked_like_any_other(
    tmp_path: Path, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(tmp_path, '[package.x]\nremove = ["a", "b"]\n')
    room.environment.fill = lambda: "nothing"
    checked: list[str] = []
    for module, check in ((contents, "check_nothing_hides"), (imported, "check_from_environment")):
        monkeypatch.setattr(module, check, lambda *_, check=check: checked.append(check))
    assert room.install(prefix=prefix) == "nothing"
    assert checked == ["check_nothing_hides", "check_from_environment"]
    assert room.source_tree.called == ["begin_without_leftovers"]


def test_a_second_pass_for_nothing_brings_no_file_again(tmp_path: Path) -> None:
    (tmp_path / "a-1-py3-none-any.whl").touch()
    room = Room(tmp_path, '[package.x]\nreplace.a = {path = "a-1-py3-none-any.whl"}\n')
    room.environment.fill = lambda: "nothing"
    assert room.install(prefix="normal") == "nothing"
    assert room.environment.asked == []


@pytest.mark.parametrize("prefix", ["overlay", "normal"])
def test_what_is_not_as_planned(tmp_path: Path, prefix: str) -> None:
    room = Room(tmp_path)
    room.environment.fill = room.put("a 2")
    with pytest.raises(OverrideError, match=r"a 2.*a==1"):
        room.install(*(["a==1"] if prefix == "overlay" else ["b"]), prefix=prefix)


def test_what_is_not_as_planned_though_nothing_was_installed(tmp_path: Path) -> None:
    room = Room(tmp_path)
    info = tmp_path / "lib" / "a-2.dist-info"
    info.mkdir(parents=True)
    metadata = "Metadata-Version: 2.1\nName: a\nVersion: 2\n"
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    with pytest.raises(OverrideError, match=r"a 2.*a==1"):
        room.install(prefix="normal")


def test_a_nested_pip_that_fills_past_us(tmp_path: Path) -> None:
    room = Room(tmp_path)
    with pytest.raises(OverrideError, match=r"Resolver\.resolve"):
        room.install("a==1")


def test_a_report_of_another_version_counts_as_none(tmp_path: Path) -> None:
    room = Room(tmp_path)

    def fill() -> None:
        document = {**Report(resolved=True).to_json(), "format": nested_report.FORMAT + 1}
        write_json(os.path.join(os.environ[switch.ENVIRONMENT_DIRECTORY], "report.json"), document)

    room.environment.fill = fill
    with pytest.raises(OverrideError, match=r"Resolver\.resolve"):
        room.install("a==1")


def test_a_refusal_is_handed_up(tmp_path: Path) -> None:
    room = Room(tmp_path)

    def fill() -> None:
        error = OverrideError("no", kind="usage", where="o.toml", hint="h")
        room.hand_back(refusal=error, used=("package.y",), failed=True)
        raise RuntimeError("the nested pip ended with 2")

    room.environment.fill = fill
    with pytest.raises(Refusal) as caught:
        room.install("a==1")
    assert vars(caught.value.error) == vars(OverrideError("no", kind="usage", where="o.toml", hint="h"))
    assert room.owners.outcome.refusal is caught.value.error
    # And what it had done by then.
    assert room.owners.ledger.used == {"package.y"}
    assert room.owners.outcome.failed_overridden
    assert room.owners.environments.at_root


def test_a_failure_is_no_refusal(tmp_path: Path) -> None:
    room = Room(tmp_path)

    def fill() -> None:
        raise RuntimeError("pip found no way")

    room.environment.fill = fill
    with pytest.raises(RuntimeError, match="found no way"):
        room.install("a==1")
    assert room.owners.outcome.refusal is None


def test_what_a_nested_pip_hands_back(tmp_path: Path) -> None:
    room = Room(tmp_path)
    origin = Origin("a", "1", url="u", sha256="s")
    matched = Matched("a 1", "b", "3")

    def fill() -> str:
        room.put("a 1")()
        room.hand_back(
            resolved=True,
            members=(member("a"),),
            distributions=(origin,),
            matched=(matched,),
            lines=((logging.INFO, "said below"),),
            done=("a 1",),
            built=(("a", "1"),),
        )
        return "filled"

    room.environment.fill = fill
    room.install("a==1")
    assert room.build.members == [member("a")]
    assert room.build.distributions == [origin]
    assert room.build.matched == [matched]
    room.owners.messages.flush()
    assert room.owners.messages.heard == ["said below"]
    assert room.owners.ledger.done == ["a 1"]
    # The package that was built to match this environment was built for another version.
    room.environment.fill = room.put("b 4")
    with pytest.raises(OverrideError, match=r"a 1.*b 3.*b 4"):
        room.install("b", prefix="normal")


def test_a_build_environment_filled_by_this_very_process(tmp_path: Path) -> None:
    room = Room(tmp_path)
    seen = []

    def fill() -> str:
        filling = room.owners.environments.current
        seen.append((filling.depth, filling.constraints, filling.built_for))
        filling.begin_resolving(lambda: room.owners.target)  # type: ignore[arg-type,return-value]
        room.owners.messages.warn(OverrideError("inside", kind="usage"))
        assert room.owners.messages.heard == []
        filling.note_members([member("a")])
        return "filled"

    room.environment.fill = fill
    assert room.install("a==1") == "filled"
    assert seen == [(1, (), ("x 1.0",))]
    assert [one.name for one in room.build.members] == ["a"]
    room.owners.messages.flush()
    assert room.owners.messages.heard == ["pip-build-override: inside [usage]"]


def test_nobody_hears_the_environment_of_a_pip_that_is_done(tmp_path: Path) -> None:
    room = Room(tmp_path)
    before = dict(os.environ)
    room.environment.fill = room.put("a 1")
    room.install("a==1")
    assert dict(os.environ) == before


TARGET = '[package.x]\nreplace.a = {from = "target", else = "declared"}\n'


@pytest.mark.parametrize("final", [False, True])
def test_warnings_while_a_build_awaits_its_target(tmp_path: Path, final: bool) -> None:
    room = Room(tmp_path, TARGET)
    room.owners.target.final = final

    def fill() -> str:
        room.put("a 1")()
        room.hand_back(
            resolved=True, lines=((logging.WARNING, "said below"), (logging.INFO, "only told"))
        )
        return "filled"

    room.environment.fill = fill
    room.install("a")
    room.owners.messages.flush()
    heard = room.owners.messages.heard
    assert heard == (["said below", "only told"] if final else ["only told"])
    # A warning of a build that stays is said, once.
    for _ in range(2):
        room.owners.announcements.announce(room.build)
        assert heard.count("said below") == 1


def test_a_warning_of_a_discarded_preparation_is_not_said(tmp_path: Path) -> None:
    room = Room(tmp_path, TARGET)
    room.environment.fill = room.put("a 1")
    room.build.kept_warnings = [(logging.WARNING, "said below")]
    room.source_tree.answers["begin_without_leftovers"] = True
    with pytest.raises(PreparedAgain):
        room.install("a")
    assert room.build.environment == {}
    room.owners.announcements.announce(room.build)
    assert "said below" not in room.owners.messages.heard
    assert room.owners.messages.heard


def test_an_environment_that_came_about_under_a_rule(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.environment.fill = room.put("a 1")
    room.install("a==1")
    assert room.source_tree.calls == [("begin_without_leftovers", room.build)]


def test_what_is_borrowed(tmp_path: Path) -> None:
    room = Room(tmp_path)
    loan: Any = SimpleNamespace(stand_in=("a", "1", "/a.whl", "digest"))
    room.owners.lender.answers.update(asked_for=[loan], link=lambda *_: [loan])
    room.environment.fill = room.put("a 1")
    room.install("a==1")
    assert room.owners.lender.calls[0] == ("asked_for", ["a==1"])
    assert room.owners.lender.called == ["asked_for", "link"]
    assert room.build.borrowed == [loan]


def test_builds_that_matched_this_environment(tmp_path: Path) -> None:
    room = Room(tmp_path)

    def fill() -> str:
        filling = room.owners.environments.current
        filling.begin_resolving(lambda: room.owners.target)  # type: ignore[arg-type,return-value]
        assert filling.target is room.owners.target  # type: ignore[comparison-overlap]
        answers = [settled("b", "3")]
        chosen: Any = SimpleNamespace(target=filling.target, label="a 1", settled=answers)
        room.owners.ledger.chosen.append(chosen)
        return "filled"

    room.environment.fill = fill
    room.install("a==1")
    assert room.build.matched == [Matched("a 1", "b", "3")]


def test_an_environment_that_exists_already(tmp_path: Path) -> None:
    room = Room(tmp_path)
    for text in ("a 1", "c 3"):
        put(Path(room.environment.lib_dirs[0]), *text.split())
    prepared = Spy()
    prepared.directories = tuple(room.environment.lib_dirs)  # type: ignore[attr-defined]
    room.build.prepared = prepared  # type: ignore[assignment]
    room.environment.fill = lambda: room.environment.asked
    room.build.second_pass_done = False
    assert room.install("a==1") == []
    assert room.environment.check_requirements(["b"]) == (set(), set())
    assert not room.build.second_pass_done
    assert room.install(prefix="normal") == []
    assert room.build.second_pass_done
    assert prepared.calls == [
        ("check", "x 1.0", ("a==1",)),
        ("check", "x 1.0", ("a==1", "b")),
    ]
    assert room.build.environment == {"a": "1", "c": "3"}
    assert room.source_tree.called == ["begin_without_leftovers"] * 2


def test_the_target_behind_what_pip_installs(tmp_path: Path) -> None:
    room = Room(tmp_path, "[package.x]\nsystem-site-packages = true\n")
    site = tmp_path / "target"
    seen = Spy(stand_ins_without=(), satisfies=False, contains=False)
    seen.directories, seen.taken = (str(site),), set()  # type: ignore[attr-defined]
    room.build.seen = seen  # type: ignore[assignment]
    fillings = []

    def fill() -> str:
        fillings.append(room.owners.environments.current)
        return room.put("a 1")()

    room.environment.fill = fill
    assert room.install("a") == "filled"
    own = tuple(room.environment.lib_dirs)
    assert seen.called == ["hide", "stand_ins_without", "withdraw", "show"]
    assert seen.calls[2][1] == own
    assert fillings[0].directories == (*own, str(site))
    assert room.build.directories == (*own, str(site))
    seen.calls.clear()
    room.environment.fill = lambda: "nothing"
    assert room.install(prefix="normal") == "nothing"
    assert seen.called[0] == "show"


def test_how_far_it_is(tmp_path: Path) -> None:
    room = Room(tmp_path)
    assert room.build.stage == "sources"
    stages = []

    def fill() -> str:
        stages.append(room.build.stage)
        return room.put(*(["a 1"] if len(stages) == 1 else ["b 2"]))()

    room.environment.fill = fill
    room.install("a==1")
    stages.append(room.build.stage)
    room.install("b", prefix="normal")
    stages.append(room.build.stage)
    assert stages == ["first pass", "hook", "second pass", "metadata"]
    with pytest.raises(PreparedAgain):
        room.build.begin_again()
    assert room.build.stage == "sources"


@pytest.mark.parametrize("step", ["static", "whole"])
def test_where_it_is_known_to_fail(tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {"a": "1"} if step == "static" else {"a": "1", "b": "2"}
    known = KnownFailures((KnownFailure({"a": "2"}, step), KnownFailure(environment, step)))
    fixes = tmp_path / "fix"
    fixes.mkdir()
    write_json(str(fixes / "known.json"), known.to_json())
    room = Room(tmp_path)

    def install() -> None:
        room.environment.fill = room.put("a 1")
        room.install("a==1")
        room.environment.fill = room.put("b 2")
        room.install("b", prefix="normal")

    monkeypatch.setenv(switch.FIX, str(fixes))
    with pytest.raises(KnownToFail, match="x 1.0 is known to fail in this build environment"):
        install()
    assert room.build.stage == ("hook" if step == "static" else "metadata")


@pytest.mark.parametrize("how", ["other", "not filled", "nested", "below", "not ours", "none"])
def test_where_it_is_not_known_to_fail(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {"a": "1", "b": "2"} if how == "other" else {"a": "1"}
    step = "whole" if how == "not filled" else "static"
    fixes = tmp_path / "fix"
    fixes.mkdir()
    document = KnownFailures((KnownFailure(environment, step),)).to_json()
    if how != "none":
        write_json(str(fixes / "known.json"), {**document, "format": 2 if how == "not ours" else 1})
    monkeypatch.setenv(switch.FIX, str(fixes))
    room = Room(tmp_path)
    if how == "below":
        monkeypatch.setenv(switch.BELOW_BACKEND, str(tmp_path))
    if how == "nested":
        room.owners.environments.outermost = False
    room.environment.fill = room.put("a 1")
    assert room.install("a==1") == "filled"
