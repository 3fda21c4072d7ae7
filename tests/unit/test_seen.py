"""What a build environment sees of the target, and how it is put behind what pip installed."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pip_build_override import switch
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.builds.seen import Seen
from pip_build_override.in_pip.lending.stand_ins import StandIn

from .test_fulfilled import put
from .test_tree_state import write_unseen

WHERE = "o.toml: package.x"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a library directory of a target that can be seen."""
    directory = tmp_path / "target" / "lib" / "python3" / "site-packages"
    put(directory, "numpy", "1.20.1", ["mint[fresh]; python_version > '3'"])
    put(directory, "mint", "1.0+local")
    (tmp_path / "target" / "bin").mkdir()
    return directory


def _seen(room: Path, *directories: Path) -> Seen:
    return Seen(map(str, directories), str(room / "run"), WHERE)


def test_what_is_seen(site: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    standard = Path(sysconfig.get_path("stdlib"))
    left_out = (standard, standard / "lib-dynload", Path(switch.INJECTED), tmp_path / "missing")
    seen = _seen(tmp_path, site, *left_out, site, own)
    assert seen.directories == (str(site), str(own))
    assert {name: copy.version for name, copy in seen.copies.items()} == {
        "numpy": "1.20.1",
        "mint": "1.0+local",
    }
    assert seen.contains(seen.copies["numpy"])
    assert not seen.contains(SimpleNamespace(site="/elsewhere"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "satisfied"),
    [
        ("NumPy>=1.20", True),
        ("numpy>=1.21", False),
        ("spice", False),
        ("numpy @ https://example.org/numpy.whl", False),
        ("no requirement @", False),
        ("mint==1.0", True),
    ],
)
def test_what_satisfies_by_itself(site: Path, tmp_path: Path, text: str, satisfied: bool) -> None:
    assert _seen(tmp_path, site).satisfies(text) is satisfied


def test_what_pip_is_offered(site: Path, tmp_path: Path) -> None:
    # What pip cannot read, what is there twice, and what has no files, it gets from an index.
    put(site, "old", "not a version")
    put(site, "strange", "1", ["no requirement @"])
    put(site, "twice", "1")
    put(site, "twice", "2")
    put(site, "gone", "1")
    (site / "gone-1.dist-info" / "RECORD").write_text("gone.py,sha256=x,1\n", encoding="utf-8")
    seen = _seen(tmp_path, site)
    offered = {one.name: one for one in seen.stand_ins_without(["mint"])}
    assert offered.keys() == {"numpy"}
    assert offered["numpy"].digest == ""
    with zipfile.ZipFile(offered["numpy"].path) as wheel:
        metadata = wheel.read("numpy-1.20.1.dist-info/METADATA").decode()
        assert not any(name.endswith("entry_points.txt") for name in wheel.namelist())
    assert 'Requires-Dist: mint[fresh]; python_version > "3"' in metadata
    written = os.stat(offered["numpy"].path).st_mtime_ns
    assert {one.name for one in _seen(tmp_path, site).stand_ins_without(())} == {"numpy", "mint"}
    assert os.stat(offered["numpy"].path).st_mtime_ns == written


def _install(stand_in: StandIn, directory: Path) -> None:
    with zipfile.ZipFile(stand_in.path) as wheel:
        wheel.extractall(directory)


def test_what_pip_chose_is_taken_out_again(site: Path, tmp_path: Path) -> None:
    seen = _seen(tmp_path, site)
    own = tmp_path / "own"
    put(own, "spice", "1")
    for stand_in in seen.stand_ins_without(()):
        _install(stand_in, own)
    seen.withdraw([str(own), str(own), str(tmp_path / "missing")], ["mint"])
    assert seen.taken == {"numpy"}
    assert sorted(os.listdir(own)) == ["mint-1.0+local.dist-info", "spice-1.dist-info"]


class Virtual:
    """A build environment of pip's that is a path only."""

    def __init__(self, room: Path) -> None:
        self._prefixes: dict[str, Any] = {}
        self._site_dir = str(room / "site")
        self._bin_dirs = [str(room / "own-bin")]
        os.mkdir(self._site_dir)
        Path(self._site_dir, "sitecustomize.py").write_text("import sys\n", encoding="utf-8")


class Real:
    """A build environment of pip's that is a virtual environment."""

    def __init__(self, room: Path) -> None:
        command = [sys.executable, "-m", "venv", "--without-pip", str(room / "own")]
        subprocess.run(command, check=True)
        self.lib_dirs = [str(next((room / "own").glob("lib/python*/site-packages")))]
        self._bin_path = str(room / "own" / "bin")
        self.python = str(room / "own" / "bin" / "python")


_PRINTS = "import sys; print(sys.path)"


def test_a_path_ends_in_what_is_seen(site: Path, tmp_path: Path) -> None:
    (site / "more.pth").write_text("import sys; sys.path.append('/by-pth')\n", encoding="utf-8")
    environment: Any = Virtual(tmp_path)
    seen = _seen(tmp_path, site)
    seen.hide(environment)
    for _ in range(2):
        seen.show(environment)
        variables = {**os.environ, "PYTHONPATH": environment._site_dir}
        printed = subprocess.check_output([sys.executable, "-c", _PRINTS], env=variables, text=True)
        assert printed.strip().endswith(f"{str(site)!r}, '/by-pth']")


def test_a_venv_ends_in_what_is_seen_until_pip_runs_in_it(site: Path, tmp_path: Path) -> None:
    environment: Any = Real(tmp_path)
    seen = _seen(tmp_path, site)

    def path() -> str:
        return subprocess.check_output([environment.python, "-c", _PRINTS], text=True).strip()

    before = path()
    seen.hide(environment)
    seen.show(environment)
    own = f"{environment.lib_dirs[0]!r}, "
    assert path().endswith(f"{own}{str(site)!r}]")
    seen.hide(environment)
    assert path() == before


def _entered(seen: Seen, sources: Path) -> Any:
    return seen.entered("x 1", str(sources))


def test_the_commands_of_the_target_are_behind_those_of_the_build(site: Path, tmp_path: Path) -> None:
    seen = _seen(tmp_path, site)
    seen.show(Virtual(tmp_path))  # type: ignore[arg-type]
    before = dict(os.environ)
    with _entered(seen, tmp_path / "sources"):
        places = os.environ["PATH"].split(os.pathsep)
        assert places[:2] == [str(tmp_path / "own-bin"), str(tmp_path / "target" / "bin")]
        assert os.environ["PYTHONDONTWRITEBYTECODE"] == "1"
    assert dict(os.environ) == before


@pytest.mark.parametrize("place", ["numpy.py", "numpy-1.20.1.dist-info/METADATA", "../../../bin/new"])
def test_nothing_is_written_into_the_target(site: Path, tmp_path: Path, place: str) -> None:
    wrote = "its build wrote into the target environment"
    with pytest.raises(OverrideError, match=wrote) as caught, _entered(
        _seen(tmp_path, site), tmp_path / "sources"
    ):
        (site / place).write_text("changed", encoding="utf-8")
    assert os.path.realpath(site / place) in caught.value.message
    assert caught.value.where == WHERE
    assert caught.value.hint


def _record(site: Path, name: str) -> None:
    """Add a module to numpy, as its RECORD states it."""
    (site / name).write_text("content", encoding="utf-8")
    digest = base64.urlsafe_b64encode(hashlib.sha256(b"content").digest()).rstrip(b"=").decode()
    record = site / "numpy-1.20.1.dist-info" / "RECORD"
    record.write_text(f"{name},sha256={digest},7\n", encoding="utf-8")


def test_a_file_that_is_written_as_if_it_were_not(site: Path, tmp_path: Path) -> None:
    name = "numpy.py"
    _record(site, name)
    with pytest.raises(OverrideError, match="its build wrote into") as caught, _entered(
        _seen(tmp_path, site), tmp_path / "sources"
    ):
        write_unseen(site / name)
    assert os.path.realpath(site / name) in caught.value.message
    assert caught.value.where == WHERE


def test_another_link_to_a_file_changes_nothing(site: Path, tmp_path: Path) -> None:
    # As uv makes one for each environment that it fills.
    name = "numpy.py"
    _record(site, name)
    before = os.stat(site / name).st_ctime_ns
    with _entered(_seen(tmp_path, site), tmp_path / "sources"):
        while os.stat(site / name).st_ctime_ns == before:
            os.link(site / name, tmp_path / name)
            os.unlink(tmp_path / name)
    # Of a file that no RECORD lists nothing more is known.
    (site / "activate").touch()
    with _entered(_seen(tmp_path, site), tmp_path / "sources"):
        os.link(site / "activate", tmp_path / "link")
    (site / name).write_bytes(b"CONTENT")
    with pytest.raises(OverrideError, match="its build wrote into"), _entered(
        _seen(tmp_path, site), tmp_path / "sources"
    ):
        os.link(site / name, tmp_path / "another")


def test_what_may_be_written(site: Path, tmp_path: Path) -> None:
    # An editable's sources are on the path, too; and Python compiles what it imports.
    sources = tmp_path / "sources"
    (sources / "x.egg-info").mkdir(parents=True)
    with _entered(_seen(tmp_path, site, sources, tmp_path), sources):
        (sources / "x.egg-info" / "PKG-INFO").touch()
        (site / "__pycache__").mkdir()
        (site / "__pycache__" / "numpy.pyc").touch()
    with _entered(_seen(tmp_path, site), site / "sources"):
        (site / "own.py").touch()
