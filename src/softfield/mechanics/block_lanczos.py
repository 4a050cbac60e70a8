"""Extreme eigenpairs of a symmetric operator, by a Lanczos iteration on blocks of vectors.

A factorization solves for sixteen right-hand sides in little more time than for two, and a block
finds every copy of a multiple eigenvalue up to its own width. The projected matrix is computed in
full (Rayleigh and Ritz), so a block that loses rank, or a restart, costs no accuracy. Restarts
keep the best Ritz vectors: K. Wu and H. Simon, SIAM J. Matrix Anal. Appl. 22, 602 (2000).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.linalg import eigh, qr

from ..errors import NotConvergedError
from ..glass import FloatArray

#: Residuals below this share of the largest eigenvalue are rounding.
_ROUNDING = 1e-14

#: Share of a vector, of the size of the operator, below which it counts as rounding.
_NEGLIGIBLE = 1e-12

#: Share of the largest vector of a block below which others are small.
_GRADED = 1e-6

#: Blocks after which the Ritz values are looked at again: for small matrices they cost most.
_LOOK_EVERY = 3

#: Blocks that a basis has room for beside four times the vectors that are sought, and restarts.
_BLOCKS, _RESTARTS = 24, 60

#: An operator: vectors (n, b) -> A x, and B A x, the inner product being x.B.y; and B.
Operator = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
Inner = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, eq=False)
class Eigenpairs:
    """Values (k,), ascending, and vectors (n, k), orthonormal in the inner product."""

    values: FloatArray
    vectors: FloatArray


def extreme_eigenpairs(
    times: Operator,
    start: FloatArray,
    count: int,
    ends: Literal["largest", "smallest", "both"],
    tolerance: float,
    inner: Inner | None = None,
    within: Inner | None = None,
) -> Eigenpairs:
    """The ``count`` eigenpairs of A at one end of its spectrum, or at each of both.

    Parameters
    ----------
    times : function
        A x of vectors (n, b), and B A x; A is symmetric in the inner product x.B.y.
    start : (n, b)
        Vectors to start from, at least as many as there are copies of an eigenvalue.
    count : int
        At each end that is sought.
    tolerance : float
        Norm of the residual of every pair, relative to its eigenvalue. With an inner product of
        its own it is met down to 1e-6.
    inner : function, optional
        B x; by default B is 1.
    within : function, optional
        Projects vectors (n, b) on the space that is searched, where that is not all: where A and B
        have null vectors, these are no eigenvectors. ``start`` lies within.

    Raises
    ------
    NotConvergedError
        If residuals stay above the tolerance.
    """
    width = start.shape[1]
    wanted = 2 * count if ends == "both" else count
    room = min(4 * wanted + _BLOCKS * width, start.shape[0])
    basis = _Basis(start.shape[0], room, inner, within)
    block = basis.enlarged(start[:, :0], start)
    next_look = wanted + 2 * width
    for _ in range(_RESTARTS):
        while True:
            last = basis.append(block)
            image = basis.project(times(block), last)
            block, coupling = basis.orthonormal(*image)
            if block.shape[1] < width:  # the other directions are at an end: go on from new ones
                block = basis.enlarged(block, basis.others(block, width))
            full = basis.size + block.shape[1] > room
            if block.shape[1] and not full and basis.size < next_look:
                continue
            next_look = basis.size + _LOOK_EVERY * width
            values, rotation = basis.ritz()
            residuals = np.linalg.norm(coupling @ rotation[last:], axis=0)
            chosen = _chosen(len(values), count, ends)
            allowed = np.maximum(tolerance * np.abs(values), _ROUNDING * np.abs(values).max())
            if (residuals <= allowed)[chosen].all() or not block.shape[1]:
                return Eigenpairs(values[chosen], basis.vectors @ rotation[:, chosen])
            if full:
                break
        kept = _chosen(len(values), min(count + width, (room - 2 * width) // 2), ends)
        basis.restart(values[kept], rotation[:, kept])
        next_look = basis.size + _LOOK_EVERY * width
    raise NotConvergedError(
        f"{int((residuals > allowed)[chosen].sum())} of {wanted} eigenvectors did not converge in "
        f"{_RESTARTS} restarts: they may be nearly degenerate with others. Ask for a few more or "
        "fewer of them."
    )


def _chosen(size: int, count: int, ends: str) -> np.ndarray:
    """Positions of the wanted ones among values in ascending order."""
    low = np.arange(min(count, size)) if ends != "largest" else np.arange(0)
    high = np.arange(max(size - count, 0), size) if ends != "smallest" else np.arange(0)
    return np.union1d(low, high)


class _Basis:
    """Orthonormal vectors, B times them, and the operator between them."""

    def __init__(self, n: int, room: int, inner: Inner | None, within: Inner | None) -> None:
        self._inner: Inner = inner or (lambda x: x)
        self._within: Inner = within or (lambda x: x)
        self._rng = np.random.default_rng(1)
        self._vectors = np.empty((n, room), order="F")
        self._weighted = np.empty((n, room), order="F") if inner else self._vectors
        self._operator = np.zeros((room, room))
        self._coupled = 0  # the operator couples the last block to the vectors from here on
        self.size = 0

    @property
    def vectors(self) -> FloatArray:
        """(n, m)"""
        return self._vectors[:, : self.size]

    def append(self, block: FloatArray) -> int:
        """Take in a block of orthonormal vectors; returns the size before."""
        before, self.size = self.size, self.size + block.shape[1]
        self._vectors[:, before : self.size] = block
        if self._weighted is not self._vectors:
            self._weighted[:, before : self.size] = self._inner(block)
        return before

    def project(
        self, image: tuple[FloatArray, FloatArray], last: int
    ) -> tuple[FloatArray, FloatArray]:
        """Enter the operator's columns of the last block; what of its image is new."""
        columns = np.zeros((self.size, self.size - last))
        for first in (self._coupled, 0):  # the second time against rounding
            image, found = self._outside(*image, first)
            columns[first:] += found
        self._coupled = last
        self._operator[: self.size, last : self.size] = columns
        self._operator[last : self.size, : self.size] = columns.T
        own = columns[last:]
        self._operator[last : self.size, last : self.size] = 0.5 * (own + own.T)
        return image

    def _outside(
        self, x: FloatArray, weighted: FloatArray, first: int = 0
    ) -> tuple[tuple[FloatArray, FloatArray], FloatArray]:
        """What of a block is outside of the vectors from ``first`` on, and its parts along them."""
        vectors = self.vectors[:, first:]
        found = vectors.T @ weighted
        rest = x - vectors @ found
        if self._weighted is self._vectors:
            return (rest, rest), found
        return (rest, weighted - self._weighted[:, first : self.size] @ found), found

    def orthonormal(self, x: FloatArray, weighted: FloatArray) -> tuple[FloatArray, FloatArray]:
        """An orthonormal basis Q of what a block spans outside the basis, and R with x = Q R.

        What is rounding beside the operator is left out; with an inner product of its own, also
        what is small beside the block: scalar products do not tell it from rounding.
        """
        entries = self._operator[: self.size, : self.size]
        negligible = _NEGLIGIBLE * max(np.abs(entries).max(initial=0.0), np.finfo(float).tiny)
        if self._weighted is self._vectors:
            q, r, order = qr(x, mode="economic", pivoting=True)
            size = np.abs(np.diag(r))
            rank = int((size > negligible).sum())
            q, r = q[:, :rank], r[:rank, np.argsort(order)]
            if rank and size[rank - 1] < _GRADED * size[0]:
                # rounding of the large vectors is no longer small beside the small ones
                q, again = qr(self._outside(q, q)[0][0], mode="economic")
                r = again @ r
            return q, r
        scale = np.eye(x.shape[1])
        for _ in range(2):  # the first makes the second well conditioned
            squares, turned = eigh(x.T @ weighted)
            largest = np.sqrt(squares.max(initial=0.0))
            independent = squares > max(negligible, _GRADED * largest) ** 2
            root = np.sqrt(squares[independent])
            turned = turned[:, independent]
            scale = (root[:, None] * turned.T) @ scale
            x, weighted = x @ (turned / root), weighted @ (turned / root)
            negligible = 0.0
        return x, scale

    def others(self, block: FloatArray, width: int) -> FloatArray:
        """Random vectors for a block of some width, or as many as the space has room for."""
        n, own = block.shape
        drawn = self._rng.normal(size=(n, max(0, min(width, n - self.size) - own)))
        return self._within(drawn)

    def enlarged(self, block: FloatArray, more: FloatArray) -> FloatArray:
        """A block and what others span outside of it and of the basis."""
        for _ in range(2):  # the first makes the second well conditioned
            before = np.linalg.norm(more, axis=0)
            for _ in range(2):
                more = more - block @ (self._inner(block).T @ more)
                more = self._outside(more, self._inner(more))[0][0]
            more = more[:, np.linalg.norm(more, axis=0) > _GRADED * before]
            squares, turned = eigh(more.T @ self._inner(more))
            independent = squares > _GRADED * squares.max(initial=0.0)
            more = more @ (turned[:, independent] / np.sqrt(squares[independent]))
        return np.column_stack([block, more])

    def ritz(self) -> tuple[FloatArray, FloatArray]:
        """Eigenvalues (m,), ascending, and vectors (m, m) of the operator in the basis."""
        return eigh(self._operator[: self.size, : self.size])

    def restart(self, values: FloatArray, rotation: FloatArray) -> None:
        """Keep some Ritz vectors, of these values, and nothing else."""
        kept = len(values)
        self._vectors[:, :kept] = self.vectors @ rotation
        if self._weighted is not self._vectors:
            self._weighted[:, :kept] = self._weighted[:, : self.size] @ rotation
        self._operator[:] = 0.0
        self._operator[range(kept), range(kept)] = values
        self._coupled = 0
        self.size = kept
