"""pip's cache of built wheels: one key for each set of rules, and pip's plain one for none."""

from __future__ import annotations

import zipfile

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


@pytest.mark.seam("wheel cache")
def test_a_directory_of_wheels_with_one_of_other_rules(target: Target) -> None:
    def against() -> str:
        (path,) = (target.room / "wheels").iterdir()
        with zipfile.ZipFile(path) as wheel:
            return wheel.read("declares.py").decode()

    for rules, version in ((RULES_A, "1.0"), (RULES_B, "2.0"), (RULES_A, "1.0")):
        target.override(rules, "wheel", "--wheel-dir", "wheels", "declares").succeeded()
        assert f"'ingredient': '{version}'" in against()
    # The third came from the cache.
    assert target.builds() == ["declares"] * 2


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


@pytest.mark.seam("none")
def test_a_build_dependency_that_only_a_rule_had_built(target: Target) -> None:
    def install(overrides: str | None) -> dict[str, dict[str, str]]:
        environment = target.fresh()
        if overrides is None:
            environment.run_pip("install", "needs-ready-made").succeeded()
        else:
            environment.override(
                overrides, "install", "needs-ready-made", options=("--allow-unused",)
            ).succeeded()
        return environment.nested_stamps("needs_ready_made")

    rule = "[package.ready-made]\nno-binary = true\n"
    built = {"ready-made": {"ingredient": "3.0"}}
    assert install(rule) == built
    assert _plain(target) == {}
    assert install(None) == {}
    target.builds()
    # Each has its own, whatever else the file says.
    other = '[package.other]\nreplace.a = "b"\n'
    assert [install(rules) for rules in (rule, other, other, None)] == [built, {}, {}, {}]
    # Of what a plain pip has built nothing is known.
    assert target.builds() == ["needs-ready-made"]


@pytest.mark.seam("wheel cache")
def test_without_isolation_as_in_plain_pip(target: Target) -> None:
    rule = '[package."*"]\nconstrain = ["setuptools<1000"]\n'

    def install(overrides: str | None, *options: str) -> Target:
        environment = target.fresh()
        index = target.index
        for name in ("ingredient-1.0", "stampbackend-1.0"):
            environment.put(index / f"{name}-py3-none-any.whl")
        command = ("install", *options, "declares")
        if overrides is None:
            environment.run_pip(*command).succeeded()
        else:
            result = environment.override(overrides, *command).succeeded()
            # Also where it is the cache that has it, built without them.
            assert ["isolation" in warning for warning in result.warnings] == [True] * len(options)
        return environment

    bare = "--no-build-isolation"
    for overrides in (rule, rule, None):
        assert install(overrides, bare).stamp("declares") == {"ingredient": "1.0"}
    assert target.builds() == ["declares"]
    # With isolation the rule acts, and what was built without it is none of its wheels.
    for _ in range(2):
        assert install(rule).stamp("declares") == {"ingredient": "3.0"}
    assert target.builds() == ["declares"]
    assert install(rule, bare).stamp("declares") == {"ingredient": "1.0"}
    assert target.builds() == []


@pytest.mark.seam("none")
def test_what_was_built_without_isolation_proves_nothing_of_its_build_requirements(
    target: Target,
) -> None:
    index = target.index
    for name in ("ingredient-3.0", "stampbackend-1.0"):
        target.put(index / f"{name}-py3-none-any.whl")
    other = '[package.other]\nreplace.a = "b"\n'
    command = ("install", "--no-build-isolation", "needs-sauce")
    target.override(other, *command, options=("--allow-unused",)).succeeded()
    rule = '[package.sauce]\nreplace.ingredient = "ingredient==1.0"\n'
    isolated = target.fresh()
    isolated.override(rule, "install", "needs-sauce").succeeded()
    assert isolated.nested_stamps("needs_sauce") == {"sauce": {"ingredient": "1.0"}}


@pytest.mark.seam("none")
def test_a_manifest_that_is_somebody_elses(target: Target) -> None:
    target.override(RULES_A, "install", "declares").succeeded()
    (manifest,) = target.cache.rglob("build-override.json")
    for text in ("[]", '{"format": 99}'):
        assert target.builds() == ["declares"]
        manifest.write_text(text, encoding="utf-8")
        environment = target.fresh()
        environment.override(RULES_A, "install", "declares").succeeded()
        assert environment.stamp("declares") == {"ingredient": "1.0"}
    assert target.builds() == ["declares"]


def _plain(target: Target) -> dict[str, bytes]:
    # What lies in pip's own directories for wheels, each named by four parts of a digest. What was
    # built under rules lies deeper.
    return {path: content for path, content in target.stored_wheels().items() if path.count("/") == 4}
