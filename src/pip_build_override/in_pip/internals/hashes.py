"""Hashes of build requirements: pip checks those that rules give, and requires no others.

pip's own hash-checking mode is for all requirements of a command or none, and excludes build
environments. Here, each requirement with hashes from a rule passes them to the pip that fills the
environment, which then compares each file before opening it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Iterable, Iterator, Mapping

from pip._internal.exceptions import HashError, HashErrors

from ...errors import OverrideError
from ...rules.standards import normalise

if TYPE_CHECKING:
    from .protocols import InstallRequirement


def demand(hashes: Mapping[str, Iterable[str]], roots: list[InstallRequirement]) -> None:
    """Give pip's requirements the hashes that their files must have.

    Args:
        hashes: The hashes by distribution name, each as ``algorithm:digest``.
        roots: The requirements that pip was asked for.

    Raises:
        OverrideError: If the user gave one of them hashes and a rule allows none of these.
    """
    for req in roots:
        allowed = _by_algorithm(hashes.get(normalise(req.name or ""), ()))
        if not allowed:
            continue
        known = req.hash_options
        both = {name: [d for d in allowed.get(name, ()) if d in known[name]] for name in known}
        both = {name: digests for name, digests in both.items() if digests}
        if known and not both:
            raise OverrideError(
                f"no file of {req.name} can match both the hashes that a rule allows and those that"
                f" {req.comes_from or 'the command'} gives",
                kind="conflicting-rules",
                hint="use the same hashes in both, or hashes in one of them only",
            )
        req.hash_options = both if known else allowed


def _by_algorithm(hashes: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in hashes:
        algorithm, _, digest = text.partition(":")
        found.setdefault(algorithm, []).append(digest)
    return found


@contextmanager
def checked(built_for: str, where: str) -> Iterator[None]:
    """Turn pip's error about a hash from a rule into a refusal.

    Args:
        built_for: The name and version of the package that the build environment is for.
        where: The overrides file.

    Raises:
        OverrideError: If a hash does not match; the message includes pip's own.
    """
    try:
        yield
    except (HashError, HashErrors) as error:
        raise OverrideError(
            f"a build requirement of {built_for} does not match its hash in a rule: {error}",
            kind="hash-mismatch",
            where=where,
            hint="the index now serves another file for that version; find out why first, and put its"
            " hash into the rule only if you trust the new file",
        ) from None
