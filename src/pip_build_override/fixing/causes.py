"""Causes that no build requirement changes: what is not installed on the machine, or is used up."""

from __future__ import annotations

from ..diagnosis import Failure, diagnose

_BEYOND = ("missing-header", "missing-library", "missing-config-program", "no-space")


def beyond_build_requirements(failure: Failure) -> str:
    """Return the cause of a failure that no build requirement can change, or "" if none is known."""
    if failure.searched in ("no index", "unreachable"):
        return "pip cannot reach a package index"
    for finding in diagnose(failure).findings:
        signature = finding.signature
        if not finding.rules and (signature.install or signature.variable or signature.name in _BEYOND):
            return f"{finding.says}: {finding.because}"
    return ""
