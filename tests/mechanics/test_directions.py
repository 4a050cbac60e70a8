"""Directions of shear: tensors, deformed glasses, derivatives against finite differences."""

import numpy as np
import pytest

from oracles import quenched
from softfield.errors import InvalidGlassError, InvalidSettingError
from softfield.mechanics.derivatives import shear_derivatives
from softfield.mechanics.directions import direction_names, direction_tensor
from softfield.mechanics.pairs import interactions


def test_the_four_directions_of_the_plane_are_one_tensor_turned():
    def symmetric(name):
        tensor = direction_tensor(name, 2)
        return 0.5 * (tensor + tensor.T)

    c = np.sqrt(0.5)
    turn = np.array([[c, -c], [c, c]])  # by 45 degrees
    shape = symmetric("x-y")
    for name in ("xy", "y-x", "-xy", "x-y"):
        shape = turn @ shape @ turn.T
        np.testing.assert_allclose(shape, symmetric(name), atol=1e-15)


@pytest.mark.parametrize("wrong", ["xx", "yz", "x", "", "--xy", "x--y", np.eye(2), np.zeros((2, 2)),
                                   np.full((2, 2), np.nan), np.zeros((3, 3))])  # fmt: skip
def test_what_is_no_direction_is_refused(wrong):
    with pytest.raises(InvalidSettingError):
        direction_tensor(wrong, 2)


@pytest.mark.parametrize("name", ["2dipl", "3dkablj"])
def test_derivatives_agree_with_finite_differences_of_the_deformed_glass(name):
    glass, potential = quenched(name)
    reachable = [n for n in direction_names(glass.dimension) if "-" in n[1:] or n.endswith("xy")]
    for direction in reachable:
        tensor = direction_tensor(direction, glass.dimension)
        found = interactions(glass, potential)
        first, mismatch, second = shear_derivatives(found, tensor)
        h = 1e-4

        def at(gamma, tensor=tensor):
            return interactions(glass.deformed(tensor, gamma), potential)

        plus, minus = at(h), at(-h)
        energies = [part.g0.sum() for part in (minus, found, plus)]
        # the error is h^2 times a third derivative of order 1e4 of energies of order 1e3
        assert first == pytest.approx((energies[2] - energies[0]) / (2 * h), rel=1e-4, abs=1e-3)
        assert second == pytest.approx(
            (energies[2] - 2 * energies[1] + energies[0]) / h**2, rel=1e-3
        )
        slopes = [shear_derivatives(part, tensor)[0] for part in (minus, plus)]
        assert second == pytest.approx((slopes[1] - slopes[0]) / (2 * h), rel=1e-5)
        # Xi: what dU/dgamma changes by when particles move
        rng = np.random.default_rng(4)
        shift = rng.normal(size=glass.positions.shape)
        moved = [glass.with_positions(glass.positions + s * 1e-5 * shift) for s in (-1, 1)]
        change = [shear_derivatives(interactions(g, potential), tensor)[0] for g in moved]
        assert (mismatch * shift).sum() == pytest.approx((change[1] - change[0]) / 2e-5, rel=1e-5)


def test_deformed_keeps_the_volume_and_composes():
    glass, _ = quenched("2dipl")
    tensor = direction_tensor("x-y", 2)
    pure = glass.deformed(tensor, 0.1)
    assert pure.volume == pytest.approx(glass.volume, rel=1e-14)
    assert pure.box[0] == pytest.approx(glass.box[0] * np.exp(0.05), rel=1e-14)
    back = pure.deformed(tensor, -0.1)
    np.testing.assert_allclose(back.positions, glass.positions, atol=1e-12)
    simple = glass.deformed(direction_tensor("xy", 2), 0.07)
    np.testing.assert_allclose(simple.positions, glass.sheared(0.07).positions, atol=1e-12)
    assert simple.strain == pytest.approx(0.07, rel=1e-14)
    # of a tilted glass: lattice vectors are deformed as the particles are
    tilted = simple.deformed(tensor, 0.2)
    np.testing.assert_allclose(tilted.fractional(), simple.fractional(), atol=1e-12)
    with pytest.raises(InvalidGlassError, match="tilt"):
        glass.deformed(direction_tensor("yx", 2), 0.1)
