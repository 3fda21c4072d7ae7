"""How the shim gets into pip: a hook that waits for pip to be imported, and does nothing until then."""

from __future__ import annotations

STEM = "pip_build_override_startup"
"""Name of the files of the ``.pth`` route: STEM.pth, STEM.start, STEM.py."""
