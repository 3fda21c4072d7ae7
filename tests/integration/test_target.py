"""``from = "target"``: built with the version that the target will have when the run ends."""

from __future__ import annotations

import json
import zipfile

import pytest

from ..support.environments import Target, tool
from ..support.hints import ONE_PIP, follows
from ..support.wheelhouse import ingredient_wheel, source_tree, write_sdist


def match(*names: str) -> str:
    """Rules that have packages built with the target's ingredient."""
    return "".join(f'[package.{name}]\nreplace.ingredient = {{ from = "target" }}\n' for name in names)


def _told(name: str, version: str) -> str:
    line = f"{name} 1.0: ingredient -> ingredient=={version} (target)"
    return f"{line}   [build-overrides.toml: package.{name}]"


def _present(target: Target, version: str) -> None:
    target.put(ingredient_wheel(target.room / "present", version))


def test_named_in_the_same_requirements_file(target: Target) -> None:
    target.write("ingredient==1.0\ndeclares==1.0\n", "requirements.txt")
    target.override(match("declares"), "install", "-r", "requirements.txt").succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}
    assert target.versions()["ingredient"] == "1.0"
    assert target.preparations() == ["declares"]


@pytest.mark.seam("none")
def test_pinned_for_another_interpreter_as_well(target: Target) -> None:
    lines = 'ingredient==9.0; python_version < "3"\ningredient==1.0; python_version >= "3"\n'
    target.write(lines, "requirements.txt")
    target.override(match("declares"), "install", "-r", "requirements.txt", "declares==1.0").succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}
    assert target.preparations() == ["declares"]


@pytest.mark.parametrize(
    ("arguments", "version"),
    [
        (("ingredient==2.0",), "2.0"),
        (("--upgrade", "ingredient"), "3.0"),
        (("--upgrade", "--upgrade-strategy", "eager", "runs-on-ingredient"), "3.0"),
    ],
)
def test_upgraded_by_this_run(target: Target, arguments: tuple[str, ...], version: str) -> None:
    _present(target, "1.0")
    target.override(match("declares"), "install", *arguments, "declares==1.0").succeeded()
    assert target.stamp("declares") == {"ingredient": version}
    assert target.versions()["ingredient"] == version
    assert target.preparations().count("declares") == 1


def test_comes_only_as_the_dependency_of_another(target: Target) -> None:
    target.override(match("declares"), "install", "declares==1.0", "runs-on-ingredient").succeeded()
    assert (
        target.stamp("declares")
        == {"ingredient": "3.0"}
        == {"ingredient": target.versions()["ingredient"]}
    )
    assert target.preparations().count("declares") == 1


@pytest.mark.seam("none")
def test_held_by_a_constraints_file(target: Target) -> None:
    target.write("ingredient<3\n", "constraints.txt")
    target.override(
        match("declares"), "install", "-c", "constraints.txt", "declares==1.0", "runs-on-ingredient"
    ).succeeded()
    assert target.stamp("declares") == {"ingredient": "2.0"}
    assert target.versions()["ingredient"] == "2.0"
    assert target.preparations().count("declares") == 1


@pytest.mark.quick_on("26.3")
def test_a_wrong_guess_is_prepared_again_from_a_pristine_copy(target: Target) -> None:
    result = target.override(
        match("remembers"), "install", "remembers==1.0", "runs-on-older"
    ).succeeded()
    assert target.stamp("remembers") == {"ingredient": "1.0"}
    kept = json.loads(target.constant("remembers", "KEPT"))
    assert kept["ingredient"] == "1.0"
    assert [line for line in result.reported if "->" in line] == [
        _told("remembers", "1.0"),
    ]
    calls = target.calls()
    assert calls.count(("prepare_metadata_for_build_wheel", "remembers")) == 2
    assert calls.count(("get_requires_for_build_wheel", "remembers")) == 2
    assert calls.count(("build_wheel", "remembers")) == 1


