"""The report of a run: one JSON document for the builds of all its pips."""

from __future__ import annotations

from typing import Any

from ..files import Json
from .record import Record, from_json

FORMAT = "pip-build-override report"
_VERSION = 1


def blank() -> Json:
    """Return a report without any builds."""
    return {"format": FORMAT, "version": _VERSION, "builds": []}


def with_build(report: Json, build: Json) -> Json:
    """Return a report with one more build, which replaces any build with the same ``id``."""
    others = [entry for entry in report["builds"] if entry["id"] != build["id"]]
    return {**report, "builds": [*others, build]}


def read_report(value: Any) -> list[tuple[Json, Record]]:
    """Return the builds of a report, each with its record.

    Raises:
        ValueError: If it is not a report.
    """
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise ValueError("not a report of pip-build-override")
    if value.get("version") != _VERSION or not isinstance(value.get("builds"), list):
        raise ValueError(f"a report of another version ({value.get('version')})")
    found = [(build, from_json(build)) for build in value["builds"]]
    if not all(isinstance(build.get("id"), str) for build, _ in found):
        raise ValueError("a report with a build that has no id")
    return found
