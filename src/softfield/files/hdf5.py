"""softfield's own file of a single glass."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy.typing as npt

from ..errors import FileFormatError
from ..glass import Glass
from .configuration import checked_values

HDF5_FORMAT = "softfield glass"


def read_hdf5(path: Path) -> tuple[Glass, dict[str, npt.NDArray]]:
    try:
        with h5py.File(path, "r") as file:
            if file.attrs.get("format") != HDF5_FORMAT:
                raise FileFormatError(
                    f"{path} is an HDF5 file, but not a single glass written by "
                    "softfield.write_glass; blocks of the workflow are read by "
                    "softfield.files.blocks.read_block."
                )
            positions, species, box = (file[n][()] for n in ("positions", "species", "box"))
            values = {name: array[()] for name, array in file.get("values", {}).items()}
            return Glass(positions, species, box, float(file.attrs["strain"])), values
    except (OSError, KeyError, RuntimeError, TypeError, AttributeError) as error:
        raise FileFormatError(f"{path} is truncated, damaged or not HDF5 ({error}).") from error


def write_hdf5(path: Path, glass: Glass, values: Mapping[str, npt.NDArray]) -> None:
    arrays = {name: getattr(glass, name) for name in ("positions", "species", "box")}
    for name, array in checked_values(glass, values).items():
        arrays[f"values/{name}"] = array
    with h5py.File(path, "w", libver="latest") as file:
        file.attrs["format"] = HDF5_FORMAT
        file.attrs["strain"] = glass.strain
        for name, array in arrays.items():
            file.create_dataset(name, data=array, chunks=array.shape, fletcher32=True)
