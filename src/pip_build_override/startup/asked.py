"""A script with which another interpreter reports how it starts; its answer is one JSON object.

Run as a file and not with ``-c``, which would search the working directory first, where there may be
an unrelated json.py or pip. Standard library only.
"""

from __future__ import annotations

import importlib.machinery
import json
import os
import site
import sys
import sysconfig

_MARK = "pip_build_override"
_HERE = os.path.dirname(os.path.abspath(__file__))


def start() -> dict[str, object]:
    """Return where this interpreter looks for its start-up files."""
    base = getattr(sys, "base_prefix", sys.prefix)
    stdlib = sysconfig.get_path("stdlib")
    managed = os.path.join(stdlib, "EXTERNALLY-MANAGED")
    return {
        "version": list(sys.version_info[:3]),
        "executable": sys.executable,
        "prefix": sys.prefix,
        "site_packages": sysconfig.get_path("purelib"),
        "path": _path(),
        "site_directories": _site_directories(),
        "sitecustomize": _customize("sitecustomize"),
        # Python imports it only if it has a directory of the user on its path.
        "usercustomize": _customize("usercustomize") if site.ENABLE_USER_SITE else [],
        # PEP 668: the file applies to the interpreter's own environment, not to virtual environments.
        "managed": managed if sys.prefix == base and os.path.isfile(managed) else None,
    }


def loading() -> dict[str, object]:
    """Return whether the hook is armed in this process, and whether the shim loads into its pip."""
    answer: dict[str, object] = {"armed": False, "package": None, "route": None, "pip": None}
    ours = [finder for finder in sys.meta_path if getattr(finder, _MARK, False)]
    if ours:
        # Any other finder takes precedence over the one from a start-up file.
        finder = min(ours, key=lambda finder: getattr(finder, _MARK) == "waiting")
        answer["armed"] = True
        answer["package"] = getattr(finder, "package", None)
        answer["route"] = getattr(finder, "route", None)
        answer.update(_pip())
        return answer
    answer.update(_pip(hooked=False))
    return answer


def _path() -> list[str]:
    # Python puts the directory of this script first.
    return [entry for entry in sys.path if entry and os.path.abspath(entry) != _HERE]


def _site_directories() -> list[str]:
    found: list[str] = list(getattr(site, "getsitepackages", list)())
    if site.ENABLE_USER_SITE:
        found.append(site.getusersitepackages())
    return found


def _customize(module: str) -> list[tuple[str, str]]:
    """Return all importable files of that module, in order of precedence, each with its path entry."""
    found = []
    for entry in _path():
        spec = importlib.machinery.PathFinder.find_spec(module, [entry])
        # A directory without __init__.py may be a namespace package, of which nothing is run.
        if spec is not None and spec.has_location:
            found.append((entry, str(spec.origin)))
    return found


def _pip(hooked: bool = True) -> dict[str, object]:
    answer: dict[str, object] = {}
    try:
        import pip
    except ImportError:
        problem = _problem_without_pip
    else:
        where = os.path.dirname(os.path.abspath(pip.__file__))
        answer["pip"] = {"version": pip.__version__, "path": where}
        problem = _problem
    if hooked:
        try:
            answer["problem"] = problem()
        except SystemExit:
            # The reason is on standard error.
            answer["problem"] = "refused"
        answer["loaded"] = _MARK in sys.modules
    return answer


def _problem_without_pip() -> str | None:
    # Without pip, this is all that can be tried: call the finders as an import of pip would.
    for finder in list(sys.meta_path):
        if getattr(finder, _MARK, False):
            finder.find_spec("pip._internal", [])
    return None


def _problem() -> str | None:
    import pip._internal  # noqa: F401 - loads the shim

    # Only the copy that the hook has loaded, not any other.
    if _MARK not in sys.modules:
        return None
    try:
        importlib.import_module(_MARK + ".in_pip.internals.seams").probe()
        other = importlib.import_module(_MARK + ".in_pip.internals.other_python").hand_on()
    except Exception as error:
        return str(getattr(error, "message", f"{type(error).__name__}: {error}"))
    return None if other is None else str(other)


def main() -> None:
    """Answer the question named on the command line."""
    answer = start() if sys.argv[1] == "start" else loading()
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
