"""Trajectory formats: LAMMPS dump, extended XYZ and what else ase reads, GSD.

Every reader returns a :class:`Configuration`, in the units and with the labels of the file;
:func:`glass_from` turns it into a glass. ase and gsd are optional and imported on use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import (
    FileFormatError,
    InvalidGlassError,
    InvalidSettingError,
    MissingPackageError,
    SoftfieldError,
    UnknownSpeciesError,
)
from .glass import FloatArray, Glass

#: Components of a tilt, relative to the cell, below which it is rounding.
_NO_TILT = 1e-12

#: Names of per-particle columns that say what a particle is or where.
_STATE_COLUMNS = {"id", "type", "element", "mol", "mass"} | {
    axis + kind for axis in "xyz" for kind in ("", "u", "s", "su")
} | {"i" + axis for axis in "xyz"}  # fmt: skip


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
    """The glass of a configuration; parameters as :func:`softfield.io.read_glass`.

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


# LAMMPS dump -----------------------------------------------------------------------------


def read_dump(path: Path, frame: int = -1) -> Configuration:
    """One frame of a LAMMPS dump of style atom or custom, particles in the order of ids."""
    frames = list(_dump_frames(path))
    text = _choose(frames, frame, path)
    return _dump_configuration(text, path)


def _dump_frames(path: Path) -> Iterator[list[str]]:
    """Lines of each frame; the text before the first ITEM: TIMESTEP must be empty."""
    lines: list[str] = []
    for line in path.read_text().splitlines():
        if line.startswith("ITEM: TIMESTEP") and lines:
            yield lines
            lines = []
        lines.append(line)
    if not lines or not lines[0].startswith(("ITEM: TIMESTEP", "ITEM: UNITS")):
        raise FileFormatError(
            f"{path} does not begin with 'ITEM: TIMESTEP'; it is no LAMMPS text dump."
        )
    yield lines


def _dump_configuration(lines: list[str], path: Path) -> Configuration:
    items = _dump_items(lines)
    try:
        count = int(items["ITEM: NUMBER OF ATOMS"][1][0])
        box_title, box = next(v for k, v in items.items() if k.startswith("ITEM: BOX BOUNDS"))
        title, rows = next(v for k, v in items.items() if k.startswith("ITEM: ATOMS"))
    except (KeyError, StopIteration, IndexError, ValueError) as error:
        raise FileFormatError(
            f"{path} lacks one of NUMBER OF ATOMS, BOX BOUNDS and ATOMS; it is truncated."
        ) from error
    if count < 1:
        raise FileFormatError(f"{path} has no atoms in this frame; choose another one.")
    columns = title.split()[2:]
    cells = [row.split() for row in rows]
    if len(cells) != count or any(len(row) != len(columns) for row in cells):
        raise FileFormatError(
            f"{path} announces {count} atoms with {len(columns)} columns, but has {len(cells)} "
            "lines, or lines of another length; it is truncated or damaged."
        )
    table = dict(zip(columns, np.array(cells).T, strict=True))
    low, cell = _dump_cell(box_title, box, path)
    try:
        return _dump_table(table, low, cell, path)
    except ValueError as error:
        raise FileFormatError(f"{path} has a column that is not numeric ({error}).") from error


def _dump_items(lines: list[str]) -> dict[str, tuple[str, list[str]]]:
    """Lines under each ITEM, with its title."""
    items: dict[str, tuple[str, list[str]]] = {}
    current: list[str] = []
    for line in lines:
        if line.startswith("ITEM:"):
            current = []
            items[line.strip()] = (line.strip(), current)
        elif line.strip():
            current.append(line)
    return items


def _dump_cell(title: str, lines: list[str], path: Path) -> tuple[FloatArray, FloatArray]:
    """Lower corner (3,) and cell (3, 3). Bounds of a tilted box enclose it (LAMMPS manual)."""
    if "abc origin" in title:
        raise FileFormatError(
            f"{path} has a box of general vectors; dump a restricted triclinic box instead."
        )
    words = title.split()[3:]
    periodic = [word for word in words if set(word) <= set("pfsm")]
    if any(word != "pp" for word in periodic[:2]):
        raise FileFormatError(
            f"{path} has boundaries {' '.join(periodic)}; the theory needs periodic ones (p p p)."
        )
    try:
        numbers = np.array([line.split() for line in lines], dtype=np.float64)
    except ValueError as error:
        raise FileFormatError(f"{path} has box bounds that are not numbers.") from error
    if numbers.shape not in ((3, 2), (3, 3)):
        raise FileFormatError(f"{path} has box bounds of shape {numbers.shape}, not 3 x 2 or 3.")
    low, high = numbers[:, 0].copy(), numbers[:, 1].copy()
    xy, xz, yz = numbers[:, 2] if numbers.shape[1] == 3 else (0.0, 0.0, 0.0)
    low[0] -= min(0.0, xy, xz, xy + xz)
    high[0] -= max(0.0, xy, xz, xy + xz)
    low[1] -= min(0.0, yz)
    high[1] -= max(0.0, yz)
    cell = np.diag(high - low)
    cell[1, 0], cell[2, 0], cell[2, 1] = xy, xz, yz
    return low, cell


