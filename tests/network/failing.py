"""The list of sdists that fail, as ``failing_sdists.toml`` has them."""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = Path(__file__).with_name("failing_sdists.toml")
SECONDS = 60


@dataclass(frozen=True)
class FailingSdist:
    """One ``[[sdist]]``; the file explains each key. The rest is for the tests on real packages."""

    name: str
    version: str
    python: str
    found: str = ""
    says: str = ""
    cause: str = ""
    works: str = ""
    imports: bool = True
    seconds: int = SECONDS
    # The newest that the Python has.
    pip: str = "pip>=25"
    present: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Its name, version and Python."""
        return f"{self.name}-{self.version}-py{self.python}"

    @property
    def install(self) -> list[str]:
        """The arguments of ``pip install``."""
        return ["--no-deps", "--no-binary", self.name, f"{self.name}=={self.version}"]


def entries() -> list[dict[str, Any]]:
    """Return the tables of the list."""
    found: list[dict[str, Any]] = tomllib.loads(FILE.read_text(encoding="utf-8"))["sdist"]
    return found


def listed() -> list[FailingSdist]:
    """Return the list."""
    names = {field.name for field in fields(FailingSdist)}
    return [
        FailingSdist(**{key: text for key, text in entry.items() if key in names})
        for entry in entries()
    ]
