"""The workflows, the action and the hook of this repository: what they use, may do, and name."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any, Iterator

import pytest
import yaml

from pip_build_override import __version__
from pip_build_override.cli.main import _parser_of
from pip_build_override.rules.standards import read_toml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PROJECT = read_toml((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SOURCE = PROJECT["urls"]["Source"]
PAGE = (ROOT / "docs" / "continuous-integration.md").read_text(encoding="utf-8")
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
# A pull request must not get what a release needs.
ID_TOKEN = [("release.yml", "publish")]


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def jobs() -> Iterator[tuple[str, str, Any]]:
    for path in WORKFLOWS:
        yield from ((path.name, name, job) for name, job in read(path)["jobs"].items())


def test_each_action_is_named_by_one_digest_and_its_version() -> None:
    found: dict[str, set[tuple[str, str]]] = {}
    lines = [
        line
        for path in (*WORKFLOWS, ROOT / "action.yml")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.match(r"\s*(- )?uses:", line)
    ]
    assert lines
    for line in lines:
        pinned = re.fullmatch(r"\s*(?:- )?uses: ([\w/-]+)@([0-9a-f]{40})  # (v\d+\.\d+\.\d+)", line)
        assert pinned is not None, line
        found.setdefault(pinned[1], set()).add((pinned[2], pinned[3]))
    assert all(len(each) == 1 for each in found.values()), found


def test_what_a_job_may_do() -> None:
    assert all(read(path)["permissions"] == {"contents": "read"} for path in WORKFLOWS)
    more = [(file, name, job["permissions"]) for file, name, job in jobs() if "permissions" in job]
    assert more == [(*each, {"id-token": "write"}) for each in ID_TOKEN]
    for _, _, job in jobs():
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"] == {"persist-credentials": False}


def test_no_script_contains_what_somebody_else_wrote() -> None:
    steps = [step for _, _, job in jobs() for step in job["steps"]] + ACTION["runs"]["steps"]
    for step in steps:
        # An expression is put into the text of a script before a shell reads that.
        assert "${{" not in step.get("run", "")


def test_a_release() -> None:
    release = read(ROOT / ".github" / "workflows" / "release.yml")
    # YAML reads the key as a boolean.
    assert release[True] == {"push": {"tags": ["v[0-9]+.[0-9]+.[0-9]+*"]}}
    build, publish = release["jobs"]["build"], release["jobs"]["publish"]
    assert publish["needs"] == "build"
    assert publish["environment"]["name"] == "pypi"
    # Nothing of the project runs where it can publish.
    assert [step for step in publish["steps"] if "run" in step] == []
    upload = next(step for step in publish["steps"] if "pypi-publish" in step["uses"])
    assert upload["with"] == {"attestations": True}
    (tag,) = (step["run"] for step in build["steps"] if "GITHUB_REF_NAME" in step.get("run", ""))
    pattern = re.search(r"sed -n 's/(.*)/\\1/p' (\S+?)\)", tag)
    assert pattern is not None
    text = (ROOT / pattern[2]).read_text(encoding="utf-8")
    assert re.findall(pattern[1].replace(r"\(", "(").replace(r"\)", ")"), text, re.MULTILINE) == [
        __version__
    ]


def test_every_address_is_that_of_the_project() -> None:
    for name in ("SECURITY.md", "docs/continuous-integration.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        ours = re.findall(r"https://github\.com/[\w-]+/pip-build-override", text)
        assert set(ours) == {SOURCE}
    assert all(url.startswith(SOURCE) for url in PROJECT["urls"].values())
    for url in PROJECT["urls"].values():
        path = url.partition("/blob/main/")[2]
        assert not path or (ROOT / path).is_file()


# The action


def test_every_input_of_the_action_is_used_and_described() -> None:
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"inputs\.(\w+)", text)) == set(ACTION["inputs"])
    for each in (*ACTION["inputs"].values(), *ACTION["outputs"].values()):
        assert each["description"]
    assert all(step["shell"] == "bash" for step in ACTION["runs"]["steps"])
    # Without quotes, a path with a blank would be two.
    for step in ACTION["runs"]["steps"]:
        unquoted = re.sub(r'"[^"]*"', "", step["run"])
        assert not re.findall(r"\$[A-Z_]+", unquoted)


def test_the_action_in_the_documentation() -> None:
    (block,) = (each for each in blocks() if "jobs:" in each)
    steps = yaml.safe_load(block)["jobs"]["build"]["steps"]
    (step,) = (each for each in steps if SOURCE.partition(".com/")[2] in each.get("uses", ""))
    assert step["uses"].endswith(f"@v{__version__}")
    assert set(step["with"]) <= set(ACTION["inputs"])
    section = PAGE.partition("## GitHub Actions")[2].partition("\n## ")[0]
    assert all(f"`{name}" in section for name in ACTION["inputs"] if name != "overrides")


def blocks() -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


if os.name == "posix":  # another bash may come first elsewhere

    def test_a_path_sets_no_other_variable() -> None:
        (script,) = (step["run"] for step in ACTION["runs"]["steps"] if "GITHUB_ENV" in step["run"])
        guard = next(line for line in script.splitlines() if line.startswith("["))
        for path, status in (("/a b/o.toml", 0), ("/a\nPATH=/b", 1), ("", 0)):
            done = subprocess.run(["bash", "-c", guard], env={**os.environ, "path": path})
            assert done.returncode == status


# The hook


def test_the_hook_runs_check() -> None:
    words = HOOK["entry"].split()
    assert words[:2] == ["pip-build-override", "check"]
    assert words[0] in PROJECT["scripts"]
    assert _parser_of("check").parse_args([*words[2:], "a.toml"]).files == ["a.toml"]
    assert HOOK["language"] == "python"


@pytest.mark.parametrize(
    ("path", "checked"),
    [
        ("build-overrides.toml", True),
        ("org/build-overrides.toml", True),
        ("my-build-overrides.toml", False),
        ("build-overrides.toml.orig", False),
        ("pyproject.toml", False),
    ],
)
def test_the_files_of_the_hook(path: str, checked: bool) -> None:
    # pre-commit searches with this pattern.
    assert bool(re.search(HOOK["files"], path)) is checked


def test_the_hook_in_the_documentation() -> None:
    (repo,) = next(yaml.safe_load(each)["repos"] for each in blocks() if "repos:" in each)
    assert repo == {"repo": SOURCE, "rev": f"v{__version__}", "hooks": [{"id": HOOK["id"]}]}
    named = re.search(r"`files: (\S+)`", PAGE)
    assert named is not None
    assert re.search(named[1], "pyproject.toml")
