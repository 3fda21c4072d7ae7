"""What the wheel of a release says of the tool that its author built it with.

https://packaging.python.org/en/latest/specifications/binary-distribution-format/: the file WHEEL has it
as ``Generator``.
"""

from __future__ import annotations

import re
import zipfile
from email.parser import BytesParser
from pathlib import Path
from typing import Tuple

from ..diagnosis import Failure
from ..diagnosis.failed_command import FailedCommand
from ..rules.standards import normalise
from ..variables import without_rules
from .clock import Clock
from .workplace import Workplace

Tool = Tuple[str, str]
"""The normalised name of the distribution of a tool, and its version."""

_GENERATOR = re.compile(r"([A-Za-z][\w.-]*)[ (]+v?(\d[\w.+]*)\)?")
_DISTRIBUTIONS = {"bdist-wheel": "wheel", "flit": "flit-core", "meson": "meson-python"}
_FILE = re.compile(r"[^/]+\.dist-info/WHEEL")


def generator_of_release(
    command: FailedCommand, failure: Failure, place: Workplace, clock: Clock
) -> Tool | None:
    """Return the tool that built the wheel of a release; None if there is none, or it says nothing.

    Args:
        command: The command in which that release failed to build from its sdist.
        failure: The failure.
        place: Where to work.
        clock: The time that there is.

    Raises:
        TimeIsUp: If there is no time left.
    """
    directory = place.new("released")
    # pip builds nothing to download a wheel, so no rules have to be in force.
    variables = without_rules(command.variables)
    download = [command.python, command.pip, "download", "--no-deps", "--dest", directory]
    # The last such option wins over those of the command.
    wanted = ["--only-binary", failure.name, f"{failure.name}=={failure.version}"]
    words = [*download, *command.options_of_finder, *wanted]
    if place.run(words, variables, place.new("log"), clock, command.directory):
        return None
    wheels = sorted(Path(directory).glob("*.whl"))
    return generator_of(str(wheels[0])) if wheels else None


def generator_of(path: str) -> Tool | None:
    """Return the tool that built a wheel; None if the wheel does not say it."""
    try:
        with zipfile.ZipFile(path) as wheel:
            inside = next(filter(_FILE.fullmatch, wheel.namelist()), "")
            said = BytesParser().parsebytes(wheel.read(inside))["Generator"]
    except (OSError, KeyError, zipfile.BadZipFile):
        return None
    found = _GENERATOR.match(str(said or "").strip())
    if found is None:
        return None
    name = normalise(found[1])
    return _DISTRIBUTIONS.get(name, name), found[2]
