"""Low-frequency normal modes of a glass and the maps made from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

from .errors import InvalidSettingError, NotConvergedError
from .factorization import Factorization
from .fields import FORCE_TOLERANCE, check_minimum
from .glass import FloatArray, Glass
from .mechanics import factorize
from .pairs import interactions
from .potentials import PairPotential


@dataclass(frozen=True, eq=False)
class NormalModes:
    """The lowest normal modes, translations left out.

    Attributes
    ----------
    frequencies : (k,)
        omega, ascending, from ``M Psi = omega^2 Psi``; units sqrt(energy / mass) / length.
    vectors : (k, N, d)
        Orthonormal modes Psi, each of zero mean. The sign is fixed by making the largest
        component positive.
    """

    frequencies: FloatArray
    vectors: FloatArray


def normal_modes(
    glass: Glass,
    potential: PairPotential,
    count: int = 30,
    force_tolerance: float = FORCE_TOLERANCE,
) -> NormalModes:
    """The ``count`` lowest nonzero normal modes of a glass.

    Raises
    ------
    InvalidSettingError
        If the glass does not have that many nonzero modes.
    NotAMinimumError, SaddleError, FloatingParticlesError
        If the glass is not a minimum.
    NotConvergedError
        If the Lanczos iteration does not converge.
    """
    found = interactions(glass, potential)
    check_minimum(found, force_tolerance)
    return lowest_modes(factorize(glass, found), count)


def lowest_modes(factor: Factorization, count: int, start: FloatArray | None = None) -> NormalModes:
    """The lowest modes of a factorized dynamical matrix.

    Lanczos (ARPACK) on the Moore-Penrose inverse, whose largest eigenvalues are
    1 / omega^2: translations are its null space and never appear. ``start`` (N, d) is a
    guess of the lowest mode; the default is a fixed pseudorandom vector.

    Raises
    ------
    InvalidSettingError, NotConvergedError
        As :func:`normal_modes`.
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
        values, vectors = _lanczos(factor, count, start)
    largest_first = np.argsort(values)[::-1][:count]
    shaped = vectors[:, largest_first].T.reshape(count, n, d)
    return NormalModes(1.0 / np.sqrt(values[largest_first]), _fix_signs(shaped))


def mode_map(modes: NormalModes) -> FloatArray:
    """(N,) sum over the modes of |Psi_i^(j)|^2 at each particle j: the paper's NM map."""
    return np.einsum("knc,knc->n", modes.vectors, modes.vectors)


def participation_ratio(vectors: FloatArray) -> FloatArray:
    """Participation ratio of modes (..., N, d), from 1/N (one particle) to 1 (all alike).

    ``(sum |Psi|^2)^2 / (N sum |Psi|^4)``, sums over particles.
    """
    squared = np.einsum("...nc,...nc->...n", vectors, vectors)
    return squared.sum(axis=-1) ** 2 / (squared.shape[-1] * (squared**2).sum(axis=-1))


def _lanczos(
    factor: Factorization, count: int, start: FloatArray | None
) -> tuple[FloatArray, FloatArray]:
    n, d = factor.ordering.n_particles, factor.ordering.dimension
    guess = np.random.default_rng(0).normal(size=(n, d)) if start is None else start
    inverse = LinearOperator(
        (n * d, n * d), matvec=lambda x: factor.solve(x.reshape(n, d)).ravel(), dtype=np.float64
    )
    try:
        # A basis of twice the number of modes wastes fewer solves on restarts than ARPACK's
        # default of 2 k + 1 only for one mode.
        return eigsh(
            inverse, k=count, which="LA", v0=(guess - guess.mean(axis=0)).ravel(),
            ncv=min(n * d - 1, max(2 * count + 1, 20)),
        )  # fmt: skip
    except ArpackNoConvergence as error:
        raise NotConvergedError(
            f"the Lanczos iteration found {len(error.eigenvalues)} of {count} modes: several "
            "may be nearly degenerate. Ask for a few more or fewer modes."
        ) from error


def _dense_inverse(factor: Factorization) -> FloatArray:
    """(dN, dN) Moore-Penrose inverse, for systems so small that all modes are wanted."""
    n, d = factor.ordering.n_particles, factor.ordering.dimension
    inverse = factor.solve(np.eye(n * d).reshape(n, d, n * d)).reshape(n * d, n * d)
    return 0.5 * (inverse + inverse.T)


def _fix_signs(vectors: FloatArray) -> FloatArray:
    flat = vectors.reshape(len(vectors), -1)
    largest = flat[np.arange(len(flat)), np.abs(flat).argmax(axis=1)]
    return vectors * np.sign(largest)[:, None, None]
