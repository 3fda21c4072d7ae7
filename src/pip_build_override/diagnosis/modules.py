"""The distributions that provide modules, read from ``modules.toml``."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from ..rules.standards import contains, normalise, read_toml

_PATH = Path(__file__).parent / "modules.toml"


def distribution_of(module: str) -> str:
    """Return the distribution that provides a module, or "" if it is not known.

    Args:
        module: Dotted name, in any case; of a namespace package, more than its first part is used.
    """
    return _entry_of(module)[1]


def is_in_a_namespace(module: str) -> bool:
    """Return whether the distribution of a module shares its top level with other distributions."""
    return "." in _entry_of(module)[0]


def _entry_of(module: str) -> tuple[str, str]:
    """Return the longest known beginning of a dotted name, and its distribution; "" for none."""
    names = _tables()["distributions"]
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        beginning = ".".join(parts[:length])
        known = beginning.lower()
        # lower() turns a Kelvin sign into k, but the name is that of another module.
        if known in names and beginning.isascii():
            return known, names[known]
    return "", ""


def is_known(distribution: str) -> bool:
    """Return whether a distribution, by its normalised name, is one of those that may be suggested."""
    return distribution in _tables()["distributions"].values()


def modules_of(distribution: str) -> list[str]:
    """Return the modules that are known to be in a distribution under another name than its own."""
    known = _tables()["modules"].items()
    return [module for module, name in known if normalise(name) == distribution]


def requirement_for(distribution: str, python: str) -> str:
    """Return the requirement or source table that adds a distribution, in TOML syntax.

    Args:
        distribution: Name of the distribution.
        python: Minor version of the interpreter; if it is "", the first of several alternatives is
            used.
    """
    source = _tables()["sources"].get(distribution, f'"{distribution}"')
    if isinstance(source, str):
        return source
    fitting = (text for pythons, text in source.items() if not python or contains(pythons, python))
    return str(next(fitting))


def gone_since(module: str) -> str:
    """Return the Python that removed a module from its standard library, or "" for any other module."""
    since: str = _tables()["gone"].get(module.partition(".")[0], "")
    return since


@lru_cache(maxsize=None)
def _tables() -> dict[str, dict[str, Any]]:
    tables: dict[str, dict[str, Any]] = read_toml(_PATH.read_text(encoding="utf-8"))
    names = {module.lower(): normalise(name) for module, name in tables["distributions"].items()}
    return {**tables, "modules": tables["distributions"], "distributions": names}
