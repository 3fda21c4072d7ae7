"""What is written into the start-up files of an environment: its lines are taken from this file.

It has to stand there on its own. It waits for pip, and imports nothing until then; when the files
behind it are gone, broken or only half there, it is all that is left to stop pip. Its annotations name
built-in types only, because they are evaluated where the lines stand.
"""


# >>> taken from here
def _pip_build_override(package: str, route: str) -> bool:
    import sys

    finders = vars(sys)["meta_path"]

    def armed() -> bool:
        return any(getattr(finder, "pip_build_override", False) for finder in finders)

    if armed():
        return True

    class Waiting:
        pip_build_override = True

        def __init__(self) -> None:
            self.package = package
            self.route = route

        def find_spec(self, name: str, path: object = None, target: object = None) -> object:
            if name != "pip._internal":
                return None
            directory = package + "/startup/inject"
            sys.path.insert(0, directory)
            finders.remove(self)
            try:
                __import__("pip_build_override_hook").arm(package, route)
                if not armed():
                    raise ImportError("its start-up hook is incomplete")
                return finders[0].find_spec(name, path, target)
            except Exception as error:
                finders.insert(0, self)
                sys.stderr.write(
                    f"pip-build-override: error: the shim in {package} cannot be loaded"
                    f" ({type(error).__name__}: {error}), so no override would be in force\n"
                    "hint: install pip-build-override there again; or take its start-up hook out of"
                    ' this environment with "pip-build-override uninstall"; or unset'
                    " PIP_BUILD_REQUIREMENTS_OVERRIDE\n"
                )
                sys.stderr.flush()
                raise SystemExit(2) from None
            finally:
                sys.path.remove(directory)

    finders.insert(0, Waiting())
    return armed()


# <<< to here
