"""What the shim does in pypa/build, with a stand-in that installs nothing."""

from __future__ import annotations

import json
import os
import shlex
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any, Iterator

import pytest

from pip_build_override import records, switch
from pip_build_override.cli.main import main
from pip_build_override.errors import OverrideError
from pip_build_override.in_build import gate, seams
from pip_build_override.in_pip.builds import generated
from pip_build_override.in_pip.state.nested_report import Report

from ..support.hints import follows
from .fake_build import PYPROJECT, Failed, World, nested

Capture = pytest.CaptureFixture[str]
RULE = '[package.x]\nreplace.ingredient = "ingredient==2.0"\n'


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = World(tmp_path, monkeypatch)
    yield made
    made.end()


@pytest.fixture
def loaded(world: World) -> World:
    world.engage()
    return world


def test_each_list_is_the_effective_one(loaded: World, capsys: Capture) -> None:
    loaded.declares = {"ingredient", "mint"}
    loaded.returns = {"flavour"}
    loaded.rules(
        RULE + 'remove = ["mint"]\nreplace.flavour = "flavour==3.0"\nadd = ["spice"]\n'
        'constrain = ["spice<2"]\n'
    )
    wheel = loaded.build()
    first, second = loaded.commands
    assert first[0] == "python"
    assert first[1] == "-I"
    assert Path(first[2]).is_file()
    assert first[3:] == ["install", "ingredient==2.0", "spice"]
    assert second[4:] == ["flavour==3.0"]
    handed = [json.loads(text) for text in loaded.handed]
    limit = ["spice<2", "o.toml: package.x"]
    assert handed[0]["constraints"] == [limit]
    # What the first installed for a rule stays in the second.
    pins = [["ingredient==2.0", "installed by pip's first pass"]]
    pins += [["spice==1.0", "installed by pip's first pass"]]
    assert handed[1]["constraints"] == [limit, *pins]
    assert [one["built_for"] for one in handed] == [["x 1.0"], ["x 1.0"]]
    loaded.end()
    said = capsys.readouterr().err
    assert "x 1.0: ingredient -> ingredient==2.0   [o.toml: package.x]" in said
    assert "x 1.0: built with flavour 3.0, ingredient 2.0, spice 1.0" in said
    assert said.endswith("o.toml: overridden builds: x 1.0\n")
    assert os.path.exists(wheel)
    assert not gate.builds()


def test_an_sdist(loaded: World, capsys: Capture) -> None:
    # What only a wheel needs is not unused in an sdist.
    loaded.rules('[package.x]\nreplace.flavour = "flavour==3.0"\n')
    assert loaded.build("sdist").endswith("x-1.0.tar.gz")
    assert "x 1.0: sdist built with ingredient 1.0" in capsys.readouterr().err
    loaded.rules('[package.x]\nreplace.flavour = "flavour==3.0"\n')
    assert "x 1.0 declares no build requirement flavour" in loaded.refused(capsys)


def test_without_rules_for_it(loaded: World, capsys: Capture) -> None:
    loaded.rules('[package.y]\nadd = ["mint"]\n')
    loaded.build()
    # Nested builds may have rules.
    assert len(loaded.handed) == 1
    loaded.end()
    assert "no table for a named package was used" in capsys.readouterr().err


