"""Files that are either complete or not there, whatever is killed while they are written."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PathLike = str | os.PathLike[str]


@contextmanager
def replaced_atomically(path: PathLike) -> Iterator[Path]:
    """Give a temporary name to write to; on success move it to ``path`` in one step.

    The temporary file lies beside ``path``, so that the move is atomic, and carries a
    random part, so that two writers of one file never mix: the last to finish wins, whole.
    Its suffix is that of ``path`` (writers such as matplotlib choose a format by it). On
    an exception it is removed and ``path`` stays as it was; after SIGKILL it is left
    behind under its hidden name and can be deleted.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.stem}.{secrets.token_hex(8)}.tmp{target.suffix}")
    try:
        yield temporary
        _flush_to_disk(temporary)
        os.replace(temporary, target)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename in (temporary, os.fspath(temporary)):
            error.filename, error.filename2 = os.fspath(target), None  # the name that was given
        raise
    _flush_to_disk(target.parent)


def _flush_to_disk(path: Path) -> None:
    """fsync: without it, a power cut after the move can leave an empty file behind."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
