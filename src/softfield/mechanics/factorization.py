"""Sparse Cholesky factorization of a dynamical matrix, and the blocks of its inverse.

The dynamical matrix M of pair interactions is a block Laplacian: each pair (i, j) adds its
block B to M_ii and M_jj and subtracts it from M_ij and M_ji, so translations cost nothing
and M is singular. One particle, the *anchor*, is held fixed; what is left of M is positive
definite exactly when M has no negative and no further zero mode. The particles are ordered
by nested dissection of the periodic box (:mod:`softfield.kernels.dissection`), and the
factorization works on dense fronts with LAPACK (:mod:`softfield.kernels.multifrontal`;
Duff and Reid, ACM TOMS 9, 302 (1983)). The inverse is computed only where particles
interact, front by front from the root down (Takahashi, Fagan and Chen, 1973).

The symbolic part (:class:`Ordering`) depends on the pair list alone and serves every
matrix with these pairs. Cost of a factorization: N^1.5 in two dimensions, N^2 in three;
where the box is a few ranges wide, the tree is one dense front, as it should be.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from threadpoolctl import ThreadpoolController

from ..errors import FloatingParticlesError, InvalidGlassError, SaddleError
from ..glass import FloatArray, Glass
from ..kernels import dissection, multifrontal, panels
from .derivatives import pair_stiffness
from .pairs import Interactions

#: Particles below which a region is no longer cut. Measured: 12 to 32 are within 10 %.
LEAF_SIZE = 20


#: Squared pivot, in units of the norm of the matrix, above which single precision resolves it.
_RESOLVED = 1e-5


#: Rows of the largest front from which BLAS may use all its threads. Measured, two threads
#: against one: within 2 % of its time up to 600 rows, 0.76 to 0.82 of it from 900.
THREADED_FRONT = 800


class _OneThread:
    """Context in which BLAS has one thread; inside of another one it does nothing.

    To set the number of threads costs as much as a small solve.
    """

    def __init__(self) -> None:
        self._pools: ThreadpoolController | None = None
        self._limit: AbstractContextManager[object] | None = None
        self._depth = 0
        self._lock = Lock()

    def __enter__(self) -> None:
        with self._lock:
            if self._depth == 0:
                self._pools = self._pools or ThreadpoolController()
                self._limit = self._pools.limit(limits=1, user_api="blas")
                self._limit.__enter__()
            self._depth += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._depth -= 1
            if self._depth == 0 and self._limit is not None:
                self._limit.__exit__(None, None, None)


_ONE_THREAD = _OneThread()


@dataclass(frozen=True, eq=False)
class Ordering:
    """Elimination order and tree of a pair list; made by :func:`order_particles`."""

    pairs: npt.NDArray[np.int32]
    n_particles: int
    dimension: int
    anchor: int
    order: npt.NDArray[np.int64]
    own: npt.NDArray[np.int64]
    parent: npt.NDArray[np.int64]
    pointer: npt.NDArray[np.int64]
    boundary: npt.NDArray[np.int64]
    place: npt.NDArray[np.int64]
    where: npt.NDArray[np.int64]
    pair_start: npt.NDArray[np.int64]
    pair_members: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]
    panel: npt.NDArray[np.int64]
    offset: npt.NDArray[np.int64]
    depth_size: int

    @property
    def factor_size(self) -> int:
        """Number of floats in a factor."""
        return int(self.panel[-1])

    @cached_property
    def largest_front(self) -> int:
        """Rows of the largest dense front."""
        return int(self.sizes.sum(axis=1).max())

    @cached_property
    def pivot_places(self) -> npt.NDArray[np.int64]:
        """(d (N - 1),) places of the pivots in the factor, in order of elimination."""
        own, rows = self.sizes[:, 0], self.sizes.sum(axis=1)
        within = np.arange(own.sum()) - np.repeat(np.cumsum(own) - own, own)
        return np.repeat(self.panel[:-1], own) + within * np.repeat(rows + 1, own)

    def blas_threads(self) -> AbstractContextManager[object]:
        """Context in which BLAS keeps to one thread, unless the fronts are large.

        Its threads wait for each other in a loop: on small fronts they gain nothing, and where
        other programs use the cores too they take ten times as long as one thread alone.
        """
        if self.largest_front >= THREADED_FRONT:
            return nullcontext()
        return _ONE_THREAD

    def factorize(
        self, stiffness: FloatArray, shift: float = 0.0, single: bool = False
    ) -> Factorization:
        """Factorize the matrix with the pair blocks ``stiffness`` (P, d, d), symmetric.

        ``shift`` is added to the diagonal (for matrices M + shift 1). ``single``: in single
        precision, which is faster and enough for a preconditioner; in double precision all the
        same where single precision does not tell that M is positive definite.

        Raises
        ------
        SaddleError
            If M has a negative mode, or more zero modes than the d translations.
        """
        blocks = np.ascontiguousarray(stiffness, dtype=np.float64)
        diagonal = _diagonal_blocks(self.pairs, blocks, self.n_particles)
        diagonal[:, range(self.dimension), range(self.dimension)] += shift
        norm = _row_norm(self, blocks, diagonal)
        if single:
            unit = _power_of_two(norm)
            result = Factorization(self, np.empty(self.factor_size, np.float32), norm, unit)
            failed = _fill(result, blocks / unit, diagonal / unit)
            if failed < 0 and float(result.pivots.min()) ** 2 * unit > _RESOLVED * norm:
                return result
        result = Factorization(self, np.empty(self.factor_size), norm)
        failed = _fill(result, blocks, diagonal)
        if failed >= 0:
            raise _saddle(self, failed)
        _check_pivots(result, np.einsum("ncc->nc", diagonal))
        return result


@dataclass(frozen=True, eq=False)
class Factorization:
    """Cholesky factor of a dynamical matrix with one particle held fixed.

    A particle field is an array (N, d). Solutions are given in the zero-mean gauge, in
    which they equal the product with the Moore-Penrose inverse of M, provided that the
    right-hand side sums to zero over the particles (as every physical force does).

    A factor of single precision is that of M in units of ``unit``: a preconditioner, whose
    solutions have a few digits.
    """

    ordering: Ordering
    factor: npt.NDArray[np.floating]
    row_norm: float
    unit: float = 1.0

    def solve(self, fields: npt.ArrayLike) -> FloatArray:
        """M^+ f for one field (N, d) or several (N, d, k), mean removed before and after."""
        return self._solve(self._checked(fields), centred=True)

    def solve_anchored(self, fields: npt.ArrayLike) -> FloatArray:
        """Solution with the anchor at rest, for one field (N, d) or several (N, d, k)."""
        return self._solve(self._checked(fields), centred=False)

    def _checked(self, fields: npt.ArrayLike) -> FloatArray:
        o = self.ordering
        rhs = np.asarray(fields, dtype=np.float64)
        if rhs.shape[:2] != (o.n_particles, o.dimension) or rhs.ndim > 3:
            raise InvalidGlassError(
                f"a right-hand side has shape {rhs.shape}; give ({o.n_particles}, "
                f"{o.dimension}) or ({o.n_particles}, {o.dimension}, k)."
            )
        return rhs

    def _solve(self, rhs: FloatArray, centred: bool) -> FloatArray:
        """Solution with the anchor at rest, or of right-hand sides and in the zero-mean gauge."""
        o = self.ordering
        if rhs.ndim == 3 and 1 < rhs.shape[2] < panels.WIDTH:
            filled = np.zeros((*rhs.shape[:2], panels.WIDTH))
            filled[:, :, : rhs.shape[2]] = rhs
            return np.ascontiguousarray(self._solve(filled, centred)[:, :, : rhs.shape[2]])
        flat = np.ascontiguousarray(rhs).reshape(o.n_particles, -1)
        x, size = multifrontal.in_order(flat, o.order, centred, self.factor)
        with o.blas_threads():
            multifrontal.solve(
                o.dimension, o.own, o.pointer, o.boundary, o.sizes, o.panel, self.factor,
                x, flat.shape[1] // o.dimension,
            )  # fmt: skip
        unit = size / self.unit
        solution: FloatArray = multifrontal.out_of_order(x, o.order, o.n_particles, centred, unit)
        return solution.reshape(rhs.shape)

    def selected_inverse(self) -> tuple[FloatArray, FloatArray]:
        """Blocks of the inverse with the anchor at rest, a generalized inverse of M.

        Returns
        -------
        diagonal : (N, d, d) blocks G_ii
        on_pairs : (P, d, d) blocks G_ij of each pair (i, j), in the order of the pair list

        Raises
        ------
        TypeError
            If the factor is of single precision.
        """
        if self.factor.dtype != np.float64:
            raise TypeError("the inverse is made of a factor of double precision.")
        o = self.ordering
        d = o.dimension
        diagonal = np.zeros((o.n_particles, d, d))
        on_pairs = np.zeros((len(o.pairs), d, d))
        with o.blas_threads():
            multifrontal.selected_inverse(
                d, o.own, o.parent, o.pointer, o.place, o.sizes, o.panel, o.offset, o.depth_size,
                o.order, o.where, o.pair_start, o.pair_members, self.factor, diagonal, on_pairs,
            )  # fmt: skip
        # The kernel's rows are the particle eliminated later; a pair's rows are i.
        rank = np.empty(o.n_particles, np.int64)
        rank[o.order] = np.arange(len(o.order))
        rank[o.anchor] = len(o.order)
        turned = rank[o.pairs[:, 0]] < rank[o.pairs[:, 1]]
        on_pairs[turned] = on_pairs[turned].transpose(0, 2, 1)
        return diagonal, on_pairs

    def pair_covariance(self) -> tuple[FloatArray, FloatArray]:
        """Relative covariance ``C = G_ii + G_jj - G_ij - G_ji`` (P, d, d), and G_ii (N, d, d).

        C does not depend on which generalized inverse G is.
        """
        diagonal, on_pairs = self.selected_inverse()
        i, j = self.ordering.pairs[:, 0], self.ordering.pairs[:, 1]
        covariance = diagonal[i] + diagonal[j] - on_pairs - on_pairs.transpose(0, 2, 1)
        return covariance, diagonal

    @property
    def log_determinant(self) -> float:
        """log det of M with the anchor's rows and columns left out.

        By the matrix-tree argument it differs from the log of the product of the nonzero
        eigenvalues by ``-d log N``, whatever the anchor.
        """
        return float(2.0 * np.log(self.pivots).sum() + len(self.pivots) * np.log(self.unit))

    @cached_property
    def pivots(self) -> FloatArray:
        """Diagonal of the Cholesky factor, in order of elimination."""
        return self.factor[self.ordering.pivot_places].astype(np.float64)


def order_particles(
    pairs: npt.NDArray[np.integer],
    fractional: FloatArray,
    leaf_size: int = LEAF_SIZE,
) -> Ordering:
    """Nested-dissection order of the particles of a pair list.

    Parameters
    ----------
    pairs : (P, 2) int, interacting pairs
    fractional : (N, d) coordinates in units of the lattice vectors; only the quality of
        the cuts depends on them, never the result
    leaf_size : int
        Regions of fewer particles are not cut further.

    Raises
    ------
    FloatingParticlesError
        If the pairs do not connect all particles.
    """
    n, d = fractional.shape
    listed = np.ascontiguousarray(pairs, dtype=np.int32)
    check_connected(listed, n)
    start, neighbor = dissection.adjacency(n, listed)
    anchor = int(np.argmax(np.diff(start)))
    vertices = np.delete(np.arange(n), anchor)
    wrapped = np.ascontiguousarray(fractional - np.floor(fractional))
    order, own, parent = dissection.dissect(vertices, wrapped, start, neighbor, leaf_size)
    rank, pointer, boundary, place = dissection.boundaries(order, own, parent, start, neighbor, n)
    where, pair_start, pair_members = dissection.place_pairs(listed, rank, own, pointer, boundary)
    sizes, panel, offset, depth_size = multifrontal.front_sizes(own, pointer, parent, d)
    return Ordering(
        listed, n, d, anchor, order, own, parent, pointer, boundary, place, where,
        pair_start, pair_members, sizes, panel, offset, int(depth_size),
    )  # fmt: skip


def check_connected(pairs: npt.NDArray[np.int32], n_particles: int) -> None:
    """Raise FloatingParticlesError unless the pairs connect all particles."""
    ones = np.ones(len(pairs), np.int8)
    graph = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(n_particles, n_particles))
    count, labels = connected_components(graph, directed=False)
    if count > 1:
        sizes = np.bincount(labels)
        loose = np.flatnonzero(labels != np.argmax(sizes))
        raise FloatingParticlesError(
            f"{len(loose)} particles do not interact with the rest (first: "
            f"{loose[:5].tolist()}): they can move freely, so their thermal energy has no "
            "low-temperature limit. Leave these rattlers out: softfield.without_rattlers, or "
            "--without-rattlers on the command line."
        )


def _fill(result: Factorization, blocks: FloatArray, diagonal: FloatArray) -> int:
    """Compute the factor of M; -1, or the node at which it is not positive definite."""
    o = result.ordering
    with o.blas_threads():
        return int(
            multifrontal.factorize(
                o.dimension, o.own, o.parent, o.pointer, o.place, o.sizes, o.panel, o.order,
                o.where, o.pair_start, o.pair_members, blocks, diagonal, result.factor,
            )
        )  # fmt: skip


def _power_of_two(value: float) -> float:
    """The power of two next to a value above zero: to divide by it is exact. 1 for zero."""
    return float(2.0 ** np.frexp(value)[1]) if value > 0 else 1.0


def _diagonal_blocks(pairs: npt.NDArray, blocks: FloatArray, n: int) -> FloatArray:
    """(n, d, d) sums of the blocks of each particle's pairs."""
    d = blocks.shape[1]
    diagonal = np.empty((n, d, d))
    for r in range(d):
        for c in range(d):
            values = blocks[:, r, c]
            diagonal[:, r, c] = np.bincount(pairs[:, 0], values, n)
            diagonal[:, r, c] += np.bincount(pairs[:, 1], values, n)
    return diagonal


