"""What differs from one front end other than pip to another, and is asked of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, Protocol

if TYPE_CHECKING:
    import subprocess


class FrontEnd(Protocol):
    """A front end other than pip."""

    @property
    def label(self) -> str:
        """Its name and version."""

    def not_loaded_hint(self) -> str:
        """Return what to do if the pip that fills its build environments does not load the shim."""

    def by_pip(self, directory: str) -> str:
        """Return what to do so that pip builds the project in a directory instead."""

    def refuse_bypass(self, problem: str) -> NoReturn:
        """Refuse to go on, because the front end does not do something in the known way.

        Raises:
            OverrideError: always.
        """

    def failed_to_fill(self, error: subprocess.CalledProcessError, label: str) -> BaseException:
        """Return the error with which the front end shows that an installer has failed."""
