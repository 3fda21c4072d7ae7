"""Scripts of a borrowed distribution that name the interpreter that runs them."""

from __future__ import annotations

import os
import shutil

# A path that is too long for the system, or contains a space, is put into lines that are both shell
# and Python, as by pip and distlib.
_SHELL = b"#!/bin/sh\n'''exec' "
_LONGEST = 127


def starts_interpreter(path: str) -> bool:
    """Return whether a script is run by the Python of the environment that it is in."""
    command = _interpreter(_head(path))
    if not command or "python" not in os.path.basename(command):
        return False
    return os.path.dirname(command) == os.path.dirname(os.path.abspath(path))


def copy_for(path: str, copy: str, python: str) -> None:
    """Copy a script, to be run by another interpreter.

    Args:
        path: The path of the script.
        copy: The path of the copy.
        python: The path of the interpreter.
    """
    with open(path, "rb") as file:
        text = file.read()
    lines = text.splitlines(keepends=True)
    first = 3 if text.startswith(_SHELL) else 1
    with open(copy, "xb") as file:
        file.write(_shebang(python) + b"".join(lines[first:]))
    shutil.copymode(path, copy)


def _shebang(python: str) -> bytes:
    plain = f"#!{python}\n"
    if len(plain) <= _LONGEST and " " not in python:
        return os.fsencode(plain)
    return _SHELL + os.fsencode(f'"{python}" "$0" "$@"\n') + b"' '''\n"


def _interpreter(head: bytes) -> str:
    if head.startswith(_SHELL):
        words = head[len(_SHELL) :].lstrip()
        quoted = words[:1] == b'"'
        command = words[1:].split(b'"')[0] if quoted else words.split(b" ")[0]
    elif head.startswith(b"#!"):
        command = head[2:].split(b"\n")[0].strip().split(b" ")[0]
    else:
        return ""
    return os.fsdecode(command)


def _head(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(4096)
    except OSError:
        return b""
