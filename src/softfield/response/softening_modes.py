"""The displacements that strain in one direction softens fastest.

``M + gamma M'`` with ``M' = dM/dgamma`` along the minimum (:mod:`deformed_states`) is the
stiffness to first order in the strain. The eigenvectors of ``M' z = -rate M z`` make the share
``rate = -z.M'.z / z.M.z`` of the stiffness that is lost per strain stationary, and they do not
interact: the largest rates are the places that give way first, each one of them, in order,
with nothing to start from. An instability turns the linear fall into a square root, so that a
mode predicts its own at ``gamma = 1 / (2 rate)``. The lowest rates are, by symmetry, those of
the opposite direction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from ..glass import FloatArray
from ..mechanics.block_lanczos import extreme_eigenpairs
from ..mechanics.derivatives import assemble_pairs, pair_stiffness
from ..mechanics.factorization import Factorization
from ..mechanics.pairs import Interactions
from .deformed_states import nonaffine_velocity, pair_velocity, stiffness_change

#: Residual of the modes, relative to their rates, that is enough for places and starts; and for
#: modes that are results: their stiffness is then good to 1e-7 or so, whatever the order of the
#: particles.
COARSE, FINE = 1e-3, 5e-7

#: Vectors in a block of the Lanczos iteration. Of more copies of a rate, as perfect crystals have
#: them, some may be missing.
_WIDTH = 8

#: Degrees of freedom up to which dense algebra takes its place: it needs more of them than modes.
_DENSE = 60


@dataclass(frozen=True, eq=False)
class SofteningModes:
    """Modes of unit norm that soften fastest in a direction and in the opposite one.

    Attributes
    ----------
    forward, backward : (N, d, k) fastest first
    forward_strain, backward_strain : (k,) ``1 / (2 rate)``, each ascending; infinite where
        a mode stiffens
    """

    forward: FloatArray
    forward_strain: FloatArray
    backward: FloatArray
    backward_strain: FloatArray


def symmetric(tensor: FloatArray) -> FloatArray:
    """The part of a deformation that is no rotation."""
    return 0.5 * (tensor + tensor.T)


def softening_modes(
    found: Interactions,
    factor: Factorization,
    tensor: FloatArray,
    count: int,
    both: bool = True,
    accuracy: float = COARSE,
) -> SofteningModes:
    """The ``count`` modes that strain along D softens fastest, and, if ``both``, those of -D.

    ``accuracy`` is the norm of the residual of each, relative to its rate. Lanczos iteration on
    blocks with M^-1 M' in the scalar product of M; dense algebra for the smallest glasses.

    Raises
    ------
    NotConvergedError
        If the iteration does not converge.
    """
    n, d = found.n_particles, found.dimension
    count = min(count, (n * d - d - 2) // 3)
    tensor = symmetric(tensor)
    moved = pair_velocity(found, nonaffine_velocity(found, factor, tensor), tensor)
    change = assemble_pairs(found, stiffness_change(found, moved))
    stiffness = assemble_pairs(found, pair_stiffness(found))
    if n * d <= _DENSE:
        values, vectors = _dense(change.toarray(), stiffness.toarray(), d)
        return _sorted(values, vectors.reshape(n, d, -1), count, both)

    def centred(fields: FloatArray) -> FloatArray:
        by_particle = fields.reshape(n, d, -1)
        return (by_particle - by_particle.mean(axis=0)).reshape(fields.shape)

    def times(fields: FloatArray) -> tuple[FloatArray, FloatArray]:
        image = change @ fields
        return factor.solve(image.reshape(n, d, -1)).reshape(fields.shape), image

    with factor.ordering.blas_threads():
        modes = extreme_eigenpairs(
            times, centred(np.random.default_rng(0).normal(size=(n * d, _WIDTH))), count,
            "both" if both else "smallest", accuracy,
            inner=lambda fields: stiffness @ fields, within=centred,
        )  # fmt: skip
    return _sorted(modes.values, modes.vectors.reshape(n, d, -1), count, both)


def _dense(
    change: FloatArray, stiffness: FloatArray, dimension: int
) -> tuple[FloatArray, FloatArray]:
    """All rates and modes of a small glass; translations, at rest in both matrices, left out."""
    squares, vectors = eigh(stiffness)
    basis = vectors[:, dimension:] / np.sqrt(squares[dimension:])
    values, turned = eigh(basis.T @ change @ basis)
    return values, basis @ turned


def _sorted(values: FloatArray, modes: FloatArray, count: int, both: bool) -> SofteningModes:
    """The fastest modes (N, d, k) of both ends, each of unit norm."""
    order = np.argsort(values)
    values, modes = values[order], modes[:, :, order]
    modes = modes / np.sqrt(np.einsum("nck,nck->k", modes, modes))
    with np.errstate(divide="ignore"):
        strain = np.where(values < 0, -0.5 / values, np.inf)
        opposite = np.where(values > 0, 0.5 / values, np.inf)[::-1]
    back = slice(0, count if both else 0)
    return SofteningModes(
        modes[:, :, :count], strain[:count], modes[:, :, ::-1][:, :, back], opposite[back]
    )
