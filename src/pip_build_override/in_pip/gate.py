"""Where pip's command line meets us: which pip commands are overridden, and how they end."""

from __future__ import annotations

import functools
import os
import sys
from importlib import import_module
from typing import Any, Callable, Sequence

from .. import switch
from ..errors import OverrideError
from . import other_python

_COMMANDS_PACKAGE = "pip._internal.commands"
_ENTRY = f"{_COMMANDS_PACKAGE}.create_command"


class _CommandGuard:
    """Stops pip where it loads one of our commands without having passed the gate."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name.startswith(_COMMANDS_PACKAGE + ".") and _asked_for(name.rpartition(".")[2]):
            _refuse(_unknown(f"{_ENTRY}: passed by"))


_GUARD = _CommandGuard()


def engage() -> bool:
    """Wrap ``create_command``, through which every pip command passes.

    Returns:
        True: nothing else is taken for a gate that is there as a whole.

    Raises:
        SystemExit: where this pip has no such function and one of our commands was asked for.
    """
    # The last of this file: where it breaks off between two lines, this raises.
    _ = unknown_pip
    try:
        commands: Any = import_module(_COMMANDS_PACKAGE)
        original = commands.create_command
    except (ImportError, AttributeError) as error:
        if any(map(_asked_for, switch.OVERRIDDEN_COMMANDS)):
            _refuse(_unknown(f"{_ENTRY}: {error}"))
        return True
    commands.create_command = _create_command(original)
    sys.meta_path.insert(0, _GUARD)
    problem = other_python.hand_on()
    if problem and any(map(_asked_for, switch.OVERRIDDEN_COMMANDS)):
        _refuse(_unknown(problem))
    switch.tell_watcher("loaded")
    return True


def _create_command(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_command(name: str, **kwargs: Any) -> Any:
        if _GUARD in sys.meta_path:
            sys.meta_path.remove(_GUARD)
        if name not in switch.OVERRIDDEN_COMMANDS:
            return original(name, **kwargs)
        before = {variable: os.environ.get(variable) for variable in switch.CHANGED_BY_A_COMMAND}
        command = under_the_switch(name, kwargs)
        command.main = _giving_back(command.main, before)
        return command

    def under_the_switch(name: str, kwargs: dict[str, Any]) -> Any:
        if kwargs.get("isolated"):
            # pip passes --isolated to no pip that it starts, so that is for us to do.
            os.environ.pop(switch.SWITCH, None)
            switch.tell_watcher("isolated")
            return original(name, **kwargs)
        if _below_pip_without_shim():
            if switch.WATCH not in os.environ:
                _refuse(_HALF_ON)
            # Off in the outer one, so off in this one; ``run`` says so when all is done.
            os.environ.pop(switch.SWITCH, None)
            switch.tell_watcher("outer")
            return original(name, **kwargs)
        os.environ[switch.FOLLOWED] = "1"
        switch.stop_watching()
        try:
            # What the start of a command needs is imported late: only these commands pay for it,
            # and all of it now, because pip 26.3 allows no import once it installs.
            from . import command

            overridden = command.overridden
        except Exception as error:
            _refuse(not_importable(error))
        return overridden(original(name, **kwargs))

    return create_command


def _giving_back(main: Callable[..., Any], before: dict[str, str | None]) -> Callable[..., Any]:
    """Have a command leave environment variables as they were: a process may run several commands."""

    @functools.wraps(main)
    def main_and_give_back(*args: Any, **kwargs: Any) -> Any:
        try:
            return main(*args, **kwargs)
        finally:
            switch.give_back(before)

    return main_and_give_back


def _below_pip_without_shim() -> bool:
    return switch.FOLLOWED not in os.environ and any(map(os.environ.get, switch.BUILD_TRACKERS))


_HALF_ON = OverrideError(
    "the pip that started this one has not loaded the shim, so the override would be in force in this"
    " one only",
    hint="start the outer pip without -S, by an interpreter that pip-build-override status approves of",
)


def _asked_for(command: str) -> bool:
    # Programs that merely use pip's modules, such as pip-tools, are none of our business.
    return command in switch.OVERRIDDEN_COMMANDS and command in sys.argv[1:]


def _unknown(problem: str) -> OverrideError:
    from pip import __version__

    return OverrideError(
        f"pip {__version__} is not as known ({problem}), so no override would be in force",
        hint="use a pip that pip-build-override knows (21.2 or later; see its changelog), "
        f"or unset {switch.SWITCH}",
    )


def not_importable(error: Exception) -> OverrideError:
    """Give the error for a module of the shim, or one of pip's that it needs, that cannot be loaded."""
    if isinstance(error, ImportError) and (error.name or "").partition(".")[0] == "pip":
        return _unknown(str(error))
    return OverrideError(
        f"the shim is broken ({type(error).__name__}: {error}), so no override would be in force",
        hint=f"install pip-build-override anew, or unset {switch.SWITCH}",
    )


def _refuse(error: OverrideError) -> None:
    switch.tell_watcher("refused")
    sys.stderr.write(f"pip-build-override: error: {error}\n")
    raise SystemExit(2)


def unknown_pip(problems: Sequence[str]) -> OverrideError:
    """Give the error for a pip whose internals are not as known.

    Args:
        problems: each as ``module.name: what is wrong with it``.
    """
    return _unknown("; ".join(problems))
