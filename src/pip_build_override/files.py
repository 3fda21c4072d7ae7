"""Functions that read or replace a whole file, and list parent directories. Standard library only."""

from __future__ import annotations

import errno
import functools
import json
import os
import stat
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, Union

if TYPE_CHECKING:
    import hashlib

Json = Dict[str, Any]

SCRATCH = ".pip-build-override-"
"""Prefix of the names of files that are about to replace another one."""

Content = Union[bytes, Callable[[str], None]]


def sha256_of_file(path: str) -> str:
    """Return the SHA-256 digest of a file, in hexadecimal.

    Raises:
        OSError: If it cannot be read.
    """
    return _hashed(path, "sha256").hexdigest()


def record_digest(content: bytes) -> str:
    """Return the SHA-256 digest of bytes in the format of RECORD (PEP 376): base64 without padding."""
    import hashlib  # not for each start of run; pip itself has it loaded

    return _encoded(hashlib.sha256(content).digest())


def is_as_recorded(path: str, recorded: str) -> bool:
    """Return whether the content of a file matches a digest from RECORD, such as ``sha256=…``."""
    algorithm, _, wanted = recorded.partition("=")
    try:
        # TypeError: from an algorithm whose digests have no fixed length.
        return _encoded(_hashed(path, algorithm).digest()) == wanted.rstrip("=")
    except (OSError, TypeError, ValueError):
        return False


def _hashed(path: str, algorithm: str) -> hashlib._Hash:
    import hashlib  # for the same reason

    digest = hashlib.new(algorithm)
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest


def _encoded(digest: bytes) -> str:
    import base64  # for the same reason

    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def sha256_of_unchanged_file(path: str) -> str:
    """Return the same as ``sha256_of_file``, but read a file again only if it has changed.

    Raises:
        OSError: If it cannot be read.
    """
    return _digest(path, state_of_file(path))


def state_of_file(path: str) -> str:
    """Return a text that is another one once a file was written to or replaced, without reading it.

    Raises:
        OSError: If there is no such file.
    """
    status = os.stat(path)
    # No program can set the last of these back.
    return f"{status.st_ino} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"


@functools.lru_cache(maxsize=None)
def _digest(path: str, state: str) -> str:
    return sha256_of_file(path)


def umask() -> int:
    """Return the permissions that files of this process do not get."""
    found = os.umask(0)
    os.umask(found)
    return found


def read_whole(path: str) -> bytes | None:
    """Return the content of a file, or None if it does not exist.

    Raises:
        OSError: If it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def read_json(path: str) -> Json | None:
    """Return the JSON object in a file, or None if it cannot be read or contains anything else."""
    try:
        with open(path, encoding="utf-8") as file:
            value = json.load(file)
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def check_replaceable(path: str) -> None:
    """Check that a path is free, or is a regular file, and so can be replaced.

    Replacing a link would not change its target. Replacing a device such as /dev/null would remove it
    for everybody.

    Raises:
        OSError: If the path is anything else.
    """
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return
    if stat.S_ISLNK(mode):
        raise OSError(errno.EINVAL, f"it is a link, to {os.readlink(path)}")
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is not a regular file")


def write_json(path: str, value: Json) -> None:
    """Write a JSON object so that a reader finds all of it or nothing.

    Raises:
        OSError: If it cannot be written.
    """
    replace_whole(path, json.dumps(value, indent=1, sort_keys=True).encode())


def replace_whole(
    path: str,
    content: Content,
    *,
    mode: int | None = None,
    lasting: bool = False,
    over_link: bool = False,
) -> None:
    """Write a file so that a reader finds either the old or the new content, complete.

    The new file is written in the same directory and then renamed. If that fails, it is removed; only
    a process that is killed leaves a file behind, whose name begins with ``SCRATCH``.

    Args:
        path: Path of the file.
        content: The content, or a function that writes it to the path that it is called with.
        mode: Permissions of the file; by default those of any new file.
        lasting: Whether the file belongs to the user. If so, it is flushed to disk before it replaces
            the old one, and gets the owner and mode of the old one; if there was none, everybody who
            can list the directory may read it.
        over_link: Whether a link may be replaced. Its target is not changed.

    Raises:
        OSError: If it cannot be written, or if the path is not a regular file.
    """
    if not (over_link and os.path.islink(path)):
        check_replaceable(path)
    scratch = os.path.join(os.path.dirname(path), SCRATCH + unique())
    # Exclusive creation, so that it never follows a link that somebody has put there.
    with open(scratch, "xb"):
        pass
    try:
        if isinstance(content, bytes):
            with open(scratch, "wb") as file:
                file.write(content)
        else:
            content(scratch)
        if lasting:
            with open(scratch, "rb+") as written:
                os.fsync(written.fileno())
            _take_over(path, scratch)
        if mode is not None:
            os.chmod(scratch, mode)
        os.replace(scratch, path)
    except BaseException:
        # A full disk may have no room for the content, but may for an empty file.
        try:
            os.unlink(scratch)
        except OSError:
            pass
        raise


def _take_over(path: str, scratch: str) -> None:
    """Set the owner and mode of a file to those of the file that it replaces, if there is one."""
    try:
        replaced = os.stat(path)
    except FileNotFoundError:
        # Readable to all who can list the directory: an unreadable start-up file has no effect.
        readable = stat.S_IMODE(os.stat(os.path.dirname(path) or os.curdir).st_mode) & 0o444
        os.chmod(scratch, readable | stat.S_IWUSR | stat.S_IRUSR)
        return
    if hasattr(os, "chown"):
        made = os.stat(scratch)
        if (made.st_uid, made.st_gid) != (replaced.st_uid, replaced.st_gid):
            os.chown(scratch, replaced.st_uid, replaced.st_gid)
    os.chmod(scratch, stat.S_IMODE(replaced.st_mode))


def unique() -> str:
    """Return a name that no other process uses."""
    # As random as a UUID, but the uuid module takes too long to import for a short-lived pip.
    return os.urandom(16).hex()


def unused_name(name: str, directory: str = "") -> str:
    """Return a file name that does not exist yet: the given one, or the first free one with a number.

    Args:
        name: The file name.
        directory: The directory of the file; by default the current one.
    """
    stem, ending = os.path.splitext(name)
    number = 1
    while os.path.lexists(os.path.join(directory, name)):
        number += 1
        name = f"{stem}-{number}{ending}"
    return name


def shown_path(path: str) -> str:
    """Return a path for a message: relative if below the current directory, else complete."""
    try:
        full, above = os.path.abspath(path), os.path.join(os.getcwd(), "")
    except OSError:
        # The current directory no longer exists.
        return path
    return full[len(above) :] if full.startswith(above) and full != above else full


def directories_above(path: str) -> Iterator[str]:
    """Yield the directories that contain a path, from its parent to the root."""
    while os.path.dirname(path) != path:
        path = os.path.dirname(path)
        yield path
