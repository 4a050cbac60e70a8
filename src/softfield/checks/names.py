"""Names of choices, mappings from names, paths, and things of a kind."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from ..errors import InvalidSettingError, SoftfieldError
from .numbers import shown


def check_choice(
    value: Any,
    what: str,
    choices: Collection[str],
    error: type[SoftfieldError] = InvalidSettingError,
) -> None:
    """Refuse what is none of some names.

    Raises
    ------
    InvalidSettingError
        Or another ``error``.
    """
    if not isinstance(value, str) or value not in choices:
        raise error(f"there is no {what} {shown(value)}; choose one of {', '.join(choices)}.")


def check_kind(
    value: Any, kind: type, what: str, error: type[SoftfieldError] = InvalidSettingError
) -> None:
    """Refuse what is not of a kind, ``what`` being how to come by it.

    Raises
    ------
    InvalidSettingError
        Or another ``error``.
    """
    if not isinstance(value, kind):
        raise error(f"{kind.__name__} is needed, not {type(value).__name__}: {what}.")


def mapping_of(
    value: Any, what: str, error: type[SoftfieldError] = InvalidSettingError
) -> dict[str, Any]:
    """A mapping from names, as a new dictionary; None is an empty one.

    Raises
    ------
    InvalidSettingError
        Or another ``error``, if it is something else.
    """
    named = isinstance(value, Mapping) and all(isinstance(name, str) for name in value)
    if value is not None and not named:
        raise error(f"{what} are a mapping from names, {{name: value}}, not {shown(value)}.")
    return dict(value or {})


def path_of(
    value: Any, what: str = "a path", error: type[SoftfieldError] = InvalidSettingError
) -> Path:
    """A path, of text or of an object that stands for one.

    Raises
    ------
    InvalidSettingError
        Or another ``error``, if it is something else.
    """
    if isinstance(value, str | os.PathLike):
        text = os.fspath(value)
        if isinstance(text, str) and "\0" not in text:
            return Path(text)
    raise error(f"{what} is text or a Path, not {shown(value)}.")
