"""The marked block that ``install`` writes, and functions that find and remove it: bytes in, bytes out.

The routes and their files: ``sitecustomize`` is a block in a file that may contain other code; ``.pth``
is our own file with one import line, with a ``.start`` file that replaces that line from Python 3.15 on
(PEP 829), and the module that both of them import.
"""

from __future__ import annotations

import os
import textwrap
from dataclasses import dataclass

from .. import __version__
from . import STEM

SITECUSTOMIZE = "sitecustomize"
PTH = ".pth"
START = ".start"


_BEGIN = b"# >>> pip-build-override "
_END = b"# <<< pip-build-override"
_MADE = "this file was made by it"
_BREAK = "a line break was added above"
BOM = b"\xef\xbb\xbf"
_SWITCH = "PIP_BUILD_REQUIREMENTS_OVERRIDE"

_ABOUT = f"""\
# While {_SWITCH} is set, this loads pip-build-override into pip, and
# into no other program. "pip-build-override uninstall --python" removes it, with this Python's path."""
_BY_HAND = {
    SITECUSTOMIZE: '# By hand: delete the lines from the one with ">>>" to the one with "<<<".',
    PTH: f"# By hand: delete the files {STEM}.pth, .start and .py here.",
}

# Python reads a .pth file at every start, in a virtual environment twice, and compiles its import line
# each time. Every word of that line takes time, while words in a comment take almost none. So the line
# looks for the variable in the cheapest way, and leaves its value to the module, which is compiled only
# once. If the module is missing or truncated, the code that stops pip is read from the comment above
# the line: site.py calls the file ``fullname`` in Python 3.8 to 3.14. If other code runs the line and
# does not define that name, the import of pip is blocked in advance.
_SAID = """\
pip-build-override: error: its start-up hook here is broken, so no override would be in force\
 [broken-shim]
hint: pip-build-override install --python %s
"""
_REFUSED = ("pip._internal", "build.env", "tox.plugin.manager", "asv.environment")
_STOP = f"""\
import os, sys
class F:
 pip_build_override = 1
 def find_spec(name, *_):
  if name in {_REFUSED!r} and os.environ.get({_SWITCH!r}):
   sys.stderr.write({_SAID!r} % sys.executable)
   raise SystemExit(2)
if sys.modules.get("pip._internal") is None:
 sys.modules.pop("pip._internal", None)
sys.meta_path.insert(0, F)"""
_FETCH = (
    "import sys;sys.modules.setdefault('pip._internal')\\\\nwith open(fullname)as f:exec([*f][1][1:])"
)
# On POSIX, os.environ is a view of this dictionary.
_ASK = {
    "posix": f'import posix;b"{_SWITCH}"in posix.environ',
    "nt": f'import os;"{_SWITCH}"in os.environ',
}


def _pth(system: str, begin: str) -> str:
    about = " ".join(f"{_ABOUT}\n{_BY_HAND[PTH]}".replace("#", "").split())
    # With a single escape only: escapes double the time to compile a string.
    start = f'try:from {STEM} import whole\\nexcept:exec("{_FETCH}")'
    lines = (
        f"{begin} {about}",
        f"#exec({_STOP!r}, {{}})",
        f'{_ASK[system]} and exec("""{start}""")',
        "",
    )
    return "\n".join(lines)


class Damaged(Exception):
    """A block of ours without its first or last line, so our part of the file cannot be identified."""


@dataclass(frozen=True)
class Found:
    """The block in a file.

    Attributes:
        version: Version of pip-build-override that wrote it.
        made: Whether the file was created for it.
    """

    version: str
    made: bool


