"""The record in a wheel: put into its ``.dist-info/sboms`` (PEP 770), and read out again."""

from __future__ import annotations

import os
import shutil
import stat
import struct
import zipfile
from email.parser import HeaderParser
from typing import BinaryIO, Iterable, Iterator

from ..files import record_digest, replace_whole
from .cyclonedx import FILE_NAME, from_cyclonedx
from .record import Record

_END = b"PK\5\6"


def put_into_wheel(wheel: str, document: bytes) -> None:
    """Add a document to a wheel, and to its RECORD.

    All else stays: content, order, times and modes of the members, and how each is compressed. The new
    member stands before RECORD, with its time, and the two at the end. The file is replaced as a whole,
    or left as it is.

    :param wheel: path of the file.
    :param document: the content of the record.
    :raises ValueError: where the file is no wheel.
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
        # A backend may have left a link to a wheel that it keeps.
        mode = stat.S_IMODE(os.stat(wheel).st_mode)
        replace_whole(wheel, write, mode=mode, over_link=True)
    except zipfile.BadZipFile as error:
        raise ValueError(f"{os.path.basename(wheel)} is not a wheel: {error}") from None


def read_from_wheel(wheel: str) -> Record | None:
    """Return the record in a wheel, None where it carries none of ours.

    :raises ValueError: where it is damaged, or the file is no wheel.
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
    with zipfile.ZipFile(wheel) as archive:
        index = _record_of(archive.namelist())
        text = archive.read(f"{os.path.dirname(index)}/METADATA").decode(errors="replace")
    return HeaderParser().parsestr(text).get_all("Requires-Dist") or []


def _record_of(names: Iterable[str]) -> str:
    found = [name for name in names if name.count("/") == 1 and name.endswith(".dist-info/RECORD")]
    if len(found) != 1:
        raise ValueError("a wheel has one .dist-info/RECORD")
    return found[0]


def _fresh(member: zipfile.ZipInfo, size: int = 0) -> zipfile.ZipInfo:
    """Return a member as it is before it is written: where it lies is for the new file to say."""
    info = zipfile.ZipInfo(member.filename, member.date_time)
    for attribute in ("compress_type", "external_attr", "internal_attr", "create_system", "comment"):
        setattr(info, attribute, getattr(member, attribute))
    # Tells zipfile beforehand whether the member needs the fields for more than 2 GiB.
    info.file_size = size
    return info


def _copy_up_to(old: zipfile.ZipFile, wheel: str, scratch: str, left_out: set[str]) -> bool:
    """Copy a wheel without its last members as it is, byte by byte and with nothing compressed anew.

    Wheels end with RECORD (the recommendation of the binary distribution format), so this is the rule.

    :returns: whether it could be done: only where nothing that stays comes after what is left out, and
        the archive is small enough for the plain format.
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
    """Read the entries of a central directory (APPNOTE.TXT, 4.3.12)."""
    for _ in range(count):
        head = file.read(46)
        yield head + file.read(sum(struct.unpack("<3H", head[28:34])))


def _copy_each(old: zipfile.ZipFile, scratch: str, left_out: set[str]) -> None:
    """Copy a wheel without some members, whatever their order, each compressed as it was."""
    with zipfile.ZipFile(scratch, "w") as new:
        new.comment = old.comment
        for member in old.infolist():
            if member.filename not in left_out:
                fresh = _fresh(member, size=member.file_size)
                with old.open(member) as source, new.open(fresh, "w") as sink:
                    shutil.copyfileobj(source, sink, 1 << 20)


def _listed(index: bytes, path: str, name: str, document: bytes) -> bytes:
    """Return RECORD with a line for the document before its own, all others as they are."""
    lines = index.splitlines(keepends=True)
    ending = b"\r\n" if index.endswith(b"\r\n") else b"\n"
    written = f"{name},sha256={record_digest(document)},{len(document)}".encode() + ending
    kept = [line for line in lines if not line.startswith(f"{name},".encode())]
    own = [number for number, line in enumerate(kept) if line.startswith(f"{path},".encode())]
    if kept and not kept[-1].endswith((b"\n", b"\r")):
        kept[-1] += ending
    position = own[0] if own else len(kept)
    return b"".join([*kept[:position], written, *kept[position:]])
