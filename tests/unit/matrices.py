"""Matrices over numpy as it was released: ``numpy_releases.json`` has some of its versions.

For each, the day of its first upload, and the Pythons that it has a wheel for on Linux.
"""

from __future__ import annotations

import functools
import json
from datetime import date
from pathlib import Path
from typing import Iterable, Mapping

from pip_build_override.matrix.cells import PLANNED, Cell
from pip_build_override.matrix.making import Answers, make_plan
from pip_build_override.matrix.plan import Interpreter, Plan
from pip_build_override.matrix.project import Limits, Project
from pip_build_override.matrix.table import Matrix
from pip_build_override.matrix.versions import Offer
from pip_build_override.matrix.windows import WINDOWS
from pip_build_override.releases import Available, Release
from pip_build_override.rules.place import Place

PLACE = Place("o.toml", "toml", "matrix")
TODAY = date(2026, 6, 1)
PYTHONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14")


@functools.lru_cache(maxsize=None)
def numpy(python: str) -> tuple[Release, ...]:
    """Return the releases of numpy, as one Python can use them."""
    text = Path(__file__).with_name("numpy_releases.json").read_text(encoding="utf-8")
    return tuple(
        Release(
            version,
            wheel=python in facts["wheels"],
            yanked=facts.get("yanked", False),
            released=date.fromisoformat(facts["released"]),
            wheel_uploaded=date.fromisoformat(facts["released"]) if python in facts["wheels"] else None,
        )
        for version, facts in json.loads(text).items()
    )


def releases(*versions: str) -> tuple[Release, ...]:
    """Return releases with wheels, of which nothing else is known."""
    return tuple(map(Release, versions))


def offer(python: str, specifier: str = "", *, window: str = "", as_of: date | None = None) -> Offer:
    """Return what there is of numpy, for a project that declares a specifier."""
    day = as_of or TODAY
    limits = Limits("[project]", "numpy", specifier)
    return Offer("numpy", numpy(python), limits, WINDOWS.get(window), day, as_of)


def project(runs: str = "numpy", builds: str = "numpy", python: str = ">=3.8") -> Project:
    """Return a project that declares each of these, separated by blanks."""
    place = Place("pyproject.toml", "pyproject")
    return Project(place, "p", python, tuple(runs.split()), {}, tuple(builds.split()))


def interpreters(*minors: str) -> list[Interpreter]:
    """Return interpreters, as they are found."""
    return [Interpreter(minor, f"{minor}.7", f"/opt/python{minor}") for minor in minors]


def plan(
    matrix: Matrix,
    *minors: str,
    of: Project | None = None,
    others: Mapping[str, Iterable[str]] | None = None,
    nightly: Mapping[str, Iterable[str]] | None = None,
    as_of: date | None = None,
) -> Plan:
    """Return the plan of a matrix.

    Args:
        matrix: The table.
        minors: The Pythons that it is for.
        of: The project.
        others: The versions of other distributions than numpy.
        nightly: The versions of nightly builds.
        as_of: The day after which no file counts.
    """
    answers = {}
    for minor in minors:
        found = {name: releases(*versions) for name, versions in (others or {}).items()}
        environment = {"python_version": minor}
        answers[minor] = Answers(
            Available(environment, {"numpy": numpy(minor), **found}),
            Available(environment, {name: releases(*each) for name, each in nightly.items()})
            if nightly is not None
            else None,
        )
    here = interpreters(*minors)
    return make_plan(matrix, of or project(), here, answers, today=TODAY, as_of=as_of)


def cell(python: str, version: str, built: str = "2.0.2", state: str = PLANNED) -> Cell:
    """Return a cell that runs with a version of numpy."""
    name = f"py{python.replace('.', '')}-numpy{version}"
    why = "" if state == PLANNED else "why"
    return Cell(python, (("numpy", version),), (("numpy", built),), state, why, name=name)
