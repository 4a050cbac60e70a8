"""What the command line says: progress and errors on standard error, results on standard output."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class Progress(logging.Handler):
    """Messages of the library on standard error, with the time since the start."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._start = time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING:
            tell(f"softfield: warning: {record.getMessage()}")
        else:
            tell(f"softfield: {time.monotonic() - self._start:6.1f} s  {record.getMessage()}")


@contextmanager
def reported(quiet: bool) -> Iterator[None]:
    """Let the library report on standard error, and leave its logger as it was.

    Warnings are told in any case.
    """
    logger = logging.getLogger("softfield")
    before = logger.level, logger.propagate
    reporter = Progress()
    logger.addHandler(reporter)
    logger.setLevel(logging.WARNING if quiet else logging.DEBUG)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(reporter)
        logger.setLevel(before[0])
        logger.propagate = before[1]


def progress(message: str) -> None:
    """Say what is being done now."""
    logging.getLogger("softfield").info(message)


def one_line(error: Exception) -> str:
    """An error in one line."""
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror.lower()}"
    return " ".join(str(error).split())


def print_line(text: str) -> None:
    """A line of the result."""
    _write(sys.stdout, text)


def tell(text: str) -> None:
    """A line of progress, or an error."""
    _write(sys.stderr, text)


def _write(stream: TextIO | None, text: str) -> None:
    """A line; escaped where the stream has no such characters, lost where it is closed."""
    if stream is None:
        return
    try:
        stream.write(f"{text}\n")
    except UnicodeEncodeError:
        escaped = text.encode(stream.encoding, "backslashreplace").decode(stream.encoding)
        stream.write(f"{escaped}\n")