def test_metadata_that_pin_what_they_were_built_with(target: Target) -> None:
    _present(target, "2.0")
    target.override(match("pins-what-it-got"), "install", "pins-what-it-got").succeeded()
    assert target.stamp("pins_what_it_got") == {"ingredient": "2.0"}
    assert target.versions()["ingredient"] == "2.0"

    fresh = target.fresh()
    fresh.override(
        match("pins-what-it-got"), "install", "pins-what-it-got", "ingredient==1.0"
    ).succeeded()
    assert fresh.stamp("pins_what_it_got") == {"ingredient": "1.0"}
    assert fresh.versions()["ingredient"] == "1.0"


def test_a_local_directory(target: Target) -> None:
    tree = source_tree("declares", target.room)
    _present(target, "1.0")
    target.override(match("declares"), "install", tree).succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}


@pytest.mark.pips(at_least="21.3")
def test_a_wrong_guess_for_a_local_directory_is_refused(target: Target) -> None:
    tree = source_tree("remembers", target.room)
    result = target.refuses(
        match("remembers"),
        "install",
        tree,
        "runs-on-older",
        words=("ingredient==3.0", "ingredient==1.0", "in place"),
    )
    # The hint works only without what was written with the wrong one.
    said = follows(
        "{}add {}==VERSION to this command or to a constraints file, or install {} first, so that its"
        " version is known from the start",
        result.error,
    )
    assert said.startswith(f"remove kept.json from {tree}, and add ingredient==VERSION to this command")
    if target.pip.id == ONE_PIP:
        (tree / "kept.json").unlink()
        words = ("install", tree, "runs-on-older", "ingredient==1.0")
        target.override(match("remembers"), *words).succeeded()
        assert target.stamp("remembers") == {"ingredient": "1.0"}


def test_the_set_that_pip_wheel_and_pip_download_collect(target: Target) -> None:
    _present(target, "3.0")
    target.override(
        match("declares"), "wheel", "-w", "wheels", "declares==1.0", "ingredient==1.0"
    ).succeeded()
    assert target.wheel_in("wheels", "declares") == {"ingredient": "1.0"}

    # Without dependencies nothing else is collected, so what is installed counts.
    target.override(match("declares"), "wheel", "--no-deps", "-w", "alone", "declares==1.0").succeeded()
    assert target.wheel_in("alone", "declares") == {"ingredient": "3.0"}

    result = target.override(
        match("declares"), "download", "-d", "sdists", "declares==1.0", "ingredient==2.0"
    ).succeeded()
    assert any("ingredient -> ingredient==2.0 (target)" in line for line in result.reported)


@pytest.mark.parametrize("option", ["--target", "--prefix", "--root"])
def test_installed_elsewhere(target: Target, option: str) -> None:
    # What this run installs counts, and then what is there already.
    place = target.room / "elsewhere"
    target.override(
        match("declares"),
        "install",
        option,
        place,
        "--ignore-installed",
        "declares==1.0",
        "ingredient==1.0",
    ).succeeded()
    (module,) = place.rglob("declares.py")
    assert "'ingredient': '1.0'" in module.read_text(encoding="utf-8")

    target.override(
        match("declares"),
        "install",
        option,
        place,
        "--ignore-installed",
        "--upgrade",
        "--no-deps",
        "--no-cache-dir",
        "declares==1.0",
    ).succeeded()
    assert "'ingredient': '1.0'" in module.read_text(encoding="utf-8")


def test_ignored_where_it_is_installed(target: Target) -> None:
    _present(target, "1.0")
    target.override(
        match("declares"), "install", "--ignore-installed", "declares==1.0", "ingredient"
    ).succeeded()
    assert target.stamp("declares") == {"ingredient": "3.0"}


