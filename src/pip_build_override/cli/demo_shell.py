"""A shell for ``demo``: it shows commands as they could be typed, and their output as it appears."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from dataclasses import dataclass

# What a pip needs to reach an index. Other PIP_* variables, such as PIP_CONSTRAINT, could change the
# builds, so that they are not what the demo says.
_KEPT = {
    "PIP_CERT",
    "PIP_CLIENT_CERT",
    "PIP_CONFIG_FILE",
    "PIP_DEFAULT_TIMEOUT",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "PIP_INDEX_URL",
    "PIP_KEYRING_PROVIDER",
    "PIP_NO_INDEX",
    "PIP_PROXY",
    "PIP_RETRIES",
    "PIP_TIMEOUT",
    "PIP_TRUSTED_HOST",
}

# Our command, run by this Python from where it was imported.
_OURS = """import sys
sys.path.insert(0, {!r})
from pip_build_override.cli.main import main
sys.exit(main())"""

_SECONDS_TO_END = 10


@dataclass(frozen=True)
class Done:
    """A finished command: its exit status, and its output on both streams."""

    status: int
    output: str


class Shell:
    """A shell that runs commands in ``directory``, and keeps their temporary files inside it."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self._steps = 0
        temporary = os.path.join(directory, "tmp")
        os.mkdir(temporary)
        self._environment = {
            name: value
            for name, value in os.environ.items()
            if name in _KEPT or not name.startswith(("PIP_", "PYTHONPATH", "PYTHONHOME"))
        }
        self._environment.update(
            PIP_CACHE_DIR=os.path.join(directory, "cache"),
            PIP_DISABLE_PIP_VERSION_CHECK="1",
            PIP_NO_INPUT="1",
            PIP_PROGRESS_BAR="off",
            PYTHONIOENCODING="utf-8",
            TMPDIR=temporary,
            TEMP=temporary,
            TMP=temporary,
        )

    def title(self, text: str) -> None:
        self._steps += 1
        print(f"\n{self._steps}. {text}", flush=True)

    def remark(self, text: str) -> None:
        print(f"  {text}", flush=True)

    def show_file(self, name: str) -> None:
        """Print the file ``name`` of the directory as ``cat`` does."""
        print(f"$ cat {name}")
        with open(os.path.join(self.directory, name), encoding="utf-8") as file:
            print("".join(f"  {line}" for line in file), end="", flush=True)

    def run(self, *command: str) -> Done:
        """Show and run ``command``, and return its result."""
        return self._run(command, command)

    def ask(self, *command: str) -> Done:
        """Run ``command`` without showing it, and return its result."""
        return self._run((), command)

    def run_ours(self, *arguments: str) -> Done:
        """Show and run ``pip-build-override`` with ``arguments``, and return its result."""
        package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        ours = (sys.executable, "-c", _OURS.format(os.path.dirname(package)))
        return self._run(("pip-build-override", *arguments), (*ours, *arguments))

    def _run(self, shown: tuple[str, ...], command: tuple[str, ...]) -> Done:
        if shown:
            print("$ " + " ".join(map(shlex.quote, shown)), flush=True)
        child = subprocess.Popen(
            [os.path.join(self.directory, command[0]), *command[1:]],
            cwd=self.directory,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            # In its own process group, so that its child processes can be ended too.
            start_new_session=True,
        )
        lines = []
        try:
            assert child.stdout is not None
            for line in child.stdout:
                lines.append(line)
                if shown:
                    print(f"  {line.rstrip()}", flush=True)
            status = child.wait()
        except BaseException:
            _end(child)
            raise
        finally:
            assert child.stdout is not None
            child.stdout.close()
        return Done(status, "".join(lines))


def _end(child: subprocess.Popen[str]) -> None:
    """End ``child`` and its child processes, first as Ctrl-C would, then by force."""
    for number in (signal.SIGINT, signal.SIGTERM, None):
        try:
            if os.name == "nt":
                child.kill()
            else:
                os.killpg(child.pid, signal.SIGKILL if number is None else number)
            child.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            continue
        except OSError:
            return
