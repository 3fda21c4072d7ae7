"""``from = "target"``, where a target contains something else than metadata or pip's resolver say."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from ..support.environments import Target
from ..support.wheelhouse import ingredient_wheel

MATCH = '[package.declares]\nreplace.ingredient = { from = "target" }\n'
BORROW = '[package.declares]\nreplace.ingredient = { from = "target", borrow = true }\n'


def _stamp_in(place: Path) -> str:
    """Return the line of the one built module in a place that says what it was built with."""
    (module,) = place.rglob("declares.py")
    lines = module.read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith("STAMP = "))


def _forget(place: Path) -> None:
    """Take away what was built, so that pip installs it again."""
    for path in [*place.rglob("declares.py"), *place.rglob("declares-1.0.dist-info")]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.mark.seam("none")
@pytest.mark.parametrize("order", [("1.0", "2.0"), ("2.0", "1.0")])
@pytest.mark.parametrize("overrides", [MATCH, BORROW], ids=["match", "borrow"])
def test_two_dist_infos_of_one_name(target: Target, order: tuple[str, ...], overrides: str) -> None:
    for version in order:
        target.run_pip("install", "--ignore-installed", f"ingredient=={version}").succeeded()
    assert len(list(target.site_packages.glob("ingredient-*.dist-info"))) == 2
    target.override(overrides, "install", "declares==1.0").succeeded()
    assert target.stamp("declares") == {"ingredient": order[-1]}


@pytest.mark.seam("none")
def test_two_dist_infos_and_nothing_tells_which(target: Target) -> None:
    target.put(*(ingredient_wheel(target.room / "own", version) for version in ("1.0", "2.0")))
    (target.site_packages / "ingredient-2.0.dist-info" / "RECORD").unlink()
    names = ("ingredient-1.0.dist-info", "ingredient-2.0.dist-info")
    for overrides in (MATCH, BORROW):
        result = target.refuses(overrides, "install", "declares==1.0", words=names)
        assert "ingredient is installed more than once" in result.error
    # Without a question nothing stops.
    target.override('[package.declares]\nadd = ["mint"]\n', "install", "declares==1.0").succeeded()


def test_a_target_directory(target: Target) -> None:
    place = target.room / "there"
    target.run_pip("install", "--target", place, "ingredient==1.0").succeeded()
    # pip resolves 3.0, and leaves what is there.
    arguments = ("install", "--target", place, "declares==1.0", "ingredient")
    target.override(MATCH, *arguments).succeeded()
    assert "'ingredient': '1.0'" in _stamp_in(place)
    assert "1.0" in (place / "ingredient.py").read_text(encoding="utf-8")

    # There are two dist-info directories now.
    _forget(place)
    target.override(MATCH, "install", "--no-deps", "--target", place, "declares==1.0").succeeded()
    assert "'ingredient': '1.0'" in _stamp_in(place)

    target.override(MATCH, *arguments, "--upgrade").succeeded()
    assert "'ingredient': '3.0'" in _stamp_in(place)
    assert "3.0" in (place / "ingredient.py").read_text(encoding="utf-8")


def test_a_target_directory_and_a_mismatch(target: Target) -> None:
    place = target.room / "there"
    target.run_pip("install", "--target", place, "ingredient==1.0").succeeded()
    target.refuses(
        '[settings]\nrecord = "all"\nmismatch = "error"\n',
        *("install", "--target", place, "built-and-run-on"),
        words=("built against ingredient 3.0", "ingredient 1.0"),
    )


@pytest.mark.seam("none")
def test_a_target_directory_with_files_of_no_known_version(target: Target) -> None:
    place = target.room / "there"
    place.mkdir()
    (place / "ingredient.py").write_text("VERSION = '0.5'\n", encoding="utf-8")
    target.refuses(
        MATCH,
        *("install", "--target", place, "declares==1.0", "ingredient"),
        words=("ingredient 3.0", "already exists without metadata", "--upgrade"),
    )


@pytest.mark.parametrize(
    ("option", "order"), [("--prefix", ("1.0", "2.0")), ("--root", ("2.0", "1.0"))]
)
def test_another_prefix_with_two_dist_infos(
    target: Target, option: str, order: tuple[str, ...]
) -> None:
    place = target.room / "there"
    for version in order:
        target.run_pip(
            "install", "--ignore-installed", option, place, f"ingredient=={version}"
        ).succeeded()
    target.override(MATCH, "install", option, place, "declares==1.0").succeeded()
    assert f"'ingredient': '{order[-1]}'" in _stamp_in(place)


def test_what_comes_before_it_on_the_path(target: Target) -> None:
    elsewhere = target.room / "elsewhere"
    target.run_pip("install", "--target", elsewhere, "ingredient==2.0").succeeded()
    settings = {"PYTHONPATH": str(elsewhere)}
    # pip takes nothing away outside of its environment, so that 2.0 is imported all the same.
    target.refuses(
        MATCH,
        *("install", "--ignore-installed", "declares==1.0", "ingredient==1.0"),
        words=("ingredient 1.0", "ingredient 2.0", str(elsewhere), "comes before it on sys.path"),
        settings=settings,
    )
    target.override(MATCH, "install", "declares==1.0", settings=settings).succeeded()
    assert target.stamp("declares") == {"ingredient": "2.0"}
    assert os.path.isfile(elsewhere / "ingredient.py")
