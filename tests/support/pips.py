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
        core: only the tests marked ``core`` run on it.
        thorough: as ``core``, but for ``--thorough`` and where it is asked for by name.
    """

    version: str
    python: str
    mode: str = ""
    settings: Mapping[str, str] = field(default_factory=dict, compare=False)
    core: bool = False
    thorough: bool = False

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
    Pip("22.3.1", "3.9", thorough=True),
    Pip("23.0.1", "3.10", thorough=True),
    Pip("24.0", "3.11", thorough=True),
    Pip("25.0.1", "3.8", thorough=True),
    Pip("25.3", "3.13", thorough=True),
    Pip("26.3", "3.11"),
    Pip("26.3", "3.11", "inprocess", _features("inprocess-build-deps"), thorough=True),
    Pip("26.3", "3.11", "venv", _features("venv-isolation"), thorough=True),
    Pip(
        "26.3",
        "3.11",
        "inprocess+venv",
        _features("inprocess-build-deps", "venv-isolation"),
        thorough=True,
    ),
    Pip("21.3.1", "3.8", core=True),
    Pip("22.0.4", "3.9", core=True),
    Pip("22.1.2", "3.10", core=True),
    Pip("23.2.1", "3.12", core=True),
    Pip("24.0", "3.11", "legacy", {"PIP_USE_DEPRECATED": "legacy-resolver"}, core=True),
    Pip("25.2", "3.11", core=True),
    Pip("26.0.1", "3.12", core=True),
    Pip("26.1.2", "3.13", core=True),
    Pip("26.2.1", "3.11", core=True),
)
