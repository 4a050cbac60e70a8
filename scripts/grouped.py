"""Inputs of several ensembles, given one after the other."""

from collections.abc import Iterable, Sequence
from itertools import islice


def grouped(paths: Iterable[str], sizes: Sequence[int]) -> list[list[str]]:
    """The first ``sizes[0]`` paths, the next ``sizes[1]``, and so on."""
    rest = iter(paths)
    return [list(islice(rest, size)) for size in sizes]
