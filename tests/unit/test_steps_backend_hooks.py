"""The hooks of a build backend, and the pips that it starts meanwhile."""

from __future__ import annotations

import os
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Iterator

import pytest

from pip_build_override import records, switch
from pip_build_override.errors import OverrideError
from pip_build_override.files import write_json
from pip_build_override.in_pip.builds.build import Build, PreparedAgain
from pip_build_override.in_pip.internals.endings import Refusal
from pip_build_override.in_pip.state.left_word import BuiltWord
from pip_build_override.in_pip.steps.backend_hooks import BackendHooks
from pip_build_override.in_pip.steps.below_backend import PipsBelowBackend

from ..support.stampbackend import write_wheel
from .fakes import Backend, Link, Owners, Requirement, Spy, member

RULE = '[package.x]\nreplace.b = "b==1"\n'
UNCHANGED = "pip_build_override.in_pip.builds.contents.check_unchanged"
GENERATED = "pip_build_override.in_pip.builds.generated.find"


class Room:
    """A source with a build backend that asks for b, and the step that holds its hooks."""

    def __init__(self, room: Path, text: str = RULE, backend: Any = None, **more: Any) -> None:
        self.owners = Owners(room, text)
        self.backend: Any = Backend("b") if backend is None else backend
        self.followed: list[Build] = []
        self.source_tree = Spy()
        self.explain = Spy()
        self.regenerate = Spy()
        self.imported_backends = Spy()
        self.refuse_after: OverrideError | None = None
        self.step = BackendHooks(
            **self.owners.given(
                "rules_in_force",
                "command",
                "outcome",
                "explained",
                "prepared_metadata",
                source_tree=self.source_tree,
                pips_below=SimpleNamespace(followed=self.follow),
                other_environment=SimpleNamespace(entered=lambda build: nullcontext()),
                make_regenerate=lambda: self.regenerate,
                explain=self.explain,
                make_imported_backends=lambda: self.imported_backends,
            )
        )
        req = Requirement(link=Link(), pep517_backend=self.backend)
        self.build = self.owners.build(req, hook_asked=False, **more)
        self.step.hold(self.build)

    @contextmanager
    def follow(self, build: Build) -> Iterator[None]:
        self.followed.append(build)
        yield
        if self.refuse_after is not None:
            raise self.refuse_after


