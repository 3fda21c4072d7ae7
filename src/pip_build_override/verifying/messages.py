"""The meaning of import errors of modules that do not fit what they were built against."""

from __future__ import annotations

import re
from typing import Callable, NamedTuple

# The first release with each NPY_API_VERSION, from numpyconfig.h.
_NUMPY_API = {
    0xD: "1.19",
    0xE: "1.20",
    0xF: "1.22",
    0x10: "1.23",
    0x11: "1.25",
    0x12: "2.0",
    0x13: "2.1",
    0x14: "2.3",
    0x15: "2.4",
    0x16: "2.5",
}


class Meaning(NamedTuple):
    """The meaning of a message.

    Attributes:
        module: The module or distribution that the failing module was built against; "" if the message
            does not say.
        wants: What the failing module needs of it.
    """

    module: str
    wants: str


Match = Callable[["re.Match[str]"], Meaning]


def _api(found: re.Match[str]) -> Meaning:
    wanted = int(found[1], 16) & 0xFFFF
    name = _NUMPY_API.get(wanted)
    return Meaning("numpy", f"numpy {name} or later" if name else f"numpy with the C API {found[1]}")


def _symbol(found: re.Match[str]) -> Meaning:
    if re.search(r"_ZN\w*?(?:2at|3c10|5torch)|_ZN3c10|_ZN2at|_ZN5torch|^_?aoti_|THP", found[1]):
        return Meaning("torch", f"the torch that has the symbol {found[1]}")
    return Meaning("", f"a library, or a Python, that has the symbol {found[1]}")


_KNOWN: tuple[tuple[str, Match], ...] = (
    (
        r"compiled using NumPy 1\.x cannot be run in",
        lambda found: Meaning("numpy", "numpy 1.x"),
    ),
    (r"_ARRAY_API not found", lambda found: Meaning("numpy", "numpy 1.x")),
    (
        r"module compiled against (?:API|ABI) version (0x[0-9a-f]+) but this version of numpy is",
        _api,
    ),
    (
        r"\bnumpy\.(?:core\.|_core\.)?(?:multiarray|umath)\b failed to import",
        lambda found: Meaning("numpy", "another numpy"),
    ),
    (
        r"\b([A-Za-z_]\w*)(?:\.\w+)+ size changed, .*Expected (\d+) from C header, got (\d+)",
        lambda found: Meaning(found[1], f"another {found[1]} ({found[2]} bytes instead of {found[3]})"),
    ),
    (
        r"\b([A-Za-z_]\w*)(?:\.\w+)+ has the wrong size, try recompiling\. Expected (\d+), got (\d+)",
        lambda found: Meaning(found[1], f"another {found[1]} ({found[2]} bytes instead of {found[3]})"),
    ),
    (
        r"\b([A-Za-z_]\w*)(?:\.\w+)* does not export expected C (?:function|variable) (\w+)",
        lambda found: Meaning(found[1], f"the {found[1]} that exports {found[2]}"),
    ),
    (
        r"C (?:function|variable) ([A-Za-z_]\w*)(?:\.\w+)+ has wrong (?:signature|type)",
        lambda found: Meaning(found[1], f"another {found[1]}"),
    ),
    (r"undefined symbol: (\w+)", _symbol),
    (r"[Ss]ymbol not found(?: in flat namespace)?:? '?(\w+)", _symbol),
    (
        r"(\S+): cannot open shared object file",
        lambda found: Meaning("", f"the shared library {found[1]}"),
    ),
    (
        r"DLL load failed(?: while importing (\w+))?",
        lambda found: Meaning("", "a DLL that is missing, or has the wrong version"),
    ),
    (
        r"Python version mismatch: module was compiled for Python ([\d.]+)",
        lambda found: Meaning("", f"Python {found[1]}"),
    ),
)

# A library that is not a module, but whose file name ends like that of one.
_NO_MODULE = re.compile(r"does not define module export function|dynamic module does not define")


def meaning(text: str) -> Meaning | None:
    """Return the meaning of a message, or None if it is not known.

    Args:
        text: All output of the import of a module, with the error.
    """
    for pattern, read in _KNOWN:
        found = re.search(pattern, text, re.IGNORECASE if pattern.startswith("module") else 0)
        if found is not None:
            return read(found)
    return None


def is_no_module(text: str) -> bool:
    """Return whether a message says that a file only looks like a module."""
    return _NO_MODULE.search(text) is not None
