"""Saddles of first order: states without forces, with exactly one direction downhill.

Where M has one negative eigenvalue, a stiff spring between two particles that part in that
direction makes it positive definite: ``M' = M + s b b^T``, where b pulls the two apart. A Cholesky
factorization of M' proves that there is at most one negative eigenvalue, since a matrix of rank one
moves no more across zero; and ``det M = det M' (1 - s b.M'^-1 b)`` says by its sign whether there
is one. The same factor solves with M (Sherman and Morrison, Ann. Math. Stat. 21, 124 (1950)), so
Newton's method converges to the saddle as it does to a minimum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import SaddleError
from ..glass import FloatArray, Glass
from ..mechanics.derivatives import pair_forces, pair_stiffness, relative, stiffness_times
from ..mechanics.factorization import Factorization, Ordering, order_particles
from ..mechanics.pairs import Interactions, interactions
from ..potentials.pair_potential import PairPotential
from ..preparation.minimisation import largest_force

#: Strength of the spring in units of the largest diagonal entry of M.
_SPRING = 10.0

#: Pairs that are tried for the spring, those that part most first.
_CANDIDATES = 4

_MOST_STEPS = 40

#: Vectors and rounds of the inverse iteration for the direction downhill.
_VECTORS, _ROUNDS = 4, 12

#: Most rounds for a negative eigenvalue, and the residual at which they end, a share of M z.
_MOST_ROUNDS, _RESIDUAL = 60, 1e-8


@dataclass(frozen=True, eq=False)
class Indefinite:
    """A factor of M with the number of its negative eigenvalues, 0 or 1.

    Attributes
    ----------
    factor : of M' = M + s b b^T
    pull : (N, d) b, times the root of s
    soft : (N, d) M'^-1 b, times the root of s
    remainder : float
        ``1 - s b.M'^-1 b``: negative where M has one negative eigenvalue, else positive.
    """

    factor: Factorization
    pull: FloatArray
    soft: FloatArray
    remainder: float

    @property
    def n_negative(self) -> int:
        return int(self.remainder < 0)

    def solve(self, rhs: FloatArray) -> FloatArray:
        """(N, d) M^-1 of a right-hand side (N, d) that sums to zero; of zero mean."""
        solution = self.factor.solve(rhs)
        share = float((self.pull * solution).sum()) / self.remainder
        result: FloatArray = solution + share * self.soft
        return result


def factorize_saddle(glass: Glass, found: Interactions, direction: FloatArray) -> Indefinite:
    """Factor of a dynamical matrix with at most one negative eigenvalue.

    ``direction`` (N, d) is near its eigenvector.

    Raises
    ------
    SaddleError
        If there are more, or the springs that are tried do not hold the state.
    """
    ordering = order_particles(found.pairs, glass.fractional())
    blocks = pair_stiffness(found)
    parted = relative(found, direction)
    lengths = np.linalg.norm(parted, axis=1)
    strength = _SPRING * float(np.abs(blocks).max())
    for pair in np.argsort(lengths)[::-1][:_CANDIDATES]:
        along = parted[pair] / lengths[pair]
        try:
            return _stiffened(ordering, blocks, int(pair), np.sqrt(strength) * along)
        except SaddleError:
            continue
    raise SaddleError(
        "the state has more than one direction downhill: it is no saddle of first order. Start "
        "nearer to one."
    )


def _stiffened(ordering: Ordering, blocks: FloatArray, pair: int, along: FloatArray) -> Indefinite:
    stiffer = blocks.copy()
    stiffer[pair] += np.outer(along, along)
    factor = ordering.factorize(stiffer)
    i, j = ordering.pairs[pair]
    pull = np.zeros((ordering.n_particles, ordering.dimension))
    pull[i], pull[j] = -along, along
    soft = factor.solve(pull)
    return Indefinite(factor, pull, soft, 1.0 - float((pull * soft).sum()))


@dataclass(frozen=True, eq=False)
class Saddle:
    """A saddle of first order.

    Attributes
    ----------
    glass : Glass
    energy : float
    max_force : float
        Largest force on a particle, energy per length.
    mode : (N, d)
        The direction downhill, of unit norm and zero mean.
    eigenvalue : float
        Of M along it, negative, energy per length squared.
    """

    glass: Glass
    energy: float
    max_force: float
    mode: FloatArray
    eigenvalue: float


def find_saddle(
    glass: Glass,
    potential: PairPotential,
    direction: FloatArray,
    max_force: float,
    reach: float,
    cap: float,
) -> Saddle:
    """The saddle near a state, by Newton's method; it has exactly one negative eigenvalue.

    ``direction`` (N, d) leads over it. No particle may end further than ``reach`` from where it
    was, and none moves by more than ``cap`` in one step (lengths).

    Raises
    ------
    SaddleError
        If Newton's method leads elsewhere: to a minimum, to a saddle of higher order, too far.
    """
    start = glass
    found = interactions(glass, potential)
    force = pair_forces(found)
    for _ in range(_MOST_STEPS):
        matrix = factorize_saddle(glass, found, direction)
        direction, eigenvalue = _downhill(found, matrix, direction)
        if largest_force(force) <= max_force:
            break
        move = matrix.solve(force)
        if eigenvalue >= 0:
            raise SaddleError("the state is in the valley of a minimum, no longer near a saddle.")
        move *= min(1.0, cap / float(np.linalg.norm(move, axis=1).max()))
        glass = glass.with_positions(glass.positions + move)
        found = interactions(glass, potential)
        force = pair_forces(found)
        if np.linalg.norm(glass.positions - start.positions, axis=1).max() > reach:
            raise SaddleError(f"no saddle is within {reach:g} of the state.")
    else:
        raise SaddleError(f"Newton's method has not found a saddle in {_MOST_STEPS} steps.")
    if matrix.n_negative != 1 or eigenvalue >= 0:
        raise SaddleError("Newton's method led to a minimum, not to a saddle.")
    return Saddle(glass, float(found.g0.sum()), largest_force(force), direction, eigenvalue)


def _downhill(
    found: Interactions, matrix: Indefinite, guess: FloatArray
) -> tuple[FloatArray, float]:
    """The lowest eigenvector of M (N, d) and its eigenvalue, by inverse iteration of a block.

    That finds the eigenvalues nearest to zero: a negative one hides behind the soft modes of a
    large glass. So where there is one, it is found by :func:`_negative`.
    """
    if matrix.n_negative:
        return _negative(found, matrix, guess)
    rng = np.random.default_rng(0)
    block = np.concatenate([guess[None], rng.standard_normal((_VECTORS - 1, *guess.shape))])
    shape = block.shape
    for _ in range(_ROUNDS):
        block -= block.mean(axis=1, keepdims=True)
        flat = np.linalg.qr(block.reshape(len(block), -1).T)[0]
        block = np.array([matrix.solve(v.reshape(shape[1:])) for v in flat.T])
    block -= block.mean(axis=1, keepdims=True)
    flat = np.linalg.qr(block.reshape(len(block), -1).T)[0]
    images = [stiffness_times(found, v.reshape(shape[1:])).ravel() for v in flat.T]
    values, vectors = np.linalg.eigh(flat.T @ np.array(images).T)
    mode: FloatArray = (flat @ vectors[:, 0]).reshape(shape[1:])
    return mode if (mode * guess).sum() >= 0 else -mode, float(values[0])


def _negative(
    found: Interactions, matrix: Indefinite, guess: FloatArray
) -> tuple[FloatArray, float]:
    """The eigenvector (N, d) of the only negative eigenvalue of M, and that.

    Preconditioned conjugate gradients for the Rayleigh quotient (A. V. Knyazev, SIAM J. Sci.
    Comput. 23, 517 (2001)), with the inverse of M'. With M = M' - b b^T, the direction ``soft`` =
    M'^-1 b has ``soft.M.soft = b.soft (1 - b.soft)``, which is negative: the quotient starts below
    zero and falls.
    """
    vectors = [guess, matrix.soft]
    for _ in range(_MOST_ROUNDS):
        columns = np.array([(v - v.mean(axis=0)).ravel() for v in vectors]).T
        flat = np.linalg.qr(columns)[0]
        images = np.array([stiffness_times(found, v.reshape(guess.shape)).ravel() for v in flat.T])
        values, weights = np.linalg.eigh(flat.T @ images.T)
        mode = (flat @ weights[:, 0]).reshape(guess.shape)
        image = (images.T @ weights[:, 0]).reshape(guess.shape)
        residual = image - values[0] * mode
        if np.linalg.norm(residual) <= _RESIDUAL * np.linalg.norm(image):
            break
        vectors = [mode, matrix.factor.solve(residual), vectors[0]]
    return mode if (mode * guess).sum() >= 0 else -mode, float(values[0])
