"""Run pip with the shim in an interpreter that ignores PYTHONPATH, as ``python -I -m pip`` would.

Started as a script by a front end that isolates its pip with ``-I``.
"""

import os
import runpy
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
_INJECT = os.path.join(_HERE, "inject")


def _arm() -> None:
    # With -I, Python does not search the directory of a script.
    sys.path.insert(0, _INJECT)
    try:
        hook = __import__("pip_build_override_hook")
    finally:
        sys.path.remove(_INJECT)
    hook.arm(os.path.dirname(_HERE), hook.INJECTED)
    if os.environ.get("PIP_BUILD_REQUIREMENTS_OVERRIDE_WATCH"):
        hook.watch(os.path.dirname(_HERE), os.environ)


if __name__ == "__main__":
    _arm()
    runpy.run_module("pip", run_name="__main__", alter_sys=True)
