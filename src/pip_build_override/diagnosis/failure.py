"""What is known of one build, or one import, that failed."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Mapping

from ..documents import fields as fields_in
from ..documents import number, optional, pair_of, read, table_of, text, tuple_of
from .conflict import Side
from .signatures import Hit, known_signatures

IMPORT = "import"


@dataclass(frozen=True)
class Failure:
    """One failure, as far as a log, or the pip in which it happened, tells of it.

    :param name: of the package as it was written; empty where nothing tells it.
    :param version: of the package; empty where nothing tells it.
    :param step: what pip was doing, in its own words, or ``import``.
    :param hits: signatures that were met in the output, in its order.
    :param error: the last line of the output that reads as an error.
    :param python: the interpreter's minor version, such as ``3.11``; empty where nothing tells it.
    :param environment: what was in the build environment, normalised name to version; None where
        nothing tells it.
    :param declared: requirement lines of the package; None where nothing tells them.
    :param asked_by: who required it; empty for what the user asked for, or where nothing tells it.
    :param nested: failures of build requirements that had to be built for it themselves.
    :param origins: what came into the build environment, as ``NAME VERSION``, by who asked for it.
    :param own_modules: modules that its sources bring along; empty where nothing tells them.
    :param setup_py: the text of its setup.py; None where nothing tells it.
    :param not_found: a requirement that a rule asks for, and for which pip finds nothing.
    :param asked_in: the file and table of that rule.
    :param conflict: what excludes each other in its build environment, rules among it.
    :param module: that cannot be imported, if nothing tells which distribution it belongs to.
    """

    name: str
    version: str = ""
    step: str = ""
    hits: tuple[Hit, ...] = ()
    error: str = ""
    python: str = ""
    environment: Mapping[str, str] | None = None
    declared: tuple[str, ...] | None = None
    asked_by: str = ""
    nested: tuple[Failure, ...] = field(default=())
    origins: tuple[tuple[str, tuple[str, ...]], ...] = ()
    own_modules: frozenset[str] = frozenset()
    setup_py: str | None = None
    not_found: str = ""
    asked_in: str = ""
    conflict: tuple[Side, ...] = ()
    module: str = ""

    @property
    def label(self) -> str:
        """Name and version, as messages show them."""
        nameless = f"the package of the module {self.module}" if self.module else "a package"
        return " ".join(filter(None, (self.name or nameless, self.version)))

    def to_json(self) -> dict[str, Any]:
        """Return it as what JSON can hold, for another process."""
        plain = {item.name: getattr(self, item.name) for item in fields(self)}
        return {
            **plain,
            "hits": [[hit.signature.name, _caught(hit), hit.line] for hit in self.hits],
            "nested": [inner.to_json() for inner in self.nested],
            "own_modules": sorted(self.own_modules),
        }

    @classmethod
    def from_json(cls, document: object) -> Failure:
        """Return what ``to_json`` was called on.

        :raises ValueError: if it does not fit.
        """
        return read(
            cls,
            fields_in(document),
            {
                "name": text,
                "version": text,
                "step": text,
                "hits": tuple_of(_hit),
                "error": text,
                "python": text,
                "environment": optional(table_of(text)),
                "declared": optional(tuple_of(text)),
                "asked_by": text,
                "nested": tuple_of(cls.from_json),
                "origins": tuple_of(pair_of(text, tuple_of(text))),
                "own_modules": lambda value: frozenset(tuple_of(text)(value)),
                "setup_py": optional(text),
                "not_found": text,
                "asked_in": text,
                "module": text,
                "conflict": tuple_of(_side),
            },
        )


def _caught(hit: Hit) -> dict[str, str]:
    # A group of its pattern that has no part in what was found is None.
    return {name: text for name, text in hit.caught.items() if text is not None}


def _hit(value: object) -> Hit:
    if not isinstance(value, list) or len(value) != 3:
        raise ValueError("not a hit")
    known = {signature.name: signature for signature in known_signatures()}
    name = text(value[0])
    if name not in known:
        raise ValueError(f"no signature {name}")
    return Hit(known[name], table_of(text)(value[1]), number(value[2]))


def _side(value: object) -> Side:
    parts = tuple_of(text)(value)
    if len(parts) != len(Side._fields):
        raise ValueError("not a side of a conflict")
    return Side(*parts)
