"""Run-time requirements that are narrowed to what fits the build: one truth wherever pip reads it."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from pip_build_override.records import from_cyclonedx

from ..support.altered_pip import PAST_THE_PINS, PAST_WHAT_IS_SERVED, Alteration
from ..support.environments import Target, tool
from ..support.hints import follows
from ..support.serving import index_with_metadata
from ..support.wheelhouse import source_tree

PINNED = """
[package.built-and-run-on]
replace.ingredient = "ingredient==2.0"
pin-compatible = ["ingredient"]
"""
WHERE = "   [build-overrides.toml: package.built-and-run-on]"
SAID = f"built-and-run-on 1.0: pins ingredient>=2.0 (built with ingredient 2.0){WHERE}"


def requirements(text: str) -> list[str]:
    """The run-time requirements in METADATA."""
    return [line[len("Requires-Dist: ") :] for line in text.splitlines() if "Requires-Dist" in line]


def installed_requirements(target: Target, name: str) -> list[str]:
    """The run-time requirements of what is installed."""
    (directory,) = target.site_packages.glob(f"{name}-*.dist-info")
    return requirements((directory / "METADATA").read_text(encoding="utf-8"))


def check_record(wheel: Path) -> list[str]:
    """Compare each member of a wheel with RECORD, and return the run-time requirements."""
    with zipfile.ZipFile(wheel) as archive:
        assert archive.testzip() is None
        (index,) = [name for name in archive.namelist() if name.endswith(".dist-info/RECORD")]
        rows = list(csv.reader(io.StringIO(archive.read(index).decode())))
        assert sorted(row[0] for row in rows) == sorted(archive.namelist())
        for name, digest, size in rows:
            if name != index:
                content = archive.read(name)
                encoded = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
                assert (digest, size) == (f"sha256={encoded.decode()}", str(len(content)))
        return requirements(archive.read(index.replace("RECORD", "METADATA")).decode())


@pytest.mark.quick_on("26.3")
@pytest.mark.seam("metadata")
def test_resolver_wheel_cache_and_environment_agree(target: Target) -> None:
    result = target.override(PINNED, "wheel", "-w", "out", "built-and-run-on").succeeded()
    assert [line for line in result.reported if "pins" in line] == [SAID]
    (wheel,) = (target.room / "out").glob("built_and_run_on-*.whl")
    assert check_record(wheel) == ["ingredient>=2.0"]

    # The wheel of the cache, and what is built again, have the same requirement.
    for options in ((), ("--no-cache-dir",)):
        clash = target.override(
            PINNED, "install", *options, "ingredient==1.0", "built-and-run-on"
        ).failed()
        assert "built-and-run-on 1.0 depends on ingredient>=2.0" in clash.stdout + clash.stderr
        assert "The user requested ingredient==1.0" in clash.stdout + clash.stderr
        assert target.versions() == {}
    assert target.calls()[-1] == ("prepare_metadata_for_build_wheel", "built-and-run-on")
    cached = target.override(PINNED, "install", "ingredient<3", "built-and-run-on").succeeded()
    assert "overridden builds from the cache: built-and-run-on 1.0" in cached.summary
    assert target.calls() == []
    assert installed_requirements(target, "built_and_run_on") == ["ingredient>=2.0"]
    target.run_pip("install", "ingredient==1.0")
    check = target.run_pip("check").failed()
    assert "built-and-run-on 1.0 has requirement ingredient>=2.0" in check.stdout


@pytest.mark.seam("metadata")
def test_what_the_target_gets_is_pinned_once_it_is_known(target: Target) -> None:
    rules = """
[package.declares]
replace.ingredient = { from = "target" }
pin-compatible.ingredient = "=={version}"
"""
    # The guess is 3.0, the newest; bundle alone keeps it from the target. declares itself does not
    # require it.
    for number in range(2):
        environment = target.fresh()
        result = environment.override(rules, "install", "declares==1.0", "bundle").succeeded()
        assert environment.versions()["ingredient"] == "2.0"
        assert environment.stamp("declares") == {"ingredient": "2.0"}
        assert installed_requirements(environment, "declares") == ["ingredient==2.0"]
        said = "declares 1.0: pins ingredient==2.0 (built with ingredient 2.0)   [build-overrides.toml:"
        assert number or result.stdout.count(said) == result.stdout.count("pins") == 1
        assert environment.builds() == ([] if number else ["declares"])


@pytest.mark.pips(only=("24.0", "26.3"))
def test_metadata_that_an_index_serves_is_not_used(target: Target) -> None:
    rules = """
[package.declares]
replace.ingredient = "ingredient==2.0"
pin-compatible.ingredient = "~={version}.0"
"""
    with index_with_metadata(target.index, target.room / "served") as settings:
        target.override(rules, "install", "declares==1.0", settings=settings).succeeded()
        assert target.versions()["ingredient"] == "2.0"
        downloaded = target.override(
            rules, "download", "-d", "files", "declares==1.0", "ingredient==3.0", settings=settings
        ).failed()
    assert "declares 1.0 depends on ingredient~=2.0.0" in downloaded.stdout + downloaded.stderr


@pytest.mark.seam("editable installs")
def test_editable(target: Target) -> None:
    rules = """
