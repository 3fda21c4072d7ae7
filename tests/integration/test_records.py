"""What a wheel was built against: the record in it, the report of the run, and what does not fit."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import sys
import zipfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from installer.sources import WheelFile

from ..support.documents import answered
from ..support.environments import Target
from ..support.serving import served
from ..support.stampbackend import write_wheel
from ..support.wheelhouse import source_tree

RULES = """
[package.needs-sauce]
replace.ingredient = "ingredient==1.0"

[package.sauce]
replace.ingredient = "ingredient==2.0"
"""
DOCUMENT = "sboms/pip-build-override.cdx.json"


def members(wheel: Path) -> dict[str, bytes]:
    """The files of a wheel, after each line of its RECORD was found right."""
    with zipfile.ZipFile(wheel) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
        assert len(found) == len(archive.namelist())
    (record,) = [name for name in found if name.endswith(".dist-info/RECORD")]
    rows = list(csv.reader(found[record].decode().splitlines()))
    assert [row[0] for row in rows] == list(found)
    for path, digest, size in rows:
        if path != record:
            wanted = base64.urlsafe_b64encode(hashlib.sha256(found[path]).digest()).rstrip(b"=")
            assert (digest, size) == (f"sha256={wanted.decode()}", str(len(found[path])))
    return found


def document(wheel: Path) -> Any:
    (found,) = [data for name, data in members(wheel).items() if name.endswith(DOCUMENT)]
    return json.loads(found)


def built(target: Target, overrides: str, *arguments: str, name: str = "wheels") -> Path:
    """Build a wheel, and return the directory that contains it."""
    directory = target.room / name
    command = ("wheel", "--no-deps", "-w", str(directory), *arguments)
    # Some of what is built is what no table is for.
    target.override(overrides, *command, options=("--allow-unused",)).succeeded()
    return directory


@pytest.mark.quick_on("26.3")
@pytest.mark.seam("built wheels")
def test_the_record_of_an_overridden_build(target: Target) -> None:
    (wheel,) = built(target, RULES, "needs-sauce").iterdir()
    found = document(wheel)
    held = {entry["name"]: entry for entry in found["components"]}
    assert {name: entry["version"] for name, entry in held.items()} == {
        "ingredient": "1.0",
        "sauce": "1.0",
        "stampbackend": "1.0",
    }
    for name, file in (
        ("ingredient", "ingredient-1.0-py3-none-any.whl"),
        ("sauce", "sauce-1.0.tar.gz"),
    ):
        digest = hashlib.sha256((target.index / file).read_bytes()).hexdigest()
        assert held[name]["hashes"] == [{"alg": "SHA-256", "content": digest}]
        assert held[name]["externalReferences"][0]["url"] == (target.index / file).as_uri()
    properties = [(entry["name"], entry["value"]) for entry in found["metadata"]["properties"]]
    assert ("pip-build-override:declared", "ingredient") in properties
    assert ("pip-build-override:effective", "ingredient==1.0") in properties
    (change,) = [json.loads(text) for name, text in properties if name.endswith(":change")]
    assert change["where"] == "build-overrides.toml: package.needs-sauce"
    assert change["before"] == ["ingredient"]
    tools = {tool["name"]: tool["version"] for tool in found["metadata"]["tools"]["components"]}
    assert tools["pip"] == target.pip.version


@pytest.mark.seam("none")
def test_the_same_inputs_give_the_same_bytes(target: Target) -> None:
    settings = {"SOURCE_DATE_EPOCH": "1700000000"}
    contents = []
    for number in range(2):
        directory = target.room / f"wheels-{number}"
        target.override(
            RULES,
            *("wheel", "--no-deps", "--no-cache-dir", "-w", directory, "needs-sauce"),
            settings=settings,
        ).succeeded()
        (wheel,) = directory.iterdir()
        contents.append(wheel.read_bytes())
    assert contents[0] == contents[1]
    assert document(wheel)["metadata"]["timestamp"] == "2023-11-14T22:13:20Z"


@pytest.mark.seam("none")
def test_which_wheels_carry_one(target: Target) -> None:
    def carries(setting: str, name: str) -> bool:
        overrides = f'{RULES}\n[settings]\nrecord = "{setting}"\n'
        (wheel,) = built(target, overrides, name, name=f"{setting}-{name}").iterdir()
        return any(member.endswith(DOCUMENT) for member in members(wheel))

    target.run_pip("wheel", "--no-deps", "-w", target.room / "plain", "declares").succeeded()
    assert [carries("overridden", name) for name in ("sauce", "declares")] == [True, False]
    # Not the wheel that a plain pip has stored, nor one with a record where none is wanted.
    assert [carries("all", name) for name in ("sauce", "declares")] == [True, True]
    assert [carries("none", name) for name in ("sauce", "declares")] == [False, False]
    target.builds()
    assert carries("all", "declares")
    assert target.builds() == []


@pytest.mark.pips(at_least="21.3")
def test_an_editable_wheel_has_one_too(target: Target) -> None:
    tree = source_tree("declares", target.room)
    overrides = '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'
    target.override(overrides, "install", "-e", tree).succeeded()
    (found,) = target.site_packages.glob(f"declares-*.dist-info/{DOCUMENT}")
    names = [entry["name"] for entry in json.loads(found.read_bytes())["components"]]
    assert "ingredient" in names


@pytest.mark.seam("none")
def test_the_report_of_a_run(target: Target) -> None:
    report = target.room / "report.json"
    settings = {"PIP_BUILD_REQUIREMENTS_OVERRIDE_REPORT": "report.json"}
    # As a pip leaves it that was killed while it wrote.
    target.write("", "report.json.lock")
    target.override(RULES, "install", "needs-sauce", settings=settings).succeeded()
    builds = answered("report", report.read_text(encoding="utf-8"))["builds"]
    assert [(build["name"], build["nested"], build["built_for"]) for build in builds] == [
        ("sauce", True, ["needs-sauce 1.0"]),
        ("needs-sauce", False, []),
    ]
    # What only the report can tell of a nested build: the wheel itself is gone.
    held = {entry["name"]: entry["version"] for entry in builds[0]["environment"]}
    assert held == {"ingredient": "2.0", "stampbackend": "1.0"}
    assert not report.with_name("report.json.lock").exists()

    # The next run of the command starts a new report, which includes wheels from the cache.
    options = ("--report", str(report))
    target.fresh().override(RULES, "install", "needs-sauce", options=options).succeeded()
    builds = answered("report", report.read_text(encoding="utf-8"))["builds"]
    assert [(build["name"], build["cached"]) for build in builds] == [("needs-sauce", True)]


@pytest.mark.seam("none")
def test_a_file_that_is_no_report_is_left_alone(target: Target) -> None:
    other = target.write("{}", "other.json")
    target.refuses(
        RULES,
        *("install", "needs-sauce"),
        words=("other.json", "not a report"),
        settings={"PIP_BUILD_REQUIREMENTS_OVERRIDE_REPORT": "other.json"},
    )
    assert other.read_text(encoding="utf-8") == "{}"


@pytest.mark.pips(only=("26.3",))
def test_other_installers_take_the_wheel(target: Target) -> None:
    pinned = RULES.replace("\n\n", '\npin-compatible = ["ingredient"]\n\n', 1)
    (wheel,) = built(target, pinned, "needs-sauce").iterdir()
    with WheelFile.open(wheel) as source:
        source.validate_record(validate_contents=True)
    target.execute(sys.executable, "-m", "check_wheel_contents", wheel).succeeded()
    for command, option in (
        ("wheel unpack", "--dest"),
        ("installer", "--destdir"),
        ("uv pip install --offline --no-deps", "--target"),
    ):
        directory = target.room / command.split()[0]
        directory.mkdir()
        target.execute(sys.executable, "-m", *command.split(), option, directory, wheel).succeeded()
        assert list(directory.rglob(DOCUMENT.rpartition("/")[2]))
        (metadata,) = directory.rglob("METADATA")
        assert "Requires-Dist: ingredient>=1.0\n" in metadata.read_text(encoding="utf-8")
    target.run_pip("install", "--no-deps", wheel).succeeded()
    assert target.stamp("needs_sauce")["ingredient"] == "1.0"
    assert list(target.site_packages.glob(f"needs_sauce-*.dist-info/{DOCUMENT}"))


@pytest.mark.pips(only=("26.3",))
def test_eight_pips_and_one_report(target: Target) -> None:
    report = target.room / "report.json"
    environments = [target, *(target.fresh() for _ in range(7))]
    overrides = target.write(RULES)

    def install(one: tuple[int, Target]) -> None:
        number, environment = one
        # Each with a cache of its own, so that each builds.
        settings = {
            "PIP_BUILD_REQUIREMENTS_OVERRIDE_REPORT": str(report),
            "PIP_CACHE_DIR": str(target.room / f"cache-{number}"),
        }
        environment.override(overrides, "install", "needs-sauce", settings=settings).succeeded()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(install, enumerate(environments)))
    builds = answered("report", report.read_text(encoding="utf-8"))["builds"]
    assert Counter((build["name"], build["nested"]) for build in builds) == {
        ("needs-sauce", False): 8,
        ("sauce", True): 8,
    }
    assert len({build["id"] for build in builds}) == 16


@pytest.mark.seam("none")
def test_no_secret_in_what_a_build_requirement_needs(target: Target) -> None:
    files = target.room / "served"
    files.mkdir()
    wheel = write_wheel(str(files), "inner", "1.0", {"inner.py": ""})
    with served(files) as server:
        place = f"{server}/{wheel}"
        outer = write_wheel(
            str(files),
            "outer",
            "1.0",
            {"outer.py": ""},
            requires=[f"inner @ http://me:p4ssw0rd@{place}"],
        )
        rules = f"[package.declares]\nadd = [{{ name = 'outer', path = 'served/{outer}' }}]\n"
        (built_wheel,) = built(target, rules, "declares").iterdir()
    held = {entry["name"]: entry for entry in document(built_wheel)["components"]}
    (needs,) = [each for each in held["outer"]["properties"] if each["name"].endswith(":requires")]
    assert needs["value"].replace("inner@", "inner @") == f"inner @ http://{place}"
    assert "p4ssw0rd" not in json.dumps(held)
