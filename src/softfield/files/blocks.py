"""Blocks of consecutive realizations: one HDF5 file per block and stage.

Layout: a group per realization, named by its index. It holds one dataset per array and
one attribute per scalar; a realization that failed has the attributes ``failed`` (True)
and ``reason`` instead. The root carries ``format``, ``format_version``, ``stage`` and
``provenance`` (JSON). Every dataset has a Fletcher-32 checksum, and the file uses the HDF5
1.10+ layout, whose metadata are checksummed too (strings are stored with a fixed length:
HDF5 keeps others in a heap without checksum). A damaged file is refused, not read wrong.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from ..errors import FileFormatError, InvalidSettingError
from ..glass import AtomThermalEnergy, Glass, LocalThermalEnergy, ThermalEnergy
from .atomic import PathLike, replaced_atomically

FORMAT = "softfield block"


FORMAT_VERSION = 1


def realization_seed(master_seed: int, ensemble: str, index: int) -> int:
    """Seed of one realization, from the master seed, the ensemble's name and the index alone.

    It depends neither on the block that holds the realization nor on the number of
    realizations, so results are the same for every block size and core count.
    """
    name_hash = int.from_bytes(hashlib.sha256(ensemble.encode()).digest()[:8], "little")
    sequence = np.random.SeedSequence((master_seed, name_hash, index))
    return int(sequence.generate_state(1, np.uint64)[0])


def block_name(first: int, last: int) -> str:
    """Name of the block of realizations ``first`` to ``last``, e.g. ``00000-00024``."""
    return f"{first:05d}-{last:05d}"


def block_names(n_realizations: int, realizations_per_job: int) -> list[str]:
    """Names of all blocks of an ensemble, in order; the last may be shorter."""
    if n_realizations < 0 or realizations_per_job < 1:
        raise InvalidSettingError(
            f"{n_realizations} realizations in blocks of {realizations_per_job}: the number of "
            "realizations cannot be negative, and a block holds at least one."
        )
    starts = range(0, n_realizations, realizations_per_job)
    return [block_name(i, min(i + realizations_per_job, n_realizations) - 1) for i in starts]


def block_indices(name: str) -> range:
    """Indices of the realizations in the block called ``name``."""
    first, separator, last = name.partition("-")
    if not (separator and first.isdigit() and last.isdigit() and int(first) <= int(last)):
        raise InvalidSettingError(
            f"{name!r} is not the name of a block; it looks like '00000-00024', first to last "
            "realization."
        )
    return range(int(first), int(last) + 1)


class BlockWriter:
    """Write one block of one stage; nothing appears at ``path`` before it is complete.

    ::

        with BlockWriter(path, stage="glasses", provenance={...}) as block:
            block.write(0, {"positions": positions}, {"energy_per_particle": 1.2})
            block.fail(1, error)

    The block is built in memory (a few hundred kB per realization), written to a temporary
    name when the ``with`` ends without an exception, flushed to disk and renamed. A killed
    job, a full disk or a second writer of the same block leave no half or mixed file.

    Parameters
    ----------
    path : file to make; missing folders are made
    stage : ``glasses``, ``fields``, ``shear`` or ``modes``
    provenance : what made the block, as JSON-compatible values
    """

    def __init__(self, path: PathLike, stage: str, provenance: Mapping[str, Any]) -> None:
        self.path = Path(path)
        self._file = h5py.File(
            f"{self.path}.memory", "w", driver="core", backing_store=False, libver="latest"
        )
        header = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "stage": stage,
            "provenance": json.dumps(provenance, sort_keys=True),
        }
        _write_attributes(self._file, header)

    def write(
        self,
        index: int,
        arrays: Mapping[str, npt.ArrayLike],
        attributes: Mapping[str, Any] | None = None,
    ) -> None:
        """Add realization ``index``: arrays (one axis or more) and scalar attributes.

        Attributes are bool, int, float or str. Raises ValueError for an index that the
        block already has, or an array without axes.
        """
        group = self._file.create_group(f"{index:05d}")
        for name, values in arrays.items():
            _write_array(group, name, np.asarray(values))
        _write_attributes(group, attributes or {})

    def fail(self, index: int, error: BaseException | str) -> None:
        """Record that realization ``index`` failed, with the reason."""
        reason = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
        group = self._file.create_group(f"{index:05d}")
        _write_attributes(group, {"failed": True, "reason": reason})

    def __enter__(self) -> BlockWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.flush()
        image = self._file.id.get_file_image() if kind is None else b""
        self._file.close()
        if kind is None:
            with replaced_atomically(self.path) as temporary:
                temporary.write_bytes(image)


@dataclass(frozen=True)
class Record:
    """One realization of a block: ``record["name"]`` reads an array."""

    index: int
    attributes: dict[str, Any]
    _group: h5py.Group
    _path: Path

    @property
    def names(self) -> list[str]:
        """Names of the arrays."""
        with _damage_reported(self._path):
            return list(self._group)

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        if name not in self.names:
            raise FileFormatError(
                f"realization {self.index} of {self._path} has no array {name!r}, only "
                f"{self.names}; the file was made by another stage or version. Delete it and "
                "run the workflow again to rebuild it."
            )
        with _damage_reported(self._path):
            return self._group[name][()]

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All arrays by name."""
        return {name: self[name] for name in self.names}


