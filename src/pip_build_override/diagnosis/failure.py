"""The known facts about one failed build or import."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Mapping

from ..build_steps import HOOK, METADATA, STATIC, WHEEL, WHOLE
from ..documents import fields as fields_in
from ..documents import number, optional, pair_of, read, table_of, text, tuple_of
from .conflict import Side
from .signatures import Hit, known_signatures

_FILLED = {HOOK: STATIC, METADATA: WHOLE, WHEEL: WHOLE}


@dataclass(frozen=True)
class Failure:
    """One failure, as far as it is known from a log or from the pip in which it happened.

    Attributes:
        name: Name of the package as written; empty if not known.
        version: Version of the package; empty if not known.
        step: What pip was doing, in pip's own words, or ``import``, or ``known``.
        stage: How far the build got, if the shim was in that pip: ``SOURCES`` were read; the build
            environment was filled (``FIRST_PASS``) with what they declare; the backend was asked for
            more (``HOOK``), and that was installed (``SECOND_PASS``); the ``METADATA`` was prepared;
            the ``WHEEL`` was built. Otherwise empty.
        hits: Signatures found in the output, in order.
        error: The last line of the output that looks like an error.
        cause: What says why, if that line does not: the next line, or an earlier error.
        python: Minor version of the interpreter, such as ``3.11``; empty if not known.
        environment: Content of the build environment, as normalised names and versions; None if not
            known.
        declared: Requirement lines of the package; None if not known.
        asked_by: What required the package; empty if the user requested it, or if not known.
        nested: Failures of build requirements that had to be built from source themselves.
        origins: Distributions in the build environment, as ``NAME VERSION``, grouped by what required
            them.
        own_modules: Modules in its own sources; empty if not known.
        setup_py: Text of its setup.py; None if not known.
        generated: C and C++ files in its sources that ``regenerate`` can generate again, each with the
            version of Cython that generated it; None if not known.
        cythonized: Paths of what the build itself had Cython compile.
        hashes: The hashes that the user allows for it, such as ``sha256:…``; none if any is.
        settings: What pip gives to its build backend, each as ``KEY=VALUE``; none if not known.
        not_found: Requirement that pip cannot find.
        asked_in: File and table of the rule that asks for it; empty if none does.
        searched: What pip saw while it looked for it: ``no index`` if it was told to use none,
            ``unreachable`` if it could not connect, ``nothing`` if it found no release at all;
            otherwise empty.
        limited: Which files of what pip looked for are left out, and by which rule; "" if none are.
        requirement: What pip has to be given to build it alone: ``NAME==VERSION`` if pip found it by
            its name, otherwise a URL or an absolute path; "" if not known.
        conflict: Sides that exclude each other in its build environment.
        removed: Declared distributions that rules remove or replace, each with what the rule does.
        idle: Normalised names in rules that had no effect on the build.
        undecided: Normalised names in rules that have an effect only if the backend requires them,
            which was not asked.
        leftovers: Paths in its source tree that an earlier build left.
        source: File or directory that pip was asked to build, as in the log; "" for any other source.
        offered: Normalised names that the shim in that pip offered to add to the build environment.
        told: What the shim in that pip wrote about the failure, without the name of the package.
        module: Module that cannot be imported, if it is not known which distribution it belongs to.
    """

    name: str
    version: str = ""
    step: str = ""
    hits: tuple[Hit, ...] = ()
    error: str = ""
    cause: str = ""
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
    searched: str = ""
    conflict: tuple[Side, ...] = ()
    removed: Mapping[str, str] = field(default_factory=dict)
    idle: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()
    source: str = ""
    offered: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    module: str = ""
    limited: str = ""
    requirement: str = ""
    stage: str = ""
    generated: Mapping[str, str] | None = None
    cythonized: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The name and version, as messages show them."""
        nameless = f"the package of the module {self.module}" if self.module else "a package"
        return " ".join(filter(None, (self.name or nameless, self.version)))

    @property
    def filled(self) -> str:
        """How much of the build environment was there when the build failed in it.

        ``STATIC`` if only what is declared was, ``WHOLE`` if everything was; empty if it failed for
        another reason than what is in it, or if that is not known.
        """
        return _FILLED.get(self.stage, "")

    def to_json(self) -> dict[str, Any]:
        """Return the failure as a JSON document, for another process."""
        plain = {item.name: getattr(self, item.name) for item in fields(self)}
        return {
            **plain,
            "hits": [[hit.signature.name, _caught(hit), hit.line] for hit in self.hits],
            "nested": [inner.to_json() for inner in self.nested],
            "own_modules": sorted(self.own_modules),
        }

    @classmethod
    def from_json(cls, document: object) -> Failure:
        """Return the failure in a document that ``to_json`` returned.

        Raises:
            ValueError: If the document is invalid.
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
                "cause": text,
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
                "searched": text,
                "removed": table_of(text),
                "idle": tuple_of(text),
                "undecided": tuple_of(text),
                "leftovers": tuple_of(text),
                "source": text,
                "offered": tuple_of(text),
                "told": tuple_of(text),
                "module": text,
                "limited": text,
                "requirement": text,
                "hashes": tuple_of(text),
                "settings": tuple_of(text),
                "stage": text,
                "generated": optional(table_of(text)),
                "cythonized": tuple_of(text),
                "conflict": tuple_of(_side),
            },
        )


def _caught(hit: Hit) -> dict[str, str]:
    # A group of the pattern that did not participate in the match is None.
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
