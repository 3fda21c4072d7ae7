"""Whether one version specifier allows no more than another one, or nothing that the other allows.

Specifiers (PEP 440) change their answer only at the versions that they name, so it is enough to try
these versions, and one version between each two of them.
"""

from __future__ import annotations

import re
from typing import Iterator

from ..rules.standards import contains, in_order

_CLAUSE = re.compile(r"\s*(===|==|~=|!=|<=|>=|<|>)\s*(\S+)\s*")
_RELEASE = re.compile(r"v?((?:\d+!)?)(\d+(?:\.\d+)*)")


def is_within(specifier: str, other: str) -> bool:
    """Return whether each version that satisfies a specifier also satisfies another one.

    It is False if that is not certain: one of them cannot be read, or nothing satisfies the first.
    """
    if not _known(specifier, other):
        return False
    answers = [b for a, b in _answers(specifier, other) if a]
    return bool(answers) and all(answers)


def may_meet(specifier: str, other: str) -> bool:
    """Return whether some version satisfies both specifiers; False if one cannot be read."""
    return _known(specifier, other) and any(a and b for a, b in _answers(specifier, other))


def allows_the_newest(specifier: str, other: str) -> bool:
    """Return whether the newest of the versions that another specifier allows satisfy this one."""
    newest = [a for a, b in _answers(specifier, other) if b][-1:]
    return _known(specifier, other) and newest == [True]


def allows(specifier: str, version: str) -> bool:
    """Return whether a version satisfies a specifier; False if one of them cannot be read."""
    try:
        return contains(specifier, version)
    except ValueError:
        return False


def _known(*specifiers: str) -> bool:
    try:
        for specifier in specifiers:
            contains(specifier, "0")
    except ValueError:
        return False
    return True


def _answers(one: str, other: str) -> Iterator[tuple[bool, bool]]:
    for version in _tried(f"{one},{other}"):
        try:
            yield contains(one, version), contains(other, version)
        except ValueError:
            # Only === names a version that is none.
            continue


def _tried(specifiers: str) -> list[str]:
    """Return the versions at which specifiers may change their answer, and one between each two."""
    named = {"0.dev0", "0"}
    for clause in specifiers.split(","):
        match = _CLAUSE.fullmatch(clause)
        if match is None:
            continue
        version = match[2]
        named.add(version[:-2] if version.endswith(".*") else version)
        release = _RELEASE.match(version)
        if release is None:
            continue
        epoch, numbers = release[1], release[2].split(".")
        whole = f"{epoch}{'.'.join(numbers)}"
        named.update((f"{whole}.dev0", f"{whole}.post1", whole, _above(whole)))
        # Where ~= and .* end.
        for length in range(1, len(numbers) + 1):
            bumped = [*numbers[: length - 1], str(int(numbers[length - 1]) + 1)]
            end = f"{epoch}{'.'.join(bumped)}"
            named.update((f"{end}.dev0", end, _above(end)))
    return in_order(named)


def _above(release: str) -> str:
    """Return a final release right above another one, which is no post-release of it."""
    return f"{release}.0.0.0.0.0.1"
