"""Front ends other than pip: ``run`` is told of each package that one of them builds below it.

Loaded into the process of such a front end when that imports what it calls build backends by. No
override is in force there: pip gets nothing but a bare list to install, if pip takes part at all.
Nothing of ``rules`` may be loaded here: it chooses its libraries by whether it is inside a pip, and
this process may become one later.
"""

from __future__ import annotations

import functools
import os
import sys
from typing import Any, Callable

from .. import switch

ABOUT_THE_PROJECT = ("pyproject.toml", "PKG-INFO", "setup.cfg", "setup.py")
"""The files of a source tree that tell its name."""

_LARGEST = 1 << 20

_METADATA = ("prepare_metadata_for_build_wheel", "prepare_metadata_for_build_editable")
_WHEELS = ("build_wheel", "build_editable")


_ALL = ("build_sdist", *_METADATA, *_WHEELS)

# What a library calls the hooks of a build backend by: a class in its own namespace, the attribute with
# the root of the sources, and the methods that count as a build.
_CALLERS = {
    "pyproject_hooks": ("BuildBackendHookCaller", "source_dir", _ALL),
    "pep517": ("Pep517HookCaller", "source_dir", _ALL),
    # That of tox, which has an sdist installed by pip, and takes no more than the names of
    # dependencies from the metadata.
    "pyproject_api": ("Frontend", "_root", _WHEELS),
}
_VENDORED = "pip._vendor."


def watch(module: Any) -> None:
    """Have a library tell of each package that is built by way of it.

    Args:
        module: one of those that the hook looks out for, loaded.
    """
    vendored, name = module.__name__.startswith(_VENDORED), module.__name__.rpartition(".")[2]
    class_name, directory, wanted = _CALLERS[name]
    kind = getattr(module, class_name, None)
    hooks = [hook for hook in wanted if callable(getattr(kind, hook, None))]
    if not vendored:
        if not set(_WHEELS) <= set(hooks):
            # Not as known: most likely it is there to build something.
            tell(name, os.getcwd())
            return
        # The pips below need not guess.
        known = os.environ.get(switch.FRONT_ENDS, "").split()
        os.environ[switch.FRONT_ENDS] = " ".join(sorted({*known, name}))
    for hook in hooks:
        setattr(kind, hook, _telling(getattr(kind, hook), directory))


def _telling(original: Callable[..., Any], attribute: str) -> Callable[..., Any]:
    @functools.wraps(original)
    def hook(self: Any, *args: Any, **kwargs: Any) -> Any:
        # Some distributions have pip use the library itself, and not a copy of its own.
        if not _is_for_a_pip_command():
            tell(program(), str(getattr(self, attribute, "") or os.getcwd()))
        return original(self, *args, **kwargs)

    return hook


def _is_for_a_pip_command() -> bool:
    """Whether pip itself builds, rather than a program that uses its modules, such as pip-compile."""
    if not os.environ.get(switch.SWITCH):
        # A pip that is run with --isolated, or below one without the shim; that is told already.
        return True
    patches = sys.modules.get("pip_build_override.in_pip.internals.patches")
    return patches is not None and bool(patches.command_runs())


def program() -> str:
    """Give the name of this program as its user knows it."""
    path = sys.argv[0] if sys.argv else ""
    directory, name = os.path.split(path)
    return os.path.basename(directory) if name == "__main__.py" else name or "a Python program"


def tell(front_end: str, directory: str) -> None:
    """Leave word for ``run`` that something is built past pip.

    Args:
        front_end: what builds it.
        directory: the root of its sources, which may be gone when ``run`` looks at the word.
    """
    files = {name: _content(os.path.join(directory, name)) for name in ABOUT_THE_PROJECT}
    facts: dict[str, object] = {"by": front_end, "directory": directory, "files": files}
    try:
        switch.tell_watcher("elsewhere", facts)
    except OSError as error:
        # Whatever is wrong, ``run`` must not end as if nothing had been built.
        sys.stderr.write(f"pip-build-override: error: {error}\n")
        raise SystemExit(2) from None


def tell_of_uv() -> None:
    """Leave word of a hook of a build backend that uv, or somebody who does as uv, calls here."""
    tell("uv" if _parent() in ("uv", "") else "a Python program", os.getcwd())


def _parent() -> str:
    """Return the name of the process that has started this one, "" if this system does not tell."""
    try:
        with open(f"/proc/{os.getppid()}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""


def tell_of_plain_pip() -> None:
    """Leave word of a pip that builds without the shim, and has started this process."""
    switch.tell_watcher("outer")


def _content(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(_LARGEST)
    except OSError:
        return None
