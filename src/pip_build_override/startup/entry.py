"""The code that is copied from this file into the start-up files of an environment.

It must work on its own. It waits for pip, and imports nothing until then; if the files that it imports
are missing, broken or incomplete, nothing else is left to stop pip.

Every start of Python with the switch on runs these lines, and every other one reads them. So the finder
is a function and not a class, and other hooks are only looked for when pip is imported.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:  # for the types in comments, which take no time at run time
    from typing import Any  # noqa: F401 - used in comments

PACKAGE = ""
ROUTE = ""


# >>> taken from here
def _pip_build_override(name, path=None, target=None, package=PACKAGE, route=ROUTE):
    # type: (str, Any, Any, str, str) -> Any
    if name not in ("pip._internal", "build", "tox.plugin.manager", "asv.environment"):
        return None
    import sys

    directory = package + "/startup/inject"
    sys.path.insert(0, directory)
    try:
        hook = __import__("pip_build_override_hook")
        return hook.arm(package, route).find_spec(name, path, target)
    except Exception as error:
        import shlex

        sys.stderr.write(
            f"pip-build-override: error: the shim in {package} cannot be loaded"
            f" ({type(error).__name__}: {error}), so no override would be in force [broken-shim]\n"
            "hint: install pip-build-override there again; or remove its start-up hook from this"
            f" environment: pip-build-override uninstall --python {shlex.quote(sys.executable)}; or"
            " unset PIP_BUILD_REQUIREMENTS_OVERRIDE\n"
        )
        sys.stderr.flush()
        raise SystemExit(2) from None
    finally:
        sys.path.remove(directory)


vars(_pip_build_override).update(
    pip_build_override="waiting",
    package=PACKAGE,
    route=ROUTE,
    find_spec=_pip_build_override,
)
# <<< to here
