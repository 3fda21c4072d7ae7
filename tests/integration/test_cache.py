"""pip's cache of built wheels: one key for each set of rules, and pip's plain one for none."""

from __future__ import annotations

import pytest

from ..support.environments import Target
from ..support.wheelhouse import ingredient_wheel, source_tree, write_sdist

RULES_A = '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'
RULES_B = '[package.declares]\nreplace.ingredient = "ingredient==2.0"\n'


@pytest.mark.quick_on("26.3")
@pytest.mark.seam("wheel cache")
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

    before = target.stored_wheels()
    assert install(RULES_A).stamp("declares") == {"ingredient": "1.0"}
    assert target.builds() == []
    assert target.stored_wheels() == before


def test_only_a_build_dependency_is_overridden(target: Target) -> None:
    # Nothing in the file names the package itself, so nothing tells its wheels apart but what they
    # were built with.
    def install(version: str | None) -> Target:
        environment = target.fresh()
        if version is None:
            environment.run_pip("install", "needs-sauce").succeeded()
        else:
            overrides = f'[package.sauce]\nreplace.ingredient = "ingredient=={version}"\n'
            environment.override(overrides, "install", "needs-sauce").succeeded()
        return environment

    assert install("1.0").nested_stamps("needs_sauce") == {"sauce": {"ingredient": "1.0"}}
    target.builds()
    # It was not stored under the plain key…
    assert install(None).nested_stamps("needs_sauce") == {"sauce": {"ingredient": "3.0"}}
    assert sorted(target.builds()) == ["needs-sauce", "sauce"]
    # …and what now is there is not used, and left as it is.
    before = _plain(target)
    assert install("2.0").nested_stamps("needs_sauce") == {"sauce": {"ingredient": "2.0"}}
    assert sorted(target.builds()) == ["needs-sauce", "sauce"]
    assert _plain(target) == before
    assert install(None).nested_stamps("needs_sauce") == {"sauce": {"ingredient": "3.0"}}
    assert target.builds() == []


def test_a_target_without_a_name_is_not_stored_under_the_plain_key(target: Target) -> None:
    sdist = write_sdist("declares", target.room)
    overridden = target.fresh()
    overridden.override(RULES_A, "install", f"./{sdist.name}").succeeded()
    assert overridden.stamp("declares") == {"ingredient": "1.0"}

    plain = target.fresh()
    plain.run_pip("install", f"declares @ {sdist.as_uri()}").succeeded()
    assert plain.stamp("declares") == {"ingredient": "3.0"}


@pytest.mark.seam("none")
def test_a_path_counts_by_its_content(target: Target) -> None:
    wheel = ingredient_wheel(target.room / "wheels", "1.5")
    overrides = (
        f'[package.undeclared]\nadd = [{{ name = "ingredient", path = "wheels/{wheel.name}" }}]\n'
    )
    target.override(overrides, "install", "undeclared").succeeded()
    target.fresh().override(overrides, "install", "undeclared").succeeded()
    assert target.builds() == ["undeclared"]

    ingredient_wheel(target.room / "wheels", "1.5", note="another build of the same release")
    target.fresh().override(overrides, "install", "undeclared").succeeded()
    assert target.builds() == ["undeclared"]


@pytest.mark.seam("none")
def test_a_directory_is_never_cached(target: Target) -> None:
    source_tree("ingredient", target.room)
    overrides = '[package.declares]\nreplace.ingredient = { path = "ingredient" }\n'
    for environment in (target, target.fresh()):
        environment.override(overrides, "install", "declares").succeeded()
        assert environment.stamp("declares") == {"ingredient": "1.7"}
        assert "declares" in target.builds()
    assert not [path for path in target.stored_wheels() if "declares" in path]


def _plain(target: Target) -> dict[str, bytes]:
    # What lies in pip's own directories for wheels, each named by four parts of a digest. What was
    # built under rules lies deeper.
    return {path: content for path, content in target.stored_wheels().items() if path.count("/") == 4}
