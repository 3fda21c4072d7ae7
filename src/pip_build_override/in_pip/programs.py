"""Programs that use pip's modules but run no pip command: for them, pip works without the override.

Some resolve with a command that they create only for its options, others fill build environments
themselves. No pip command builds their packages, so no rule applies to those. The pip that fills their
build environments is not overridden either, as every nested pip follows the one that started it.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Iterator

from .. import rules, switch
from ..errors import OverrideError

if TYPE_CHECKING:
    from typing import ContextManager

    from .internals.seams import Original

    Arguments = tuple[object, ...]
    Named = dict[str, object]

_told: list[str] = []


def filling_plainly(original: Original, args: Arguments, kwargs: Named) -> object:
    """Fill a build environment as pip does without the override, and return what pip returns."""
    switch.tell_watcher("program")
    if switch.WATCH not in os.environ:
        _tell()
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


def _tell() -> None:
    """Warn once that the rules are not in force, if there are any; ``run`` has its own warning."""
    path = os.environ[switch.SWITCH]
    if path in _told:
        return
    _told.append(path)
    try:
        if not any(
            t.builds or t.has_settings or t.no_binary for t in rules.load_overrides(path).tables
        ):
            return
    except OverrideError:
        # A file with errors was not meant to be empty.
        pass
    sys.stderr.write(
        f"pip-build-override: warning: {_program()} fills build environments with pip's modules,"
        f" without a pip command, so {path} is not in force in its builds [not-reached]\n"
        f"hint: build with pip itself (pip wheel), or unset {switch.SWITCH}\n"
    )
    sys.stderr.flush()


def _program() -> str:
    directory, name = os.path.split(sys.argv[0])
    return os.path.basename(directory) if name == "__main__.py" else name or "this program"
