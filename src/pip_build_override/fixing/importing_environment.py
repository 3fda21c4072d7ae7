"""An environment in which a wheel is imported, with all that the environment of a command has.

It is a virtual environment whose pip and whose Python see the distributions of the other one. So pip
keeps those that satisfy a requirement, as it would there, installs the others here, and changes nothing
there.
"""

from __future__ import annotations

import json
import os
from typing import Mapping

from .clock import Clock
from .workplace import Workplace

# Directories with distributions, whose .pth files are read again.
_ASKS = """\
import json, os, site, sys
found = [*site.getsitepackages(), site.getusersitepackages()]
print()
print(json.dumps([path for path in dict.fromkeys(sys.path) if path in found and os.path.isdir(path)]))
"""
_ASKS_OF_NEW = "import json, sysconfig; print(); print(json.dumps(sysconfig.get_path('purelib')))"
# Behind those of the new environment itself, since a .pth file adds to the end.
_FILE = "pip-build-override-fix.pth"


def make_environment(
    python: str, place: Workplace, clock: Clock, variables: Mapping[str, str]
) -> str | None:
    """Make an environment, and return the path of its interpreter; None if it cannot be made.

    Args:
        python: The interpreter of the environment that it sees.
        place: Where to make it.
        clock: The time that there is.
        variables: The environment variables.

    Raises:
        TimeIsUp: If there is no time left.
    """
    directory, log = place.new("environment"), place.new("log")
    command = [python, "-m", "venv", "--without-pip", directory]
    if place.run(command, variables, log, clock):
        return None
    folder, file = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    made = os.path.join(directory, folder, file)
    seen = _answer(python, _ASKS, place, clock, variables)
    own = _answer(made, _ASKS_OF_NEW, place, clock, variables)
    if not isinstance(seen, list) or not isinstance(own, str):
        return None
    with open(os.path.join(own, _FILE), "w", encoding="utf-8") as written:
        for path in seen:
            written.write(f"import site; site.addsitedir({path!r})\n")
    return made


def _answer(
    python: str, code: str, place: Workplace, clock: Clock, variables: Mapping[str, str]
) -> object:
    log = place.new("answer")
    if place.run([python, "-c", code], variables, log, clock):
        return None
    with open(log, encoding="utf-8", errors="replace") as file:
        lines = [line for line in file if line.startswith(("[", '"'))]
    try:
        return json.loads(lines[-1]) if lines else None
    except ValueError:
        return None
