"""Files that are read or replaced whole, and the directories above them. Standard library only."""

from __future__ import annotations

import base64
import errno
import functools
import hashlib
import json
import os
import stat
from typing import Any, Callable, Dict, Iterator, Union

Json = Dict[str, Any]

SCRATCH = ".pip-build-override-"
"""How the names of files begin that are about to replace another one."""

Content = Union[bytes, Callable[[str], None]]


def sha256_of_file(path: str) -> str:
    """Return the SHA-256 digest of a file, in hexadecimal digits.

    Raises:
        OSError: if it cannot be read.
    """
    return _hashed(path, "sha256").hexdigest()


def record_digest(content: bytes) -> str:
    """Return the SHA-256 digest of a content as RECORD has it (PEP 376): base64 without padding."""
    return _encoded(hashlib.sha256(content).digest())


def is_as_recorded(path: str, recorded: str) -> bool:
    """Return whether a file has the content that RECORD gives a digest of, such as ``sha256=…``."""
    algorithm, _, wanted = recorded.partition("=")
    try:
        # TypeError: of an algorithm whose digests have no length of their own.
        return _encoded(_hashed(path, algorithm).digest()) == wanted.rstrip("=")
    except (OSError, TypeError, ValueError):
        return False


def _hashed(path: str, algorithm: str) -> hashlib._Hash:
    digest = hashlib.new(algorithm)
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest


def _encoded(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def sha256_of_unchanged_file(path: str) -> str:
    """As ``sha256_of_file``, but a file that is as it was is read once only."""
    status = os.stat(path)
    # The last of them no program can set back.
    return _digest(path, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@functools.lru_cache(maxsize=None)
def _digest(path: str, *as_it_was: int) -> str:
    return sha256_of_file(path)


def read_whole(path: str) -> bytes | None:
    """Read a file; None if there is none.

    Raises:
        OSError: if it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def read_json(path: str) -> Json | None:
    """Read a JSON object; None if there is no such file, or if it holds something else."""
    try:
        with open(path, encoding="utf-8") as file:
            value = json.load(file)
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def check_replaceable(path: str) -> None:
    """Make sure that a file can be replaced: nothing is there, or a regular file.

    A link would be replaced, and not what it leads to. A device such as /dev/null would be gone for
    everybody.

    Raises:
        OSError: if something else is there.
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
    """Write a JSON object so that a reader finds it whole or not at all.

    Raises:
        OSError: if it cannot be written.
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
    """Write a file so that a reader finds the old one or the new one, whole.

    It is written beside the old one and then renamed. If that fails, nothing is left of it; only a
    process that is killed leaves a file behind, whose name begins with ``SCRATCH``.

    Args:
        path: of the file.
        content: what is written, or a function that writes it to the path that it is given.
        mode: the permissions of the file; those of any new file by default.
        lasting: whether the file belongs to the user. It is then on the disk before it takes the old
            one's place, with its owner and mode; a new one may be read by all who can reach it.
        over_link: whether a link may be replaced. What it leads to is left as it is.

    Raises:
        OSError: if it cannot be written, or if something else than a regular file is there.
    """
    if not (over_link and os.path.islink(path)):
        check_replaceable(path)
    scratch = os.path.join(os.path.dirname(path), SCRATCH + unique())
    # Exclusively: nobody can have put a link there.
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
        # There may be no room for the content, and some for a name.
        try:
            os.unlink(scratch)
        except OSError:
            pass
        raise


def _take_over(path: str, scratch: str) -> None:
    """Give a file the owner and the mode of the one that it replaces, if there is one."""
    try:
        standing = os.stat(path)
    except FileNotFoundError:
        # For all who may look into the directory: a start-up file that somebody cannot read is off.
        readable = stat.S_IMODE(os.stat(os.path.dirname(path) or os.curdir).st_mode) & 0o444
        os.chmod(scratch, readable | stat.S_IWUSR | stat.S_IRUSR)
        return
    if hasattr(os, "chown"):
        made = os.stat(scratch)
        if (made.st_uid, made.st_gid) != (standing.st_uid, standing.st_gid):
            os.chown(scratch, standing.st_uid, standing.st_gid)
    os.chmod(scratch, stat.S_IMODE(standing.st_mode))


def unique() -> str:
    """Return a name that no other process makes."""
    # As random as a UUID, whose module costs more to load than a short-lived pip should pay.
    return os.urandom(16).hex()


def directories_above(path: str) -> Iterator[str]:
    """List the directories that a path is in, from its own one to the root."""
    while os.path.dirname(path) != path:
        path = os.path.dirname(path)
        yield path
