"""What is in a build environment is compared with what was asked for, whatever pip says of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ..support import stampbackend
from ..support.environments import Target
from ..support.hints import ONE_PIP, follows
from ..support.wheelhouse import ingredient_wheel, source_tree, write_sdist

MATCH = '[package.declares]\nreplace.ingredient = { from = "target", allow-sdist = true }\n'
# The hook of the outer package brings what the inner one is to match.
ELSE = """
[package.{outer}]
add = ["sauce"]

[package.sauce]
replace.ingredient = {{ from = "target", else = "{otherwise}" }}
"""


def _without_hash(target: Target) -> None:
    """Write the origin of the installed ingredient as uv does."""
    (path,) = target.site_packages.glob("ingredient-*.dist-info/direct_url.json")
    document = json.loads(path.read_text(encoding="utf-8"))
    document["archive_info"] = {}
    path.unlink()
    path.write_text(json.dumps(document), encoding="utf-8")


def _install(target: Target, file: Path) -> None:
    target.run_pip("install", f"ingredient @ {file.as_uri()}").succeeded()
    _without_hash(target)


def test_a_url_that_leads_to_another_version_by_now(target: Target) -> None:
    sdist = write_sdist("ingredient", target.room, file_name="ingredient-latest")
    _install(target, sdist)
    write_sdist("ingredient", target.room, version="9.0").replace(sdist)
    result = target.override(MATCH, "install", "declares==1.0")
    result.refused("package.declares", "ingredient 1.7", "contains ingredient 9.0")
    assert target.versions() == {"ingredient": "1.7"}


@pytest.mark.seam("none")
def test_a_url_that_leads_to_another_build_of_the_version_by_now(target: Target) -> None:
    wheel = ingredient_wheel(target.room / "own", "1.0", note="one")
    _install(target, wheel)
    target.override(MATCH, "install", "declares==1.0").succeeded()
    assert target.constant("declares", "NOTES")["ingredient"] == "one"

    fresh = target.fresh()
    _install(fresh, wheel)
    ingredient_wheel(target.room / "own", "1.0", note="another")
    fresh.refuses(
        MATCH, "install", "declares==1.0", words=("contains ingredient with different files",)
    )


@pytest.mark.pips(only=("26.3+inprocess", "26.3+venv"))
def test_a_nested_target_that_a_hook_brings(target: Target) -> None:
    overrides = ELSE.format(outer="asks-pinned", otherwise="ingredient==1.0")
    target.override(overrides, "install", "asks-pinned").succeeded()
    assert target.stamp("asks_pinned") == {"ingredient": "3.0", "sauce": "1.0"}
    assert target.nested_stamps("asks_pinned") == {"sauce": {"ingredient": "3.0"}}


@pytest.mark.pips(only=("21.2.4", "26.3+inprocess+venv"))
def test_a_nested_target_that_a_requirement_of_a_hook_needs(target: Target) -> None:
    # Its hook asks for spice, whose newest release needs a newer ingredient than sauce was built with.
    overrides = ELSE.format(outer="asks-for-more", otherwise="ingredient==1.0")
    overrides = overrides.replace("[package.sauce]", 'remove = ["ingredient"]\n\n[package.sauce]')
    target.override(overrides, "install", "asks-for-more").succeeded()
    stamp = target.stamp("asks_for_more")
    assert stamp == {"ingredient": "1.0", "sauce": "1.0", "spice": "1.0"}
    assert target.nested_stamps("asks_for_more") == {"sauce": {"ingredient": "1.0"}}

    # The same from the cache.
    fresh = target.fresh()
    more = overrides.replace('add = ["sauce"]', 'add = ["sauce", "mint"]')
    fresh.override(more, "install", "asks-for-more").succeeded()
    assert fresh.stamp("asks_for_more") == {**stamp, "mint": "1.0"}


@pytest.mark.pips(only=("21.2.4", "26.3", "26.3+venv"))
def test_a_nested_target_of_which_the_second_pass_has_another_copy(target: Target) -> None:
    overrides = """
[package.asks-for-more]
replace.spice = ["sauce", "runs-on-older"]

