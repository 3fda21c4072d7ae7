"""The environment variables of processes that no rules are in force in."""

from __future__ import annotations

import os

from . import switch


def without_rules() -> dict[str, str]:
    """Return the environment variables of this process without the one that names an overrides file."""
    return {name: value for name, value in os.environ.items() if name != switch.SWITCH}
