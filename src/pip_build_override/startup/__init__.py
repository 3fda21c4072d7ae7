"""How the shim gets into a pip process: a hook that waits for pip and costs nothing until then."""

from __future__ import annotations

import os

INJECTED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "inject")
"""Directory that, on PYTHONPATH, loads the hook into every Python below."""

STEM = "pip_build_override_startup"
"""Name of the files of the ``.pth`` route: STEM.pth, STEM.start, STEM.py."""
