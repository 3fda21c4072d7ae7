"""The JSON schemas in the package: of the overrides file, and of the JSON that is printed or written.

What the schema of the overrides file says of a file with a mistake is compared where these are tested,
by the fixture ``refusal``; the answers of commands where those are tested, by ``answered``.

Run as a program (``python -m tests.unit.test_schemas``), it writes the schemas that are made.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any, Callable

import pytest
from hypothesis import given
from jsonschema import Draft7Validator, Draft202012Validator

from pip_build_override import records
from pip_build_override.cli.main import COMMANDS, _parser_of, main
from pip_build_override.rules import parse_overrides
from pip_build_override.rules.reading import parse
from pip_build_override.rules.reading.matrix_outline import KEYS as KEYS_OF_MATRIX
from pip_build_override.rules.reading.values import KEYS, SETTINGS
from pip_build_override.rules.standards import read_toml

from ..support import document_schemas, overrides_schema
from ..support.documents import SCHEMAS, validator
from ..support.hints import follows
from .generated import fast, files
from .malformed import malformed
from .schemas import accepts, schema
from .test_documents import DOCUMENTS, EXPLANATION, FULL, PLAIN, written
from .test_manifest import FULL as MANIFEST

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "config-examples").glob("*.toml"))
MADE = {**overrides_schema.FILES, **document_schemas.FILES}
Capture = pytest.CaptureFixture[str]


def text_of(make: Callable[[], Any]) -> str:
    return json.dumps(make(), indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("name", MADE)
def test_what_is_in_the_package_is_what_is_made(name: str) -> None:
    text = (SCHEMAS / name).read_text(encoding="utf-8")
    assert text == text_of(MADE[name]), "run python -m tests.unit.test_schemas"


def test_all_of_them_are_schemas() -> None:
    names = {path.name for path in SCHEMAS.iterdir()}
    assert names == {*MADE, "matrix-report.json"}
    for name in names:
        editors = name == "pyproject-table.json"
        assert schema(name)["$schema"] == (
            overrides_schema.DRAFT_OF_EDITORS if editors else overrides_schema.DRAFT
        )
        (Draft7Validator if editors else Draft202012Validator).check_schema(schema(name))


# The overrides file


def test_every_key_is_known_and_no_other() -> None:
    properties = schema("overrides-file.json")["properties"]
    assert list(properties) == list(parse._SECTIONS)
    settings = properties["settings"]["properties"]
    assert {name: tuple(each["enum"]) for name, each in settings.items()} == SETTINGS
    assert [each["default"] for each in settings.values()] == [v[0] for v in SETTINGS.values()]
    assert list(properties["matrix"]["properties"]) == list(KEYS_OF_MATRIX)
    rules = schema("overrides-file.json")["$defs"]["rules"]
    assert list(rules["properties"]) == list(KEYS)
    for name in (*KEYS, "unknown"):
        # A key that is known is refused for its value, so not for its name.
        errors = validator("overrides-file").iter_errors({"package": {"x": {name: None}}})
        assert (name in KEYS) is not any("propertyNames" in error.schema_path for error in errors)


def test_both_forms_differ_in_their_heads_only() -> None:
    whole, part = (dict(schema(name)) for name in overrides_schema.FILES)
    for name in ("$schema", "$id", "title"):
        assert whole.pop(name, None) != part.pop(name)
    assert whole == part


def test_both_forms_have_only_keywords_that_mean_the_same() -> None:
    text = (SCHEMAS / "overrides-file.json").read_text(encoding="utf-8")
    for keyword in ("dependent", "unevaluated", "prefixItems", "minContains"):
        assert keyword not in text
    for each in _tables_in(schema("overrides-file.json")):
        # Draft 7 does not read what is beside it.
        assert "$ref" not in each or list(each) == ["$ref"]


def _tables_in(value: Any) -> Any:
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _tables_in(each)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_valid(path: Path) -> None:
    content = read_toml(path.read_text(encoding="utf-8"))
    assert accepts(content)
    assert not accepts({**content, "pakage": {}})


def _blocks() -> list[Any]:
    found = []
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        text = path.read_text(encoding="utf-8")
        for number, block in enumerate(re.findall(r"```toml\n(.*?)```", text, re.DOTALL)):
            content = read_toml(block)
            content = content.get("tool", {}).get("pip-build-override") or content
            if {"package", "group", "settings", "matrix", "include"} & set(content):
                found.append(pytest.param(content, id=f"{path.stem}-{number}"))
    return found


@pytest.mark.parametrize("content", _blocks())
def test_every_block_of_the_documentation_is_valid(content: Any) -> None:
    assert accepts(content)


@fast
@given(files())
def test_what_the_reader_accepts_is_valid(content: Any) -> None:
    assert accepts({"package": content})


@pytest.mark.parametrize(
    "line",
    [
        "as-of = 2023-01-31",
        "as-of = 2023-01-31T10:30:00Z",
        "as-of = 'release'",
        "build-environment = 'target'",
        "pin-compatible.numpy = '>={version},=={major}.*'",
        "env.CFLAGS = false",
        "config-settings.a = ['1', '2']",
        "add = ['a @ git+https://h.test/a@main ; os_name == \"nt\"', 'b(>=1.0rc1)', 'C [x,y] ~= 1.4']",
        "replace.'zope.interface' = [{ name = 'a', from = 'oldest', allow-sdist = true }]",
        "replace.a = { from = 'target', else = 'declared', borrow = true }",
        "add = [{ requirement = 'a==1', hashes = ['sha256:" + 64 * "a" + "'] }]",
    ],
)
def test_values_that_only_few_files_have(line: str) -> None:
    text = f"[package.x]\n{line}\n"
    parse_overrides(text.encode(), path="/x/o.toml")
    assert accepts(read_toml(text))


def test_check_prints_it(capsys: Capture) -> None:
    assert main(["check", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out) == schema("overrides-file.json")


def test_a_schema_or_files(capsys: Capture) -> None:
    assert main(["check", "--schema", "o.toml"]) == 2
    said = follows("remove --schema, or the files", capsys.readouterr().err)
    assert said == "remove --schema, or the files"
    assert main(["check"]) == 2
    output = capsys.readouterr().err
    said = follows("name a file: pip-build-override check build-overrides.toml", output)
    assert main(said.partition("pip-build-override ")[2].split()) == 1


# In editors


def taplo(path: Path, *options: str) -> tuple[int, str]:
    """Run taplo, which is what most editors use for TOML, without an index of schemas."""
    program = shutil.which("taplo", path=sysconfig.get_path("scripts"))
    assert program is not None
    command = [program, "lint", "--no-auto-config", *options, str(path)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60)
    return done.returncode, done.stderr


@pytest.mark.parametrize("name", overrides_schema.FILES)
def test_taplo_reads_it(name: str, tmp_path: Path) -> None:
    option = f"--schema={(SCHEMAS / name).as_uri()}"
    # One pattern for all of them.
    assert taplo(ROOT / "config-examples" / "*.toml", option)[0] == 0
    wrong = tmp_path / "o.toml"
    for text, said in (
        ("[package.x]\nad = ['a']\n", '"ad" is not one of'),
        ("[package.x]\nas-of = 2023-01-31\nconstrain = ['a >= 1.*']\n", "a >= 1.*"),
        ("[settings]\nunused = 'ignore'\n", '"ignore" is not one of'),
    ):
        wrong.write_text(text, encoding="utf-8")
        status, output = taplo(wrong, option)
        assert status == 1
        assert said in output


def test_the_comment_of_the_documentation(tmp_path: Path, capsys: Capture) -> None:
    page = (ROOT / "docs" / "schemas.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^\$ pip-build-override (.*) > (.*)$", page, re.MULTILINE)
    (block,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert main(command[0].split()) == 0
    (tmp_path / command[1]).write_text(capsys.readouterr().out, encoding="utf-8")
    file = tmp_path / "build-overrides.toml"
    file.write_text(block, encoding="utf-8")
    assert taplo(file)[0] == 0
    file.write_text(block.replace("replace", "replaces"), encoding="utf-8")
    status, output = taplo(file)
    assert (status, '"replaces" is not one of' in output) == (1, True)


def test_every_schema_is_listed() -> None:
    page = (ROOT / "docs" / "schemas.md").read_text(encoding="utf-8")
    # The last is SchemaStore's.
    listed = {*MADE, "matrix-report.json", "pyproject.json"}
    assert set(re.findall(r"`([a-z-]+\.json)`", page)) == listed


# What commands print


def test_every_command_with_json_has_a_schema(capsys: Capture) -> None:
    found = set()
    for command in COMMANDS:
        words = [command, "list"] if command == "matrix" else [command]
        with pytest.raises(SystemExit):
            _parser_of(command).parse_args([*words[1:], "--help"])
        if "json" in capsys.readouterr().out.partition("--format")[2]:
            found.add(" ".join(words))
    assert found == set(document_schemas.COMMANDS)


# What is written


REPORT: Any = {
    **records.blank(),
    "builds": [
        {
            **records.Record(
                "x",
                "1.0",
                environment=(records.Distribution("numpy", "1.0", hidden=("0.9",)),),
                changes=(records.Change("add", "six", (), ("six",), "o.toml: package.x", "six added"),),
                generated=(records.Generated("a.c", "0.29", "cython<3", "o.toml: package.x"),),
                regenerated=(records.Regenerated("b.c", "0.29", "3.0"),),
            ).to_json(),
            **dict.fromkeys(("overridden", "editable", "cached", "nested"), True),
            **dict.fromkeys(("id", "wheel", "sha256"), "text"),
            "built_for": ["y 1.0"],
        }
    ],
}


def refused(name: str, document: Any, also: Any = None) -> None:
    """Check that documents are refused that differ from a valid one in one field."""
    whole = json.loads(json.dumps(document))
    validator(name).validate(whole)
    assert [each for each in malformed(whole, also=also) if validator(name).is_valid(each)] == []


def test_the_report() -> None:
    refused("report", REPORT)
    (build,) = REPORT["builds"]
    for each in malformed(json.loads(json.dumps(build))):
        assert not validator("report").is_valid({**REPORT, "builds": [each]})


def test_the_manifest() -> None:
    record = written(records.Record("x", "1"))
    document = {**written(MANIFEST), "members": [written(PLAIN), written(FULL)], "beside": record}
    refused("manifest", document, also={"beside": (None,)})
    for name in ("a member", "a member of which all is known"):
        member, _, how = DOCUMENTS[name]
        for each in malformed(written(member), **how):
            assert not validator("manifest").is_valid({**document, "members": [each]}), each


def test_the_answer_of_explain() -> None:
    refused("explain", written(EXPLANATION))


if __name__ == "__main__":
    for name, make in MADE.items():
        (SCHEMAS / name).write_text(text_of(make), encoding="utf-8")
