"""What is found in a log, whatever pip printed it and whatever a CI service put around it."""

from __future__ import annotations

import pytest

from pip_build_override.diagnosis import Failure, diagnose, read_log
from pip_build_override.diagnosis.lines import LONGEST, clean
from pip_build_override.diagnosis.signatures import Matcher, known_signatures

HOOK = "Getting requirements to build wheel"
CROSS = "\u00d7"
BROKEN = "ModuleNotFoundError: No module named 'pkg_resources'"

# pip 22 and later.
BOX = f"""\
Collecting lamp==1.0
  Downloading lamp-1.0.tar.gz (7 kB)
  {HOOK}: started
  {HOOK}: finished with status 'error'
  error: subprocess-exited-with-error

  {CROSS} {HOOK} did not run successfully.
  │ exit code: 1
  ╰─> [3 lines of output]
      Traceback (most recent call last):
        File "/tmp/pip-build-env-x/overlay/lib/python3.11/site-packages/setuptools/build.py", line 3
      {BROKEN}
      [end of output]

  note: This error originates from a subprocess, and is likely not a problem with pip.
ERROR: Failed to build 'lamp' when {HOOK.lower()}
"""

# pip 21.
BARS = f"""\
Collecting lamp==1.0
  Using cached lamp-1.0.tar.gz (7 kB)
  {HOOK}: started
  {HOOK}: finished with status 'error'
  ERROR: Command errored out with exit status 1:
   command: /home/user/venv/bin/python /home/user/_in_process.py get_requires_for_build_wheel /tmp/tmpx
       cwd: /tmp/pip-install-abcdefgh/lamp_0123456789abcdef0123456789abcdef
  Complete output (3 lines):
  Traceback (most recent call last):
    File "/home/user/venv/lib/python3.11/site-packages/x.py", line 3
  {BROKEN}
  ----------------------------------------
WARNING: Discarding https://index.example/lamp-1.0.tar.gz (from https://index.example/simple/lamp/).
ERROR: No matching distribution found for lamp==1.0
"""

# With --verbose the output comes first.
VERBOSE = f"""\
Collecting lamp==1.0
  Downloading lamp-1.0.tar.gz (7 kB)
  Running command pip subprocess to install build dependencies
  Installing build dependencies: started
  Collecting setuptools
  Successfully installed setuptools-84.2.1 wheel-0.45.1
  Installing build dependencies: finished with status 'done'
  {HOOK}: started
  Running command {HOOK}
  Traceback (most recent call last):
    File "/opt/python3.11/x.py", line 3
  {BROKEN}
  error: subprocess-exited-with-error

  {CROSS} {HOOK} did not run successfully.
  │ exit code: 1
  ╰─> See above for output.

  note: This error originates from a subprocess, and is likely not a problem with pip.
"""

WHEEL = f"""\
Collecting lamp
  Downloading lamp-1.0.tar.gz (7 kB)
Collecting bulb>=1 (from lamp)
  Downloading bulb-3.0.tar.gz (7 kB)
  Preparing metadata (pyproject.toml) ... done
Building wheels for collected packages: lamp, bulb
  Building wheel for lamp (pyproject.toml) ... done
  Building wheel for bulb (pyproject.toml) ... error
  error: subprocess-exited-with-error

  {CROSS} Building wheel for bulb (pyproject.toml) did not run successfully.
  │ exit code: 1
  ╰─> [1 lines of output]
      {BROKEN}
      [end of output]

  note: This error originates from a subprocess, and is likely not a problem with pip.
  ERROR: Failed building wheel for bulb
Failed to build bulb
"""

UV = f"""\
  {CROSS} Failed to build `lamp==1.0`
  ├─▶ The build backend returned an error
  ╰─▶ Call to `setuptools.build_meta.build_wheel` failed (exit status: 1)

      [stderr]
      Traceback (most recent call last):
        File "/home/user/.cache/uv/builds-v0/x/lib/python3.11/x.py", line 3
      {BROKEN}

      hint: This usually indicates a problem with the package or the build environment.
"""


def found(text: str) -> list[Failure]:
    # Lines as a file has them: a carriage return alone ends none.
    return read_log(text.split("\n"))


