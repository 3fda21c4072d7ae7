"""Which of several copies of a distribution is the one that is imported."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest

from pip_build_override import switch
from pip_build_override.in_pip.lending import distribution as distributions
from pip_build_override.in_pip.target import installed as library
from pip_build_override.in_pip.target.installed import Unclear
from pip_build_override.in_pip.target.target import installed

NAME = "larder"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def row(path: str, text: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(text)}\n"


def put(
    site: Path, version: str, files: dict[str, str], *, record: bool = True, editable: bool = False
) -> None:
    """Install a version as ``--ignore-installed`` does: over what is there."""
    info = site / f"{NAME}-{version}.dist-info"
    write(info / "METADATA", f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {version}\n")
    for path, text in files.items():
        write(site / path, text)
    rows = "".join(row(path, text) for path, text in files.items())
    write(info / "RECORD", f"{rows if record else ''}{info.name}/RECORD,,\n")
    if editable:
        direct = {"url": "file:///sources", "dir_info": {"editable": True}}
        write(info / "direct_url.json", json.dumps(direct))


def put_egg_info(site: Path, version: str) -> None:
    write(site / f"{NAME}-{version}.egg-info" / "PKG-INFO", f"Name: {NAME}\nVersion: {version}\n")


def files(version: str) -> dict[str, str]:
    return {f"{NAME}/__init__.py": "", f"{NAME}/version.py": f"VERSION = {version!r}\n"}


def which(*sites: Path) -> str:
    (found,) = installed.copies(map(str, sites)).values()
    return installed.imported(found).version


@pytest.mark.parametrize("order", [("1.0", "2.0"), ("2.0", "1.0"), ("3.0", "1.0", "2.0")])
def test_the_last_one_that_was_installed(tmp_path: Path, order: tuple[str, ...]) -> None:
    for version in order:
        put(tmp_path, version, files(version))
    assert which(tmp_path) == order[-1]
    assert installed.installed_in([str(tmp_path)]) == {NAME: order[-1]}
    names = [copy.version for _, copy in installed.distributions_in([str(tmp_path)])]
    assert names[0] == order[-1]
    assert sorted(names) == sorted(order)
    lent = distributions.find(NAME, [str(tmp_path)])
    assert lent is not None
    assert lent.version == order[-1]


def test_one_of_whose_files_a_user_has_changed_some(tmp_path: Path) -> None:
    more = {f"{NAME}/other.py": "1"}
    put(tmp_path, "1.0", {**files("1.0"), **more})
    put(tmp_path, "2.0", {**files("2.0"), f"{NAME}/other.py": "2"})
    write(tmp_path / NAME / "other.py", "3")
    assert which(tmp_path) == "2.0"


def test_files_of_both(tmp_path: Path) -> None:
    put(tmp_path, "1.0", {**files("1.0"), f"{NAME}/other.py": "1"})
    put(tmp_path, "2.0", {**files("2.0"), f"{NAME}/other.py": "2"})
    write(tmp_path / NAME / "other.py", "1")
    with pytest.raises(Unclear, match="with files of both"):
        which(tmp_path)


def test_no_file_that_tells(tmp_path: Path) -> None:
    put(tmp_path, "1.0", {f"{NAME}.py": ""})
    put(tmp_path, "2.0", {f"{NAME}/__init__.py": ""})
    with pytest.raises(Unclear) as raised:
        which(tmp_path)
    for version in ("1.0", "2.0"):
        assert str(tmp_path / f"{NAME}-{version}.dist-info") in raised.value.problem
    assert f"pip uninstall {NAME}" in raised.value.hint
    # What does not need to know takes either.
    assert len(list(installed.distributions_in([str(tmp_path)]))) == 2
    with pytest.raises(Unclear, match="installed more than once"):
        distributions.find(NAME, [str(tmp_path)])


@pytest.mark.parametrize("there", ["1.0", "2.0"])
def test_an_egg_info_beside_it(tmp_path: Path, there: str) -> None:
    put(tmp_path, "1.0", files("1.0"))
    put_egg_info(tmp_path, "2.0")
    for path, text in files(there).items():
        write(tmp_path / path, text)
    if there == "1.0":
        assert which(tmp_path) == "1.0"
    else:
        with pytest.raises(Unclear, match="one of them without a RECORD with hashes"):
            which(tmp_path)


def test_metadata_of_one_version_twice(tmp_path: Path) -> None:
    put(tmp_path, "1.0", files("1.0"))
    put_egg_info(tmp_path, "1.0")
    assert which(tmp_path) == "1.0"


@pytest.mark.parametrize("first", [True, False])
def test_an_editable_installation_beside_it(tmp_path: Path, first: bool) -> None:
    put(tmp_path, "1.0", files("1.0"))
    put(tmp_path, "2.0", {f"__editable__.{NAME}.pth": "/sources\n"}, editable=True)
    with pytest.raises(Unclear, match="editable"):
        which(tmp_path)


def test_an_editable_installation_before_it(tmp_path: Path) -> None:
    user, site = tmp_path / "user", tmp_path / "site"
    put(site, "1.0", files("1.0"))
    put(user, "2.0", {f"{NAME}.pth": "/sources\n"})
    assert which(site, user) == "1.0"
    with pytest.raises(Unclear, match="editable"):
        which(user, site)
    # Alone it is what there is.
    assert which(user) == "2.0"


def test_the_first_directory_counts(tmp_path: Path) -> None:
    user, site = tmp_path / "user", tmp_path / "site"
    put(user, "1.0", files("1.0"))
    put(site, "2.0", files("2.0"))
    assert which(user, site) == "1.0"
    assert which(site, user) == "2.0"


def test_one_directory_by_two_paths(tmp_path: Path) -> None:
    put(tmp_path / "lib", "1.0", files("1.0"))
    (tmp_path / "lib64").symlink_to("lib")
    (found,) = installed.copies([str(tmp_path / "lib64"), str(tmp_path / "lib")]).values()
    assert len(found) == 1


def test_files_that_are_gone(tmp_path: Path) -> None:
    put(tmp_path, "1.0", files("1.0"))
    (found,) = installed.copies([str(tmp_path)])[NAME]
    assert not found.has_no_files
    for path in files("1.0"):
        (tmp_path / path).unlink()
    (found,) = installed.copies([str(tmp_path)])[NAME]
    assert found.has_no_files


def test_the_digest_of_a_wheel_whatever_installed_it(tmp_path: Path) -> None:
    for site in (tmp_path / "one", tmp_path / "two"):
        put(site, "1.0", files("1.0"))
    info = tmp_path / "two" / f"{NAME}-1.0.dist-info"
    record = (info / "RECORD").read_text(encoding="utf-8")
    write(info / "RECORD", f"{info.name}/INSTALLER,sha256=x,2\n../../bin/larder,sha256=y,3\n{record}")
    put(tmp_path / "other", "1.0", {**files("1.0"), f"{NAME}/version.py": "VERSION = '1.0' \n"})
    one, two, other = (
        installed.copies([str(tmp_path / site)])[NAME][0].digest for site in ("one", "two", "other")
    )
    assert one == two != other
    assert one


def test_library_directories(tmp_path: Path) -> None:
    for name in ("std/lib-dynload", "elsewhere/lib-dynload", "site"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "std")
    (tmp_path / "zip").touch()
    names = ("std", "link", "std/lib-dynload", "elsewhere/lib-dynload", "site", "site", "zip", "none")
    path = [*(str(tmp_path / name) for name in names), switch.INJECTED]
    found = library.library_directories(path, [str(tmp_path / "link")])
    assert found == (str(tmp_path / "site"),)


@pytest.mark.parametrize(
    ("path", "below"),
    [("/a/b/c", True), ("/a/b", False), ("/a/bc", False), ("/a/b/../c", False), ("/a/d/../b/c", True)],
)
def test_is_below(path: str, below: bool) -> None:
    for directory in ("/a/b", "/a/b/", "/a/./b"):
        assert library.is_below(path, directory) is below
    assert library.is_below(path, "/")