def test_off(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.engage()
    world.engage()
    monkeypatch.delenv(switch.SWITCH, raising=False)
    world.build()
    assert world.commands == [["python", "-Im", "pip", "install", "ingredient"]]
    assert world.handed == []


def test_settings_of_the_backend(loaded: World, capsys: Capture) -> None:
    loaded.rules('[package.x]\nenv = { FLAG = "1" }\nconfig-settings = { a = "b" }\n')
    loaded.build(a="c", z="1")
    for hook, settings, flag, _ in loaded.hooks:
        assert (settings, flag) == ({"a": "b", "z": "1"}, "1"), hook
    assert "FLAG" not in os.environ
    said = "x 1.0: config-settings.a = \"b\" (instead of 'c' of --config-settings)"
    assert said in capsys.readouterr().err


def test_pips_of_backends_load_the_shim(loaded: World) -> None:
    loaded.rules(RULE)
    variables = loaded.environment().make_extra_environ()
    assert variables == {"PATH": "/env/bin", "PYTHONPATH": switch.INJECTED}


def test_pip_outside_of_the_environment(loaded: World) -> None:
    loaded.command = ("python", "-m", "pip", "--python", "env", "install")
    loaded.rules(RULE)
    loaded.build()
    assert loaded.commands[0][:3] == ["python", "-m", "pip"]
    assert switch.INJECTED not in os.environ.get("PYTHONPATH", "")


def test_without_isolation(loaded: World, capsys: Capture) -> None:
    loaded.rules(RULE)
    refused = loaded.refused(capsys, isolated=False)
    assert "x 1.0 is built without build isolation" in refused
    follows("do not use --no-isolation, or remove the table", refused)
    loaded.build()
    loaded.rules('[package."*"]\nconstrain = ["mint<2"]\nenv = { FLAG = "1" }\n')
    loaded.build(isolated=False)
    said = capsys.readouterr().err
    assert "builds without build isolation have no build environment" in said
    assert [flag for hook, _, flag, _ in loaded.hooks][-2:] == ["1", "1"]


def test_an_environment_of_a_program_that_uses_build(
    loaded: World, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Poetry fills the build environments of dependencies itself, and builds with pypa/build."""
    monkeypatch.setattr(sys, "argv", ["/bin/poetry", "install"])

    def refused(text: str) -> str:
        loaded.rules(text)
        with pytest.raises(SystemExit) as caught:
            loaded.module.ProjectBuilder(loaded.tree, "/env/bin/python")
        assert caught.value.code == 2
        return capsys.readouterr().err

    said = refused(RULE)
    assert "poetry fills the build environment of x 1.0 itself, so these cannot be in force" in said
    assert "replace.ingredient" in said
    hint = follows(
        "let Poetry follow the rules itself: add to pyproject.toml what pip-build-override export"
        " --to poetry --package {} {} prints, and run poetry without pip-build-override; or {}",
        said,
    )
    words = shlex.split(hint.partition(" what ")[2].partition(" prints")[0])
    assert words == ["pip-build-override", "export", "--to", "poetry", "--package", "x", "o.toml"]
    assert main([*words[1:-1], str(loaded.room / "o.toml")]) in (0, 1)
    # Nor are rules for all packages. Poetry has no such settings for the project itself.
    assert 'package."*"' in refused('[package."*"]\nconstrain = ["mint<2"]\n')
    monkeypatch.chdir(loaded.tree)
    said = refused(RULE)
    assert "export" not in said
    follows("build it with pip instead: pip wheel --no-deps {}", said)
    monkeypatch.setattr(sys, "argv", ["/lib/other/__main__.py"])
    assert "other fills the build environment" in refused(RULE)
    monkeypatch.setattr(sys, "argv", [""])
    assert "this program fills the build environment" in refused(RULE)
    # What is given to the backend is in force everywhere.
    loaded.rules('[package.x]\nenv = { FLAG = "1" }\n')
    loaded.module.ProjectBuilder(loaded.tree, "/env/bin/python").build("wheel", loaded.room / "dist")
    assert loaded.hooks[-1][2] == "1"


def test_a_refusal_in_a_thread(loaded: World, capsys: Capture) -> None:
    """There, SystemExit would end nothing: the program goes on as if there were nothing to build."""
    loaded.rules(RULE)
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(loaded.module.ProjectBuilder, loaded.tree)
        error = future.exception()
    assert type(error) is loaded.module.BuildBackendException
    assert "x 1.0 is built without build isolation" in str(error)
    assert "pip-build-override: error: " in capsys.readouterr().err


@pytest.mark.parametrize("origin", ["target", "oldest"])
def test_a_version_that_build_cannot_know(origin: str, loaded: World, capsys: Capture) -> None:
    loaded.rules(f'[package.x]\nreplace.ingredient = {{ from = "{origin}" }}\n')
    refused = loaded.refused(capsys)
    assert refused.startswith("o.toml: package.x: build, which builds x 1.0, cannot answer")
    follows('write the version itself, "{}==VERSION", or {}', refused)
    assert loaded.commands == []
    loaded.rules(RULE)
    loaded.build()


@pytest.mark.parametrize(
    "text",
    [
        'pin-compatible = ["ingredient"]',
        "regenerate = true",
        "system-site-packages = true",
        'build-environment = "target"',
    ],
)
def test_what_cannot_be_in_force(text: str, loaded: World, capsys: Capture) -> None:
    loaded.rules(f"{RULE}{text}\n")
    refused = loaded.refused(capsys)
    assert refused.startswith(
        f"o.toml: package.x: {text.partition(' ')[0]} cannot be in force in build"
    )
    follows("remove it, or {}", refused)
    assert loaded.commands == []
    loaded.rules(RULE)
    loaded.build()


def test_the_moment_of_a_release(loaded: World, capsys: Capture) -> None:
    loaded.rules('[package.x]\nas-of = "release"\n')
    follows('write the day: as-of = "2023-04-01"', loaded.refused(capsys))
    loaded.rules('[package.x]\nas-of = "2023-04-01"\n')
    loaded.build()


def test_the_moment_is_handed_down(loaded: World) -> None:
    loaded.rules("[package.x]\nas-of = 2023-04-01\n")
    loaded.build()
    assert json.loads(loaded.handed[0])["upload_limit"]["moment"] == "2023-04-01"


def test_a_name_that_is_not_known(loaded: World, capsys: Capture) -> None:
    project = loaded.tree / "pyproject.toml"
    project.write_text("", encoding="utf-8")
    loaded.rules('[package."*"]\nconstrain = ["ingredient<3"]\n')
    loaded.build()
    assert "x: constrained to ingredient<3" in capsys.readouterr().err
    loaded.rules(RULE)
    refused = loaded.refused(capsys)
    follows("write it into pyproject.toml, as name under [project], or into setup.cfg", refused)
    project.write_text(PYPROJECT.format("x"), encoding="utf-8")
    loaded.build()


def test_another_name_than_the_sources_have(loaded: World, capsys: Capture) -> None:
    loaded.file_name = ("y", "1.0")
    loaded.rules(RULE)
    refused = loaded.refused(capsys)
    assert "the sources are named x, but y-1.0-py3-none-any.whl" in refused
    # What was built under the wrong rules is not left behind.
    assert list((loaded.room / "dist").iterdir()) == []
    follows(
        'write name = "{}" under [project] in pyproject.toml, and name its table package.{}', refused
    )
    (loaded.tree / "pyproject.toml").write_text(PYPROJECT.format("y"), encoding="utf-8")
    loaded.rules(RULE.replace("package.x", "package.y"))
    loaded.build()


def test_another_version_than_the_sources_have(loaded: World, capsys: Capture) -> None:
    loaded.file_name = ("x", "3.0")
    loaded.rules(RULE.replace("package.x", 'package."x<2"'))
    refused = loaded.refused(capsys)
    assert "the tables for x were chosen for version 1.0, but x-3.0-py3-none-any.whl" in refused
    follows("use a table without a version, package.{}", refused)
    loaded.rules(RULE)
    loaded.build()


def test_the_environment_is_compared_with_the_plan(loaded: World, capsys: Capture) -> None:
    loaded.installs = {"ingredient": "3.0"}
    loaded.rules(RULE)
    refused = loaded.refused(capsys)
    assert "the build environment of x 1.0 contains ingredient 3.0, which ingredient==2.0" in refused


def test_a_pip_without_the_shim(loaded: World, capsys: Capture) -> None:
    loaded.report = None
    loaded.rules(RULE)
    refused = loaded.refused(capsys)
    assert "has not loaded pip-build-override" in refused
    follows("upgrade pip in the environment of build: {}", refused)
    loaded.status = 2
    assert "has stopped before it followed any rule" in loaded.refused(capsys)
    loaded.report, loaded.status = Report(resolved=True), 0
    loaded.build()


def test_a_nested_pip_that_refuses_or_fails(loaded: World, capsys: Capture) -> None:
    loaded.rules(RULE)
    loaded.status = 2
    loaded.report = Report(
        resolved=True, refusal=OverrideError("no", kind="usage", where="o.toml", hint="yes")
    )
    assert loaded.refused(capsys) == "o.toml: no [usage]\nhint: yes\n"
    loaded.status, loaded.report = 1, Report(resolved=True)
    with pytest.raises(Failed, match=r"The build requirements of x 1\.0 could not be installed"):
        loaded.build()
    del loaded.module.FailedProcessError
    with pytest.raises(Exception, match="returned non-zero exit status 1"):
        loaded.build()


def test_results_of_an_earlier_build(loaded: World, capsys: Capture) -> None:
    (loaded.tree / "build" / "temp.linux").mkdir(parents=True)
    (loaded.tree / "build" / "temp.linux" / "x.o").write_bytes(b"")
    loaded.rules(RULE)
    loaded.build("sdist")
    assert loaded.hooks[-1][3].source_dir != str(loaded.tree)
    loaded.build()
    copy = Path(loaded.hooks[-1][3].source_dir)
    assert copy != loaded.tree
    assert (copy / "pyproject.toml").is_file()
    assert not (copy / "build" / "temp.linux").exists()
    assert f"x 1.0: built in a copy of {loaded.tree}, without the results" in capsys.readouterr().err
    refused = loaded.refused(capsys, "editable")
    follows("remove them from {} first: {}", refused)
    # A nested build under rules is as good a reason as a rule of its own.
    loaded.rules('[package.ingredient]\nadd = ["mint"]\n')
    loaded.report = nested("ingredient")
    loaded.build()
    assert loaded.hooks[-1][3].source_dir != str(loaded.tree)


def test_uv(loaded: World, capsys: Capture) -> None:
    loaded.command, loaded.report = ("uv", "pip", "install", "--python", "env"), None
    loaded.rules(RULE + 'constrain = ["mint<2"]\n')
    loaded.build()
    words = loaded.commands[0]
    assert words[-3] == "ingredient==2.0"
    place = Path(words[words.index("--requirement") + 1])
    assert "--no-build" not in words
    assert place.parent.name.startswith("pip-build-override-")
    others = RULE + '\n[package.mint]\nadd = ["spice"]\n'
    loaded.declares.add("mint")
    loaded.rules(others)
    loaded.build()
    assert loaded.commands[-1][-2:] == ["--no-build", "--no-cache"]
    said = capsys.readouterr().err
    assert "uv uses a ready-made wheel of mint 1.0" in said
    follows(
        "run build without --installer uv, and set no-binary = true in a table package.{} to build it"
        " from source",
        said,
    )
    loaded.rules(others + "no-binary = true\n")
    refused = loaded.refused(capsys)
    assert "uv has installed a ready-made wheel of mint 1.0" in refused
    loaded.status = 1
    refused = loaded.refused(capsys)
    follows("run build without --installer uv, if uv says above that a wheel is missing", refused)
    loaded.status = 0
    loaded.rules("[package.x]\nas-of = 2023-04-01\n")
    refused = loaded.refused(capsys)
    assert "cannot be told as-of" in refused
    loaded.rules(
        '[package.x]\nreplace.ingredient = { requirement = "ingredient==1.0", hashes = ["sha256:'
        + "0" * 64
        + '"] }\n'
    )
    assert "cannot be told the hashes for ingredient" in loaded.refused(capsys)
    follows("run build without --installer uv", refused)
    loaded.command, loaded.report = ("python", "-Im", "pip", "install"), Report(resolved=True)
    loaded.build()


def test_unknown_installer(loaded: World, capsys: Capture) -> None:
    loaded.command = ("conda", "install")
    loaded.rules(RULE)
    assert "starts an unknown installer (conda install ingredient==2.0)" in loaded.refused(capsys)


@pytest.mark.parametrize(
    ("lost", "problem"),
    [
        (
            "ProjectBuilder.get_requires_for_build",
            "build.ProjectBuilder.get_requires_for_build: missing",
        ),
        ("ProjectBuilder.build_system_requires", "build.ProjectBuilder.build_system_requires: missing"),
        ("env.DefaultIsolatedEnv", "build.env.DefaultIsolatedEnv: missing"),
        ("env.DefaultIsolatedEnv.install", "build.env.DefaultIsolatedEnv.install: missing"),
        ("env.run_subprocess", "build.env.run_subprocess: missing"),
    ],
)
def test_a_build_that_is_not_as_known(
    lost: str, problem: str, world: World, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    *path, name = lost.split(".")
    owner: Any = world.module if path[:1] != ["env"] else world.env
    for part in path if path[:1] != ["env"] else path[1:]:
        owner = getattr(owner, part)
    delattr(owner, name)
    world.engage()
    world.rules(RULE)
    with pytest.raises(SystemExit):
        world.module.ProjectBuilder(world.tree)
    said = capsys.readouterr().err
    assert f"build 1.9 has internals that pip-build-override does not know ({problem})" in said
    follows(
        "use a build that this pip-build-override knows (1.0 or later; the changelog names the newest),"
        " or upgrade pip-build-override, or unset {}",
        said,
    )
    monkeypatch.delenv(switch.SWITCH)
    world.module.ProjectBuilder(world.tree)


def test_a_parameter_that_is_not_as_known(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.module.ProjectBuilder, "build", lambda self, kind: kind)
    found = seams.problems(world.module)
    assert found == [
        "build.ProjectBuilder.build: has no parameter distribution, output_directory, config_settings"
    ]
    monkeypatch.delitem(__import__("sys").modules, "build.env")
    assert seams.problems(world.module)[1].startswith("build.env: ")


def test_another_module_of_that_name(capsys: Capture) -> None:
    assert gate.engage(ModuleType("build")) is True
    unknown = ModuleType("build")
    unknown.BuildBackendException = Exception  # type: ignore[attr-defined]  # as pypa/build has
    with pytest.raises(SystemExit):
        gate.engage(unknown)
    assert "build.ProjectBuilder: missing" in capsys.readouterr().err


def test_bypasses(loaded: World, capsys: Capture) -> None:
    def refused(problem: str) -> None:
        said = capsys.readouterr().err
        assert problem in said, said

    loaded.rules(RULE)
    environment = loaded.environment()
    with pytest.raises(SystemExit):
        environment.install({"ingredient"})
    refused("install: called before there is a project")
    builder = loaded.module.ProjectBuilder(loaded.tree, environment.python_executable)
    static = builder.build_system_requires
    with pytest.raises(SystemExit):
        environment.install({"ingredient"})
    refused("other static requirements are installed")
    with pytest.raises(SystemExit):
        builder.build("wheel", loaded.room / "dist")
    refused("the static requirements were not installed")
    with pytest.raises(SystemExit):
        builder.get_requires_for_build("wheel")
    refused("the static requirements were not installed")
    environment.install(static)
    with pytest.raises(SystemExit):
        environment.install({"flavour"})
    refused("the hook was not asked what else is needed")
    builder.get_requires_for_build("sdist")
    with pytest.raises(SystemExit):
        environment.install({"flavour"})
    refused("other requirements than those of the hook are installed")
    with pytest.raises(SystemExit):
        builder.build("wheel", loaded.room / "dist")
    refused("the hook was not asked what a wheel needs")
    builder.get_requires_for_build("wheel")
    with pytest.raises(SystemExit):
        builder.prepare("wheel", loaded.room / "dist")
    refused("what the hook returned was not installed")
    environment.install(set())
    builder.prepare("wheel", loaded.room / "dist")
    builder.build("wheel", loaded.room / "dist")
    del builder._pip_build_override
    with pytest.raises(SystemExit):
        builder.build("wheel", loaded.room / "dist")
    refused("__init__: bypassed")


@pytest.mark.parametrize("rules", [RULE, '[package."*"]\nconstrain = ["mint<2"]\n'])
def test_own_static_requirements(rules: str, loaded: World, capsys: Capture) -> None:
    loaded.rules(rules)
    environment = loaded.environment()
    builder = loaded.module.ProjectBuilder(loaded.tree, environment.python_executable)
    for step in (
        lambda: environment.install({"ingredient"}),
        lambda: builder.build("wheel", loaded.room / "dist"),
    ):
        with pytest.raises(SystemExit):
            step()
        assert "the static requirements were not asked for" in capsys.readouterr().err
    assert loaded.commands == []


def test_steps_of_threads_wait_for_each_other(loaded: World) -> None:
    inside: list[str] = []

    def in_build(site: Path) -> None:
        inside.append(os.environ["FLAG"])
        time.sleep(0.05)
        inside.append(os.environ["FLAG"])

    loaded.in_build = in_build
    loaded.rules('[package.x]\nenv.FLAG = "1"\n')
    loaded.build()
    threads = [threading.Thread(target=loaded.build) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert inside == ["1"] * 8


def test_what_only_one_of_both_needs(loaded: World, capsys: Capture) -> None:
    loaded.rules('[package.x]\nreplace.flavour = "flavour==3.0"\n')
    loaded.returns = {"flavour"}
    loaded.build("sdist")
    loaded.returns = {"mint"}
    wheel = loaded.build()
    record = records.read_from_wheel(wheel)
    assert record is not None
    assert record.sdist_with == "flavour 3.0, ingredient 1.0"
    (problem,) = records.freeze([record]).problems
    why = "its sdist was built with flavour 3.0, ingredient 1.0, and its wheel with something"
    assert why in problem.message
    assert str(problem).endswith("\nhint: build its wheel alone, with build --wheel, and freeze that")
    # In another process, nothing is known of the sdist.
    loaded.rules('[package.x]\nreplace.flavour = "flavour==3.0"\n')
    assert "declares no build requirement flavour" in loaded.refused(capsys)


def test_variables_of_an_outer_backend(loaded: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAG", "of another table")
    monkeypatch.setenv(switch.OUTSIDE, json.dumps({"FLAG": "outside"}))
    loaded.rules(RULE)
    loaded.build()
    assert {flag for _, _, flag, _ in loaded.hooks} == {"outside"}
    assert switch.OUTSIDE not in os.environ


def test_a_broken_shim(loaded: World, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    loaded.rules(RULE)
    monkeypatch.setitem(sys.modules, "pip_build_override.in_build.session", None)
    refused = loaded.refused(capsys)
    follows("reinstall pip-build-override, or unset {}", refused)
    monkeypatch.delitem(sys.modules, "pip_build_override.in_build.session")
    loaded.build()


def test_metadata_alone(loaded: World, capsys: Capture) -> None:
    loaded.rules(RULE)
    environment = loaded.environment()
    builder = loaded.module.ProjectBuilder(loaded.tree, environment.python_executable)
    environment.install(builder.build_system_requires)
    environment.install(builder.get_requires_for_build("wheel"))
    loaded.prepared = "x-1.0.dist-info"
    assert builder.prepare("wheel", loaded.room / "dist") == loaded.prepared
    loaded.end()
    said = capsys.readouterr().err
    assert "x 1.0: metadata prepared with ingredient 2.0" in said
    assert said.endswith("o.toml: overridden, only metadata prepared: x 1.0\n")


def test_a_backend_that_changes_its_environment(loaded: World, capsys: Capture) -> None:
    loaded.rules(RULE)

    def install(site: Path) -> None:
        (site / "mint-1.0.dist-info").mkdir()
        (site / "mint-1.0.dist-info" / "METADATA").write_text("Name: mint\nVersion: 1.0\n", "utf-8")

    loaded.in_build = install
    assert "its build backend changed the build environment" in loaded.refused(capsys)
    assert list((loaded.room / "dist").iterdir()) == []


def test_a_pip_of_the_backend_without_the_shim(loaded: World, capsys: Capture) -> None:
    loaded.rules(RULE)

    def pip_without_shim(_: Path) -> None:
        Path(os.environ["PIP_LOG"]).write_text("Installing collected packages: mint", "utf-8")

    loaded.in_build = pip_without_shim
    assert "a pip that the build backend of x 1.0 started did not load" in loaded.refused(capsys)
    assert list((loaded.room / "dist").iterdir()) == []


def test_what_the_backend_fetches_itself(loaded: World, capsys: Capture) -> None:
    loaded.rules(RULE)
    loaded.in_build = lambda _: (loaded.tree / ".eggs" / "mint-1.0.egg").mkdir(parents=True)
    assert "its build backend itself downloaded mint-1.0.egg" in loaded.refused(capsys)
    assert list((loaded.room / "dist").iterdir()) == []


def test_rules_that_have_nothing_to_act_on(loaded: World, capsys: Capture) -> None:
    text = '[package.x]\nreplace.mint = "mint==1"\nconstrain = ["spice<2"]\n'
    loaded.rules(text)
    loaded.refused(capsys)
    loaded.rules(f'{text}[settings]\nunused = "warn"\n')
    loaded.build()
    said = capsys.readouterr().err
    assert "WARNING: pip-build-override: o.toml: package.x: x 1.0 declares no" in said
    assert "spice was not installed into the build environment of x 1.0" in said

    def fail(_: Path) -> None:
        raise ZeroDivisionError

    loaded.rules(f'{text}[settings]\nunused = "warn"\n')
    loaded.in_build = fail
    with pytest.raises(ZeroDivisionError):
        loaded.build()
    assert "this may be why the build failed" in capsys.readouterr().err
    loaded.end()
    assert "overridden builds" not in capsys.readouterr().err


def test_generated_sources(loaded: World, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    found = (records.Generated("x.c", "0.29", "cython>=3", "o.toml: package.x"),)
    monkeypatch.setattr(generated, "find", lambda build, wheel: found)
    loaded.rules(RULE)
    loaded.build()
    assert "WARNING: pip-build-override: o.toml: package.x: " in capsys.readouterr().err
    loaded.rules(RULE + '[settings]\ngenerated = "error"\n')
    refused = loaded.refused(capsys)
    assert "x.c" in refused
    assert [path.name for path in (loaded.room / "dist").iterdir()] == []
    follows(
        "write regenerate = true into a table for it, and {}; or accept them with"
        ' generated = "ignore" under [settings]',
        refused,
    )
    loaded.rules(RULE + '[settings]\ngenerated = "ignore"\n')
    loaded.build()
    assert "WARNING" not in capsys.readouterr().err


def test_a_build_directory_elsewhere(loaded: World, capsys: Capture) -> None:
    (loaded.room / "out").mkdir()
    (loaded.room / "out" / "x.o").write_bytes(b"")
    (loaded.tree / "setup.cfg").write_text("[build]\nbuild_base = ../out\n", encoding="utf-8")
    loaded.rules(RULE)
    refused = loaded.refused(capsys)
    assert "which is outside its directory" in refused
    (loaded.room / "out" / "x.o").unlink()
    loaded.build()


def test_what_a_copy_is_built_with(loaded: World, capsys: Capture) -> None:
    (loaded.tree / "build" / "temp.linux").mkdir(parents=True)
    (loaded.tree / "build" / "temp.linux" / "x.o").write_bytes(b"")
    loaded.rules(RULE)
    environment = loaded.environment()
    builder = loaded.module.ProjectBuilder(loaded.tree, environment.python_executable)
    builder._hook.backend_path = [str(loaded.tree / "backend")]
    environment.install(builder.build_system_requires)
    builder.get_requires_for_build("wheel")
    assert builder._hook.backend_path == [os.path.join(builder._hook.source_dir, "backend")]
    other = loaded.module.ProjectBuilder(loaded.tree, environment.python_executable)
    environment.install(other.build_system_requires)
    other._hook.source_dir = "/elsewhere"
    with pytest.raises(SystemExit):
        other.get_requires_for_build("wheel")
    del other._hook.source_dir
    other._pip_build_override.settled = False
    with pytest.raises(SystemExit):
        other.get_requires_for_build("wheel")
    said = capsys.readouterr().err
    assert "_hook: is for another directory" in said
    assert "_hook: has no source_dir" in said


def test_what_came_before_the_hook_asks_for_it(loaded: World, capsys: Capture) -> None:
    loaded.declares, loaded.returns = {"mint"}, {"ingredient"}
    # As if mint required it.
    loaded.brings = {"mint": "ingredient==3.0"}
    loaded.rules(RULE)
    refused = loaded.refused(capsys)
    assert "asks by its hook for what the rules make ingredient==2.0" in refused
    assert "another requirement has brought ingredient 3.0" in refused
    said = follows(
        "have it installed from the start: put constrain = [{}] into the table package.{}", refused
    )
    loaded.brings = {"mint": "ingredient==2.0"}
    loaded.rules(RULE + said.partition("put ")[2].partition(" into")[0] + "\n")
    loaded.build()
    # In that version, but from another file than a rule allows.
    wheel = loaded.room / "ingredient-2.0-py3-none-any.whl"
    wheel.write_bytes(b"")
    loaded.rules(f'[package.x]\nreplace.ingredient = {{ path = "{wheel.name}" }}\n')
    loaded.refused(capsys)
    hashed = 'requirement = "ingredient==2.0", hashes = ["sha256:' + "0" * 64 + '"]'
    loaded.rules(f"[package.x]\nreplace.ingredient = {{ {hashed} }}\n")
    refused = loaded.refused(capsys)
    follows(
        "have it installed from the start: in the table package.{}, write the replacement of {} into"
        " add = [...] instead",
        refused,
    )
    loaded.installs = {"ingredient": "2.0"}
    loaded.rules(f"[package.x]\nadd = [{{ {hashed} }}]\n")
    loaded.build()
