import stampbackend
from stampbackend import *  # noqa: F403 - the hooks


def _requires(settings):
    built_with = stampbackend._versions()["ingredient"]
    return ["ingredient==2.0" if built_with == "1.0" else "ingredient==1.0"]


stampbackend._requires = _requires
