"""The report that ``run --report`` writes."""

from __future__ import annotations

import json

from .. import records
from ..errors import OverrideError
from ..files import check_replaceable, read_whole, write_json


def begin(path: str) -> None:
    """Begin the report of a new run, without any builds yet.

    Args:
        path: Path of the report.

    Raises:
        OverrideError: If the file exists and is not a report, or cannot be written.
    """
    try:
        check_replaceable(path)
        text = (read_whole(path) or b"").decode("utf-8")
        if text.strip():
            records.read_report(json.loads(text))
    except ValueError:
        raise OverrideError(
            f"--report {path}: this file is not a report, so it is not overwritten",
            kind="file-not-replaced",
            hint="name another file, or delete this one",
        ) from None
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        write_json(path, records.blank())
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: str, error: OSError) -> OverrideError:
    return OverrideError(
        f"--report {path} cannot be written: {error.strerror}",
        kind="unwritable-file",
        hint="name another file",
    )
