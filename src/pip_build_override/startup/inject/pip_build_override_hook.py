"""An import hook that waits for pip, loads the shim into it, and stops pip if that fails.

Only ``sys`` is imported until pip is, so other programs only pay for a few classes.
Like the sitecustomize in this directory, this file must be valid syntax in any Python.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # for the types in comments, which every Python can read
    from typing import Any  # noqa: F401 - used in comments

WATCHED = "pip._internal"
BUILD = "build"
# Modules of programs that start pips which do not load the shim by themselves, and what does it there.
_PROGRAMS = {
    "tox.plugin.manager": ("tox", "engines.tox_without_plugin:engage"),
    "asv.environment": ("asv", "engines.asv:engage"),
}
_NAMES = (WATCHED, BUILD) + tuple(_PROGRAMS)
INJECTED = "PYTHONPATH"
SWITCH = "PIP_BUILD_REQUIREMENTS_OVERRIDE"
FRONT_ENDS = (
    "pyproject_hooks",
    "pyproject_api",
    "pep517",
    # For programs that use pip's modules without running a pip command.
    "pip._vendor.pyproject_hooks",
    "pip._vendor.pep517",
)
# Build backends, and what of them builds, for programs that build in a process that has imported them.
BACKENDS = (
    "setuptools.build_meta",
    "setuptools.dist",
    "hatchling.build",
    "hatchling.builders.plugin.interface",
    "flit_core.buildapi",
    "flit_core.wheel",
    "flit_core.sdist",
    "poetry.core.masonry.api",
    "poetry.core.masonry.builders.wheel",
    "poetry.core.masonry.builders.sdist",
    "poetry.masonry.builders.editable",
    "pdm.backend",
    "mesonpy",
    "scikit_build_core.build",
    "maturin",
    "uv_build",
)
CHILDREN = "subprocess"
WITHOUT_PIP = frozenset(("uv", "uvx", "poetry", "pdm", "hatch", "flit"))
# Set for the process in which a backend runs, and what that starts: by pyproject_hooks, pep517 and us.
_IN_BACKEND = (
    "_PYPROJECT_HOOKS_BUILD_BACKEND",
    "PEP517_BUILD_BACKEND",
    "_PIP_BUILD_OVERRIDE_IN_BACKEND",
)


def refuse(reason, kind, hint):
    # type: (str, str, str) -> None
    """Stop this pip with an error message, a hint and exit status 2."""
    sys.stderr.write("pip-build-override: error: %s [%s]\nhint: %s\n" % (reason, kind, hint))
    sys.stderr.flush()
    raise SystemExit(2)


class _Waiting(object):
    """A finder that lets another one find a module, so that code can run after that module."""

    def __init__(self, package):
        # type: (str) -> None
        self.package = package
        self.finding = False

    def found_by_another(self, name, path, target):
        # type: (Any, str, Any, Any) -> Any
        """Return what the other finders find for a module, or None if this is a recursive call."""
        if self.finding:
            return None
        # Some finders, such as ddtrace's, also ask all the others, and so call this one again.
        self.finding = True
        try:
            for finder in sys.meta_path:
                find = None if finder is self else getattr(finder, "find_spec", None)
                spec = find(name, path, target) if find else None
                if spec is not None:
                    return spec
        finally:
            self.finding = False
        return None


class _Loader(object):
    """A loader that runs a module with its own loader, and then calls ``after`` with the module."""

    def __init__(self, loader, after):
        # type: (Any, Any) -> None
        self.loader = loader
        self.after = after

    def __getattr__(self, name):
        # type: (str) -> Any
        return getattr(self.loader, name)

    def create_module(self, spec):
        # type: (Any) -> Any
        create = getattr(self.loader, "create_module", None)
        return create(spec) if create else None

    def exec_module(self, module):
        # type: (Any) -> None
        module.__spec__.loader = module.__loader__ = self.loader
        if hasattr(self.loader, "exec_module"):
            self.loader.exec_module(module)
        else:
            # Before Python 3.10, a zipimporter, which runs the nested pip of pip 21.2 to 22.1,
            # supports only the older protocol.
            exec(self.loader.get_code(module.__name__), module.__dict__)
        self.after(module)


class _Finder(_Waiting):
    """A finder that ignores all modules but a few of pip and front ends, and loads the shim."""

    pip_build_override = True

    def __init__(self, package, route):
        # type: (str, str) -> None
        _Waiting.__init__(self, package)
        self.route = route

    def find_module(self, name, path=None):
        # type: (str, Any) -> None
        # Only Python 2 calls this method.
        if name == WATCHED:
            _refuse_old_python()

    def find_spec(self, name, path=None, target=None):
        # type: (str, Any, Any) -> Any
        if name not in _NAMES:
            return None
        if name == BUILD:
            return self.found_build(name, path, target)
        if sys.version_info < (3, 8):
            _refuse_old_python()
        spec = self.found_by_another(name, path, target)
        if spec is not None:
            after = self.bring_into_program if name in _PROGRAMS else self.bring_shim_in
            spec.loader = _Loader(spec.loader, after)
        return spec

    def found_build(self, name, path, target):
        # type: (str, Any, Any) -> Any
        """Return the spec of pypa/build, into which the shim is loaded, or of another such module."""
        spec = self.found_by_another(name, path, target)
        if _is_pypa_build(spec):
            if sys.version_info < (3, 8):
                _refuse_old_python()
            spec.loader = _Loader(spec.loader, self.bring_into_build)
        return spec

    def bring_into_build(self, module):
        # type: (Any) -> None
        # The finder stays, because such a program may import pip, too.
        _load_shim(self.package, "build", "in_build.gate:engage", module)

    def bring_into_program(self, module):
        # type: (Any) -> None
        program, engage = _PROGRAMS[module.__name__]
        _load_shim(self.package, program, engage, module)

    def bring_shim_in(self, _):
        # type: (Any) -> None
        # The finder is removed only after success: if a pip is imported again after a failure, the
        # finder must find it again.
        _load_shim(self.package, "pip", "in_pip.gate:engage")
        sys.meta_path.remove(self)


def _is_pypa_build(spec):
    # type: (Any) -> bool
    """Return whether a module is pypa/build, and not a directory or a module of the user."""
    if spec is None or not spec.origin or not hasattr(spec.loader, "exec_module"):
        return False
    import os

    directory, name = os.path.split(spec.origin)
    return name.startswith("__init__.") and os.path.isfile(os.path.join(directory, "env.py"))


def _load_shim(package, program, engage, *arguments):
    # type: (str, str, str, *Any) -> None
    try:
        load = _import_package(package)
        # Nothing but True: a truncated file may load without an error and do nothing.
        for name, given in (("startup.intact:check", (package,)), (engage, arguments)):
            module, _, function = name.partition(":")
            if getattr(load("pip_build_override." + module), function)(*given) is not True:
                raise ImportError("%s is incomplete" % module)
    except Exception as error:
        refuse(
            "the shim could not be loaded into %s (%s: %s), so no override would be in force"
            % (program, type(error).__name__, error),
            "broken-shim",
            "reinstall the pip-build-override in %s, or unset PIP_BUILD_REQUIREMENTS_OVERRIDE"
            % package,
        )


def _import_package(package):
    # type: (str) -> Any
    # By file, not by sys.path: our package must not be visible in the environment that pip works on.
    import importlib
    import importlib.util
    import os

    name = "pip_build_override"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            name, os.path.join(package, "__init__.py"), submodule_search_locations=[package]
        )
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return importlib.import_module


class _FrontEnds(_Waiting):
    """A finder that ignores every module except those with which programs build, or start others."""

    def __init__(self, package, names):
        # type: (str, tuple[str, ...]) -> None
        _Waiting.__init__(self, package)
        self.names = frozenset(names)

    def find_spec(self, name, path=None, target=None):
        # type: (str, Any, Any) -> Any
        spec = self.found_by_another(name, path, target) if name in self.names else None
        if spec is not None and hasattr(spec.loader, "exec_module"):
            after = watch_children if name == CHILDREN else self.watch_builds
            spec.loader = _Loader(spec.loader, after)
        return spec

    def watch_builds(self, module):
        # type: (Any) -> None
        """Make a front end report what it builds."""
        _front_ends(self.package).watch(module)


def _front_ends(package):
    # type: (str) -> Any
    try:
        return _import_package(package)("pip_build_override.startup.front_ends")
    except Exception as error:
        refuse(
            "the shim could not be loaded (%s: %s), so a build that bypasses pip would not be noticed"
            % (type(error).__name__, error),
            "broken-shim",
            "reinstall the pip-build-override in %s" % package,
        )


def watch_children(module):
    # type: (Any) -> None
    """Let what is built by a program without pip that this process starts be noticed.

    pipx and tox remove PYTHONPATH for what they start, and tox-uv also what begins with PIP_. A pip
    that is out of reach then writes the log of ``run``. uv and others use no pip, but pass these
    variables on to the build backends that they run, where their builds are noticed.

    Args:
        module: The module ``subprocess``.
    """
    start = module.Popen.__init__

    def init(self, *given, **named):
        # type: (Any, *Any, **Any) -> None
        env = named.get("env")
        # Empty is off; if it is missing, it was removed with the others.
        off = env is None or env.get(SWITCH) == ""
        if not off and _is_front_end(given[0] if given else named.get("args")):
            named["env"] = _followed(env)
        start(self, *given, **named)

    init.__wrapped__ = start  # type: ignore[attr-defined] # for inspect.signature
    module.Popen.__init__ = init


def _followed(given):
    # type: (Any) -> Any
    """Return environment variables with those by which ``run`` is told of builds."""
    import os

    env = {name: value for name, value in os.environ.items() if name.startswith(SWITCH)}
    env.update(given)
    paths = [os.path.dirname(os.path.abspath(__file__)), *(env.get(INJECTED) or "").split(os.pathsep)]
    env[INJECTED] = os.pathsep.join(dict.fromkeys(filter(None, paths)))
    return env


def _is_front_end(command):
    # type: (Any) -> bool
    """Return whether a command, as for ``subprocess``, is a program that builds without any pip."""
    import os

    words = command.split() if isinstance(command, str) else command
    if not isinstance(words, (list, tuple)):
        return False
    names = [os.path.basename(str(word)).lower() for word in words[:3]]
    program = names[2] if names[1:2] == ["-m"] and names[2:] else "".join(names[:1])
    return (program[:-4] if program.endswith(".exe") else program) in WITHOUT_PIP


def _is_hook_of_uv():
    # type: () -> bool
    # uv calls hooks with ``python -c``, in build environments in its cache or, without isolation, in
    # others. The environments of ``uv run`` are in its cache too.
    command = getattr(sys, "orig_argv", None)
    if command is None and "builds-v" in sys.prefix:
        command = _command_before_python_3_10()
    script = command[2] if command and command[1:2] == ["-c"] else ""
    return "backend.build_wheel(" in script or "_for_build_" in script


def _command_before_python_3_10():
    # type: () -> list[str]
    try:
        with open("/proc/self/cmdline", "rb") as file:
            return file.read().decode("utf-8", "replace").split("\0")
    except OSError:
        # If it cannot be known, a needless report is better than none.
        return ["", "-c", "_for_build_"]


def watch(package, environ):
    # type: (str, Any) -> None
    """Make this Python, somewhere below ``run``, report builds that bypass the pips with the shim.

    Args:
        package: Directory of the package.
        environ: ``os.environ``.
    """
    if sys.version_info < (3, 8):
        # No pip here loads the shim, and no current front end runs here.
        return
    below_pip = environ.get("PIP_BUILD_TRACKER") or environ.get("PIP_REQ_TRACKER")
    # A program with the shim that builds with pip's modules marks its build tracker as its own.
    of_program = below_pip == environ.get("_PIP_BUILD_OVERRIDE_TRACKED")
    names = FRONT_ENDS  # type: tuple[str, ...]
    if below_pip and not of_program and not environ.get("_PIP_BUILD_OVERRIDE_FOLLOWED"):
        _front_ends(package).tell_of_plain_pip()
    elif not below_pip:
        if any(environ.get(name) for name in _IN_BACKEND):
            if _is_hook_of_another(environ):
                _front_ends(package).tell_of_another()
        elif _is_hook_of_uv():
            environ[_IN_BACKEND[-1]] = "1"
            _front_ends(package).tell_of_uv()
        elif "".join(sys.argv[:1]).endswith("_backend.py"):
            # pyproject_api, whose caller reports what it builds.
            environ[_IN_BACKEND[-1]] = "1"
        else:
            names += BACKENDS
    if CHILDREN in sys.modules:
        watch_children(sys.modules[CHILDREN])
    else:
        names += (CHILDREN,)
    sys.meta_path.insert(0, _FrontEnds(package, names))


def _is_hook_of_another(environ):
    # type: (Any) -> bool
    # The command line of pyproject_hooks' script, wherever a front end has copied it to. If its caller
    # has loaded the shim, that reports the build, or the build is overridden.
    told = environ.get("_PIP_BUILD_OVERRIDE_TOLD")
    return not told and "".join(sys.argv[1:2]).startswith(("build_", "prepare_metadata_"))


def _refuse_old_python():
    # type: () -> None
    refuse(
        "Python %d.%d is older than 3.8, the oldest that build requirements can be overridden on"
        % sys.version_info[:2],
        "unusable-python",
        "use a newer Python, or unset PIP_BUILD_REQUIREMENTS_OVERRIDE",
    )


# The last function of this file: if the file is truncated, it is missing, and the hook is not armed.
def arm(package, route):
    # type: (str, str) -> Any
    """Wait for pip, to load the shim into it; once in each process.

    Args:
        package: Directory of the package with the shim.
        route: How the hook was loaded.

    Returns:
        The finder that waits, which may be one that was already there.
    """
    # Several routes may load this file, from several copies of it; the first one is enough. But ``run``
    # and an outer pip rely on the copy that they have put on PYTHONPATH. The finders from start-up
    # files ("waiting") only call this function.
    ours = [finder for finder in sys.meta_path if getattr(finder, "pip_build_override", False)]
    able = [finder for finder in ours if getattr(finder, "pip_build_override", "") != "waiting"]
    if route == INJECTED:
        able = [finder for finder in able if getattr(finder, "route", "") == INJECTED]
    if not able:
        able = [_Finder(package, route)]
        sys.meta_path.insert(0, able[0])
    sys.meta_path[:] = [finder for finder in sys.meta_path if finder is able[0] or finder not in ours]
    return able[0]
