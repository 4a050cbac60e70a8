"""Lowest eigenvalues and eigenvectors of a factorized dynamical matrix."""

from __future__ import annotations

import numpy as np

from ..checks.arrays import real_numbers
from ..errors import InvalidSettingError
from ..glass import FloatArray
from .block_lanczos import Eigenpairs, extreme_eigenpairs
from .factorization import Factorization

#: Vectors in a block: eigenvalues of so many copies are found without a doubt.
_WIDTH = 4

#: Norm of the residual of a mode, relative to its eigenvalue of the inverse.
_TOLERANCE = 1e-10

#: The same where it is only asked whether a copy was missed, and below which two eigenvalues count
#: as one.
_CHECK_TOLERANCE, _SAME_EIGENVALUE = 1e-6, 1e-6

#: Steps of subspace iteration after something was missed.
_SHARPENING = 12


class MassWeighted:
    """The Moore-Penrose inverse of m^-1/2 M m^-1/2, from a factorization of M and masses m (N,).

    Its null space are the translations, weighted by m^1/2. On vectors y perpendicular to it,
    m^1/2 M^+ m^1/2 y is the inverse up to a translation, which is projected out.
    """

    def __init__(self, factor: Factorization, masses: FloatArray) -> None:
        self.ordering = factor.ordering
        self._factor = factor
        self._root = np.sqrt(masses)

    def solve(self, rhs: FloatArray) -> FloatArray:
        """The inverse times vectors (N, d, ...)."""
        root = self._root.reshape(-1, *(1,) * (rhs.ndim - 1))
        return self._without_translation(
            root * self._factor.solve(root * self._without_translation(rhs))
        )

    def _without_translation(self, vectors: FloatArray) -> FloatArray:
        share = np.tensordot(self._root, vectors, axes=1) / (self._root @ self._root)
        return vectors - np.multiply.outer(self._root, share)


def lowest_eigenpairs(
    factor: Factorization | MassWeighted, count: int
) -> tuple[FloatArray, FloatArray]:
    """The ``count`` lowest eigenvalues (k,), ascending, and eigenvectors (k, N, d).

    Lanczos iteration on blocks with the Moore-Penrose inverse, whose largest eigenvalues are the
    inverse ones: translations are its null space and never appear. Vectors are orthonormal, of
    zero mean (weighted by the root of the masses, where there are masses), and their largest
    component is positive.

    Raises
    ------
    InvalidSettingError
        If the matrix does not have that many nonzero eigenvalues.
    NotConvergedError
        If the Lanczos iteration does not converge.
    """
    n, d = factor.ordering.n_particles, factor.ordering.dimension
    available = d * n - d
    if not 1 <= count <= available:
        raise InvalidSettingError(
            f"{count} modes were asked for; {n} particles in {d} dimensions have "
            f"{available} beside the translations. Ask for 1 to {available}."
        )
    if count >= available // 2:
        values, vectors = np.linalg.eigh(_dense_inverse(factor))
    else:
        values, vectors = _lanczos(factor, count)
    largest_first = np.argsort(values)[::-1][:count]
    shaped = vectors[:, largest_first].T.reshape(count, n, d)
    return 1.0 / values[largest_first], _fix_signs(shaped)


def participation_ratio(vectors: FloatArray) -> FloatArray:
    """Participation ratio of modes (..., N, d), from 1/N (one particle) to 1 (all alike).

    ``(sum |Psi|^2)^2 / (N sum |Psi|^4)``, sums over particles.

    Raises
    ------
    InvalidSettingError
        If they are no such arrays of finite numbers, or a mode vanishes.
    """
    modes = real_numbers(vectors, "the components of modes")
    if modes.ndim < 2 or not modes.shape[-1] * modes.shape[-2] or not np.isfinite(modes).all():
        raise InvalidSettingError(
            f"modes are arrays (..., N, d) of finite numbers; these have shape {modes.shape}."
        )
    if not modes.any(axis=(-2, -1)).all():
        raise InvalidSettingError("a mode that is zero everywhere has no participation ratio.")
    squared = np.einsum("...nc,...nc->...n", modes, modes)
    return squared.sum(axis=-1) ** 2 / (squared.shape[-1] * (squared**2).sum(axis=-1))


