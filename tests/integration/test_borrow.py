"""``borrow = true``: built with the distribution that is installed in the target itself."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from ..support.altered_pip import PAST_THE_BEST
from ..support.environments import Target
from ..support.hints import ONE_PIP, follows
from ..support.lending import BORROWED, LARDER, cook, everything, install, larder_wheel
from ..support.wheelhouse import ingredient_wheel, source_tree, write_sdist

SPICE = {"ingredient": "1.0", "larder": LARDER, "spice": "1.0"}


@pytest.fixture
def larder(target: Target) -> Target:
    """An environment with a larder, which is on no index, and older releases of what it needs."""
    install(
        target,
        larder_wheel(target.room / "wheels", note="here"),
        target.index / "spice-1.0-py3-none-any.whl",
        ingredient_wheel(target.room / "wheels", "1.0", note="here"),
    )
    # The wheel does not say that it is a program, so pip does not make it one.
    target.python.with_name("larder-script").chmod(0o755)
    return target


def _seen(target: Target) -> dict[str, str]:
    seen: dict[str, str] = json.loads((target.room / "seen.json").read_text(encoding="utf-8"))
    return seen


def _telling(target: Target, *lines: str) -> str:
    """Lines of a build that ends in writing ``seen`` where ``_seen`` finds it."""
    path = str(target.room / "seen.json")
    written = f"import json; json.dump(seen, open({path!r}, 'w'))"
    return "\n".join(["seen = {}", *lines, written])


@pytest.mark.quick_on("26.3")
def test_builds_with_the_installed_one(larder: Target) -> None:
    before = everything(larder.environment)
    result = larder.override(BORROWED, "wheel", "--no-deps", "-w", "out", cook(larder)).succeeded()
    assert larder.wheel_in("out", "cook") == SPICE
    assert result.reported == [
        f"cook 1.0: larder -> larder=={LARDER} (borrowed)   [build-overrides.toml: package.cook]",
        f"cook 1.0: built with ingredient 1.0, larder {LARDER}, spice 1.0, stampbackend 1.0",
    ]
    assert everything(larder.environment) == before


def test_what_it_needs_is_borrowed_too(larder: Target) -> None:
    larder.override(BORROWED, "install", cook(larder)).succeeded()
    assert larder.constant("cook", "NOTES")["larder"] == "here"
    assert larder.constant("cook", "NOTES")["ingredient"] == "here"


@pytest.mark.seam("none")
def test_files_commands_and_data_are_where_they_belong(larder: Target) -> None:
    body = _telling(
        larder,
        "import larder.tool, larder_single, shutil",
        "home = os.path.dirname(larder.__file__)",
        "seen['module'] = larder.__file__",
        "seen['inode'] = os.stat(larder.__file__).st_ino",
        "seen['directory'] = os.path.islink(home)",
        "seen['header'] = open(os.path.join(home, 'include', 'larder.h')).read()",
        "seen['pth'] = getattr(sys, 'larder_pth', False)",
        "seen['tool'] = subprocess.check_output(['larder-tool'], universal_newlines=True)",
        "seen['tool at'] = shutil.which('larder-tool')",
        "seen['script at'] = shutil.which('larder-script')",
        "seen['script'] = open(seen['script at']).read()",
        "share = os.path.join(os.path.dirname(os.path.dirname(seen['tool at'])), 'share')",
        "seen['data'] = open(os.path.join(share, 'larder', 'shelf.txt')).read()",
    )
    # pip 26.3 in its mode "inprocess+venv" writes commands that do not start where there is a space.
    temporary = larder.room / "temporary"
    temporary.mkdir()
    settings = {"TMPDIR": str(temporary), "TEMP": str(temporary), "TMP": str(temporary)}
    larder.override(BORROWED, "install", cook(larder, body), settings=settings).succeeded()
    seen = _seen(larder)
    inside = str(larder.environment)
    assert not seen["module"].startswith(inside)
    assert seen["inode"] != (larder.site_packages / "larder" / "__init__.py").stat().st_ino
    assert not seen["directory"]
    assert "LARDER" in seen["header"]
    assert seen["pth"]
    version, path = seen["tool"].split(" ", 1)
    assert version == LARDER
    assert path.strip() == seen["module"]
    assert not seen["tool at"].startswith(inside)
    assert not seen["script at"].startswith(inside)
    assert seen["data"] == "shelf\n"


@pytest.mark.pips(only=("26.3+venv", "26.3+inprocess+venv"))
def test_scripts_start_the_interpreter_of_the_build_environment(larder: Target) -> None:
    body = _telling(
        larder,
        "seen['script'] = subprocess.check_output(['larder-script'], universal_newlines=True)",
        "seen['prefix'] = sys.prefix",
    )
    larder.override(BORROWED, "install", cook(larder, body)).succeeded()
    seen = _seen(larder)
    assert seen["script"].strip() == seen["prefix"] != str(larder.environment)


@pytest.mark.seam("none")
def test_what_it_needs_gives_way_to_requirements(larder: Target) -> None:
    source = cook(larder, requires=("larder", "ingredient>=2"))
    larder.override(BORROWED, "install", source).succeeded()
    assert larder.stamp("cook") == {**SPICE, "ingredient": "3.0"}


@pytest.mark.seam("none")
@pytest.mark.parametrize("key", ["constrain", "add"])
def test_what_it_needs_gives_way_to_rules(larder: Target, key: str) -> None:
    larder.override(f'{BORROWED}{key} = ["ingredient==2.0"]\n', "install", cook(larder)).succeeded()
    assert larder.stamp("cook") == {**SPICE, "ingredient": "2.0"}


@pytest.mark.seam("none")
def test_what_is_not_there_comes_from_the_index(target: Target) -> None:
    install_alone = larder_wheel(target.room / "wheels")
    target.run_pip("install", "--no-deps", install_alone).succeeded()
    target.override(BORROWED, "install", cook(target)).succeeded()
    assert target.stamp("cook") == {"ingredient": "3.0", "larder": LARDER, "spice": "2.0"}


def test_a_pre_release_that_it_needs_is_borrowed(larder: Target) -> None:
    wheel = ingredient_wheel(larder.room / "wheels", "1.5rc1")
    larder.run_pip("install", "--no-deps", "--force-reinstall", wheel).succeeded()
    larder.override(BORROWED, "install", cook(larder)).succeeded()
    assert larder.stamp("cook") == {**SPICE, "ingredient": "1.5rc1"}


@pytest.mark.parametrize("option", ["--no-binary=:all:", "--prefer-binary", "--only-binary=larder"])
def test_ways_of_choosing_files_are_no_matter(larder: Target, option: str) -> None:
    # The backend itself has to come from somewhere.
    options = [option, "--only-binary=stampbackend"] if "no-binary" in option else [option]
    larder.override(BORROWED, "install", *options, cook(larder)).succeeded()
    assert larder.stamp("cook") == SPICE


def test_the_hook_asks_for_it(larder: Target) -> None:
    source = cook(larder, requires=(), wheel_requires=("larder",))
    text = (source / "backend.py").read_text(encoding="utf-8")
    (source / "backend.py").write_text(text.replace("import larder\n", ""), encoding="utf-8")
    larder.override(BORROWED, "install", source).succeeded()
    assert larder.stamp("cook") == SPICE


def test_a_second_pass_keeps_it(larder: Target) -> None:
    before = everything(larder.environment)
    source = cook(larder, wheel_requires=("spice>=1", "mint"))
    larder.override(BORROWED, "wheel", "--no-deps", "-w", "out", source).succeeded()
    assert larder.wheel_in("out", "cook") == {**SPICE, "mint": "1.0"}
    assert everything(larder.environment) == before


def test_what_it_needs_gives_way_to_the_hook(larder: Target) -> None:
    before = everything(larder.environment)
    source = cook(larder, wheel_requires=("ingredient>=2",))
    larder.override(BORROWED, "wheel", "--no-deps", "-w", "out", source).succeeded()
    assert larder.wheel_in("out", "cook") == {**SPICE, "ingredient": "3.0"}
    assert everything(larder.environment) == before


@pytest.mark.seam("none")
def test_what_a_build_creates_renames_and_deletes_stays_there(larder: Target) -> None:
    before = everything(larder.environment)
    body = """
    import larder_single, shutil, ingredient
    home = os.path.dirname(larder.__file__)
    open(os.path.join(home, "created.py"), "w").close()
    open(os.path.realpath(larder.__file__) + ".new", "w").close()
    os.rename(os.path.join(home, "tool.py"), os.path.join(home, "renamed.py"))
    shutil.rmtree(os.path.join(home, "include"))
    os.unlink(larder_single.__file__)
    os.replace(__file__, ingredient.__file__)
    """
    result = larder.override(BORROWED, "wheel", "--no-deps", "-w", "out", cook(larder, body))
    result.succeeded()
    assert everything(larder.environment) == before


@pytest.mark.seam("none")
def test_a_directory_that_a_build_locks_is_none_of_the_originals(larder: Target) -> None:
    before = everything(larder.environment)
    body = "home = os.path.dirname(larder.__file__); os.chmod(home, 0o500)"
    larder.override(BORROWED, "wheel", "--no-deps", "-w", "out", cook(larder, body)).succeeded()
    assert everything(larder.environment) == before


@pytest.mark.seam("none")
def test_whatever_a_build_writes_stays_there(larder: Target) -> None:
    before = everything(larder.environment)
    body = f"""
    import larder_single, shutil
    home = os.path.dirname(larder.__file__)
    site = os.path.dirname(home)
    open(larder.__file__, "a").write("# more")
    status = os.stat(larder_single.__file__)
    with open(larder_single.__file__, "r+") as file:
        file.write("VERSION = 3")
    os.utime(larder_single.__file__, ns=(status.st_atime_ns, status.st_mtime_ns))
    os.truncate(os.path.join(home, "include", "larder.h"), 0)
    os.chmod(os.path.join(home, "tool.py"), 0o777)
    open(os.path.join(site, "larder.pth"), "a").write("import os")
    open(os.path.join(site, "larder-{LARDER}.dist-info", "RECORD"), "a").write("x,,")
    open(os.path.join(site, "larder-{LARDER}.dist-info", "entry_points.txt"), "w").close()
    os.utime(shutil.which("larder-script"), (1, 1))
    os.makedirs(os.path.join(home, "__pycache__"), exist_ok=True)
    open(os.path.join(home, "__pycache__", "tool.other.pyc"), "w").close()
    """
    larder.override(BORROWED, "wheel", "--no-deps", "-w", "out", cook(larder, body)).succeeded()
    assert everything(larder.environment) == before
    assert not list((larder.site_packages / "larder").glob("__pycache__/*.other.pyc"))


@pytest.fixture
def large(larder: Target) -> Path:
    """A file of the larder that is too large to be copied: it has no content, but a size."""
    path = larder.site_packages / "larder" / "large.so"
    with open(path, "wb") as file:
        file.truncate(300 << 20)
    record = larder.site_packages / f"larder-{LARDER}.dist-info" / "RECORD"
    with open(record, "a", encoding="utf-8") as file:
        file.write(f"larder/large.so,sha256=none,{300 << 20}\n")
    return path


_OVERWRITES = """
    path = os.path.join(os.path.dirname(larder.__file__), "large.so")
    status = os.stat(path)
    with open(path, "r+b") as file:
        file.write(b"other")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
