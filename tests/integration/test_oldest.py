"""``from = "oldest"``: built with the lowest release that fits and has a wheel here."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from ..support.environments import Target
from ..support.wheelhouse import ingredient_wheel, write_sdist

OLDEST = '[package.{}]\nreplace.ingredient = {{ from = "oldest"{} }}\n'


def oldest(name: str, more: str = "") -> str:
    """Rules that have a package built with the oldest ingredient."""
    return OLDEST.format(name, more)


@pytest.mark.quick_on("26.3")
def test_the_lowest_release(target: Target) -> None:
    result = target.override(oldest("declares"), "install", "declares==1.0").succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}
    assert any(
        line.startswith("declares 1.0: ingredient -> ingredient==1.0 (oldest)   [")
        for line in result.reported
    )
    assert target.preparations() == ["declares"]

    # From the cache, since it is still the oldest one.
    again = target.fresh()
    again.override(oldest("declares"), "install", "declares==1.0").succeeded()
    assert again.stamp("declares") == {"ingredient": "1.0"}
    assert target.builds() == []


@pytest.mark.seam("none")
def test_any_package_under_what_the_hook_declares(target: Target) -> None:
    overrides = '[package.asks-for-newer]\nreplace.spice = { from = "oldest" }\n'
    target.override(overrides, "install", "asks-for-newer").succeeded()
    assert target.stamp("asks_for_newer")["spice"] == "2.0"

    overrides = '[package.undeclared]\nadd = [{ name = "spice", from = "oldest" }]\n'
    target.override(overrides, "install", "undeclared").succeeded()
    assert target.stamp("undeclared")["spice"] == "1.0"


@pytest.mark.seam("none")
def test_declared_and_asked_for_in_another_range(target: Target) -> None:
    result = target.override(oldest("asks-more-of-it"), "install", "asks-more-of-it").succeeded()
    assert target.stamp("asks_more_of_it") == {"ingredient": "2.0"}
    (change,) = [line for line in result.reported if "->" in line]
    assert "ingredient -> ingredient==2.0 (oldest)" in change


@pytest.mark.seam("none")
def test_the_specifier_of_the_table_counts_as_well(target: Target) -> None:
    overrides = oldest("declares", ', specifier = ">1"')
    target.override(overrides, "install", "declares==1.0").succeeded()
    assert target.stamp("declares") == {"ingredient": "2.0"}


def test_the_users_own_only_binary_and_no_binary_count(target: Target) -> None:
    write_sdist("ingredient", target.room)
    settings = _find_links(target, target.room.as_uri())
    target.refuses(
        oldest("declares", ', specifier = ">1,<2"'),
        "install",
        "declares==1.0",
        words=("1.7 has no wheel for this interpreter",),
        settings=settings,
    )
    target.override(
        oldest("declares", ', specifier = ">1,<2", allow-sdist = true'),
        "install",
        "declares==1.0",
        settings=settings,
    ).succeeded()
    assert target.stamp("declares") == {"ingredient": "1.7"}

    target.fresh().refuses(
        oldest("declares"),
        "install",
        "--no-binary",
        "ingredient",
        "declares==1.0",
        words=("1.7 has no wheel for this interpreter",),
        settings=settings,
    )


def test_what_is_passed_over(target: Target) -> None:
    more = target.room / "more"
    yanked = ingredient_wheel(more, "0.5")
    ingredient_wheel(more, "0.6rc1")
    write_sdist("ingredient", more)
    foreign = ingredient_wheel(target.room / "foreign", "0.8")
    foreign.rename(more / "ingredient-0.8-cp27-cp27m-win32.whl")
    page = _page(more, yanked)
    settings = _find_links(target, page.as_uri())
    target.override(oldest("declares"), "install", "declares==1.0", settings=settings).succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}

    result = target.fresh().refuses(
        oldest("declares", ', specifier = "<2,!=1.0"'),
        "install",
        "declares==1.0",
        words=(
            "no release of ingredient satisfies ingredient!=1.0,<2",
            "0.5 is yanked",
            "0.6rc1 is a pre-release",
            "1.7 has no wheel for this interpreter and platform",
        ),
        settings=settings,
    )
    assert "allow-sdist = true" in result.error


@pytest.mark.seam("none")
def test_none_at_all(target: Target) -> None:
    overrides = '[package.undeclared]\nadd = [{ name = "nowhere", from = "oldest" }]\n'
    target.refuses(overrides, "install", "undeclared", words=("pip finds no release at all",))
    target.refuses(
        oldest("declares", ', specifier = ">4"'),
        "install",
        "declares==1.0",
        words=("pip finds only 1.0, 2.0, 3.0",),
    )


def test_a_nested_build(target: Target) -> None:
    target.override(oldest("sauce"), "install", "needs-sauce").succeeded()
    assert target.nested_stamps("needs_sauce") == {"sauce": {"ingredient": "1.0"}}
    assert target.stamp("needs_sauce") == {"ingredient": "3.0", "sauce": "1.0"}
    target.builds()
    again = target.fresh()
    again.override(oldest("sauce"), "install", "needs-sauce").succeeded()
    assert target.builds() == []


def _find_links(target: Target, more: str) -> dict[str, str]:
    return {"PIP_FIND_LINKS": f"{target.index.as_uri()} {more}"}


def _page(directory: Path, yanked: Path) -> Path:
    """Write a page of links (PEP 503) on which one file is yanked (PEP 592)."""
    links = []
    for path in sorted(directory.iterdir()):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        attribute = ' data-yanked="broken"' if path == yanked else ""
        links.append(f'<a href="{path.as_uri()}#sha256={digest}"{attribute}>{path.name}</a><br>')
    page = directory / "index.html"
    page.write_text(
        "<!DOCTYPE html><html><body>" + "\n".join(links) + "</body></html>", encoding="utf-8"
    )
    return page
