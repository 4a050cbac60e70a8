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
    if isinstance(value, bool) or not isinstance(value, Real):
        raise InvalidSettingError(f"{what} is {value!r}, but must be a number; correct it.")
    check_number(value, what, 0.0, inside=True)
    return float(value)


def check_number(
    value: Any, what: str, lowest: float, highest: float = math.inf, inside: bool = False
) -> None:
    """Refuse what is not finite or outside its range, the ends included unless ``inside``.

    Raises
    ------
    InvalidSettingError
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if math.isfinite(number):
        if inside and lowest < number < highest:
            return
        if not inside and lowest <= number <= highest:
            return
    between = "between" if inside else "from"
    upper = f" and {highest:g}" if inside else f" to {highest:g}"
    raise InvalidSettingError(
        f"{what} is {value!r}, but must be a finite number {between} {lowest:g}"
        f"{upper if math.isfinite(highest) else ' on'}; correct it."
    )
