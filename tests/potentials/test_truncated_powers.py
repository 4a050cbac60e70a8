"""Pair potentials: the smooth truncation and the derivatives to third order."""

import numpy as np
import pytest

import softfield as sf
from oracles import error_slope
from softfield.errors import InvalidPotentialError, UnknownModelError, UnknownSpeciesError
from softfield.potentials.pair_potential import radial_derivatives
from softfield.potentials.truncated_powers import TruncatedPowers

MODELS = ["2dipl", "3dipl", "3dkablj"]


def test_the_truncation_of_the_inverse_power_law_has_the_published_coefficients():
    published = [-1.1106337662511798, 1.2676152372297065, -0.4960406072849212, 0.0660511826415732]
    # Published to 16 digits; the linear system is well conditioned in (x / x_c)^2.
    np.testing.assert_allclose(sf.model("2dipl").potential.smoothing, published, rtol=1e-14)


@pytest.mark.parametrize("name", MODELS)
def test_three_derivatives_vanish_at_the_cutoff(name):
    potential = sf.model(name).potential
    for a in range(2):
        for b in range(2):
            edge = potential.ranges[a, b]
            inside = radial_derivatives(potential, edge * (1 - 1e-9), a, b)[:, 0]
            # phi ~ (1 - x)^4 there, so even the third derivative is of the order 1e-9
            # of its natural scale, which is at most 1e4 here.
            np.testing.assert_allclose(inside, 0.0, atol=1e-5)
            assert (radial_derivatives(potential, edge * (1 + 1e-9), a, b) == 0).all()


@pytest.mark.parametrize("name", MODELS)
def test_the_potential_is_the_stated_function(name):
    potential = sf.model(name).potential
    bare = {
        "2dipl": lambda x: x**-10.0,
        "3dipl": lambda x: x**-10.0,
        "3dkablj": lambda x: 4 * (x**-12.0 - x**-6.0),
    }[name]
    c0, c2, c4, c6 = potential.smoothing
    for a, b in [(0, 0), (0, 1), (1, 1)]:
        r = np.linspace(0.8, 0.99, 7) * potential.ranges[a, b]
        x = r / potential.diameters[a, b]
        stated = potential.strengths[a, b] * (bare(x) + c0 + c2 * x**2 + c4 * x**4 + c6 * x**6)
        np.testing.assert_allclose(
            radial_derivatives(potential, r, a, b)[0], stated, rtol=1e-10, atol=1e-13
        )


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("order", [1, 2, 3])
def test_each_derivative_is_that_of_the_one_before(name, order):
    potential = sf.model(name).potential
    r = np.array([0.95, 1.1, 1.3])
    exact = radial_derivatives(potential, r, 0, 1)[order]
    steps = np.array([4e-3, 2e-3, 1e-3])
    errors = []
    for h in steps:
        plus = radial_derivatives(potential, r + h, 0, 1)[order - 1]
        minus = radial_derivatives(potential, r - h, 0, 1)[order - 1]
        errors.append(np.abs((plus - minus) / (2 * h) - exact).max())
    assert errors[-1] < 1e-3 * np.abs(exact).max()
    assert error_slope(errors, steps) == pytest.approx(2.0, abs=0.1)


def test_unknown_species_and_models_are_named():
    potential = sf.model("3dkablj").potential
    with pytest.raises(UnknownSpeciesError, match="species 2 has no parameters"):
        potential.derivatives(np.ones(1), np.array([2]), np.array([0]))
    for name, pair in (("species -1", (-1, 0)), ("species -3", (0, -3)), ("whole", (1.7, 0))):
        with pytest.raises(UnknownSpeciesError, match=name):
            sf.radial_derivatives(potential, [1.2], *pair)
    with pytest.raises(UnknownModelError, match=r"'4dipl'.*2dipl, 3dipl, 3dkablj"):
        sf.model("4dipl")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"powers": ((-9, 1.0),)}, "even"),
        ({"powers": ()}, "even"),
        ({"cutoff": 0.0}, "positive"),
        ({"diameters": [[1.0, 2.0], [3.0, 1.0]]}, "symmetric"),
        ({"diameters": [1.0]}, "one row and column"),
        ({"strengths": [[1.0]]}, "every pair of species"),
    ],
)
def test_bad_parameters_are_refused(changes, words):
    given = {
        "powers": ((-10, 1.0),), "cutoff": 1.5,
        "diameters": np.ones((2, 2)), "strengths": np.ones((2, 2)),
    }  # fmt: skip
    with pytest.raises(InvalidPotentialError, match=words):
        TruncatedPowers(**(given | changes))


@pytest.mark.parametrize("name", MODELS)
def test_models_have_the_stated_composition_and_density(name):
    model = sf.model(name)
    species = model.species_of(1000)
    np.testing.assert_allclose(np.bincount(species) / 1000, model.composition)
    assert 1000 / np.prod(model.box_of(1000)) == pytest.approx(model.density, rel=1e-12)
