"""The functions of pypa/build that the shim depends on, found by probing, never by version number."""

from __future__ import annotations

import inspect
import subprocess
from importlib import import_module
from types import ModuleType
from typing import Any, Callable, NoReturn, Sequence

from .. import switch
from ..errors import OverrideError
from ..in_pip.internals.seams import Call as Call

BUILDER = "build.ProjectBuilder"
ENVIRONMENT = "build.env.DefaultIsolatedEnv"
_ENV = "build.env"

Decorator = Callable[[Callable[..., object]], Callable[..., object]]

# Each method with the parameters that are used, and the method of the session that runs instead.
_OF_BUILDER = (
    ("__init__", ("source_dir", "python_executable"), "begin"),
    ("get_requires_for_build", ("distribution", "config_settings"), "get_requires_for_build"),
    ("prepare", ("distribution", "output_directory", "config_settings"), "prepare"),
    ("build", ("distribution", "output_directory", "config_settings"), "build"),
)
_STATIC = ("build_system_requires", "build_system_requires")
_OF_ENVIRONMENT = (
    ("__enter__", (), "enter"),
    ("install", ("requirements",), "install"),
    ("make_extra_environ", (), "make_extra_environ"),
)
_PROPERTIES_OF_BUILDER = ("source_dir", "python_executable", _STATIC[0])
_PROPERTIES_OF_ENVIRONMENT = ("path", "python_executable")
# By which ``build`` starts pip or uv: the former since 1.2.
_STARTERS = ("run_subprocess", "_subprocess")
# The object through which it calls the hooks of a build backend, and what that is known to have.
CALLER = "_hook"
OF_CALLER = ("source_dir", "backend_path")


def problems(module: ModuleType) -> list[str]:
    """Return what of pypa/build is not as known, each as ``name: what is wrong with it``.

    Args:
        module: the package ``build``.
    """
    found = list(_lacking(BUILDER, module.ProjectBuilder, _OF_BUILDER, _PROPERTIES_OF_BUILDER))
    try:
        environments = import_module(_ENV)
    except ImportError as error:
        return [*found, f"{_ENV}: {error}"]
    environment = getattr(environments, "DefaultIsolatedEnv", None)
    if environment is None:
        return [*found, f"{ENVIRONMENT}: missing"]
    found += _lacking(ENVIRONMENT, environment, _OF_ENVIRONMENT, _PROPERTIES_OF_ENVIRONMENT)
    if not any(map(callable, _starters(environments).values())):
        found.append(f"{_ENV}.{_STARTERS[0]}: missing")
    return found


def _lacking(
    name: str,
    owner: object,
    methods: Sequence[tuple[str, tuple[str, ...], str]],
    properties: Sequence[str],
) -> list[str]:
    found = []
    for method, parameters, _ in methods:
        function = getattr(owner, method, None)
        if not inspect.isfunction(function):
            found.append(f"{name}.{method}: missing")
            continue
        known = inspect.signature(function).parameters
        lacking = ", ".join(one for one in parameters if one not in known)
        if lacking:
            found.append(f"{name}.{method}: has no parameter {lacking}")
    for one in properties:
        if not isinstance(inspect.getattr_static(owner, one, None), property):
            found.append(f"{name}.{one}: missing")
    return found


def _starters(environments: ModuleType) -> dict[str, Any]:
    return {name: vars(environments)[name] for name in _STARTERS if name in vars(environments)}


def apply(module: ModuleType, at_seam: Callable[[str], Decorator], in_fill: Decorator) -> None:
    """Patch what ``problems`` has found to be as known.

    Args:
        module: the package ``build``.
        at_seam: returns the decorator for the name of a method of the session.
        in_fill: the decorator for the function by which ``build`` starts an installer.
    """
    environments = import_module(_ENV)
    for method, _, handler in _OF_BUILDER:
        replace(module.ProjectBuilder, method, at_seam(handler))
    for method, _, handler in _OF_ENVIRONMENT:
        replace(environments.DefaultIsolatedEnv, method, at_seam(handler))
    declared = inspect.getattr_static(module.ProjectBuilder, _STATIC[0])
    setattr(module.ProjectBuilder, _STATIC[0], property(at_seam(_STATIC[1])(declared.fget)))
    for name, function in _starters(environments).items():
        setattr(environments, name, in_fill(function))


def replace(owner: object, name: str, decorator: Decorator) -> None:
    """Replace a function by what a decorator makes of it."""
    setattr(owner, name, decorator(getattr(owner, name)))


def caller_of(builder: object) -> Any:
    """Return the object through which a builder calls hooks.

    Raises:
        OverrideError: if it is not as known.
    """
    caller = getattr(builder, CALLER, None)
    lacking = [name for name in OF_CALLER if not hasattr(caller, name)]
    if lacking:
        refuse_bypass(f"{BUILDER}.{CALLER}: has no {', '.join(lacking)}")
    return caller


def unknown_build(module: object, problems: Sequence[str]) -> OverrideError:
    """Return the error for a pypa/build whose internals are unknown.

    Args:
        module: the package ``build``.
        problems: what is not as known.
    """
    return OverrideError(
        f"{label(module)} has internals that pip-build-override does not know ({'; '.join(problems)}),"
        " so no override would be in force",
        kind="unknown-build",
        hint="use a build that this pip-build-override knows (1.0 or later; the changelog names the"
        f" newest), or upgrade pip-build-override, or unset {switch.SWITCH}",
    )


def refuse_bypass(problem: str) -> NoReturn:
    """Refuse a pypa/build that does not use a function in the known way.

    Raises:
        OverrideError: always.
    """
    raise unknown_build(import_module("build"), [problem])


def broken(error: ImportError) -> OverrideError:
    """Return the error for a module of the shim that cannot be loaded."""
    return OverrideError(
        f"pip-build-override is broken ({error}), so no override would be in force",
        kind="broken-shim",
        hint=f"reinstall pip-build-override, or unset {switch.SWITCH}",
    )


def shown_plainly(error: subprocess.CalledProcessError, label: str) -> Exception:
    """Return the error for an installer that has failed, which ``build`` shows without a traceback.

    Args:
        error: what ``build`` has raised, after it has shown the output of the installer.
        label: the label of the package that is built.
    """
    plain = getattr(import_module("build"), "FailedProcessError", None)
    if plain is None:
        return error
    words = f"The build requirements of {label} could not be installed; why, is shown above."
    found: Exception = plain(subprocess.CalledProcessError(error.returncode, error.cmd), words)
    return found


def label(module: object) -> str:
    """Return name and version of the front end, such as ``build 1.2.2``."""
    return f"build {getattr(module, '__version__', '')}".strip()
