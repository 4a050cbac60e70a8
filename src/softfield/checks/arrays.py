"""Arrays of numbers: real, finite, of a shape."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import InvalidSettingError, SoftfieldError


def real_numbers(
    values: Any, what: str, error: type[SoftfieldError] = InvalidSettingError
) -> npt.NDArray[np.float64]:
    """A new array of real numbers; complex ones would lose their imaginary part in silence.

    Raises
    ------
    InvalidSettingError
        Or another ``error``, if they are something else.
    """
    array = listed(values)
    if array.dtype.kind not in "biuf":
        raise error(f"{what} are not real numbers ({array.dtype}); give an array of numbers.")
    return np.array(array, dtype=np.float64)


def listed(values: Any) -> npt.NDArray:
    """An array of anything; of rows of different lengths one that is no array of numbers."""
    try:
        return np.asarray(values)
    except ValueError:
        return np.empty(0, dtype=object)


def finite_numbers(
    values: Any,
    what: str,
    shape: tuple[int | None, ...],
    error: type[SoftfieldError] = InvalidSettingError,
) -> npt.NDArray[np.float64]:
    """A new array of finite numbers of a shape, in which None is any length.

    Raises
    ------
    InvalidSettingError
        Or another ``error``, if they are something else.
    """
    array = real_numbers(values, what, error)
    fits = array.ndim == len(shape) and all(
        wanted in (None, length) for wanted, length in zip(shape, array.shape, strict=True)
    )
    if not fits or not np.isfinite(array).all():
        wanted = ", ".join("any" if length is None else str(length) for length in shape)
        problem = f"have shape {array.shape}" if not fits else "are not all finite"
        raise error(f"{what} {problem}; give finite numbers of shape ({wanted}).")
    return array


def vectors_of(
    values: Any, what: str, dimension: int, error: type[SoftfieldError] = InvalidSettingError
) -> npt.NDArray[np.float64]:
    """A new array of finite vectors (..., d).

    Raises
    ------
    InvalidSettingError
        Or another ``error``, if they are something else.
    """
    array = real_numbers(values, what, error)
    if array.shape[-1:] != (dimension,) or not np.isfinite(array).all():
        raise error(
            f"{what} are finite vectors of {dimension} components, (..., {dimension}); these have "
            f"shape {array.shape}."
        )
    return array
