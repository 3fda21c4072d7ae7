"""The record in a wheel, in its ``.dist-info/sboms`` (PEP 770)."""

from __future__ import annotations

import os
import shutil
import stat
import struct
import zipfile
from email.message import Message
from email.parser import HeaderParser
from typing import BinaryIO, Iterable, Iterator

from ..files import record_digest, replace_whole
from .cyclonedx import FILE_NAME, from_cyclonedx
from .record import Record

_END = b"PK\5\6"


def put_into_wheel(wheel: str, document: bytes) -> None:
    """Add a document to a wheel, and to its RECORD.

    Everything else is kept: content, order, times, modes and compression of the other members. The new
    member gets the time of RECORD, and the two are the last members. The file is replaced as a whole
    or not at all.

    Args:
        wheel: Path of the wheel.
        document: Content of the new member.

    Raises:
        ValueError: If the file is not a wheel.
    """

    def write(scratch: str) -> None:
        with zipfile.ZipFile(wheel) as old:
            index = _record_of(old.namelist())
            name = f"{os.path.dirname(index)}/sboms/{FILE_NAME}"
            beside = _fresh(old.getinfo(index))
            beside.filename = name
            changed = [
                (beside, document),
                (_fresh(old.getinfo(index)), _listed(old.read(index), index, name, document)),
            ]
            if not _copy_up_to(old, wheel, scratch, {index, name}):
                _copy_each(old, scratch, {index, name})
        with zipfile.ZipFile(scratch, "a") as new:
            for info, data in changed:
                new.writestr(info, data, compress_type=info.compress_type)

    try:
        # The wheel may be a link to one that the backend keeps.
        mode = stat.S_IMODE(os.stat(wheel).st_mode)
        replace_whole(wheel, write, mode=mode, over_link=True)
    except zipfile.BadZipFile as error:
        raise ValueError(f"{os.path.basename(wheel)} is not a wheel: {error}") from None


def read_from_wheel(wheel: str) -> Record | None:
    """Return the record in a wheel, or None if it contains none.

    Raises:
        ValueError: If the record is damaged, or the file is not a wheel.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            index = _record_of(archive.namelist())
            name = f"{os.path.dirname(index)}/sboms/{FILE_NAME}"
            if name not in archive.namelist():
                return None
            return from_cyclonedx(archive.read(name))
    except (OSError, zipfile.BadZipFile) as error:
        raise ValueError(f"{os.path.basename(wheel)} is not a wheel: {error}") from None


def requirements_of_wheel(wheel: str) -> list[str]:
    """Return the Requires-Dist lines of a wheel."""
    return _metadata(wheel).get_all("Requires-Dist") or []


def version_of_wheel(wheel: str) -> str:
    """Return the version of a wheel by its METADATA, or "" if that has none or cannot be read."""
    try:
        return str(_metadata(wheel)["Version"] or "").strip()
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return ""


def _metadata(wheel: str) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        index = _record_of(archive.namelist())
        text = archive.read(f"{os.path.dirname(index)}/METADATA").decode(errors="replace")
    return HeaderParser().parsestr(text)


def _record_of(names: Iterable[str]) -> str:
    found = [name for name in names if name.count("/") == 1 and name.endswith(".dist-info/RECORD")]
    if len(found) != 1:
        raise ValueError("a wheel must contain exactly one .dist-info/RECORD")
    return found[0]


def _fresh(member: zipfile.ZipInfo, size: int = 0) -> zipfile.ZipInfo:
    """Return a copy of a member's metadata without its position in the archive."""
    info = zipfile.ZipInfo(member.filename, member.date_time)
    for attribute in ("compress_type", "external_attr", "internal_attr", "create_system", "comment"):
        setattr(info, attribute, getattr(member, attribute))
    # Tells zipfile in advance whether the member needs the fields for more than 2 GiB.
    info.file_size = size
    return info


def _copy_up_to(old: zipfile.ZipFile, wheel: str, scratch: str, left_out: set[str]) -> bool:
    """Copy a wheel without its last members, byte by byte and without compressing anything again.

    This is the usual case, since the binary distribution format recommends that wheels end with RECORD.

    Returns:
        Whether it was possible: no kept member comes after one that is left out, and the archive is
        small enough not to need ZIP64.
    """
    members = old.infolist()
    cut = min(member.header_offset for member in members if member.filename in left_out)
    kept = [member for member in members if member.filename not in left_out]
    if any(member.header_offset > cut for member in kept) or len(members) >= 1 << 16 or cut >= 1 << 31:
        return False
    with open(wheel, "rb") as source, open(scratch, "wb") as sink:
        source.seek(old.start_dir)
        directory = b"".join(
            entry
            for member, entry in zip(members, _entries(source, len(members)))
            if member.filename not in left_out
        )
        source.seek(0)
        left = cut
        while left:
            block = source.read(min(left, 1 << 20))
            sink.write(block)
            left -= len(block)
        end = (_END, 0, 0, len(kept), len(kept), len(directory), cut, len(old.comment))
        sink.write(directory + struct.pack("<4s4H2LH", *end) + old.comment)
    return True


def _entries(file: BinaryIO, count: int) -> Iterator[bytes]:
    """Yield the entries of a central directory (APPNOTE.TXT, 4.3.12)."""
    for _ in range(count):
        head = file.read(46)
        yield head + file.read(sum(struct.unpack("<3H", head[28:34])))


def _copy_each(old: zipfile.ZipFile, scratch: str, left_out: set[str]) -> None:
    """Copy a wheel without some members, in any order, each compressed with the same method."""
    with zipfile.ZipFile(scratch, "w") as new:
        new.comment = old.comment
        for member in old.infolist():
            if member.filename not in left_out:
                fresh = _fresh(member, size=member.file_size)
                with old.open(member) as source, new.open(fresh, "w") as sink:
                    shutil.copyfileobj(source, sink, 1 << 20)


def _listed(index: bytes, path: str, name: str, document: bytes) -> bytes:
    """Return RECORD with a line for the document before its own line, and all others unchanged."""
    lines = index.splitlines(keepends=True)
    ending = b"\r\n" if index.endswith(b"\r\n") else b"\n"
    written = f"{name},sha256={record_digest(document)},{len(document)}".encode() + ending
    kept = [line for line in lines if not line.startswith(f"{name},".encode())]
    own = [number for number, line in enumerate(kept) if line.startswith(f"{path},".encode())]
    if kept and not kept[-1].endswith((b"\n", b"\r")):
        kept[-1] += ending
    position = own[0] if own else len(kept)
    return b"".join([*kept[:position], written, *kept[position:]])
