"""What a file says of a glass, before it becomes one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import (
    FileFormatError,
    InvalidGlassError,
    InvalidSettingError,
    MissingPackageError,
    UnknownSpeciesError,
)
from ..glass import FloatArray, Glass

#: Components of a tilt, relative to the cell, below which it is rounding.
_NO_TILT = 1e-12


@dataclass(frozen=True, eq=False)
class Configuration:
    """What a file says about particles, before units, species and dimension are settled.

    Attributes
    ----------
    positions : (N, 3), unwrapped where the file tells how
    labels : (N,) int or str, the species as the file calls it
    cell : (3, 3) lattice vectors in rows
    names : every label that may occur, in the order that makes them species 0, 1, ...
    values : per-particle columns beside these
    flat : whether the file says that it is two-dimensional
    """

    positions: FloatArray
    labels: npt.NDArray
    cell: FloatArray
    names: tuple[Any, ...] = ()
    values: dict[str, npt.NDArray] = field(default_factory=dict)
    flat: bool = False


def glass_from(
    found: Configuration,
    species: Mapping[Any, int] | None = None,
    length_unit: float = 1.0,
) -> Glass:
    """The glass of a configuration; parameters as :func:`softfield.files.glasses.read_glass`.

    Raises
    ------
    InvalidSettingError
        If the unit of length is not positive.
    UnknownSpeciesError
        If ``species`` misses a label of the file.
    InvalidGlassError
        If the cell is tilted other than by shear in the xy plane.
    """
    if not (np.isfinite(length_unit) and length_unit > 0):
        raise InvalidSettingError(f"the unit of length must be positive, not {length_unit}.")
    flat = found.flat or (len(found.positions) > 1 and np.ptp(found.positions[:, 2]) == 0)
    dimension = 2 if flat else 3
    cell = _checked_cell(found.cell)
    return Glass(
        found.positions[:, :dimension] / length_unit,
        _species_of(found, species),
        np.diag(cell)[:dimension] / length_unit,
        cell[1, 0] / cell[1, 1],
    )


def _checked_cell(cell: FloatArray) -> FloatArray:
    edges = np.abs(np.diag(cell))
    others = np.abs(cell - np.diag(np.diag(cell)))
    others[1, 0] = 0.0  # the one tilt that simple shear in the xy plane makes
    if not np.isfinite(cell).all() or (np.diag(cell) <= 0).any():
        raise InvalidGlassError(
            f"the cell {cell.tolist()} is not that of a periodic box with positive edges along "
            "x, y and z; give the file a periodic cell, the first vector along x."
        )
    if (others > _NO_TILT * edges.max()).any():
        raise InvalidGlassError(
            f"the cell {cell.tolist()} is tilted other than in the xy plane; softfield knows "
            "orthogonal boxes and simple shear in xy. Rotate the cell, or remap its tilt to xy."
        )
    return cell


def _species_of(found: Configuration, species: Mapping[Any, int] | None) -> npt.NDArray[np.int32]:
    if species is None:
        names = found.names or tuple(np.unique(found.labels).tolist())
        species = {name: k for k, name in enumerate(names)}
    present, inverse = np.unique(found.labels, return_inverse=True)
    # A mapping typed by hand or read from a command line may have "1" for type 1.
    by_text = {str(name): index for name, index in species.items()}
    missing = [str(label) for label in present.tolist() if str(label) not in by_text]
    if missing:
        raise UnknownSpeciesError(
            f"the file has species {', '.join(missing)}, which the mapping "
            f"({', '.join(by_text)}) leaves out; map every species of the file."
        )
    return np.array([by_text[str(label)] for label in present.tolist()], dtype=np.int32)[inverse]


def cell_3d(glass: Glass) -> FloatArray:
    """(3, 3) cell of a glass; two dimensions get one unit of height."""
    cell = np.eye(3)
    cell[: glass.dimension, : glass.dimension] = glass.cell
    return cell


def positions_3d(glass: Glass) -> FloatArray:
    """(N, 3) wrapped positions; z = 0 in two dimensions."""
    positions = np.zeros((glass.n_particles, 3))
    positions[:, : glass.dimension] = glass.wrapped().positions
    return positions


def checked_values(glass: Glass, values: Mapping[str, npt.NDArray]) -> dict[str, FloatArray]:
    """The values as arrays (N,) or (N, d); InvalidSettingError if they are not."""
    arrays = {name: np.asarray(given, dtype=np.float64) for name, given in values.items()}
    for name, array in arrays.items():
        if array.ndim not in (1, 2) or len(array) != glass.n_particles:
            raise InvalidSettingError(
                f"the values {name!r} have shape {array.shape}; give one number or vector for "
                f"each of the {glass.n_particles} particles."
            )
    return arrays


def value_columns(glass: Glass, values: Mapping[str, npt.NDArray]) -> dict[str, FloatArray]:
    """Per-particle values as named scalar columns; vectors get suffixes _x, _y, _z (or _0, ...)."""
    columns = {}
    for name, array in checked_values(glass, values).items():
        if array.ndim == 1:
            columns[name] = array
        else:
            axes = "xyz" if array.shape[1] <= 3 else map(str, range(array.shape[1]))
            columns |= {f"{name}_{a}": c.copy() for a, c in zip(axes, array.T, strict=False)}
    return columns


def optional(module: str, package: str, path: Path) -> Any:
    """A module of an optional package.

    Raises
    ------
    MissingPackageError
        Naming the extra that has it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingPackageError(
            f"{path} needs the package {package}, which is not installed; run "
            "pip install 'softfield[io]'."
        ) from error


def chosen_frame(frames: Any, frame: int, path: Path) -> Any:
    if not len(frames):
        raise FileFormatError(f"{path} is empty: it has no frame.")
    try:
        return frames[frame]
    except IndexError as error:
        raise InvalidSettingError(
            f"{path} has {len(frames)} frames; there is no frame {frame}. The first is 0, the "
            "last -1."
        ) from error
