"""What one pip hands to the pips that it starts for build environments, and what they hand back.

The outermost pip of a run makes a directory. In it lie a copy of the overrides file, so that a file
edited meanwhile cannot split a run, and one directory per build environment that a nested pip fills:
``handed.json`` down, ``report.json`` up. All files appear whole or not at all.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Dict, Iterator

from .. import startup, switch
from ..errors import OverrideError
from .standins import StandIn

Json = Dict[str, Any]


@dataclass
class Filling:
    """A set of requirements on its way into one environment, by one run of pip's resolver.

    Args:
        constraints: what limits it beyond the user's own, each with the file and table behind it.
        depth: 0 for the environment that the user asked for, 1 for its build environments, ….
        directories: where its distributions are; of a build environment, in its two passes.
        stand_ins: what is borrowed, or may be if it fits.
        built_for: the packages whose build environments lead here, the outermost first.
        hashes: name of a distribution to the hashes of which its file must have one.

    Attributes:
        offered: names of the stand-ins that pip's resolver was offered.
        distributions: what pip chose for a build environment, each with its origin.
    """

    constraints: tuple[tuple[str, str], ...] = ()
    depth: int = 0
    directories: tuple[str, ...] = ()
    stand_ins: tuple[StandIn, ...] = ()
    target: Any = None
    built_for: tuple[str, ...] = ()
    hashes: dict[str, list[str]] = field(default_factory=dict)
    distributions: list[Json] = field(default_factory=list)
    resolved: bool = False
    members: list[Json] = field(default_factory=list)
    failed_overridden: bool = False
    refusal: Json | None = None
    offered: set[str] = field(default_factory=set)

    def stand_in(self, name: str) -> StandIn | None:
        """Give the stand-in of that normalised name."""
        return next((one for one in self.stand_ins if one.name == name), None)

    def stand_in_at(self, path: str) -> StandIn | None:
        """Give the stand-in that a wheel is."""
        return next(
            (one for one in self.stand_ins if os.path.normcase(one.path) == os.path.normcase(path)),
            None,
        )


class RunDirectory:
    """The directory that the pips of one run share."""

    def __init__(self, path: str, ours: bool) -> None:
        self.path = path
        self._ours = ours

    @classmethod
    def open(cls) -> tuple[RunDirectory, str | None]:
        """Join the run that started this pip, or begin one.

        Returns:
            the run's directory, and the directory of the build environment that this pip fills,
            None for the outermost pip.
        """
        # Taken out of the environment: a pip that a build backend starts is no part of this run.
        inherited = os.environ.pop(switch.RUN_DIRECTORY, None)
        environment = os.environ.pop(switch.ENVIRONMENT_DIRECTORY, None)
        if inherited and environment and os.path.isdir(environment):
            return cls(inherited, ours=False), environment
        return cls(tempfile.mkdtemp(prefix="pip-build-override-"), ours=True), None

    def close(self) -> None:
        """Take the directory away, if this pip made it."""
        if self._ours:
            shutil.rmtree(self.path, ignore_errors=True)

    def file(self, name: str) -> str:
        return os.path.join(self.path, name)

    @contextmanager
    def handed_to_nested(self, filling: Filling) -> Iterator[str]:
        """Tell a pip that is started meanwhile what it fills; yields the directory for its report."""
        directory = self.file(f"environment-{uuid.uuid4().hex}")
        os.mkdir(directory)
        handed = {
            "constraints": filling.constraints,
            "depth": filling.depth,
            "directories": filling.directories,
            "stand_ins": filling.stand_ins,
            "built_for": filling.built_for,
            "hashes": filling.hashes,
        }
        write_json(os.path.join(directory, "handed.json"), handed)
        # The hook by PYTHONPATH, whichever route this pip took: venv isolation empties that
        # variable and runs an interpreter of its own, in which nothing of ours is installed.
        paths = [startup.INJECTED, os.environ.get("PYTHONPATH", "")]
        changes = {
            switch.RUN_DIRECTORY: self.path,
            switch.ENVIRONMENT_DIRECTORY: directory,
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        }
        # As pip itself has it from 26.2 on: few of the modules of a build environment are ever run.
        # For --no-compile, "0" is what switches it on.
        changes["PIP_NO_COMPILE"] = os.environ.get("PIP_NO_COMPILE", "0")
        saved = {name: os.environ.get(name) for name in changes}
        os.environ.update(changes)
        try:
            yield directory
        finally:
            for name, value in saved.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def read_handed(directory: str) -> Filling:
    """Read what the outer pip handed down for the environment that this pip fills."""
    handed = read_json(os.path.join(directory, "handed.json")) or {}
    constraints = tuple((text, where) for text, where in handed["constraints"])
    stand_ins = tuple(StandIn(*values) for values in handed["stand_ins"])
    return Filling(
        constraints,
        handed["depth"],
        tuple(handed["directories"]),
        stand_ins,
        built_for=tuple(handed["built_for"]),
        hashes=handed["hashes"],
    )


def hand_up_refusal(error: OverrideError) -> bool:
    """Report a refusal that comes before this pip has a session of its own.

    Returns:
        whether this is a nested pip, whose outer pip then tells it.
    """
    directory = os.environ.get(switch.ENVIRONMENT_DIRECTORY)
    if not directory or not os.path.isdir(directory):
        return False
    write_report(directory, blank_report(error))
    return True


def blank_report(refusal: OverrideError | None) -> Json:
    """Give the report of a pip that has done nothing yet."""
    return {
        "resolved": False,
        "members": [],
        "distributions": [],
        "lines": [],
        "used": [],
        "done": [],
        "cached": [],
        "failed": False,
        "failures": [],
        "refusal": dict(vars(refusal)) if refusal else None,
    }


def write_report(directory: str, report: Json) -> None:
    write_json(os.path.join(directory, "report.json"), report)


def read_report(directory: str) -> Json | None:
    """Read what a nested pip handed back; None where it never got so far."""
    return read_json(os.path.join(directory, "report.json"))


def read_json(path: str) -> Json | None:
    """Read a JSON object; None where there is no such file, or it holds something else."""
    try:
        with open(path, encoding="utf-8") as file:
            value = json.load(file)
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def write_json(path: str, value: Json) -> None:
    """Write a JSON object so that a reader finds it whole or not at all."""
    scratch = f"{path}.{os.getpid()}.{uuid.uuid4().hex}"
    with open(scratch, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1, sort_keys=True)
    os.replace(scratch, path)
