"""softfield's own file of a single glass."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt

from ..errors import FileFormatError, InvalidGlassError
from ..glass import Glass
from .configuration import checked_frame, checked_values
from .source import Source

HDF5_FORMAT = "softfield glass"


#: First bytes of every HDF5 file.
MAGIC = b"\x89HDF\r\n\x1a\n"


def read_hdf5(source: Source, frame: int = -1) -> tuple[Glass, dict[str, npt.NDArray]]:
    path = source.path
    checked_frame(1, frame, path)
    try:
        with source.on_disk() as place, h5py.File(place, "r") as file:
            if not _is_glass(file):
                raise FileFormatError(
                    f"{path} is an HDF5 file, but not a single glass written by "
                    "softfield.write_glass; blocks of the workflow are read by "
                    "softfield.files.blocks.read_block."
                )
            positions, species, box = (file[n][()] for n in ("positions", "species", "box"))
            values = {name: array[()] for name, array in file.get("values", {}).items()}
            strain = float(file.attrs["strain"])
            kept = {name: file[name][()] for name in ("masses", "diameters") if name in file}
            return Glass(positions, species, box, strain, **kept), values
    except InvalidGlassError as error:
        raise InvalidGlassError(f"{path}: {error}") from None
    except FileFormatError:
        raise
    except (ArithmeticError, AttributeError, KeyError, MemoryError, OSError, RuntimeError,
            TypeError, ValueError) as error:  # fmt: skip
        raise FileFormatError(f"{path} is truncated, damaged or not HDF5 ({error}).") from error


def _is_glass(file: h5py.File) -> bool:
    """Whether a file says that it is a glass; of older versions, whether it has one.

    There a text of any length says so, which lies in a heap without a checksum: libhdf5 may
    never return from a damaged one.
    """
    if "format" not in file.attrs:
        return False
    text = h5py.check_string_dtype(file.attrs.get_id("format").dtype)
    if text is not None and text.length is None:
        return {"positions", "species", "box"} <= set(file)
    return bool(file.attrs["format"] == HDF5_FORMAT.encode())


def write_hdf5(path: Path, glass: Glass, values: Mapping[str, npt.NDArray]) -> None:
    names = ("positions", "species", "box", "masses", "diameters")
    arrays = {name: getattr(glass, name) for name in names if getattr(glass, name) is not None}
    for name, array in checked_values(glass, values).items():
        arrays[f"values/{name}"] = array
    with h5py.File(path, "w", libver="latest") as file:
        # of fixed length, under the checksum of the header
        file.attrs["format"] = np.bytes_(HDF5_FORMAT)
        file.attrs["strain"] = glass.strain
        for name, array in arrays.items():
            file.create_dataset(name, data=array, chunks=array.shape, fletcher32=True)
