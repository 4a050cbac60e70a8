"""A potential from a function of r or from a table of phi(r)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.interpolate import make_interp_spline

from ..checks.arrays import real_numbers
from ..checks.numbers import positive_number
from ..errors import InvalidPotentialError, OverlapError, SoftfieldError
from ..glass import FloatArray
from .scaled import Law, ScaledPotential, one_species
from .table_noise import tell_noise

logger = logging.getLogger(__name__)

#: Jumps at the cutoff (energy, or energy per length) above which they are logged.
JUMP_TOLD = 1e-10

#: Largest relative mismatch between a given derivative and finite differences of the one
#: below it. Richardson-extrapolated differences are good to about 1e-9; a wrong term is not.
DERIVATIVE_TOLERANCE = 1e-5


def potential_from_function(
    function: Callable[[FloatArray], Iterable[npt.ArrayLike]],
    cutoff: float,
    truncation: str = "none",
    *,
    check_from: float | None = None,
) -> ScaledPotential:
    """A potential from a function of r that returns phi, phi', phi'' and phi'''.

    Parameters
    ----------
    function : callable
        r (P,) -> four arrays (P,), or one array (4, P). One species; combine several with
        :func:`potential_by_pair`, scale to sizes with :func:`polydisperse`.
    cutoff : float
        Range, length.
    truncation : "none", "smooth" or "shifted"
        By default the function is taken as it is, and zero beyond the cutoff. The others add
        to it, as :func:`inverse_powers`; what they add is logged, and
        :meth:`ScaledPotential.added` tells how much.
    check_from : float
        The derivatives are compared with finite differences between this distance and the
        cutoff; by default from 0.4 times the cutoff.

    Raises
    ------
    InvalidPotentialError
        If the function does not return four arrays, or a derivative is not that of the
        one before it.
    """

    cutoff = positive_number(cutoff, "the cutoff", InvalidPotentialError)
    if check_from is None:
        check_from = 0.4 * cutoff
    check_from = positive_number(check_from, "check_from", InvalidPotentialError)
    law = _checked_law(function)
    check_derivatives(law, check_from, cutoff)
    return _told(one_species(law, cutoff, truncation, _acts(law, check_from, cutoff)))


def _acts(law: Law, lowest: float, cutoff: float) -> bool:
    """Whether a law is anything but zero; nearer than ``lowest`` only one that is zero beyond."""
    r = cutoff * np.linspace(0.0, 1.0, 1001)[1:-1]
    with np.errstate(all="ignore"):
        return bool(np.any(law(r[r >= lowest])) or np.any(law(r)))


def _checked_law(function: Any) -> Law:
    """The law of a function of somebody, which is told so if it fails."""

    def law(x: FloatArray) -> FloatArray:
        try:
            given = tuple(function(x))
        except SoftfieldError:
            raise
        except Exception as error:  # code of others may raise anything
            raise InvalidPotentialError(
                f"the function gives no values at {len(x)} distances "
                f"({type(error).__name__}: {error}); it must take an array r (P,) and return phi, "
                "phi', phi'' and phi'''."
            ) from error
        parts = [real_numbers(p, "values of the function", InvalidPotentialError) for p in given]
        if len(parts) != 4 or any(part.shape not in ((), x.shape) for part in parts):
            raise InvalidPotentialError(
                f"the function returns arrays of shapes {[part.shape for part in parts]} for "
                f"{len(x)} distances; it must return phi, phi', phi'' and phi''', each {x.shape}."
            )
        return np.array([np.broadcast_to(part, x.shape) for part in parts])

    return law


def potential_from_table(
    distance: npt.ArrayLike, energy: npt.ArrayLike, truncation: str = "none"
) -> ScaledPotential:
    """A potential from a table of phi(r), by a quintic spline (four continuous derivatives).

    Parameters
    ----------
    distance, energy : (K,) array_like, K >= 8
        Increasing distances and phi there; the last distance is the cutoff. Noise of phi, as
        of missing digits, is some ten times noise / spacing^3 in phi''': give all digits there
        are. A warning tells where it is not small, and where fewer than 8 points, but for zeros at
        the end, cannot tell.
    truncation : as :func:`potential_from_function`

    Raises
    ------
    InvalidPotentialError
        For a table that is too short, not increasing or not finite.
    OverlapError
        On use, if a pair is closer than the first distance: nothing is extrapolated.
    """
    r, phi = (
        real_numbers(column, "the numbers of a table", InvalidPotentialError)
        for column in (distance, energy)
    )
    if r.ndim != 1 or r.shape != phi.shape or len(r) < 8:
        raise InvalidPotentialError(
            f"a table needs at least 8 distances and as many energies, not shapes {r.shape} "
            f"and {phi.shape}."
        )
    if not (np.isfinite(r).all() and np.isfinite(phi).all() and (np.diff(r) > 0).all()):
        raise InvalidPotentialError(
            "the distances of a table must increase, and all its numbers be finite."
        )
    if r[0] <= 0:
        raise InvalidPotentialError("the first distance of a table must be positive.")
    tell_noise(r, phi, 5, 3, "the energies of the table")
    spline = make_interp_spline(r, phi, k=5)
    orders = [spline, *(spline.derivative(n) for n in (1, 2, 3))]

    def law(x: FloatArray) -> FloatArray:
        if x.size and x.min() < r[0]:
            raise OverlapError(
                f"a pair is {x.min():.4g} apart, closer than the first distance of the table, "
                f"{r[0]:.4g}. Extend the table to shorter distances, or relax overlaps first."
            )
        return np.array([order(x) for order in orders])

    return _told(one_species(law, float(r[-1]), truncation, acts=bool(phi.any())))


def _told(potential: ScaledPotential) -> ScaledPotential:
    """Log what the truncation adds to the law that was given, or leaves at the cutoff."""
    cutoff = float(potential.cutoff[0, 0])
    if potential.truncation == "none":
        energy, force = potential.law(np.array([cutoff]))[:2, 0] * [1, -1]
        if abs(energy) > JUMP_TOLD or abs(force) > JUMP_TOLD:
            logger.info(
                "the law is used as given: at its cutoff %.4g its energy jumps by %.4g and its "
                "force by %.4g (truncation='smooth' would add what makes both end at zero)",
                cutoff, energy, force,
            )  # fmt: skip
        return potential
    r = cutoff * np.array([0.5, 0.75])
    added = potential.added(r)
    logger.info(
        "truncation %r adds c0 + c2 x^2 + c4 x^4 + c6 x^6 with c = %s, x = r; it changes the "
        "energy of a pair by %.4g at r = %.4g and by %.4g at r = %.4g",
        potential.truncation, np.array2string(potential.smoothing[0, 0], precision=6),
        added[0], r[0], added[1], r[1],
    )  # fmt: skip
    return potential


def check_derivatives(law: Law, lowest: float, highest: float, points: int = 40) -> None:
    """Raise InvalidPotentialError unless f', f'', f''' are the derivatives they claim to be.

    Central differences at two steps, Richardson-extrapolated, between ``lowest`` and
    ``highest`` (excluded).
    """
    if not 0 < lowest < highest or not np.isfinite(highest):
        raise InvalidPotentialError(
            f"derivatives cannot be checked between {lowest:g} and {highest:g}; give "
            "0 < check_from < cutoff."
        )
    x = lowest + (highest - lowest) * (np.arange(points) + 0.5) / points
    values = law(x)
    if values.shape != (4, points) or not np.isfinite(values).all():
        raise InvalidPotentialError(
            f"the function must return phi, phi', phi'' and phi''', four arrays of finite "
            f"numbers, between {lowest:.4g} and {highest:.4g}; raise check_from if it is not "
            "meant for such short distances."
        )
    step = 2e-3 * np.minimum(x, highest - x)
    coarse, fine = [(law(x + h)[:3] - law(x - h)[:3]) / (2 * h) for h in (step, step / 2)]
    difference = (4 * fine - coarse) / 3
    scale = np.abs(values[1:]) + np.abs(values[:3]) / np.minimum(x, highest - x) + 1e-300
    error = np.abs(difference - values[1:]) / scale
    if error.max() > DERIVATIVE_TOLERANCE:
        order, worst = np.unravel_index(int(np.argmax(error)), error.shape)
        raise InvalidPotentialError(
            f"derivative number {order + 1} of the function at r = {x[worst]:.6g} is "
            f"{values[order + 1, worst]:.8g}, but finite differences of the one before it give "
            f"{difference[order, worst]:.8g}. Check the derivatives and their signs."
        )
