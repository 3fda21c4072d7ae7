"""What uv's settings say about builds, as an overrides file."""

from __future__ import annotations

from pathlib import Path

import pytest

from pip_build_override.cli.main import main
from pip_build_override.exporting.from_uv import read_uv
from pip_build_override.rules import package, parse_overrides, select
from pip_build_override.rules.written import lines_of_tables

from ..support.documents import answered
from ..support.hints import follows
from .test_exporting import MARKERS

Capture = pytest.CaptureFixture[str]

SETTINGS = """
build-constraint-dependencies = ["setuptools<82", "numpy<2; python_version < '3.12'"]
no-binary-package = ["Flash_Attn"]

[extra-build-dependencies]
cchardet = ["cython", "wheel>=0.40"]
flash-attn = [{ requirement = "torch", match-runtime = true }, { requirement = "ninja" }]
"zope.interface" = [{ requirement = "numpy; sys_platform == 'linux'", match-runtime = true }]

[extra-build-variables]
flash-attn = { FLASH_ATTENTION_SKIP_CUDA_BUILD = "TRUE" }

[config-settings-package]
numpy = { editable_mode = "compat", setup-args = ["-Da=1", "-Db=2"] }
"""
WRITTEN = """\
[package."*"]
constrain = ["setuptools<82", "numpy<2; python_version < '3.12'"]

[package.cchardet]
add = ["cython", "wheel>=0.40"]

[package.flash-attn]
add = [{ name = "torch", from = "target" }, "ninja"]
no-binary = true
env.FLASH_ATTENTION_SKIP_CUDA_BUILD = "TRUE"

[package.zope-interface]
add = [{ name = "numpy", from = "target", marker = "sys_platform == 'linux'" }]
constrain = ["numpy<2; python_version < '3.12'"]

[package.numpy]
config-settings.editable_mode = "compat"
config-settings.setup-args = ["-Da=1", "-Db=2"]
"""


