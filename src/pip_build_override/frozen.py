"""Immutable records that are cheap to define.

A frozen dataclass generates and compiles code when its module is imported, which takes as long as
importing a small module. Every pip that loads the shim would pay for each class, even if it makes no
instance of it. ``Frozen`` only stores the annotations, and does the rest when an instance is made.

Standard library only; type checkers see a dataclass (PEP 681).
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_: bool) -> Any:
        """Return a decorator that does nothing, for the one that only type checkers read."""
        return lambda decorated: decorated


Record = TypeVar("Record", bound="Frozen")


@dataclass_transform(frozen_default=True)
class Frozen:
    """A record whose fields are the annotations of its class, in order; fields may have defaults.

    Two records are equal if they have the same class and all their fields are equal.
    """

    _fields: tuple[str, ...] = ()
    _defaults: dict[str, Any] = {}  # noqa: RUF012 - each subclass gets its own, below

    def __init_subclass__(cls) -> None:
        if sys.version_info >= (3, 14):
            # Evaluated on access (PEP 649); never those of a base class.
            own = cls.__annotations__
        else:
            own = vars(cls).get("__annotations__", {})
        defaults = {name: vars(cls)[name] for name in own if name in vars(cls)}
        cls._fields = (*cls._fields, *own)
        cls._defaults = {**cls._defaults, **defaults}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the fields, by position or by name.

        Raises:
            TypeError: If a field is missing, given twice or unknown.
        """
        fields = self._fields
        values = {**self._defaults, **dict(zip(fields, args)), **kwargs}
        if len(values) != len(fields) or len(args) + len(kwargs) > len(fields):
            _complain(self, len(args), kwargs)
        for name in fields[: len(args)]:
            if name in kwargs:
                _complain(self, len(args), kwargs)
        try:
            # In the order of the fields, not in that of the arguments.
            self.__dict__.update([(name, values[name]) for name in fields])
        except KeyError:
            _complain(self, len(args), kwargs)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be deleted")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.__dict__ == self.__dict__

    def __hash__(self) -> int:
        return hash((type(self), *self.__dict__.values()))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items())
        return f"{type(self).__name__}({fields})"


def _complain(record: Frozen, given: int, kwargs: dict[str, Any]) -> None:
    fields = record._fields
    unknown = [name for name in kwargs if name not in fields]
    twice = [name for name in fields[:given] if name in kwargs]
    missing = [name for name in fields[given:] if name not in kwargs and name not in record._defaults]
    raise TypeError(
        f"{type(record).__name__} takes {', '.join(fields)};"
        f" missing {missing}, twice {twice}, unknown {unknown}, by position {given}"
    )


def replace(record: Record, **changes: Any) -> Record:
    """Return a copy of a record with some fields changed.

    Raises:
        TypeError: If a field is unknown.
    """
    return type(record)(**{**record.__dict__, **changes})


def fields(kind: type[Frozen]) -> tuple[str, ...]:
    """Return the names of the fields of a record class, in order."""
    return kind._fields
