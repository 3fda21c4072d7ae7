"""The hooks of a build find the same, whether the backend is imported once or for each of them."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from ..support import stampbackend
from ..support.environments import NO_REUSE, Target

OVERRIDES = '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'
PYPROJECT = """
[build-system]
requires = ["setuptools", "stampbackend"]
build-backend = "looks:backend"

[project]
name = "project"
version = "1.0"
"""
BACKEND = r"""
import json, os, signal, sys, threading

count = 0

def look(hook):
    global count
    count += 1
    os.environ["CHANGED"] = "by a hook"
    sys.path.append("changed")
    place = os.environ["LOOKS"]
    import stampbackend
    seen = {
        "pid": os.getpid(),
        "ppid": os.getppid(),
        "parent": open("/proc/%d/cmdline" % os.getppid()).read().split("\0")[1],
        "argv": sys.argv[:2],
        "path": sys.path,
        "env": dict(os.environ),
        "cwd": os.getcwd(),
        "fds": sorted(fd for fd in range(200) if is_open(fd)),
        "handlers": [str(signal.getsignal(each)) for each in sorted(signal.valid_signals())],
        "modules": sorted(sys.modules),
        "count": count,
        "threads": threading.active_count(),
        "group": os.getpgrp(),
        "input": sys.stdin.read(),
    }
    with open(os.path.join(place, hook), "w") as file:
        json.dump(seen, file)
    print("said by", hook)
    sys.stdout.flush()
    os.write(1, b"\xff\xfe " + hook.encode() + b"\n")
    print("and", hook, file=sys.stderr, flush=True)
    exec(os.environ.get("ENDS_" + hook, ""))

def is_open(fd):
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True

class backend:
    def get_requires_for_build_wheel(config_settings=None):
        look("requires")
        return []

    def prepare_metadata_for_build_wheel(directory, config_settings=None):
        look("metadata")
        import stampbackend
        return stampbackend.prepare_metadata_for_build_wheel(directory, config_settings)

    def build_wheel(directory, config_settings=None, metadata_directory=None):
        look("wheel")
        import stampbackend
        return stampbackend.write_wheel(directory, "project", "1.0", {"project.py": ""})
"""
HOOKS = ("requires", "metadata", "wheel")
# What differs in each run.
_NAMES = re.compile(r"(pip-[a-z]+-[a-z-]*|below-|pip-build-override-)\w+|\w{8,}(?=/(overlay|site))")
_ENDS = {
    "ENDS_wheel": "import signal; os.kill(os.getpid(), signal.SIGTERM)",
    "ENDS_metadata": "sys.exit(3)",
}


def look(target: Target, *options: str, **ends: str) -> tuple[dict[str, Any], str]:
    """Install the project, and return what its hooks have seen, and what they have printed."""
    looks = target.room / f"looks{len(list(target.room.glob('looks*')))}"
    looks.mkdir()
    settings = {"LOOKS": str(looks), NO_REUSE: "", **ends}
    result = target.override(
        OVERRIDES,
        *("install", "-v", "--no-cache-dir", "--upgrade", "--target", target.room / "installed"),
        *("--find-links", target.room / "wheels", target.room / "project"),
        settings=settings,
        options=(*options, "--allow-unused"),
    )
    assert (result.status == 0) == (not ends), result
    seen: dict[str, Any] = {}
    for hook in HOOKS:
        path = looks / hook
        if path.exists():
            text = path.read_text(encoding="utf-8").replace(str(looks), "LOOKS")
            seen[hook] = json.loads(_NAMES.sub("NAME", text))
            seen[hook]["env"].pop(NO_REUSE)
    said = re.compile("said by|and (requires|metadata|wheel)|xff|exited with|exit code|exit status")
    lines = [line.strip() for line in str(result).splitlines() if said.search(line)]
    # Older pips show the whole command.
    return seen, re.sub(r"\btmp\w{8}\b", "NAME", "\n".join(lines))


if sys.platform == "linux":  # elsewhere, each hook has a process of its own

    @pytest.mark.seam("build environments")
    def test_hooks_find_what_they_find_in_processes_of_their_own(target: Target) -> None:
        wheels, project = target.room / "wheels", target.room / "project"
        wheels.mkdir()
        project.mkdir()
        # Only of a distribution of this name it is known what its import does.
        stampbackend.write_wheel(str(wheels), "setuptools", "99.0", {"looks.py": BACKEND})
        Path(project, "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
        seen, said = look(target)
        apart, said_apart = look(target, "--no-reuse")
        assert said == said_apart
        assert all(f"said by {hook}" in said and f"xff\\xfe {hook}" in said for hook in HOOKS)
        for hook in HOOKS:
            for name, value in apart[hook].items():
                if name not in ("pid", "ppid", "parent", "group"):
                    assert seen[hook][name] == value, f"{hook}: {name}"
            assert seen[hook]["count"] == 1
        # All are started by pip, or by the process that has imported the backend.
        for found, copied in ((apart, False), (seen, True)):
            assert len({found[hook]["ppid"] for hook in HOOKS}) == 1
            assert {found[hook]["parent"].endswith("hook_server.py") for hook in HOOKS} == {copied}
        assert len({seen[hook]["group"] for hook in HOOKS}) == 1
        for name, code in _ENDS.items():
            assert look(target, **{name: code})[1] == look(target, "--no-reuse", **{name: code})[1]