@pytest.mark.pips(at_least="22.3")
def test_the_environment_of_another_python(target: Target) -> None:
    other = target.fresh()
    _present(other, "1.0")
    _present(target, "2.0")
    target.override(match("declares"), "--python", other.python, "install", "declares==1.0").succeeded()
    assert other.stamp("declares") == {"ingredient": "1.0"}


@pytest.mark.pips(only=("21.2.4", "23.0.1"))
def test_beside_metadata_in_another_encoding(target: Target) -> None:
    _present(target, "1.0")
    info = target.site_packages / "old_thing-1.0.dist-info"
    info.mkdir()
    text = "Metadata-Version: 2.1\nName: old-thing\nVersion: 1.0\nAuthor: J\xf6rg\n"
    (info / "METADATA").write_bytes(text.encode("latin-1"))
    target.override(match("declares"), "install", "declares==1.0").succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}
    target.execute(*tool(), "verify", "--python", target.python).succeeded()


def test_a_nested_build_follows_the_build_environment(target: Target) -> None:
    _present(target, "3.0")
    overrides = match("sauce") + '[package.needs-sauce]\nreplace.ingredient = "ingredient==2.0"\n'
    target.override(overrides, "install", "needs-sauce").succeeded()
    assert target.stamp("needs_sauce") == {"ingredient": "2.0", "sauce": "1.0"}
    assert target.nested_stamps("needs_sauce") == {"sauce": {"ingredient": "2.0"}}


@pytest.mark.seam("none")
def test_neither_there_nor_coming(target: Target) -> None:
    target.refuses(
        match("declares"),
        "install",
        "declares==1.0",
        words=(
            "ingredient is not in the target environment, and nothing in this command requires it",
            'else = "declared"',
        ),
    )


@pytest.mark.seam("none")
@pytest.mark.parametrize(
    ("otherwise", "version"), [("declared", "3.0"), ("oldest", "1.0"), ("ingredient==2.0", "2.0")]
)
def test_what_to_use_else(target: Target, otherwise: str, version: str) -> None:
    overrides = (
        f'[package.declares]\nreplace.ingredient = {{ from = "target", else = "{otherwise}" }}\n'
    )
    target.override(overrides, "install", "declares==1.0").succeeded()
    assert target.stamp("declares") == {"ingredient": version}
    assert target.preparations() == ["declares"]

    # Where the run does bring it, that counts.
    fresh = target.fresh()
    fresh.override(overrides, "install", "declares==1.0", "runs-on-ingredient").succeeded()
    assert fresh.stamp("declares") == {"ingredient": "3.0"}


@pytest.mark.seam("none")
def test_outside_of_a_specifier(target: Target) -> None:
    _present(target, "1.0")
    overrides = '[package.declares]\nreplace.ingredient = { from = "target", specifier = ">=2" }\n'
    target.refuses(overrides, "install", "declares==1.0", words=('specifier = ">=2"', "ingredient 1.0"))


@pytest.mark.seam("none")
def test_outside_of_what_is_declared(target: Target) -> None:
    _present(target, "1.0")
    result = target.override(match("pins"), "install", "pins").succeeded()
    assert target.stamp("pins") == {"ingredient": "1.0"}
    said = (
        "pins 1.0: ingredient 1.0 is used, although it does not satisfy the declared requirement"
        " (ingredient==3.0)   ["
    )
    assert any(line.startswith(said) for line in result.reported)


def test_a_version_without_a_wheel(target: Target) -> None:
    _present(target, "1.7")
    write_sdist("ingredient", target.room)
    settings = {"PIP_FIND_LINKS": f"{target.index.as_uri()} {target.room.as_uri()}"}
    target.refuses(
        match("declares"),
        "install",
        "declares==1.0",
        words=(
            "ingredient 1.7",
            "must be built from source, because pip finds no wheel",
            "borrow = true",
            "allow-sdist",
        ),
        settings=settings,
    )
    overrides = '[package.declares]\nreplace.ingredient = { from = "target", allow-sdist = true }\n'
    target.override(overrides, "install", "declares==1.0", settings=settings).succeeded()
    assert target.stamp("declares") == {"ingredient": "1.7"}


