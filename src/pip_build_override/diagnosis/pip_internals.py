"""What a setup.py imports of pip's internals, and which pip still has it.

A build environment contains no pip, so the output of a build names only pip itself. Which of its
modules are meant shows in the text of setup.py, or in what a pip that has read it wrote at the end of
its log.
"""

from __future__ import annotations

import re

from .failure import Failure
from .signatures import Hit, known_signatures

_OLD = re.compile(r"\bpip\.(?P<gone>req|download)\b")
_DOWNLOAD = re.compile(r"\bpip\._internal(?:\.download\b|\s+import\s[^\n]*\bdownload\b)")
_INTERNAL = re.compile(r"\bpip\._internal\b")
_NEWER = re.compile(r"\bpip\._internal\.network\b")


def as_told(hit: Hit, failure: Failure) -> Hit:
    """Return a hit for a missing pip as one for the part of pip that is meant, and any other as it is.

    Args:
        hit: A signature that was found.
        failure: The failure in whose output it was found.
    """
    if hit.caught.get("module") != "pip":
        return hit
    wanted, gone = _of_text(failure.setup_py) if failure.setup_py else _of_log(failure.told)
    for signature in known_signatures():
        if signature.name == wanted:
            return Hit(signature, {"gone": gone}, hit.line)
    return hit


def _of_text(text: str) -> tuple[str, str]:
    """Return the kind of failure that a setup.py leads to, and the module of pip that it imports."""
    old = _OLD.search(text)
    if _DOWNLOAD.search(text) and not _NEWER.search(text):
        return "missing-pip-download", ""
    if old is not None and not _INTERNAL.search(text):
        return "missing-pip-req", old["gone"]
    return "", ""


def _of_log(told: tuple[str, ...]) -> tuple[str, str]:
    for text in told:
        found = _OLD.search(text.partition(":")[0])
        if found is not None:
            return "missing-pip-req", found["gone"]
        if _DOWNLOAD.search(text):
            return "missing-pip-download", ""
    return "", ""
