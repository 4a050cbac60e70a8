"""Functions of r with their first three derivatives, and how they combine.

Everywhere here ``rows`` is a (4, P) array of f, f', f'' and f''' at P distances. Sums of
rows are rows of the sum; products follow from Leibniz' rule.
"""

from __future__ import annotations

import numpy as np

from ..glass import FloatArray

Number = float | FloatArray


def power(r: FloatArray, exponent: Number, prefactor: Number = 1.0) -> FloatArray:
    """Rows of ``c r^n``; whole exponents by multiplication, which is faster and exact."""
    whole = isinstance(exponent, int | float) and float(exponent).is_integer()
    value = prefactor * (_whole_power(r, int(exponent)) if whole else r**exponent)
    rows = np.empty((4, len(r)))
    inverse = 1.0 / r
    for order in range(4):
        rows[order] = value
        value = (exponent - order) * value * inverse
    return rows


def _whole_power(r: FloatArray, exponent: int) -> FloatArray:
    base = 1.0 / r if exponent < 0 else r
    result, remaining = np.ones_like(r), abs(exponent)
    while remaining:
        if remaining % 2:
            result = result * base
        base, remaining = base * base, remaining // 2
    return result


def exponential(r: FloatArray, rate: Number, prefactor: Number = 1.0) -> FloatArray:
    """Rows of ``c exp(-k r)``."""
    value = prefactor * np.exp(-rate * r)
    return np.array([value, -rate * value, rate**2 * value, -(rate**3) * value])


def gaussian(r: FloatArray, sharpness: Number, centre: Number = 0.0) -> FloatArray:
    """Rows of ``exp(-b (r - r0)^2)``."""
    t = r - centre
    value = np.exp(-sharpness * t**2)
    b = 2.0 * sharpness
    slopes = [np.ones_like(t), -b * t, b * (b * t**2 - 1), b**2 * t * (3 - b * t**2)]
    return value * np.array(slopes)


def polynomial(t: FloatArray, *coefficients: Number) -> FloatArray:
    """Rows of ``c0 + c1 t + c2 t^2 + ...``, derivatives with respect to t."""
    rows = np.zeros((4, len(t)))
    for n in range(len(coefficients) - 1, -1, -1):
        rows[3] = rows[3] * t + 3.0 * rows[2]
        rows[2] = rows[2] * t + 2.0 * rows[1]
        rows[1] = rows[1] * t + rows[0]
        rows[0] = rows[0] * t + coefficients[n]
    return rows


def product(a: FloatArray, b: FloatArray) -> FloatArray:
    """Rows of the product of two functions."""
    return np.array(
        [
            a[0] * b[0],
            a[1] * b[0] + a[0] * b[1],
            a[2] * b[0] + 2 * a[1] * b[1] + a[0] * b[2],
            a[3] * b[0] + 3 * a[2] * b[1] + 3 * a[1] * b[2] + a[0] * b[3],
        ]
    )
