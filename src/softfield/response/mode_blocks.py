"""Many displacement fields at a time: derivatives of the energy along a block (N, d, k)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from ..glass import FloatArray
from ..kernels import mode_blocks
from ..mechanics.pairs import Interactions


@dataclass(frozen=True, eq=False)
class ModeBlocks:
    """Derivatives of the energy of one glass along blocks of k fields, (N, d, k).

    The same formulas as in :mod:`softfield.mechanics.derivatives`, for k fields in one pass.
    """

    found: Interactions

    @cached_property
    def incidence(self) -> sp.csr_array:
        """(P, N) +1 at j and -1 at i of each pair."""
        p = np.arange(len(self.found.pairs))
        i, j = self.found.pairs.T
        ones = np.ones(len(p))
        return sp.csr_array(
            (np.concatenate([ones, -ones]), (np.concatenate([p, p]), np.concatenate([j, i]))),
            shape=(len(p), self.found.n_particles),
        )

    @cached_property
    def transposed(self) -> sp.csr_array:
        return sp.csr_array(self.incidence.T)

    def relative(self, fields: FloatArray) -> FloatArray:
        """(P, d, k) differences v = x_j - x_i."""
        n, d, k = fields.shape
        return (self.incidence @ fields.reshape(n, d * k)).reshape(-1, d, k)

    def scatter(self, on_j: FloatArray) -> FloatArray:
        """(N, d, k) sums of +on_j on j and -on_j on i."""
        p, d, k = on_j.shape
        return (self.transposed @ on_j.reshape(p, d * k)).reshape(-1, d, k)

    def along(self, relative: FloatArray) -> FloatArray:
        """(P, k) u.v of relative displacements."""
        return np.einsum("pc,pck->pk", self.found.vectors, relative)

    def stiffness_times(self, fields: FloatArray) -> FloatArray:
        """(N, d, k) M z of every field."""
        v = self.relative(fields)
        stretched = self.found.g2[:, None] * self.along(v)
        return self.scatter(self._on_vectors(stretched) + self.found.g1[:, None, None] * v)

    def stiffness(self, fields: FloatArray) -> FloatArray:
        """(k,) z.M.z of every field."""
        v = self.relative(fields)
        return self.found.g2 @ self.along(v) ** 2 + self.found.g1 @ _squares(v)

    def third_order(self, fields: FloatArray) -> FloatArray:
        """(N, d, k) ``U''' : z z`` of every field."""
        found = self.found
        return mode_blocks.third_order(
            found.pairs, found.vectors, found.g2, found.g3, np.ascontiguousarray(fields)
        )

    def asymmetry(self, fields: FloatArray) -> FloatArray:
        """(k,) ``U''' : z z z`` of every field."""
        v = self.relative(fields)
        a = self.along(v)
        return self.found.g3 @ a**3 + 3.0 * (self.found.g2 @ (a * _squares(v)))

    def stiffness_slope(self, fields: FloatArray, moved: FloatArray) -> FloatArray:
        """(k,) ``U''' : z z w``, the change of z.M.z while the pairs move by ``moved`` (P, d)."""
        v, u = self.relative(fields), self.found.vectors
        a, square = self.along(v), _squares(v)
        stretch = np.einsum("pc,pc->p", u, moved)
        across = np.einsum("pc,pck->pk", moved, v)
        slope = (self.found.g3 * stretch) @ a**2 + (self.found.g2 * stretch) @ square
        return slope + 2.0 * (self.found.g2 @ (a * across))

    def fourth_power(self, fields: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(k,) S = sum over pairs of (v.v)^2, and (N, d, k) a quarter of its gradient."""
        v = self.relative(fields)
        square = _squares(v)
        return (square**2).sum(axis=0), self.scatter(square[:, None, :] * v)

    def _on_vectors(self, values: FloatArray) -> FloatArray:
        return self.found.vectors[:, :, None] * values[:, None, :]


def _squares(relative: FloatArray) -> FloatArray:
    """(P, k) v.v of relative displacements."""
    return np.einsum("pck,pck->pk", relative, relative)


def normalized(fields: FloatArray) -> FloatArray:
    """The fields of a block (N, d, k), each of unit norm."""
    return fields / np.sqrt(np.einsum("nck,nck->k", fields, fields))


def largest_particles(fields: FloatArray) -> np.ndarray:
    """(k,) the particle with the largest displacement in each field."""
    return np.argmax(np.einsum("nck,nck->nk", fields, fields), axis=0)
