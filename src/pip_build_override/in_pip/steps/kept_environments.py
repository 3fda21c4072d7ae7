"""Build environments copied from pip's cache, after pip's resolver has chosen what they contain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..builds import kept_environment

if TYPE_CHECKING:
    from ..internals.seams import Call, Original
    from ..state.environments import Environments
    from ..state.kept_environments import KeptEnvironments


class CopyKeptEnvironments:
    """Takes what pip is about to install from an environment that was kept.

    Args:
        environments: the environments that this pip fills.
        kept_environments: the environments below pip's cache.
    """

    def __init__(self, environments: Environments, kept_environments: KeptEnvironments) -> None:
        self._environments = environments
        self._kept = kept_environments

    def get_installation_order(self, original: Original, call: Call) -> object:
        """Return what pip is to install: nothing, if an environment with the same wheels was copied.

        pip asks for this after it has resolved, downloaded and built everything, and installs nothing
        else.
        """
        order = call.to(original)
        filling = self._environments.current
        keeping = filling.keeping
        if keeping is None:
            return order
        key = kept_environment.key_of(order, keeping, filling.into)
        filling.note_installed(key)
        return [] if key and self._kept.copy(key, keeping.place, keeping.root) else order
