"""What one pip hands to the pips that it starts for build environments, and what they hand back.

The outermost pip of a run makes a directory. In it lie a copy of the overrides file, so that a file
edited meanwhile cannot split a run, and one directory per build environment that a nested pip fills:
``handed.json`` down, ``report.json`` up. All files appear whole or not at all.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Callable, Iterator

from ... import startup, switch
from ...errors import OverrideError
from ...files import Json, read_json, unique, write_json

if TYPE_CHECKING:
    from typing import Any, Iterable, Tuple

    from ..lending.stand_ins import StandIn
    from ..target.target import Target

    Chosen = Iterable[Tuple[Any, "str | None"]]


class Filling:
    """A set of requirements on its way into one environment, by one run of pip's resolver.

    Args:
        constraints: what limits it beyond the user's own, each with the file and table behind it.
        depth: 0 for the environment that the user asked for, 1 for its build environments, ….
        directories: where its distributions are; of a build environment, in its two passes.
        stand_ins: what is borrowed, or may be if it fits.
        built_for: the packages whose build environments lead here, the outermost first.
        hashes: name of a distribution to the hashes of which its file must have one.
        touched: normalised names that rules put in or limit.
        into: those of the directories that it is installed into in this pass.

    Attributes:
        matched: what was built for this environment as its target, and with which versions.
        offered: names of the stand-ins that pip's resolver was offered.
        distributions: what pip chose for a build environment, each with its origin.
        misfits: by name, what was said of distributions that do not fit the others that are chosen.
    """

    def __init__(
        self,
        constraints: tuple[tuple[str, str], ...] = (),
        depth: int = 0,
        directories: tuple[str, ...] = (),
        stand_ins: tuple[StandIn, ...] = (),
        built_for: tuple[str, ...] = (),
        hashes: dict[str, list[str]] | None = None,
        touched: tuple[str, ...] = (),
        into: tuple[str, ...] = (),
    ) -> None:
        self.constraints = constraints
        self.depth = depth
        self.directories = directories
        self.stand_ins = stand_ins
        self.built_for = built_for
        self.hashes = hashes or {}
        self.touched = touched
        self.into = into
        self.matched: list[Json] = []
        self.distributions: list[Json] = []
        self.resolved = False
        self.members: list[Json] = []
        self.refusal: Json | None = None
        self.offered: set[str] = set()
        self.misfits: dict[str, list[OverrideError]] = {}
        self._make_target: Callable[[], Target] | None = None
        self._target: Target | None = None
        self._came_to: Callable[[], Chosen] | None = None

    def begin_resolving(self, make_target: Callable[[], Target]) -> None:
        """Note that pip's resolver is at work.

        Args:
            make_target: gives what it fills; called only if a build wants to know that.
        """
        self.resolved = True
        self._make_target, self._target, self._came_to = make_target, None, None

    def end_resolving(self, came_to: Callable[[], Chosen]) -> None:
        """Note what pip's resolver came to without a build, for one that begins only now.

        So it is if an index serves the metadata of an sdist (PEP 658): pip prepares it afterwards.

        Args:
            came_to: gives pip's requirements, each with its version.
        """
        self._came_to = came_to

    @property
    def target(self) -> Target:
        """The environment that is filled, and what it will hold.

        Raises:
            OverrideError: if this pip does not tell.
        """
        if self._target is None:
            assert self._make_target is not None, "pip resolves before it builds"
            self._target = self._make_target()
            if self._came_to is not None:
                self._target.take(self._came_to())
                self._target.final = True
        return self._target

    def is_target(self, target: Target) -> bool:
        """Whether a target is the one that is filled, without making it known for that."""
        return target is self._target

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
    """The directory that the pips of one run share, made when the first of them wants it.

    Args:
        path: of the directory that another pip has made; "" for none yet.
        furnish: called for a directory that this pip has made, before anything else is put there.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._ours = not path
        self.furnish: Callable[[], None] | None = None

    @property
    def path(self) -> str:
        """The directory, which is there."""
        if not self._path:
            self._path = tempfile.mkdtemp(prefix="pip-build-override-")
            if self.furnish is not None:
                self.furnish()
        return self._path

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
            return cls(inherited), environment
        return cls(""), None

    def close(self) -> None:
        """Take the directory away, if this pip made it."""
        if self._ours and self._path:
            shutil.rmtree(self._path, ignore_errors=True)
            self._path = ""

    def file(self, name: str) -> str:
        return os.path.join(self.path, name)

    @contextmanager
    def handed_to_nested(self, filling: Filling) -> Iterator[str]:
        """Tell a pip that is started meanwhile what it fills; yields the directory for its report."""
        directory = self.file(f"environment-{unique()}")
        os.mkdir(directory)
        handed = {
            "constraints": filling.constraints,
            "depth": filling.depth,
            "directories": filling.directories,
            "stand_ins": filling.stand_ins,
            "built_for": filling.built_for,
            "hashes": filling.hashes,
            "touched": filling.touched,
            "into": filling.into,
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
            switch.give_back(saved)


def read_handed(directory: str) -> Filling:
    """Read what the outer pip handed down for the environment that this pip fills.

    Raises:
        OverrideError: if it is not there, or not as it was written.
    """
    handed = read_json(os.path.join(directory, "handed.json"))
    try:
        return _filling_of(handed or {})
    except (KeyError, TypeError, ValueError):
        raise OverrideError(
            "what the pip that started this one has left for it cannot be read, so no override would be"
            " in force",
            hint="run it again, and let nothing touch its temporary files meanwhile",
        ) from None


def _filling_of(handed: Json) -> Filling:
    constraints = tuple((text, where) for text, where in handed["constraints"])
    stand_ins: tuple[StandIn, ...] = ()
    if handed["stand_ins"]:
        from ..lending.stand_ins import StandIn

        stand_ins = tuple(StandIn(*values) for values in handed["stand_ins"])
    return Filling(
        constraints,
        handed["depth"],
        tuple(handed["directories"]),
        stand_ins,
        built_for=tuple(handed["built_for"]),
        hashes=handed["hashes"],
        touched=tuple(handed["touched"]),
        into=tuple(handed["into"]),
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
        "matched": [],
        "lines": [],
        "used": [],
        "done": [],
        "cached": [],
        "built": [],
        "failed": False,
        "failures": [],
        "refusal": dict(vars(refusal)) if refusal else None,
    }


def write_report(directory: str, report: Json) -> None:
    write_json(os.path.join(directory, "report.json"), report)


def read_report(directory: str) -> Json | None:
    """Read what a nested pip handed back; None where it never got so far, or wrote something else."""
    report = read_json(os.path.join(directory, "report.json"))
    return report if report is not None and blank_report(None).keys() <= report.keys() else None
