"""Reports to ``run`` about the packages that front ends other than pip build below it.

Loaded into the process of such a front end when it imports the library with which it calls build
backends. No override is in force there: pip only gets a list of requirements to install, if it is used
at all. Nothing from ``rules`` may be imported here: it chooses its libraries by whether it is inside
pip, and pip may be imported into this process later.
"""

from __future__ import annotations

import functools
import os
import sys
from typing import Any, Callable

from .. import switch

ABOUT_THE_PROJECT = ("pyproject.toml", "PKG-INFO", "setup.cfg", "setup.py")
"""The files of a source tree that may contain the name of the project."""

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


def watch(module: Any) -> None:
    """Patch a library so that it reports each package that is built with it.

    Args:
        module: One of the modules that the hook watches for, already loaded.
    """
    vendored, name = module.__name__.startswith(_VENDORED), module.__name__.rpartition(".")[2]
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
        if not _is_overridden():
            tell(program(), str(getattr(self, attribute, "") or os.getcwd()))
        return original(self, *args, **kwargs)

    return hook


def _is_overridden() -> bool:
    """Return whether pip or pypa/build itself builds, not a program that only uses modules of pip."""
    if not os.environ.get(switch.SWITCH):
        # A pip run with --isolated, or below one without the shim; both are already reported.
        return True
    patches = sys.modules.get("pip_build_override.in_pip.internals.patches")
    if patches is not None and patches.command_runs():
        return True
    gate = sys.modules.get("pip_build_override.in_build.gate")
    return gate is not None and bool(gate.builds())


def program() -> str:
    """Return the name of this program as its user knows it."""
    path = sys.argv[0] if sys.argv else ""
    directory, name = os.path.split(path)
    return os.path.basename(directory) if name == "__main__.py" else name or "a Python program"


def tell(front_end: str, directory: str) -> None:
    """Leave a message for ``run`` that a build bypasses pip.

    Args:
        front_end: Name of the program that builds.
        directory: Root of the sources, which may no longer exist when ``run`` reads the message.

    Raises:
        SystemExit: If the message cannot be written.
    """
    files = {name: _content(os.path.join(directory, name)) for name in ABOUT_THE_PROJECT}
    facts: dict[str, object] = {"by": front_end, "directory": directory, "files": files}
    try:
        switch.tell_watcher("elsewhere", facts)
    except OSError as error:
        # ``run`` must not end as if nothing had been built.
        sys.stderr.write(f"pip-build-override: error: {error} [unwritable-file]\n")
        raise SystemExit(2) from None


def tell_of_uv() -> None:
    """Report that uv, or a program that works like uv, calls a build backend's hook in this process."""
    tell("uv" if _parent() in ("uv", "") else "a Python program", os.getcwd())


def _parent() -> str:
    """Return the name of the parent process, or "" if this system does not provide it."""
    try:
        with open(f"/proc/{os.getppid()}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""


def tell_of_plain_pip() -> None:
    """Report that this process was started by a pip that builds without the shim."""
    switch.tell_watcher("outer")


def _content(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(_LARGEST)
    except OSError:
        return None
