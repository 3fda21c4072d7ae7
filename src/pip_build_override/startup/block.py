"""The marked block that ``install`` writes, and how it is found again: bytes in, bytes out.

Routes, and the files that belong to each: ``sitecustomize`` is a block in a file that may hold more;
``.pth`` is a file of our own with one import line, beside it the ``.start`` file that takes the place
of that line from Python 3.15 on (PEP 829), and the module that the ``.start`` file names.
"""

from __future__ import annotations

import os
import textwrap
from dataclasses import dataclass

from .. import __version__

SITECUSTOMIZE = "sitecustomize"
PTH = ".pth"
START = ".start"

STEM = "pip_build_override_startup"
"""Name of our own files: STEM.pth, STEM.start, STEM.py."""

_BEGIN = b"# >>> pip-build-override "
_END = b"# <<< pip-build-override"
_MADE = "this file was made by it"
_BREAK = "a line break was added above"
BOM = b"\xef\xbb\xbf"
_SWITCH = "PIP_BUILD_REQUIREMENTS_OVERRIDE"

_ABOUT = f"""\
# While {_SWITCH} is set, this brings pip-build-override into pip, and
# into no other program. "pip-build-override uninstall" takes it out again, run from any environment."""
_BY_HAND = {
    SITECUSTOMIZE: '# By hand: delete the lines from the one with ">>>" to the one with "<<<".',
    PTH: f"# By hand: delete the files {STEM}.pth, .start and .py here.",
}

# What the import line does while the switch is on. It is read at every start, and compiled at every
# one with the switch on, so it is short: without the module beside it, it can do no more than stop pip.
_STOP = """\
import sys
class F:
 pip_build_override = 1
 def find_spec(name, *_):
  if name == "pip._internal":
   sys.stderr.write(said)
   raise SystemExit(2)
sys.meta_path.insert(0, F)"""
_SAID = """\
pip-build-override: error: its hook here is broken, so no override would be in force
hint: pip-build-override install mends it
"""
_LINE = f"""\
try:
 import {STEM} as s
 s.start({PTH!r}) or 1/0
except Exception:
 exec({_STOP!r}, {{"said": {_SAID!r}}})"""


class Damaged(Exception):
    """A block of ours whose end is missing, so that nobody can tell what is ours."""


@dataclass(frozen=True)
class Found:
    """The block in a file.

    Args:
        version: of pip-build-override, by which it was written.
        made: whether the file was made for it.
    """

    version: str
    made: bool


def sitecustomize_block(package: str, *, made: bool, added_break: bool, line_end: str) -> bytes:
    """Write the block for a sitecustomize.

    Args:
        package: directory of the package that it is to load.
        made: the file is made for it, and may go with it.
        added_break: the line before it has no line end of its own.
        line_end: as the rest of the file has it.
    """
    notes = [note for note, said in ((_MADE, made), (_BREAK, added_break)) if said]
    lines = [
        f"# >>> pip-build-override {__version__} >>>" + "".join(f" ({note})" for note in notes),
        *_ABOUT.splitlines(),
        _BY_HAND[SITECUSTOMIZE],
        *_code(package).splitlines(),
        "# <<< pip-build-override <<<",
        "",
    ]
    text = line_end.join(lines)
    return ((line_end if added_break else "") + text).encode("ascii")


def own_files(package: str) -> dict[str, bytes]:
    """Write the files of the ``.pth`` route, in the order in which they may appear.

    Wherever the writing ends, the hook loads or it does not: the file that Python looks at comes
    after what it names.

    Args:
        package: directory of the package that they are to load.
    """
    head = f"# >>> pip-build-override {__version__} >>>\n{_ABOUT}\n{_BY_HAND[PTH]}\n"
    # In a virtual environment the line is run twice at every start.
    line = (
        f"import os; os.environ.get({_SWITCH!r}) and {STEM!r} not in os.sys.modules"
        f" and exec({_LINE!r}, {{}})"
    )
    files = {
        f"{STEM}.py": f"{head}{_module(package)}",
        f"{STEM}.start": f"{head}{STEM}:start\n",
        f"{STEM}.pth": f"{head}{line}\n",
    }
    return {name: text.encode("ascii") for name, text in files.items()}


def is_ours(content: bytes) -> bool:
    """Whether a file of the ``.pth`` route was written by us."""
    return content.startswith(_BEGIN) and len(content.splitlines()[0].split()) > 3


def version_of(content: bytes) -> str:
    """Read in its first line by which version something of ours was written."""
    return content.split(None, 4)[3].decode("ascii", "replace")


def find(source: bytes) -> Found | None:
    """Find the block in a file; the first, where someone has copied it.

    Raises:
        Damaged: where its end is missing.
    """
    for start, end in _spans(source):
        own = source[start:end].lstrip(b"\r\n")
        return Found(version=version_of(own), made=_MADE.encode() in own.splitlines()[0])
    return None


def remove(source: bytes) -> bytes | None:
    """Give a file as it is without us: None where it would not be there.

    Raises:
        Damaged: where the end of a block is missing.
    """
    found = find(source)
    kept = source
    for start, end in reversed(_spans(source)):
        kept = kept[:start] + kept[end:]
    return None if found and found.made and not kept else kept


def _spans(source: bytes) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    position = len(BOM) if source.startswith(BOM) else 0
    begin: int | None = None
    for line in source[position:].splitlines(keepends=True):
        if line.startswith(_BEGIN) and len(line.split()) > 3:
            if begin is not None:
                raise Damaged
            begin = position
            if _BREAK.encode() in line:
                before = source[:position]
                begin -= 2 if before.endswith(b"\r\n") else before.endswith((b"\r", b"\n"))
        position += len(line)
        if line.startswith(_END):
            if begin is None:
                raise Damaged
            spans.append((begin, position))
            begin = None
    if begin is not None:
        raise Damaged
    return spans


def _code(package: str) -> str:
    return (
        f"if __import__('os').environ.get({_SWITCH!r}):\n"
        f"{textwrap.indent(_function(), '    ')}\n"
        f"    _pip_build_override({package!a}, {SITECUSTOMIZE!r})\n"
        "    del _pip_build_override\n"
    )


def _module(package: str) -> str:
    return (
        f"def start(route={START!r}):\n"
        f"    if not __import__('os').environ.get({_SWITCH!r}):\n"
        "        return False\n"
        f"    return _pip_build_override({package!a}, route)\n"
        "\n\n"
        f"{_function()}\n"
    )


def _function() -> str:
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "entry.py")
    with open(path, encoding="ascii") as file:
        text = file.read()
    return text.partition("# >>> taken from here\n")[2].partition("# <<< to here")[0].rstrip()
