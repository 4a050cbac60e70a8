"""The local thermal energy as one number per particle, for colouring and for export."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from .glass import FloatArray


class Field(Protocol):
    """What is needed of a local thermal energy field."""

    @property
    def pairs(self) -> npt.NDArray: ...

    @property
    def energy(self) -> FloatArray: ...

    @property
    def displacement(self) -> FloatArray: ...


def particle_softness(field: Field) -> FloatArray:
    """(N,) mean of |E_alpha| over the interactions of each particle, in units of k_B T / 2.

    E_alpha lives on interactions (Eq. 3); this is its coarse-graining over the first shell.
    A particle without interactions has softness 0.
    """
    n = len(field.displacement)
    ends = np.asarray(field.pairs).ravel()
    magnitude = np.repeat(np.abs(field.energy), 2)
    counts = np.bincount(ends, minlength=n)
    return np.bincount(ends, magnitude, n) / np.maximum(counts, 1)
