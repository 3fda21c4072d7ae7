"""The record of one build: what its environment contained, and which rules caused that."""

from __future__ import annotations

from typing import Any, Tuple

from ..files import Json
from ..frozen import Frozen, fields
from ..rules.standards import normalise, read_toml
from ..rules.tables import PINS
from ..urls import without_secrets_in

Texts = Tuple[str, ...]


class Distribution(Frozen):
    """One distribution in a build environment.

    Attributes:
        name: Normalised name.
        version: Version.
        url: URL of its file, or of a checkout with its commit; "" if pip does not know it.
        sha256: Hash of that file; "" if it is not known.
        source: Whether it was built for this environment from an sdist, a directory or a checkout.
        direct: Whether it was requested by that URL, and not by name.
        requires: Its own requirements that apply to this interpreter, without extras.
        borrowed: Whether it was borrowed from the target environment.
        hidden: Versions of other copies in the environment, which this one hides from import.
        seen: Whether it was not installed for the build, but could be imported from the target
            environment or from an environment that existed already.
        linkable: Whether it has C headers, Cython declarations, or a library to link with.
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
    linkable: bool = False
    seen: bool = False


class Change(Frozen):
    """One change that a rule made.

    Attributes:
        kind: Kind as in the plan, such as ``replace``.
        name: Name of the requirement.
        before: Requirements before the change.
        after: Requirements after the change.
        where: File and table of the rule.
        text: The change in words.
        because: Why the table of the rule exists, in the words of its author; often empty.
    """

    kind: str
    name: str
    before: Texts
    after: Texts
    where: str
    text: str
    because: str = ""


class Generated(Frozen):
    """A generated source that was compiled unchanged, so a rule on Cython had no effect.

    Attributes:
        file: Path relative to the root of the sources.
        cython: Version of Cython that generated it.
        asked: The requirement of the rule.
        where: File and table of the rule.
    """

    file: str
    cython: str
    asked: str
    where: str


class Regenerated(Frozen):
    """A generated source that was generated again before the build.

    Attributes:
        file: Path relative to the root of the sources.
        was: Version of Cython that generated it before.
        cython: Version of Cython in the build environment, which generated it again.
    """

    file: str
    was: str
    cython: str


class Record(Frozen):
    """The record of one build.

    Attributes:
        name: Normalised name of the package that was built.
        version: Version of the package.
        environment: Distributions in its build environment, sorted by name.
        declared: Requirements that it declares.
        asked: Requirements that its build backend asked for.
        effective: Requirements that were installed in place of ``declared``.
        effective_asked: Requirements that were installed in place of ``asked``.
        constraints: Limits of the rules on the whole environment.
        changes: Changes that the rules made.
        rules: Name of the overrides file.
        interpreter: Name and version, such as ``CPython 3.11.7``.
        platform: Platform, such as ``linux-x86_64``.
        pip: Version of pip; "" if another front end built it.
        tool: Version of pip-build-override.
        isolated: Whether it had a build environment; if not, ``environment`` is what was installed.
        generated: Sources on which a rule on Cython had no effect.
        regenerated: Sources that were generated again before the build.
        uses: ``system-site-packages`` or ``build-environment`` if it was built with what that makes
            available; "" otherwise.
        front_end: Name and version of the front end if that is not pip, such as ``build 1.2.2``.
        sdist_with: What that front end has built its sdist with, if not with the same; "" otherwise.
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
    regenerated: tuple[Regenerated, ...] = ()
    uses: str = ""
    front_end: str = ""
    sdist_with: str = ""

    @property
    def label(self) -> str:
        return f"{self.name} {self.version}"

    def to_json(self) -> Json:
        """Return the record as a JSON object, without the secrets in its URLs."""
        plain: Json = without_secrets_in(_plain(self))
        return plain

    def held(self, name: str) -> Distribution | None:
        """Return the distribution of a name in the build environment, or None if there was none."""
        wanted = normalise(name)
        return next((entry for entry in self.environment if entry.name == wanted), None)


def from_json(value: Any) -> Record:
    """Return the record in a JSON object.

    Raises:
        ValueError: If it is not a record.
    """
    try:
        given = {key: _frozen(value[key]) for key in fields(Record) if key in value}
        given["environment"] = tuple(_part(Distribution, entry) for entry in value["environment"])
        given["changes"] = tuple(_part(Change, entry) for entry in value.get("changes", ()))
        given["generated"] = tuple(_part(Generated, entry) for entry in value.get("generated", ()))
        given["regenerated"] = tuple(
            _part(Regenerated, entry) for entry in value.get("regenerated", ())
        )
        return Record(**given)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not the record of a build: {error}") from None


_NO_SETTINGS = ("replace", "remove", "add", "constrain", "requires", "note")


def settings_of(record: Record) -> Json:
    """Return what tables set for a build other than its build requirements, as in a package table.

    A record may have been made by anybody, so the values are checked.

    Raises:
        ValueError: If they are not those of a package table.
    """
    found: Json = {}
    for change in record.changes:
        if change.kind in _NO_SETTINGS:
            continue
        if change.kind == PINS and change.before:
            # As it was resolved, which does not depend on a rule of ours.
            specifier = "".join(change.after)[len(change.name) :]
            found.setdefault(change.kind, {})[change.name] = specifier
            continue
        document = read_toml("\n".join(change.after))
        value = document.get(change.kind)
        if isinstance(value, dict) and change.name:
            value = value.get(change.name)
        if set(document) != {change.kind} or not _is_setting(value):
            raise ValueError(f"not a setting: {change.text!r}")
        if change.name:
            found.setdefault(change.kind, {})[change.name] = value
        else:
            found[change.kind] = value
    return found


def reason_of(record: Record) -> str:
    """Return why the tables exist that changed a build, in the words of their authors."""
    return "; ".join(dict.fromkeys(change.because for change in record.changes if change.because))


def _is_setting(value: object) -> bool:
    listed = value if isinstance(value, list) else [value]
    return all(isinstance(each, (str, bool)) for each in listed)


def _part(kind: Any, value: Any) -> Any:
    return kind(**{key: _frozen(entry) for key, entry in value.items() if key in fields(kind)})


def _plain(value: Any) -> Any:
    """Return a value with dictionaries in place of records."""
    if isinstance(value, Frozen):
        return {name: _plain(each) for name, each in vars(value).items()}
    return tuple(map(_plain, value)) if isinstance(value, tuple) else value


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