def _dump_table(
    table: dict[str, npt.NDArray], low: FloatArray, cell: FloatArray, path: Path
) -> Configuration:
    count = len(next(iter(table.values())))
    names = [axis for axis in "xyz" if any(axis + k in table for k in ("", "u", "s", "su"))]
    kind = next((k for k in ("u", "su", "", "s") if all(a + k in table for a in names)), None)
    if names[:2] != ["x", "y"] or kind is None or not {"type", "element"} & set(table):
        raise FileFormatError(
            f"{path} needs columns type (or element) and x y z (or xu.., xs.., xsu..); it has "
            f"{' '.join(table)}."
        )
    positions = np.zeros((count, 3))
    for axis in names:
        positions[:, "xyz".index(axis)] = table[axis + kind].astype(np.float64)
    if kind.startswith("s"):
        positions = positions @ cell + low
    if kind in ("", "s") and all("i" + axis in table for axis in names):
        images = np.zeros((count, 3))
        for axis in names:
            images[:, "xyz".index(axis)] = table["i" + axis].astype(np.float64)
        positions += images @ cell
    order = np.arange(count)
    if "id" in table:
        order = np.argsort(table["id"].astype(np.int64), kind="stable")
    labels = table["type"].astype(np.int64) if "type" in table else table["element"]
    known = tuple(range(1, int(labels.max()) + 1)) if "type" in table else ()
    values = {
        name: column.astype(np.float64)[order]
        for name, column in table.items()
        if name not in _STATE_COLUMNS and _is_numeric(column)
    }
    flat = names == ["x", "y"]
    return Configuration(positions[order], labels[order], cell, known, values, flat)


def _is_numeric(column: npt.NDArray) -> bool:
    try:
        column.astype(np.float64)
    except ValueError:
        return False
    return True


def dump_lines(glass: Glass, values: Mapping[str, npt.NDArray]) -> list[str]:
    """A LAMMPS dump of one frame, wrapped, with per-particle values as columns."""
    cell = cell_3d(glass)
    low, high = np.zeros(3), np.diag(cell).copy()
    if glass.dimension == 2:
        low[2], high[2] = -0.5, 0.5
    tilt = float(cell[1, 0])
    low[0] += min(0.0, tilt)
    high[0] += max(0.0, tilt)
    title = "xy xz yz pp pp pp" if tilt else "pp pp pp"
    tilts = [tilt, 0.0, 0.0]
    lines = ["ITEM: TIMESTEP", "0", "ITEM: NUMBER OF ATOMS", str(glass.n_particles)]
    lines.append(f"ITEM: BOX BOUNDS {title}")
    for a, b, t in zip(low.tolist(), high.tolist(), tilts, strict=True):
        lines.append(f"{a!r} {b!r}" + (f" {t!r}" if tilt else ""))
    columns = _columns(glass, values)
    lines.append(f"ITEM: ATOMS id type x y z {' '.join(columns)}".rstrip())
    numbers = np.column_stack([positions_3d(glass), *columns.values()]).tolist()
    for i, (kind, row) in enumerate(zip(glass.species.tolist(), numbers, strict=True)):
        lines.append(f"{i + 1} {kind + 1} {' '.join(map(repr, row))}")
    return lines


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


def _columns(glass: Glass, values: Mapping[str, npt.NDArray]) -> dict[str, FloatArray]:
    """Per-particle values as named scalar columns; vectors get suffixes _x, _y, _z (or _0, ...)."""
    columns = {}
    for name, array in checked_values(glass, values).items():
        if array.ndim == 1:
            columns[name] = array
        else:
            axes = "xyz" if array.shape[1] <= 3 else map(str, range(array.shape[1]))
            columns |= {f"{name}_{a}": c.copy() for a, c in zip(axes, array.T, strict=False)}
    return columns


# Extended XYZ and other formats of ase -----------------------------------------------------


def read_ase(path: Path, frame: int = -1, format_name: str | None = None) -> Configuration:
    """One frame of a file that ase reads. A particle's label is its element or atom type."""
    ase_io = optional("ase.io", "ase", path)
    try:
        frames = ase_io.read(path, index=":", format=format_name)
    except Exception as error:  # readers of ase raise almost anything for a damaged file
        raise FileFormatError(f"{path} cannot be read by ase ({error}).") from error
    atoms = _choose(frames, frame, path)
    if not atoms.pbc[:2].all():
        raise FileFormatError(
            f"{path} is not periodic along x and y (pbc = {atoms.pbc.tolist()}); the theory "
            "needs a periodic box."
        )
    cell = np.array(atoms.cell.array)
    positions = np.array(atoms.positions)
    flat = bool(not atoms.pbc[2] and np.ptp(positions[:, 2]) == 0)
    if flat and not cell[2].any():
        cell[2, 2] = 1.0
    labels = np.array(atoms.get_chemical_symbols())
    state = {"numbers", "positions", "masses", "species_index"}
    names: tuple[Any, ...] = ()
    if "species_index" in atoms.arrays:
        labels = atoms.arrays["species_index"].astype(np.int64)
        names = tuple(range(int(labels.max()) + 1))
    values = {name: array for name, array in atoms.arrays.items() if name not in state}
    return Configuration(positions, labels, cell, names, values, flat)


