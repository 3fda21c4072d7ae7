"""What the wheels that ``fix`` has built in its attempts may be used for: a build that is the same."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from typing import TYPE_CHECKING, Iterable, Mapping

from ... import switch
from ...diagnosis import known_failures
from ...files import umask, unique
from ..internals import objects, same_options

if TYPE_CHECKING:
    from ..internals.protocols import InstallRequirement
    from .pip_command import PipCommand

# They are of one process, or an attempt has its own, and no build depends on them.
_APART = frozenset(
    (
        *(switch.SWITCH, "TMPDIR", "TEMP", "TMP"),
        *("PIP_NO_INPUT", "PIP_REQUIRE_VIRTUALENV", "PIP_DISABLE_PIP_VERSION_CHECK"),
    )
)


class Attempts:
    """Compares the surroundings of this pip with those of the attempts of one ``fix``.

    pip's cache does not tell apart what was built with other environment variables or settings. A wheel
    of an attempt was asked for by nobody, so it is used only where pip would build the very same one.

    Args:
        command: the pip command, below ``fix``.
    """

    def __init__(self, command: PipCommand) -> None:
        self._command = command
        place = os.environ[switch.FIX]
        self._is_attempt = os.path.exists(os.path.join(place, known_failures.FILE))
        self._has_settings = bool(same_options.settings(command.options))
        # No other pip has it.
        self._alone = unique()
        self._search = os.path.dirname(place)

    @functools.cached_property
    def _surroundings(self) -> str:
        """A digest of the surroundings; "" if they cannot be compared."""
        return "" if _has_own_section() else _digest(self._search, self._command.variables)

    def note_roots(self, roots: Iterable[InstallRequirement]) -> None:
        """Note what the command was asked for: a look-up in the cache does not say for what it is.

        Args:
            roots: the requirements that the user has given.
        """
        self._has_settings = self._has_settings or any(map(self._is_set, roots))

    def _is_set(self, req: InstallRequirement) -> bool:
        return bool(same_options.settings(req) or objects.setup_py_option(self._command.options, req))

    def mark(self, req: InstallRequirement) -> str:
        """Return what a wheel that this pip builds is marked with; "" if any pip may use it.

        Args:
            req: what is built.
        """
        if not self._is_attempt:
            return ""
        return self._surroundings if self._surroundings and not self._is_set(req) else self._alone

    def may_use(self, mark: str) -> bool:
        """Return whether this pip may use a wheel with a mark."""
        return not self._has_settings and mark == self._surroundings != ""


def _digest(search: str, given: Mapping[str, str]) -> str:
    """Return a digest of all that a build may depend on, and that is not in the command line."""
    variables = {name: value for name, value in given.items() if name not in _APART}
    text = json.dumps([search, os.getcwd(), umask(), variables], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _has_own_section() -> bool:
    """Return whether a configuration file says something to some pip commands only.

    An attempt is ``pip wheel``, whatever the command is.
    """
    return any(section != "global" for section in same_options.configured_sections())
