"""Metadata of sdists that an index serves (PEP 658), which is not used if a rule narrows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from ...errors import OverrideError
from ...rules.tables import PINS
from ..internals.file_names import version_in_file_name
from ..internals.objects import link_of, normal_name

if TYPE_CHECKING:
    from ..internals.protocols import InstallRequirement
    from ..internals.seams import Call, Original
    from ..state.prepared_metadata import PreparedMetadata
    from ..state.rules_in_force import RulesInForce


class ServedMetadata:
    """Decides whether pip resolves with metadata that its index serves.

    Args:
        rules_in_force: the rules in force.
        make_prepared_metadata: returns the metadata that the rules narrow; called for the first source.
    """

    def __init__(
        self, rules_in_force: RulesInForce, make_prepared_metadata: Callable[[], PreparedMetadata]
    ) -> None:
        self._rules = rules_in_force
        self._make_prepared_metadata = make_prepared_metadata

    def fetch(self, original: Original, call: Call) -> object:
        """Let pip use served metadata, except for a source whose own metadata will be narrowed."""
        req = call["req"]
        if not link_of(req).is_wheel:
            self._make_prepared_metadata().note_asked(req)
            if self._is_pinned(req):
                return None
        return call.to(original)

    def _is_pinned(self, req: InstallRequirement) -> bool:
        name = normal_name(req)
        try:
            selection = self._rules.selection(name, version_in_file_name(link_of(req).filename, name))
        except OverrideError:
            # Its preparation raises this again, and knows more.
            return True
        return bool(selection.values(PINS))
