"""The file that ``run --report`` and ``freeze`` are given."""

from __future__ import annotations

import json
import os
import uuid

from .. import records
from ..errors import OverrideError
from ..files import check_replaceable


def begin(path: str) -> None:
    """Begin the report of a new run, which tells of no build yet.

    Args:
        path: of the file.

    Raises:
        OverrideError: where something is there that is no report.
    """
    try:
        check_replaceable(path)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        if text.strip():
            records.read_report(json.loads(text))
    except FileNotFoundError:
        pass
    except ValueError:
        raise OverrideError(
            f"--report {path}: what is there is no report, so it is not written over",
            hint="name another file, or take that one away",
        ) from None
    except OSError as error:
        raise _unwritable(path, error) from None
    # A name that nobody can have put a link at before.
    scratch = f"{path}.{uuid.uuid4().hex}"
    try:
        with open(scratch, "x", encoding="utf-8") as file:
            json.dump(records.blank(), file, indent=1)
        os.replace(scratch, path)
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: str, error: OSError) -> OverrideError:
    return OverrideError(
        f"--report {path} cannot be written: {error.strerror}", hint="name another file"
    )
