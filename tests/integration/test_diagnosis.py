"""A build that fails under the shim ends in what is known of it, after all that pip itself says."""

from __future__ import annotations

import textwrap

import pytest

from ..support.environments import Result, Target, tool
from ..support.hints import ONE_PIP, follows
from ..support.names import unnamed
from ..support.stampbackend import write_wheel

# In force, and of no help.
OVERRIDES = """\
# All packages.
[package."*"]
constrain = ["setuptools<99"]
"""
SAYS = "pip-build-override: "


def diagnosis(result: Result) -> list[str]:
    """What was said after pip's own output; fails where pip said anything behind it."""
    own, _, ours = result.stderr.partition(f"\n{SAYS}")
    assert "error" in own.lower(), str(result)
    assert "ERROR" not in ours, str(result)
    return (SAYS + ours).splitlines()


def pasted(lines: list[str]) -> str:
    """The lines to paste."""
    start = next(i for i, line in enumerate(lines) if line.startswith("hint: write into "))
    end = next(i for i, line in enumerate(lines) if line.startswith("  then run: "))
    return textwrap.dedent("\n".join(lines[start + 1 : end])) + "\n"


@pytest.mark.seam("none")
@pytest.mark.parametrize("name", ["misses-wheel", "misses-wheel-in-hook"])
def test_what_is_pasted_fixes_it(target: Target, name: str) -> None:
    result = target.override(OVERRIDES, "install", name).failed()
    lines = diagnosis(result)
    assert lines[0].startswith(f"{SAYS}{name} 1.0 imports wheel while it is built")
    assert "hint: write into build-overrides.toml:" in lines
    text = pasted(lines)
    assert text == f'[package.{name}]\nadd = ["wheel"]\n'
    assert f"pip install {name}" in lines[-1]
    # Only offered.
    assert target.versions() == {}
    target.override(OVERRIDES + text, "install", name).succeeded()
    assert "wheel" in target.stamp(name.replace("-", "_"))


@pytest.mark.quick_on("26.3")
def test_who_is_in_the_build_environment(target: Target) -> None:
    overrides = '[package.misses-wheel]\nreplace.ingredient = "ingredient==1.0"\n'
    lines = diagnosis(target.override(overrides, "install", "misses-wheel").failed())
    start = lines.index("  build environment:")
    assert [line.strip() for line in lines[start + 1 : start + 4]] == [
        "stampbackend 1.0 (declared)",
        "mint 1.0 (requested by its backend)",
        "ingredient 1.0 (by build-overrides.toml: package.misses-wheel)",
    ]


@pytest.mark.seam("none")
def test_rules_in_force_are_kept(target: Target) -> None:
    overrides = '[package.misses_wheel]\nreplace.ingredient = "ingredient==1.0"\n'
    lines = diagnosis(target.override(overrides, "install", "misses-wheel").failed())
    text = pasted(lines)
    assert text == '[package.misses_wheel]\nreplace.ingredient = "ingredient==1.0"\nadd = ["wheel"]\n'
    target.override(text, "install", "misses-wheel").succeeded()
    assert target.stamp("misses_wheel")["ingredient"] == "1.0"


@pytest.mark.seam("none")
def test_a_misspelt_table_gets_its_right_name(target: Target) -> None:
    overrides = '[package.misses-weel]\nreplace.ingredient = "ingredient==1.0"\n'
    result = target.override(overrides, "install", "misses-wheel").failed()
    # A build that failed is not one that did not use the table.
    assert "--allow-unused" not in result.stderr
    lines = diagnosis(result)
    says = "package.misses-weel was probably meant for misses-wheel 1.0, which has no table of its own"
    assert f"  build-overrides.toml: {says} [unused-table]" in lines
    text = pasted(lines)
    assert text == '[package.misses-wheel]\nreplace.ingredient = "ingredient==1.0"\nadd = ["wheel"]\n'
    target.override(text, "install", "misses-wheel").succeeded()
    assert target.stamp("misses_wheel")["ingredient"] == "1.0"


def test_a_build_requirement_that_does_not_build(target: Target) -> None:
    result = target.override(OVERRIDES, "install", "needs-misses-wheel").failed()
    assert result.stderr.count("imports wheel while it is built") == 1, str(result)
    lines = diagnosis(result)
    outer = (
        "needs-misses-wheel 1.0 does not build: its build requirement misses-wheel 1.0 does not build"
    )
    assert any(outer in line for line in lines)
    target.override(OVERRIDES + pasted(lines), "install", "needs-misses-wheel").succeeded()


