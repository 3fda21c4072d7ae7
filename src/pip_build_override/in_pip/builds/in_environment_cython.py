"""A script, run by the interpreter of a build environment, that has Cython generate files again.

It uses the command of Cython, which all releases have, and ends as ``cythonize()`` does.
"""

from __future__ import annotations

import json
import os
import runpy
import sys

# Any other status is about its arguments.
_NOT_COMPILED = 1


def generate(path: str) -> None:
    """Run Cython for each list of arguments in a JSON file, of which the last two are the files.

    Raises:
        SystemExit: If Cython fails.
    """
    with open(path, encoding="utf-8") as file:
        jobs = json.load(file)["jobs"]
    for arguments in jobs:
        *_, target, source = arguments
        if os.path.lexists(target):
            os.unlink(target)
        sys.argv = ["cython", *arguments]
        try:
            runpy.run_module("cython", run_name="__main__", alter_sys=True)
        except SystemExit as end:
            if end.code == _NOT_COMPILED:
                raise SystemExit(f"Cython.Compiler.Errors.CompileError: {source}") from None
            if end.code:
                raise


if __name__ == "__main__":
    # What lies beside this script is not to be imported.
    sys.path[:] = [path for path in sys.path if path != os.path.dirname(os.path.abspath(__file__))]
    generate(sys.argv[1])
