"""Requirements of the hook that the static ones have brought in already, in another version."""

from __future__ import annotations

import json
import tarfile

import pytest

from ..support.environments import Target
from ..support.wheelhouse import source_tree


@pytest.mark.seam("none")
def test_what_plain_pip_brings(target: Target) -> None:
    target.run_pip("install", "--no-cache-dir", "asks-for-what-came").succeeded()
    assert target.stamp("asks_for_what_came") == {"ingredient": "3.0", "spice": "2.0"}


_BACKEND = """\
import stampbackend
from stampbackend import *

def get_requires_for_build_wheel(config_settings=None):
    stampbackend._keep(stampbackend.read_settings())
    return stampbackend.get_requires_for_build_wheel(config_settings)
"""


def test_from_sources_that_no_hook_has_written_to(target: Target) -> None:
    tree = source_tree("asks-for-what-came", target.room)
    (tree / "backend.py").write_text(_BACKEND, encoding="utf-8")
    pyproject = tree / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8") + 'keeps = "kept.json"\n'
    text = text.replace('"stampbackend"\n', '"backend"\nbackend-path = ["."]\n')
    pyproject.write_text(text, encoding="utf-8")
    sdist = target.room / "asks-for-what-came-1.0.tar.gz"
    with tarfile.open(sdist, "w:gz") as archive:
        archive.add(tree, "asks-for-what-came-1.0")
    overrides = '[package.asks-for-what-came]\nreplace.ingredient = "ingredient==1.0"\n'
    target.override(overrides, "install", sdist).succeeded()
    assert json.loads(target.constant("asks_for_what_came", "KEPT"))["ingredient"] == "1.0"


@pytest.mark.seam("none")
def test_by_path(target: Target) -> None:
    wheel = next(target.index.glob("ingredient-1.0-*.whl"))
    overrides = f"[package.asks-for-what-came]\nreplace.ingredient = {{ path = '{wheel}' }}\n"
    target.override(overrides, "install", "asks-for-what-came").succeeded()
    assert target.stamp("asks_for_what_came") == {"ingredient": "1.0", "spice": "1.0"}


@pytest.mark.seam("none")
def test_what_cannot_be_had_together(target: Target) -> None:
    overrides = """
[package.asks-for-what-came]
replace.ingredient = "ingredient==1.0"
replace.spice = ["spice", "ingredient==2.0"]
"""
    result = target.override(overrides, "install", "asks-for-what-came").failed()
    assert "ingredient==1.0" in result.stdout + result.stderr
    assert target.versions() == {}
