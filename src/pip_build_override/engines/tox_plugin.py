"""The plugin for tox: the setting ``build_requirements_override``, and environments that are cells.

tox loads it by its entry point even if nobody uses it, so what is only needed then is imported late.
Environments from plugins need tox 4.30; the setting also works with those before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable

import pluggy

if TYPE_CHECKING:
    from tox.config.sets import ConfigSet, EnvConfigSet
    from tox.execute import Outcome
    from tox.session.state import State
    from tox.tox_env.api import ToxEnv
    from tox.tox_env.register import ToxEnvRegister

    from .tox_matrix import Names

impl = pluggy.HookimplMarker("tox")

# tox asks for the names of environments before there is a state, and for nothing else in between.
_asked_for: list[Names] = []


@impl(optionalhook=True)
def tox_extend_envs() -> Iterable[str]:
    """Return the names of the environments, which are only known once the settings are read."""
    from .tox_matrix import Names

    _asked_for[:] = [Names()]
    return _asked_for[0]


@impl(trylast=True)
def tox_register_tox_env(register: ToxEnvRegister) -> None:
    """Add the kind of environment that a cell is."""
    from .tox_matrix import can_add_environments

    if can_add_environments():
        from .tox_cells import CellRunner

        register.add_run_env(CellRunner)


@impl
def tox_add_core_config(core_conf: ConfigSet, state: State) -> None:
    """Make the matrix of the project, if it has one, the environments of this run."""
    from .tox_matrix import Matrix

    names = _asked_for.pop() if _asked_for else None
    Matrix(state).add_to(core_conf, names)


@impl
def tox_add_env_config(env_conf: EnvConfigSet, state: State) -> None:
    """Add the settings of an environment."""
    from .tox_matrix import matrix_of
    from .tox_override import register

    register(env_conf, state)
    matrix_of(state).settle(env_conf)


@impl
def tox_on_install(tox_env: ToxEnv) -> None:
    """Put the overrides file in force before anything is installed."""
    from .tox_override import attach

    attach(tox_env)


@impl
def tox_before_run_commands(tox_env: ToxEnv) -> None:
    """Check a cell before its tests."""
    from .tox_override import attach

    attach(tox_env)
    check = getattr(tox_env, "before_tests", None)
    if check is not None:
        check()


@impl
def tox_after_run_commands(tox_env: ToxEnv, exit_code: int, outcomes: list[Outcome]) -> None:
    """Check that the rules were in force, and that a cell is what it was."""
    from .tox_override import attached

    override = attached(tox_env)
    if override is not None and not exit_code:
        override.check()
    check = getattr(tox_env, "after_tests", None)
    if check is not None:
        check(exit_code, outcomes)


@impl
def tox_env_teardown(tox_env: ToxEnv) -> None:
    """Remove what was needed to watch an environment."""
    from .tox_override import attached

    override = attached(tox_env)
    if override is not None:
        override.end()
