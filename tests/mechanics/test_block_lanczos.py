"""Extreme eigenpairs of operators with known spectra, restarts and multiplicities among them."""

import numpy as np
import pytest

from softfield.errors import NotConvergedError
from softfield.mechanics import block_lanczos
from softfield.mechanics.block_lanczos import extreme_eigenpairs

N = 900


def spectrum(kind):
    """(N,) eigenvalues, ascending."""
    rng = np.random.default_rng(4)
    match kind:
        case "dense":  # no gap anywhere: only restarts lead to the ends
            return np.sort(rng.uniform(-1.0, 1.0, N))
        case "copies":  # six of the largest, five of the smallest
            return np.sort(np.concatenate([rng.uniform(-1, 1, N - 11), 5 * [-2.0], 6 * [3.0]]))
        case "few":  # five different values in all: the block is at an end at once
            return np.sort(rng.choice([-2.0, -1.0, 0.0, 1.0, 2.5], N))


@pytest.mark.parametrize("ends", ["largest", "smallest", "both"])
@pytest.mark.parametrize("kind", ["dense", "copies", "few"])
@pytest.mark.parametrize("weighted", [False, True])
def test_pairs_of_a_known_spectrum(kind, ends, weighted):
    """A = X diag(values) X^T B with X^T B X = 1, for B = 1 and another."""
    values, rng = spectrum(kind), np.random.default_rng(5)
    weight = rng.uniform(0.5, 2.0, N) if weighted else np.ones(N)
    basis = np.linalg.qr(rng.normal(size=(N, N)))[0] / np.sqrt(weight)[:, None]

    def times(x):
        image = basis @ (values[:, None] * (basis.T @ (weight[:, None] * x)))
        return image, weight[:, None] * image if weighted else image

    count = 8  # as many copies as the block has vectors are found, of whatever many
    found = extreme_eigenpairs(
        times, rng.normal(size=(N, 8)), count, ends, 1e-9,
        inner=(lambda x: weight[:, None] * x) if weighted else None,
    )  # fmt: skip
    low = values[:count] if ends != "largest" else values[:0]
    high = values[-count:] if ends != "smallest" else values[:0]
    # the error of a value is the square of its residual over a gap; 1e-12 is left for rounding
    np.testing.assert_allclose(found.values, np.concatenate([low, high]), atol=1e-11)
    vectors = found.vectors
    np.testing.assert_allclose(vectors.T @ (weight[:, None] * vectors), np.eye(len(found.values)),
                               atol=1e-10)  # fmt: skip
    residual = times(vectors)[0] - vectors * found.values
    assert np.sqrt((weight[:, None] * residual**2).sum(axis=0)).max() < 4e-9


def test_restarts_are_what_leads_to_the_ends_of_a_dense_spectrum(monkeypatch):
    monkeypatch.setattr(block_lanczos, "_RESTARTS", 1)
    values = spectrum("dense")[:, None]

    def times(x):
        return values * x, values * x

    start = np.random.default_rng(6).normal(size=(N, 8))
    with pytest.raises(NotConvergedError, match="did not converge in 1 restarts"):
        extreme_eigenpairs(times, start, 10, "largest", 1e-9)
