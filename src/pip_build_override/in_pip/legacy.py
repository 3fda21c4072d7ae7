"""Projects with only a setup.py, which pips before 25.3 build past any build environment."""

from __future__ import annotations

from typing import Any, Callable

from ..errors import OverrideError
from ..rules import Selection
from . import objects
from .build import Build
from .session import Session

_OPTIONS = (
    ("install_options", "--install-option"),
    ("global_options", "--global-option"),
    ("build_options", "--build-option"),
)


def load(
    session: Session, build: Build, selection: Selection | None, original: Callable[[], Any]
) -> Any:
    """Load what a source declares, by way of PEP 517 where only that gives it a build environment.

    Args:
        selection: the rules for it; None where none applies.
        original: pip's own loading, which decides between PEP 517 and setup.py.

    Raises:
        OverrideError: where the user's own options keep it from PEP 517.
    """
    req = build.req
    asked = getattr(req, "use_pep517", None)
    result = original()
    if selection is None or getattr(req, "use_pep517", True):
        return result
    option = "--no-use-pep517" if asked is not None else _legacy_option(session.options, req)
    if option:
        tables = ", ".join(table.where for table in selection.tables)
        raise OverrideError(
            f"{build.label} has only a setup.py and is built without a build environment, because"
            f" of {option}",
            where=f"{session.overrides.shown}: {tables}",
            hint=f"leave {option} out, or take the table out of the file",
        )
    req.use_pep517 = True
    build.moved_to_pep517 = True
    return original()


def builds_by_setup_py(options: Any) -> bool:
    """Return whether this pip, with these options, builds a project with only a setup.py by that."""
    return objects.knows_setup_py() and not getattr(options, "use_pep517", None)


def _legacy_option(options: Any, req: Any) -> str:
    for attribute, option in _OPTIONS:
        if getattr(options, attribute, None) or getattr(req, attribute, None):
            return option
    return ""
