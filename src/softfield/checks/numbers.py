"""Numbers: whole where they count, finite and in range where they measure."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

import numpy as np

from ..errors import InvalidSettingError, SoftfieldError

#: The largest count that compiled code can hold.
_LARGEST_COUNT = 2**63 - 1

#: Characters of a wrong value that are shown.
_SHOWN = 60


def whole_number(
    value: Any,
    what: str,
    least: int | None = 1,
    error: type[SoftfieldError] = InvalidSettingError,
) -> int:
    """A count, of numpy's or Python's whole numbers.

    Raises
    ------
    InvalidSettingError
        Or another ``error``, if it is something else, below ``least``, or beyond 64 bits.
    """
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not whole or (least is not None and value < least):
        bound = "" if least is None else f", {least} or more"
        raise error(f"{what} is {shown(value)}, but must be a whole number{bound}; correct it.")
    if abs(value) > _LARGEST_COUNT:
        raise error(
            f"{what} is {shown(value)}, more than a whole number can be here "
            f"({_LARGEST_COUNT:.2g}); give one that can be reached."
        )
    return int(value)


def positive_number(
    value: Any, what: str, error: type[SoftfieldError] = InvalidSettingError
) -> float:
    """A finite positive number, no text of one.

    Raises
    ------
    InvalidSettingError
        Or another ``error``, if it is something else.
    """
    return check_number(value, what, 0.0, inside=True, error=error)


def check_number(
    value: Any,
    what: str,
    lowest: float = -math.inf,
    highest: float = math.inf,
    inside: bool = False,
    error: type[SoftfieldError] = InvalidSettingError,
) -> float:
    """Refuse what is no finite number or outside its range, the ends included unless ``inside``.

    Raises
    ------
    InvalidSettingError
        Or another ``error``.
    """
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if is_number(value) and math.isfinite(value):
        if inside and lowest < value < highest:
            return float(value)
        if not inside and lowest <= value <= highest:
            return float(value)
    if not math.isfinite(lowest):
        raise error(f"{what} must be a finite number, not {shown(value)}.")
    between = "from" if not inside else "between" if math.isfinite(highest) else "above"
    upper = f" and {highest:g}" if inside else f" to {highest:g}"
    raise error(
        f"{what} must be a finite number {between} {lowest:g}"
        f"{upper if math.isfinite(highest) else '' if inside else ' on'}, not {shown(value)}."
    )


def check_tolerance(value: Any, what: str) -> None:
    """Refuse what is no positive number; infinity, which accepts everything, is one.

    Raises
    ------
    InvalidSettingError
    """
    if not is_number(value) or not value > 0:
        raise InvalidSettingError(f"{what} must be a positive number, not {shown(value)}.")


def is_number(value: Any) -> bool:
    """Whether a value is one real number: no text of one, no truth value, no array."""
    if not isinstance(value, Real) or isinstance(value, bool):
        return False
    try:
        float(value)
    except OverflowError:  # a whole number of more than 308 digits
        return False
    return True


def random_seed(value: Any, what: str = "the seed") -> np.random.SeedSequence:
    """The seed of random numbers: a whole number from 0 on of any size, or numpy's own.

    Raises
    ------
    InvalidSettingError
        If it is something else.
    """
    if isinstance(value, np.random.SeedSequence):
        return value
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 0:
        raise InvalidSettingError(
            f"{what} is {shown(value)}, but must be a whole number, 0 or more, or a SeedSequence."
        )
    return np.random.SeedSequence(int(value))


def shown(value: Any) -> str:
    """A wrong value as an error shows it, cut short."""
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 4] + " ..."
