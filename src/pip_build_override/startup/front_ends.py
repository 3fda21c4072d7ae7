"""Reports to ``run`` about the packages that front ends other than pip build below it.

Loaded into the process of such a front end when it imports the library with which it calls build
backends, or a build backend itself. No override is in force there: pip only gets a list of requirements
to install, if it is used at all. Nothing from ``rules`` may be imported here: it chooses its libraries
by whether it is inside pip, and pip may be imported into this process later.
"""

from __future__ import annotations

import functools
import os
import sys
from typing import Any, Callable

from .. import switch

ABOUT_THE_PROJECT = ("pyproject.toml", "PKG-INFO", "setup.cfg", "setup.py")
"""The files of a source tree that may contain the name of the project."""

TOLD = "_PIP_BUILD_OVERRIDE_TOLD"
"""Variable set by a process that calls build backends, for them: it reports its builds itself."""

_LARGEST = 1 << 20

_METADATA = ("prepare_metadata_for_build_wheel", "prepare_metadata_for_build_editable")
_WHEELS = ("build_wheel", "build_editable")


_ALL = ("build_sdist", *_METADATA, *_WHEELS)

# How each library calls the hooks of a build backend: its class, the attribute with the root of the
# sources, and the methods that count as a build.
_CALLERS = {
    "pyproject_hooks": ("BuildBackendHookCaller", "source_dir", _ALL),
    "pep517": ("Pep517HookCaller", "source_dir", _ALL),
    # Used by tox, which lets pip install an sdist, and only takes the names of dependencies from the
    # metadata.
    "pyproject_api": ("Frontend", "_root", _WHEELS),
}
_VENDORED = "pip._vendor."

# What builds in the process that imports it, such as that of ``python -m hatchling build``: the same of
# each module, with "" for functions of the module.
_BACKENDS = {
    "setuptools.dist": ("Distribution", "", ("run_command",)),
    "hatchling.builders.plugin.interface": ("BuilderInterface", "root", ("build",)),
    "flit_core.wheel": ("WheelBuilder", "directory", ("build",)),
    "flit_core.sdist": ("SdistBuilder", "cfgdir", ("build",)),
    "poetry.core.masonry.builders.wheel": ("WheelBuilder", "_path", ("build",)),
    "poetry.core.masonry.builders.sdist": ("SdistBuilder", "_path", ("build",)),
    "poetry.masonry.builders.editable": ("EditableBuilder", "_path", ("build",)),
}
# The other ones have the functions of PEP 517 and PEP 660.
_HOOKS = ("", "", ("build_sdist", *_WHEELS))
# Commands of setuptools that build; all others of its commands run one of them if they do.
_BUILDING = ("build", "build_ext", "sdist")
_TOOLS = ("poetry", "pdm", "hatch", "flit")
_STARTERS = (*_TOOLS, "pipx", "tox", "nox")
_MOST_ANCESTORS = 8


def watch(module: Any) -> None:
    """Patch a library so that it reports each package that is built with it.

    Args:
        module: One of the modules that the hook watches for, already loaded.
    """
    vendored, name = module.__name__.startswith(_VENDORED), module.__name__.rpartition(".")[2]
    if not vendored and name not in _CALLERS:
        _watch_backend(module)
        return
    class_name, directory, wanted = _CALLERS[name]
    kind = getattr(module, class_name, None)
    hooks = [hook for hook in wanted if callable(getattr(kind, hook, None))]
    if not vendored:
        if not set(_WHEELS) <= set(hooks):
            # Not as known: report a build, because something is most likely built with it.
            tell(name, os.getcwd())
            return
        # Then the pips below need not guess.
        known = os.environ.get(switch.FRONT_ENDS, "").split()
        os.environ[switch.FRONT_ENDS] = " ".join(sorted({*known, name}))
    for hook in hooks:
        setattr(kind, hook, _telling(getattr(kind, hook), directory))


def _telling(original: Callable[..., Any], attribute: str) -> Callable[..., Any]:
    @functools.wraps(original)
    def hook(self: Any, *args: Any, **kwargs: Any) -> Any:
        # In some Linux distributions, pip uses the library itself instead of a vendored copy.
        if not _is_overridden(self):
            tell(program(), str(getattr(self, attribute, "") or os.getcwd()))
        # In the process in which the backend runs, this is not told once more.
        with switch.Changed({TOLD: "1"}):
            return original(self, *args, **kwargs)

    return hook