def kinds(failure: Failure) -> list[str]:
    return [finding.signature.name for finding in diagnose(failure).findings]


@pytest.mark.parametrize("text", [BOX, BARS, VERBOSE, UV], ids=["box", "bars", "verbose", "uv"])
def test_every_shape_tells_the_same(text: str) -> None:
    (failure,) = found(text)
    assert failure.label == "lamp 1.0"
    assert failure.python == "3.11"
    assert failure.error == BROKEN
    assert kinds(failure) == ["pkg-resources"]
    assert diagnose(failure).rules.constrain == ("setuptools<82",)


def test_box_in_ascii() -> None:
    text = BOX.replace(f"{CROSS} ", "").replace("│ ", "").replace("╰─> ", "")
    assert [failure.label for failure in found(text)] == ["lamp 1.0"]


def test_build_environment_of_a_verbose_log() -> None:
    (failure,) = found(VERBOSE)
    assert failure.environment == {"setuptools": "84.2.1", "wheel": "0.45.1"}
    (older,) = found(VERBOSE.replace("84.2.1", "75.0.0"))
    assert kinds(older) == []


def test_the_one_that_failed_and_who_asked_for_it() -> None:
    (failure,) = found(WHEEL)
    assert (failure.label, failure.asked_by) == ("bulb 3.0", "lamp")


@pytest.mark.parametrize(
    "prefix",
    [
        "2026-05-01T12:00:00.1234567Z ",
        "[2026-05-01T12:00:00.123Z] ",
        "2026-05-01T12:00:00.123456Z 01O ",
        "#12 45.67 ",
        "web-1  | ",
        "build\tRun pip\t2026-05-01T12:00:00.1234567Z ",
        "[INFO] ",
        "12:30:01 [docs] ",
    ],
)
@pytest.mark.parametrize("text", [BOX, BARS, VERBOSE])
def test_prefixes(prefix: str, text: str) -> None:
    log = "".join(f"{prefix}{line}\n" for line in text.splitlines())
    assert [(f.label, kinds(f)) for f in found(log)] == [("lamp 1.0", ["pkg-resources"])]


def test_colours_and_progress() -> None:
    text = BOX.replace(CROSS, f"\x1b[31m{CROSS}\x1b[0m").replace(
        "Downloading", "  0%\r 50%\r  Downloading"
    )
    text = text.replace("│", "\x1b[31m│\x1b[0m").replace("╰─>", "\x1b[1;31m╰─>\x1b[0m")
    assert [(f.label, kinds(f)) for f in found(text)] == [("lamp 1.0", ["pkg-resources"])]


def test_interleaved_builds() -> None:
    error = "error in bulb setup command: use_2to3 is invalid."
    other = BOX.replace("lamp", "bulb").replace(BROKEN, error)
    pairs = zip(BOX.splitlines(), other.splitlines())
    log = "".join(f"#7 1.0 {one}\n#8 1.0 {two}\n" for one, two in pairs)
    assert {f.label: kinds(f) for f in found(log)} == {
        "lamp 1.0": ["pkg-resources"],
        "bulb 1.0": ["use-2to3"],
    }


def test_several_builds_one_after_the_other() -> None:
    log = BOX + BARS.replace("lamp", "bulb") + UV.replace("lamp", "wick")
    assert [failure.name for failure in found(log)] == ["lamp", "bulb", "wick"]


def test_what_a_log_says_twice_is_one_failure() -> None:
    assert len(found(BOX + BOX)) == 1


def test_a_log_that_begins_late_or_ends_early() -> None:
    (late,) = found(BOX[BOX.index(f"  {CROSS} ") :])
    assert (late.label, kinds(late)) == ("lamp", ["pkg-resources"])
    (early,) = found(BOX[: BOX.index("      [end")])
    assert (early.label, kinds(early)) == ("lamp 1.0", ["pkg-resources"])


@pytest.mark.parametrize("step", ["Installing build dependencies", HOOK])
def test_a_step_that_takes_minutes(step: str) -> None:
    running = f"  {step}: started\n  {step}: still running...\n  {step}: still running...\n"
    done = "  Installing build dependencies: finished with status 'done'\n"
    text = BOX.replace(f"  {HOOK}: started\n", running + done if step != HOOK else running)
    assert [(failure.label, kinds(failure)) for failure in found(text)] == [
        ("lamp 1.0", ["pkg-resources"])
    ]