[package.{0}]
replace.ingredient = "ingredient==2.0"
pin-compatible = ["ingredient"]
"""
    if target.pip.is_older_than("21.3"):
        source_tree("no-backend", target.room)
        result = target.refuses(
            rules.format("no-backend"),
            "install",
            "-e",
            "./no-backend",
            words=("no-backend is installed as editable by its setup.py", "package.no-backend"),
        )
        follows(
            "install it without -e, or with pip 21.3 or later and a build backend that has"
            " build_editable (setuptools 64 or later)",
            result.error,
        )
        target.override(rules.format("no-backend"), "install", "./no-backend").succeeded()
        assert installed_requirements(target, "no_backend") == ["ingredient>=2.0"]
        return
    source_tree("editable", target.room)
    result = target.override(rules.format("editable"), "install", "-e", "./editable").succeeded()
    assert installed_requirements(target, "editable") == ["ingredient>=2.0"]
    assert target.stamp("editable") == {"ingredient": "2.0"}


@pytest.mark.pips(only=("24.0",))
def test_a_project_that_has_only_a_setup_py(target: Target) -> None:
    # By the backend of setuptools, which writes metadata once to prepare it, and again into the wheel.
    rules = """
[package.setup-py-only]
replace.setuptools = "setuptools==68.2.2"
pin-compatible.setuptools = "~={version}"
"""
    result = target.override(rules, "install", "setup-py-only").succeeded()
    assert "pins setuptools~=68.2.2 (built with setuptools 68.2.2)" in result.stdout
    assert installed_requirements(target, "setup_py_only") == ["setuptools~=68.2.2"]
    assert target.versions()["setuptools"] == "68.2.2"
    refused = target.fresh().override(
        rules, "install", "--no-build-isolation", "--no-cache-dir", "setup-py-only"
    )
    refused.refused("setup-py-only 1.0 is built without build isolation", "package.setup-py-only")


@pytest.mark.seam("hooks")
def test_a_name_that_was_not_built_with(target: Target) -> None:
    rules = '[package.declares]\npin-compatible = ["ingredients"]\n'
    result = target.refuses(
        rules,
        "install",
        "declares==1.0",
        words=(
            "declares 1.0 is built without ingredients, so pin-compatible cannot pin it to a version",
            "(built with: ingredient 3.0, stampbackend 1.0)",
            "build-overrides.toml: package.declares",
        ),
    )
    said = follows("did you mean {}? Otherwise remove {} from pin-compatible", result.error)
    rules = rules.replace("ingredients", said.partition("?")[0].split()[-1])
    target.override(rules, "install", "declares==1.0").succeeded()
    assert installed_requirements(target, "declares") == ["ingredient>=3.0"]


def _cases(alterations: tuple[Alteration, ...]) -> list[Any]:
    return [
        pytest.param(
            alteration,
            id=alteration.name.replace(" ", "-"),
            marks=pytest.mark.pips(only=tuple(alteration.edits)),
        )
        for alteration in alterations
    ]


@pytest.mark.parametrize("alteration", _cases(PAST_THE_PINS))
def test_a_pip_that_reads_other_metadata(target: Target, alteration: Alteration) -> None:
    alteration.apply(target.pip.id, target.site_packages)
    words = (f"pip {target.pip.version} has internals", *alteration.seam)
    target.refuses(PINNED, "install", "built-and-run-on", words=words)


@pytest.mark.parametrize("alteration", _cases(PAST_WHAT_IS_SERVED))
def test_a_pip_that_reads_served_metadata(target: Target, alteration: Alteration) -> None:
    alteration.apply(target.pip.id, target.site_packages)
    words = (f"pip {target.pip.version} has internals", *alteration.seam)
    with index_with_metadata(target.index, target.room / "served") as settings:
        target.refuses(PINNED, "install", "built-and-run-on", words=words, settings=settings)


@pytest.mark.seam("none")
def test_in_explain_report_record_and_freeze(target: Target) -> None:
    path = target.write(PINNED)
    explained = target.execute(
        *tool(), "explain", "--overrides", path, "--python", target.python, "built-and-run-on"
    ).succeeded()
    assert f'pin-compatible = ["ingredient"]{WHERE}' in explained.lines
    report = target.room / "report.json"
    settings = {"PIP_BUILD_REQUIREMENTS_OVERRIDE_REPORT": str(report)}
    target.override(path, "install", "built-and-run-on", settings=settings).succeeded()
    (build,) = json.loads(report.read_text(encoding="utf-8"))["builds"]
    (record,) = target.site_packages.glob("built_and_run_on-1.0.dist-info/sboms/*.json")
    for changes in (build["changes"], list(map(vars, from_cyclonedx(record.read_bytes()).changes))):
        (pin,) = [change for change in changes if change["kind"] == "pin-compatible"]
        assert list(pin["before"]) == ["ingredient 2.0"]
        assert list(pin["after"]) == ["ingredient>=2.0"]
        assert pin["text"] == "pins ingredient>=2.0 (built with ingredient 2.0)"
    frozen = target.execute(*tool(), "freeze", report).succeeded()
    assert 'pin-compatible.ingredient = ">=2.0"' in frozen.lines
    again = target.fresh()
    again.override(frozen.stdout, "install", "--no-cache-dir", "built-and-run-on").succeeded()
    assert installed_requirements(again, "built_and_run_on") == ["ingredient>=2.0"]


@pytest.mark.seam("none")
def test_rules_for_all_packages(target: Target) -> None:
    rules = '[package."*"]\npin-compatible = ["ingredient"]\n'
    result = target.override(rules, "install", "needs-spice", "runs-on-ingredient").succeeded()
    assert "needs-spice 1.0: pins ingredient>=3.0 (built with ingredient 3.0)" in result.stdout
    assert installed_requirements(target, "needs_spice") == ["ingredient>=3.0"]
    # It is not built with it.
    assert installed_requirements(target, "runs_on_ingredient") == ["ingredient"]
