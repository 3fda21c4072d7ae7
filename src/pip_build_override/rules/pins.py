"""Pins: run-time requirements that are narrowed to what fits the version that is built against."""

from __future__ import annotations

from ..patterns import pattern
from .standards import parts_of_version

PLACEHOLDERS = ("version", "major", "minor", "micro")

_FIELD = pattern(r"\{([^{}]*)\}")
# Only these accept a local part (PEP 440), and not before .* either.
_EXACT = pattern(r"\s*(?:===|==|!=)\s*\{version\}\s*")


def fields_of(template: str) -> list[str]:
    """Return the names between braces in a template, in their order.

    Raises:
        ValueError: If a brace has no counterpart.
    """
    rest = _FIELD.sub("", template)
    if "{" in rest or "}" in rest:
        raise ValueError("unbalanced")
    return [match[1] for match in _FIELD.finditer(template)]


def filled(template: str, version: str) -> str:
    """Return a template with a version in place of the placeholders.

    The local part of a version is left out where PEP 440 does not allow it.

    Args:
        template: Specifier with placeholders, all of them known.
        version: The version that is built against.

    Raises:
        ValueError: If the version is not valid (PEP 440).
    """
    parts = parts_of_version(version)
    values = {"major": f"{parts.epoch}{parts.major}", "minor": parts.minor, "micro": parts.micro}
    clauses = []
    for clause in template.split(","):
        values["version"] = parts.full if _EXACT.fullmatch(clause) else parts.public
        clauses.append(_FIELD.sub(lambda match: str(values[match[1]]), clause).strip())
    return ",".join(clauses)
