"""The answer to ``explain``: the plans of builds, and no builds."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pip_build_override import switch
from pip_build_override.diagnosis import Failure
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.builds.prepared import Prepared
from pip_build_override.in_pip.builds.regeneration import Regeneration
from pip_build_override.in_pip.internals.endings import DistributionNotFound
from pip_build_override.in_pip.state.explanation import FailedExplanation
from pip_build_override.in_pip.state.outcome import FailedBuild
from pip_build_override.in_pip.steps.explain import Explain, PlanWritten

from ..support.hints import follows
from .fakes import WHEEL, Link, Owners, Requirement, call

RULE = '[package.x]\nreplace.a = "a==1"\n'


class Finder:
    """pip's, with what it has found before."""

    def __init__(self, *urls: str) -> None:
        self.urls = urls
        self._all_candidates: dict[str, Any] = {"x": "of before"}

    def find_all_candidates(self, project_name: str) -> Any:
        return [SimpleNamespace(version="1.0", link=Link(url)) for url in self.urls]

    def find_best_candidate(self, project_name: str) -> None: ...


class Room:
    """The step, and the answer that it writes."""

    def __init__(self, room: Path, monkeypatch: pytest.MonkeyPatch, text: str = RULE) -> None:
        self.path = room / "answer.json"
        monkeypatch.setenv(switch.EXPLAIN, str(self.path))
        self.owners = Owners(room, text, name="download")
        self.finder = self.owners.target.finder = Finder()
        self.step = Explain(
            **self.owners.given("rules_in_force", "environments", "explained", "outcome")
        )

    @property
    def answers(self) -> list[dict[str, Any]]:
        if not self.path.exists():
            return []
        found: list[dict[str, Any]] = json.loads(self.path.read_text(encoding="utf-8"))["packages"]
        return found

    def asked(self, *static: str, **more: Any) -> dict[str, Any]:
        build = self.owners.build(None, *static, **more)
        with pytest.raises(PlanWritten):
            self.step.write_after_hook(build)
        return self.answers[-1]


def test_each_requirement_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(tmp_path, monkeypatch)
    seen = []

    def resolve(self: Any, root_reqs: list[Any]) -> str:
        seen.append(([root.name for root in root_reqs], room.owners.explained.names))
        assert room.finder._all_candidates == {}
        room.finder._all_candidates["x"] = "of this one"
        if any(root.name == "X" for root in root_reqs):
            raise PlanWritten("written")
        if any(root.name == "missing" for root in root_reqs):
            raise DistributionNotFound("none")
        return "empty" if not root_reqs else "resolved"

    roots = [Requirement("limit<2", constraint=True), Requirement("X"), Requirement("missing")]
    asked = call(resolve, None, [*roots, Requirement("", Link("https://h.test/y-1.0.zip"))])
    room.finder._all_candidates.clear()

    def forgetting(self: Any, root_reqs: list[Any]) -> str:
        if not root_reqs:
            room.finder._all_candidates.clear()
        return resolve(self, root_reqs)

    assert room.step.resolve_each(forgetting, asked) == "empty"
    assert seen == [
        (["limit", "X"], {"x"}),
        (["limit", "missing"], {"missing"}),
        # A file is what it is, by whichever name.
        (["limit", None], frozenset()),
        ([], frozenset()),
    ]
    # The other one is resolved without a plan, as a wheel is.
    assert [(answer["requirement"], answer["problem"]) for answer in room.answers] == [
        (
            "missing",
            "pip finds no release of it at all",
        ),
        (
            "https://h.test/y-1.0.zip",
            "pip would not build it: it is a wheel, or its marker does not apply to this Python",
        ),
    ]