def test_a_source_without_a_backend(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.build.req.pep517_backend = None
    room.step.hold(room.build)


def test_what_it_asks_for_is_replaced(tmp_path: Path) -> None:
    room = Room(tmp_path)
    assert room.backend.get_requires_for_build_wheel() == ["b==1"]
    assert room.build.hook_asked
    assert room.build.declared.hook == ("b",)
    assert room.source_tree.calls == [("check_editable", room.build, "get_requires_for_build_wheel")]
    assert room.followed == [room.build]


def test_without_rules_it_gets_what_it_asks_for(tmp_path: Path) -> None:
    room = Room(tmp_path, "")
    assert room.backend.get_requires_for_build_wheel() == ["b"]
    assert room.build.hook_asked


def test_without_isolation_nobody_asks(tmp_path: Path) -> None:
    room = Room(tmp_path, isolated=False)
    assert room.backend.get_requires_for_build_wheel() == ["b"]
    assert not room.build.hook_asked
    # The pips that it starts count all the same.
    assert room.followed == [room.build]


def test_metadata_is_followed_and_nothing_else(tmp_path: Path) -> None:
    room = Room(tmp_path)
    assert room.backend.prepare_metadata_for_build_wheel() == "x-1.0.dist-info"
    assert room.followed == [room.build]


def test_files_are_generated_again_around_each_hook(tmp_path: Path) -> None:
    room = Room(tmp_path, regeneration=object())
    room.backend.get_requires_for_build_wheel()
    room.backend.prepare_metadata_for_build_wheel()
    room.build.being_built = True
    room.backend.build_wheel("/wheels")
    hooks = ("get_requires_for_build_wheel", "prepare_metadata_for_build_wheel", "build_wheel")
    assert [call[:3] for call in room.regenerate.calls] == [
        (when, room.build, hook) for hook in hooks for when in ("before_hook", "after_hook")
    ]
    assert room.regenerate.calls[-1][3:] == (os.path.join("/wheels", "x-1.0-py3-none-any.whl"),)
    error = OverrideError("no", kind="usage")

    def refuse(*_: Any) -> None:
        # Where the environment variables of the build are set.
        assert room.followed[-1] is room.build
        raise error

    room.regenerate.answers["before_hook"] = refuse
    with pytest.raises(Refusal):
        room.backend.prepare_metadata_for_build_wheel()
    assert room.owners.outcome.refusal is error


def test_a_failure_of_a_file_that_was_not_generated_again(tmp_path: Path) -> None:
    class Failing(Backend):
        def prepare_metadata_for_build_wheel(self) -> str:
            raise ValueError("of the backend")

    room = Room(tmp_path, backend=Failing(), regeneration=object())
    with pytest.raises(ValueError, match="of the backend"):
        room.backend.prepare_metadata_for_build_wheel()
    assert room.regenerate.called == ["before_hook", "after_failure"]


def test_what_the_first_pass_brought_otherwise(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.build.environment = {"b": "2"}
    with pytest.raises(PreparedAgain):
        room.backend.get_requires_for_build_wheel()
    assert room.build.early == ("b==1",)
    assert room.owners.outcome.refusal is None


@pytest.mark.parametrize("step", ["check_editable", "plan", "pips below"])
def test_a_refusal_while_it_is_asked(
    tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(tmp_path)
    error = OverrideError("no", kind="usage")

    def refuse(*_: Any) -> None:
        raise error

    if step == "check_editable":
        room.source_tree.answers["check_editable"] = refuse
    elif step == "plan":
        monkeypatch.setattr(room.owners.rules, "plan", refuse)
    else:
        room.refuse_after = error
    with pytest.raises(Refusal):
        room.backend.get_requires_for_build_wheel()
    # pip may swallow the exception.
    assert room.owners.outcome.refusal is error


@pytest.mark.parametrize("wanted", [True, False])
def test_explain_is_told(tmp_path: Path, wanted: bool) -> None:
    room = Room(tmp_path)
    room.owners.explained.wanted = wanted
    room.backend.get_requires_for_build_wheel()
    assert room.explain.calls == ([("write_after_hook", room.build)] if wanted else [])


def test_a_wheel_that_is_built_past_us(tmp_path: Path) -> None:
    room = Room(tmp_path)
    with pytest.raises(Refusal, match="_build_one"):
        room.backend.build_wheel("/wheels")
    assert room.owners.outcome.refusal is not None


def test_a_wheel_in_its_turn(tmp_path: Path) -> None:
    room = Room(tmp_path, being_built=True)
    assert room.backend.build_wheel("/wheels") == "x-1.0-py3-none-any.whl"
    assert room.owners.outcome.refusal is None


@pytest.mark.parametrize("fails", [False, True])
def test_a_build_that_writes_to_what_it_has_borrowed(tmp_path: Path, fails: bool) -> None:
    lent = SimpleNamespace(changed=lambda: "/lib/a.py")
    loan = SimpleNamespace(lent=lent, distribution=SimpleNamespace(name="a", version="1"))

    class Failing(Backend):
        def build_wheel(self, wheel_directory: str) -> str:
            if fails:
                raise RuntimeError("it fails")
            return super().build_wheel(wheel_directory)

    room = Room(tmp_path, backend=Failing(), being_built=True, borrowed=[loan])
    with pytest.raises(Refusal, match=r"/lib/a\.py"):
        room.backend.build_wheel("/wheels")


def test_a_backend_that_changes_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(tmp_path, being_built=True)

    def refuse(build: Build) -> None:
        raise OverrideError(f"{build.label}: it installed a", kind="usage")

    monkeypatch.setattr(UNCHANGED, refuse)
    with pytest.raises(Refusal, match="it installed a"):
        room.backend.build_wheel("/wheels")


@pytest.mark.parametrize("overridden", [True, False])
def test_a_backend_that_fetches(tmp_path: Path, overridden: bool) -> None:
    class Fetching(Backend):
        def build_wheel(self, wheel_directory: str) -> str:
            (tmp_path / ".eggs" / "a-1.egg").mkdir(parents=True)
            return super().build_wheel(wheel_directory)

    room = Room(tmp_path, RULE if overridden else "", backend=Fetching(), being_built=True)
    room.build.req.source_dir = str(tmp_path)
    if overridden:
        with pytest.raises(Refusal, match=r"a-1\.egg"):
            room.backend.build_wheel("/wheels")
    else:
        assert room.backend.build_wheel("/wheels")


@pytest.mark.parametrize("setting", ["error", "warn"])
def test_generated_sources(tmp_path: Path, setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(tmp_path, f"[settings]\ngenerated = '{setting}'\n{RULE}", being_built=True)
    found = (records.Generated("x.c", "0.29", "cython==3", "o.toml: package.x"),)
    seen = []

    def find(build: Build, wheel: str) -> Any:
        seen.append(wheel)
        return found

    monkeypatch.setattr(GENERATED, find)
    if setting == "error":
        with pytest.raises(Refusal, match=r"x\.c"):
            room.backend.build_wheel("/wheels")
    else:
        assert room.backend.build_wheel("/wheels")
    assert room.build.generated == found
    assert seen == [os.path.join("/wheels", "x-1.0-py3-none-any.whl")]


# The pips below


class Below:
    """A build backend at work, and what a pip that it starts leaves behind."""

    def __init__(self, room: Path) -> None:
        self.owners = Owners(room, RULE)
        self.step = PipsBelowBackend(**self.owners.given("rules_in_force", "ledger", "run_directory"))
        self.build = self.owners.build()

    def run(self, **left: Any) -> dict[str, str]:
        """Start a pip that leaves word.

        Args:
            left: words, each with the facts that come with it.
        """
        with self.step.followed(self.build):
            seen = dict(os.environ)
            for word, facts in left.items():
                write_json(os.path.join(seen[switch.BELOW_BACKEND], f"{word}-1-2"), facts)
        return seen


def test_pips_below_are_under_the_override(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/mine")
    monkeypatch.setenv(switch.PIP_LOG, "/mine.log")
    before = dict(os.environ)
    seen = Below(tmp_path).run()
    assert seen["PYTHONPATH"].split(os.pathsep) == [switch.INJECTED, "/mine"]
    assert os.path.dirname(seen[switch.PIP_LOG]) == seen[switch.BELOW_BACKEND]
    assert seen[switch.USERS_LOG] == "/mine.log"
    assert dict(os.environ) == before


def test_the_environment_is_given_back_whatever_happens(tmp_path: Path) -> None:
    below, before = Below(tmp_path), dict(os.environ)
    with pytest.raises(RuntimeError, match="mine"), below.step.followed(below.build):
        raise RuntimeError("mine")
    assert dict(os.environ) == before


def built(*overridden: str) -> BuiltWord:
    used = ("package.y",) if overridden else ()
    return BuiltWord("o.toml", (("package.y", "y"),), used, (("y", "2"),), overridden)


def test_what_a_pip_below_has_built(tmp_path: Path) -> None:
    below = Below(tmp_path)
    below.run(built=built("y 2").to_json(), loaded={})
    assert below.build.ran_overridden_pips
    assert below.build.members == [member("y", "2", source=True, rules=None)]
    assert below.owners.ledger.done == ["y 2"]
    assert below.owners.ledger.used == {"package.y"}
    assert below.owners.ledger.built == [("y", "2")]


def test_a_pip_below_that_overrides_nothing(tmp_path: Path) -> None:
    below = Below(tmp_path)
    below.run(built=built().to_json())
    assert not below.build.ran_overridden_pips
    assert below.build.members == []


@pytest.mark.parametrize(
    ("word", "said"), [("refused", "stopped with an error"), ("outer", "did not load")]
)
def test_a_pip_below_that_stops_the_build(tmp_path: Path, word: str, said: str) -> None:
    below = Below(tmp_path)
    with pytest.raises(OverrideError, match=rf"x 1\.0 started.*{said}") as caught:
        below.run(**{word: {}})
    assert caught.value.where == "o.toml"
    assert caught.value.hint


def test_a_pip_below_that_the_shim_does_not_reach(tmp_path: Path) -> None:
    below = Below(tmp_path)

    def install() -> None:
        with below.step.followed(below.build):
            log = Path(os.environ[switch.PIP_LOG])
            log.write_text("Installing collected packages: y\n", encoding="utf-8")

    with pytest.raises(OverrideError, match="did not load pip-build-override"):
        install()


class Preparing(Backend):
    """A build backend that writes metadata and a wheel that require numpy."""

    def prepare_metadata_for_build_wheel(self, metadata_directory: str) -> str:  # type: ignore[override]
        return self._write(metadata_directory)

    def prepare_metadata_for_build_editable(self, metadata_directory: str) -> str:
        return self._write(metadata_directory)

    def build_wheel(self, wheel_directory: str, metadata_directory: str = "") -> str:
        self.given = (Path(metadata_directory) / "METADATA").read_text()
        return write_wheel(wheel_directory, "x", "1.0", {}, requires=["numpy"])

    def _write(self, directory: str) -> str:
        place = Path(directory) / "x-1.0.dist-info"
        place.mkdir()
        (place / "METADATA").write_text("Requires-Dist: numpy\n")
        return place.name


PIN = "[package.x]\npin-compatible = ['numpy']\n"


def test_metadata_and_wheel_are_narrowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(UNCHANGED, lambda build: None)
    room = Room(tmp_path, PIN, Preparing(), environment={"numpy": "1.20.1"}, being_built=True)
    name = room.backend.prepare_metadata_for_build_wheel(str(tmp_path))
    metadata = tmp_path / name / "METADATA"
    assert metadata.read_text() == "Requires-Dist: numpy>=1.20,<2\n"
    wheel = room.backend.build_wheel(
        wheel_directory=str(tmp_path), metadata_directory=str(metadata.parent)
    )
    assert room.backend.given == "Requires-Dist: numpy\n"
    assert records.requirements_of_wheel(str(tmp_path / wheel)) == ["numpy>=1.20,<2"]
    assert metadata.read_text() == "Requires-Dist: numpy>=1.20,<2\n"


def test_a_pin_on_what_is_not_there(tmp_path: Path) -> None:
    room = Room(tmp_path, PIN, Preparing())
    with pytest.raises(Refusal):
        room.backend.prepare_metadata_for_build_wheel(metadata_directory=str(tmp_path))
    assert "is built without numpy" in str(room.owners.outcome.refusal)


@pytest.mark.parametrize(
    ("editable", "hook", "command", "refused"),
    [
        (True, "wheel", "install", True),
        (True, "editable", "install", False),
        (True, "wheel", "wheel", False),
        (False, "wheel", "install", False),
    ],
)
def test_editables_of_setup_py(
    tmp_path: Path, editable: bool, hook: str, command: str, refused: bool
) -> None:
    room = Room(tmp_path, PIN, Preparing(), environment={"numpy": "1.20.1"})
    room.build.req.editable = editable
    room.owners.command.name = command
    prepare = getattr(room.backend, f"prepare_metadata_for_build_{hook}")
    if refused:
        with pytest.raises(Refusal):
            prepare(str(tmp_path))
        assert "by its setup.py" in str(room.owners.outcome.refusal)
    else:
        assert prepare(str(tmp_path)) == "x-1.0.dist-info"
