"""``python -m pip_build_override`` is the command ``pip-build-override``."""

from __future__ import annotations

import sys

from pip_build_override.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
