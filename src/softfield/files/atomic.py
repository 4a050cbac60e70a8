"""Files that are either complete or not there, whatever is killed while they are written."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

#: (temporary name, target) of the files that :func:`written_together` is to move, if it is open.
_WAITING: ContextVar[list[tuple[Path, Path]] | None] = ContextVar("waiting", default=None)

PathLike = str | os.PathLike[str]


@contextmanager
def replaced_atomically(path: PathLike) -> Iterator[Path]:
    """Give a temporary name to write to; on success move it to ``path`` in one step.

    The temporary file lies beside ``path``, so that the move is atomic, and carries a
    random part, so that two writers of one file never mix: the last to finish wins, whole.
    Its suffix is that of ``path`` (writers such as matplotlib choose a format by it). On
    an exception it is removed and ``path`` stays as it was; after SIGKILL it is left
    behind under its hidden name and can be deleted. Within :func:`written_together` the move waits
    for that of the other files.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.stem}.{secrets.token_hex(8)}.tmp{target.suffix}")
    try:
        yield temporary
        _flush_to_disk(temporary)
        waiting = _WAITING.get()
        if waiting is not None:
            waiting.append((temporary, target))
            return
        os.replace(temporary, target)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename in (temporary, os.fspath(temporary)):
            error.filename, error.filename2 = os.fspath(target), None  # the name that was given
        raise
    _flush_to_disk(target.parent)


@contextmanager
def written_together() -> Iterator[None]:
    """Files written within by :func:`replaced_atomically` appear together at its end, or none does.

    On an exception, such as a full disk at the last file, every path stays as it was.
    """
    waiting: list[tuple[Path, Path]] = []
    before = _WAITING.set(waiting)
    try:
        try:
            yield
        finally:
            _WAITING.reset(before)
        for temporary, target in waiting:  # all are on the disk: a move needs no space
            os.replace(temporary, target)
    except BaseException:
        for temporary, _ in waiting:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
        raise
    for folder in {target.parent for _, target in waiting}:
        _flush_to_disk(folder)


def _flush_to_disk(path: Path) -> None:
    """fsync: without it, a power cut after the move can leave an empty file behind."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