def _lanczos(factor: Factorization | MassWeighted, count: int) -> tuple[FloatArray, FloatArray]:
    """Largest eigenvalues (k,) of the inverse and their vectors (dN, k), no multiplicity missed.

    A block of random vectors finds as many vectors of an eigenspace as it has itself. Where it
    found that many of one, there may be more: those found are taken out of the operator, and the
    search goes on until the largest eigenvalue that is left is below the smallest one found.
    """
    rng = np.random.default_rng(0)
    found = _search(factor, count, None, _TOLERANCE, rng)
    values, vectors = found.values, found.vectors
    while _largest_multiplicity(values) >= _WIDTH:
        rest = _search(factor, _WIDTH, vectors, _CHECK_TOLERANCE, rng)
        if rest.values.max() <= values.min() * (1 + _SAME_EIGENVALUE):
            break
        values, vectors = _best(factor, np.column_stack([vectors, rest.vectors]), count)
    return values, vectors


def _largest_multiplicity(values: FloatArray) -> int:
    """Size of the largest group of values, in ascending order, that are the same."""
    apart = np.diff(values) > _SAME_EIGENVALUE * values[1:]
    ends = np.concatenate([[0], np.nonzero(apart)[0] + 1, [len(values)]])
    return int(np.diff(ends).max())


def _search(
    factor: Factorization | MassWeighted,
    count: int,
    without: FloatArray | None,
    tolerance: float,
    rng: np.random.Generator,
) -> Eigenpairs:
    """The ``count`` largest eigenvalues of the inverse without the span of ``without`` (dN, m)."""
    n, d = factor.ordering.n_particles, factor.ordering.dimension

    def outside(x: FloatArray) -> FloatArray:
        return x if without is None else x - without @ (without.T @ x)

    def times(x: FloatArray) -> tuple[FloatArray, FloatArray]:
        image = outside(factor.solve(outside(x).reshape(n, d, -1)).reshape(x.shape))
        return image, image

    start = rng.normal(size=(n, d, _WIDTH))
    start = outside((start - start.mean(axis=0)).reshape(n * d, _WIDTH))
    with factor.ordering.blas_threads():
        return extreme_eigenpairs(times, start, count, "largest", tolerance)


def _best(
    factor: Factorization | MassWeighted, basis: FloatArray, count: int
) -> tuple[FloatArray, FloatArray]:
    """The largest Ritz values (k,) of the inverse in a basis (dN, m), and their vectors.

    Some steps of subspace iteration sharpen vectors that were found to a coarse tolerance.
    """
    n, d = factor.ordering.n_particles, factor.ordering.dimension
    for _ in range(_SHARPENING):
        basis = np.linalg.qr(basis)[0]
        image = factor.solve(basis.reshape(n, d, -1)).reshape(basis.shape)
        values, rotation = np.linalg.eigh(basis.T @ image)
        basis, previous = image @ rotation, basis @ rotation
    return values[-count:], previous[:, -count:]


def _dense_inverse(factor: Factorization | MassWeighted) -> FloatArray:
    """(dN, dN) Moore-Penrose inverse, for systems so small that all modes are wanted."""
    n, d = factor.ordering.n_particles, factor.ordering.dimension
    inverse = factor.solve(np.eye(n * d).reshape(n, d, n * d)).reshape(n * d, n * d)
    return 0.5 * (inverse + inverse.T)


def _fix_signs(vectors: FloatArray) -> FloatArray:
    flat = vectors.reshape(len(vectors), -1)
    largest = flat[np.arange(len(flat)), np.abs(flat).argmax(axis=1)]
    return vectors * np.sign(largest)[:, None, None]
