"""The record of one build: what its environment held, and which rule made it so."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Tuple

from ..files import Json
from ..rules.standards import normalise
from ..urls import without_secrets_in

Texts = Tuple[str, ...]


@dataclass(frozen=True)
class Distribution:
    """One distribution in a build environment.

    :param name: normalised.
    :param url: of the file that it came from, of a checkout with its commit; "" where pip does not know
        it.
    :param sha256: of that file; "" where it is not known.
    :param source: whether that file is an sdist, a directory or a checkout, built for this environment.
    :param direct: whether it was asked for by that URL, and not by its name.
    :param requires: its own requirements that apply to this interpreter, without extras.
    :param borrowed: whether it was the one that is installed in the target environment.
    :param hidden: versions of other copies that were there, and that this one is imported before.
    """

    name: str
    version: str
    url: str = ""
    sha256: str = ""
    source: bool = False
    direct: bool = False
    requires: Texts = ()
    borrowed: bool = False
    hidden: Texts = ()


@dataclass(frozen=True)
class Change:
    """One thing that a rule did.

    :param kind: as in the plan, such as ``replace``.
    :param where: the file and table of the rule.
    :param text: the change in words.
    """

    kind: str
    name: str
    before: Texts
    after: Texts
    where: str
    text: str


@dataclass(frozen=True)
class Generated:
    """A generated source that was compiled as it was, so that a rule on Cython could not act.

    :param file: relative to the root of the sources.
    :param cython: the version that generated it.
    :param asked: what the rule asks for.
    :param where: the file and table of the rule.
    """

    file: str
    cython: str
    asked: str
    where: str


@dataclass(frozen=True)
class Record:
    """What is known of one build.

    :param name: normalised name of the package that was built.
    :param version: of it.
    :param environment: what was in its build environment, by name.
    :param declared: requirements that it declares.
    :param asked: those that its build backend asked for.
    :param effective: what was installed in place of ``declared``.
    :param effective_asked: what was installed in place of ``asked``.
    :param constraints: limits of the rules on the whole environment.
    :param changes: what each rule did.
    :param rules: name of the overrides file.
    :param interpreter: such as ``CPython 3.11.7``.
    :param platform: such as ``linux-x86_64``.
    :param pip: its version.
    :param tool: our version.
    :param isolated: whether it had a build environment; otherwise what was installed is listed.
    :param generated: sources that a rule on Cython could not act on.
    """

    name: str
    version: str
    environment: tuple[Distribution, ...] = ()
    declared: Texts = ()
    asked: Texts = ()
    effective: Texts = ()
    effective_asked: Texts = ()
    constraints: Texts = ()
    changes: tuple[Change, ...] = ()
    rules: str = ""
    interpreter: str = ""
    platform: str = ""
    pip: str = ""
    tool: str = ""
    isolated: bool = True
    generated: tuple[Generated, ...] = ()

    @property
    def label(self) -> str:
        return f"{self.name} {self.version}"

    def to_json(self) -> Json:
        """Return the record as JSON has it, without the secrets in its URLs."""
        plain: Json = without_secrets_in(dataclasses.asdict(self))
        return plain

    def held(self, name: str) -> Distribution | None:
        """Return what its environment had of a distribution."""
        wanted = normalise(name)
        return next((entry for entry in self.environment if entry.name == wanted), None)


def from_json(value: Any) -> Record:
    """Read a record back.

    :raises ValueError: where it is not one.
    """
    try:
        fields = {key: _frozen(value[key]) for key in _FIELDS if key in value}
        fields["environment"] = tuple(_part(Distribution, entry) for entry in value["environment"])
        fields["changes"] = tuple(_part(Change, entry) for entry in value.get("changes", ()))
        fields["generated"] = tuple(_part(Generated, entry) for entry in value.get("generated", ()))
        return Record(**fields)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not the record of a build: {error}") from None


_FIELDS = tuple(field.name for field in dataclasses.fields(Record))


def _part(kind: Any, value: Any) -> Any:
    known = {field.name for field in dataclasses.fields(kind)}
    return kind(**{key: _frozen(entry) for key, entry in value.items() if key in known})


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
