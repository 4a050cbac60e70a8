"""Directions of shear: names, and the tensors D of the deformation x -> exp(gamma D) x.

``"xy"`` is simple shear: particles move along x in proportion to y, D = e_x e_y; ``"-xy"`` the
same the other way. ``"x-y"`` is pure shear: x grows, y shrinks, the volume stays,
D = (e_x e_x - e_y e_y) / 2. In three dimensions the other axes likewise. With the half, gamma is
the same measure of strain in all of them: the symmetric parts of xy, x-y, -xy and y-x are one
tensor, turned by 45 degrees each, so an isotropic solid has one modulus.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..checks.arrays import real_numbers
from ..errors import InvalidSettingError
from ..glass import FloatArray

#: A name, or a traceless tensor (d, d).
Direction = str | npt.ArrayLike

_AXES = "xyz"


def direction_names(dimension: int) -> list[str]:
    """Every named direction of shear in d dimensions, in which a box can follow or be turned."""
    axes = _AXES[:dimension]
    pairs = [(a, b) for a in axes for b in axes if a != b]
    return [*(f"{s}{a}{b}" for a, b in pairs for s in ("", "-")), *(f"{a}-{b}" for a, b in pairs)]


def direction_tensor(direction: Direction, dimension: int) -> FloatArray:
    """(d, d) tensor D of a direction of shear, dx/dgamma = D x.

    Raises
    ------
    InvalidSettingError
        If there is no direction of this name in d dimensions, or an array is not (d, d), finite,
        traceless and different from zero.
    """
    if isinstance(direction, str):
        return _named(direction, dimension)
    tensor = real_numbers(direction, "the entries of a direction of shear")
    if tensor.shape != (dimension, dimension) or not np.isfinite(tensor).all():
        raise InvalidSettingError(
            f"a direction of shear in {dimension} dimensions is a name or a finite tensor of shape "
            f"({dimension}, {dimension}), not of shape {tensor.shape}."
        )
    size = np.abs(tensor).max()
    if size == 0 or abs(np.trace(tensor)) > 1e-12 * size:
        raise InvalidSettingError(
            f"a direction of shear keeps the volume: its tensor has trace {np.trace(tensor):.3g} "
            f"and largest entry {size:.3g}; subtract the trace, and do not give zeros."
        )
    return tensor


def _named(name: str, dimension: int) -> FloatArray:
    if name not in direction_names(dimension):
        raise InvalidSettingError(
            f"there is no direction of shear {name!r} in {dimension} dimensions; the directions "
            f"are {', '.join(direction_names(dimension))}."
        )
    tensor = np.zeros((dimension, dimension))
    if name[1] == "-":
        a, b = _AXES.index(name[0]), _AXES.index(name[2])
        tensor[a, a], tensor[b, b] = 0.5, -0.5
    else:
        a, b = (_AXES.index(axis) for axis in name[-2:])
        tensor[a, b] = -1.0 if name[0] == "-" else 1.0
    return tensor