def _watch_backend(module: Any) -> None:
    class_name, directory, wanted = _BACKENDS.get(module.__name__, _HOOKS)
    owner = getattr(module, class_name, None) if class_name else module
    for name in wanted:
        original = getattr(owner, name, None)
        if callable(original):
            setattr(owner, name, _building(original, directory))


def _building(original: Callable[..., Any], attribute: str) -> Callable[..., Any]:
    @functools.wraps(original)
    def build(*args: Any, **kwargs: Any) -> Any:
        if os.environ.get(switch.SWITCH) and _builds(original.__name__, args[1:]):
            owner = args[0] if attribute else None
            tell(_tool(), os.path.abspath(getattr(owner, attribute, "") if attribute else ""))
        return original(*args, **kwargs)

    return build


def _builds(name: str, arguments: tuple[Any, ...]) -> bool:
    # Programs that are no setup.py use setuptools, too, to compile something of their own.
    return name != "run_command" or (program() == "setup.py" and arguments[0] in _BUILDING)


def _is_overridden(caller: object) -> bool:
    """Return whether pip, pypa/build or tox builds under the rules, not a program with modules of pip.

    Args:
        caller: The object that calls the hooks of a build backend.
    """
    if not os.environ.get(switch.SWITCH):
        # A pip run with --isolated, or below one without the shim; both are already reported.
        return True
    patches = sys.modules.get("pip_build_override.in_pip.internals.patches")
    if patches is not None and patches.command_runs():
        return True
    gate = sys.modules.get("pip_build_override.in_build.gate")
    if gate is not None and gate.builds():
        return True
    packaging = sys.modules.get("pip_build_override.engines.tox_packaging")
    return packaging is not None and bool(packaging.is_in_force(caller))


def program() -> str:
    """Return the name of this program as its user knows it."""
    path = sys.argv[0] if sys.argv else ""
    directory, name = os.path.split(path)
    if name == "__main__.py":
        return os.path.basename(directory)
    return "a Python program" if name in ("", "-c") else name


def tell(front_end: str, directory: str, through: str = "") -> None:
    """Leave a message for ``run`` that a build bypasses pip.

    Args:
        front_end: Name of the program that builds.
        directory: Root of the sources, which may no longer exist when ``run`` reads the message.
        through: Name of the program that has started it; "" if it is not known as one that builds.

    Raises:
        SystemExit: If the message cannot be written.
    """
    files = {name: _content(os.path.join(directory, name)) for name in ABOUT_THE_PROJECT}
    facts: dict[str, object] = {
        "by": front_end,
        "through": through,
        "directory": directory,
        "files": files,
    }
    try:
        switch.tell_watcher("elsewhere", facts)
    except OSError as error:
        # ``run`` must not end as if nothing had been built.
        sys.stderr.write(f"pip-build-override: error: {error} [unwritable-file]\n")
        raise SystemExit(2) from None


def tell_of_uv() -> None:
    """Report that uv, or a program that works like uv, calls a build backend's hook in this process."""
    parents = _ancestors()
    by = "uv" if not parents or parents[0] == "uv" else "a Python program"
    tell(by, os.getcwd(), _known(parents[1:], _STARTERS) if by == "uv" else "")


def tell_of_another() -> None:
    """Report that a program without the shim calls a build backend's hook in this process."""
    tell(_known(_ancestors(), _TOOLS) or _module_above() or "a Python program", os.getcwd())


def _tool() -> str:
    """Return the name of the program that builds by a build backend which it has imported."""
    own = program()
    return own if own in _TOOLS else _known(_ancestors(), _TOOLS) or own


def _known(names: list[str], wanted: tuple[str, ...]) -> str:
    """Return the first of these programs that is one of those wanted, or ""."""
    return next((name for name in names if name in wanted), "")


def _module_above() -> str:
    """Return the module that the process above this one runs, as its user types it, or ""."""
    command = (_content(f"/proc/{os.getppid()}/cmdline") or "").split("\0")
    return f"python -m {command[command.index('-m') + 1]}" if "-m" in command[:-1] else ""


def _ancestors() -> list[str]:
    """Return the names of the processes above this one, as far as this system provides them."""
    names: list[str] = []
    process = os.getppid()
    while process > 1 and len(names) < _MOST_ANCESTORS:
        try:
            with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
                # The name is in parentheses, and may contain some.
                before, _, after = file.read().rpartition(")")
        except OSError:
            break
        names.append(before.partition("(")[2])
        process = int(after.split()[1])
    return names


def tell_of_plain_pip() -> None:
    """Report that this process was started by a pip that builds without the shim."""
    switch.tell_watcher("outer")


def _content(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(_LARGEST)
    except OSError:
        return None