def _row_norm(ordering: Ordering, blocks: FloatArray, diagonal: FloatArray) -> float:
    """Largest sum of absolute values in a row of M, a bound on its largest eigenvalue."""
    columns = range(ordering.dimension)
    total = np.abs(diagonal).sum(axis=2)
    within = np.zeros(blocks.shape[:2])
    for c in columns:  # numpy's sum along short rows is slow
        within += np.abs(blocks[:, :, c])
    for side in (0, 1):
        for c in columns:
            total[:, c] += np.bincount(ordering.pairs[:, side], within[:, c], ordering.n_particles)
    return float(total.max())


def _saddle(ordering: Ordering, node: int) -> SaddleError:
    first, last = ordering.own[node]
    return SaddleError(
        "the dynamical matrix is not positive definite (the elimination stopped among "
        f"particles {ordering.order[first:last][:5].tolist()}): the state is a saddle or "
        "not minimised, not a glass. Minimise it further, or perturb it and minimise again; in "
        "a packing of contacts leave rattlers out (softfield.without_rattlers)."
    )


def _check_pivots(result: Factorization, diagonal: FloatArray) -> None:
    """Refuse pivots that are pure roundoff: a zero mode beyond the translations."""
    o = result.ordering
    squared = result.pivots**2
    smallest = int(np.argmin(squared / diagonal[o.order].ravel()))
    floor = 64 * np.finfo(float).eps * result.row_norm
    if squared[smallest] < floor:
        particle = int(o.order[smallest // o.dimension])
        raise SaddleError(
            f"the dynamical matrix has a zero mode beyond the translations, at particle "
            f"{particle}: a rattler with too few contacts, or a state exactly at an "
            "instability. Leave the rattlers out (softfield.without_rattlers, --without-rattlers "
            "on the command line), or move away from the instability."
        )


def factorize(
    glass: Glass,
    found: Interactions,
    ordering: Ordering | None = None,
    single: bool = False,
) -> Factorization:
    """Cholesky factorization of the dynamical matrix of ``found``.

    ``ordering`` may come from an earlier call with the same pair list; it is used if its
    pairs are these, and made anew otherwise. ``single`` as in :meth:`Ordering.factorize`.

    Raises
    ------
    SaddleError, FloatingParticlesError
        As :meth:`Ordering.factorize` and :func:`order_particles`.
    """
    if ordering is None or not np.array_equal(ordering.pairs, found.pairs):
        ordering = order_particles(found.pairs, glass.fractional())
    return ordering.factorize(pair_stiffness(found), single=single)
