"""What a file says of a glass, before it becomes one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..checks.arrays import real_numbers
from ..checks.numbers import positive_number, whole_number
from ..errors import (
    FileFormatError,
    InvalidGlassError,
    InvalidSettingError,
    MissingPackageError,
    UnknownSpeciesError,
)
from ..glass import FloatArray, Glass

#: Components of a tilt, relative to the longest edge of the cell, below which it is rounding.
NO_TILT = 1e-12


#: Spread of z, relative to the shortest edge in the plane, below which a file is
#: two-dimensional: rounding of programs leaves some 1e-15, single precision 1e-7.
FLAT = 1e-6


#: Types beyond this number, or that of the particles, are a damaged file or a mistake.
_MOST_TYPES = 1000


@dataclass(frozen=True, eq=False)
class Configuration:
    """What a file says about particles, before units, species and dimension are settled.

    Attributes
    ----------
    positions : (N, 3), unwrapped where the file tells how
    labels : (N,) int or str, the species as the file calls it
    cell : (3, 3) lattice vectors in rows, zero where there is no third; None where the file has
        no box
    names : every label that may occur, in the order that makes them species 0, 1, ...
    values : per-particle columns beside these
    flat : whether the file says that it is two-dimensional
    masses, diameters : (N,), None where the file has none
    aliases : another name of a label (the number of a LAMMPS type) -> that label; what is a label
        itself is none
    periodic : along x, y and z
    images : (N, 3) lattice vectors that image flags have added to the positions; None: none have
    """

    positions: FloatArray
    labels: npt.NDArray
    cell: FloatArray | None
    names: tuple[Any, ...] = ()
    values: dict[str, npt.NDArray] = field(default_factory=dict)
    flat: bool = False
    masses: FloatArray | None = None
    diameters: FloatArray | None = None
    aliases: dict[str, str] = field(default_factory=dict)
    periodic: tuple[bool, bool, bool] = (True, True, True)
    images: npt.NDArray[np.int64] | None = None


def glass_from(
    found: Configuration,
    species: Mapping[Any, int] | None = None,
    length_unit: float = 1.0,
    box: npt.ArrayLike | None = None,
    dimension: int | None = None,
) -> Glass:
    """The glass of a configuration; parameters as :func:`softfield.files.glasses.read_glass`.

    Raises
    ------
    InvalidSettingError
        If the unit of length, the box or the dimension is none.
    UnknownSpeciesError
        If ``species`` misses a label of the file.
    FileFormatError
        If there is no box, or one that is not periodic.
    InvalidGlassError
        If the cell is tilted other than by shear in the xy plane, or the particles do not lie
        in the plane that they should lie in.
    """
    length_unit = positive_number(length_unit, "the unit of length")
    given = None if box is None else _given_cell(box)
    cell = found.cell if given is None else given
    if cell is None:
        raise FileFormatError(
            "it has particles, but no box: give its edges, box=(14.6, 14.6) in Python or "
            "--box 14.6,14.6 on the command line, in the lengths of the file."
        )
    if not np.isfinite(found.positions).all():
        bad = int(np.flatnonzero(~np.isfinite(found.positions).all(axis=1))[0])
        raise InvalidGlassError(f"the position of particle {bad} is not finite.")
    tall = bool(cell[2].any())
    cell = _checked_cell(cell if tall else cell + np.diag([0.0, 0.0, 1.0]))
    size = _dimension(found, cell, dimension, tall)
    positions = found.positions
    if given is None:
        _check_periodic(found, size)
    elif found.images is not None and found.cell is not None:
        # image flags count boxes, now those of the user
        positions = positions.copy()
        positions[:, :size] += found.images[:, :size] @ (cell - found.cell)[:size, :size]
    return Glass(
        positions[:, :size] / length_unit,
        species_of(found, species),
        np.diag(cell)[:size] / length_unit,
        cell[1, 0] / cell[1, 1],
        found.masses,
        None if found.diameters is None else found.diameters / length_unit,
    )


def _given_cell(box: npt.ArrayLike) -> FloatArray:
    """(3, 3) cell from the edges, or the lattice vectors in rows, that a user gives; zero where
    there is no third."""
    given = real_numbers(box, "the edges of the box")
    edges = np.diag(given) if given.ndim == 2 and len(set(given.shape)) == 1 else given
    if edges.shape not in ((2,), (3,)) or not np.isfinite(given).all() or (edges <= 0).any():
        raise InvalidSettingError(
            f"the box {box!r} is none: give two or three edges, positive lengths, or the lattice "
            "vectors in rows."
        )
    cell = np.zeros((3, 3))
    cell[: len(edges), : len(edges)] = given if given.ndim == 2 else np.diag(given)
    return cell


def _checked_cell(cell: FloatArray) -> FloatArray:
    """The cell, without tilts that are rounding; only one of y along x may be left."""
    if not np.isfinite(cell).all() or (np.diag(cell) <= 0).any():
        raise InvalidGlassError(
            f"the cell {cell.tolist()} is not that of a periodic box with positive edges along "
            "x, y and z; give the file a periodic cell, the first vector along x."
        )
    edges = np.diag(np.diag(cell))
    tilts = np.where(np.abs(cell - edges) > NO_TILT * edges.max(), cell - edges, 0.0)
    wrong = tilts.copy()
    wrong[1, 0] = 0.0  # the one tilt that simple shear in the xy plane makes
    if wrong.any():
        raise InvalidGlassError(
            f"the cell {cell.tolist()} is tilted other than in the xy plane; softfield knows "
            "orthogonal boxes and simple shear in xy. Rotate the cell, or remap its tilt to xy."
        )
    return edges + tilts


def _dimension(found: Configuration, cell: FloatArray, wanted: int | None, tall: bool) -> int:
    """2 or 3: what the user says, or the file, or the spread of z across periodic images.

    Parameters
    ----------
    tall : whether the box has a third edge; where it has none, there are no images along z
    """
    if wanted is not None and whole_number(wanted, "the dimension of a glass") not in (2, 3):
        raise InvalidSettingError(f"a glass has dimension 2 or 3, not {wanted!r}.")
    z = found.positions[:, 2] - found.positions[0, 2] if len(found.positions) else np.zeros(1)
    spread = float(np.ptp(z - cell[2, 2] * np.rint(z / cell[2, 2]) if tall else z))
    flat = len(z) > 1 and spread <= FLAT * min(cell[0, 0], cell[1, 1])
    if wanted == 3 and not tall:
        raise InvalidSettingError(
            "a box in three dimensions has three edges; give it (box=, --box)."
        )
    if wanted == 3 and found.flat:
        raise InvalidGlassError("it is two-dimensional, so it has no third coordinate.")
    wanted = wanted if tall else 2
    if (wanted == 2 or found.flat) and not (flat or len(z) == 1):
        raise InvalidGlassError(
            f"its particles do not lie in one plane: z differs by up to {spread:.3g}. Give three "
            "edges of the box (box=, --box) if it is three-dimensional."
        )
    return wanted or (2 if found.flat or flat else 3)


def _check_periodic(found: Configuration, dimension: int) -> None:
    open_axes = [a for a, p in zip("xyz"[:dimension], found.periodic, strict=False) if not p]
    if open_axes:
        raise FileFormatError(
            f"its box is not periodic along {' and '.join(open_axes)}; the theory needs periodic "
            "boundaries. If they are periodic after all, give the box (box=, --box)."
        )


def species_of(
    found: Configuration, species: Mapping[Any, int] | None = None
) -> npt.NDArray[np.int32]:
    """(N,) species 0, 1, ... of the labels, by the mapping or by their order in the file."""
    if species is None:
        species = {name: k for k, name in enumerate(found.names or _in_order(found.labels))}
    if not isinstance(species, Mapping):
        raise InvalidSettingError(
            f"species are a mapping such as {{1: 0, 2: 1}} from what the file calls them, not "
            f"{species!r}."
        )
    present, inverse = np.unique(found.labels, return_inverse=True)
    # A mapping typed by hand or read from a command line may have "1" for type 1.
    known = set(map(str, (*found.names, *present.tolist())))
    by_text: dict[str, Any] = {}
    for name, k in species.items():
        label = str(name) if str(name) in known else found.aliases.get(str(name), str(name))
        if by_text.setdefault(label, k) != k:
            raise InvalidSettingError(
                f"the mapping of species has {label} twice (as {name}, too), once for species "
                f"{by_text[label]} and once for {k}; leave one out."
            )
    wrong = {name: k for name, k in by_text.items() if not _is_species(k)}
    if wrong:
        raise InvalidSettingError(f"species are numbers 0, 1, ..., not as in the mapping {wrong}.")
    missing = [str(label) for label in present.tolist() if str(label) not in by_text]
    if missing:
        raise UnknownSpeciesError(
            f"the file has species {', '.join(missing)}, which the mapping "
            f"({', '.join(by_text)}) leaves out; map every species of the file."
        )
    return np.array([by_text[str(label)] for label in present.tolist()], dtype=np.int32)[inverse]


def _is_species(number: Any) -> bool:
    whole = isinstance(number, int | np.integer) and not isinstance(number, bool)
    return bool(whole and 0 <= number < 2**31)


def _in_order(labels: npt.NDArray) -> list[Any]:
    """Distinct labels, numbers by size and words by the alphabet."""
    distinct = np.unique(labels).tolist()
    numbers = [label for label in distinct if is_number(label)]
    return sorted(numbers, key=int) + [label for label in distinct if label not in numbers]


def is_number(label: Any) -> bool:
    """Whether a label is a whole number, or the text of one."""
    return (
        isinstance(label, int | np.integer) or re.fullmatch(r"[0-9]{1,15}", str(label)) is not None
    )


#: Pattern of a number as files write it; nan is none, which may be a name.
REAL = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eEdD][-+]?[0-9]+)?"


def is_real(word: str) -> bool:
    """Whether a word of a file is a number."""
    return re.fullmatch(REAL, word) is not None


def as_kinds(words: Sequence[str], name: str, path: Path) -> Sequence[str]:
    """What a column calls species, with whole numbers that are written as reals (2.0) as such.

    Raises
    ------
    FileFormatError
        If all are numbers, and not whole.
    """
    if all(map(is_number, words)) or not all(map(is_real, words)):
        return words
    numbers = reals(words, name, path)
    wrong = (numbers != np.rint(numbers)) | (abs(numbers) >= 1e15)
    if wrong.any():
        raise FileFormatError(
            f"{path}: the column {name} says what species a particle is, and has {words[0]!r}, "
            f"{words[int(np.argmax(wrong))]!r}: write whole numbers, or names."
        )
    return [str(int(number)) for number in numbers]


def most_types(n_particles: int) -> int:
    """The largest number of types that so many particles may have."""
    return max(_MOST_TYPES, n_particles)


def type_names(types: npt.NDArray[np.int64], announced: int = 0) -> tuple[int, ...]:
    """Types 1, 2, ... up to the last of LAMMPS's types (N,), and to what the file announces.

    Announced types without particles are listed as far as types may go.

    Raises
    ------
    InvalidGlassError
        If one is below 1, or so large that the file must be damaged.
    """
    low, high = int(types.min()), int(types.max())
    most = most_types(len(types))
    allowed = min(announced or most, most)
    if low < 1:
        raise InvalidGlassError(
            f"atom type {low} gives no species: types of LAMMPS start at 1; number them so."
        )
    if high > allowed:
        said = (
            f", and the file announces {announced}."
            if allowed == announced
            else (f"; of {len(types)} particles they end at {most}.")
        )
        raise InvalidGlassError(
            f"atom type {high} gives no species: types of LAMMPS start at 1{said}"
        )
    return tuple(range(1, max(high, min(announced, most)) + 1))


def id_order(ids: Sequence[str] | npt.NDArray, path: Path) -> npt.NDArray[np.intp]:
    """The order of the particles by their ids.

    Raises
    ------
    FileFormatError
        If one is no whole number, or two are the same.
    """
    numbers = integers(ids, "id", path)
    order = np.argsort(numbers, kind="stable")
    twice = np.flatnonzero(np.diff(numbers[order]) == 0)
    if len(twice):
        raise FileFormatError(
            f"{path}: two particles have the same id {numbers[order[twice[0]]]}; the file is "
            "damaged, or several frames were joined."
        )
    return order


def reals(column: Sequence[Any] | npt.NDArray, name: str, path: Path) -> FloatArray:
    """A column of a text file as numbers; FileFormatError that names the column if it is none."""
    try:
        return np.array([real(word) for word in column])
    except ValueError as error:
        raise FileFormatError(f"{path}: the column {name} is not numeric ({error}).") from error


def numeric(column: Sequence[str]) -> FloatArray | None:
    """A column of a text file as numbers, or None if they are none."""
    if any("_" in word for word in column):
        return None
    for read in (float, real):  # the first is quick
        try:
            return np.array([read(word) for word in column])
        except ValueError:
            continue
    return None


def real(word: Any) -> float:
    """A number of a text file, with the exponents of Fortran (1.0D+00) too.

    Raises
    ------
    ValueError
        If it is none.
    """
    text = str(word)
    if "_" in text:
        raise ValueError("digits with an underscore")
    return float(re.sub(r"(?<=[\d.])[dD](?=[-+]?\d)", "e", text))


def integers(column: Sequence[Any] | npt.NDArray, name: str, path: Path) -> npt.NDArray[np.int64]:
    """A column of a text file as whole numbers; FileFormatError that names it if it is none."""
    try:
        if any("_" in str(word) for word in column):
            raise ValueError("digits with an underscore")
        return np.array([int(word) for word in column], dtype=np.int64)
    except (ValueError, OverflowError) as error:
        raise FileFormatError(
            f"{path}: the column {name} does not consist of whole numbers ({error})."
        ) from error


def positive(values: FloatArray, name: str, path: Path) -> FloatArray:
    """Masses or sizes; FileFormatError if one is not positive and finite."""
    wrong = ~(np.isfinite(values) & (values > 0))
    if wrong.any():
        raise FileFormatError(
            f"{path}: the column {name} must be positive and finite everywhere, not "
            f"{values[wrong][0]}."
        )
    return values


def diameters_of(
    radii: Sequence[Any] | npt.NDArray | None,
    diameters: Sequence[Any] | npt.NDArray | None,
    path: Path,
) -> FloatArray | None:
    """(N,) sizes from the columns of a file that has them; 0 everywhere means that it has none."""
    found = []
    for column, name, factor in ((radii, "radius", 2.0), (diameters, "diameter", 1.0)):
        sizes = None if column is None else factor * reals(column, name, path)
        if sizes is not None and sizes.any():
            found.append(positive(sizes, name, path))
    if len(found) == 2 and not np.allclose(found[0], found[1], rtol=1e-4, atol=0):
        raise FileFormatError(f"{path}: the columns radius and diameter contradict each other.")
    return found[-1] if found else None


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
    arrays = {name: real_numbers(given, f"the values {name!r}") for name, given in values.items()}
    for name, array in arrays.items():
        if array.ndim not in (1, 2) or len(array) != glass.n_particles:
            raise InvalidSettingError(
                f"the values {name!r} have shape {array.shape}; give one number or vector for "
                f"each of the {glass.n_particles} particles."
            )
        if array.ndim == 2 and not array.shape[1]:
            raise InvalidSettingError(
                f"the values {name!r} are vectors without components; leave them out."
            )
    return arrays


def value_columns(glass: Glass, values: Mapping[str, npt.NDArray]) -> dict[str, FloatArray]:
    """Per-particle values as named scalar columns; vectors get suffixes _x, _y, _z (or _0, ...)."""
    columns: dict[str, FloatArray] = {}
    for name, array in checked_values(glass, values).items():
        if array.ndim == 1:
            found = {name: array}
        else:
            axes = "xyz" if array.shape[1] <= 3 else map(str, range(array.shape[1]))
            found = {f"{name}_{a}": c.copy() for a, c in zip(axes, array.T, strict=False)}
        twice = columns.keys() & found.keys()
        if twice:
            raise InvalidSettingError(
                f"the values have two columns {min(twice)}, one of them of a vector; rename one."
            )
        columns |= found
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


def checked_frame(count: int, frame: int, path: Path) -> int:
    """The number of a frame among ``count``, from 0; negative ones count from the end."""
    if not isinstance(frame, int | np.integer) or isinstance(frame, bool):
        raise InvalidSettingError(f"a frame is a whole number, not {frame!r}; the last is -1.")
    if count == 1 and frame not in (0, -1):
        raise InvalidSettingError(f"{path} holds one configuration; there is no frame {frame}.")
    if not -count <= frame < count:
        raise InvalidSettingError(
            f"{path} has {count} frames; there is no frame {frame}. The first is 0, the last -1."
        )
    return int(frame) % count


def chosen_frame(frames: Any, frame: int, path: Path) -> Any:
    if not len(frames):
        raise FileFormatError(f"{path} is empty: it has no frame.")
    return frames[checked_frame(len(frames), frame, path)]
