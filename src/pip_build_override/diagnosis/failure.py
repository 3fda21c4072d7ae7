"""What is known of one build, or one import, that failed."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Mapping

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
            "hits": [[hit.signature.name, dict(hit.caught), hit.line] for hit in self.hits],
            "nested": [inner.to_json() for inner in self.nested],
            "own_modules": sorted(self.own_modules),
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Failure:
        """Return what ``to_json`` was called on."""
        known = {signature.name: signature for signature in known_signatures()}
        declared = plain["declared"]
        return cls(
            **{
                **plain,
                "hits": tuple(Hit(known[name], caught, line) for name, caught, line in plain["hits"]),
                "nested": tuple(map(cls.from_json, plain["nested"])),
                "conflict": tuple(Side(*side) for side in plain["conflict"]),
                "own_modules": frozenset(plain["own_modules"]),
                "declared": None if declared is None else tuple(declared),
                "origins": tuple((title, tuple(items)) for title, items in plain["origins"]),
            }
        )
