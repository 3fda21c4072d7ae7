"""``pip --python X`` (22.3 and later): pip runs itself again with X, which may have no hook."""

from __future__ import annotations

import functools
import os
from importlib import import_module

from ... import switch

MAIN_PARSER = "pip._internal.cli.main_parser"
_ENTRY = "identify_python_interpreter"


def hand_on() -> str | None:
    """Make pip pass the shim on to that pip through PYTHONPATH, as ``run`` does.

    Returns:
        What is not as known in this pip, or None if everything is.
    """
    try:
        main_parser = import_module(MAIN_PARSER)
    except ImportError as error:
        return f"{MAIN_PARSER}: {error}"
    original = getattr(main_parser, _ENTRY, None)
    if original is None:
        # pip before 22.3 starts no other interpreter.
        return f"{MAIN_PARSER}.{_ENTRY}: missing" if hasattr(main_parser, "subprocess") else None

    # The only function that pip calls for nothing else, just before it starts X and exits.
    @functools.wraps(original)
    def identify_python_interpreter(*args: object, **kwargs: object) -> object:
        os.environ["PYTHONPATH"] = switch.with_injected(os.environ)
        return original(*args, **kwargs)

    setattr(main_parser, _ENTRY, identify_python_interpreter)
    return None
