"""The known kinds of failures, read from ``signatures.toml``, and the search for them in lines."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Iterator, Mapping, Pattern

from .. import kinds
from ..rules.standards import read_toml

HERE = Path(__file__).parent

AT_BUILD = "build"
AT_IMPORT = "import"
NESTED = "nested"

_KEYS = {
    *("name", "text", "pattern", "at", "raised", "python", "environment", "constrain"),
    *(
        "install",
        "variable",
        "add",
        "replace",
        "provides",
        "says",
        "because",
        "otherwise",
        "shown-by",
        "log",
        "within",
        "unless",
        "regenerate",
        "beyond",
    ),
}


@dataclass(frozen=True)
class Signature:
    """One kind of failure; ``signatures.toml`` explains each key.

    Without ``constrain``, ``add``, ``replace`` and ``regenerate``, it is a failure that no build
    requirement fixes.
    """

    name: str
    texts: tuple[str, ...]
    pattern: Pattern[str]
    says: str
    because: str
    shown_by: str
    log: str
    at: str = AT_BUILD
    raised: bool = False
    python: str = ""
    within: Pattern[str] | None = None
    unless: tuple[str, ...] = ()
    regenerate: bool = False
    beyond: bool = False
    environment: tuple[tuple[str, str], ...] = ()
    constrain: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    replace: tuple[tuple[str, str], ...] = ()
    otherwise: str = ""
    provides: str = ""
    install: str = ""
    variable: str = ""


@dataclass(frozen=True)
class Hit:
    """A signature that was found, the groups of its pattern, and the number of the line."""

    signature: Signature
    caught: Mapping[str, str] = field(default_factory=dict)
    line: int = 0


class Matcher:
    """A search for all signatures, one line at a time.

    Attributes:
        looked: Number of lines examined.
        searched: Number of patterns tried.
    """

    def __init__(self, signatures: tuple[Signature, ...]) -> None:
        self.looked = 0
        self.searched = 0
        texts: dict[str, list[Signature]] = {}
        for signature in signatures:
            for text in signature.texts:
                texts.setdefault(text, []).append(signature)
        self._texts = list(texts)
        self._signatures = texts

    def hits(self, line: str, number: int, context: str = "") -> Iterator[Hit]:
        """Yield the signatures found in one line.

        Args:
            line: Cleaned line without indentation, so no longer than ``lines.LONGEST``.
            number: Number of the line.
            context: What a compiler printed before it: the function or the line of code that it is
                about.
        """
        self.looked += 1
        # A pattern is tried only if the line contains its text, which is rare.
        for text in self._texts:
            if text in line:
                for signature in self._signatures[text]:
                    self.searched += 1
                    found = signature.pattern.search(line)
                    if found is None:
                        continue
                    caught = found.groupdict()
                    if signature.within is not None:
                        inside = signature.within.search(context)
                        if inside is None:
                            continue
                        caught.update(inside.groupdict())
                    yield Hit(signature, caught, number)


def without_kind(line: str) -> tuple[str, str]:
    """Return a line of a printed message without the name of its kind, and the name; "" if it has none.

    Args:
        line: The line.
    """
    return kinds.without_kind(line, {signature.name for signature in known_signatures()})


@lru_cache(maxsize=None)
def known_signatures() -> tuple[Signature, ...]:
    """Return the known kinds of failures."""
    document = read_toml((HERE / "signatures.toml").read_text(encoding="utf-8"))
    return tuple(_signature(entry, document["install"]) for entry in document["signature"])


def _signature(entry: Mapping[str, Any], install: Mapping[str, str]) -> Signature:
    unknown = set(entry) - _KEYS
    if unknown:
        raise ValueError(f"signature {entry.get('name')}: {', '.join(sorted(unknown))}: not a key")
    text = entry.get("text", ())
    return Signature(
        name=entry["name"],
        texts=tuple([text] if isinstance(text, str) else text),
        pattern=re.compile(entry.get("pattern", "")),
        says=entry["says"],
        because=entry["because"],
        shown_by=entry["shown-by"],
        log=entry["log"],
        at=entry.get("at", AT_BUILD),
        raised=entry.get("raised", False),
        python=entry.get("python", ""),
        within=re.compile(entry["within"]) if "within" in entry else None,
        unless=tuple(entry.get("unless", ())),
        regenerate=entry.get("regenerate", False),
        beyond=entry.get("beyond", "install" in entry or "variable" in entry),
        environment=tuple(entry.get("environment", {}).items()),
        constrain=tuple(entry.get("constrain", ())),
        add=tuple(entry.get("add", ())),
        replace=tuple(entry.get("replace", {}).items()),
        otherwise=entry.get("otherwise", ""),
        provides=entry.get("provides", ""),
        install=install[entry["install"]] if "install" in entry else "",
        variable=entry.get("variable", ""),
    )