def test_a_verbose_log_that_ends_while_the_build_environment_is_filled() -> None:
    assert found(VERBOSE[: VERBOSE.index("  Installing build dependencies: finished")]) == []


def test_levels_are_no_streams() -> None:
    levels = ("[INFO]", "[ERROR]")
    log = "".join(f"{levels[i % 2]} {line}\n" for i, line in enumerate(BOX.splitlines()))
    assert [(f.label, kinds(f)) for f in found(log)] == [("lamp 1.0", ["pkg-resources"])]


def test_a_requirement_that_has_to_be_built_and_fails() -> None:
    inner = BOX.replace("lamp", "numpy").replace("1.0", "1.16.0")
    nested = "".join(f"      {line}\n" for line in inner.splitlines())
    outer = (
        "Collecting lamp==1.0\n  Downloading lamp-1.0.tar.gz (7 kB)\n"
        f"  {CROSS} installing build dependencies did not run successfully.\n  │ exit code: 1\n"
        f"  ╰─> [21 lines of output]\n{nested}      [end of output]\n"
    )
    (failure,) = found(outer)
    assert failure.label == "lamp 1.0"
    assert [inner.label for inner in failure.nested] == ["numpy 1.16.0"]
    assert kinds(failure) == ["pinned-without-wheel"]
    assert dict(diagnose(failure).rules.replace)["numpy"] == '{ from = "target", else = "numpy" }'


def test_what_succeeds_leaves_nothing() -> None:
    done = VERBOSE[: VERBOSE.index("  error: sub")] + f"  {HOOK}: finished with status 'done'\n"
    assert found(done) == []
    assert found(done + "Successfully installed lamp-1.0\n") == []


def test_backend_called_by_build() -> None:
    log = f"* Getting build dependencies...\n{BROKEN}\n\nERROR Backend subprocess exited\n"
    (failure,) = found(log)
    # build prints no name, so there is no table to put anything in.
    assert (failure.name, kinds(failure)) == ("", ["pkg-resources"])
    assert not diagnose(failure).rules


def test_windows_paths() -> None:
    path = r'File "C:\hosted\Python311\Lib\site-packages\setuptools\build_meta.py", line 3'
    (failure,) = found(BOX.replace(BOX.splitlines()[10], f"      {path}"))
    assert failure.python == "3.11"


def test_sources_that_only_a_path_names() -> None:
    text = BOX.replace("Collecting lamp==1.0\n  Downloading lamp-1.0.tar.gz (7 kB)\n", "")
    text = text.replace(f"ERROR: Failed to build 'lamp' when {HOOK.lower()}\n", "")
    path = "/tmp/pip-install-abcdefgh/lamp_0123456789abcdef0123456789abcdef/setup.py"
    (failure,) = found(text.replace("/tmp/pip-build-env-x", f'{path}", "/tmp/x'))
    assert failure.name == "lamp"


def test_each_line_is_looked_at_once_and_tried_on_few_patterns() -> None:
    noise = [
        "gcc -Wall -c x.c -o x.o\n",
        "copying a.py -> build/lib/a.py\n",
        "x" * 100_000 + "\n",
    ] * 500
    lines = [*noise, *BOX.splitlines(keepends=True), *noise]
    matcher = Matcher(known_signatures())
    assert len(read_log(lines, matcher)) == 1
    assert matcher.looked <= len(lines)
    assert matcher.searched < 60


def test_no_line_is_looked_at_beyond_its_beginning() -> None:
    assert len(clean("x" * 10 * LONGEST).text) == LONGEST


def test_what_is_kept_does_not_grow_with_the_log() -> None:
    missing = [f"ModuleNotFoundError: No module named 'm{i}'\n" for i in range(1000)]
    head, tail = BOX[: BOX.index("      Trace")], BOX[BOX.index("      [end") :]
    (failure,) = read_log([*head.splitlines(True), *missing, *tail.splitlines(True)])
    assert len(failure.hits) <= 60
