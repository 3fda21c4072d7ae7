"""How the files of an installed distribution come into a build environment, and out of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pip_build_override.in_pip.lending import distribution as distributions
from pip_build_override.in_pip.lending import links as linking
from pip_build_override.in_pip.lending import scripts
from pip_build_override.in_pip.lending.links import Links
from pip_build_override.in_pip.lending.snapshot import Lent


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
    distribution = distributions.find("larder", [str(site)])
    assert distribution is not None
    there = prefix / "lib" / "python3" / "site-packages"
    _write(there / "larder-1.0.dist-info" / "METADATA", "its own")
    _write(there / "larder-1.0.dist-info" / "RECORD", "larder-1.0.dist-info/INSTALLER,,\n")
    links = Links()
    lent = Lent(distribution.site, distribution.files())
    for _ in range(2):
        links.put(distribution, lent, str(there), "larder-1.0.dist-info", str(prefix), "/there/python")
    return links, there


def test_copies_with_the_mode(site: Path, tmp_path: Path) -> None:
    original = site / "larder" / "module.py"
    original.chmod(0o744)
    os.utime(original, (1, 1))
    links, there = _put(site, tmp_path / "build")
    copy = there / "larder" / "module.py"
    assert copy.read_bytes() == original.read_bytes()
    assert not copy.samefile(original)
    assert not (there / "larder").is_symlink()
    assert copy.stat().st_mtime > 1
    assert copy.stat().st_mode == original.stat().st_mode
    assert sorted(path.name for path in (there / "larder").iterdir()) == ["core.so", "module.py"]
    assert (there / "larder-1.0.dist-info" / "METADATA").read_text() == "its own"
    links.take_away()
    assert original.exists()


@pytest.fixture
def heavy(site: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of the distribution, whose libraries are more than may be copied."""
    monkeypatch.setattr(linking, "_ALWAYS_COPIED", 50)
    monkeypatch.setattr(linking, "_MOST_COPIED", 1200)
    # Whether it can be done here or not is a matter of the file system.
    monkeypatch.setattr(linking, "_WAYS", linking._WAYS[-2:])
    folder = site / "larder"
    (folder / "core.so").write_bytes(b"\0" * 900)
    (folder / "large.so").write_bytes(b"\0" * 2000)
    (folder / "small.so").write_bytes(b"\0" * 40)
    (folder / "text.h").write_text("x" * 3000, encoding="utf-8")
    with open(site / "larder-1.0.dist-info" / "RECORD", "a", encoding="utf-8") as record:
        record.writelines(f"larder/{name},,\n" for name in ("large.so", "small.so", "text.h"))
    return folder


def _linked(there: Path) -> list[str]:
    return sorted(path.name for path in (there / "larder").iterdir() if path.is_symlink())


def test_links_the_largest_binaries_only(heavy: Path, tmp_path: Path) -> None:
    links, there = _put(heavy.parent, tmp_path / "build")
    # Text stays a copy, however large, and so does what is small.
    assert _linked(there) == ["core.so", "large.so"]
    assert (there / "larder" / "text.h").read_text() == "x" * 3000
    links.take_away()
    assert _linked(there) == []
    assert (heavy / "large.so").exists()


def test_links_no_more_than_must_be(heavy: Path, tmp_path: Path) -> None:
    (heavy / "text.h").write_text("", encoding="utf-8")
    _, there = _put(heavy.parent, tmp_path / "build")
    assert _linked(there) == ["large.so"]


def test_one_environment_holds_copies_of_several(heavy: Path, tmp_path: Path) -> None:
    distribution = distributions.find("larder", [str(heavy.parent)])
    assert distribution is not None
    (heavy / "text.h").write_text("", encoding="utf-8")
    links, prefix = Links(), str(tmp_path / "build")
    found = []
    for name in ("one", "two"):
        there = tmp_path / "build" / name
        _write(there / "larder-1.0.dist-info" / "RECORD")
        lent = Lent(distribution.site, distribution.files())
        links.put(distribution, lent, str(there), "larder-1.0.dist-info", prefix, "python")
        found.append(_linked(there))
    assert found == [["large.so"], ["core.so", "large.so"]]


def test_many_files_are_where_they_belong(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking, "_MANY", 1)
    (site / "larder" / "deep" / "er").mkdir(parents=True)
    _write(site / "larder" / "deep" / "er" / "module.py")
    _write(site / "single")
    with open(site / "larder-1.0.dist-info" / "RECORD", "a", encoding="utf-8") as record:
        record.write("larder/deep/er/module.py,,\nsingle,,\n")
    _, there = _put(site, tmp_path / "build")
    assert sorted(path.name for path in there.iterdir()) == ["larder", "larder-1.0.dist-info", "single"]
    assert (there / "single").is_file()
    assert (there / "larder" / "deep" / "er" / "module.py").is_file()


def test_a_file_that_may_not_be_read(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking, "_WAYS", linking._WAYS[-2:])

    def refuse(source: str, target: str, status: os.stat_result) -> None:
        raise PermissionError(13, "not to you", source)

    monkeypatch.setattr(linking, "_copy", refuse)
    _, there = _put(site, tmp_path / "build")
    assert _linked(there) == ["core.so", "module.py"]


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


