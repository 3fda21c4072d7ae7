"""What a warning let pass is an error under a stricter setting, for a wheel of the cache as well."""

from __future__ import annotations

import pytest

from ..support.environments import Target
from ..support.wheelhouse import ingredient_wheel

MISSPELT = '[package.{}]\nreplace.ingrdient = "ingredient==1.0"\n'
BOTH = '[package.undeclared]\nadd = ["built-and-run-on", "ingredient==1.0"]\n'


def setting(name: str, value: str) -> str:
    return f'[settings]\n{name} = "{value}"\n'


@pytest.mark.seam("none")
@pytest.mark.parametrize(("package", "table"), [("declares", "declares"), ("needs-sauce", "sauce")])
def test_a_rule_that_met_nothing(target: Target, package: str, table: str) -> None:
    overrides = MISSPELT.format(table)
    for expected in ([package, table], []):
        environment = target.fresh()
        warned = overrides + setting("unused", "warn")
        result = environment.override(warned, "install", package).succeeded()
        (warning,) = result.warnings
        assert f"package.{table}: {table} " in warning
        assert "declares no build requirement ingrdient" in warning
        assert set(target.builds()) == set(expected)
    target.refuses(overrides, "install", package, words=(f"package.{table}", "ingrdient"))


@pytest.mark.seam("none")
def test_a_misfit_of_a_wheel_without_a_record(target: Target) -> None:
    target.put(ingredient_wheel(target.room / "older", "1.0"))
    unrecorded = '[settings]\nrecord = "none"\n'
    other = target.fresh()
    other.override(unrecorded, "install", "built-and-run-on").succeeded()
    target.builds()
    words = ("built against ingredient 3.0", "ingredient 1.0")
    target.refuses(f'{unrecorded}mismatch = "error"\n', "install", "built-and-run-on", words=words)
    result = target.override(unrecorded, "install", "built-and-run-on").succeeded()
    assert [text for text in result.warnings if words[0] in text]
    assert target.builds() == []


@pytest.mark.seam("none")
def test_a_misfit_in_a_build_environment(target: Target) -> None:
    for expected in (["built-and-run-on", "undeclared"], []):
        result = target.fresh().override(BOTH, "install", "undeclared").succeeded()
        (warning,) = result.warnings
        assert "built-and-run-on 1.0 is built against ingredient 3.0" in warning
        assert target.builds() == expected
    strict = BOTH + setting("mismatch", "error")
    target.refuses(strict, "install", "undeclared", words=("built against ingredient 3.0",))