@pytest.mark.seam("none")
@pytest.mark.parametrize("rule", ['replace.wheel = "wheel"', 'remove = ["wheel"]'])
def test_a_rule_with_nothing_to_act_on_gives_way(target: Target, rule: str) -> None:
    overrides = f"[package.misses-wheel]\n{rule}\n"
    text = pasted(diagnosis(target.override(overrides, "install", "misses-wheel").failed()))
    assert text == '[package.misses-wheel]\nadd = ["wheel"]\n'
    target.override(text, "install", "misses-wheel").succeeded()


@pytest.mark.seam("none")
def test_a_setting_that_is_in_the_way_is_not_in_the_command(target: Target) -> None:
    settings = ("--set", "misses-wheel: wheel; python_version < '3'", "--set", "misses-wheel: mint")
    command = ("run", *settings, "--", target.python, "-m", "pip", "install", "misses-wheel")
    lines = diagnosis(target.execute(*tool(), *command).failed())
    assert pasted(lines) == '[package.misses-wheel]\nadd = ["wheel"]\n'
    assert lines[-1].endswith(
        f" --set 'misses-wheel: mint' -- {target.python} -m pip install misses-wheel"
    )
    assert "python_version" not in lines[-1]


@pytest.mark.seam("none")
@pytest.mark.parametrize(
    ("rule", "name"),
    [('add = ["mint==99"]', "mint"), ('replace.ingredient = "ingredient==99"', "ingredient")],
)
def test_what_a_rule_asks_for_and_pip_does_not_find(target: Target, rule: str, name: str) -> None:
    overrides = f"[package.declares]\n{rule}\n"
    result = target.override(overrides, "install", "declares==1.0").failed()
    lines = diagnosis(result)
    where = "build-overrides.toml: package.declares"
    says = f"declares 1.0 does not build: pip cannot find {name}==99, which {where} requires"
    assert lines[0] == f"{SAYS}{says} [requirement-not-found]"
    assert lines[-1].startswith(f"hint: use a version of {name} that exists in {where}: ")


@pytest.mark.pips(only=[ONE_PIP])
def test_what_pip_finds_in_another_directory(target: Target) -> None:
    overrides = '[package.declares]\nadd = ["salt==1.0"]\n'
    lines = diagnosis(target.override(overrides, "install", "declares==1.0").failed())
    said = follows(
        "run the command without --no-index, or put {} into a directory that --find-links names",
        lines[-1],
    )
    assert "put salt==1.0 into" in said
    (target.room / "salt").mkdir()
    write_wheel(str(target.room / "salt"), "salt", "1.0", {"salt.py": ""})
    given = ("install", "--find-links", target.room / "salt", "declares==1.0")
    assert "built with" in target.override(overrides, *given).succeeded().stdout


FILE = "build-overrides.toml"
OWN, EVERY = f"{FILE}: package.{{}}", f'{FILE}: package."*"'


@pytest.mark.pips(only=["21.2.4", "24.0+legacy", "26.3"])
def test_a_source_table_and_a_limit_that_exclude_each_other(target: Target) -> None:
    own = OWN.format("declares")
    table = '[package.declares]\nreplace.ingredient = {{ from = "oldest"{} }}\n'
    table += 'constrain = ["ingredient>=2"]\n'
    lines = diagnosis(target.override(table.format(""), "install", "declares==1.0").failed())
    says = f"{own} requires ingredient==1.0 (oldest) and {own} allows only ingredient>=2"
    says = f"declares 1.0 does not build: {says}; no version satisfies both"
    assert lines[0] == f"{SAYS}{says} [requirements-conflict]"
    specifier = 'specifier = ">=2"'
    assert lines[-1] == (
        f"hint: add {specifier} to the source table for ingredient in {own};"
        " it then chooses the oldest version that satisfies both"
    )
    target.override(table.format(f", {specifier}"), "install", "declares==1.0").succeeded()
    assert target.stamp("declares") == {"ingredient": "2.0"}


