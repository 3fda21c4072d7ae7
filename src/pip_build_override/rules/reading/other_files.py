"""Files of another kind, which are given as overrides files by mistake."""

from __future__ import annotations

import re
import shlex

from ...errors import OverrideError
from ..place import Place

# Lines that pip prints for most commands, perhaps after the time that a CI service puts before them.
_OF_PIP = re.compile(
    r"^.{0,40}?\b(?:Collecting |Processing |Looking in |Requirement already satisfied: |Obtaining "
    r"|Building wheels? for |Getting requirements to build |Preparing metadata |Installing build dep"
    r"|ERROR: Failed to build|ERROR: Failed building|error: subprocess-exited-with-error"
    r"|Successfully (?:installed|built) )",
    re.MULTILINE,
)
_LEAST = 2
_LOOKED_AT = 100_000


def output_of_pip(text: str, place: Place) -> OverrideError | None:
    """Return the error for a file that contains the output of pip, or None if it does not look so.

    Args:
        text: Content of a file that is not a valid overrides file.
        place: Place of the file.
    """
    # In TOML, such a line can only be part of a comment or of a string.
    lines = [line for line in text[:_LOOKED_AT].splitlines() if not line.lstrip().startswith("#")]
    if len(_OF_PIP.findall("\n".join(lines))) < _LEAST:
        return None
    return Place(place.shown, place.form).error(
        "this looks like the output of pip, not like an overrides file",
        "for the rules that would fix a failed build: pip-build-override suggest"
        f" {shlex.quote(place.shown)}",
        kind="wrong-file",
    )
