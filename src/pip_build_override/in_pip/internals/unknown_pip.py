"""Errors for a pip whose internals are unknown, or for a broken shim."""

from __future__ import annotations

from typing import Sequence

from ... import switch
from ...errors import OverrideError


def unknown_pip(problems: Sequence[str]) -> OverrideError:
    """Return the error for a pip whose internals are unknown.

    Args:
        problems: The problems, each as ``module.name: what is wrong with it``.
    """
    from pip import __version__

    return OverrideError(
        f"pip {__version__} has internals that pip-build-override does not know"
        f" ({'; '.join(problems)}), so no override would be in force",
        kind="unknown-pip",
        hint="use a pip that this pip-build-override knows (21.2 or later; the changelog names the"
        f" newest), or upgrade pip-build-override, or unset {switch.SWITCH}",
    )


def not_importable(error: Exception) -> OverrideError:
    """Return the error for a module of the shim or of pip that cannot be loaded."""
    if isinstance(error, ImportError) and (error.name or "").partition(".")[0] == "pip":
        return unknown_pip([str(error)])
    return OverrideError(
        f"pip-build-override is broken ({type(error).__name__}: {error}), so no override would be in"
        " force",
        kind="broken-shim",
        hint=f"reinstall pip-build-override, or unset {switch.SWITCH}",
    )
