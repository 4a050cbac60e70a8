"""Thermal averages refuse observables of another glass."""

import numpy as np
import pytest
import scipy.sparse as sp

import softfield as sf
from oracles import quenched
from softfield.errors import InvalidSettingError


@pytest.mark.parametrize(
    ("gradient", "hessian"),
    [
        ((2,), None),
        ((100, 1), None),
        ((1, 2), None),
        ((99, 2), None),
        ((), None),
        ((100, 2), (200,)),
        ((100, 2), (1, 200)),
        ((100, 2), (100, 100)),
        ((100, 2), (400, 400)),
    ],
)
def test_shapes_that_are_not_those_of_the_glass_are_refused(gradient, hessian):
    glass, potential = quenched("2dipl")
    assert glass.positions.shape == (100, 2)
    second = None
    if hessian is not None:
        second = np.ones(hessian) if len(hessian) < 2 else sp.csr_array(np.ones(hessian))
    with pytest.raises(InvalidSettingError, match="shape"):
        sf.thermal_average(glass, potential, sf.Observable(np.ones(gradient), second))


def test_entries_that_are_not_finite_are_refused():
    glass, potential = quenched("2dipl")
    wrong = np.ones(glass.positions.shape)
    wrong[3, 1] = np.nan
    with pytest.raises(InvalidSettingError, match="finite"):
        sf.thermal_average(glass, potential, sf.Observable(wrong))