@pytest.mark.seam("none")
def test_a_local_version_is_matched_exactly(target: Target) -> None:
    more = target.room / "more"
    ingredient_wheel(more, "1.0+site1")
    settings = {"PIP_FIND_LINKS": f"{target.index.as_uri()} {more.as_uri()}"}
    _present(target, "1.0")
    target.override(match("declares"), "install", "declares==1.0", settings=settings).succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}

    fresh = target.fresh()
    fresh.put(more / "ingredient-1.0+site1-py3-none-any.whl")
    fresh.override(match("declares"), "install", "declares==1.0", settings=settings).succeeded()
    assert fresh.stamp("declares") == {"ingredient": "1.0+site1"}

    without = target.fresh()
    without.put(more / "ingredient-1.0+site1-py3-none-any.whl")
    without.refuses(match("declares"), "install", "declares==1.0", words=("1.0+site1", "borrow = true"))


def test_a_pre_release_is_matched_exactly(target: Target) -> None:
    more = target.room / "more"
    wheel = ingredient_wheel(more, "4.0rc1")
    settings = {"PIP_FIND_LINKS": f"{target.index.as_uri()} {more.as_uri()}"}
    target.put(wheel)
    target.override(match("declares"), "install", "declares==1.0", settings=settings).succeeded()
    assert target.stamp("declares") == {"ingredient": "4.0rc1"}


def test_installed_from_a_url(target: Target) -> None:
    # Of the version that the index has as well, but of another build.
    wheel = ingredient_wheel(target.room / "own", "1.0", note="another build")
    target.run_pip("install", f"ingredient @ {wheel.as_uri()}").succeeded()
    target.override(match("declares"), "install", "declares==1.0").succeeded()
    assert target.constant("declares", "NOTES")["ingredient"] == "another build"

    wheel.unlink()
    fresh = target.fresh()
    copy = ingredient_wheel(target.room / "own", "1.0", note="another build")
    fresh.run_pip("install", f"ingredient @ {copy.as_uri()}").succeeded()
    copy.unlink()
    fresh.refuses(match("declares"), "install", "declares==1.0", words=("is no longer there", "borrow"))


@pytest.mark.seam("none")
def test_another_build_under_the_same_name(target: Target) -> None:
    for note in ("one", "another"):
        wheel = ingredient_wheel(target.room / "own", "1.0", note=note)
        environment = target.fresh()
        environment.override(match("declares"), "install", "declares==1.0", wheel).succeeded()
        assert environment.constant("declares", "NOTES")["ingredient"] == note


@pytest.mark.seam("wheel cache")
def test_each_environment_gets_the_wheel_that_fits_it(target: Target) -> None:
    def install(version: str) -> Target:
        environment = target.fresh()
        _present(environment, version)
        environment.override(match("declares"), "install", "declares==1.0").succeeded()
        assert environment.stamp("declares") == {"ingredient": version}
        return environment

    install("1.0")
    assert target.builds() == ["declares"]
    install("2.0")
    assert target.builds() == ["declares"]
    install("1.0")
    assert target.builds() == []


def test_a_wheel_of_the_cache_is_checked_like_a_guess(target: Target) -> None:
    first = target.fresh()
    first.override(match("declares"), "install", "declares==1.0", "ingredient==3.0").succeeded()
    target.builds()
    # The guess is 3.0, for which there is a wheel in the cache; what comes is 1.0.
    target.override(match("declares"), "install", "declares==1.0", "runs-on-older").succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}