"""


@pytest.mark.seam("none")
@pytest.mark.parametrize("when", ["builds", "fails", "prepares"])
def test_a_build_that_writes_to_what_is_linked_is_found_out(
    larder: Target, large: Path, when: str
) -> None:
    fails = f"{_OVERWRITES}    raise SystemExit(1)"
    source = cook(larder, {"builds": _OVERWRITES, "fails": fails, "prepares": "pass"}[when])
    if when == "prepares":
        with open(source / "backend.py", "a", encoding="utf-8") as backend:
            backend.write(
                f"\ndef prepare_metadata_for_build_wheel(*args, **kwargs):{_OVERWRITES}"
                "    return stampbackend.prepare_metadata_for_build_wheel(*args, **kwargs)\n"
            )
    result = larder.override(BORROWED, "install", source)
    result.refused("cook", str(large), f"larder {LARDER}")
    follows(
        "reinstall {}: {}; then build without borrow, or fix the build so that it does not write to its"
        " build requirements",
        result.error,
    )
    assert "cook" not in larder.versions()
    assert larder.stored_wheels() == {}
    if when == "builds" and larder.pip.id == ONE_PIP:
        install(larder, larder_wheel(larder.room / "wheels", note="here"))
        shutil.rmtree(source)
        larder.override(BORROWED, "install", cook(larder, "pass")).succeeded()
        assert larder.stamp("cook")["larder"] == LARDER


@pytest.mark.seam("none")
def test_what_is_linked_can_be_deleted(larder: Target, large: Path) -> None:
    before = large.stat()[:4]
    body = """
    path = os.path.join(os.path.dirname(larder.__file__), "large.so")
    assert os.path.getsize(path) == 300 << 20
    os.unlink(path)
    """
    larder.override(BORROWED, "install", cook(larder, body)).succeeded()
    # Mode, inode, device and the number of links.
    assert large.stat()[:4] == before


@pytest.mark.seam("none")
def test_without_record(larder: Target) -> None:
    (larder.site_packages / f"larder-{LARDER}.dist-info" / "RECORD").unlink()
    larder.refuses(BORROWED, "install", cook(larder), words=("package.cook", "larder", "RECORD"))


@pytest.mark.pips(at_least="21.3")
def test_editable(target: Target) -> None:
    overrides = BORROWED.replace("larder", "editable")
    source = cook(target, requires=("editable",))
    text = (source / "backend.py").read_text(encoding="utf-8")
    (source / "backend.py").write_text(text.replace("import larder\n", ""), encoding="utf-8")
    target.run_pip("install", "--no-deps", "-e", source_tree("editable", target.room)).succeeded()
    target.refuses(overrides, "install", source, words=("package.cook", "editable installation"))


@pytest.mark.seam("none")
def test_installed_by_setup_py(larder: Target) -> None:
    shutil.rmtree(larder.site_packages / f"larder-{LARDER}.dist-info")
    info = larder.site_packages / "larder-2.0-py3.9.egg-info"
    info.mkdir()
    (info / "PKG-INFO").write_text("Name: larder\nVersion: 2.0\n", encoding="utf-8")
    larder.refuses(BORROWED, "install", cook(larder), words=("package.cook", "egg-info"))


@pytest.mark.seam("none")
def test_developed_by_setup_py(larder: Target) -> None:
    shutil.rmtree(larder.site_packages / f"larder-{LARDER}.dist-info")
    (larder.site_packages / "larder.egg-link").write_text(f"{larder.room}\n.\n", encoding="utf-8")
    info = larder.site_packages / "larder.egg-info"
    info.mkdir()
    (info / "PKG-INFO").write_text("Name: larder\nVersion: 2.0\n", encoding="utf-8")
    larder.refuses(BORROWED, "install", cook(larder), words=("package.cook", "editable"))


@pytest.mark.seam("none")
def test_not_installed_yet(target: Target) -> None:
    wheel = larder_wheel(target.room / "wheels")
    larders = ("install", wheel, cook(target))
    target.refuses(BORROWED, *larders, words=("package.cook", "larder is not installed yet"))


@pytest.mark.seam("none")
def test_about_to_be_changed_by_this_run(larder: Target) -> None:
    other = larder_wheel(larder.room / "others", version="3.0")
    result = larder.refuses(BORROWED, "install", other, cook(larder), words=("package.cook",))
    assert f"larder {LARDER} is installed, but this run replaces it by larder 3.0" in result.error


def test_about_to_be_reinstalled(larder: Target) -> None:
    other = larder_wheel(larder.room / "others", note="other")
    arguments = ("install", "--force-reinstall", other, cook(larder))
    result = larder.refuses(BORROWED, *arguments, words=("package.cook", "this run reinstalls it"))
    assert f"larder {LARDER} is installed" in result.error


@pytest.mark.pips(only=tuple(PAST_THE_BEST.edits))
def test_a_pip_that_goes_past_what_it_is_offered(larder: Target) -> None:
    PAST_THE_BEST.apply(larder.pip.id, larder.site_packages)
    words = (
        f"pip {larder.pip.version} has internals that pip-build-override does not know",
        *PAST_THE_BEST.seam,
    )
    larder.refuses(BORROWED, "install", cook(larder), words=words)


@pytest.mark.seam("none")
def test_the_cache_tells_one_installed_distribution_from_another(target: Target) -> None:
    overrides = """
    [package.declares]
    replace.ingredient = { name = "spice", from = "target", borrow = true }
    """
    wheels = target.room / "wheels"
    here, other = (ingredient_wheel(wheels / note, "1.0", note=note) for note in ("here", "other"))
    spice = target.index / "spice-1.0-py3-none-any.whl"
    sdist = write_sdist("declares", target.room)

    def built_in(environment: Target, ingredient: Path) -> list[str]:
        install(environment, spice, ingredient)
        environment.override(overrides, "install", f"declares @ {sdist.as_uri()}").succeeded()
        assert environment.constant("declares", "NOTES")["ingredient"] == ingredient.parent.name
        return environment.builds()

    assert built_in(target, here) == ["declares"]
    # The same spice, but with it another of what it needs.
    assert built_in(target.fresh(), other) == ["declares"]
    assert built_in(target.fresh(), here) == []


@pytest.mark.seam("none")
def test_the_cache_tells_what_came_from_the_index_from_what_is_lent_now(target: Target) -> None:
    overrides = """
    [package.declares]
    replace.ingredient = { name = "spice", from = "target", borrow = true }
    """
    sdist = write_sdist("declares", target.room)
    spice = target.index / "spice-1.0-py3-none-any.whl"

    def built_with(environment: Target) -> str:
        request = f"declares @ {sdist.as_uri()}"
        environment.override(overrides, "install", "--no-deps", request).succeeded()
        return environment.stamp("declares")["ingredient"]

    target.run_pip("install", "--no-deps", spice).succeeded()
    assert built_with(target) == "3.0"
    assert target.builds() == ["declares"]
    other = target.fresh()
    other.run_pip("install", "--no-deps", spice).succeeded()
    assert built_with(other) == "3.0"
    assert target.builds() == []
    # What spice needs, and the index was asked for then, is there now.
    install(target, ingredient_wheel(target.room / "wheels", "1.0"))
    target.run_pip("uninstall", "-y", "declares").succeeded()
    assert built_with(target) == "1.0"
    assert target.builds() == ["declares"]
    # And is gone again.
    target.run_pip("uninstall", "-y", "declares", "ingredient").succeeded()
    assert built_with(target) == "3.0"


@pytest.mark.seam("none")
def test_what_it_needs_is_about_to_be_changed_by_this_run(larder: Target) -> None:
    arguments = ("install", "ingredient==2.0", cook(larder))
    result = larder.refuses(BORROWED, *arguments, words=("cook 1.0", "ingredient 1.0"))
    assert "this run installs ingredient 2.0 there" in result.error
    # What is only collected changes nothing there.
    larder.override(BORROWED, "wheel", "-w", "out", "ingredient==2.0", cook(larder)).succeeded()
    assert larder.wheel_in("out", "cook") == SPICE


@pytest.mark.seam("none")
def test_the_record_names_no_place_that_is_gone(larder: Target) -> None:
    sources = cook(larder)
    contents = []
    for number in range(2):
        directory = larder.room / f"out-{number}"
        larder.override(BORROWED, "wheel", "--no-deps", "-w", directory, sources).succeeded()
        (wheel,) = directory.iterdir()
        contents.append(wheel.read_bytes())
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".cdx.json")]
        document = json.loads(archive.read(name))
    held = {entry["name"]: entry for entry in document["components"]}
    # Its stand-in went with the run, and is no file that anybody could have again.
    assert {"hashes", "externalReferences"}.isdisjoint(held["larder"])
    properties = [(entry["name"], entry["value"]) for entry in document["metadata"]["properties"]]
    assert ("pip-build-override:effective", f"larder=={LARDER} (borrowed)") in properties
    assert contents[0] == contents[1]
