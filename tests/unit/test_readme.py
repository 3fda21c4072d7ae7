"""What the README and the pages in docs say, as far as it can be tried without an index.

tests/network/test_readme.py types the commands of the README.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from pip_build_override import switch
from pip_build_override.cli import documentation
from pip_build_override.cli.main import COMMANDS, _parser_of, main, module_of
from pip_build_override.in_pip.state import explanation
from pip_build_override.records.fits import fits
from pip_build_override.rules import parse_overrides
from pip_build_override.rules.place import toml_value
from pip_build_override.rules.reading import package_table, sources
from pip_build_override.rules.reading.values import SETTINGS

from ..support.pips import MAIN

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {path.name: path for path in sorted((ROOT / "docs").glob("*.md"))}
ALL = {"README.md of the project": ROOT / "README.md", **PAGES}
OVERRIDES = [
    pytest.param(text, id=f"{name}-{number}")
    for name, path in ALL.items()
    for number, text in enumerate(
        re.findall(r"^```toml\n(.*?)^```", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    )
    # That table is another tool's.
    if not text.startswith("[tool.cibuildwheel]\n")
]
NOTES = {name: ROOT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")}
EXAMPLES = sorted((ROOT / "config-examples").glob("*.toml"))
FORBIDDEN = re.compile(
    r"\b(anew|mends?|mended|whoever|of old|besides|amiss|gives way|gave way|speaks of|tells of"
    r"|comes to|not to be had)\b"
)


def commands_in(text: str) -> set[str]:
    """Return the commands of ours that are to be typed, in code blocks, comments and sentences."""
    lines = re.findall(r"^(?:\$|RUN|#) +(.*?)(?: \\)?$|`([^`\n]+)`", text, re.MULTILINE)
    parts = (part for line in lines for one in line for part in re.split(r" (?:&&|\||>) ", one))
    return {part for part in parts if re.match("pip-build-override [a-z]", part)}


TYPED = sorted(
    {
        command
        for path in (*ALL.values(), *NOTES.values(), *EXAMPLES)
        for command in commands_in(path.read_text(encoding="utf-8"))
    }
)


def page(name: str) -> str:
    return PAGES[name].read_text(encoding="utf-8")


@pytest.mark.parametrize("text", OVERRIDES)
def test_overrides_files_are_valid(text: str, tmp_path: Path) -> None:
    for included in re.findall(r'^include = \["(.*)"\]', text, re.MULTILINE):
        (tmp_path / "here" / included).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "here").mkdir(exist_ok=True)
        (tmp_path / "here" / included).touch()
    for environment in re.findall(r'^build-environment = "(\.\..*?)"', text, re.MULTILINE):
        (tmp_path / "here" / environment).mkdir(parents=True)
    parse_overrides(text.encode(), path=str(tmp_path / "here" / "build-overrides.toml"))


def test_is_a_page_for_newcomers() -> None:
    assert len(README.splitlines()) <= 242  # half of what it was


def test_starts_with_install_and_fix() -> None:
    _check_order(
        50,
        "pip install pip-build-override",
        "$ pip-build-override fix -- pip install PyYAML==5.4.1",
        "Successfully installed",
        "written to build-overrides.toml",
        "[package.pyyaml]",
        "$ pip-build-override run",
    )


def test_goes_on_with_failure_suggestion_and_success() -> None:
    _check_order(
        80,
        "ModuleNotFoundError",
        "$ pip-build-override suggest",
        "[package.makefun]",
        "$ pip-build-override run --overrides build-overrides.toml -- pip install --no-binary makefun",
        "Successfully installed makefun",
    )


def _check_order(lines: int, *parts: str) -> None:
    top = "\n".join(README.splitlines()[:lines])
    after = 0
    for part in parts:
        after = top.index(part, after)


@pytest.mark.parametrize("path", [*ALL.values(), *NOTES.values()], ids=[*ALL, *NOTES])
def test_links_lead_to_pages_and_sections(path: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", path.read_text(encoding="utf-8")):
        if target.startswith("https://"):
            continue
        name, _, section = target.partition("#")
        linked = path.parent / name if name else path
        assert linked.exists(), target
        if section:
            titles = re.findall(r"^#+ (.*)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
            assert section in [re.sub(r"[^\w -]", "", t.lower()).replace(" ", "-") for t in titles]


def test_every_page_is_linked_from_the_index() -> None:
    assert set(re.findall(r"\]\(([\w-]+\.md)\)", page("README.md"))) == set(PAGES) - {"README.md"}


@pytest.mark.parametrize("path", [*ALL.values(), ROOT / "CONTRIBUTING.md"])
def test_is_plain_english(path: Path) -> None:
    assert FORBIDDEN.search(path.read_text(encoding="utf-8")) is None


def test_help_names_the_index_of_the_pages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    # It may be wrapped.
    assert "".join(documentation.index().split()) in "".join(capsys.readouterr().out.split())
    assert Path(documentation.index()).samefile(PAGES["README.md"])


def test_an_installed_copy_has_its_pages_in_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "README.md").touch()
    monkeypatch.setattr(documentation, "PACKAGE", str(tmp_path))
    assert Path(documentation.index()) == tmp_path / "docs" / "README.md"


@pytest.mark.parametrize("key", package_table.KEYS)
def test_every_key_has_a_row(key: str) -> None:
    assert re.search(rf"^\| `{key}[.`]", page("overrides-file.md"), re.MULTILINE)


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_has_a_row_with_its_values(setting: str) -> None:
    row = re.search(rf"^\| `{setting}` \| (.*?) \|", page("overrides-file.md"), re.MULTILINE)
    assert row is not None
    default, *others = map(toml_value, SETTINGS[setting])
    assert row[1] == ", ".join([f"`{default}` (default)", *(f"`{value}`" for value in others)])


@pytest.mark.parametrize("key", sorted(set(sources._KEYS) - {"requirement", "hashes"}))
def test_every_key_of_a_source_table_is_described(key: str) -> None:
    assert re.search(rf"(`|\{{ |, ){key}( =|`)", page("source-tables.md"))


@pytest.mark.parametrize("variable", [switch.SWITCH, switch.REPORT])
def test_the_variables_have_rows(variable: str) -> None:
    assert f"| `{variable}` |" in page("environment-variables.md")


def test_the_formats_of_json_answers(capsys: pytest.CaptureFixture[str]) -> None:
    formats = {"explain": explanation.FORMAT}
    for command in COMMANDS:
        with pytest.raises(SystemExit):
            main([command, "--help"])
        if "--format" in capsys.readouterr().out and command not in formats:
            formats[command] = module_of(command).FORMAT
    text = " ".join(page("commands.md").split())
    listed = re.search(r"\. ((?:`[a-z]+`(?:, | and )?)+) accept `--format json`", text)
    assert listed is not None
    assert set(re.findall("[a-z]{4,}", listed[1])) == set(formats)
    assert formats.pop("suggest") == 3
    second = {name for name, number in formats.items() if number == 2}
    assert second == {"check", "status", "explain", "verify", "freeze"}
    assert {formats[name] for name in formats.keys() - second} == {1}
    numbers = "3 for `suggest`, 2 for `check`, `status`, `explain`, `verify` and `freeze`"
    assert f"the number of its `format`: {numbers}, 1 for the others." in text


@pytest.mark.parametrize("command", TYPED)
def test_the_command_line_accepts_it(command: str) -> None:
    given = shlex.split(command)[1:]
    assert _parser_of(given[0]).parse_args(given[1:]).command


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_line_accepts_the_example_of_help(name: str) -> None:
    example = module_of(name).EXAMPLE
    (command,) = commands_in(f"$ {example}\n")
    given = shlex.split(command)[1:]
    assert given[0] == name
    assert _parser_of(given[0]).parse_args(given[1:]).command


def test_commands_to_type_are_found() -> None:
    assert len(TYPED) >= 20
    assert "pip-build-override verify" in TYPED
    assert "pip-build-override status --python /venv" in TYPED


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", NOTES["CHANGELOG.md"]], ids=lambda path: path.name
)
def test_the_oldest_and_the_newest_pip(path: Path) -> None:
    oldest, newest = MAIN[0].rpartition(".")[0], MAIN[1]
    assert f"pip {oldest} to {newest}" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_row_with_its_options(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    row = re.search(rf"^\| `{command} .*$", page("commands.md"), re.MULTILINE)
    assert row is not None
    with pytest.raises(SystemExit):
        main([command, "--help"])
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help", "--format"}
    if command == "explain":
        options.discard("--requirement")
    assert set(re.findall(r"--[a-z-]+", row[0].partition(" | ")[0])) == options


@pytest.mark.parametrize(
    ("built", "runs", "not_with"),
    [
        ("numpy 1.24", "1.24", "1.23"),
        ("numpy 1.24", "1.26", "2.0"),
        ("numpy 1.25", "1.19", "1.18"),
        ("numpy 1.26", "1.19", "2.0"),
        ("numpy 2.0", "1.19", "1.18"),
        ("numpy 2.1", "1.21", "1.20"),
        ("numpy 2.2", "1.21", "1.20"),
        ("numpy 2.3", "1.23", "1.22"),
        ("numpy 2.4", "1.23", "1.22"),
        ("numpy 2.5", "1.25", "1.24"),
        ("torch 2.1.1", "2.1.0", "2.2.0"),
        ("other 3.1", "4.0", "3.0"),
    ],
)
def test_table_of_what_fits(built: str, runs: str, not_with: str) -> None:
    name, version = built.split()
    table = page("records.md").partition("| built against |")[2].partition("\n\n")[0]
    assert name in table or "anything else" in table
    assert fits(name, version, runs).fits
    assert not fits(name, version, not_with).fits
