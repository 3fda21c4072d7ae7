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

    The new member gets the time of RECORD, and the two are the last members.

    Args:
        wheel: Path of the wheel.
        document: Content of the new member.

    Raises:
        ValueError: If the file is not a wheel.
    """
    _change(wheel, f"sboms/{FILE_NAME}", document)


def put_metadata_into_wheel(wheel: str, metadata: bytes) -> None:
    """Replace METADATA in a wheel, and its line in RECORD.

    Raises:
        ValueError: If the file is not a wheel.
    """
    _change(wheel, "METADATA", metadata)


def metadata_of_wheel(wheel: str) -> bytes:
    """Return METADATA of a wheel.

    Raises:
        ValueError: If the file is not a wheel.
    """
    try:
        return _metadata_in(wheel)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise ValueError(f"{os.path.basename(wheel)} is not a wheel: {error}") from None


def _change(wheel: str, path: str, content: bytes) -> None:
    """Replace a file in ``.dist-info`` of a wheel, or add it, and write RECORD to match.

    Everything else is kept: content, order, times, modes and compression of the other members. RECORD
    is the last member, and a document of ours the one before it. The wheel is replaced as a whole or
    not at all.
    """

    def write(scratch: str) -> None:
        with zipfile.ZipFile(wheel) as old:
            index = _record_of(old.namelist())
            name = f"{os.path.dirname(index)}/{path}"
            changed = {name: content, index: _listed(old.read(index), index, name, content)}
            at_the_end = [name, index] if path.startswith("sboms/") else [index]
            kept = [member for member in old.infolist() if member.filename not in at_the_end]
            start = _copy_up_to(old, wheel, scratch, set(changed))
            with zipfile.ZipFile(scratch, "a" if start else "w") as new:
                new.comment = old.comment
                for member in kept:
                    if member.header_offset >= start:
                        _copy(old, member, new, changed.get(member.filename))
                for last in at_the_end:
                    info = _fresh(old.getinfo(index))
                    info.filename = last
                    new.writestr(info, changed[last], compress_type=info.compress_type)

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
    return HeaderParser().parsestr(_metadata_in(wheel).decode(errors="replace"))


def _metadata_in(wheel: str) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        index = _record_of(archive.namelist())
        return archive.read(f"{os.path.dirname(index)}/METADATA")


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


def _copy_up_to(old: zipfile.ZipFile, wheel: str, scratch: str, changed: set[str]) -> int:
    """Copy a wheel up to the first changed member, byte by byte and without compressing anything again.

    That is most of it, since the binary distribution format recommends that wheels end with
    ``.dist-info``, and that with RECORD.

    Returns:
        Where the copy ends; 0 if nothing was copied, because the archive may need ZIP64.
    """
    members = old.infolist()
    cut = min(member.header_offset for member in members if member.filename in changed)
    if len(members) >= 1 << 16 or cut >= 1 << 31:
        return 0
    with open(wheel, "rb") as source, open(scratch, "wb") as sink:
        source.seek(old.start_dir)
        entries = [
            entry
            for member, entry in zip(members, _entries(source, len(members)))
            if member.header_offset < cut
        ]
        source.seek(0)
        left = cut
        while left:
            block = source.read(min(left, 1 << 20))
            sink.write(block)
            left -= len(block)
        directory = b"".join(entries)
        end = (_END, 0, 0, len(entries), len(entries), len(directory), cut, len(old.comment))
        sink.write(directory + struct.pack("<4s4H2LH", *end) + old.comment)
    return cut


def _entries(file: BinaryIO, count: int) -> Iterator[bytes]:
    """Yield the entries of a central directory (APPNOTE.TXT, 4.3.12)."""
    for _ in range(count):
        head = file.read(46)
        yield head + file.read(sum(struct.unpack("<3H", head[28:34])))


def _copy(
    old: zipfile.ZipFile, member: zipfile.ZipInfo, new: zipfile.ZipFile, content: bytes | None
) -> None:
    """Copy one member, with its own content or with another one, compressed with the same method."""
    if content is not None:
        new.writestr(_fresh(member), content, compress_type=member.compress_type)
        return
    with old.open(member) as source, new.open(_fresh(member, size=member.file_size), "w") as sink:
        shutil.copyfileobj(source, sink, 1 << 20)


def _listed(index: bytes, path: str, name: str, content: bytes) -> bytes:
    """Return RECORD with the line of a changed file, and all others unchanged.

    A line that is missing is put before that of RECORD itself.
    """
    lines = index.splitlines(keepends=True)
    ending = b"\r\n" if index.endswith(b"\r\n") else b"\n"
    written = f"{name},sha256={record_digest(content)},{len(content)}".encode() + ending
    if lines and not lines[-1].endswith((b"\n", b"\r")):
        lines[-1] += ending
    own = [number for number, line in enumerate(lines) if line.startswith(f"{path},".encode())]
    old = [number for number, line in enumerate(lines) if line.startswith(f"{name},".encode())]
    if old:
        return b"".join(
            written if number == old[0] else line
            for number, line in enumerate(lines)
            if number not in old[1:]
        )
    position = own[0] if own else len(lines)
    return b"".join([*lines[:position], written, *lines[position:]])
