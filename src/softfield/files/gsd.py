"""GSD files of HOOMD-blue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import FileFormatError, InvalidSettingError, SoftfieldError
from ..glass import FloatArray, Glass
from .configuration import (
    Configuration,
    cell_3d,
    checked_frame,
    diameters_of,
    optional,
    positions_3d,
    positive,
    value_columns,
)
from .labels import types_of
from .source import Source

#: First bytes of every GSD file.
MAGIC = bytes.fromhex("df65df65df65df65")


def read_gsd(source: Source, frame: int = -1) -> Configuration:
    """One frame of a GSD file (schema hoomd). GSD keeps single precision only."""
    path = source.path
    gsd_hoomd = optional("gsd.hoomd", "gsd", path)
    try:
        with source.on_disk() as place, gsd_hoomd.open(str(place), "r") as trajectory:
            if not len(trajectory):
                raise FileFormatError(f"{path} is empty: it has no frame.")
            number = checked_frame(len(trajectory), frame, path)
            _check_count(trajectory.file, number, place.stat().st_size, path)
            said = {
                name: any(
                    trajectory.file.chunk_exists(frame=k, name=f"particles/{name}")
                    for k in (number, 0)
                )
                for name in ("mass", "diameter")
            }
            chosen = trajectory[number]
            for name in list(chosen.log):  # gsd gives those of the first frame to those without
                if not trajectory.file.chunk_exists(frame=number, name=f"log/{name}"):
                    del chosen.log[name]
            return _gsd_configuration(chosen, said, path)
    except SoftfieldError:
        raise
    except (ArithmeticError, LookupError, MemoryError, OSError, RuntimeError, TypeError,
            ValueError) as error:  # fmt: skip
        raise FileFormatError(f"{path} is truncated, damaged or not GSD ({error}).") from error


def _check_count(file: Any, frame: int, size: int, path: Path) -> None:
    """Refuse more particles than the file has room for, before memory is filled for them."""
    for number in {frame, 0}:
        if file.chunk_exists(frame=number, name="particles/N"):
            count = int(file.read_chunk(frame=number, name="particles/N")[0])
            if 12 * count > size:  # three coordinates of four bytes
                raise FileFormatError(
                    f"{path} announces {count} particles, but has {size} bytes; it is damaged."
                )


def _gsd_configuration(found: Any, said: Mapping[str, bool], path: Path) -> Configuration:
    if found.configuration.box is None or not found.particles.N:
        raise FileFormatError(f"{path} has no box or no particles in this frame.")
    kept = ("position", "typeid", "image", "mass", "diameter")
    given = {name: getattr(found.particles, name) for name in kept}
    lengths = {len(array) for array in given.values() if array is not None}
    if lengths != {found.particles.N}:
        raise FileFormatError(
            f"{path} announces {found.particles.N} particles, but has values for "
            f"{', '.join(map(str, sorted(lengths)))}; it is damaged."
        )
    lx, ly, lz, xy, xz, yz = np.array(found.configuration.box, dtype=np.float64)
    flat = found.configuration.dimensions == 2 or lz == 0
    cell = np.array([[lx, 0, 0], [xy * ly, ly, 0], [xz * lz, yz * lz, lz]])
    positions = np.array(found.particles.position, dtype=np.float64)
    images = None
    if found.particles.image is not None:
        images = np.array(found.particles.image, dtype=np.int64)
        positions += images @ cell
    types = np.array(found.particles.types or ["A"])
    labels = types[np.array(found.particles.typeid)]
    values = {
        name.removeprefix("particles/"): np.array(array)
        for name, array in (found.log or {}).items()
        if name.startswith("particles/") and len(array) == found.particles.N
    }
    masses = diameters = None
    if said["mass"]:
        masses = positive(np.array(found.particles.mass, dtype=np.float64), "mass", path)
    if said["diameter"]:
        diameters = diameters_of(None, np.array(found.particles.diameter), path)
    return Configuration(
        positions, labels, cell, tuple(types.tolist()), values, flat, masses, diameters,
        images=images,
    )  # fmt: skip


def write_gsd(
    path: Path,
    glass: Glass,
    values: Mapping[str, npt.NDArray],
    labels: Sequence[str | int] | None = None,
) -> None:
    """One GSD frame; values go to ``log/particles/NAME``, where OVITO finds them."""
    gsd_hoomd = optional("gsd.hoomd", "gsd", path)
    frame = gsd_hoomd.Frame()
    frame.configuration.box = [*np.diag(cell_3d(glass)), glass.strain, 0.0, 0.0]
    frame.configuration.dimensions = glass.dimension
    # The box of GSD is centred at the origin: images of the same places, none is moved.
    cell = cell_3d(glass)
    places: FloatArray = positions_3d(glass)
    images = np.floor(places @ np.linalg.inv(cell) + 0.5)
    types = types_of(glass, labels)
    named = labels is not None
    names = types.names or [str(k + 1) if named else _letter(k) for k in range(types.count)]
    wrong = next((name for name in names if not name.isascii()), None)
    if wrong is not None:
        raise InvalidSettingError(f"the label {wrong!r} is not ASCII, as GSD needs it; rename it.")
    frame.particles.N = glass.n_particles
    frame.particles.position = places - images @ cell
    frame.particles.types = list(names)
    frame.particles.typeid = types.numbers - 1
    frame.particles.mass = glass.masses
    frame.particles.diameter = glass.diameters
    for name, array in value_columns(glass, values).items():
        frame.log[f"particles/{name}"] = array
    with gsd_hoomd.open(str(path), "w") as trajectory:
        trajectory.append(frame)


def _letter(kind: int) -> str:
    return chr(ord("A") + kind) if kind < 26 else f"type{kind}"