[package.sauce]
replace.ingredient = { from = "target" }
"""
    target.override(overrides, "install", "asks-for-more").succeeded()
    # In a virtual environment there is one place for both; else what the first pass brought hides it.
    imported = "1.0" if target.pip.mode == "venv" else "3.0"
    assert target.nested_stamps("asks_for_more")["sauce"] == {"ingredient": imported}
    assert imported in target.stamp("asks_for_more")["ingredient"]


@pytest.mark.pips(only=("21.2.4",))
def test_what_an_old_pip_lets_into_a_build_environment(target: Target) -> None:
    # The site-packages of the system have a setuptools of their own, which comes first.
    configuration = target.environment / "pyvenv.cfg"
    text = configuration.read_text(encoding="utf-8")
    configuration.unlink()
    configuration.write_text(text.replace("= false", "= true"), encoding="utf-8")
    target.refuses(
        '[package.declares]\nadd = ["setuptools==45.3.0"]\n',
        *("install", "declares==1.0"),
        words=("contains setuptools 45.3.0", "comes before it", "use pip 22.3 or later"),
    )


@pytest.mark.seam("none")
def test_one_package_that_is_built_twice_is_told_twice(target: Target) -> None:
    overrides = '[package.sauce]\nreplace.ingredient = { from = "target", else = "ingredient==2.0" }\n'
    result = target.override(overrides, "install", "sauce", "needs-sauce").succeeded()
    told = [line for line in result.reported if line.startswith("sauce 1.0: built with")]
    nested = target.nested_stamps("needs_sauce")["sauce"]["ingredient"]
    assert told == [
        f"sauce 1.0: built with ingredient {version}, stampbackend 1.0"
        for version in (nested, target.stamp("sauce")["ingredient"])
    ]
    assert result.summary.count("sauce 1.0") == 1


_INSTALLS = """\
import os, zipfile
import stampbackend
from stampbackend import *

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    site = os.path.dirname(stampbackend.__file__)
    zipfile.ZipFile(os.environ["INGREDIENT"]).extractall(site)
    return stampbackend.build_wheel(wheel_directory, config_settings, metadata_directory)
"""


@pytest.mark.seam("hooks")
def test_a_backend_that_installs_into_its_build_environment(target: Target) -> None:
    tree = source_tree("declares", target.room)
    (tree / "backend.py").write_text(_INSTALLS, encoding="utf-8")
    pyproject = tree / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8")
    text = text.replace('"stampbackend"\n', '"backend"\nbackend-path = ["."]\n')
    pyproject.write_text(text, encoding="utf-8")
    settings = {"INGREDIENT": str(next(target.index.glob("ingredient-3.0-*.whl")))}
    words = ("ingredient 1.0 before, ingredient 1.0 and ingredient 3.0 now",)
    overrides = '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'
    target.refuses(overrides, "install", tree, words=words, settings=settings)


FINDER = """\
import importlib.util, sys
class Finder:
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name == "ingredient":
            return importlib.util.spec_from_file_location(name, SOURCE)
sys.meta_path.insert(0, Finder)
"""


def _built_by_itself(target: Target, name: str, declared: str, asked: str) -> Path:
    """Write sources that contain their build backend and so need nothing else in order to build."""
    tree = target.room / name
    tree.mkdir()
    shutil.copy(stampbackend.__file__, tree / "backend.py")
    text = f"""
[build-system]
requires = {json.dumps([declared] if declared else [])}
build-backend = "backend"
backend-path = ["."]

[project]
name = "{name}"
version = "1.0"

[tool.stamp]
wheel-requires = {json.dumps([asked] if asked else [])}
"""
    (tree / "pyproject.toml").write_text(text, encoding="utf-8")
    return tree


@pytest.mark.pips(only=("21.2.4", "24.0", "26.3", "26.3+venv"))
def test_an_editable_whose_finder_comes_before_the_build_environment(target: Target) -> None:
    # As meson-python and scikit-build-core install them.
    source = target.write('VERSION = "9.9"\n', "ingredient.py")
    finder = target.site_packages / "_finder.py"
    finder.write_text(FINDER.replace("SOURCE", repr(str(source))), encoding="utf-8")
    pth = target.site_packages / "editable.pth"
    pth.write_text("import _finder\n", encoding="utf-8")
    replaced = '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'
    if target.pip.mode == "venv":
        # An environment with an interpreter of its own, which does not read that file.
        target.override(replaced, "install", "declares").succeeded()
        assert target.stamp("declares") == {"ingredient": "1.0"}
        return
    words = (f"the module ingredient would be imported from {source}", str(pth))
    target.refuses(replaced, "install", "declares==1.0", words=(*words, "contains ingredient 1.0"))
    removed = '[package.declares]\nremove = ["ingredient"]\n'
    words = (*words, "contains no ingredient")
    result = target.refuses(removed, "install", "declares", words=words)
    # Nor in a build environment that stays empty, in the first pass and in the second.
    for declared, asked in (("ingredient", ""), ("", "ingredient")):
        tree = _built_by_itself(target, f"needs-{declared or 'nothing'}", declared, asked)
        removed = f'[package.{tree.name}]\nremove = ["ingredient"]\n'
        target.refuses(removed, "install", tree, words=words)
    if target.pip.id == ONE_PIP:
        # The finder breaks while it is asked, so nothing is known.
        text = "if '-c' in sys.orig_argv and 'ingredient' in sys.orig_argv[-1]: os._exit(3)\n"
        finder.write_text(f"import os, sys\n{text}", encoding="utf-8")
        words = ("it is not known what declares 2.0 imports", f"{pth}: Python ended with status 3")
        result = target.refuses(replaced, "install", "declares", words=words)
    follows("uninstall the editable that one of these files belongs to", result.error)
    pth.unlink()
    target.override(replaced, "install", "declares").succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}
