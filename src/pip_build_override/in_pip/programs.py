"""Programs that use pip's modules but run no pip command: no rule can be in force in their builds.

Some resolve with a command that they create only for its options, others fill build environments
themselves. No pip command builds their packages, so no rule can be in force in those, and they are
stopped if one may apply. Otherwise, the pip that fills their build environments is not overridden
either, as every nested pip follows the one that started it.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Iterator

from .. import rules, switch
from ..errors import OverrideError

if TYPE_CHECKING:
    from typing import ContextManager, NoReturn

    from .internals.seams import Original

    Arguments = tuple[object, ...]
    Named = dict[str, object]


def filling_plainly(original: Original, args: Arguments, kwargs: Named) -> object:
    """Fill a build environment as pip does without the override, and return what pip returns.

    Raises:
        SystemExit: if a rule may apply to what is built in it; ``run`` says that at its end instead.
    """
    if switch.WATCH in os.environ:
        switch.tell_watcher("program")
    else:
        tables = _tables()
        if tables:
            _refuse(tables)
    before = {name: os.environ.get(name) for name in switch.CHANGED_BY_A_COMMAND}
    switch.stop_watching()
    del os.environ[switch.SWITCH]
    try:
        return original(*args, **kwargs)
    finally:
        switch.give_back(before)


def tracking(original: Original, args: Arguments, kwargs: Named) -> ContextManager[object]:
    """Return pip's build tracker, marked for pips below it as the tracker of a program."""
    return _marked(original(*args, **kwargs))


@contextmanager
def _marked(tracking: ContextManager[object]) -> Iterator[object]:
    with tracking as tracker:
        found = next(filter(None, map(os.environ.get, switch.BUILD_TRACKERS)), None)
        with switch.Changed({switch.TRACKED: found}):
            yield tracker


def _tables() -> list[str]:
    """Return the places of the tables that may apply to what is built, or to its build requirements."""
    try:
        overrides = rules.load_overrides(os.environ[switch.SWITCH])
        command_line = os.environ.get(switch.COMMAND_LINE, "")
        if command_line:
            overrides = rules.with_command_line(overrides, rules.CommandLine.load(command_line))
    except OverrideError as error:
        _stop(error)
    return [
        overrides.where(table.where)
        for table in overrides.tables
        if table.builds or table.has_settings or table.no_binary
    ]


def _refuse(tables: list[str]) -> NoReturn:
    program = _program()
    named = tables[0] + (", …" if len(tables) > 1 else "")
    _stop(
        OverrideError(
            f"{program} fills build environments with pip's modules, without a pip command, so {named}"
            " would not be in force in its builds",
            kind="not-reached",
            hint="let pip itself do that: pip lock, or pip install --dry-run --report FILE; or unset"
            f" {switch.SWITCH}",
        )
    )


def _stop(error: OverrideError) -> NoReturn:
    sys.stderr.write(f"pip-build-override: error: {error.shown}\n")
    sys.stderr.flush()
    raise SystemExit(2)


def _program() -> str:
    directory, name = os.path.split(sys.argv[0])
    return os.path.basename(directory) if name == "__main__.py" else name or "this program"
