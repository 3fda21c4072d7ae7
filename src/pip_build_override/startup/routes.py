"""Plans for the files that make the hook load in an environment, and for their contents."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Iterator

from ..errors import OverrideError
from ..files import read_whole
from . import STEM, block, owners
from .target import Target, ask_preamble

MANAGED_HINT = "create a virtual environment (python -m venv), and install the start-up hook there"


@dataclass(frozen=True)
class Change:
    """The content of one file before and after; None if the file does not exist."""

    path: str
    before: bytes | None
    after: bytes | None


@dataclass(frozen=True)
class Plan:
    """The changes to be made to an environment.

    Attributes:
        route: ``sitecustomize`` or ``.pth``.
        reason: Why this route is taken.
        changes: Changes to files, in the order in which they must be made; empty if none are needed.
    """

    route: str
    reason: str
    changes: tuple[Change, ...]


def sitecustomize_file(target: Target) -> str:
    """Return the path of the sitecustomize that may contain the block."""
    return os.path.join(target.site_packages, "sitecustomize.py")


def own_file(target: Target, suffix: str) -> str:
    """Return the path of one of the files of the ``.pth`` route."""
    return os.path.join(target.site_packages, STEM + suffix)


def files_of(target: Target, route: str) -> list[str]:
    """Return the paths of the files that a route has in an environment."""
    if route == block.SITECUSTOMIZE:
        return [sitecustomize_file(target)]
    return [os.path.join(target.site_packages, name) for name in block.own_files("")]


def to_install(target: Target, package: str, *, route: str | None = None) -> Plan:
    """Return a plan to install the hook into an environment, replacing any hook that is there.

    Args:
        target: The interpreter.
        package: Directory of the package to load.
        route: The route to take, if the other one has turned out not to load.

    Raises:
        OverrideError: If the files may not be written, or our part of them cannot be identified.
    """
    _check_may_write(target)
    path = sitecustomize_file(target)
    existing = _read(path)
    plain = _without_us(path, existing)
    block_after: bytes | None = None
    obstacle = _obstacle(target, path, plain)
    if route == block.PTH:
        obstacle = "the shim does not load from sitecustomize"
    if obstacle is None:
        try:
            block_after = _with_block(target, package, plain)
        except _NoPlace as problem:
            obstacle = f"{path} cannot contain it: {problem}"
    if block_after is not None:
        changes = [Change(path, existing, block_after), *_without_own_files(target)]
        return Plan(block.SITECUSTOMIZE, f"{path} is the one that loads", _real(changes))
    changes = [
        Change(os.path.join(target.site_packages, name), _own(target, name), content)
        for name, content in block.own_files(package).items()
    ]
    changes.append(Change(path, existing, plain))
    return Plan(block.PTH, str(obstacle), _real(changes))


def to_uninstall(target: Target) -> Plan:
    """Return a plan to remove the hook, of any version, from an environment.

    Raises:
        OverrideError: If our part of the files cannot be identified, or they may not be written.
    """
    path = sitecustomize_file(target)
    existing = _read(path)
    changes = [Change(path, existing, _without_us(path, existing)), *_without_own_files(target)]
    plan = Plan("", "", _real(changes))
    if plan.changes:
        _check_writable(target)
    return plan


def installed(target: Target) -> list[tuple[str, str, str]]:
    """Return the hooks in an environment, each as its route, version and file.

    Raises:
        OverrideError: If a file cannot be read.
    """
    found = []
    path = sitecustomize_file(target)
    content = _read(path)
    try:
        ours = block.find(content) if content is not None else None
    except block.Damaged:
        found.append((block.SITECUSTOMIZE, "damaged", path))
    else:
        if ours is not None:
            found.append((block.SITECUSTOMIZE, ours.version, path))
    path = own_file(target, ".pth")
    content = _read(path)
    if content is not None and block.is_ours(content):
        found.append((block.PTH, block.version_of(content), path))
    return found


class _NoPlace(Exception):
    pass


def _obstacle(target: Target, path: str, plain: bytes | None) -> str | None:
    """Return why a sitecustomize at ``path`` would not load or must not be changed, or None."""
    ranks = [index for index, name in enumerate(target.path) if _is_same(name, target.site_packages)]
    if not ranks:
        return f"{target.site_packages} is not on its path"
    others = [(entry, name) for entry, name in target.sitecustomize if not _is_same(name, path)]
    for entry, name in others:
        if target.path.index(entry) <= ranks[0]:
            return f"{name} is the sitecustomize that loads there"
        if plain is None:
            return f"a new sitecustomize would hide {name}"
    if os.path.islink(path):
        return f"{path} is a link to a file elsewhere"
    owner = owners.owner_of(path, target.site_packages, target.prefix)
    if owner:
        return f"{path} belongs to {owner}"
    if target.injected:
        return f"PYTHONPATH puts {target.injected} before it"
    rival = owners.brings_sitecustomize(target.path)
    if rival:
        return f"{rival} contains a sitecustomize that may come before all others"
    return None


def _with_block(target: Target, package: str, plain: bytes | None) -> bytes:
    source = plain or b""
    answer = ask_preamble(target, {"source": source.decode("latin-1")})
    if "problem" in answer:
        raise _NoPlace(answer["problem"])
    offset = answer["offset"]
    ours = block.sitecustomize_block(
        package,
        made=plain is None,
        added_break=bool(source[:offset].strip(block.BOM)) and source[offset - 1] not in b"\r\n",
        line_end="\r\n" if b"\r\n" in source else "\n",
    )
    question = {
        "source": source.decode("latin-1"),
        "block": ours.decode("latin-1"),
        "offset": offset,
    }
    answer = ask_preamble(target, question)
    if "problem" in answer:
        raise _NoPlace(answer["problem"])
    return source[:offset] + ours + source[offset:]


def _without_own_files(target: Target) -> Iterator[Change]:
    """Yield the removal of the files of the ``.pth`` route, in the reverse of the order of writing."""
    for name in reversed(list(block.own_files(""))):
        path = os.path.join(target.site_packages, name)
        content = _read(path)
        if content is not None and block.is_ours(content):
            yield Change(path, content, None)


def _own(target: Target, name: str) -> bytes | None:
    path = os.path.join(target.site_packages, name)
    content = _read(path)
    # An empty one is what a full disk has left of ours.
    if content and not block.is_ours(content):
        raise OverrideError(
            f"{path} was not written by pip-build-override",
            kind="file-not-replaced",
            hint="move it away, and try again",
        )
    return content


def _without_us(path: str, content: bytes | None) -> bytes | None:
    if content is None:
        return None
    try:
        return block.remove(content)
    except block.Damaged:
        raise OverrideError(
            f"in {path} one of the lines that mark the start-up hook of pip-build-override is missing",
            kind="hook-not-installed",
            hint='delete by hand what is left of it, from ">>>" to "<<<", and try again',
        ) from None


def _check_may_write(target: Target) -> None:
    if target.managed:
        raise OverrideError(
            f"{target.python} is managed by another tool, according to {target.managed} (PEP 668)",
            kind="hook-not-installed",
            hint=f"{MANAGED_HINT}; for a single command, use: pip-build-override run",
        )
    if not any(_is_same(target.site_packages, name) for name in target.site_directories):
        raise OverrideError(
            f"{target.python} reads no start-up files in {target.site_packages}",
            kind="hook-not-installed",
            hint="use: pip-build-override run",
        )
    _check_writable(target)


def _check_writable(target: Target) -> None:
    path = sitecustomize_file(target)
    for name in (target.site_packages, path):
        if os.path.exists(name) and not os.access(name, os.W_OK):
            raise OverrideError(
                f"{name} cannot be written to",
                kind="unwritable-file",
                hint="run this as the user who owns the environment, or use: pip-build-override run",
            )


def _read(path: str) -> bytes | None:
    try:
        return read_whole(path)
    except OSError as error:
        raise OverrideError(
            f"{path} cannot be read: {error.strerror}",
            kind="unreadable-file",
            hint="make it readable for this user",
        ) from None


def _is_same(one: str, other: str) -> bool:
    return os.path.normcase(os.path.abspath(one)) == os.path.normcase(os.path.abspath(other))


def _real(changes: list[Change]) -> tuple[Change, ...]:
    return tuple(change for change in changes if change.before != change.after)
