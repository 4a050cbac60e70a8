"""What the scatter of the numbers of a table does to the third derivative of its spline."""

from __future__ import annotations

import logging

import numpy as np
from scipy.interpolate import make_interp_spline

from ..glass import FloatArray

logger = logging.getLogger(__name__)

#: Share of phi''' that is told: the E_i of soft places are wrong by ten to fifty times as much.
SHARE_TOLD = 3e-4

#: Order of the differences in which a smooth function vanishes and scatter stays.
_ORDER = 10

#: Median of the absolute value of a normal variable.
_MEDIAN = 0.6745

#: Rows of zeros for the weights of a divided difference, made of two.
_BELOW, _ABOVE = ((1, 0), (0, 0)), ((0, 1), (0, 0))

#: Points below which a table tells nothing of its scatter.
_FEWEST = 8


def tell_noise(r: FloatArray, values: FloatArray, degree: int, order: int, what: str) -> None:
    """Warn where the scatter of a table leaves phi''' uncertain, or too few points tell of it.

    Parameters
    ----------
    r, values : (K,) ascending distances, and the numbers there
    degree, order : of the spline through them, and of its derivative that is phi''' (or -phi''')
    what : the numbers, as they are called in the warning
    """
    inside = np.trim_zeros(values, "b")  # beyond its range the law is no noise, and no law
    r, values = r[: len(inside)], inside
    if len(r) < _FEWEST:
        if len(r):
            logger.warning(
                "%s are %d within the range: too few points to tell how far phi''' is off, which "
                "may be a factor. Give %d or more, or a function "
                "(softfield.potential_from_function)",
                what, len(r), _FEWEST,
            )  # fmt: skip
        return
    share = noise_share(r, values, degree, order)
    if share > SHARE_TOLD:
        logger.warning(
            "%s scatter about a smooth curve by %.1g (missing digits, noise, or too few points): "
            "at distances that are %.2g apart this changes phi''' by %.1g of its size, and thermal "
            "energies of soft places by ten times as much or more. Give more digits, or a function "
            "(softfield.potential_from_function). Where digits are missing, fewer points are "
            "better, not more: scatter counts by spacing^-%d",
            what, np.median(scatter(r, values)), np.median(np.diff(r)), share, order,
        )  # fmt: skip


def noise_share(r: FloatArray, values: FloatArray, degree: int, order: int) -> float:
    """Typical change of phi''' by scatter, in units of phi''' (and of phi''/r, phi'/r^2).

    Random numbers of the size of the scatter go through the same spline. Both sizes are medians
    over the table.
    """
    around = scatter(r, values)
    left = (len(r) - len(around)) // 2
    around = np.pad(around, (left, len(r) - len(around) - left), mode="edge")
    noise = around * np.random.default_rng(0).normal(size=len(r))
    change = np.abs(make_interp_spline(r, noise, k=degree)(r, order))
    spline = make_interp_spline(r, values, k=degree)
    size = sum(np.abs(spline(r, order - n)) / r**n for n in range(3))
    typical = np.median(size)
    return float(np.median(change) / typical) if typical else 0.0


def scatter(r: FloatArray, values: FloatArray) -> FloatArray:
    """(K - 10,) standard deviation of the numbers about a smooth curve, around each place.

    A divided difference sum_i w_i v_i of high order, divided by the square root of sum_i w_i^2;
    right in the median.
    """
    order = min(_ORDER, len(r) - 1)
    x = r * (len(r) - 1) / (r[-1] - r[0])
    weights = np.ones((1, len(r)))
    for k in range(1, order + 1):
        gap = x[k:] - x[:-k]
        right, left = np.pad(weights[:, 1:], _BELOW), np.pad(weights[:, :-1], _ABOVE)
        weights = (right - left) / gap
    windows = np.lib.stride_tricks.sliding_window_view(values, order + 1).T
    difference = np.abs(np.einsum("ik,ik->k", weights, windows)) / _MEDIAN
    found: FloatArray = difference / np.sqrt(np.einsum("ik,ik->k", weights, weights))
    return found