@pytest.fixture(autouse=True)
def _room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_all_settings_with_a_key_of_ours(capsys: Capture) -> None:
    Path("uv.toml").write_text(SETTINGS, encoding="utf-8")
    assert main(["import", "uv.toml"]) == 0
    assert capsys.readouterr().out == WRITTEN
    below = SETTINGS.replace("[", "[tool.uv.", 0).split("\n")
    lines = ["[tool.uv]", *(f"[tool.uv.{line[1:]}" if line[:1] == "[" else line for line in below)]
    Path("pyproject.toml").write_text("\n".join(lines), encoding="utf-8")
    assert main(["import", "--format", "json", "pyproject.toml"]) == 0
    answer = answered("import", capsys.readouterr().out)
    assert answer == {"format": 1, "overrides": WRITTEN, "unsaid": []}
    assert parse_overrides(WRITTEN.encode(), path="/none/o.toml").tables


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ('no-build-isolation-package = ["x"]', "no-build-isolation-package: uv does not check"),
        ("no-build-isolation = true", "no-build-isolation: it is for every package"),
        ("no-binary = true", "no-binary: it is for every package; give pip the"),
        ("no-build = true", "no-build: it is for every package"),
        ('no-build-package = ["x"]', "no-build-package: give pip the option --only-binary"),
        ("no-sources = true", "no-sources: an overrides file has no sources"),
        ("sources = { y = { git = 'https://y' } }", "sources: an overrides file has no sources"),
        ("require-build-hashes = true", "require-build-hashes: here, hashes are those of single"),
        ('resolution = "lowest"', "resolution: it has a part in which versions are installed"),
        ('prerelease = "allow"', "prerelease: it has a part in"),
        ('override-dependencies = ["x<2"]', "override-dependencies: it has a part in"),
        ("dependency-metadata = [{ name = 'x' }]", "dependency-metadata: pip takes the metadata"),
        ("index = [{ url = 'https://y' }]", "index: it says where uv looks for packages"),
        ("find-links = ['links']", "find-links: it says where uv looks for packages"),
        ("pip = { config-settings = { x = 'y' } }", "pip.config-settings: it is for uv pip only"),
        ("pip = 'new'", "pip: this setting is not known here, and may change builds"),
        ("of-a-later-uv = 1", "of-a-later-uv: this setting is not known here, and may change builds"),
        ('exclude-newer = "2024-01-01"', "exclude-newer: it also limits what is installed"),
        ('extra-build-dependencies = ["x"]', "extra-build-dependencies: it is not a table"),
        ('extra-build-dependencies = { x = "y" }', "extra-build-dependencies.x: it is not a list"),
        ("extra-build-dependencies = { x = [1] }", "extra-build-dependencies.x: 1 is no requirement"),
        (
            'extra-build-dependencies = { x = ["numpy=1"] }',
            "extra-build-dependencies.x: numpy=1: ",
        ),
        (
            "extra-build-dependencies = { x = [{ requirement = 'y', new = true }] }",
            "extra-build-dependencies.x: {'requirement': 'y', 'new': True} is no requirement",
        ),
        (
            "extra-build-dependencies = { x = [{ requirement = 'y>1', match-runtime = true }] }",
            "extra-build-dependencies.x: y>1: with match-runtime, it can only be a name here",
        ),
        ("extra-build-variables = { x = 1 }", "extra-build-variables.x: it is not a table"),
        ("extra-build-variables = { x = { A = 1 } }", "extra-build-variables.x.A: it is not a text"),
        ("build-constraint-dependencies = [1]", "build-constraint-dependencies: it is not a list of"),
        (
            "build-constraint-dependencies = ['x @ https://x/y']",
            "build-constraint-dependencies: x @ https://x/y: a limit here is a name and a specifier",
        ),
        ("build-constraint-dependencies = ['<2']", "build-constraint-dependencies: <2: "),
    ],
)
def test_what_has_no_key_is_listed(settings: str, why: str, capsys: Capture) -> None:
    found = read_uv(settings, pyproject=False)
    assert found.tables == {}
    assert len(found.unsaid) == 1
    assert found.unsaid[0].startswith(why)
    Path("uv.toml").write_text(settings, encoding="utf-8")
    assert main(["import", "uv.toml"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"error: uv.toml: not imported: {why}" in printed.err


def test_a_requirement_from_a_source() -> None:
    settings = "extra-build-dependencies = { x = ['y'] }\nsources = { Y = { git = 'https://y' } }"
    found = read_uv(settings, pyproject=False)
    assert found.tables == {}
    assert found.unsaid == (
        "extra-build-dependencies.x: y: uv takes it from tool.uv.sources",
        "sources: an overrides file has no sources of packages",
    )


def test_settings_that_change_no_build_are_not_listed() -> None:
    settings = (
        'link-mode = "copy"\nno-build = false\nno-binary-package = ["x"]\n'
        'pip = { link-mode = "copy", strict = true, no-build = [] }\n'
    )
    found = read_uv(settings, pyproject=False)
    assert found.tables == {"x": {"no-binary": True}}
    assert found.unsaid == ()


@pytest.mark.parametrize(
    "added", ['"cc"', "\"CC>1; os_name == 'nt'\"", '{ requirement = "cc", match-runtime = true }']
)
def test_limits_for_every_package_hold_for_what_is_added(added: str) -> None:
    limits = ["cc<2; python_version < '3.12'", "cc>0", "numpy<2"]
    settings = f"build-constraint-dependencies = {limits}\n"
    settings += f"extra-build-dependencies = {{ x = [{added}] }}"
    found = read_uv(settings, pyproject=False)
    assert found.tables["*"]["constrain"] == limits
    assert found.tables["x"]["constrain"] == limits[:2]
    assert found.unsaid == ()
    rules = "\n".join(lines_of_tables(found.tables))
    overrides = parse_overrides(rules.encode(), path="/none/o.toml", shown="o.toml")
    selection = select(overrides, package("x", "1"), {**MARKERS, "os_name": "nt"})
    in_force = {rule.limit for rule in selection.rules if rule.key == "constrain" and rule.effective}
    assert in_force == {"cc<2", "cc>0", "numpy<2"}


def test_files_without_such_settings(capsys: Capture) -> None:
    Path("pyproject.toml").write_text("[project]\nname = 'x'\n", encoding="utf-8")
    Path("uv.toml").write_text("[", encoding="utf-8")
    Path("right").mkdir()
    Path("right", "pyproject.toml").write_text(
        "[tool.uv]\nextra-build-dependencies = { x = ['y'] }\n", encoding="utf-8"
    )
    Path("odd.toml").write_text("tool = 1\n", encoding="utf-8")
    Path("other.toml").write_text("[tool.uv]\npackage = false\n", encoding="utf-8")
    for name, problem in (
        ("pyproject.toml", "there are no settings of uv for builds in it"),
        ("other.toml", "there are no settings of uv for builds in it"),
        ("odd.toml", "there are no settings of uv for builds in it"),
        ("uv.toml", "cannot be imported: "),
        ("right", "cannot be read: "),
    ):
        assert main(["import", name]) == 2
        said = capsys.readouterr().err
        assert problem in said
        follows("name a pyproject.toml with [tool.uv], or a uv.toml", said)
    assert main(["import", "right/pyprojekt.toml"]) == 2
    said = follows("did you mean {}?", capsys.readouterr().err)
    assert main(["import", said[len("hint: ") :] if said.startswith("hint: ") else said[13:-1]]) == 0
    assert capsys.readouterr().out == '[package.x]\nadd = ["y"]\n'
