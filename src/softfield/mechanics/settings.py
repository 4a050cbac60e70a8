"""Settings that are numbers: whole where they count, finite and in range where they measure."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

from ..errors import InvalidSettingError


def whole_number(value: Any, what: str, least: int | None = 1) -> int:
    """A count, of numpy's or Python's whole numbers.

    Raises
    ------
    InvalidSettingError
        If it is something else, or below ``least``.
    """
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not whole or (least is not None and value < least):
        bound = "" if least is None else f", {least} or more"
        raise InvalidSettingError(
            f"{what} is {value!r}, but must be a whole number{bound}; correct it."
        )
    return int(value)


def positive_number(value: Any, what: str) -> float:
    """A finite positive number, no text of one.

    Raises
    ------
    InvalidSettingError
        If it is something else.
    """
    check_number(value, what, 0.0, inside=True)
    return float(value)


def check_number(
    value: Any, what: str, lowest: float, highest: float = math.inf, inside: bool = False
) -> None:
    """Refuse what is no finite number or outside its range, the ends included unless ``inside``.

    Raises
    ------
    InvalidSettingError
    """
    if is_number(value) and math.isfinite(value):
        if inside and lowest < value < highest:
            return
        if not inside and lowest <= value <= highest:
            return
    between = "from" if not inside else "between" if math.isfinite(highest) else "above"
    upper = f" and {highest:g}" if inside else f" to {highest:g}"
    raise InvalidSettingError(
        f"{what} must be a finite number {between} {lowest:g}"
        f"{upper if math.isfinite(highest) else '' if inside else ' on'}, not {value!r}."
    )


def check_tolerance(value: Any, what: str) -> None:
    """Refuse what is no positive number; infinity, which accepts everything, is one.

    Raises
    ------
    InvalidSettingError
    """
    if not is_number(value) or not value > 0:
        raise InvalidSettingError(f"{what} must be a positive number, not {value!r}.")


def is_number(value: Any) -> bool:
    """Whether a value is one real number: no text of one, no truth value, no array."""
    return isinstance(value, Real) and not isinstance(value, bool)