def test_takes_symbolic_links_where_files_cannot_be_shared(
    heavy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking, "_WAYS", (_refuse, os.symlink, _goes_on))
    links, there = _put(heavy.parent, tmp_path / "build")
    assert (there / "larder" / "large.so").resolve() == heavy / "large.so"
    links.take_away()
    assert _linked(there) == []
    assert (heavy / "large.so").exists()


def test_shares_content_where_the_file_system_can(tmp_path: Path) -> None:
    original, copy = tmp_path / "original", tmp_path / "copy"
    original.write_bytes(b"\0" * 9000)
    original.chmod(0o640)
    try:
        linking._clone(str(original), str(copy))
    except (ImportError, OSError):
        # As if nothing had been tried.
        assert not copy.exists()
    else:
        copy.write_bytes(b"other")
        assert original.read_bytes() == b"\0" * 9000
        assert copy.stat().st_mode == original.stat().st_mode


def test_a_relative_link_leads_to_the_same_file(
    heavy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = heavy.parent
    (heavy / "large.so").rename(site.parent / "large.so")
    (heavy / "large.so").symlink_to("../../large.so")
    for number, way in enumerate((os.symlink, linking._hard_link, linking._copy_whole)):
        monkeypatch.setattr(linking, "_WAYS", (way,))
        links, there = _put(site, tmp_path / f"build-{number}")
        assert (there / "larder" / "large.so").stat().st_size == 2000
        links.take_away()
        assert (heavy / "large.so").exists()


def test_our_own_hard_link_is_no_change(
    heavy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking, "_WAYS", (linking._hard_link,))
    distribution = distributions.find("larder", [str(heavy.parent)])
    assert distribution is not None
    lent = Lent(distribution.site, distribution.files())
    links = Links()
    for name in ("one", "two"):
        there = tmp_path / name
        _write(there / "larder-1.0.dist-info" / "RECORD")
        links.put(distribution, lent, str(there), "larder-1.0.dist-info", str(there), "python")
        assert (there / "larder" / "large.so").samefile(heavy / "large.so")
    assert lent.changed() == ""


def test_copies_where_links_are_not_allowed(
    heavy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking, "_WAYS", (_refuse, _refuse, linking._copy_whole))
    links, there = _put(heavy.parent, tmp_path / "build")
    assert not (there / "larder" / "large.so").samefile(heavy / "large.so")
    (there / "larder" / "large.so").write_text("other")
    assert (heavy / "large.so").read_bytes() == b"\0" * 2000
    links.take_away()


def test_the_libraries_of_a_conda_prefix(heavy: Path, tmp_path: Path) -> None:
    (tmp_path / "target" / "conda-meta").mkdir()
    library = _write(tmp_path / "target" / "lib" / "libshelf.so.3")
    large = _write(tmp_path / "target" / "lib" / "liblarge.so", "\0" * 5000)
    _write(tmp_path / "target" / "lib" / "other.txt")
    distribution = distributions.find("larder", [str(heavy.parent)])
    assert distribution is not None
    lent = Lent(distribution.site, distribution.files())
    there = tmp_path / "build" / "lib" / "python3" / "site-packages"
    _write(there / "larder-1.0.dist-info" / "RECORD")
    for _ in range(2):
        prefix = str(tmp_path / "build")
        Links().put(distribution, lent, str(there), "larder-1.0.dist-info", prefix, "python")
    copy = tmp_path / "build" / "lib" / "libshelf.so.3"
    assert copy.exists()
    assert not copy.samefile(library)
    assert (tmp_path / "build" / "lib" / "liblarge.so").samefile(large)
    assert not (tmp_path / "build" / "lib" / "other.txt").exists()
    assert lent.changed() == ""
    _write(tmp_path / "build" / "lib" / "liblarge.so", "\1" * 5000)
    assert lent.changed() == str(large)


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


def test_finds_out_what_was_created_where_a_symbolic_link_leads_to(heavy: Path, tmp_path: Path) -> None:
    distribution = distributions.find("larder", (str(heavy.parent),))
    assert distribution is not None
    lent = Lent(distribution.site, distribution.files())
    _, there = _put(heavy.parent, tmp_path / "build")
    assert lent.changed() == ""
    (there / "larder" / "large.so").resolve().with_name("new.py").touch()
    assert lent.changed() == str(heavy / "new.py")


def test_a_distribution_with_edited_files_is_another_one(site: Path) -> None:
    def digest() -> str:
        distribution = distributions.find("larder", [str(site)])
        assert distribution is not None
        return distribution.digest(Lent(distribution.site, distribution.files()).files)

    _write(site / "larder" / "module.py", "x" * 12)
    before = digest()
    (site / "larder" / "module.py").touch()
    assert digest() == before
    _write(site / "larder" / "module.py", "x" * 13)
    edited = digest()
    assert edited != before
    (site / "larder" / "module.py").unlink()
    assert digest() not in (before, edited)