def extended_xyz_lines(glass: Glass, values: Mapping[str, npt.NDArray]) -> list[str]:
    """Extended XYZ of one frame, wrapped; species A is called H, B He, C Li, ...

    Readers need element symbols, so species are called by atomic number; the column
    ``species_index`` has the number that :func:`read_ase` gives back.
    """
    columns = _columns(glass, values)
    lattice = " ".join(repr(v) for v in cell_3d(glass).ravel().tolist())
    properties = "species:S:1:pos:R:3:species_index:I:1" + "".join(f":{n}:R:1" for n in columns)
    periodic = "T T T" if glass.dimension == 3 else "T T F"
    lines = [str(glass.n_particles)]
    lines.append(f'Lattice="{lattice}" Properties={properties} pbc="{periodic}"')
    positions = positions_3d(glass).tolist()
    extra = np.column_stack([np.empty((glass.n_particles, 0)), *columns.values()]).tolist()
    for kind, where, row in zip(glass.species.tolist(), positions, extra, strict=True):
        words = [_symbol(kind), *map(repr, where), str(kind), *map(repr, row)]
        lines.append(" ".join(words))
    return lines


#: Elements by atomic number, for species 0, 1, ...; whatever comes after is called X.
_ELEMENTS = ("H", "He", "Li", "Be", "B", "C", "N", "O", "F", "Ne")


def _symbol(kind: int) -> str:
    return _ELEMENTS[kind] if kind < len(_ELEMENTS) else "X"


# GSD -----------------------------------------------------------------------------------------


def read_gsd(path: Path, frame: int = -1) -> Configuration:
    """One frame of a GSD file (schema hoomd). GSD keeps single precision only."""
    gsd_hoomd = optional("gsd.hoomd", "gsd", path)
    try:
        with gsd_hoomd.open(str(path), "r") as trajectory:
            return _gsd_configuration(_choose(trajectory, frame, path), path)
    except SoftfieldError:
        raise
    except (OSError, RuntimeError, LookupError, ValueError, TypeError) as error:
        raise FileFormatError(f"{path} is truncated, damaged or not GSD ({error}).") from error


def _gsd_configuration(found: Any, path: Path) -> Configuration:
    if found.configuration.box is None or not found.particles.N:
        raise FileFormatError(f"{path} has no box or no particles in this frame.")
    lx, ly, lz, xy, xz, yz = np.array(found.configuration.box, dtype=np.float64)
    flat = found.configuration.dimensions == 2 or lz == 0
    lz = lz or 1.0
    cell = np.array([[lx, 0, 0], [xy * ly, ly, 0], [xz * lz, yz * lz, lz]])
    positions = np.array(found.particles.position, dtype=np.float64)
    if found.particles.image is not None:
        positions += np.array(found.particles.image) @ cell
    types = np.array(found.particles.types or ["A"])
    labels = types[np.array(found.particles.typeid)]
    values = {
        name.removeprefix("particles/"): np.array(array)
        for name, array in (found.log or {}).items()
        if name.startswith("particles/")
    }
    return Configuration(positions, labels, cell, tuple(types.tolist()), values, flat)


def write_gsd(path: Path, glass: Glass, values: Mapping[str, npt.NDArray]) -> None:
    """One GSD frame; values go to ``log/particles/NAME``, where OVITO finds them."""
    gsd_hoomd = optional("gsd.hoomd", "gsd", path)
    frame = gsd_hoomd.Frame()
    frame.configuration.box = [*np.diag(cell_3d(glass)), glass.strain, 0.0, 0.0]
    frame.configuration.dimensions = glass.dimension
    # The box of GSD is centred at the origin.
    corner = 0.5 * cell_3d(glass).sum(axis=0)
    if glass.dimension == 2:
        corner[2] = 0.0
    frame.particles.N = glass.n_particles
    frame.particles.position = positions_3d(glass) - corner
    frame.particles.types = [_letter(k) for k in range(int(glass.species.max()) + 1)]
    frame.particles.typeid = glass.species
    for name, array in _columns(glass, values).items():
        frame.log[f"particles/{name}"] = array
    with gsd_hoomd.open(str(path), "w") as trajectory:
        trajectory.append(frame)


def _letter(kind: int) -> str:
    return chr(ord("A") + kind) if kind < 26 else f"type{kind}"


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


def _choose(frames: Any, frame: int, path: Path) -> Any:
    if not len(frames):
        raise FileFormatError(f"{path} is empty: it has no frame.")
    try:
        return frames[frame]
    except IndexError as error:
        raise InvalidSettingError(
            f"{path} has {len(frames)} frames; there is no frame {frame}. The first is 0, the "
            "last -1."
        ) from error
