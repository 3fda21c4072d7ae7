"""How a source is prepared: looked up first, in a tree of its own, and under its rules."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable

import pytest

from pip_build_override import rules
from pip_build_override.diagnosis.idle import idle_in_line
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.builds import rule_checks
from pip_build_override.in_pip.builds.build import Build, PreparedAgain
from pip_build_override.in_pip.internals.endings import EndOfRun, Refusal
from pip_build_override.in_pip.steps.explain import PlanWritten
from pip_build_override.in_pip.steps.prepare import Prepare

from ..support.names import unnamed
from .fakes import SDIST, Link, Owners, Requirement, Spy, call, member

RULE = '[package.x]\nreplace.a = "a==1"\n'


class Distribution:
    """pip's, of a source that is prepared; what its preparation does, a test says."""

    def __init__(self, req: Any, body: Callable[[], Any]) -> None:
        self.req = req
        self.body = body

    def prepare_distribution_metadata(self, finder: Any, build_isolation: bool) -> Any:
        return self.body()


class Room:
    """The step, and a source of x 1.0 that pip has looked up."""

    def __init__(self, room: Path, text: str = RULE, *, depth: int = 0, **options: Any) -> None:
        self.owners = Owners(room, text, depth=depth, **options)
        self.root = self.owners.environments.root
        self.root.resolved = True
        self.source = room / "unpacked"
        self.source.mkdir()
        self.req = Requirement("x==1.0", Link(), source_dir=str(self.source))
        self.owners.cached_wheels.note_looked_up(SDIST)
        self.source_tree = Spy()
        self.setup_py = Spy(load=lambda build, selection, original: original())
        self.hooks = Spy()
        self.explain = Spy()
        self.other_environment = Spy()
        self.regenerate = Spy()
        self.before: Callable[[Build], Any] = lambda build: None
        self.step = Prepare(
            **self.owners.given(
                "rules_in_force",
                "ledger",
                "environments",
                "outcome",
                "messages",
                "cached_wheels",
                "command",
                "explained",
                "run_directory",
                "announcements",
                "prepared_metadata",
                source_tree=self.source_tree,
                setup_py=self.setup_py,
                hooks=self.hooks,
                explain=self.explain,
                make_other_environment=lambda: self.other_environment,
                make_regenerate=lambda: self.regenerate,
                make_upload_limits=lambda: self.upload_limits,
            )
        )

    def prepared(self, body: Callable[[Build], Any] | None = None, *, isolation: Any = True) -> Any:
        """Prepare it; ``body`` is what pip does meanwhile, by default all that it should."""

        def run() -> Any:
            build = self.owners.ledger.innermost
            assert build is not None
            return self.pip_does(build) if body is None else body(build)

        distribution = Distribution(self.req, run)
        original = Distribution.prepare_distribution_metadata
        try:
            return self.step.prepare(original, call(original, distribution, None, isolation))
        finally:
            self.owners.run_directory.at_end.close()

    def pip_does(self, build: Build) -> str:
        self.load(["a"])
        build.static_installed = build.hook_asked = build.second_pass_done = True
        build.environment = {"a": "1"}
        self.before(build)
        return "prepared"

    def load(self, static: list[str], check: tuple[str, ...] = ()) -> Any:
        def load_pyproject_toml(self: Any) -> str:
            self.pyproject_requires = list(static)
            self.requirements_to_check = list(check)
            return "loaded"

        return self.step.load(load_pyproject_toml, call(load_pyproject_toml, self.req))

    @property
    def heard(self) -> list[str]:
        return self.owners.messages.heard

    @property
    def build(self) -> Build:
        return self.owners.ledger.builds[-1]


def test_as_planned(tmp_path: Path) -> None:
    room = Room(tmp_path)
    assert room.prepared() == "prepared"
    assert room.req.pyproject_requires == ["a==1"]
    assert room.owners.ledger.innermost is None
    assert room.build.rules_digest == room.owners.rules.digest("x", "1.0")
    assert any("a==1" in text for text in room.heard)
    assert room.source_tree.calls == [("settle", room.build)]
    assert room.hooks.calls == [("hold", room.build)]


