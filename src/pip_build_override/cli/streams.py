"""Errors, not tracebacks, for closed or full standard streams and a deleted working directory."""

from __future__ import annotations

import errno
import io
import os
import sys

from ..errors import OverrideError
from ..terminal import spare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

CANNOT = 2
_INTERRUPTED = 130


class Unwritable(OverrideError):
    """Standard output cannot be written to."""


def prepare() -> None:
    """Prepare the standard streams so that errors in writing to them can be reported.

    The next file that is opened would get the number of a closed descriptor, and child processes would
    write into that file; so the null device is opened in its place.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            _take(number)
    output: Any = sys.stdout
    errors: Any = sys.stderr
    if output is None:
        sys.stdout = _Output(_Closed(), encoding="utf-8", write_through=True)
    elif _is_file(output, sys.__stdout__):
        output.flush()
        sys.stdout = _Output(
            io.BufferedWriter(io.FileIO(1, "w", closefd=False)),
            output.encoding,
            write_through=output.write_through,
        )
    if errors is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until the process ends
    elif _is_file(errors, sys.__stderr__):
        sys.stderr = _Errors(io.FileIO(2, "w", closefd=False), errors.encoding, write_through=True)
    for stream in (sys.stdout, sys.stderr):
        spare(stream)


def _is_file(stream: Any, original: object) -> bool:
    # Neither a stream that somebody else has put there nor a terminal, which is never full.
    return not stream.isatty() and stream is original


def check_standard_input() -> None:
    """Check that standard input is open, for a command that reads it.

    Raises:
        OverrideError: If it is closed.
    """
    if sys.stdin is None:
        raise OverrideError(
            "standard input is closed", kind="unreadable-file", hint="name a file, or pipe the log in"
        )


def status_of(work: Callable[[], int], show: Callable[[OverrideError], None]) -> int:
    """Do the work of one command, and return its exit status.

    Args:
        work: Returns the status; its output is flushed here.
        show: Prints an error.
    """
    try:
        try:
            status = work()
        except SystemExit:
            # argparse has printed its help.
            sys.stdout.flush()
            raise
        sys.stdout.flush()
        return status
    except OverrideError as error:
        show(error)
        _flush_what_can_be()
        return CANNOT
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader is gone; Python would report that again when it closes the stream.
        _discard()
        return CANNOT
    except FileNotFoundError:
        if not _working_directory_is_gone():
            raise
        show(
            OverrideError(
                "the current directory no longer exists, so relative paths cannot be used",
                kind="file-not-found",
                hint="change to an existing directory: cd",
            )
        )
        return CANNOT


class _Output(io.TextIOWrapper):
    """Standard output, whose errors can be distinguished from those of other files."""

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError as error:
            raise _unwritable(error) from None

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            raise _unwritable(error) from None


class _Errors(io.TextIOWrapper):
    """Standard error, which ignores its errors: there is no other place to report them."""

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError:
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError:
            pass


class _Closed(io.RawIOBase):
    name = "closed"

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def _unwritable(error: OSError) -> Exception:
    _discard()
    if isinstance(error, BrokenPipeError):
        return error
    if error.errno == errno.EBADF:
        return Unwritable(
            "standard output is closed, so the answer cannot be written",
            kind="unwritable-file",
            hint="do not close it, or redirect it to a file",
        )
    return Unwritable(
        f"the answer cannot be written to standard output: {error.strerror}",
        kind="unwritable-file",
        hint="redirect it to a file that can be written to",
    )


def _flush_what_can_be() -> None:
    try:
        sys.stdout.flush()
    except (Unwritable, BrokenPipeError):
        # Only the first error is reported.
        pass


def _discard() -> None:
    """Discard all further output, including buffered output that Python writes when it exits."""
    _take(1)
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until the process ends


def _take(number: int) -> None:
    descriptor = os.open(os.devnull, os.O_RDWR)
    if descriptor != number:
        os.dup2(descriptor, number, inheritable=False)
        os.close(descriptor)


def _working_directory_is_gone() -> bool:
    try:
        os.getcwd()
    except FileNotFoundError:
        return True
    return False
