"""Where rules come from: version tables, the table for all, other forms of the file, paths."""

from __future__ import annotations

import pytest

from ..support.environments import Target
from ..support.wheelhouse import ingredient_wheel, source_tree, write_sdist


def test_version_tables(target: Target) -> None:
    overrides = """
[package.declares]
replace.ingredient = "ingredient==1.0"

[package."declares>=2"]
replace.ingredient = "ingredient==2.0"
"""
    older = target.override(overrides, "install", "declares==1.0").succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}
    assert older.reported[0].endswith("[build-overrides.toml: package.declares]")

    newer = target.override(overrides, "install", "declares==2.0").succeeded()
    assert target.stamp("declares") == {"ingredient": "2.0"}
    assert newer.reported[0] == (
        'declares 2.0: ingredient -> ingredient==2.0   [build-overrides.toml: package."declares>=2"]'
    )


@pytest.mark.seam("none")
def test_two_version_tables_that_both_match(target: Target) -> None:
    overrides = """
[package."declares>=1"]
replace.ingredient = "ingredient==1.0"

[package."declares<2"]
replace.ingredient = "ingredient==2.0"
"""
    target.refuses(
        overrides, "install", "declares==1.0", words=("declares>=1", "declares<2", "ingredient")
    )


@pytest.mark.seam("none")
def test_a_version_table_needs_the_version(target: Target) -> None:
    source_tree("version-from-backend", target.room)
    overrides = '[package."version-from-backend>=1"]\nreplace.ingredient = "ingredient==1.0"\n'
    target.refuses(
        overrides, "install", "./version-from-backend", words=("version-from-backend>=1", "version")
    )


@pytest.mark.seam("none")
def test_the_table_for_all(target: Target) -> None:
    source_tree("ingredient", target.room)
    overrides = """
[package."*"]
replace.sauce = "sauce==1.0"
add = ["ingredient<3"]

[package.asks]
remove = ["ingredient"]
"""
    result = target.override(overrides, "install", "needs-sauce", "asks", "./ingredient").succeeded()
    assert target.stamp("needs_sauce") == {"ingredient": "2.0", "sauce": "1.0"}
    assert target.nested_stamps("needs_sauce") == {"sauce": {"ingredient": "2.0"}}
    # The more specific table that names a requirement wins.
    assert target.stamp("asks") == {}
    # What is added everywhere is not added to itself.
    assert target.stamp("ingredient") == {}
    assert (
        'needs-sauce 1.0: sauce -> sauce==1.0   [build-overrides.toml: package."*"]' in result.reported
    )


@pytest.mark.seam("none")
def test_pyproject(target: Target) -> None:
    path = target.write(
        '[project]\nname = "somebody"\n'
        "[tool.pip-build-override.package.declares]\n"
        'replace.ingredient = "ingredient==1.0"\n',
        "pyproject.toml",
    )
    result = target.override(path, "install", "declares==1.0").succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}
    assert result.reported[0].startswith(
        "declares 1.0: ingredient -> ingredient==1.0   [pyproject.toml: "
    )

    path.write_text('[project]\nname = "somebody"\n', encoding="utf-8")
    target.refuses(path, "install", "asks", words=("pyproject.toml", "tool.pip-build-override"))


@pytest.mark.seam("none")
def test_list_of_requirements(target: Target) -> None:
    path = target.write("# for all\ningredient==1.0\n\nunheard-of==1.0\n", "overrides.txt")
    result = target.override(path, "install", "asks").succeeded()
    assert target.stamp("asks") == {"ingredient": "1.0"}
    # A line that replaced nothing is a warning at the end.
    (warning,) = result.warnings
    assert "unheard-of" in warning
    assert "overrides.txt" in warning

    options = target.write("-r other.txt\n", "options.txt")
    target.refuses(options, "install", "declares-and-asks", words=("options.txt", "-r"))


@pytest.mark.seam("none")
def test_paths(target: Target) -> None:
    # Paths are relative to the overrides file, and what they lead to is on no index.
    beside = target.room / "beside others"
    wheel = ingredient_wheel(beside / "wheels", "1.5")
    sdist = write_sdist("ingredient", beside, version="1.6")
    source_tree("ingredient", beside)
    path = beside / "build-overrides.toml"
    path.write_text(
        f"""
[package.declares]
replace.ingredient = {{ path = "wheels/{wheel.name}" }}

[package.asks]
replace.ingredient = {{ path = "{sdist.name}" }}

[package.declares-and-asks]
replace.ingredient = {{ path = "ingredient" }}
""",
        encoding="utf-8",
    )
    result = target.override(path, "install", "declares", "asks", "declares-and-asks").succeeded()
    assert target.stamp("declares") == {"ingredient": "1.5"}
    assert target.stamp("asks") == {"ingredient": "1.6"}
    assert target.stamp("declares_and_asks") == {"ingredient": "1.7"}
    assert "asks 1.0: built with ingredient 1.6, stampbackend 1.0" in result.reported


@pytest.mark.parametrize("name", ["missing.whl", "other-1.0-py3-none-any.whl"])
@pytest.mark.pips(only=["24.0"])
def test_a_path_that_leads_nowhere(target: Target, name: str) -> None:
    target.write("", "other-1.0-py3-none-any.whl")
    overrides = f'[package.declares]\nreplace.ingredient = {{ path = "{name}" }}\n'
    target.refuses(overrides, "install", "declares", words=("package.declares", name))
