"""Which pips are tested, on which Python, and how each is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping


@dataclass(frozen=True)
class Pip:
    """One pip under test.

    Attributes:
        version: its release.
        python: the minor version of the interpreter that it runs on.
        mode: shown after the version, empty for the way that pip runs by itself.
        settings: environment variables that bring that mode about.
        between: like its neighbours but for single seams, so that it runs only the tests that are
            marked with a seam or as ``core``, also with ``--thorough``.
    """

    version: str
    python: str
    mode: str = ""
    settings: Mapping[str, str] = field(default_factory=dict, compare=False)
    between: bool = False

    @property
    def id(self) -> str:
        """As in ``--pip``, in test ids and in the table at the end."""
        return f"{self.version}+{self.mode}" if self.mode else self.version

    def is_older_than(self, version: str) -> bool:
        """Whether its release is.

        Args:
            version: such as ``25.3``; compared number by number.
        """
        return _numbers(self.version) < _numbers(version)

    def runs_on_older_than(self, python: str) -> bool:
        """Whether its interpreter is.

        Args:
            python: such as ``3.12``.
        """
        return _numbers(self.python) < _numbers(python)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _features(*names: str) -> dict[str, str]:
    return {"PIP_USE_FEATURE": " ".join(names)}


PIPS = (
    Pip("21.2.4", "3.8"),
    Pip("22.3.1", "3.9"),
    Pip("23.0.1", "3.10"),
    Pip("24.0", "3.11"),
    Pip("25.0.1", "3.8"),
    Pip("25.3", "3.13"),
    Pip("26.3", "3.11"),
    Pip("26.3", "3.11", "inprocess", _features("inprocess-build-deps")),
    Pip("26.3", "3.11", "venv", _features("venv-isolation")),
    Pip(
        "26.3",
        "3.11",
        "inprocess+venv",
        _features("inprocess-build-deps", "venv-isolation"),
    ),
    Pip("21.3.1", "3.8", between=True),
    Pip("22.0.4", "3.9", between=True),
    Pip("22.1.2", "3.10", between=True),
    Pip("23.2.1", "3.12", between=True),
    Pip("24.0", "3.11", "legacy", {"PIP_USE_DEPRECATED": "legacy-resolver"}, between=True),
    Pip("25.2", "3.11", between=True),
    Pip("26.0.1", "3.12", between=True),
    Pip("26.1.2", "3.13", between=True),
    Pip("26.2.1", "3.11", between=True),
)

# The oldest and the newest, which differ in every seam.
MAIN = ("21.2.4", "26.3")

# What a test is about, and the pips that it runs on without --thorough: one for each way in which
# pips do that thing.
SEAMS: Mapping[str, tuple[str, ...]] = {
    # Nothing that pip does: words, documents, files and commands of our own.
    "none": ("26.3",),
    # How the sources of a package, its static requirements and its metadata are come by.
    "sources": MAIN,
    # What the hooks of a backend ask for: into the same environment, or by a second pip in a venv.
    "hooks": (*MAIN, "26.3+venv"),
    # Who fills a build environment, and how a failure there comes up: a pip run from a zip, one run
    # from its directory, one that an installer object starts, the same process, and a venv.
    "build environments": ("21.2.4", "24.0", "25.2", "26.3", "26.3+inprocess", "26.3+venv"),
    # Where a command of ours runs that comes between two hooks of a backend.
    "between hooks": ("21.2.4", "22.3.1", "24.0", "26.3", "26.3+inprocess", "26.3+venv"),
    # Whether a failed build ends the run: never, by an option, always, and in the legacy resolver.
    "failed builds": ("21.2.4", "22.1.2", "24.0+legacy", "26.3"),
    # By setup.py alone, by setup.py where the backend has no hook, and by the hook.
    "editable installs": ("21.2.4", "21.3.1", "26.3"),
    # How pip reads the metadata that it resolves with: prepared only, served by an index as well, and
    # served metadata kept with the requirement.
    "metadata": ("21.2.4", "22.3.1", "24.0", "26.3"),
    "wheel cache": MAIN,
    "built wheels": MAIN,
    # Whether the shim gets into a pip at all.
    "start-up": MAIN,
}
