"""What tox and nox are given to make environments in a test: no index, and little to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pip_build_override import switch

VIRTUALENV = {
    # Nobody is asked for a newer pip than the one that came with virtualenv.
    "VIRTUALENV_NO_PERIODIC_UPDATE": "1",
    # Each copy of pip would be compiled when it first runs. Ignored where there are no symbolic links.
    "VIRTUALENV_SYMLINK_APP_DATA": "1",
}


def only_local(monkeypatch: pytest.MonkeyPatch, cache: Path, *links: Path) -> None:
    """Let this process and its children use no index, no settings of the user, and no shim above them.

    Args:
        monkeypatch: Which undoes it.
        cache: The directory for pip's cache.
        links: The directories in which pip finds everything.
    """
    settings = {
        "PIP_FIND_LINKS": " ".join(map(str, links)),
        "PIP_NO_INDEX": "1",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_CACHE_DIR": str(cache),
        **VIRTUALENV,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    # These tests may run below a tox, a pip with the shim, or a workflow.
    for name in (
        *(switch.SWITCH, switch.WATCH, switch.MATRIX_PLAN, switch.MATRIX_COMMAND),
        *("PYTHONPATH", "TOX_ENV_NAME", "GITHUB_STEP_SUMMARY", "FORCE_COLOR"),
    ):
        monkeypatch.delenv(name, raising=False)
