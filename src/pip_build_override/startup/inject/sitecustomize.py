"""Put on PYTHONPATH by ``pip-build-override run``: load the hook, then the file that this one shadows.

A command may start an old Python, so the syntax of this file must be valid in old versions too.
"""

import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))


def _same(entry):
    # type: (str) -> bool
    # An empty entry is the current directory, which is never ours to remove.
    return bool(entry) and os.path.abspath(entry) == _HERE


def _import_shadowed():
    # type: () -> None
    # ``site`` imports only the first sitecustomize on the path. After ours is removed from the path,
    # the same import finds the next one, which the user may depend on.
    ours = sys.modules.pop("sitecustomize", None)
    try:
        __import__("sitecustomize")
    except ImportError as error:
        if getattr(error, "name", "sitecustomize") != "sitecustomize":
            raise
    finally:
        # The import system requires the module that it has just run to be in sys.modules.
        if ours is not None:
            sys.modules.setdefault("sitecustomize", ours)


if os.environ.get("PIP_BUILD_REQUIREMENTS_OVERRIDE"):
    # Not the one of another copy, which a .pth file may have loaded already.
    sys.modules.pop("pip_build_override_hook", None)
    _hook = __import__("pip_build_override_hook")
    _package = os.path.dirname(os.path.dirname(_HERE))
    _hook.arm(_package, "PYTHONPATH")
    if os.environ.get("PIP_BUILD_REQUIREMENTS_OVERRIDE_WATCH"):
        _hook.watch(_package, os.environ)
sys.path[:] = [entry for entry in sys.path if not _same(entry)]
_import_shadowed()
