"""Read and write glasses: LAMMPS data and dump files, XYZ, GSD, and our own HDF5."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..checks.arrays import listed
from ..checks.names import mapping_of, path_of
from ..checks.numbers import positive_number, shown
from ..errors import (
    FileFormatError,
    InvalidGlassError,
    InvalidSettingError,
    UnknownSpeciesError,
)
from ..glass import Glass, check_glass
from .atomic import PathLike, replaced_atomically
from .configuration import Configuration, checked_frame, glass_from
from .formats import Format, format_of, format_of_name
from .gsd import write_gsd
from .hdf5 import read_hdf5, write_hdf5
from .labels import checked_labels
from .lammps_data import lammps_data_lines, read_lammps_data
from .lammps_dump import dump_lines
from .source import Source
from .xyz import extended_xyz_lines

logger = logging.getLogger(__name__)

#: Formats of text that ends with numbers, and with the end of a line where it is complete.
_OF_LINES = ("data", "dump", "xyz", "poscar", "gro")


def read_glass(
    path: PathLike,
    *,
    format: str | None = None,
    box: npt.ArrayLike | None = None,
    atom_style: str | None = None,
    species: Mapping[Any, int] | None = None,
    length_unit: float = 1.0,
    frame: int = -1,
    dimension: int | None = None,
) -> Glass:
    """The glass in a file; its content says the format, whatever its name.

    ``data``
        LAMMPS data file with atom style atomic, charge, sphere, molecular, bond, angle or
        full. Image flags unwrap the positions.
    ``dump``
        LAMMPS text dump with wrapped, unwrapped or scaled coordinates.
    ``xyz``
        Extended XYZ, XYZ with ``columns:`` and ``cell:`` in its second line, plain XYZ.
    ``poscar``
        POSCAR of VASP, with species of any name.
    ``gro``
        GRO of GROMACS, with its lengths (nm) and the names of its atoms.
    ``gsd``
        Read by gsd. GSD keeps single precision: relax the glass before analysing it.
    ``hdf5``
        softfield's own format, see :func:`write_glass`.
    ``ase``
        What ase reads by its name (``.cfg``, ``.traj``, ...).

    Files may be compressed by gzip, bzip2, xz or zstd. Particles are put in the order of
    their ids. The tilt ``xy`` becomes the strain xy / Ly; other tilts are refused. Masses and
    sizes of particles that the file has are kept in the glass.

    A file is two-dimensional if it says so or has two coordinates, or if z differs by less
    than 1e-6 of the shortest edge in the plane.

    Parameters
    ----------
    path : path
    format : str
        A name of the list above, where the content of the file does not tell.
    box : (d,) or (d, d) array_like
        Edges (or lattice vectors in rows) of the periodic box, in the lengths of the file,
        where it has none, or in place of its own: positions stay where the file has them (scaled
        ones are scaled by its own box). Two edges are a two-dimensional glass.
    atom_style : str
        Of a LAMMPS data file that does not name its own, where several fit its lines.
    species : mapping
        From the file's atom type, label or element to species 0, 1, ... By default
        LAMMPS type 1 becomes species 0, labels, elements beside types, and GSD types keep their
        order, and names without order are taken in alphabetical order (numbers by size).
    length_unit : float
        What the file calls one unit of length of the potential: all lengths are divided by it.
    frame : int
        Of a trajectory; the first is 0, the last -1.
    dimension : 2 or 3
        Where the rule above does not give what is meant.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    FileFormatError
        If the format is not supported, or the file is damaged, or lacks something.
    InvalidGlassError
        If what was read describes no glass, or one in a box that the theory does not cover.
    InvalidSettingError
        If a parameter has no meaning, or none for this file.
    UnknownSpeciesError
        If ``species`` leaves out a species of the file.
    MissingPackageError
        If the format needs ase or gsd and it is not installed.
    """
    return read_labelled_glass(
        path, format=format, box=box, atom_style=atom_style, species=species,
        length_unit=length_unit, frame=frame, dimension=dimension,
    )[0]  # fmt: skip


def read_labelled_glass(
    path: PathLike,
    *,
    format: str | None = None,
    box: npt.ArrayLike | None = None,
    atom_style: str | None = None,
    species: Mapping[Any, int] | None = None,
    length_unit: float = 1.0,
    frame: int = -1,
    dimension: int | None = None,
) -> tuple[Glass, list[str | int] | None]:
    """As :func:`read_glass`, with what the file calls the species of each particle (N,).

    softfield's own files have no such labels: None.
    """
    length_unit = positive_number(length_unit, "the unit of length")
    source = Source(path_of(path))
    found = format_of(source, format)
    _check_style(atom_style)
    if found.read is None:
        _refuse_translation(source, species, length_unit, box, dimension, atom_style)
        return read_hdf5(source, frame)[0], None
    with _named(source):
        read = _read(source, found, frame, atom_style)
        glass = glass_from(read, species, length_unit, box, dimension)
    return glass, read.labels.tolist()


def species_names(glass: Glass, labels: Sequence[str | int] | None) -> tuple[str | int, ...]:
    """What a file calls species 0, 1, ... of its glass, by the labels (N,) of its particles.

    The number itself where there is no particle, or no label.
    """
    kinds = glass.species.tolist()
    named = dict(zip(kinds, kinds if labels is None else labels, strict=True))
    return tuple(named.get(kind, kind) for kind in range(max(kinds) + 1))


def read_values(
    path: PathLike,
    frame: int = -1,
    *,
    format: str | None = None,
    atom_style: str | None = None,
) -> dict[str, npt.NDArray]:
    """Per-particle values in a file, (N,) or (N, d) by name, in the order of the particles.

    What :func:`write_glass` was given as ``values``, or other columns of a LAMMPS dump, an
    XYZ file or a GSD log. Masses and sizes are in the glass, not here.

    Raises
    ------
    As :func:`read_glass`.
    """
    source = Source(path_of(path))
    found = format_of(source, format)
    _check_style(atom_style)
    if found.read is None:
        return read_hdf5(source, frame)[1]
    with _named(source):
        return _read(source, found, frame, atom_style).values


def write_glass(
    path: PathLike,
    glass: Glass,
    values: Mapping[str, npt.NDArray] | None = None,
    *,
    length_unit: float = 1.0,
    labels: Sequence[str | int] | None = None,
    ids: Sequence[int] | None = None,
) -> None:
    """Write a glass, with per-particle values if there are any; the suffix says the format.

    LAMMPS data and HDF5 files give back every bit of the positions. LAMMPS dumps and
    extended XYZ hold wrapped positions and open in OVITO with every value as a particle
    property; GSD has single precision. The file appears complete or not at all. HDF5 files
    hold the datasets ``positions`` (N, d), ``species`` (N,), ``box`` (d,), ``masses`` and
    ``diameters`` (N,) where the glass has them, and the group ``values``, with checksums, and
    the attributes ``format`` and ``strain``. All formats keep masses and sizes (GSD sizes and
    masses that are not all 1, LAMMPS data files as densities).

    Parameters
    ----------
    values : mapping of name -> (N,) or (N, d)
        For example ``{"softness": softness}``. Names are words without spaces, such as
        ``c_stress[1]``. Vectors become columns ``name_x``, ``name_y``, ... except in HDF5.
    length_unit : float
        As in :func:`read_glass`: lengths of the glass, not values, are multiplied by it. HDF5
        files hold the glass as it is.
    labels : (N,) str or int
        What to call the species of each particle: in LAMMPS files types if they are numbers (one
        higher if they are from 0 on), names otherwise. Not in HDF5.
    ids : (N,) int
        Of the particles in LAMMPS files; by default 1, 2, ...

    Raises
    ------
    FileFormatError
        If the format is not supported, or has no place for values.
    InvalidSettingError
        If values, labels or ids do not match the particles, two values make one column, or the
        format cannot hold them:
        labels that are empty or do not print, in LAMMPS files those with a ``#`` or a digit first,
        types beyond 1000 and beyond the number of particles.
    """
    check_glass(glass)
    path, given = path_of(path), mapping_of(values, "values of particles")
    length_unit = positive_number(length_unit, "the unit of length")
    chosen = format_of_name(path)
    _check_names(given)
    if chosen.name == "data" and given:
        raise FileFormatError(
            f"{path}: LAMMPS data files have no place for the values {', '.join(given)}; write "
            "a .dump, .extxyz or .h5 file."
        )
    if labels is not None:
        labels = checked_labels(labels, glass.n_particles)
    if ids is not None:
        ids = _checked_ids(ids, glass.n_particles)
    if chosen.name != "hdf5" and length_unit != 1.0:
        glass = scaled(glass, length_unit)
    with replaced_atomically(path) as temporary:
        if chosen.name == "data":
            _write_lines(temporary, lammps_data_lines(glass, labels, ids))
        elif chosen.name == "dump":
            _write_lines(temporary, dump_lines(glass, given, labels, ids))
        elif chosen.name == "xyz":
            _write_lines(temporary, extended_xyz_lines(glass, given, labels))
        elif chosen.name == "gsd":
            write_gsd(temporary, glass, given, labels)
        else:
            write_hdf5(temporary, glass, given)


def _checked_ids(ids: Any, n_particles: int) -> list[int]:
    """Ids (N,), whole numbers from 1 on, each of its own."""
    given = listed(ids)
    whole = given.dtype.kind in "iu" and given.shape == (n_particles,)
    if not whole or given.min() < 1 or len(np.unique(given)) != n_particles:
        raise InvalidSettingError(
            f"ids of {n_particles} particles are as many different whole numbers from 1 on, not "
            f"{shown(ids)}; give one for each."
        )
    numbers: list[int] = given.tolist()
    return numbers


def _check_style(atom_style: Any) -> None:
    if atom_style is not None and not isinstance(atom_style, str):
        raise InvalidSettingError(f"an atom style is a name, not {shown(atom_style)}.")


def scaled(glass: Glass, factor: float) -> Glass:
    """The same glass with all lengths multiplied by a factor."""
    sizes = glass.diameters
    return replace(
        glass,
        positions=glass.positions * factor,
        box=glass.box * factor,
        diameters=None if sizes is None else sizes * factor,
    )


@contextmanager
def _named(source: Source) -> Iterator[None]:
    """Errors of what is read name the file that it is read from."""
    try:
        yield
    except (InvalidGlassError, UnknownSpeciesError, FileFormatError) as error:
        if str(source.path) in str(error):
            raise
        raise type(error)(f"{source.path}: {error}") from None


def _read(source: Source, found: Format, frame: int, atom_style: str | None) -> Configuration:
    read = _configuration(source, found, frame, atom_style)
    if found.name in _OF_LINES and not source.content[-1:].isspace():
        logger.warning(
            "%s: the last line has no end; if the file was cut off there, digits of its last "
            "number are missing",
            source.path,
        )
    return read


def _configuration(
    source: Source, found: Format, frame: int, atom_style: str | None
) -> Configuration:
    if found.read is None:
        raise TypeError(found.name)
    if atom_style is None:
        return found.read(source, frame)
    if found.name != "data":
        raise InvalidSettingError(
            f"{source.path} is a {found.title}; only LAMMPS data files have an atom style."
        )
    checked_frame(1, frame, source.path)
    return read_lammps_data(source, atom_style)


def _refuse_translation(source: Source, species: Any, length_unit: float, *others: Any) -> None:
    if species is not None or length_unit != 1.0 or any(one is not None for one in others):
        raise InvalidSettingError(
            f"{source.path} is a file of softfield's own, with species, box and lengths as they "
            "are meant; it takes neither a mapping of species nor a unit of length, a box, a "
            "dimension or an atom style."
        )


def _write_lines(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


#: Names of columns as LAMMPS has them (``c_stress[1]``); what every format can hold.
_COLUMN = re.compile(r"[^\W\d][\w.+\-]*(\[\w+\])*", re.ASCII)


def _check_names(values: Mapping[str, npt.NDArray]) -> None:
    for name in values:
        if not _COLUMN.fullmatch(name):
            raise InvalidSettingError(
                f"{name!r} is no name for a column; use letters, digits, underscores and an index "
                "such as [1]."
            )
