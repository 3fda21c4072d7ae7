"""The manifest beside a wheel that was built before: under which rules, from what, and with what.

It is a document that outlives the version of the shim that wrote it, in a directory to which others may
write. One that does not fit is as good as none: the wheel is built again.
"""

from __future__ import annotations

from typing import Callable, Mapping

from ...files import Json
from ...frozen import Frozen

FORMAT = 2
"""To be counted up if a field comes in, goes, or gets another meaning."""

# How a package came by what it was built with: in a build environment that pip filled, with what was
# installed because the user asked for no isolation, or by its setup.py alone, as pips before 25.3 do.
ISOLATED = "isolated"
NO_ISOLATION = "no isolation"
SETUP_PY = "setup.py"
_ENVIRONMENTS = (ISOLATED, NO_ISOLATION, SETUP_PY)

UNKNOWN = "unknown"
"""In place of a digest of rules: what is built under them cannot be told apart."""


class Manifest(Frozen):
    """What is known of the wheels in one directory of the cache.

    Args:
        rules: digest of the package's own rules; "" if none applies.
        environment: one of the three above.
        source: what ``link_contents.noted`` returns for what the wheels were built from.
        settled: what the source tables of the package came to.
        members: the distributions in the build environments, at any depth.
        told: by setting, the warnings that would have been errors under another value of it.
        beside: what ``Record.to_json`` returns, for wheels that carry no record; None if they do, or
            if there was no build environment.
        plain: whether the wheels lie in pip's own directory.
        recorded: whether they carry a record.
        wheels: file name to sha256.
    """

    rules: str
    environment: str = ISOLATED
    source: Json = {}  # noqa: RUF012 - nobody changes it
    settled: tuple[Json, ...] = ()
    members: tuple[Json, ...] = ()
    told: Mapping[str, list[Json]] = {}
    beside: Json | None = None
    plain: bool = False
    recorded: bool = False
    wheels: Mapping[str, str] = {}

    @property
    def helped(self) -> bool:
        """Whether a rule had a part in it, or in the build of anything that it was built with."""
        return self.rules != "" or any(member["rules"] != "" for member in self.members)

    def to_json(self) -> Json:
        """Return a document that ``from_json`` takes."""
        return {"format": FORMAT, **vars(self)}


def from_json(document: object) -> Manifest:
    """Read a document.

    Raises:
        ValueError: if it is no manifest, or one of another format.
    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError("no manifest of this format")
    values = {name: value for name, value in document.items() if name != "format"}
    for name, fits in _FIELDS.items():
        if name not in values or not fits(values[name]):
            raise ValueError(f"{name} is not as it should be")
    try:
        return Manifest(
            **{**values, "settled": tuple(values["settled"]), "members": tuple(values["members"])}
        )
    except TypeError as error:
        raise ValueError(str(error)) from None


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_table(value: object) -> bool:
    return isinstance(value, dict)


def _list_of(fits: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and all(map(fits, value))


def _values(fits: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, dict) and all(map(fits, value.values()))


def _table(**known: Callable[[object], bool]) -> Callable[[object], bool]:
    """Return a check for a table that may have more than these keys."""

    def fits(value: object) -> bool:
        return isinstance(value, dict) and all(
            key in value and is_right(value[key]) for key, is_right in known.items()
        )

    return fits


def _optional(name: str, fits: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, dict) and (name not in value or fits(value[name]))


def _all(*checks: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: all(check(value) for check in checks)


_is_texts = _list_of(_is_text)
_is_source = _all(
    _is_table,
    _optional("file", _is_text),
    _optional("sha256", _is_text),
    _optional("changes", _is_bool),
)
_is_settled = _list_of(
    _table(
        name=_is_text,
        key=_is_text,
        version=_is_text,
        declared=_is_texts,
        origin=_is_text,
        borrow=_is_bool,
        specifier=_is_text,
        otherwise=_is_text,
        allow_sdist=_is_bool,
    )
)
_is_told = _values(_list_of(_table(message=_is_text, where=_is_text, hint=_is_text)))
_is_member = _all(
    _table(
        name=_is_text,
        version=_is_text,
        source=_is_bool,
        rules=lambda value: value is None or isinstance(value, str),
    ),
    _is_source,
    _optional("borrowed", _is_text),
    _optional("settled", _is_settled),
    _optional("told", _is_told),
)
_FIELDS: Mapping[str, Callable[[object], bool]] = {
    "rules": _is_text,
    "environment": lambda value: value in _ENVIRONMENTS,
    "source": _is_source,
    "settled": _is_settled,
    "members": _list_of(_is_member),
    "told": _is_told,
    "beside": lambda value: value is None or isinstance(value, dict),
    "plain": _is_bool,
    "recorded": _is_bool,
    "wheels": _values(_is_text),
}
