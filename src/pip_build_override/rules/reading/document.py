"""The content of an overrides file, read as the format that its name implies."""

from __future__ import annotations

import json
import os
import stat
from typing import Any, Callable

from ... import switch
from ...errors import OverrideError
from ...files import shown_path
from ..place import Place
from ..standards import read_toml

_BOM = "\ufeff"
_SHOWN_AS = b"# pip-build-override shows this file as "


def shown_as(path: str) -> str:
    """Return the first line of a temporary file, which messages show as another one.

    Args:
        path: Absolute path of the file that the user knows, which need not exist.
    """
    # ASCII, and so not more than one line, whatever the path is.
    return _SHOWN_AS.decode() + json.dumps(path)


def name_of_file(path: str, data: bytes) -> str:
    """Return the name of an overrides file in messages.

    Args:
        path: Its path.
        data: Its content.
    """
    # Without a file, run passes on an empty one, which the user cannot open.
    name = os.path.basename(path)
    if name in ("", switch.RULES_OF_RUN):
        return name
    if data.startswith(_SHOWN_AS):
        try:
            path = str(json.loads(data.splitlines()[0][len(_SHOWN_AS) :]))
        except ValueError:
            # Somebody has changed the line, which is a comment.
            pass
    return shown_path(path)


def form_of(path: str) -> str:
    """Return the format that the name of a file implies: ``txt``, ``pyproject`` or ``toml``."""
    name = os.path.basename(path).lower()
    if name.endswith(".txt"):
        return "txt"
    return "pyproject" if name == "pyproject.toml" else "toml"


def read_file(path: str, judge: Callable[[os.stat_result], None] | None = None) -> bytes:
    """Return the content of an overrides file.

    Args:
        path: Path of the file.
        judge: Called with the status of the opened file before it is read; it may raise.

    Raises:
        OverrideError: If the file does not exist or cannot be read.
    """
    try:
        # Checked before opening, because opening a pipe without a writer blocks.
        if _can_be_read_only_once(path, os.stat(path).st_mode):
            raise OverrideError(
                "this is a pipe or a terminal, which can be read only once, and each pip reads it",
                kind="unreadable-file",
                where=shown_path(path),
                hint="save its output in a file, and give the path of that file",
            )
        with open(path, "rb") as file:
            if judge is not None:
                judge(os.fstat(file.fileno()))
            return file.read()
    except FileNotFoundError:
        problem, hint = "there is no such overrides file", _missing_hint(path)
        kind = "file-not-found"
    except IsADirectoryError:
        problem, hint = "this is a directory, not an overrides file", "give the path of a file in it"
        kind = "wrong-file"
    except (OSError, ValueError) as error:
        # Windows reports "permission denied" for a directory; a null byte is a ValueError.
        reason = getattr(error, "strerror", "its path contains a null character")
        problem = f"the overrides file cannot be read: {reason}"
        hint = "check the path, and that this user may read the file"
        kind = "unreadable-file"
    raise OverrideError(problem, kind=kind, where=shown_path(path), hint=hint)


def _missing_hint(path: str) -> str:
    from ...near_files import nearest  # only after a mistake

    # A directory has other files, too.
    near = nearest(path, lambda other: other.endswith((".toml", ".txt")) and os.path.isfile(other))
    if near:
        return f"did you mean {shown_path(near)}? If not, create the file, or correct {_named(path)}"
    return f"create it, or correct {_named(path)}"


def _named(path: str) -> str:
    """Return what the user has to correct if there is no such file."""
    given = os.environ.get(switch.SWITCH, "")
    # Below run, the variable is not the user's.
    if not given or switch.WATCH in os.environ or os.path.abspath(given) != os.path.abspath(path):
        return "the path"
    below = "" if os.path.isabs(given) else f", which is relative to {os.getcwd()}"
    return f"the variable {switch.SWITCH}{below}"


def _can_be_read_only_once(path: str, mode: int) -> bool:
    device = stat.S_ISCHR(mode) and os.path.realpath(path) != os.path.realpath(os.devnull)
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or device


def decode(data: bytes, place: Place) -> str:
    """Return the text of an overrides file.

    Raises:
        OverrideError: If it is not UTF-8, or if a TOML file begins with a byte order mark.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise place.error("the file is UTF-16, not UTF-8", "save it as UTF-8", kind="unreadable-file")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise place.on_line(line).error(
            f"the file is not UTF-8 (byte 0x{data[error.start]:02x})",
            "save it as UTF-8",
            kind="unreadable-file",
        ) from None
    if not text.startswith(_BOM):
        return text
    if place.form == "txt":
        # As pip does for requirements files.
        return text[1:]
    raise place.error(
        "the file begins with a byte order mark, which TOML does not allow",
        "save it as UTF-8 without a byte order mark (BOM)",
        kind="toml-syntax",
    )


def parse_toml(text: str, place: Place) -> dict[str, Any]:
    """Parse a TOML document.

    Raises:
        OverrideError: If it is not TOML 1.0; the hint has the correct spelling for a known mistake.
    """
    # Imported here, because a pip that receives the rules of its run does not parse the file.
    from .portable_toml import not_portable

    # TOML lines end with LF or CRLF only.
    text = text.replace("\r\n", "\n")
    try:
        document = read_toml(text)
    except ValueError as error:
        from .toml_slips import explain

        raise explain(text, str(error), place) from None
    found = not_portable(text)
    if found is not None:
        from .toml_slips import error_in

        raise error_in(*found, place)
    return document
