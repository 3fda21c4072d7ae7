"""The gate that every pip command passes; it decides which commands are overridden."""

from __future__ import annotations

import functools
import os
import sys
from importlib import import_module
from importlib.util import find_spec
from types import FrameType
from typing import TYPE_CHECKING, Callable, NoReturn

from .. import switch
from ..errors import OverrideError
from .internals import other_python

if TYPE_CHECKING:
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Sequence

    from .internals.protocols import Command
    from .internals.seams import Original

    Path = Sequence[str] | None

_COMMANDS_PACKAGE = "pip._internal.commands"
_ENTRY = f"{_COMMANDS_PACKAGE}.create_command"


class _CommandGuard:
    """Stops pip if it loads an overridden command without passing the gate."""

    def find_spec(self, name: str, path: Path = None, target: ModuleType | None = None) -> None:
        if not name.startswith(_COMMANDS_PACKAGE + ".") or not _asked_for(name.rpartition(".")[2]):
            return
        # Another program may load one for a class in it, and may have its own "install" command.
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if _is_of_pip(frame):
                _refuse_unknown(f"{_ENTRY}: bypassed")
            frame = frame.f_back


_GUARD = _CommandGuard()


class _ProgramGuard:
    """Guards the modules of pip by which a program fills build environments without a pip command."""

    def __init__(self) -> None:
        self.finding = False

    def find_spec(
        self, name: str, path: Path = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        guard = _GUARDS_OF_PROGRAMS.get(name)
        if guard is None or self.finding:
            return None
        self.finding = True
        try:
            spec = find_spec(name)
        finally:
            self.finding = False
        loader = spec.loader if spec is not None else None
        if spec is not None and loader is not None and hasattr(loader, "exec_module"):
            spec.loader = _LoaderAndGuard(loader, guard)  # type: ignore[assignment]  # as the hook's
        return spec


class _LoaderAndGuard:
    """Runs a module with its own loader, and then calls the guard on it."""

    def __init__(self, loader: Loader, guard: Callable[[ModuleType], None]) -> None:
        self.loader = loader
        self.guard = guard

    def __getattr__(self, name: str) -> object:
        found: object = getattr(self.loader, name)
        return found

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self.loader
        if module.__spec__ is not None:
            module.__spec__.loader = self.loader
        self.loader.exec_module(module)
        self.guard(module)


def _guard_environments(module: ModuleType) -> None:
    for environment in list(vars(module).values()):
        fill = vars(environment).get("install_requirements") if isinstance(environment, type) else None
        if fill is not None:
            environment.install_requirements = _outside_of_commands(fill, "filling_plainly")


def _guard_trackers(module: ModuleType) -> None:
    for name in ("get_build_tracker", "get_requirement_tracker"):
        if hasattr(module, name):
            setattr(module, name, _outside_of_commands(getattr(module, name), "tracking"))


def _outside_of_commands(original: Original, instead: str) -> Original:
    """Wrap a pip function so that, outside of pip commands, one of ``programs`` runs instead."""

    @functools.wraps(original)
    def guarded(*args: object, **kwargs: object) -> object:
        # A pip command that is not overridden has unset the switch.
        patches = sys.modules.get(f"{__package__}.internals.patches")
        if not os.environ.get(switch.SWITCH) or (patches is not None and patches.command_runs()):
            return original(*args, **kwargs)
        from . import programs

        return getattr(programs, instead)(original, args, kwargs)

    return guarded


def _override_build(module: ModuleType) -> None:
    """Put pypa/build under the override if a program imports it after pip (pip-compile does)."""
    # By name: the part for pypa/build uses rooms below this one.
    gate = import_module(f"{__package__.rpartition('.')[0]}.in_build.gate")
    if gate.engage(module) is not True:
        raise ImportError(f"{gate.__name__} is incomplete")


_GUARDS_OF_PROGRAMS: dict[str, Callable[[ModuleType], None]] = {
    "pip._internal.build_env": _guard_environments,
    "pip._internal.operations.build.build_tracker": _guard_trackers,
    "pip._internal.req.req_tracker": _guard_trackers,
    "build": _override_build,
}


def engage() -> bool:
    """Wrap ``create_command``, through which every pip command passes.

    Returns:
        True, which tells the caller that this file is complete.

    Raises:
        SystemExit: if an overridden command is requested and this pip has no place for the gate.
    """
    # The last function of this file: if the file is truncated between two lines, this raises.
    _ = _refuse
    try:
        commands = import_module(_COMMANDS_PACKAGE)
    except ImportError as error:
        return _without_gate(str(error))
    try:
        original = commands.create_command
    except AttributeError as error:
        return _without_gate(str(error))
    vars(commands)["create_command"] = _create_command(original)
    sys.meta_path.insert(0, _GUARD)
    problem = other_python.hand_on()
    if problem and any(map(_asked_for, switch.OVERRIDDEN_COMMANDS)):
        _refuse_unknown(problem)
    for name, guard in _GUARDS_OF_PROGRAMS.items():
        if name in sys.modules:
            guard(sys.modules[name])
    sys.meta_path.insert(0, _ProgramGuard())
    switch.tell_watcher("loaded")
    return True


def _without_gate(problem: str) -> bool:
    """Refuse a pip that has no ``create_command``, if an overridden command is requested."""
    if any(map(_asked_for, switch.OVERRIDDEN_COMMANDS)):
        _refuse_unknown(f"{_ENTRY}: {problem}")
    return True


def _create_command(original: Callable[..., Command]) -> Callable[..., Command]:
    def create_command(name: str, **kwargs: object) -> Command:
        if _GUARD in sys.meta_path:
            sys.meta_path.remove(_GUARD)
        if name not in switch.OVERRIDDEN_COMMANDS:
            return original(name, **kwargs)
        isolated = bool(kwargs.get("isolated"))
        if not _is_of_pip(sys._getframe(1)):
            # Programs such as pip-tools create a command for its options, and never run it.
            return _overridden_if_run(original(name, **kwargs), isolated)
        before = _variables()
        overridden = _under_the_switch(isolated)
        command = original(name, **kwargs)
        if overridden is not None:
            command = overridden(command)
        command.main = _giving_back(command.main, before)
        return command

    return create_command


def _under_the_switch(isolated: bool) -> Callable[[Command], Command] | None:
    """Set the environment variables for one pip command and what it starts.

    Returns:
        the function that puts the command under the override; None if it is not overridden.
    """
    if not os.environ.get(switch.SWITCH):
        # It was set when this process started, and a program has unset it since.
        return None
    switch.give_back(_outside_of_backend())
    os.environ.pop(switch.OUTSIDE, None)
    if isolated:
        # pip does not pass --isolated to the pips that it starts, so the switch is unset for them.
        os.environ.pop(switch.SWITCH, None)
        switch.tell_watcher("isolated")
        return None
    if _below_pip_without_shim():
        if switch.WATCH not in os.environ:
            _refuse(_HALF_ON)
        # Off in the outer pip, so off in this one; ``run`` reports it at the end.
        os.environ.pop(switch.SWITCH, None)
        switch.tell_watcher("outer")
        return None
    os.environ[switch.FOLLOWED] = "1"
    switch.stop_watching()
    try:
        # Imported late, because only these commands need it, and all at once, because pip 26.3
        # allows no import once it installs.
        from . import command

        return command.overridden
    except Exception as error:
        from .internals.unknown_pip import not_importable

        _refuse(not_importable(error))


def _overridden_if_run(command: Command, isolated: bool) -> Command:
    """Put a command that a program has created under the override while it runs."""
    made = {name: getattr(command, name) for name in ("main", "run")}
    parse_args = command.parse_args

    @functools.wraps(parse_args)
    def parse_args_unwatched(*args: object, **kwargs: object) -> object:
        # The log of ``run`` is for pips without the shim; some programs log where the options say.
        before = _variables()
        switch.stop_watching()
        try:
            return parse_args(*args, **kwargs)
        finally:
            switch.give_back(before)

    command.parse_args = parse_args_unwatched

    def when_run(name: str) -> Callable[..., object]:
        @functools.wraps(made[name])
        def run(*args: object, **kwargs: object) -> object:
            vars(command).update(made)
            before = _variables()
            try:
                overridden = _under_the_switch(isolated)
                if overridden is not None:
                    overridden(command)
                return getattr(command, name)(*args, **kwargs)
            finally:
                switch.give_back(before)
                vars(command).update(ours)

        return run

    ours = {name: when_run(name) for name in made}
    vars(command).update(ours)
    return command


def _variables() -> dict[str, str | None]:
    changed = (*switch.CHANGED_BY_A_COMMAND, *_outside_of_backend())
    return {variable: os.environ.get(variable) for variable in changed}


def _outside_of_backend() -> dict[str, str | None]:
    """Return the variables that a table sets for the build backend that has started this pip.

    They are not for what this pip builds, which has tables of its own.
    """
    text = os.environ.get(switch.OUTSIDE)
    if not text:
        return {}
    import json

    outside: dict[str, str | None] = json.loads(text)
    return outside


def _giving_back(main: Callable[..., int], before: dict[str, str | None]) -> Callable[..., int]:
    """Restore environment variables after a command, because a process may run several commands."""

    @functools.wraps(main)
    def main_and_give_back(*args: object, **kwargs: object) -> int:
        try:
            return main(*args, **kwargs)
        finally:
            switch.give_back(before)

    return main_and_give_back


def _is_of_pip(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] == "pip"


def _below_pip_without_shim() -> bool:
    trackers = set(filter(None, map(os.environ.get, switch.BUILD_TRACKERS)))
    # A tracker that a program with the shim has created does not come from a pip.
    trackers.discard(os.environ.get(switch.TRACKED))
    return switch.FOLLOWED not in os.environ and bool(trackers)


_HALF_ON = OverrideError(
    "the pip that started this one has not loaded pip-build-override, so the override would be in force"
    " in this one only",
    kind="shim-not-loaded",
    hint="start the outer pip without Python's -S; pip-build-override status --python PYTHON says"
    " whether its interpreter loads pip-build-override",
)


def _asked_for(command: str) -> bool:
    # Programs that only use pip's modules, such as pip-tools, are not overridden.
    return command in switch.OVERRIDDEN_COMMANDS and command in sys.argv[1:]


def _refuse_unknown(problem: str) -> NoReturn:
    from .internals.unknown_pip import unknown_pip

    _refuse(unknown_pip([problem]))


def _refuse(error: OverrideError) -> NoReturn:
    switch.tell_watcher("refused")
    sys.stderr.write(f"pip-build-override: error: {error.shown}\n")
    raise SystemExit(2)
