"""Errors for a pip whose internals are not as known, or for a broken shim."""

from __future__ import annotations

from typing import Sequence

from ... import switch
from ...errors import OverrideError


def unknown_pip(problems: Sequence[str]) -> OverrideError:
    """Return the error for a pip whose internals are not as known.

    Args:
        problems: The problems, each as ``module.name: what is wrong with it``.
    """
    from pip import __version__

    return OverrideError(
        f"pip {__version__} is not as known ({'; '.join(problems)}), so no override would be in force",
        hint="use a pip that pip-build-override knows (21.2 or later; see its changelog), "
        f"or unset {switch.SWITCH}",
    )


def not_importable(error: Exception) -> OverrideError:
    """Return the error for a module of the shim or of pip that cannot be loaded."""
    if isinstance(error, ImportError) and (error.name or "").partition(".")[0] == "pip":
        return unknown_pip([str(error)])
    return OverrideError(
        f"the shim is broken ({type(error).__name__}: {error}), so no override would be in force",
        hint=f"reinstall pip-build-override, or unset {switch.SWITCH}",
    )