@pytest.mark.parametrize(
    ("asked", "found", "problem"),
    [
        (
            "x",
            [],
            "pip finds no release of it at all",
        ),
        ("x==3", ["1.0", "2.0"], "pip finds only 1.0 to 2.0 of it"),
        ("x==2", ["1.0", "2.0"], "pip finds no sdist of it, so it would not build it"),
    ],
)
def test_why_there_is_nothing_to_build(
    asked: str, found: list[str], problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(tmp_path, monkeypatch)
    seen = []

    def resolve(self: Any, root_reqs: list[Any]) -> None:
        if root_reqs:
            raise DistributionNotFound("none")

    def find(project_name: str) -> Any:
        seen.append((project_name, room.owners.explained.names))
        link = SimpleNamespace(is_yanked=False, is_wheel=True)
        return [SimpleNamespace(version=version, link=link) for version in found]

    monkeypatch.setattr(room.finder, "find_all_candidates", find)
    room.step.resolve_each(resolve, call(resolve, None, [Requirement(asked)]))
    assert [answer["problem"] for answer in room.answers] == [problem]
    if "only" in problem:
        said = follows("ask for a version from {} to {}", f"hint: {room.answers[0]['hint']}")
        version = said.rpartition(" ")[2]
        room.step.resolve_each(resolve, call(resolve, None, [Requirement(f"x=={version}")]))
        assert "pip finds no sdist of it" in room.answers[-1]["problem"]
        del seen[1:]
    # Wheels of it count, which are ignored otherwise.
    assert seen == [("x", frozenset())]


def test_a_build_that_fails_is_not_a_package_that_is_not_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(tmp_path, monkeypatch)

    def resolve(self: Any, root_reqs: list[Any]) -> None:
        room.owners.outcome.note_failure(FailedBuild(0, Failure("x")))
        raise DistributionNotFound("none")

    with pytest.raises(DistributionNotFound):
        room.step.resolve_each(resolve, call(resolve, None, [Requirement("x")]))
    assert room.answers == []


def test_a_requirement_that_cannot_be_had_is_shown_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(tmp_path, monkeypatch)

    def resolve(self: Any, root_reqs: list[Any]) -> None:
        if root_reqs:
            raise DistributionNotFound("none")

    url = Link("https://user:secret@h.test/y")
    room.step.resolve_each(resolve, call(resolve, None, [Requirement("", url)]))
    assert "secret" not in room.path.read_text(encoding="utf-8")


@pytest.mark.parametrize("hooks", [True, False])
def test_the_plan_before_the_hook(tmp_path: Path, hooks: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if hooks:
        monkeypatch.setenv(switch.EXPLAIN_HOOKS, "1")
    room = Room(tmp_path, monkeypatch)
    build = room.owners.build(None, "a")
    if hooks:
        room.step.write_before_hook(build)
        assert room.answers == []
    else:
        with pytest.raises(PlanWritten):
            room.step.write_before_hook(build)
        assert len(room.answers) == 1


def test_a_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        '[package."*"]\nreplace.a = "a==2"\n[package.x]\nreplace.a = "a==1"\nreplace.n = {from ='
        ' "target", else = "declared"}\nconstrain = ["b<3"]\n'
    )
    room = Room(tmp_path, monkeypatch, text)
    answer = room.asked("a>=1", "n", hook=("b",))
    assert (answer["name"], answer["version"]) == ("x", "1.0")
    assert answer["declared"] == {"static": ["a>=1", "n"], "hook": ["b"]}
    assert answer["effective"] == {"static": ["a==1", "n"], "hook": ["b"], "constraints": ["b<3"]}
    kinds = {(change["kind"], change["where"]) for change in answer["changes"]}
    assert ("replace", "o.toml: package.x") in kinds
    assert ("constrain", "o.toml: package.x") in kinds
    ((name, origin),) = {(entry["name"], entry["from"]) for entry in answer["settled"]}
    assert (name, origin) == ("n", "target")
    assert answer["settled"][0]["to"]
    assert len(answer["set_aside"]) == 1
    assert answer["unused"] == []
    assert answer["ready_made"] is False


def test_what_an_existing_environment_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = '[package.x]\nbuild-environment = "target"\nreplace.b = "sauce-b==1"\n'
    room = Room(tmp_path, monkeypatch, text)
    build = room.owners.build(None, "pytest", hook=("b",))
    build.prepared = Prepared("target", "o.toml: package.x", os.environ)
    with pytest.raises(OverrideError, match="which lacks sauce-b==1") as caught:
        room.step.write_after_hook(build)
    assert caught.value.where == "o.toml: package.x"
    assert room.answers == []
    room.asked("pytest", hook=("pytest",), prepared=build.prepared)


def test_the_files_that_are_generated_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(tmp_path, monkeypatch)
    assert room.asked("b")["regenerate"] == []
    source = tmp_path / "x-1.0"
    source.mkdir()
    (source / "a.c").write_text("/* Generated by Cython 0.29.21 */\n", encoding="utf-8")
    (source / "a.pyx").touch()
    again = Regeneration("o.toml: package.x", str(source))
    assert room.asked("b", regeneration=again)["regenerate"] == [
        {"file": "a.c", "source": "a.pyx", "was": "0.29.21", "problem": ""}
    ]


def test_a_rule_with_nothing_to_act_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(tmp_path, monkeypatch, f"{RULE}remove = ['c']\n")
    answer = room.asked("b")
    assert (len(answer["unused"]), answer["not_used_so_far"]) == (2, [])
    # Before the hook has answered it is not known.
    build = room.owners.build(None, "b")
    build.declared = type(build.declared)(static=("b",))
    build.plan = room.owners.rules.plan(build)
    with pytest.raises(PlanWritten):
        room.step.write_after_hook(build)
    assert room.answers[-1]["unused"] == []
    assert room.answers[-1]["not_used_so_far"] == [
        "replace.a (o.toml: package.x)",
        "c in remove (o.toml: package.x)",
    ]
    assert room.answers[-1]["effective"]["hook"] is None
    assert room.answers[-1]["declared"]["hook"] is None


@pytest.mark.parametrize("named", [True, False])
def test_a_project_that_this_pip_builds_by_setup_py(
    tmp_path: Path, named: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = RULE if named else RULE.replace("x", '"*"')
    room = Room(tmp_path, monkeypatch, text)
    answer = room.asked("a", moved_to_pep517=True)
    assert answer["effective"]["static"] == (["a==1"] if named else ["a"])
    by_setup_py = 'package."*": replace.a (this pip builds x 1.0 by setup.py)'
    assert answer["set_aside"] == ([] if named else [by_setup_py])


def test_what_acts_on_a_project_that_this_pip_builds_by_setup_py(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        "[package.'*']\nsystem-site-packages = true\npin-compatible = ['a']\n"
        "config-settings.a = '1'\nconstrain = ['a<2', 'b<2']\nenv.A = '1'\n"
        "[package.x]\nconstrain = ['b']\nenv.A = '2'\n"
    )
    answer = Room(tmp_path, monkeypatch, text).asked("a", moved_to_pep517=True)
    assert [change["text"] for change in answer["changes"]] == ['env.A = "2"']
    assert answer["set_aside"] == [
        'package."*": constrain b<2 (package.x names b)',
        'package."*": env.A (package.x sets it)',
        *(
            f'package."*": {label} (this pip builds x 1.0 by setup.py)'
            for label in (
                "constrain a<2",
                "config-settings.a",
                "system-site-packages",
                "pin-compatible.a",
            )
        ),
    ]


@pytest.mark.parametrize(
    ("urls", "by_link", "ready_made"),
    [((), False, False), ((WHEEL,), False, True), ((WHEEL,), True, False)],
)
def test_whether_pip_would_build_at_all(
    tmp_path: Path, urls: Any, by_link: bool, ready_made: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(tmp_path, monkeypatch)
    room.finder.urls = urls
    room.owners.explained.look_at(["x"])
    seen = []
    listed = room.finder.find_all_candidates

    def listing(project_name: str) -> Any:
        seen.append((room.owners.explained.names, dict(room.finder._all_candidates)))
        room.finder._all_candidates["x"] = "with wheels"
        return listed(project_name)

    room.finder.find_all_candidates = listing  # type: ignore[method-assign]
    link = Link("https://h.test/x-1.0.tar.gz")
    req = Requirement("x", link, original_link=link if by_link else None)
    build = room.owners.build(req, "a")
    with pytest.raises(PlanWritten):
        room.step.write_after_hook(build)
    assert room.answers[-1]["ready_made"] is ready_made
    # Wheels are looked at for this question only.
    assert seen == ([] if by_link else [(frozenset(), {})])
    assert room.owners.explained.names == {"x"}
    assert by_link or room.finder._all_candidates == {}


def test_builds_that_failed_take_the_place_of_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(tmp_path, monkeypatch)
    room.asked("a")
    failure = Failure("y", error="no https://user:secret@h.test/")
    room.owners.explained.fail(iter([failure]))
    answer = json.loads(room.path.read_text(encoding="utf-8"))
    (found,) = FailedExplanation.from_json(answer).failures
    assert found.name == "y"
    assert "secret" not in found.error
