"""The glass of the file that a command is given."""

from __future__ import annotations

import argparse

import numpy as np

from ..files.glasses import read_labelled_glass
from ..glass import Glass
from .results import FileTerms


def read_file(options: argparse.Namespace) -> tuple[Glass, FileTerms]:
    """The glass, and what its file calls things."""
    glass, labels = read_labelled_glass(
        options.file,
        format=options.format,
        box=options.box,
        atom_style=options.atom_style,
        species=options.species,
        length_unit=options.length_unit,
        frame=options.frame,
        dimension=options.dimension,
    )
    return glass, FileTerms(options.length_unit, np.arange(glass.n_particles), labels)
