"""The directory of ``pip wheel``, in which wheels that were built under other rules are replaced.

pip writes what it builds over a file of the same name there. If it takes the wheel from its cache, it
keeps such a file, because it knows only one wheel of that name.
"""

from __future__ import annotations

import filecmp
import os
from typing import TYPE_CHECKING, Iterable

from ...errors import OverrideError
from ...files import replace_whole
from ..internals.objects import directory_given, link_of

if TYPE_CHECKING:
    from ..internals.protocols import InstallRequirement, Options
    from ..state.cached_wheels import CachedWheels


def replace_stale(
    options: Options, chosen: Iterable[InstallRequirement], cached_wheels: CachedWheels
) -> None:
    """Replace the wheels that pip would keep in place of those that it takes from its cache.

    Args:
        options: the options of the pip command.
        chosen: the requirements that pip's resolver chose.
        cached_wheels: the cached wheels that this command uses.

    Raises:
        OverrideError: if one cannot be replaced.
    """
    directory = directory_given(options, "wheel_dir")
    if directory is None or not cached_wheels.any_approved:
        return
    for req in chosen:
        if cached_wheels.approved(req.link) is None:
            continue
        link = link_of(req)
        path = os.path.join(directory, link.filename)
        if not os.path.exists(path) or filecmp.cmp(link.file_path, path, shallow=False):
            continue
        try:
            with open(link.file_path, "rb") as file:
                replace_whole(path, file.read())
        except OSError as error:
            raise OverrideError(
                f"{path} was built under other rules, and cannot be replaced: {error.strerror}",
                kind="unwritable-file",
                hint=f"remove it first: {path}",
            ) from None
