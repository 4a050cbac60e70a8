"""Arguments of the command line, from text."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from ..errors import InvalidSettingError

#: Suffixes of tables, and of glasses that hold values per particle.
TABLE_SUFFIXES = (".parquet", ".csv")
OWN_GLASS_SUFFIXES = (".dump", ".lammpstrj", ".extxyz", ".xyz", ".gsd", ".h5", ".hdf5")
PLOT_SUFFIXES = (".png", ".pdf", ".svg")


def positive_int(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


def positive(text: str) -> float:
    """A positive, finite number."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not positive and finite")
    return value


def edges(text: str) -> tuple[float, ...]:
    try:
        edges = tuple(float(word) for word in text.split(","))
    except ValueError:
        edges = ()
    if len(edges) not in (2, 3):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form LX,LY or LX,LY,LZ")
    return edges


def path_with(suffixes: Sequence[str]) -> Callable[[str], Path]:
    def path(text: str) -> Path:
        if Path(text).suffix.lower() not in suffixes:
            raise argparse.ArgumentTypeError(f"{text} must end in one of {' '.join(suffixes)}")
        try:
            text.encode()
        except UnicodeEncodeError:  # formats cannot keep them
            raise argparse.ArgumentTypeError(f"{text!r} has bytes that are no text") from None
        return Path(text)

    return path


def variable(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not (name and separator):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    return name, value


def variables(given: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The variables of a script by name.

    Raises
    ------
    InvalidSettingError
        For a name that is given twice.
    """
    found: dict[str, str] = {}
    for name, value in given:
        if name in found:
            raise InvalidSettingError(f"--var gives {name} twice; give it once.")
        found[name] = value
    return found


def mapping(text: str) -> dict[str, int]:
    try:
        pairs = [part.split("=") for part in text.split(",")]
        species = {name.strip(): int(index) for name, index in pairs}
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form A=0,B=1") from None
    if len(species) < len(pairs):
        raise argparse.ArgumentTypeError(f"{text!r} names a type twice")
    return species