def sitecustomize_block(package: str, *, made: bool, added_break: bool, line_end: str) -> bytes:
    """Return the block for a sitecustomize.

    Args:
        package: Directory of the package that it loads.
        made: Whether the file is created for it, and may be removed with it.
        added_break: Whether a line break is added because the line before it has none.
        line_end: Line ending of the rest of the file.
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


def own_files(package: str, system: str = os.name) -> dict[str, bytes]:
    """Return the files of the ``.pth`` route, in the order in which they must be written.

    A file that Python reads comes after the module that it names, so an interrupted write leaves a
    hook that either works or does not load.

    Args:
        package: Directory of the package that they load.
        system: ``os.name`` of the interpreter that they are for.

    Returns:
        The content of each file by name.
    """
    begin = f"# >>> pip-build-override {__version__} >>>"
    head = f"{begin}\n{_ABOUT}\n{_BY_HAND[PTH]}\n"
    files = {
        f"{STEM}.py": f"{head}{_module(package)}",
        f"{STEM}.start": f"{head}{STEM}:start\n",
        f"{STEM}.pth": _pth(system, begin),
    }
    return {name: text.encode("ascii") for name, text in files.items()}


def is_ours(content: bytes) -> bool:
    """Return whether a file of the ``.pth`` route was written by us."""
    return content.startswith(_BEGIN) and len(content.splitlines()[0].split()) > 3


def version_of(content: bytes) -> str:
    """Return the version that wrote a block or file of ours, as its first line says."""
    return content.split(None, 4)[3].decode("ascii", "replace")


def find(source: bytes) -> Found | None:
    """Return the first block in a file, or None if there is none.

    Raises:
        Damaged: If the first or last line of a block is missing.
    """
    for start, end in _spans(source):
        own = source[start:end].lstrip(b"\r\n")
        return Found(version=version_of(own), made=_MADE.encode() in own.splitlines()[0])
    return None


def remove(source: bytes) -> bytes | None:
    """Return a file without our blocks, or None if it was created for one and contains nothing else.

    Raises:
        Damaged: If the first or last line of a block is missing.
    """
    found = find(source)
    kept = source
    for start, end in reversed(_spans(source)):
        kept = kept[:start] + kept[end:]
    return None if found and found.made and not kept else kept


def without_unchanged(source: bytes) -> bytes:
    """Return a file without our blocks, except those that are not what this version writes.

    What somebody else has put between our lines, or around with lines like ours, is left.
    """
    try:
        spans = _spans(source)
    except Damaged:
        return source
    for start, end in reversed(spans):
        if _is_unchanged(source[start:end]):
            source = source[:start] + source[end:]
    return source


def _is_unchanged(content: bytes) -> bool:
    import ast  # for status only
    import re

    package = re.search(rb"""package=("[^"]*"|'[^']*'),""", content)
    if package is None:
        return False
    try:
        path = ast.literal_eval(package[1].decode("ascii", "replace"))
    except (SyntaxError, ValueError):
        return False
    return any(
        content == sitecustomize_block(path, made=made, added_break=added, line_end=line_end)
        for made in (True, False)
        for added in (True, False)
        for line_end in ("\n", "\r\n")
    )


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


def _code(package: str, route: str = SITECUSTOMIZE) -> str:
    return (
        f"if __import__('os').environ.get({_SWITCH!r}):\n"
        f"{textwrap.indent(_function(package, route), '    ')}\n"
        "    __import__('sys').meta_path.insert(0, _pip_build_override)\n"
        "    del _pip_build_override\n"
    )


def _module(package: str) -> str:
    # Code that imports the module asks for its last name, which is missing if the file is truncated.
    return (
        f"{_code(package, PTH)}"
        "\n\n"
        "def start():\n"
        f"    # As of Python 3.15, in place of the line in {STEM}.pth.\n"
        "    for finder in __import__('sys').meta_path:\n"
        f"        if getattr(finder, 'route', '') == {PTH!r}:\n"
        f"            finder.route = {START!r}\n"
        "\n\n"
        "whole = True\n"
    )


def _function(package: str, route: str) -> str:
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "entry.py")
    with open(path, encoding="ascii") as file:
        text = file.read()
    text = text.partition("# >>> taken from here\n")[2].partition("# <<< to here")[0].rstrip()
    # In this order, because a path may contain ROUTE.
    return text.replace("ROUTE", repr(route)).replace("PACKAGE", ascii(package))
