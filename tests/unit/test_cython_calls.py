"""What is read of the scripts of a project, and what is not assumed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pip_build_override.in_pip.builds import build_scripts, cython_arguments, cython_calls
from pip_build_override.in_pip.builds.cython_calls import Passed


def _passed(room: Path, setup: str = "", path: str = "pkg/core.pyx", **others: str) -> Passed:
    for name, text in {"setup_dot_py": setup, **others}.items():
        file = room / name.replace("__", "/").replace("_dot_", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    module = path.rpartition(".")[0].replace("/", ".")
    return cython_calls.passed(build_scripts.read(str(room)), (path, path[:-3] + "c"), module)


BOUNDS = {"-X boundscheck": False}
ONE_AND_ALL = """\
cythonize('pkg/other.pyx', language_level=3)
cythonize('pkg/core.pyx', compiler_directives={'boundscheck': False})
"""
LISTED = """\
a = [Extension('pkg.other', ['pkg/other.c'])]
a.append(Extension('pkg.more', sources=[os.path.join('pkg', 'more.pyx')]))
a += [Extension('pkg.most', ['pkg/most.pyx'])]
cythonize(a + ['lib/*.pyx'], language_level=3)
"""
JOINED = """\
a = []
a.append(Extension('pkg.core', [os.path.join('pkg', 'core.pyx')]))
cythonize(a, language_level=3)
"""
OF_EACH = """\
a = Extension('pkg.core', ['pkg/core.c'], cython_directives={'boundscheck': False})
b = Extension('pkg.other', ['pkg/other.c'], cython_directives={'binding': True})
"""


@pytest.mark.parametrize(
    ("setup", "options"),
    [
        ("", {}),
        ("print('nothing of Cython')\n", {}),
        # Only for some.
        ("cythonize('pkg/core.pyx', compiler_directives={'boundscheck': False})\n", BOUNDS),
        ("cythonize(['./pkg/*.pyx'], compiler_directives={'boundscheck': False})\n", BOUNDS),
        ("cythonize(['core.pyx'], compiler_directives={'boundscheck': False})\n", BOUNDS),
        ("cythonize(module_list='pkg/*.pyx', compiler_directives={'boundscheck': False})\n", BOUNDS),
        ("cythonize('pkg/other.pyx', compiler_directives={'boundscheck': False})\n", {}),
        (ONE_AND_ALL, BOUNDS),
        (LISTED, {}),
        (JOINED, {"language_level": "3"}),
        (OF_EACH, BOUNDS),
        # However it is written.
        ("cythonize(x, **{'compiler_directives': {'boundscheck': False}})\n", BOUNDS),
        ("cythonize(x, **dict(compiler_directives=dict(boundscheck=False)))\n", BOUNDS),
        ("D = {'binding': 1}\ncythonize(x, compiler_directives={**D})\n", {"-X binding": 1}),
        ("D: dict = {}\nD['boundscheck'] = False\ncythonize(x, compiler_directives=D)\n", BOUNDS),
        ("D = {}\nD.update(boundscheck=False)\ncythonize(x, compiler_directives=D)\n", BOUNDS),
        ("for e in x:\n    e.cython_directives = {'boundscheck': False}\n", BOUNDS),
        ("e.cython_directives['boundscheck'] = False\n", BOUNDS),
        ("e.cython_compile_time_env['W'] = 1\n", {"-E W": 1}),
        ("setattr(e, 'cython_directives', {'boundscheck': False})\n", BOUNDS),
        ("Options.get_directive_defaults()['boundscheck'] = False\n", BOUNDS),
        ("d = get_directive_defaults()\nd['boundscheck'] = False\n", BOUNDS),
        ("cythonize(x, include_path=['inc'])\n", {"-I inc": "inc"}),
        # What changes nothing of a module.
        ("cythonize(x, nthreads=cpus(), annotate=A, build_dir=B, language='c++')\n", {}),
        ("cythonize(x, np_pythran=False, compiler_directives=None, include_path=f())\n", {}),
        ("cythonize(x, compiler_directives={'linetrace': TRACE, 'profile': f()})\n", {}),
        ("D = {}\nif T:\n    D['profile'] = True\ncythonize(x, compiler_directives=D)\n", {}),
        ("Cython.Compiler.Options.annotate = True\n", {}),
        ("cythonize\nKW = {'define_macros': f()}\nExtension('a', ['a.pyx'], **KW)\n", {}),
        ("cythonize\nExtension('a', ['a.pyx'], **kw())\n", {}),
        ("command = ['cython', '-3', 'pkg/core.pyx']\n", {}),
    ],
)
def test_what_is_known(tmp_path: Path, setup: str, options: dict[str, object]) -> None:
    assert _passed(tmp_path, setup) == Passed(options, {})


@pytest.mark.parametrize(
    ("setup", "option"),
    [
        ("cythonize(x, compiler_directives=f())\n", "-X "),
        ("cythonize(x, compiler_directives=D)\n", "-X "),
        ("def f(D):\n    cythonize(x, compiler_directives=D)\nD = {}\n", "-X "),
        ("from more import D\ncythonize(x, compiler_directives=D)\n", "-X "),
        ("cythonize(x, compiler_directives={'boundscheck': f()})\n", "-X boundscheck"),
        ("cythonize(x, compiler_directives={f(): 1})\n", "-X "),
        ("cythonize(x, compiler_directives={[]: 1})\n", "-X "),
        ("cythonize(x, compiler_directives={**f()})\n", "-X "),
        ("cythonize(x, compiler_directives={**[]})\n", "-X "),
        ("cythonize(x, compiler_directives={1: 1})\n", "-X "),
        ("cythonize(x, compiler_directives={'warn': 'a,b'})\n", "-X warn"),
        ("cythonize(x, compiler_directives={'language_level': f()})\n", "language_level"),
        ("cythonize(x, language_level=f())\n", "language_level"),
        ("cythonize(x, compile_time_env=dict(os.environ))\n", "-E "),
        ("cythonize(x, compile_time_env={'W': sys.platform})\n", "-E W"),
        ("cythonize(x, np_pythran=True)\n", "np_pythran"),
        ("cythonize(x, of_a_later_cython=1)\n", "of_a_later_cython"),
        ("cythonize(x, **f())\n", "**"),
        ("D = {}\nD[k] = 1\ncythonize(x, compiler_directives=D)\n", "-X "),
        (
            "D = {}\nif T:\n    D['boundscheck'] = 1\ncythonize(x, compiler_directives=D)\n",
            "-X boundscheck",
        ),
        ("D = {}\nif T:\n    D.update(a=1)\ncythonize(x, compiler_directives=D)\n", "-X a"),
        ("D = {}\nD.update(f())\ncythonize(x, compiler_directives=D)\n", "-X "),
        ("D = {'a': 1}\nD.pop('a')\ncythonize(x, compiler_directives=D)\n", "-X "),
        ("D = {'a': 1}\ndel D['a']\ncythonize(x, compiler_directives=D)\n", "-X "),
        ("D = {}\nD |= f()\ncythonize(x, compiler_directives=D)\n", "-X "),
        ("D = {}\nE = D\nE['a'] = 1\ncythonize(x, compiler_directives=D)\n", "-X "),
        ("def f(x):\n    x['a'] = 1\nD = {}\nf(D)\ncythonize(x, compiler_directives=D)\n", "-X "),
        ("D = D\ncythonize(x, compiler_directives=D)\n", "-X "),
        ("L = 3\nL += 1\ncythonize(x, language_level=L)\n", "language_level"),
        ("cythonize(x, compiler_directives={'a': 1} if T else {})\n", "-X "),
        ("for e in x:\n    if f(e):\n        e.cython_directives = {'a': 1}\n", "-X a"),
        ("if T:\n    get_directive_defaults()['a'] = 1\n", "-X a"),
        ("Cython.Compiler.Options.docstrings = False\n", "Options.docstrings"),
        ("Extension('pkg.core', ['pkg/core.pyx'], cython_directives=f())\n", "-X "),
        ("KW = dict(cython_directives=f())\nExtension('pkg.core', ['core.pyx'], **KW)\n", "-X "),
        ("KW = f(cython_directives={})\nExtension('pkg.core', ['core.pyx'], **KW)\n", "**"),
        ("KW['cython_directives'] = 1\nExtension('pkg.core', ['core.pyx'], **KW)\n", "**"),
        ("command = ['cython', '-X', 'boundscheck=False']\n", "-X "),
        ("system('cython --directive boundscheck=False ' + path)\n", "-X "),
        ("print 'for Python 2'\ncythonize(x)\n", "-X "),
        # Not the same in all calls.
        ("cythonize(x, language_level=3)\ncythonize(y)\n", "language_level"),
        ("cythonize(x, language_level=3)\ncythonize(y, language_level=2)\n", "language_level"),
        (
            "cythonize('pkg/core.pyx')\ncythonize('pkg/*.pyx', compiler_directives={'a': 1})\n",
            "-X a",
        ),
        ("cythonize(x, compiler_directives={'a': 1})\ne.cython_directives = {'a': 2}\n", "-X a"),
        ("a = [Extension('pkg.core', ['x.c'])]\na[0] = f()\ncythonize(a, compile_time_env=E)\n", "-E "),
    ],
)
def test_what_is_not_known(tmp_path: Path, setup: str, option: str) -> None:
    found = _passed(tmp_path, setup)
    assert list(found.problems) == [option]
    assert option not in found.settings


def test_the_calls_are_named(tmp_path: Path) -> None:
    setup = "cythonize(x, compiler_directives={'a': 1})\n\ncythonize(y)\n"
    assert _passed(tmp_path, setup).problems == {
        "-X a": "cythonize() in setup.py:1 and cythonize() in setup.py:3 are given different"
        " compiler_directives (a), and either may be for this file"
    }
    setup = "cythonize(x, compile_time_env=E)\n"
    assert _passed(tmp_path, setup).problems == {
        "-E ": "cythonize() in setup.py:1 is given compile_time_env, but not as a literal"
    }


@pytest.mark.parametrize(
    ("path", "text", "is_read"),
    [
        ("build_dot_py", "cythonize(x, language_level=f())\n", True),
        ("tools__cythonize_dot_py", "cythonize(x, language_level=f())\n", True),
        ("helpers__more_dot_py", "cythonize(x, language_level=f())\n", True),
        ("pkg__uses_dot_py", "cythonize(x, language_level=f())\n", False),
        ("Makefile", "pkg/core.c:\n\tcython \\\n\t-X boundscheck=False $<\n", True),
        ("Makefile", "pkg/core.c:\n\tcython -3 $<\n", False),
        ("bin__generate_dot_sh", "cython3 -E A=1 pkg/core.pyx\n", True),
        ("README_dot_txt", "cython -X boundscheck=False\n", False),
    ],
)
def test_which_files_are_read(tmp_path: Path, path: str, text: str, is_read: bool) -> None:
    setup = "from helpers import more\nfrom .here import it\nimport sys\n"
    found = _passed(tmp_path, setup, **{path: text})
    assert bool(found.problems) is is_read


def test_without_pip() -> None:
    # So that commands outside of pip can list generated files.
    code = (
        f"import sys\nsys.modules['pip'] = None\nimport {cython_arguments.__name__} as it\n"
        "print(it.find('.').files)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "()\n"
