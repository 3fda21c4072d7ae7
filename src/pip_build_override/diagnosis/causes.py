"""Causes of failures that lie outside of build requirements, so that no other ones need to be tried."""

from __future__ import annotations

from .failure import Failure
from .findings import diagnose
from .output import UNREACHABLE
from .signatures import AT_IMPORT


def beyond_build_requirements(failure: Failure) -> str:
    """Return the cause of a failure in a few words if no build requirement fixes it, otherwise "".

    It is a cause on this machine, such as a missing library, or in what the package supports. A header
    file that a distribution provides is none, and neither is a cause that is not known.

    Args:
        failure: The failure of a build, with those of its build requirements.
    """
    if failure.searched == UNREACHABLE:
        return "cannot connect to the package index"
    for finding in diagnose(failure).findings:
        if finding.signature.beyond and finding.signature.at != AT_IMPORT:
            return finding.says
    for inner in failure.nested:
        cause = beyond_build_requirements(inner)
        if cause:
            return f"{inner.label} {cause}"
    return ""