class Block:
    """A block file open for reading, see :func:`read_block`.

    Attributes
    ----------
    path : the file
    stage : the stage that made it
    provenance : what made it
    indices : realizations that succeeded, ascending
    failures : {index: reason} of the others
    """

    def __init__(self, path: Path, file: h5py.File) -> None:
        self.path = path
        self._file = file
        _check_format(path, file)
        header = _read_attributes(file)
        self.stage: str = header["stage"]
        self.provenance: dict[str, Any] = json.loads(header["provenance"])
        self.failures: dict[int, str] = {}
        self.indices: list[int] = []
        for name in sorted(file, key=int):
            attributes = _read_attributes(file[name])
            if attributes.get("failed", False):
                self.failures[int(name)] = attributes["reason"]
            else:
                self.indices.append(int(name))

    @property
    def all_indices(self) -> list[int]:
        """Realizations of the block, failed ones included, ascending."""
        return sorted([*self.indices, *self.failures])

    def __getitem__(self, index: int) -> Record:
        if index in self.failures:
            raise KeyError(f"realization {index} of {self.path} failed: {self.failures[index]}")
        if index not in self.indices:
            raise KeyError(f"{self.path} has no realization {index}")
        with _damage_reported(self.path):
            group = self._file[f"{index:05d}"]
            return Record(index, _read_attributes(group), group, self.path)

    def __iter__(self) -> Iterator[Record]:
        """Records of the realizations that succeeded, in order."""
        return (self[index] for index in self.indices)

    def field(self, index: int) -> ThermalEnergy:
        """The local thermal energy of realization ``index``, from a block of the stage fields.

        On pairs where the block has them, else on atoms.
        """
        record = self[index]
        kind = LocalThermalEnergy if "pairs" in record.names else AtomThermalEnergy
        arrays: dict[str, Any] = {name: record[name] for name in kind.ARRAYS}
        return kind(**arrays)

    def glass(self, index: int) -> Glass:
        """The glass of realization ``index``; strain 0 where none was stored."""
        record = self[index]
        strain = float(record.attributes.get("strain", 0.0))
        kept = {name: record[name] for name in ("masses", "diameters") if name in record.names}
        return Glass(record["positions"], record["species"], record["box"], strain, **kept)


@contextmanager
def read_block(path: PathLike, stage: str | None = None) -> Iterator[Block]:
    """Open a block file for reading.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    FileFormatError
        If the file is truncated, damaged, no block, or not of ``stage`` (where given).
        Arrays are verified when they are read.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"there is no block file {path}")
    with _damage_reported(path):
        file = h5py.File(path, "r")
    with file:
        with _damage_reported(path):
            block = Block(path, file)
        if stage is not None and block.stage != stage:
            raise FileFormatError(f"{path} holds the stage {block.stage!r}, not {stage!r}.")
        yield block


@contextmanager
def _damage_reported(path: Path) -> Iterator[None]:
    """Turn whatever HDF5 raises on a damaged file into an error with the file's name."""
    try:
        yield
    except FileFormatError:
        raise
    except (OSError, KeyError, RuntimeError, ValueError, TypeError) as error:
        raise FileFormatError(
            f"{path} is truncated, damaged or not a block file ({error}). Delete it and run "
            "the workflow again: only this block is rebuilt."
        ) from error


def _write_array(group: h5py.Group, name: str, values: npt.NDArray[Any]) -> None:
    if values.ndim == 0:
        raise ValueError(f"{name!r} is a single number: write it as an attribute")
    if values.size == 0:  # HDF5 has no checksum for nothing
        group.create_dataset(name, data=values)
    else:
        group.create_dataset(name, data=values, chunks=values.shape, fletcher32=True)


def _write_attributes(group: h5py.Group, attributes: Mapping[str, Any]) -> None:
    for name, value in attributes.items():
        if isinstance(value, str):
            encoded = value.encode()
            kind = h5py.string_dtype("utf-8", max(1, len(encoded)))
            group.attrs.create(name, np.array(encoded, dtype=kind), dtype=kind)
        else:
            group.attrs[name] = value


def _read_attributes(group: h5py.Group) -> dict[str, Any]:
    """Attributes as Python bool, int, float or str."""
    found = {}
    for name, value in group.attrs.items():
        plain = value.item() if isinstance(value, np.generic) else value
        found[name] = plain.decode() if isinstance(plain, bytes) else plain
    return found


def _check_format(path: Path, file: h5py.File) -> None:
    header = _read_attributes(file)
    if header.get("format") != FORMAT:
        raise FileFormatError(f"{path} is an HDF5 file, but not a block of realizations.")
    if header["format_version"] != FORMAT_VERSION:
        raise FileFormatError(
            f"{path} has block format {header['format_version']}; this version of softfield reads "
            f"format {FORMAT_VERSION}. Delete it and run the workflow again to rebuild it."
        )
