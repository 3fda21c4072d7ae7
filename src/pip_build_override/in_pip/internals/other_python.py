"""``pip --python X`` (22.3 and later): pip runs itself again, by X, where no hook may be installed."""

from __future__ import annotations

import functools
import os
from importlib import import_module

from ... import startup

MAIN_PARSER = "pip._internal.cli.main_parser"
_ENTRY = "identify_python_interpreter"


def hand_on() -> str | None:
    """Have the shim handed on to that pip by PYTHONPATH, as ``run`` does.

    Returns:
        what is not as known, None where all is.
    """
    try:
        main_parser = import_module(MAIN_PARSER)
    except ImportError as error:
        return f"{MAIN_PARSER}: {error}"
    original = getattr(main_parser, _ENTRY, None)
    if original is None:
        # Before 22.3 it starts nothing.
        return f"{MAIN_PARSER}.{_ENTRY}: not there" if hasattr(main_parser, "subprocess") else None

    # The one step that is taken for nothing else, just before pip starts that interpreter and exits.
    @functools.wraps(original)
    def identify_python_interpreter(*args: object, **kwargs: object) -> object:
        paths = [startup.INJECTED, os.environ.get("PYTHONPATH", "")]
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        return original(*args, **kwargs)

    setattr(main_parser, _ENTRY, identify_python_interpreter)
    return None