@pytest.mark.parametrize(
    ("rules", "name", "says", "hint", "changed"),
    [
        pytest.param(
            '[package.declares]\nconstrain = ["ingredient>=99"]\n',
            "declares",
            f"{OWN} allows only ingredient>=99, and pip cannot find such a version",
            f"change the limit in {OWN} to one that a release of ingredient satisfies; `pip index"
            " versions ingredient` lists them; --index-url or --find-links name other places to"
            " search",
            ("99", "2"),
            id="no release",
        ),
        pytest.param(
            '[package."*"]\nconstrain = ["ingredient<3"]\n\n[package.pins]\n',
            "pins",
            f"it declares ingredient==3.0 and {EVERY} allows only ingredient<3; no version satisfies"
            " both",
            f'add replace.ingredient = "ingredient<3" to {OWN}; it replaces the declared ingredient',
            ("[package.pins]", '[package.pins]\nreplace.ingredient = "ingredient<3"'),
            id="declared",
        ),
        pytest.param(
            '[package.asks-pinned]\nconstrain = ["ingredient<3"]\n',
            "asks-pinned",
            f"it declares ingredient==3.0 and {OWN} allows only ingredient<3; no version satisfies"
            " both",
            f'add replace.ingredient = "ingredient<3" to {OWN}; it replaces the declared ingredient',
            ("constrain", 'replace.ingredient = "ingredient<3"\nconstrain'),
            id="asked for by the hook",
        ),
        pytest.param(
            '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'
            '[package."*"]\nadd = ["spice>=2"]\n',
            "declares",
            f"{OWN} requires ingredient==1.0 and spice 2.0, which {EVERY} requires, depends on"
            " ingredient>=2; no version satisfies both",
            f"change ingredient==1.0 in {OWN}, so that a version of ingredient satisfies both",
            ("==1.0", "==2.0"),
            id="what comes with another rule",
        ),
    ],
)
@pytest.mark.seam("none")
def test_rules_that_pip_finds_nothing_for(
    target: Target, rules: str, name: str, says: str, hint: str, changed: tuple[str, str]
) -> None:
    lines = diagnosis(target.override(rules, "install", f"{name}==1.0").failed())
    assert unnamed(lines[0]) == f"{SAYS}{name} 1.0 does not build: {says.format(name)}"
    assert lines[-1] == f"hint: {hint.format(name)}"
    # As the hint has it.
    target.override(rules.replace(*changed), "install", f"{name}==1.0").succeeded()


@pytest.mark.pips(only=["22.3.1", "26.3"])
def test_a_rule_and_a_constraint_of_the_user(target: Target) -> None:
    path = target.write("ingredient>=2\n", "constraints.txt")
    older = target.pip.is_older_than("25.3")
    settings, options = (
        ({"PIP_CONSTRAINT": str(path)}, ()) if older else ({}, ("--build-constraint", path))
    )
    overrides = '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'
    result = target.override(overrides, "install", *options, "declares", settings=settings).failed()
    own = OWN.format("declares")
    lines = diagnosis(result)
    assert f"{own} requires ingredient==1.0" in lines[0]
    assert "a constraint given to pip allows only ingredient>=2" in lines[0]
    assert lines[-1] == (
        f"hint: change ingredient==1.0 in {own} or the constraint that pip is given, so that a"
        " version of ingredient satisfies both"
    )


@pytest.mark.seam("none")
def test_an_unknown_kind_says_only_what_is_certain(target: Target) -> None:
    result = target.override(OVERRIDES, "install", "undeclared").failed()
    lines = diagnosis(result)
    assert "hint:" not in "\n".join(lines)
    assert "imports ingredient while it is built" in lines[0]
    assert "it is not known which distribution contains it" in lines[0]


@pytest.mark.seam("none")
def test_an_unmatched_rule_is_named(target: Target) -> None:
    overrides = '[package.misses-wheel-in-hook]\nreplace.whel = "wheel"\n'
    result = target.override(overrides, "install", "misses-wheel-in-hook").failed()
    assert "declares no build requirement whel, so replace.whel has no effect" in result.stderr


@pytest.mark.seam("none")
def test_options_of_run_are_kept_in_the_command(target: Target) -> None:
    command = ("run", "--constrain", "mint<9", "--", target.python, "-m", "pip", "install")
    result = target.execute(*tool(), *command, "misses-wheel").failed()
    assert diagnosis(result)[-1] == (
        "  then run: pip-build-override run --overrides build-overrides.toml --constrain 'mint<9'"
        f" -- {target.python} -m pip install misses-wheel"
    )


@pytest.mark.seam("none")
def test_no_password_in_the_command(target: Target) -> None:
    proxy = "http://me:secret@localhost:1"
    result = target.override(OVERRIDES, "install", "--proxy", proxy, "misses-wheel").failed()
    assert diagnosis(result)[-1].endswith(
        f"-- {target.python} -m pip install --proxy http://localhost:1 misses-wheel"
    )
    assert "secret" not in result.stderr


@pytest.mark.pips(only=["24.0", "26.3"])
def test_silence(target: Target) -> None:
    result = target.override(OVERRIDES, "install", "-qqq", "misses-wheel").failed()
    assert SAYS not in result.stderr
    # Nothing failed, nothing is said.
    assert SAYS not in target.override(OVERRIDES, "install", "mint").succeeded().stderr


@pytest.mark.pips(only=["22.3.1", "26.3"])
def test_verbose_output_is_read_as_well(target: Target) -> None:
    lines = diagnosis(target.override(OVERRIDES, "install", "-v", "misses-wheel").failed())
    assert pasted(lines) == '[package.misses-wheel]\nadd = ["wheel"]\n'
