"""One process of pypa/build under an override: what it does at each seam."""

from __future__ import annotations

import atexit
import json
import logging
import os
import shlex
import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

from .. import switch
from ..errors import OverrideError
from ..in_pip.state import rules_in_force, run_report
from . import seams, tree
from .building import Building
from .project import ProjectBuild, directories_in

if TYPE_CHECKING:
    from ..in_pip.internals.seams import Original
    from .filling import EnvironmentFilling
    from .seams import Call

_ON_BUILDER = "_pip_build_override"
_VERBOSE = 15


class _PypaBuild:
    """What is particular to pypa/build."""

    def __init__(self) -> None:
        self.label = seams.label(import_module("build"))

    def not_loaded_hint(self) -> str:
        upgrade = f"{shlex.quote(sys.executable)} -m pip install -U pip"
        return f"upgrade pip in the environment of build: {upgrade}"

    def by_pip(self, directory: str) -> str:
        return f"build it with pip: pip wheel --no-deps {directory}"

    def refuse_bypass(self, problem: str) -> NoReturn:
        seams.refuse_bypass(problem)

    def failed_to_fill(self, error: subprocess.CalledProcessError, label: str) -> BaseException:
        return seams.shown_plainly(error, label)


class Session:
    """The handlers of the seams of one process.

    Args:
        cwd: the directory to which a relative path of the overrides file refers.

    Raises:
        OverrideError: if the overrides file cannot be used.

    Attributes:
        end: ends with the summary, and removes the files that are no longer needed.
    """

    def __init__(self, cwd: str) -> None:
        _begin_outside_of_backends()
        # What ``run`` watches for are pips without the shim; here, each is checked.
        switch.stop_watching()
        _show_messages()
        self._places: dict[str, str] = {}
        self._front_end = _PypaBuild()
        self._building = Building(
            self._front_end,
            lambda run_directory, warn: rules_in_force.read_file(cwd, run_directory, warn),
            run_report.place(cwd),
        )
        self.end = self._building.end
        atexit.register(self.end)

    @property
    def filling(self) -> EnvironmentFilling | None:
        """The installation that is running; None if there is none."""
        return self._building.filling

    def refused(self, error: OverrideError) -> None:
        """Note that this process ends because of a refusal."""
        self._building.refused(error)

    # The environment

    def enter(self, original: Original, call: Call) -> object:
        """Create a build environment."""
        environment = call.to(original)
        # ``build`` starts the hooks of a project with the interpreter of its environment.
        self._places[environment.python_executable] = environment.path
        return environment

    def make_extra_environ(self, original: Original, call: Call) -> object:
        """Return the variables for build backends, with the shim for the pips that they start."""
        variables = dict(call.to(original) or {})
        # As of 1.3, ``build`` empties this one.
        given = variables.get("PYTHONPATH", os.environ.get("PYTHONPATH", ""))
        if switch.INJECTED not in given.split(os.pathsep):
            given = switch.with_injected({"PYTHONPATH": given})
        variables["PYTHONPATH"] = given
        return variables

    def install(self, original: Original, call: Call) -> object:
        """Fill a build environment, and compare the result with the plan."""
        environment = call["self"]
        build = self._build_in(environment.path)
        build.directories = directories_in(environment.path)
        return self._building.fill(build, tuple(call["requirements"]), lambda: call.to(original))

    def _build_in(self, place: str) -> ProjectBuild:
        for build in reversed(self._building.builds):
            if build.place == place:
                return build
        return seams.refuse_bypass(f"{seams.ENVIRONMENT}.install: called before there is a project")

    # The project

    def begin(self, original: Original, call: Call) -> None:
        """Begin to build a project, and find the rules that apply to it."""
        call.to(original)
        builder = call["self"]
        place = self._places.get(builder.python_executable, "")
        build = ProjectBuild(builder.source_dir, place, self._front_end)
        setattr(builder, _ON_BUILDER, build)
        own = os.path.abspath(sys.executable)
        build.is_foreign = not build.isolated and os.path.abspath(builder.python_executable) != own
        self._building.begin(build)

    def build_system_requires(self, original: Original, call: Call) -> object:
        """Return the effective static requirements of a project."""
        declared = call.to(original)
        build = self._build_of(call["self"])
        return set(self._building.static(build, declared)) if build.isolated else declared

    def get_requires_for_build(self, original: Original, call: Call) -> object:
        """Ask the hook of the build backend, and return the effective requirements."""
        builder = call["self"]
        found = self._building.ask(
            self._build_of(builder),
            call["distribution"],
            _given(call),
            lambda settings: _with(call, settings, original),
            lambda directory, copy: tree.move(seams.caller_of(builder), directory, copy),
        )
        return set(found)

    def prepare(self, original: Original, call: Call) -> object:
        """Prepare metadata."""
        return self._building.prepare(
            self._build_of(call["self"]),
            call["distribution"],
            _given(call),
            lambda settings: _with(call, settings, original),
        )

    def build(self, original: Original, call: Call) -> object:
        """Build a distribution, check it, and record what it was built with."""
        return self._building.build(
            self._build_of(call["self"]),
            call["distribution"],
            _given(call),
            lambda settings: str(_with(call, settings, original)),
        )

    def _build_of(self, builder: object) -> ProjectBuild:
        build = getattr(builder, _ON_BUILDER, None)
        if not isinstance(build, ProjectBuild):
            seams.refuse_bypass(f"{seams.BUILDER}.__init__: bypassed")
        return build


def _given(call: Call) -> dict[str, object]:
    """Return the configuration settings that the user gives for a hook."""
    return dict(call.get("config_settings") or {})


def _with(call: Call, settings: dict[str, object], original: Original) -> Any:
    """Call a hook with configuration settings."""
    if settings != _given(call):
        call["config_settings"] = settings
    return call.to(original)


def _begin_outside_of_backends() -> None:
    """Restore what a table sets for the build backend that has started this process."""
    outside = os.environ.get(switch.OUTSIDE)
    if outside:
        switch.give_back(json.loads(outside))
    os.environ.pop(switch.OUTSIDE, None)


def _show_messages() -> None:
    """Show our messages on standard error; standard output may be a document for a program."""
    logger = logging.getLogger("pip_build_override")
    if logger.handlers:
        return
    logger.addHandler(_Shown())
    logger.propagate = False
    logger.setLevel(_VERBOSE if _is_verbose() else logging.INFO)


def _is_verbose() -> bool:
    return any(word.startswith("-v") or word == "--verbose" for word in sys.argv[1:])


class _Shown(logging.Handler):
    """Shows warnings as pip does, where standard error is by then."""

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        sys.stderr.write(f"WARNING: {text}\n" if record.levelno >= logging.WARNING else f"{text}\n")
        sys.stderr.flush()