@pytest.mark.pips(only=("24.0+legacy",))
def test_the_legacy_resolver_matches_what_is_installed(target: Target) -> None:
    _present(target, "1.0")
    target.override(match("declares"), "install", "declares==1.0").succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}
    other = target.fresh()
    other.refuses(
        match("declares"), "install", "declares==1.0", "ingredient==2.0", words=("legacy resolver",)
    )
    # The wheel of the first run is in the cache, and fits what is still installed.
    third = target.fresh()
    _present(third, "1.0")
    result = third.refuses(
        match("declares"),
        *("install", "declares==1.0", "ingredient==2.0"),
        words=("cached wheel of declares 1.0 was built for", "legacy resolver"),
    )
    follows("install what it is built with first, in a command of its own", result.error)
    third.override(match("declares"), "install", "ingredient==2.0", options=("--allow-unused",))
    third.override(match("declares"), "install", "declares==1.0").succeeded()
    assert third.stamp("declares") == {"ingredient": "2.0"}


def test_metadata_that_cannot_be_had_with_what_else_is_wanted(target: Target) -> None:
    # Prepared with 3.0 it wants just that, and the other one wants less than 2.
    result = target.override(
        match("pins-what-it-got"), "install", "pins-what-it-got", "runs-on-older"
    ).failed()
    (warning,) = result.warnings
    assert "pins-what-it-got 1.0 was prepared with ingredient==3.0 (target)" in warning
    follows("add {}==VERSION to this command or to a constraints file", f"\n{warning}\n")
    assert target.versions() == {}

    target.override(
        match("pins-what-it-got"), "install", "pins-what-it-got", "runs-on-older", "ingredient==1.0"
    ).succeeded()
    assert target.stamp("pins_what_it_got") == {"ingredient": "1.0"}


def test_metadata_that_never_fit(target: Target) -> None:
    def refused(environment: Target) -> None:
        environment.refuses(
            match("wants-another"),
            "install",
            "wants-another",
            words=(
                "wants-another 1.0 cannot be settled: every ingredient it is built with causes another",
            ),
        )

    refused(target)
    # The same where there is a wheel for either version in the cache.
    for version in ("1.0", "2.0"):
        target.override(
            match("wants-another"),
            *("wheel", "--no-deps", "-w", "wheels", "wants-another", f"ingredient=={version}"),
        ).succeeded()
    refused(target.fresh())


def test_the_site_of_the_user(target: Target) -> None:
    configuration = target.environment / "pyvenv.cfg"
    text = configuration.read_text(encoding="utf-8")
    configuration.unlink()
    configuration.write_text(text.replace("= false", "= true"), encoding="utf-8")
    settings = {"PYTHONUSERBASE": str(target.room / "user")}
    target.override(
        match("declares"),
        "install",
        "--user",
        "--ignore-installed",
        "ingredient==2.0",
        settings=settings,
    ).succeeded()
    target.override(
        match("declares"), "install", "--user", "declares==1.0", settings=settings
    ).succeeded()
    (module,) = (target.room / "user").rglob("declares.py")
    assert "'ingredient': '2.0'" in module.read_text(encoding="utf-8")

    # Those of a virtual environment come first, so that this is the one that is imported.
    _present(target, "1.0")
    again = ("install", "--user", "--no-deps", "--ignore-installed", "declares==1.0")
    target.override(match("declares"), *again, settings=settings).succeeded()
    assert "'ingredient': '1.0'" in module.read_text(encoding="utf-8")
    target.refuses(
        match("declares"),
        *("install", "--user", "--ignore-installed", "declares==1.0", "ingredient==2.0"),
        words=("ingredient 1.0", "comes before it on sys.path"),
        settings=settings,
    )


def test_what_pip_could_not_delete_is_not_installed(target: Target) -> None:
    _present(target, "1.0")
    # As pip leaves it behind where a file is in use.
    wheel = ingredient_wheel(target.room / "left", "2.0")
    with zipfile.ZipFile(wheel) as archive:
        archive.extract("ingredient-2.0.dist-info/METADATA", target.room)
    (target.room / "ingredient-2.0.dist-info").rename(target.site_packages / "~ngredient-2.0.dist-info")
    target.override(match("declares"), "install", "declares==1.0").succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}
