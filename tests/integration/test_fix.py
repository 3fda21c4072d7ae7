"""``fix``: from a command that fails in several builds to the file under which it succeeds."""

from __future__ import annotations

import hashlib

import pytest

from ..support.environments import Target, tool
from ..support.generating import write_sdist
from ..support.serving import index_of_files

LINES = "# ours\n[package.declares] # and why\nreplace.ingredient = 'ingredient==1.0'\n"

PROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "lamp"
version = "1.0"
"""

SHOWING = """\
[build-system]
requires = ["stampbackend"]
build-backend = "stampbackend"

[project]
name = "{name}"
version = "1.0"
dependencies = [{dependencies}]

[tool.stamp]
imports = ["wheel"]
shows = ["LAMP"]
"""


def test_finds_writes_and_runs(target: Target) -> None:
    """A build requirement that does not build, of a package that then builds, from a file of pip."""
    overrides = target.write(LINES)
    requirements = target.write("needs-misses-wheel\ndeclares\n", "requirements.txt")
    command = (*tool(), "fix", "--", target.python, "-m", "pip", "install", "-r", requirements)
    result = target.execute(*command).succeeded()
    text = overrides.read_text(encoding="utf-8")
    assert text.startswith(f"{LINES}\n[package.misses-wheel]\nreason = ")
    assert text.endswith('\nadd = ["wheel"]\n')
    assert "written to build-overrides.toml" in result.stderr
    # What fix writes itself is not offered by pip.
    assert "write into build-overrides.toml" not in result.stderr
    assert target.stamp("declares") == {"ingredient": "1.0"}
    assert "needs-misses-wheel" in target.run_pip("list").stdout
    again = target.execute(*command).succeeded()
    assert "nothing to fix" in again.stderr
    assert overrides.read_text(encoding="utf-8") == text


def test_the_command_uses_what_an_attempt_has_built(target: Target) -> None:
    for name, dependency in (("lamp", "shade"), ("shade", "")):
        pyproject = SHOWING.format(name=name, dependencies=f'"{dependency}"' if dependency else "")
        write_sdist(target.room / f"{name}-1.0.tar.gz", {"pyproject.toml": pyproject})
    script = 'LAMP=lit exec "$0" -m pip install --find-links . lamp'
    result = target.execute(*tool(), "fix", "--", "sh", "-c", script, target.python).succeeded()
    # Once in the command and in an attempt each, and once when lamp was to be imported.
    assert sorted(target.builds()) == ["lamp"] * 2 + ["shade"] * 3, str(result)
    given = {"config-settings": None, "env": {"LAMP": "lit"}}
    assert target.constant("lamp", "SHOWN") == target.constant("shade", "SHOWN") == given
    # Nobody else uses it, not even under the same rules.
    target.fresh().override(target.room / "build-overrides.toml", "install", "-f.", "shade").succeeded()
    assert target.builds() == ["shade"]


def test_each_build_has_what_its_pip_gives_it(target: Target) -> None:
    """An attempt has what a script and a line of requirements give to the build, and nothing else."""
    pyproject = SHOWING.format(name="lamp", dependencies="")
    pyproject += 'imports-in = "prepare_metadata_for_build_wheel"\n'
    write_sdist(target.room / "lamp-1.0.tar.gz", {"pyproject.toml": pyproject})
    by_line = "--config-settings" in target.run_pip("install", "--help").stdout
    line = "lamp --config-settings=bulb='so bright'" if by_line else "lamp"
    target.write(f"{line}\n", "requirements.txt")
    # It is for what is on the command line.
    settings = {"PIP_CONFIG_SETTINGS": "other=1"} if by_line else {}
    for first, second, bulb in (
        # A pip that builds no wheel fails first, and one with other variables installs it.
        ("LAMP=dim", "LAMP=lit", ("lamp", {"other": "1"})),
        ("LAMP=lit", "LAMP=lit", ("-r requirements.txt", {"bulb": "so bright"})),
    ):
        (target.room / "build-overrides.toml").unlink(missing_ok=True)
        script = (
            f'{first} "$0" -m pip download -f. -d d lamp && {second} "$0" -m pip install -f. {bulb[0]}'
        )
        used = target.fresh()
        command = (*tool(), "fix", "--", "sh", "-c", script, used.python)
        # pip's own cache does not tell settings apart.
        own_cache = {"PIP_CACHE_DIR": str(target.room / f"cache of {first}")}
        used.execute(*command, settings={**settings, **own_cache}).succeeded()
        assert used.constant("lamp", "SHOWN") == {
            "config-settings": bulb[1] if by_line else None,
            "env": {"LAMP": "lit"},
        }


@pytest.mark.seam("none")
def test_finds_nothing(target: Target) -> None:
    """No rule helps, so nothing is left but what pip itself leaves."""
    project = target.room / "lamp"
    project.mkdir()
    (project / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (project / "backend.py").write_text("raise ValueError('no bulb')\n", encoding="utf-8")
    temporary = target.room / "temporary"
    temporary.mkdir()
    before = sorted(target.room.rglob("*.toml"))
    command = (*tool(), "fix", "--", target.python, "-m", "pip", "install", project)
    result = target.execute(*command, settings={"TMPDIR": str(temporary)}).failed()
    assert "lamp 1.0 is not fixed: " in result.stderr
    assert list(temporary.iterdir()) == []
    assert sorted(target.room.rglob("*.toml")) == before
    assert "lamp" not in target.run_pip("list").stdout


@pytest.mark.seam("none")
def test_only_a_file_that_the_user_allows(target: Target) -> None:
    """Another index has another file of the same name, whose hash is not that in the requirements."""
    touched = target.room / "touched"
    files = {"pyproject.toml": PROJECT, "backend.py": "def build_wheel(*_):\n    import wheel\n"}
    own = target.room / "own"
    own.mkdir()
    write_sdist(own / "lamp-1.0.tar.gz", files)
    digest = hashlib.sha256((own / "lamp-1.0.tar.gz").read_bytes()).hexdigest()
    theirs = target.room / "theirs"
    theirs.mkdir()
    write_sdist(
        theirs / "lamp-1.0.tar.gz", {**files, "backend.py": f"open({str(touched)!r}, 'w').close()\n"}
    )
    target.write(f"lamp==1.0 --hash=sha256:{digest}\n", "requirements.txt")
    command = (*tool(), "fix", "--", target.python, "-m", "pip", "wheel", "-r", "requirements.txt")
    with index_of_files(theirs, {}) as first, index_of_files(own, {}) as second:
        settings = {**first, "PIP_EXTRA_INDEX_URL": second["PIP_INDEX_URL"]}
        settings["PIP_FIND_LINKS"] = target.index.as_uri()
        result = target.execute(*command, settings=settings).failed()
    # It got further with wheel, which the file that is allowed asks for.
    assert "lamp 1.0: trying with wheel added" in result.stderr
    assert not touched.exists()
