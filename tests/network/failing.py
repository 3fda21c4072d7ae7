"""The list of sdists that fail, as ``failing_sdists.toml`` has them."""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = Path(__file__).with_name("failing_sdists.toml")


@dataclass(frozen=True)
class Sdist:
    """One ``[[sdist]]``; the file explains each key."""

    name: str
    version: str
    python: str
    found: str = ""
    says: str = ""
    works: str = ""

    @property
    def label(self) -> str:
        """Its name, version and Python."""
        return f"{self.name} {self.version} py{self.python}"


def listed() -> list[Sdist]:
    """Return the list."""
    names = {field.name for field in fields(Sdist)}
    entries = tomllib.loads(FILE.read_text(encoding="utf-8"))["sdist"]
    return [Sdist(**{key: text for key, text in entry.items() if key in names}) for entry in entries]
