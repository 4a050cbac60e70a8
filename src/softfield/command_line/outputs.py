"""Where the commands shall write, looked at before anything is computed."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ..errors import InvalidSettingError


def check_outputs(options: argparse.Namespace) -> None:
    """Refuse outputs that cannot be written, that are read, or that name one file twice.

    Raises
    ------
    InvalidSettingError
        With the name, why, and what to do.
    """
    plot = getattr(options, "plot", None)
    read = _read(options)
    seen: set[Path] = set()
    for path in [*getattr(options, "output", []), *([plot] if plot else [])]:
        _check_place(path)
        place = path.resolve()
        if place in read:
            raise InvalidSettingError(
                f"{path} is read by this command, and would be replaced; name another output."
            )
        if place in seen:
            raise InvalidSettingError(f"{path} is named twice as an output; name another file.")
        seen.add(place)


def _read(options: argparse.Namespace) -> set[Path]:
    """Files that the options name for reading."""
    named = [getattr(options, name, None) for name in ("file", "potential", "lammps")]
    return {path.resolve() for path in named if path is not None}


def _check_place(path: Path) -> None:
    if path.is_dir():
        raise InvalidSettingError(f"{path} is a folder; name a file in it.")
    folder = next(place for place in path.absolute().parents if os.path.lexists(place))
    if not folder.is_dir():
        raise InvalidSettingError(f"{path} cannot be written: {folder} is a file, no folder.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InvalidSettingError(f"{path} cannot be written: {folder} is closed to this user.")
