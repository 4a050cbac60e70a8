"""Settings that are numbers: whole where they count, finite and positive where they measure."""

from __future__ import annotations

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
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise InvalidSettingError(f"{what} is a whole number, not {value!r}.")
    if least is not None and value < least:
        raise InvalidSettingError(f"{what} is at least {least}, not {value}.")
    return int(value)


def positive_number(value: Any, what: str) -> float:
    """A finite positive number.

    Raises
    ------
    InvalidSettingError
        If it is something else.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise InvalidSettingError(f"{what} is a number, not {value!r}.")
    number = float(value)
    if not 0 < number < float("inf"):
        raise InvalidSettingError(f"{what} is positive and finite, not {value}.")
    return number
