"""What asv benchmarks is built under the rules, and nothing that was built under other ones."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from ..support.environments import Target
from ..support.tools import executable, tool_environment, tool_wheels
from ..support.virtualenvs import VIRTUALENV
from ..support.wheelhouse import source_tree

pytestmark = pytest.mark.pips(only=["24.0"])

ASV = "asv==0.6.6"
INSTALLED_BY_ASV = ("asv_runner==0.3.2", "build==1.6.1", "pympler==1.1", "wheel==0.45.1")
SETTINGS = {
    "version": 1,
    "project": "declares",
    "repo": "..",
    "benchmark_dir": ".",
    "branches": ["main"],
    "environment_type": "virtualenv",
    "pythons": ["3.11"],
    "matrix": {"req": {"ingredient": ["1.0", "2.0"]}},
    "build_command": ["python -m pip wheel --no-deps -w {build_cache_dir} {build_dir}"],
}
BENCHMARK = """
import declares

def track_built_with():
    return float(declares.STAMP["ingredient"])
"""
AS_INSTALLED = '[package.declares]\nreplace.ingredient = { from = "target" }\n'
ALWAYS_3 = '[package.declares]\nreplace.ingredient = "ingredient==3.0"\n'


def _project(target: Target) -> Path:
    # asv itself installs the build requirements of a pyproject.toml beside its settings.
    tree = source_tree("declares", target.room / "project")
    (tree / "benchmarks").mkdir()
    (tree / "benchmarks" / "__init__.py").touch()
    (tree / "benchmarks" / "built_with.py").write_text(BENCHMARK, encoding="utf-8")
    (tree / "benchmarks" / "asv.conf.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
    git = ("git", "-C", str(tree), "-c", "user.name=a", "-c", "user.email=a@example.org")
    for words in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-qm", "one")):
        subprocess.run([*git, *words], check=True)
    return tree


def _results(tree: Path) -> dict[str, float]:
    found = {}
    for path in (tree / "benchmarks" / "results").glob("*/*-*.json"):
        document = json.loads(path.read_text(encoding="utf-8"))
        (values,) = (
            value for name, value in document["results"].items() if name.endswith("track_built_with")
        )
        found[document["params"]["ingredient"]] = values[0][0]
    return found


def test_each_environment_is_built_for(target: Target) -> None:
    page = (Path(__file__).parents[2] / "docs" / "turning-it-on.md").read_text(encoding="utf-8")
    assert f'"build_command": {json.dumps(SETTINGS["build_command"])},' in page
    assert AS_INSTALLED.replace("declares", "mypackage").replace("ingredient", "numpy") in page
    tree = _project(target)
    environment = tool_environment(ASV)
    links = (target.index, tool_wheels(*INSTALLED_BY_ASV))
    settings = {
        **VIRTUALENV,
        "HOME": str(target.room),
        "PATH": os.pathsep.join([str(environment / "bin"), os.environ["PATH"]]),
        "PIP_FIND_LINKS": " ".join(map(str, links)),
        "PIP_NO_INDEX": "1",
    }
    asv = (executable(environment, "asv"),)
    where = ("--config", tree / "benchmarks" / "asv.conf.json")
    target.execute(*asv, "machine", "--yes", *where, settings=settings).succeeded()
    run = (*asv, "run", *where, "--quick", "--show-stderr")
    target.run(AS_INSTALLED, *run, settings=settings).succeeded()
    assert _results(tree) == {"1.0": 1.0, "2.0": 2.0}
    # asv keeps what it has built for a commit, but not under other rules.
    target.run(ALWAYS_3, *run, settings=settings).succeeded()
    assert _results(tree) == {"1.0": 3.0, "2.0": 3.0}
