"""Run the command ``pip-build-override`` as ``python -m pip_build_override``."""

from __future__ import annotations

import sys

from pip_build_override.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
