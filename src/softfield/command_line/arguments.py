"""Arguments of the command line, from text."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

#: Suffixes of tables, and of glasses that hold values per particle.
TABLE_SUFFIXES = (".parquet", ".csv")
OWN_GLASS_SUFFIXES = (".dump", ".lammpstrj", ".extxyz", ".xyz", ".gsd", ".h5", ".hdf5")
PLOT_SUFFIXES = (".png", ".pdf", ".svg")


def positive_int(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


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
        return Path(text)

    return path


def variable(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not (name and separator):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    return name, value


def mapping(text: str) -> dict[str, int]:
    try:
        pairs = [part.split("=") for part in text.split(",")]
        return {name.strip(): int(index) for name, index in pairs}
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form A=0,B=1") from None
