"""A C extension on numpy's C API: compiled against the numpy of the environment, and of no other."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from ..support.environments import Result, Target
from ..support.store import compiled_wheel, index_wheel
from ..support.wheelhouse import write_sdist

# Of the C API of the second, the first has not all: what is compiled against that does not load here.
NUMPY = {
    "3.8": ("1.21.6", "1.24.4"),
    "3.9": ("1.26.4", "2.0.2"),
    "3.10": ("1.26.4", "2.2.6"),
    "3.11": ("1.26.4", "2.3.5"),
    "3.12": ("1.26.4", "2.3.5"),
    "3.13": ("2.1.3", "2.3.5"),
}
IN_STEP = '[package.on-numpy]\nreplace.numpy = { from = "target" }\n'


@pytest.fixture
def settings(target: Target, tmp_path: Path) -> dict[str, str]:
    """Environment variables for a pip that finds both releases of numpy, and the extension."""
    links = tmp_path / "numpy"
    links.mkdir()
    write_sdist("on-numpy", links)
    for version in NUMPY[target.pip.python]:
        wheel = compiled_wheel(f"numpy=={version}", target.pip.python)
        (links / wheel.name).symlink_to(wheel)
    wheel = index_wheel("packaging==24.0")
    (links / wheel.name).symlink_to(wheel)
    return {"PIP_FIND_LINKS": f"{target.index.as_uri()} {links.as_uri()}"}


def _put(target: Target, version: str) -> None:
    target.put(compiled_wheel(f"numpy=={version}", target.pip.python))


def _imported(target: Target) -> Result:
    return target.execute(target.python, "-c", "import on_numpy; print(on_numpy.length([1, 2, 3]))")


def _compiled_against(wheel: Path) -> str:
    """Read out of a wheel against which numpy its module was compiled."""
    with zipfile.ZipFile(wheel) as archive:
        (module,) = [name for name in archive.namelist() if name.endswith((".so", ".pyd"))]
        found = re.search(rb"compiled against numpy ([0-9.]+)", archive.read(module))
    assert found is not None
    return found[1].decode()


@pytest.mark.seam("none")
def test_in_step_with_the_numpy_of_the_environment(target: Target, settings: dict[str, str]) -> None:
    older, newer = NUMPY[target.pip.python]
    plain = target.fresh()
    _put(plain, older)
    plain.run_pip("install", "--no-cache-dir", "on-numpy", settings=settings).succeeded()
    assert _imported(plain).status != 0

    target.write(f"on-numpy\nnumpy=={older}\n", "requirements.txt")
    target.override(IN_STEP, "install", "-r", "requirements.txt", settings=settings).succeeded()
    assert _imported(target).succeeded().stdout.strip() == "3"

    wheels = {path: target.cache / "wheels" / path for path in target.stored_wheels()}
    (first,) = [path for name, path in wheels.items() if name.endswith(".whl")]
    assert _compiled_against(first) == older

    other = target.fresh()
    _put(other, newer)
    other.override(IN_STEP, "install", "on-numpy", settings=settings).succeeded()
    assert _imported(other).succeeded().stdout.strip() == "3"
    stored = {
        target.cache / "wheels" / path for path in target.stored_wheels() if path.endswith(".whl")
    }
    (second,) = stored - {first}
    assert _compiled_against(second) == newer

    third = target.fresh()
    _put(third, older)
    result = third.override(IN_STEP, "install", "on-numpy", settings=settings).succeeded()
    assert "from the cache: on-numpy 1.0" in result.summary
    assert _imported(third).succeeded().stdout.strip() == "3"
