"""pip's cache of built wheels: one key for each set of rules, and pip's plain one for none."""

from __future__ import annotations

import pytest

from ..support.environments import Target
from ..support.wheelhouse import ingredient_wheel, source_tree

RULES_A = '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'
RULES_B = '[package.declares]\nreplace.ingredient = "ingredient==2.0"\n'


@pytest.mark.core
def test_rules_a_rules_b_none_and_rules_a_again(target: Target) -> None:
    def install(overrides: str | None) -> Target:
        environment = target.fresh()
        if overrides is None:
            environment.run_pip("install", "declares").succeeded()
        else:
            environment.override(overrides, "install", "declares").succeeded()
        return environment

    assert install(RULES_A).stamp("declares") == {"ingredient": "1.0"}
    assert install(RULES_B).stamp("declares") == {"ingredient": "2.0"}
    assert install(None).stamp("declares") == {"ingredient": "3.0"}
    assert target.builds() == ["declares"] * 3

    assert install(RULES_A).stamp("declares") == {"ingredient": "1.0"}
    assert target.builds() == []


def test_equal_rules_in_another_file(target: Target) -> None:
    target.override(RULES_A, "install", "declares").succeeded()
    assert target.builds() == ["declares"]
    other = target.write(
        "[tool.pip-build-override.package.Declares]\n"
        'replace.Ingredient = "ingredient == 1.0 ; python_version >= \'3\'"\n',
        "pyproject.toml",
    )
    again = target.fresh()
    again.override(other, "install", "declares").succeeded()
    assert again.stamp("declares") == {"ingredient": "1.0"}
    assert target.builds() == []


def test_plain_entries_stay_as_they_were(target: Target) -> None:
    plain = target.fresh()
    plain.run_pip("install", "needs-sauce", "declares").succeeded()
    stored = target.stored_wheels()
    assert sorted(target.builds()) == ["declares", "needs-sauce", "sauce"]

    # The table is that of a build dependency: nothing in the file names the package itself.
    overrides = RULES_A + '[package.sauce]\nreplace.ingredient = "ingredient==1.0"\n'
    overridden = target.fresh()
    overridden.override(overrides, "install", "needs-sauce", "declares").succeeded()
    assert overridden.stamp("declares") == {"ingredient": "1.0"}
    assert overridden.nested_stamps("needs_sauce") == {"sauce": {"ingredient": "1.0"}}
    assert sorted(target.builds()) == ["declares", "needs-sauce", "sauce"]
    assert _plain(target.stored_wheels(), stored) == stored

    again = target.fresh()
    again.run_pip("install", "needs-sauce", "declares").succeeded()
    assert again.stamp("declares") == {"ingredient": "3.0"}
    assert again.nested_stamps("needs_sauce") == {"sauce": {"ingredient": "3.0"}}
    assert target.builds() == []


def test_what_an_override_helped_to_build_is_not_stored_under_the_plain_key(target: Target) -> None:
    overrides = '[package.sauce]\nreplace.ingredient = "ingredient==1.0"\n'
    overridden = target.fresh()
    overridden.override(overrides, "install", "needs-sauce").succeeded()
    assert overridden.nested_stamps("needs_sauce") == {"sauce": {"ingredient": "1.0"}}
    assert sorted(target.builds()) == ["needs-sauce", "sauce"]

    plain = target.fresh()
    plain.run_pip("install", "needs-sauce").succeeded()
    assert plain.nested_stamps("needs_sauce") == {"sauce": {"ingredient": "3.0"}}
    assert sorted(target.builds()) == ["needs-sauce", "sauce"]


def test_a_path_counts_by_its_content(target: Target) -> None:
    wheel = ingredient_wheel(target.room / "wheels", "1.5")
    overrides = f'[package.undeclared]\nadd = [{{ name = "ingredient", path = "wheels/{wheel.name}" }}]\n'
    target.override(overrides, "install", "undeclared").succeeded()
    target.fresh().override(overrides, "install", "undeclared").succeeded()
    assert target.builds() == ["undeclared"]

    ingredient_wheel(target.room / "wheels", "1.5", note="another build of the same release")
    target.fresh().override(overrides, "install", "undeclared").succeeded()
    assert target.builds() == ["undeclared"]


def test_a_directory_is_never_cached(target: Target) -> None:
    source_tree("ingredient", target.room)
    overrides = '[package.declares]\nreplace.ingredient = { path = "ingredient" }\n'
    for environment in (target, target.fresh()):
        environment.override(overrides, "install", "declares").succeeded()
        assert environment.stamp("declares") == {"ingredient": "1.7"}
        assert "declares" in target.builds()
    assert not [path for path in target.stored_wheels() if "declares" in path]


def _plain(now: dict[str, bytes], before: dict[str, bytes]) -> dict[str, bytes]:
    """Everything directly in a directory that pip itself made, so that a new file there shows."""
    directories = {path.rpartition("/")[0] for path in before}
    return {path: content for path, content in now.items() if path.rpartition("/")[0] in directories}
