"""The packaging standards come from pip's own copies inside pip, and from installed ones elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from pip_build_override.rules import standards

# Prints which of the modules that may answer were loaded, and an answer.
PROBE = """
import json, sys
{before}
from pip_build_override.rules import standards
print(json.dumps([
    standards.INSIDE_PIP,
    standards.contains(">=1", "1.1") and standards.marker_holds("os_name == 'x'", {{"os_name": "x"}}),
    standards.read_toml("a = 1"),
    sorted(name for name in sys.modules if name in {known}),
]))
"""
PIPS = ("pip._vendor.packaging.markers", "pip._vendor.tomli")
INSTALLED = ("packaging.markers", "tomli", "tomllib")


def probe(before: str) -> list[object]:
    code = PROBE.format(before=before, known=PIPS + INSTALLED)
    command = [sys.executable, "-W", "ignore", "-c", code]
    result: list[object] = json.loads(
        subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    )
    return result


def test_inside_pip_only_pip_is_asked() -> None:
    inside, *answers, modules = probe("import pip._internal")
    assert inside is True
    assert answers == [True, {"a": 1}]
    toml = "tomllib" if sys.version_info >= (3, 11) else "pip._vendor.tomli"
    assert isinstance(modules, list)
    assert set(modules) - {"pip._vendor.tomli"} == {"pip._vendor.packaging.markers", toml} - {
        "pip._vendor.tomli"
    }
    assert toml in modules


def test_elsewhere_the_installed_libraries_are_asked() -> None:
    inside, *answers, modules = probe("")
    toml = "tomllib" if sys.version_info >= (3, 11) else "tomli"
    assert inside is False
    assert answers == [True, {"a": 1}]
    assert modules == sorted(["packaging.markers", toml])


@pytest.mark.parametrize(
    "name", ["Oldest_Supported.Numpy", "oldest-supported-numpy", "OLDEST__supported.-numpy"]
)
def test_names_compare_in_normalised_form(name: str) -> None:
    assert standards.normalise(name) == "oldest-supported-numpy"


@pytest.mark.parametrize(
    ("specifier", "version", "within"),
    [
        (">=3,<3.5", "3.1", True),
        (">=3,<3.5", "3.5", False),
        (">=3,<3.5", "3.1a1", True),
        (">3", "4.0.dev0", True),
        ("==1.0", "1.0+local", True),
        ("==1.*", "v1.2", True),
        ("", "2", True),
    ],
)
def test_a_pre_release_satisfies_a_specifier_like_any_other(
    specifier: str, version: str, within: bool
) -> None:
    assert standards.contains(specifier, version) is within


def test_what_is_not_of_pep_440_is_an_error() -> None:
    with pytest.raises(ValueError, match="2004d-x"):
        standards.contains(">=1", "2004d-x")


@pytest.mark.parametrize("text", ["a", "a = ", "[", "a = " + "[" * 30000])
def test_what_is_not_toml_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"(?s)."):
        standards.read_toml(text)


def test_a_marker_that_cannot_be_evaluated_is_a_value_error(environment: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="wrong|expected|Expected|Invalid|parse"):
        standards.marker_holds("wrong", environment)
    many = " and ".join(["(" * 5 + "os_name == 'posix'" + ")" * 5] * 2)
    assert standards.marker_holds(many, environment)
    with pytest.raises(ValueError, match="nested (too|more than .*) deep"):
        standards.marker_holds("(" * 3000 + "os_name == 'posix'" + ")" * 3000, environment)


def test_a_marker_that_a_reader_gives_up_on_is_a_value_error(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # As the copies do that pips below 26.3 vendor: those count no depth.
    class Deep:
        def __init__(self, marker: str) -> None:
            raise RecursionError(marker)

    monkeypatch.setattr(standards._library(standards._MARKERS), "Marker", Deep)
    with pytest.raises(ValueError, match="nested too deeply"):
        standards.marker_holds("os_name == 'posix'", environment)


def test_versions_in_order() -> None:
    versions = ["2.10", "1!0.1", "2.9", "2.9rc1", "old", "2.9.dev1", "a.1"]
    expected = ["a.1", "old", "2.9.dev1", "2.9rc1", "2.9", "2.10", "1!0.1"]
    assert standards.in_order(versions) == expected


def test_what_may_be_contained() -> None:
    assert standards.may_contain(">=1", "2")
    assert not standards.may_contain(">=1", "0.9")
    assert standards.may_contain(">=1", "old")
    assert standards.may_contain(">= 1 2", "0.9")
