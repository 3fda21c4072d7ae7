"""Which distribution brings a module: ``modules.toml``, read."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from ..rules.standards import contains, normalise, read_toml

_PATH = Path(__file__).parent / "modules.toml"


def distribution_of(module: str) -> str:
    """Return the distribution that brings a module, "" where that is not known.

    :param module: dotted name; what counts is the first part, in any case.
    """
    top = module.partition(".")[0]
    # The small letter of a Kelvin sign is the same as that of a K, and the module another one.
    found: str = _tables()["distributions"].get(top.lower(), "") if top.isascii() else ""
    return found


def requirement_for(distribution: str, python: str) -> str:
    """Return what adds a distribution, as TOML spells it.

    :param python: the interpreter's minor version; of several ways the first holds where it is "".
    """
    source = _tables()["sources"].get(distribution, f'"{distribution}"')
    if isinstance(source, str):
        return source
    fitting = (text for pythons, text in source.items() if not python or contains(pythons, python))
    return str(next(fitting))


def gone_since(module: str) -> str:
    """Return the Python whose standard library lost a module, "" for every other module."""
    since: str = _tables()["gone"].get(module.partition(".")[0], "")
    return since


@lru_cache(maxsize=None)
def _tables() -> dict[str, dict[str, Any]]:
    tables: dict[str, dict[str, Any]] = read_toml(_PATH.read_text(encoding="utf-8"))
    names = {module.lower(): normalise(name) for module, name in tables["distributions"].items()}
    return {**tables, "distributions": names}
