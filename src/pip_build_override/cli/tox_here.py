"""tox in the environment of this interpreter: whether it is there, and how to install it."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shlex
import sys

from ..errors import OverrideError
from ..rules.lines import parts_of
from ..rules.standards import contains

_OWN = "pip-build-override"
_EXTRA = f"{_OWN}[matrix]"


def check() -> None:
    """Check that tox is installed next to this package, in a version with which the plugin works.

    Raises:
        OverrideError: If it is not.
    """
    if sys.version_info < (3, 9):
        raise OverrideError(
            f"tox, which runs the cells, has no plugins of this kind for {sys.executable}: they need"
            " Python 3.9 or later",
            kind="tool-not-installed",
            hint=f"install '{_EXTRA}' for a later Python; the cells may have older ones",
        )
    try:
        found = importlib.metadata.version("tox")
    except importlib.metadata.PackageNotFoundError:
        raise OverrideError(
            f"tox, which runs the cells, is not installed for {sys.executable}",
            kind="tool-not-installed",
            hint=_install_hint(sys.prefix),
        ) from None
    wanted = _required()
    if wanted and not contains(wanted, found):
        raise OverrideError(
            f"tox {found}, which is installed for {sys.executable}, cannot run the cells: it must be"
            f" tox{wanted}",
            kind="tool-not-installed",
            hint=_install_hint(sys.prefix),
        )


def _required() -> str:
    """Return the specifier of tox in the extra; "" if this package runs without its metadata."""
    try:
        lines = importlib.metadata.requires(_OWN) or []
    except importlib.metadata.PackageNotFoundError:
        return ""
    found = [parts_of(line) for line in lines if re.search(r"extra\s*==\s*['\"]matrix['\"]", line)]
    return next((parts.specifier for parts in found if parts.name == "tox"), "")


def _install_hint(prefix: str) -> str:
    """Return the command that installs tox into an environment, by the tool that has made it."""
    if os.path.exists(os.path.join(prefix, "pipx_metadata.json")):
        return f"install it there: pipx install --force '{_EXTRA}'"
    if os.path.exists(os.path.join(prefix, "uv-receipt.toml")):
        return f"install it there: uv tool install '{_EXTRA}'"
    return f"install it there: {shlex.quote(sys.executable)} -m pip install '{_EXTRA}'"
