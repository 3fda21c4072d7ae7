"""A package that requires any numpy: its wheel requires those that it works with."""

from __future__ import annotations

from pathlib import Path

import pytest

from .real import Venv, pip_environment, shared_downloads

pytestmark = pytest.mark.network

ALONE = '[package.pyworld]\npin-compatible = ["numpy"]\n'
BESIDE = f'{ALONE}replace.numpy = {{ from = "target" }}\n'
CHECK = "import runpy, sys; sys.argv[1:] = ['check']; runpy.run_module('pip', None, '__main__')"
INSTALL = ("--no-binary", "pyworld", "numpy==1.20.1", "pyworld==0.3.2")


def test_refused_or_built_for_the_target(tmp_path: Path, downloads: Path) -> None:
    shared_downloads(tmp_path / "cache", downloads)
    environment = pip_environment(tmp_path / "cache")
    overrides = tmp_path / "build-overrides.toml"
    venv = Venv("3.8", tmp_path / "venv", environment)
    assert venv.pip_install("--only-binary", ":all:", "pip==25.0.1").status == 0

    overrides.write_text(ALONE, encoding="utf-8")
    outcome = venv.pip_install(*INSTALL, overrides=overrides)
    assert outcome.status == 1
    assert "pyworld 0.3.2: pins numpy>=1.24,<2 (built with numpy 1.24.4)" in outcome.output
    assert "The user requested numpy==1.20.1" in outcome.output
    assert "pyworld 0.3.2 depends on numpy" in outcome.output
    assert ">=1.24" in outcome.output.rpartition("pyworld 0.3.2 depends on numpy")[2].split("\n")[0]
    assert venv.smoke("import numpy").status != 0

    overrides.write_text(BESIDE, encoding="utf-8")
    outcome = venv.pip_install(*INSTALL, overrides=overrides)
    assert outcome.status == 0
    assert "pyworld 0.3.2: pins numpy>=1.20,<2 (built with numpy 1.20.1)" in outcome.output
    assert venv.smoke("import pyworld, numpy; assert numpy.__version__ == '1.20.1'").status == 0

    outcome = venv.pip_install("--only-binary", ":all:", "numpy==1.19.5")
    assert "pyworld 0.3.2 requires numpy<2,>=1.20, but you have numpy 1.19.5" in outcome.output
    check = venv.smoke(
        "import runpy, sys; sys.argv[1:] = ['check']; runpy.run_module('pip', None, '__main__')"
    )
    assert check.status == 1
    assert "pyworld 0.3.2 has requirement numpy<2,>=1.20, but you have numpy 1.19.5" in check.output
