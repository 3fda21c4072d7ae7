"""Build environments that are filled without another pip: when, and what is left if that fails."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Callable, Iterator

import pytest
from pip._internal import configuration
from pip._internal.index import sources
from pip._internal.utils import logging as pips_logging

from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.internals import in_process
from pip_build_override.in_pip.state.environments import Filling
from pip_build_override.in_pip.steps.in_process import FillInProcess

from .fakes import Owners, Spy, call, member

MODULE = "pip_with_an_installer"
KINDS = ("global", "site", "user")
# As pip 26.3 starts another pip.
START = ("--no-user", "--no-warn-script-location", "--disable-pip-version-check", "--no-compile")
OPTIONS = (*START, "--target", "", "--ignore-installed", "--no-binary", ":none:")


class Spinner:
    """What pip shows while it fills an environment."""

    def __init__(self) -> None:
        self.finished: list[str] = []

    def finish(self, how: str) -> None:
        self.finished.append(how)


class Room:
    """A pip that fills environments by another one, or by an installer of its own."""

    def __init__(self, room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.owners = Owners(room)
        self.wanted = SimpleNamespace(wanted=True)
        self.step = FillInProcess(
            **self.owners.given("environments", "outcome", "messages"),
            filled_environments=self.wanted,  # type: ignore[arg-type]
        )
        self.build: Any = SimpleNamespace(seen=None)
        self.place = room / "environment" / "overlay"
        self.session = SimpleNamespace(auth=SimpleNamespace(prompting=True))
        self.filling = Filling(depth=1)
        self.install: Callable[[Any, list[str]], None] = lambda own, requirements: self.put()
        self.own: Any = None
        self.spinner = Spinner()
        self.no_index: tuple[str, ...] = ("--no-index",)
        self.captured = 0
        # pytest has a handler that logs to a file.
        monkeypatch.setattr(logging.getLogger(), "handlers", [])
        monkeypatch.setitem(sys.modules, MODULE, self._module())
        monkeypatch.setattr(pips_logging, "capture_logging", self._captured, raising=False)
        directory = getattr(sources, "_FlatDirectorySource")  # noqa: B009 - private to pip
        monkeypatch.setattr(directory, "_paths_to_urls", {"a": "stale"}, raising=False)
        self.directory = directory

    def put(self) -> None:
        """Install, as pip does: by its resolver."""
        self.owners.environments.current.note_resolved()
        self.owners.environments.current.note_members([member("speaks")])
        self.place.mkdir(parents=True)
        (self.place / "speaks.py").touch()

    def fill(
        self, *options: str, variables: dict[str, str] | None = None, name: str = "overlay"
    ) -> str:
        """Have an environment filled, and say by what."""

        def original(prefix_as_string: str, self: Any) -> Any:
            module: Any = sys.modules[MODULE]
            return module.call_subprocess(command, extra_environ=variables, spinner=spinner)

        place = options[0] if options and os.path.isabs(options[0]) else str(self.place)
        more = [option for option in options if option != place]
        start = [
            sys.executable,
            "__pip-runner__.py",
            "install",
            "--prefix",
            place,
            *OPTIONS,
            *self.no_index,
        ]
        command, spinner = [*start, *more, "--", "speaks", "a==1"], self.spinner
        module: Any = sys.modules[MODULE]
        installer = module.Subprocess()
        prefix = SimpleNamespace(path=str(self.place))
        environment = SimpleNamespace(installer=installer, _prefixes={name: prefix})
        asked = call(original, "overlay", environment)
        before = module.call_subprocess
        with self.owners.environments.entered(self.filling), self.step.offered(
            asked, self.build, self.filling
        ):
            answer: str = asked.to(original)
        assert module.call_subprocess is before
        return answer or "in process"

    @contextmanager
    def _captured(self) -> Iterator[None]:
        self.captured += 1
        yield

    def _module(self) -> ModuleType:
        room, module = self, ModuleType(MODULE)

        class Subprocess:
            finder = SimpleNamespace(_link_collector=SimpleNamespace(session=room.session))

        class InprocessBuildEnvironmentInstaller:
            def __init__(self, finder: Any, build_tracker: None, wheel_cache: None) -> None:
                self.finder = finder
                self._preparer = SimpleNamespace(prepare_linked_requirement=lambda req: f"wheel {req}")
                room.own = self

            def _install_impl(self, requirements: list[str], prefix: Any) -> None:
                assert prefix.path == str(room.place)
                room.install(self, requirements)

        Subprocess.__module__ = InprocessBuildEnvironmentInstaller.__module__ = MODULE
        vars(module).update(
            Subprocess=Subprocess,
            InprocessBuildEnvironmentInstaller=InprocessBuildEnvironmentInstaller,
            call_subprocess=lambda command, **kwargs: "another pip",
        )
        return module


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return Room(tmp_path, monkeypatch)


def test_pip_fills_it_itself(room: Room) -> None:
    def install(own: Any, requirements: list[str]) -> None:
        assert requirements == ["speaks", "a==1"]
        assert own.finder.find_links == [str(room.place.parent)]
        assert own.finder.index_urls == []
        assert not room.session.auth.prompting
        assert vars(room.directory)["_paths_to_urls"] == {}
        room.put()

    room.install = install
    room.place.parent.mkdir()
    assert room.fill("--find-links", str(room.place.parent)) == "in process"
    assert room.filling.resolved
    assert [one.name for one in room.filling.members] == ["speaks"]
    assert room.spinner.finished == ["done"]
    assert room.captured == 1
    assert room.session.auth.prompting
    assert vars(room.directory)["_paths_to_urls"] == {"a": "stale"}
    assert room.own.finder._link_collector.session is room.session


def test_what_earlier_finders_have_found(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[tuple[Any, Any]] = []
    monkeypatch.setattr(in_process.found_candidates, "take_over", lambda *pair: taken.append(pair))
    # As for explain.
    room.wanted.wanted = False
    assert room.fill() == "another pip"
    assert taken == []
    room.wanted.wanted = True
    assert room.fill() == "in process"
    first, outer = room.own.finder, vars(sys.modules[MODULE])["Subprocess"].finder
    shutil.rmtree(room.place)
    assert room.fill() == "in process"
    second = room.own.finder
    assert first is not second
    assert taken == [(outer, first), (outer, second), (first, second)]


def _told(room: Room) -> None:
    room.owners.messages.warn("something")
    room.put()
    raise ValueError("a bug of pip")


def _refused(room: Room) -> None:
    room.put()
    # pip may swallow it.
    room.owners.outcome.refuse(OverrideError("a rule does not fit"))


def _not_resolved(room: Room) -> None:
    room.place.mkdir(parents=True)


def _with_an_sdist(room: Room) -> None:
    room.put()
    prepare = room.own._preparer.prepare_linked_requirement
    assert prepare(SimpleNamespace(link=SimpleNamespace(is_wheel=True))).startswith("wheel")
    prepare(SimpleNamespace(link=SimpleNamespace(is_wheel=False)))


@pytest.mark.parametrize("way", [_told, _refused, _not_resolved, _with_an_sdist])
def test_what_fails_is_left_to_another_pip(room: Room, way: Callable[[Room], None]) -> None:
    room.install = lambda own, requirements: way(room)
    assert room.fill() == "another pip"
    assert not room.place.exists()
    assert not room.filling.resolved
    assert not room.filling.members
    assert room.owners.outcome.refusal is None
    assert room.owners.messages.warnings == 0
    assert not room.owners.messages.lines
    assert not room.spinner.finished
    # Nor is it tried again in this run.
    room.install = lambda own, requirements: room.put()
    assert room.fill() == "another pip"


def test_warnings_that_are_kept_back(room: Room) -> None:
    room.install = lambda own, requirements: _told(room)
    kept = [(logging.WARNING, "before")]
    with room.owners.messages.warnings_kept(kept):
        assert room.fill() == "another pip"
    assert kept == [(logging.WARNING, "before")]


def test_what_is_there_is_not_removed(room: Room) -> None:
    room.place.mkdir(parents=True)
    (room.place / "file").touch()
    assert room.fill() == "another pip"
    assert (room.place / "file").exists()


@pytest.mark.parametrize(
    "options",
    [
        ["--constraint", "c.txt"],
        ["--no-deps"],
        ["--require-hashes"],
        ["--upgrade"],
        ["--only-binary", ":all:", "--platform", "win_amd64"],
        ["-v"],
        ["--compile"],
        ["--user"],
        ["--target", "elsewhere"],
        ["--nonsense"],
        ["/elsewhere"],
    ],
)
def test_options_that_it_does_not_follow(room: Room, options: list[str]) -> None:
    room.install = lambda own, requirements: pytest.fail("it is used")
    assert room.fill(*options) == "another pip"


@pytest.mark.parametrize(
    ("name", "value", "same"),
    [
        ("PIP_UPGRADE", "1", False),
        ("PIP_NO_DEPS", "1", False),
        ("PIP_CONSTRAINT", "c.txt", False),
        ("PIP_USE_FEATURE", "fast-deps", False),
        ("PIP_LOG", "log.txt", False),
        ("PIP_IGNORE_REQUIRES_PYTHON", "1", False),
        ("PIP_FIND_LINKS", "/links", True),
        ("PIP_RETRIES", "1", True),
        ("PIP_NO_INPUT", "1", True),
        ("PIP_BREAK_SYSTEM_PACKAGES", "1", True),
        ("PIP_USER", "1", True),
        ("PIP_TARGET", "elsewhere", True),
        ("PIP_ROOT", "elsewhere", False),
        # Not one of pip's options.
        ("PIP_BUILD_REQUIREMENTS_OVERRIDE", "o.toml", True),
    ],
)
def test_variables_of_pip(
    room: Room, monkeypatch: pytest.MonkeyPatch, name: str, value: str, same: bool
) -> None:
    monkeypatch.setenv(name, value)
    assert room.fill() == ("in process" if same else "another pip")


@pytest.mark.parametrize(
    ("line", "same"),
    [("timeout = 3", True), ("no-deps = true", False), ("[install]\nupgrade = true", False)],
)
def test_configuration_files(
    room: Room, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str, same: bool
) -> None:
    file = tmp_path / "pip.conf"
    file.write_text(f"[global]\n{line}\n", encoding="utf-8")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    # Those of this machine.
    monkeypatch.setattr(configuration, "get_configuration_files", lambda: {key: [] for key in KINDS})
    assert room.fill() == ("in process" if same else "another pip")


@pytest.mark.parametrize(
    ("index", "same"), [("https://h.test/simple", True), ("file:///simple", False), ("simple", False)]
)
def test_an_index(room: Room, index: str, same: bool) -> None:
    room.no_index = ()
    assert room.fill("-i", index) == ("in process" if same else "another pip")


@pytest.mark.parametrize(
    ("name", "same"), [("x-1-py3-none-any.whl", True), ("x.html", False), ("x.HTM", False)]
)
def test_directories_with_pages(room: Room, tmp_path: Path, name: str, same: bool) -> None:
    links = tmp_path / "links"
    links.mkdir()
    (links / name).touch()
    for link in (str(links), links.as_uri()):
        assert room.fill("--find-links", link) == ("in process" if same else "another pip")
        shutil.rmtree(room.place, ignore_errors=True)
    # pip keeps what it has read of pages.
    assert room.fill("--find-links", str(links / name)) == "another pip"


def test_an_error_that_is_left_to_another_pip(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    assert room.fill("--nonsense") == "another pip"
    assert capsys.readouterr() == ("", "")


def test_variables_for_the_other_pip(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    assert room.fill(variables={"SOMETHING": "1"}) == "another pip"
    monkeypatch.setenv("PIP_CONSTRAINT", "c.txt")
    assert room.fill(variables={"_PIP_IN_BUILD_IGNORE_CONSTRAINTS": "1"}) == "in process"


@pytest.mark.parametrize(
    "changes",
    [
        {"hashes": {"a": ["sha256:1"]}},
        {"stand_ins": (Spy(),)},
        {"upload_limit": Spy()},
    ],
)
def test_rules_that_it_might_not_follow(room: Room, changes: dict[str, Any]) -> None:
    room.filling = Filling(depth=1, **changes)
    assert room.fill() == "another pip"


def test_a_target_that_is_seen(room: Room) -> None:
    room.build.seen = Spy()
    assert room.fill() == "another pip"


def test_not_with_no_reuse(room: Room) -> None:
    room.wanted.wanted = False
    assert room.fill() == "another pip"


def test_output_that_is_shown(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    logger = logging.getLogger("pip.subprocessor")
    monkeypatch.setattr(logger, "level", logging.DEBUG)
    logger.manager._clear_cache()  # type: ignore[attr-defined]
    assert room.fill() == "another pip"
    monkeypatch.undo()
    logger.manager._clear_cache()  # type: ignore[attr-defined]


def test_output_that_is_logged(room: Room, tmp_path: Path) -> None:
    handler = logging.FileHandler(tmp_path / "log.txt", delay=True)
    logging.getLogger().addHandler(handler)
    try:
        assert room.fill() == "another pip"
    finally:
        logging.getLogger().removeHandler(handler)


def test_pips_without_that_installer(room: Room) -> None:
    module: Any = sys.modules[MODULE]
    del module.InprocessBuildEnvironmentInstaller
    assert room.fill() == "another pip"


def test_pips_that_look_into_directories_in_another_way(room: Room) -> None:
    room.directory._paths_to_urls = None
    assert room.fill() == "another pip"


def test_an_unknown_pass(room: Room) -> None:
    assert room.fill(name="another") == "another pip"


def test_pips_that_hold_their_environments_in_another_way(room: Room) -> None:
    environment: Any = SimpleNamespace()
    asked = call(lambda self, prefix_as_string: None, environment, "overlay")
    with room.step.offered(asked, room.build, room.filling):
        pass


def test_another_command(room: Room) -> None:
    module: Any = sys.modules[MODULE]
    environment: Any = SimpleNamespace(
        installer=module.Subprocess(), _prefixes={"overlay": SimpleNamespace(path=str(room.place))}
    )
    with in_process.offered(environment, "overlay", [], lambda fill: pytest.fail("it is offered")):
        assert module.call_subprocess(["/other/python", "runner", "install"]) == "another pip"
        assert module.call_subprocess([sys.executable, "-V"]) == "another pip"
        hidden = [sys.executable, "runner", "install", "--prefix", str(room.place), *OPTIONS, object()]
        assert module.call_subprocess(hidden) == "another pip"
