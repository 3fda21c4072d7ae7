"""Run in the environment that is verified: imports modules, and says of each what came of it."""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback

# What an imported module prints must not pass for an answer.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def say(**what: str) -> None:
    answers.write(json.dumps(what) + "\n")
    answers.flush()


for name in json.loads(sys.argv[1]):
    say(begins=name)
    try:
        importlib.import_module(name)
    except BaseException as error:
        kind = type(error).__name__
        sys.stderr.flush()
        say(module=name, kind=kind, text=str(error), trace=traceback.format_exc())
        # What it left behind half-done is not the next one's fault.
        sys.stdout.flush()
        os._exit(1)
    say(module=name)
answers.flush()
os._exit(0)
