"""How the files of an installed distribution come into a build environment, and out of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pip_build_override.in_pip import linking, recorded, scripts
from pip_build_override.in_pip.linking import Links
from pip_build_override.in_pip.untouched import Lent


def _write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A library directory with one distribution."""
    site = tmp_path / "target" / "lib" / "python3" / "site-packages"
    info = site / "larder-1.0.dist-info"
    _write(info / "METADATA", "Metadata-Version: 2.1\nName: larder\nVersion: 1.0\n")
    _write(site / "larder" / "module.py", "VERSION = 1\n")
    _write(site / "larder" / "core.so")
    _write(tmp_path / "target" / "bin" / "larder", f"#!{tmp_path}/target/bin/python\nprint(1)\n")
    _write(tmp_path / "outside")
    rows = [
        "larder/module.py,sha256=x,12",
        "larder/__pycache__/module.cpython-311.pyc,,",
        "larder/core.so,sha256=y,0",
        "larder/gone.py,sha256=z,0",
        "../../../bin/larder,sha256=w,9",
        "../../../../outside,sha256=v,0",
        "larder-1.0.dist-info/METADATA,sha256=u,9",
        "larder-1.0.dist-info/RECORD,,",
    ]
    _write(info / "RECORD", "\n".join(rows) + "\n")
    return site


def _put(site: Path, prefix: Path) -> tuple[Links, Path]:
    distribution = recorded.find("larder", [str(site)])
    assert distribution is not None
    there = prefix / "lib" / "python3" / "site-packages"
    _write(there / "larder-1.0.dist-info" / "METADATA", "its own")
    _write(there / "larder-1.0.dist-info" / "RECORD", "larder-1.0.dist-info/INSTALLER,,\n")
    links = Links()
    lent = Lent(distribution.site, distribution.files())
    for _ in range(2):
        links.put(distribution, lent, str(there), "larder-1.0.dist-info", str(prefix), "/there/python")
    return links, there


def test_links_single_files(site: Path, tmp_path: Path) -> None:
    links, there = _put(site, tmp_path / "build")
    assert (there / "larder" / "module.py").samefile(site / "larder" / "module.py")
    assert not (there / "larder").is_symlink()
    assert sorted(path.name for path in (there / "larder").iterdir()) == ["core.so", "module.py"]
    assert (there / "larder-1.0.dist-info" / "METADATA").read_text() == "its own"
    links.take_away()
    assert list((there / "larder").iterdir()) == []
    assert (site / "larder" / "module.py").exists()


def test_puts_nothing_outside_of_the_prefix(site: Path, tmp_path: Path) -> None:
    _put(site, tmp_path / "room" / "build")
    assert [path.name for path in (tmp_path / "room").iterdir()] == ["build"]


def test_completes_the_record(site: Path, tmp_path: Path) -> None:
    _, there = _put(site, tmp_path / "build")
    record = (there / "larder-1.0.dist-info" / "RECORD").read_text().splitlines()
    assert "larder/module.py,sha256=x,12" in record
    assert "larder-1.0.dist-info/INSTALLER,," in record
    assert len(record) == len(set(record)) == 5


def _refuse(*arguments: Any, **more: Any) -> None:
    raise OSError(18, "not here")


def _goes_on(*arguments: Any, **more: Any) -> None:
    raise AssertionError("a later way was taken")


def test_takes_symbolic_links_where_hard_ones_cannot_be(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking, "_WAYS", (_refuse, os.symlink, _goes_on))
    links, there = _put(site, tmp_path / "build")
    assert (there / "larder" / "module.py").is_symlink()
    assert (there / "larder" / "module.py").resolve() == site / "larder" / "module.py"
    links.take_away()
    assert list((there / "larder").iterdir()) == []
    assert (site / "larder" / "module.py").exists()


def test_a_relative_link_leads_to_the_same_file(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking, "_is_layered", lambda directory: False)
    (site / "larder" / "core.so").rename(site.parent / "core.so")
    (site / "larder" / "core.so").symlink_to("../../core.so")
    links, there = _put(site, tmp_path / "build")
    assert (there / "larder" / "core.so").samefile(site.parent / "core.so")
    links.take_away()
    assert (site / "larder" / "core.so").exists()


def test_makes_no_hard_links_into_layers(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking, "_is_layered", lambda directory: True)
    _, there = _put(site, tmp_path / "build")
    assert (there / "larder" / "module.py").is_symlink()


def test_copies_where_links_are_not_allowed(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking, "_WAYS", (_refuse, _refuse, linking._copy))
    links, there = _put(site, tmp_path / "build")
    assert not (there / "larder" / "module.py").samefile(site / "larder" / "module.py")
    (there / "larder" / "module.py").write_text("other")
    assert (site / "larder" / "module.py").read_text() == "VERSION = 1\n"
    links.take_away()


def test_links_the_libraries_of_a_conda_prefix(site: Path, tmp_path: Path) -> None:
    (tmp_path / "target" / "conda-meta").mkdir()
    library = _write(tmp_path / "target" / "lib" / "libshelf.so.3")
    _write(tmp_path / "target" / "lib" / "other.txt")
    _put(site, tmp_path / "build")
    assert (tmp_path / "build" / "lib" / "libshelf.so.3").samefile(library)
    assert not (tmp_path / "build" / "lib" / "other.txt").exists()


def test_has_scripts_start_the_other_interpreter(site: Path, tmp_path: Path) -> None:
    _put(site, tmp_path / "build")
    script = tmp_path / "build" / "bin" / "larder"
    assert script.read_text() == "#!/there/python\nprint(1)\n"
    assert not script.is_symlink()


@pytest.mark.parametrize("name", ["plain", "with space"])
def test_a_copied_script_runs(tmp_path: Path, name: str) -> None:
    there = tmp_path / name / "bin"
    there.mkdir(parents=True)
    (there / "python").symlink_to(sys.executable)
    script = _write(there / "tool")
    script.write_bytes(scripts._shebang(str(there / "python")) + b"print(42)\n")
    script.chmod(0o755)
    assert scripts.starts_interpreter(str(script))
    other = tmp_path / "other place" / "tool"
    other.parent.mkdir()
    scripts.copy_for(str(script), str(other), sys.executable)
    assert subprocess.check_output([str(other)]) == b"42\n"


def test_a_file_written_to_is_named(site: Path) -> None:
    lent = Lent(str(site), ["larder/module.py", "larder/core.so"])
    assert lent.changed() == ""
    _write(site / "larder" / "__pycache__" / "module.pyc")
    assert lent.changed() == ""
    _write(site / "larder" / "core.so", "more")
    assert lent.changed() == str(site / "larder" / "core.so")


def test_finds_out_what_was_created_where_a_symbolic_link_leads_to(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking, "_WAYS", (os.symlink,))
    distribution = recorded.find("larder", (str(site),))
    assert distribution is not None
    lent = Lent(distribution.site, distribution.files())
    _, there = _put(site, tmp_path / "build")
    assert lent.changed() == ""
    (there / "larder" / "module.py").resolve().with_name("new.py").touch()
    assert lent.changed() == str(site / "larder" / "new.py")
