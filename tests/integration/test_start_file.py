"""The .start file of PEP 829, which Python reads from 3.15 on.

None of the interpreters that this runs on is as new. So the outer pip is started by a few lines that do
with a site directory what the PEP asks of ``site``; whatever pip it starts in its turn is as ever.
"""

from __future__ import annotations

import pytest

from ..support.environments import SWITCH, Result, Target, tool

pytestmark = pytest.mark.pips(only=["24.0"])

OVERRIDES = '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'
# First every .pth file: paths are added; an import line is ignored if there is a .start file of that
# name (and from 3.18 on in any case). Then every .start file: each line, except comments and empty
# ones, is ``package.module:callable``, called without arguments. A failure is only reported.
SITE = """
import os, pkgutil, runpy, sys, traceback
directory = sys.argv[1]
sys.path.append(directory)
names = sorted(name for name in os.listdir(directory) if name[:1] != ".")
starts = [name for name in names if name.endswith(".start")]

def lines(name):
    with open(os.path.join(directory, name), encoding="utf-8-sig") as file:
        return [line.strip() for line in file if line.strip() and line[:1] != "#"]

for name in names:
    if name.endswith(".pth"):
        for line in lines(name):
            if not line.startswith(("import ", "import\\t")):
                path = os.path.join(directory, line)
                if os.path.exists(path) and path not in sys.path:
                    sys.path.append(path)
            elif name[:-4] + ".start" not in starts:
                exec(line)
for name in starts:
    for line in lines(name):
        try:
            assert ":" in line
            pkgutil.resolve_name(line)()
        except Exception:
            traceback.print_exc()
sys.argv[:] = sys.argv[2:]
if sys.argv[0] == "-c":
    exec(sys.argv[1])
else:
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""
ASK = "import sys; print([f.route for f in sys.meta_path if hasattr(f, 'pip_build_override')])"


def installed(target: Target) -> Target:
    (target.site_packages / "sitecustomize.py").symlink_to(target.write("", "theirs.py"))
    result = target.execute(*tool(), "install", "--python", target.python).succeeded()
    assert "start-up hook: .pth" in result.stdout
    return target


def start(target: Target, *program: str, switch: str = "") -> Result:
    command = (target.python, "-S", "-c", SITE, target.site_packages, *program)
    return target.execute(*command, settings={SWITCH: switch} if switch else {})


def test_in_force(target: Target) -> None:
    installed(target)
    switch = str(target.write(OVERRIDES))
    assert start(target, "-c", ASK).succeeded().stdout == "[]\n"
    assert start(target, "-c", ASK, switch=switch).succeeded().stdout == "['.start']\n"
    into = ("--prefix", str(target.room / "into"))
    pip = ("pip", "install", *into, "--ignore-installed", "declares")
    told = start(target, *pip, switch=switch).succeeded().stdout
    assert "declares 2.0: ingredient -> ingredient==1.0" in told
    assert "ingredient ->" not in start(target, *pip).succeeded().stdout


def test_without_what_is_behind_the_hook(target: Target) -> None:
    installed(target)
    module = target.site_packages / "pip_build_override_startup.py"
    text = module.read_text(encoding="utf-8")
    package = text.partition("package='")[2].partition("'")[0]
    module.write_text(text.replace(package, "/gone"), encoding="utf-8")
    switch = str(target.write(OVERRIDES))
    start(target, "pip", "install", "declares", switch=switch).refused("/gone", "no override")
    other = start(target, "-c", "print('fine')", switch=switch)
    assert (other.status, other.stdout, other.stderr) == (0, "fine\n", "")


def test_without_its_module(target: Target) -> None:
    """What cannot be helped: Python tells that an entry point is missing, and goes on."""
    installed(target)
    (target.site_packages / "pip_build_override_startup.py").unlink()
    switch = str(target.write(OVERRIDES))
    told = start(target, "-c", ASK, switch=switch).succeeded()
    assert told.stdout == "[]\n"
    assert "pip_build_override_startup" in told.stderr
    # Any Python that reads the line of the .pth file stops.
    pip = (target.python, "-m", "pip", "install", "declares")
    target.execute(*pip, settings={SWITCH: switch}).refused("no override")
