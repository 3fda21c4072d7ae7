"""The file that ``run --report`` and ``freeze`` are given."""

from __future__ import annotations

import json
import os

from .. import records
from ..errors import OverrideError


def clear(path: str) -> None:
    """Make room for the report of a new run.

    Args:
        path: of the file.

    Raises:
        OverrideError: where something is there that is no report.
    """
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        if text.strip():
            records.read_report(json.loads(text))
        os.unlink(path)
    except FileNotFoundError:
        return
    except ValueError:
        raise OverrideError(
            f"--report {path}: what is there is no report, so it is not written over",
            hint="name another file, or take that one away",
        ) from None
    except OSError as error:
        raise OverrideError(
            f"--report {path} cannot be written: {error.strerror}", hint="name another file"
        ) from None
