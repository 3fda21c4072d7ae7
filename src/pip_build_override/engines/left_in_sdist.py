"""What an earlier build left in the directory of a project, and its backend has put into the sdist.

Backends judge object files and extension modules by modification time alone. Each wheel would contain
what that build compiled, whatever it was built against.
"""

from __future__ import annotations

import os
import re
import tarfile
from pathlib import Path
from typing import Iterator

from ..in_pip.builds.leftovers import is_compiled, listed, tracked_in
from ..matrix.build_failure import NotBuilt
from ..matrix.results import NOT_BUILT

_OBJECT = re.compile(r"\.(?:o|os|lo)$")
_SOURCE = re.compile(r"\.(?:c|cc|cpp|cxx|f|f90|m|s|cu)$", re.IGNORECASE)
_OF_A_BACKEND = ("build/", "_skbuild/", "builddir/")


def refuse_left(sdist: Path, project: str) -> None:
    """Refuse an sdist with compiled files that version control does not track.

    Args:
        sdist: The sdist.
        project: The root of the project that it was made of.

    Raises:
        NotBuilt: If it contains any.
    """
    left = tuple(_left(sdist, project))
    if left:
        raise NotBuilt(
            NOT_BUILT,
            f"the sdist contains what an earlier build left in the project: {listed(left)}",
            (_left_hint(),),
        )


def _left(sdist: Path, project: str) -> Iterator[str]:
    try:
        with tarfile.open(sdist, "r:*") as archive:
            files = [member.name.partition("/")[2] for member in archive if not member.isdir()]
    except (OSError, EOFError, tarfile.TarError):
        # What reads the sdist next says what is wrong with it.
        return
    sources = {_SOURCE.sub("", file) for file in files if _SOURCE.search(file)}
    for file in filter(is_compiled, files):
        path = os.path.join(os.path.realpath(project), file)
        # Only its own index knows what is in a submodule.
        tracked = tracked_in(os.path.dirname(path)) or tracked_in(project)
        if tracked is not None:
            if path not in tracked:
                yield file
        elif not _OBJECT.search(file) or file.startswith(_OF_A_BACKEND):
            yield file
        elif _OBJECT.sub("", file) in sources:
            # Without version control, an object file that has no source may itself be a source.
            yield file


def _left_hint() -> str:
    return (
        "remove these files from the project, or exclude them from the sdist, with setuptools by a line"
        " such as global-exclude *.so *.o in MANIFEST.in"
    )
