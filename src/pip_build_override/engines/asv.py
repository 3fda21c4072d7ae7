"""The rules in force in what asv (airspeed velocity) builds and benchmarks.

asv removes PYTHONPATH for what it starts, and keeps what it has built and installed for a commit. The
start-up hook loads this module into asv, so that its pips load the shim, and so that nothing is used
that was built under other rules.
"""

from __future__ import annotations

import functools
import os
import sys
from types import ModuleType
from typing import Any

from .. import switch
from ..errors import OverrideError
from . import rules_digest

# asv has another name for the variable, which it gives to all that it starts.
_PYTHONPATH = "ASV_PYTHONPATH"
_VARIABLES = "build_env_vars"
_NAME = "_PIP_BUILD_OVERRIDE_RULES"


def engage(module: ModuleType) -> bool:
    """Let asv make an environment again if it was made under other rules.

    Args:
        module: the module of asv with its environments, already loaded.

    Returns:
        True, which tells the caller that this file is complete.

    Raises:
        ImportError: if it is not as known.
    """
    kind = getattr(module, "Environment", None)
    variables = vars(kind).get(_VARIABLES) if kind is not None else None
    if not isinstance(variables, property) or variables.fget is None:
        raise ImportError(f"{module.__name__}.Environment.{_VARIABLES} is missing")
    given = variables.fget
    try:
        path = os.path.abspath(os.environ[switch.SWITCH])
        digest = rules_digest.digest(path, rules_digest.read(path))
    except OverrideError as error:
        sys.stderr.write(f"pip-build-override: error: {error.shown}\n")
        raise SystemExit(2) from None

    @functools.wraps(given)
    def with_rules(self: Any) -> dict[str, str]:
        # asv compares these with those of an environment that it finds, and keeps its wheels in there.
        return {**given(self), _NAME: digest}

    setattr(kind, _VARIABLES, property(with_rules))
    found = os.environ.get(_PYTHONPATH, "")
    if switch.INJECTED not in found.split(os.pathsep):
        os.environ[_PYTHONPATH] = switch.with_injected({"PYTHONPATH": found})
    return True
