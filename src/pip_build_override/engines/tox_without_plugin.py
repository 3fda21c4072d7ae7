"""The rules in force in a tox that has no plugin of ours, into which the start-up hook was loaded.

There is no matrix then, because its settings are those of the plugin.
"""

from __future__ import annotations

import functools
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from tox.config.sets import EnvConfigSet
    from tox.execute import Outcome
    from tox.session.state import State
    from tox.tox_env.api import ToxEnv

impl = pluggy.HookimplMarker("tox")

_PLUGIN = "tox_plugin"
_REGISTER = "_register_plugins"


class OfRun:
    """What the plugin does, without the environments of a matrix."""

    @impl
    def tox_add_env_config(self, env_conf: EnvConfigSet, state: State) -> None:
        """Add the setting of an environment."""
        from .tox_override import register

        register(env_conf, state)

    @impl
    def tox_on_install(self, tox_env: ToxEnv) -> None:
        """Put the overrides file in force before anything is installed."""
        from .tox_override import attach

        attach(tox_env)

    @impl
    def tox_before_run_commands(self, tox_env: ToxEnv) -> None:
        """Put the overrides file in force if nothing was installed."""
        from .tox_override import attach

        attach(tox_env)

    @impl
    def tox_after_run_commands(self, tox_env: ToxEnv, exit_code: int, outcomes: list[Outcome]) -> None:
        """Check that the rules were in force."""
        from .tox_override import attached

        override = attached(tox_env)
        if override is not None and not exit_code:
            override.check()

    @impl
    def tox_env_teardown(self, tox_env: ToxEnv) -> None:
        """Remove what was needed to watch an environment."""
        from .tox_override import attached

        override = attached(tox_env)
        if override is not None:
            override.end()


def engage(module: ModuleType) -> bool:
    """Make tox use what the plugin does, if the plugin is not installed where tox is.

    Args:
        module: the module of tox that finds plugins, already loaded.

    Returns:
        True, which tells the caller that this file is complete.

    Raises:
        ImportError: if it is not as known.
    """
    kind = getattr(module, "Plugin", None)
    register = getattr(kind, _REGISTER, None)
    if register is None:
        raise ImportError(f"{module.__name__}.Plugin.{_REGISTER} is missing")

    @functools.wraps(register)
    def with_ours(self: Any, *args: object, **kwargs: object) -> None:
        register(self, *args, **kwargs)
        names = (str(getattr(one, "__name__", "")) for one in self.manager.get_plugins())
        if not any(name.endswith(f".engines.{_PLUGIN}") for name in names):
            self.manager.register(OfRun())

    setattr(kind, _REGISTER, with_ours)
    return True
