"""A script, run in the target environment, that imports modules and prints the result for each."""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback

# Output of an imported module must not be mistaken for an answer.
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
        # What a failed import leaves behind must not affect the next one.
        sys.stdout.flush()
        os._exit(1)
    say(module=name)
answers.flush()
os._exit(0)
