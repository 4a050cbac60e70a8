"""The energy of a rounded cutoff is the integral of its force, whatever the width and the law."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

import softfield as sf
from softfield.potentials.pair_potential import radial_derivatives
from softfield.potentials.scaled import one_species

WIDTHS = [1e-4, 1e-3, 0.01, 0.1, 0.3]

#: Laws that repel at their cutoff, as name -> (potential, phi'(r) by hand, range, species).
LAWS = {
    "inverse power": (
        sf.inverse_powers([(-12, 1.0)], cutoff=1.25, truncation="shifted"),
        lambda r: -12.0 * r**-13.0, 1.25, (0, 0),
    ),
    "Lennard-Jones": (
        sf.lennard_jones([[1.0, 0.8], [0.8, 0.88]], [[1.0, 1.5], [1.5, 0.5]], 1.0, "none"),
        lambda r: 1.5 / 0.8 * 24 * ((r / 0.8) ** -7.0 - 2 * (r / 0.8) ** -13.0), 0.8, (0, 1),
    ),
    "exponential": (
        sf.potential_from_function(
            lambda r: (np.exp(-r), -np.exp(-r), np.exp(-r), -np.exp(-r)), 2.0, "shifted"
        ),
        lambda r: -np.exp(-r), 2.0, (0, 0),
    ),
    "sizes": (
        sf.polydisperse(
            sf.inverse_powers([(-18, 1.0)], cutoff=1.1, truncation="shifted"), [1.0, 1.3]
        ),
        lambda r: -18.0 * (r / 1.15) ** -19.0 / 1.15, 1.1 * 1.15, (0, 1),
    ),
}  # fmt: skip


def rounded_slope(slope, reach, width):
    """phi' S, with S of the docstring."""

    def value(r):
        t = min((reach - r) / (width * reach), 1.0)
        return slope(r) * (6 * t**5 - 15 * t**4 + 10 * t**3)

    return value  # fmt: skip


def integral(slope, pieces):
    """-int phi' dr over pieces in which phi' is smooth."""
    return -sum(quad(slope, a, b, epsrel=1e-13, epsabs=0.0)[0] for a, b in pairwise(pieces))


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_energy_is_the_integral_of_the_force(name, width):
    potential, slope, reach, pair = LAWS[name]
    law = sf.rounded_cutoff(potential, width)
    assert law is not potential
    edge = reach * (1 - width)
    places = [0.7 * edge, np.nextafter(edge, 0), edge * (1 + 1e-13), reach * (1 - 0.4 * width)]
    places.append(reach * (1 - 0.05 * width))
    found, first, *_ = radial_derivatives(law, places, *pair)
    rounded = rounded_slope(slope, reach, width)
    for r, phi, phi_prime in zip(places, found, first, strict=True):
        assert phi_prime == pytest.approx(rounded(r), rel=1e-11)
        exact = integral(rounded, np.unique(np.clip([r, edge, reach], r, reach)))
        # phi of the law rounds to 1e-16 of itself, which is less than phi' r
        assert phi == pytest.approx(exact, rel=1e-12, abs=3e-16 * abs(slope(r)) * r)


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("width", [*WIDTHS, 0.9])
def test_the_energy_is_continuous_and_ends_at_zero(name, width):
    potential, slope, reach, pair = LAWS[name]
    law = sf.rounded_cutoff(potential, width)
    edge = reach * (1 - width)
    inner, outer = radial_derivatives(law, [edge * (1 - 1e-14), edge * (1 + 1e-14)], *pair)[0]
    # the places are 2e-14 apart, and so are energies
    assert inner == pytest.approx(outer, rel=0.0, abs=4e-14 * abs(slope(edge)) * reach)
    ends = radial_derivatives(law, [reach * (1 - 1e-15), reach, 1.1 * reach], *pair)
    np.testing.assert_allclose(ends[0], 0.0, atol=1e-25)


def test_a_table_over_many_knots_is_integrated_too():
    """At the knots of a spline its fifth derivative jumps: no rule of Gauss is exact."""
    r = np.linspace(0.8, 1.2, 9)
    table = sf.potential_from_table(r, r**-12.0)
    rounded = rounded_slope(lambda x: radial_derivatives(table, x)[1][0], 1.2, 0.25)
    exact = integral(rounded, [0.9, *r[(r > 0.9 + 1e-9) & (r < 1.2)], np.nextafter(1.2, 0)])
    found = radial_derivatives(sf.rounded_cutoff(table, 0.25), 0.9)[0][0]
    assert found == pytest.approx(exact, rel=1e-8)


def test_a_law_with_a_kink_in_its_layer_is_told_of(caplog):
    def law(x):
        bent = np.maximum(0.8 - x, 0.0)
        return np.array([1 - x + 2.5 * bent**2, -1 - 5 * bent, 5.0 * (bent > 0), 0 * x])

    potential = sf.rounded_cutoff(one_species(law, 1.0, "none"), 0.3)
    rounded = rounded_slope(lambda x: law(x)[1], 1.0, 0.3)
    found = radial_derivatives(potential, 0.7)[0][0]
    assert "not smooth over the last 0.3" in caplog.text
    assert found == pytest.approx(integral(rounded, [0.7, 0.8, 1.0]), rel=1e-4)