def test_pip_resolves_before_it_prepares(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.root.resolved = False
    with pytest.raises(OverrideError, match=r"Resolver\.resolve"):
        room.prepared()


def test_nothing_more_is_tried_after_a_failure(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.owners.outcome.fail_overridden(RuntimeError("it failed"))
    with pytest.raises(EndOfRun, match="it failed"):
        room.prepared()


@pytest.mark.parametrize(
    ("name", "looked_up", "changes", "options", "fine"),
    [
        ("install", True, {}, {}, True),
        ("install", False, {}, {}, False),
        ("wheel", False, {}, {}, False),
        # Those that pip looks up nothing for.
        ("download", False, {}, {}, True),
        ("install", False, {"editable": True}, {}, True),
        ("install", False, {}, {"require_hashes": True}, True),
    ],
)
def test_the_cache_was_asked(
    tmp_path: Path, name: str, looked_up: bool, changes: Any, options: Any, fine: bool
) -> None:
    room = Room(tmp_path, name=name, **options)
    room.owners.cached_wheels._looked_up = {SDIST} if looked_up else {"https://index.test/other"}
    vars(room.req).update(changes)
    if fine:
        assert room.prepared() == "prepared"
    else:
        with pytest.raises(OverrideError, match=r"WheelCache\.get_cache_entry"):
            room.prepared()


@pytest.mark.parametrize(
    ("link", "editable", "fine"),
    [(SDIST, False, False), (SDIST, True, True), ("file://{}", False, True)],
)
def test_sources_are_unpacked_elsewhere_each_time(
    tmp_path: Path, link: str, editable: bool, fine: bool
) -> None:
    room = Room(tmp_path)
    assert room.prepared() == "prepared"
    room.req = Requirement(
        "x==1.0", Link(link.format(room.source)), editable=editable, source_dir=str(room.source)
    )
    room.owners.cached_wheels.note_looked_up(room.req.link.url)
    if fine:
        assert room.prepared() == "prepared"
        return
    with pytest.raises(OverrideError, match="ensure_has_source_dir"):
        room.prepared()
    # Elsewhere, as pip does it.
    room.req.source_dir = str(tmp_path)
    assert room.prepared() == "prepared"


def test_the_same_requirement_may_be_prepared_again(tmp_path: Path) -> None:
    room = Room(tmp_path)
    assert [room.prepared(), room.prepared()] == ["prepared", "prepared"]


@pytest.mark.parametrize(
    ("lost", "seam"),
    [
        ("loaded", "load_pyproject_toml"),
        ("static_installed", "install_requirements"),
        ("second_pass_done", "install_requirements"),
        ("hook_asked", "pep517_backend"),
    ],
)
def test_what_pip_has_gone_past(tmp_path: Path, lost: str, seam: str) -> None:
    room = Room(tmp_path)
    room.before = lambda build: setattr(build, lost, False)
    with pytest.raises(OverrideError, match=seam):
        room.prepared()
    assert room.owners.ledger.innermost is None
    assert room.owners.outcome.failures == []


def test_metadata_of_another_version(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.req.metadata.replace_header("Version", "2.0")
    with pytest.raises(OverrideError, match=r"1\.0.*2\.0"):
        room.prepared()


@pytest.mark.parametrize("again", [1, 2])
def test_a_source_that_has_to_be_prepared_again(tmp_path: Path, again: int) -> None:
    room = Room(tmp_path)
    left = [again]

    def before(build: Build) -> None:
        if left[0]:
            left[0] -= 1
            raise PreparedAgain

    room.before = before
    assert room.prepared() == "prepared"
    assert room.source_tree.called.count("start_again") == again
    assert len(room.owners.ledger.builds) == 1


def test_what_is_borrowed_is_looked_at_whatever_happens(tmp_path: Path) -> None:
    lent = SimpleNamespace(changed=lambda: "/lib/a.py")
    loan: Any = SimpleNamespace(lent=lent, distribution=SimpleNamespace(name="a", version="1"))
    room = Room(tmp_path)

    def fail(build: Build) -> None:
        build.borrowed.append(loan)
        raise RuntimeError("it fails")

    room.before = fail
    with pytest.raises(OverrideError, match=r"/lib/a\.py"):
        room.prepared()


def test_what_is_borrowed_is_brought_by_this_run(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.owners.target.changed = {"a"}
    room.before = lambda build: build.members.append(member("a", borrowed="digest"))
    with pytest.raises(OverrideError, match=r"x 1\.0.*a 1"):
        room.prepared()


@pytest.mark.parametrize("final", [True, False])
def test_a_build_that_may_be_thrown_away_is_not_announced(tmp_path: Path, final: bool) -> None:
    room = Room(tmp_path, '[package.x]\nreplace.a = {from = "target"}\n')
    room.owners.target.versions = {"a": "1"}
    room.owners.target.finder = SimpleNamespace(
        find_all_candidates=lambda name: [
            SimpleNamespace(version="1", link=Link("https://index.test/a-1-py3-none-any.whl"))
        ]
    )
    room.owners.target.final = final
    room.prepared()
    assert room.build.announced is final


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("table", ["x", '"*"'])
def test_a_constraint_that_limits_nothing(tmp_path: Path, table: str, there: bool) -> None:
    room = Room(tmp_path, f"[package.{table}]\nconstrain = ['idle<3']\n")
    room.before = lambda build: build.environment.update({"idle": "2"} if there else {})
    room.prepared()
    warned = [text for text in room.heard if text.startswith("pip-build-override: ")]
    # Those for all packages are about no package in particular.
    assert len(warned) == (1 if table == "x" and not there else 0)
    assert all("package.x" in text and "idle" in text for text in warned)


# What goes wrong


def failing(error: Exception) -> Callable[[Build], Any]:
    def fail(build: Build) -> None:
        raise error

    return fail


@pytest.mark.parametrize("text", [RULE, ""])
def test_a_build_that_fails(tmp_path: Path, text: str) -> None:
    room = Room(tmp_path, text)
    error = RuntimeError("it fails")
    room.before = failing(error)
    with pytest.raises(RuntimeError, match="it fails"):
        room.prepared()
    assert [failed.failure.name for failed in room.owners.outcome.failures] == ["x"]
    # Only one under rules ends the run: pip may try another version of any other.
    assert room.owners.outcome.failure is (error if text else None)
    assert room.owners.outcome.failed_overridden is bool(text)
    assert ("tell_left_out", room.build) in room.source_tree.calls
    assert "warn_of_the_move" not in room.setup_py.called


def test_a_build_of_no_rules_with_one_below_that_failed_under_some(tmp_path: Path) -> None:
    room = Room(tmp_path, "")
    room.owners.outcome.failed_overridden = True
    error = RuntimeError("it fails")
    room.before = failing(error)
    with pytest.raises(RuntimeError):
        room.prepared()
    assert room.owners.outcome.failure is error


@pytest.mark.parametrize(
    "error",
    [Refusal(OverrideError("no", kind="usage")), EndOfRun(RuntimeError("it failed")), PlanWritten("p")],
)
def test_what_is_no_failure_of_the_build(tmp_path: Path, error: Exception) -> None:
    room = Room(tmp_path)
    room.before = failing(error)
    with pytest.raises(type(error)):
        room.prepared()
    assert room.owners.outcome.failures == []
    assert room.owners.outcome.failure is None


def test_a_rule_that_met_nothing_may_be_why(tmp_path: Path) -> None:
    room = Room(tmp_path, RULE.replace("replace.a", "replace.z"))
    room.before = failing(RuntimeError("it fails"))
    with pytest.raises(RuntimeError):
        room.prepared()
    assert [text for text in room.heard if "may be why" in text and "package.x" in text]


@pytest.mark.parametrize("asked", [True, False])
def test_what_suggest_reads_of_a_rule_that_met_nothing(tmp_path: Path, asked: bool) -> None:
    owners = Owners(tmp_path, RULE.replace("replace.a", "replace.z"))
    build = owners.build(None, "a", hook=() if asked else None)
    (error,) = rule_checks.unused(build)
    assert idle_in_line(f"{error.where}: {error.message}; more") == ("x", "z", asked)
    whole = '[package.x]\nrequires = ["a"]\n[package."x<2"]\nreplace.z = "z"\n'
    build = Owners(tmp_path, whole).build(None, "a", hook=() if asked else None)
    (error,) = rule_checks.unused(build)
    assert idle_in_line(f"{error.where}: {error.message}; more") == ("x", "z", True)


@pytest.mark.parametrize("environment", [{}, {"setuptools": "60"}])
def test_what_a_project_needs_by_pep_517_alone(tmp_path: Path, environment: Any) -> None:
    room = Room(tmp_path)

    def fail(build: Build) -> None:
        build.moved_to_pep517, build.environment = True, environment
        raise RuntimeError("it fails")

    room.before = fail
    with pytest.raises(RuntimeError):
        room.prepared()
    # With an environment that was filled, it is not what could not be found.
    assert ("warn_of_the_move" in room.setup_py.called) is (not environment)


# Loading


def test_what_is_loaded_belongs_to_what_is_prepared(tmp_path: Path) -> None:
    room = Room(tmp_path)
    with pytest.raises(OverrideError, match="prepare_distribution_metadata"):
        room.load(["a"])
    room.owners.build(room.req)
    # Begun, and not the innermost.
    with pytest.raises(OverrideError, match="prepare_distribution_metadata"):
        room.load(["a"])


def test_requirements_that_a_rule_takes_the_place_of_are_not_checked(tmp_path: Path) -> None:
    room = Room(tmp_path)

    def load(build: Build) -> Any:
        return room.load(["a"], ("a>=2", "c"))

    with pytest.raises(OverrideError):
        room.prepared(load)
    assert room.req.requirements_to_check == ["c"]


def test_without_rules_pip_gets_what_is_declared(tmp_path: Path) -> None:
    room = Room(tmp_path, "")
    room.prepared()
    assert room.req.pyproject_requires == ["a"]
    assert room.source_tree.calls == []
    # No rules for the setup.py either.
    assert room.setup_py.calls[0][2] is None


@pytest.mark.parametrize(
    ("text", "depth", "leaves_nothing", "hooks", "explained", "settled"),
    [
        (RULE, 0, False, False, False, True),
        ("", 0, False, False, False, False),
        ("", 1, False, False, False, True),
        ("", 0, True, False, False, True),
        (RULE, 0, False, False, True, False),
        (RULE, 0, False, True, True, True),
        ("", 0, False, True, True, True),
    ],
)
def test_which_trees_are_looked_at(
    tmp_path: Path,
    text: str,
    depth: int,
    leaves_nothing: bool,
    hooks: bool,
    explained: bool,
    settled: bool,
) -> None:
    room = Room(tmp_path, text, depth=depth)
    room.owners.explained.wanted, room.owners.explained.asks_hooks = explained, hooks

    def body(build: Build) -> Any:
        build.leaves_nothing = leaves_nothing
        return room.pip_does(build)

    room.prepared(body)
    assert ("settle" in room.source_tree.called) is settled
    assert ("write_before_hook" in room.explain.called) is explained


@pytest.mark.parametrize(("isolation", "isolated"), [(True, True), (False, False), ("off", False)])
def test_without_isolation_a_table_of_its_own_is_refused(
    tmp_path: Path, isolation: Any, isolated: bool
) -> None:
    room = Room(tmp_path)
    if isolated:
        assert room.prepared(isolation=isolation)
        return
    with pytest.raises(OverrideError, match=r"x 1\.0") as caught:
        room.prepared(isolation=isolation)
    assert caught.value.where == "o.toml: package.x"


@pytest.mark.parametrize(
    "text", ['[package."*"]\nreplace.a = "a==1"\n', "[package.x]\nno-binary = true\n", ""]
)
def test_without_isolation_rules_for_all_leave_it_alone(tmp_path: Path, text: str) -> None:
    room = Room(tmp_path, text)
    assert room.prepared(isolation=False) == "prepared"
    assert room.req.pyproject_requires == ["a"]
    assert room.build.plan is None
    # Its hooks are held: the pips that it starts are followed.
    assert room.hooks.calls == [("hold", room.build)]
    (*said,) = (text for text in room.heard if "isolation" in text)
    assert [unnamed(text).rpartition(": ")[2] for text in said] == ["replace.a"] * ("*" in text)
    # A table's other keys count for what is stored.
    assert bool(room.build.rules_digest) is ("no-binary" in text)


def test_a_backend_that_is_made_after_loading(tmp_path: Path) -> None:
    room = Room(tmp_path)

    def configure_backend(self: Any) -> str:
        return "made"

    def body(build: Build) -> Any:
        result = room.pip_does(build)
        made = room.step.configure_backend(configure_backend, call(configure_backend, room.req))
        assert made == "made"
        return result

    room.prepared(body)
    assert room.hooks.calls == [("hold", room.build)] * 2
    with pytest.raises(OverrideError, match="prepare_distribution_metadata"):
        room.step.configure_backend(configure_backend, call(configure_backend, room.req))


def test_a_name_that_cannot_be_known(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.req.req, room.req.link = None, Link("git+https://host.test/repository")
    room.owners.cached_wheels.note_looked_up(room.req.link.url)
    with pytest.raises(OverrideError, match="the name of git") as caught:
        room.prepared()
    assert "NAME @ git+https://host.test/repository" in caught.value.hint


def test_each_preparation_is_one_more(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.prepared()
    assert room.build.package == rules.package("x", "1.0")
    assert room.build.unpacked_in == str(room.source)
    assert room.build.target is room.owners.target  # type: ignore[comparison-overlap]


def test_what_is_to_be_generated_again(tmp_path: Path) -> None:
    room = Room(tmp_path, "[package.x]\nregenerate = true\n")
    done: list[str] = []
    room.source_tree.answers["settle"] = lambda build: done.append("settle")
    room.regenerate.answers["check"] = lambda build, selection: done.append("check")
    room.regenerate.answers["find"] = lambda build, selection: done.append("find")
    room.hooks.answers["hold"] = lambda build: done.append("hold")
    room.prepared()
    # It is refused before there is a copy, and found in the tree that is built.
    assert done == ["check", "settle", "find", "hold"]
    (selection,) = {selection for _, _, selection in room.regenerate.calls}
    assert selection.value("regenerate") is True


def test_without_isolation_nothing_is_generated_again(tmp_path: Path) -> None:
    room = Room(tmp_path, "[package.x]\nregenerate = true\n")
    with pytest.raises(OverrideError, match="x 1.0 is built without build isolation"):
        room.prepared(isolation=False)
    assert room.regenerate.calls == []
