"""A cached wheel is one of the files that it was built from and with, whatever they are called."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ..support.environments import Target
from ..support.serving import index_with_metadata
from ..support.wheelhouse import ingredient_wheel, write_sdist

pytestmark = pytest.mark.seam("wheel cache")


def sdist(name: str, directory: Path, version: str) -> Path:
    """Write a release into a file that always has the name of 1.0, and always the same time."""
    directory.mkdir(exist_ok=True)
    file = write_sdist(name, directory, version=version, file_name=f"{name}-1.0")
    os.utime(file, (0, 0))
    return file


@pytest.mark.seam("none")
def test_an_sdist_by_its_path(target: Target) -> None:
    overrides = """
[package.declares]
replace.ingredient = { path = "files/ingredient-1.0.tar.gz" }
"""
    for version in ("1.5", "1.6", "1.5"):
        sdist("ingredient", target.room / "files", version)
        environment = target.fresh()
        environment.override(overrides, "install", "declares").succeeded()
        assert environment.stamp("declares") == {"ingredient": version}


@pytest.mark.seam("none")
def test_what_a_line_with_a_url_leads_to(target: Target) -> None:
    files = target.room / "files"
    overrides = f"""
[package.undeclared]
add = [
  "sauce @ {(files / "sauce-1.0.tar.gz").as_uri()}",
  "ingredient @ {(files / "ingredient-1.0-py3-none-any.whl").as_uri()}",
]
"""

    def install(version: str, note: str) -> dict[str, str]:
        sdist("sauce", files, version)
        ingredient_wheel(files, "1.0", note=note)
        environment = target.fresh()
        environment.override(overrides, "install", "undeclared").succeeded()
        notes = environment.constant("undeclared", "NOTES")["ingredient"]
        return {"sauce": environment.stamp("undeclared")["sauce"], "note": notes}

    assert install("1.0", "one") == {"sauce": "1.0", "note": "one"}
    assert install("1.1", "one") == {"sauce": "1.1", "note": "one"}
    assert install("1.1", "two") == {"sauce": "1.1", "note": "two"}
    target.builds()
    assert install("1.1", "two") == {"sauce": "1.1", "note": "two"}
    assert target.builds() == []


@pytest.mark.seam("none")
def test_an_sdist_of_find_links(target: Target) -> None:
    # No rule is about it, and none names it: it is only what something is built with.
    overrides = '[package.needs-sauce]\nreplace.ingredient = "ingredient==1.0"\n'
    links = target.room / "links"
    links.mkdir()
    for file in target.index.iterdir():
        if not file.name.startswith("sauce-"):
            (links / file.name).symlink_to(file)
    settings = {"PIP_FIND_LINKS": str(links)}

    def install() -> None:
        environment = target.fresh()
        environment.override(overrides, "install", "needs-sauce", settings=settings).succeeded()

    file = write_sdist("sauce", links)
    install()
    assert target.builds() == ["sauce", "needs-sauce"]
    install()
    assert target.builds() == []
    # Another file of that release: an archive may have anything behind its end.
    file.write_bytes(file.read_bytes() + bytes(512))
    install()
    assert target.builds() == ["sauce", "needs-sauce"]


@pytest.mark.seam("none")
def test_what_a_server_gives_out_under_a_url_without_a_hash(target: Target) -> None:
    served = target.room / "served"
    file = sdist("sauce", target.room / "files", "1.0")
    with index_with_metadata(file.parent, served) as settings:
        url = f"{settings['PIP_INDEX_URL']}sauce/{file.name}"
        overrides = f'[package.undeclared]\nadd = ["sauce @ {url}", "ingredient"]\n'
        for version in ("1.0", "1.1"):
            sdist("sauce", served / "sauce", version)
            environment = target.fresh()
            environment.override(overrides, "install", "undeclared").succeeded()
            assert environment.stamp("undeclared")["sauce"] == version


def test_the_users_own_file(target: Target) -> None:
    overrides = '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'
    for version in ("2.0", "3.0"):
        file = sdist("declares", target.room / "files", version)
        environment = target.fresh()
        environment.override(overrides, "install", f"declares @ {file.as_uri()}").succeeded()
        assert environment.versions() == {"declares": version}
        assert environment.stamp("declares") == {"ingredient": "1.0"}
    assert target.builds() == ["declares", "declares"]
