"""What is written into the start-up files of an environment: its lines are taken from this file.

It has to stand there on its own. When the files behind it are gone, broken or only half there, it is
all that is left to stop pip, and it must not disturb any other program. Its annotations name built-in
types only, because they are evaluated where the lines stand.
"""


# >>> taken from here
def _pip_build_override(package: str, route: str) -> None:
    import sys

    def armed() -> bool:
        return any(getattr(finder, "pip_build_override", None) for finder in sys.meta_path)

    class Refusal:
        pip_build_override = "broken"

        def __init__(self, reason: Exception) -> None:
            self.reason = reason

        def find_spec(self, name: str, path: object = None, target: object = None) -> None:
            if name == "pip._internal":
                why = f"{type(self.reason).__name__}: {self.reason}"
                sys.stderr.write(
                    f"pip-build-override: error: the shim in {package} cannot be loaded ({why}), so no"
                    " override would be in force\nhint: install pip-build-override there again; or"
                    " take its start-up hook out of this environment with the command"
                    ' "pip-build-override uninstall"; or unset PIP_BUILD_REQUIREMENTS_OVERRIDE\n'
                )
                sys.stderr.flush()
                raise SystemExit(2)

    if armed():
        return
    directory = package + "/startup/inject"
    sys.path.insert(0, directory)
    try:
        __import__("pip_build_override_hook").arm(package, route)
        if not armed():
            raise ImportError("its start-up hook is incomplete")
    except Exception as error:
        sys.meta_path.insert(0, Refusal(error))
    finally:
        sys.path.remove(directory)


# <<< to here
