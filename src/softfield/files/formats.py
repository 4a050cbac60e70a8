"""The formats of glasses, one entry each: how it is recognised, read and written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import FileFormatError, InvalidSettingError
from . import ase_formats, gsd, hdf5
from .configuration import Configuration, checked_frame
from .gro import looks_like_gro, read_gro
from .lammps_data import looks_like_data, read_lammps_data
from .lammps_dump import looks_like_dump, read_dump
from .poscar import looks_like_poscar, read_poscar
from .source import COMPRESSED_SUFFIXES, Source
from .xyz import looks_like_xyz, read_xyz


@dataclass(frozen=True)
class Format:
    """A format of files.

    Attributes
    ----------
    name : as ``format=`` and ``--format`` take it
    title : as messages call it
    suffixes : of its files
    recognises : whether the first bytes of a file are of this format
    read : the configuration in a file, (source, frame); None: softfield's own
    written : whether :func:`softfield.write_glass` writes it
    aliases : other names that ``format=`` takes
    prefixes : beginnings of names that users of LAMMPS and VASP give such files
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    recognises: Callable[[bytes], bool]
    read: Callable[[Source, int], Configuration] | None
    written: bool = True
    aliases: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = field(default=())


def _text(looks_like: Callable[[str], bool]) -> Callable[[bytes], bool]:
    def recognises(head: bytes) -> bool:
        text = head.decode("utf-8-sig", errors="replace")
        return "\x00" not in text and looks_like(text.replace("\r\n", "\n"))

    return recognises


def _read_data(source: Source, frame: int) -> Configuration:
    checked_frame(1, frame, source.path)
    return read_lammps_data(source)


FORMATS = (
    Format(
        "data", "LAMMPS data file", (".data", ".lmp"), _text(looks_like_data), _read_data,
        aliases=("lammps-data", "lmp"), prefixes=("data.",),
    ),
    Format(
        "dump", "LAMMPS text dump", (".dump", ".lammpstrj"), _text(looks_like_dump), read_dump,
        aliases=("lammps-dump", "lammps-dump-text", "lammpstrj"), prefixes=("dump.",),
    ),
    Format(
        "xyz", "XYZ file", (".extxyz", ".xyz"), _text(looks_like_xyz), read_xyz,
        aliases=("extxyz", "exyz"),
    ),
    Format(
        "poscar", "POSCAR file", (".poscar", ".vasp"), _text(looks_like_poscar), read_poscar,
        written=False, aliases=("vasp", "contcar"), prefixes=("poscar", "contcar"),
    ),
    Format(
        "gro", "GRO file of GROMACS", (".gro",), _text(looks_like_gro), read_gro, written=False,
        aliases=("gromacs",),
    ),
    Format(
        "gsd", "GSD file", (".gsd",), lambda head: head.startswith(gsd.MAGIC), gsd.read_gsd,
        aliases=("hoomd",),
    ),
    Format(
        "hdf5", "HDF5 file of softfield", (".h5", ".hdf5"),
        lambda head: head.startswith(hdf5.MAGIC), None, aliases=("h5",),
    ),
    Format(
        "ase", "file that ase reads", (".traj", ".cfg", ".cif", ".pdb", ".res"),
        lambda head: head.startswith(ase_formats.MAGIC), ase_formats.read_ase, written=False,
    ),
)  # fmt: skip


_BINARY_DUMP = "a binary dump of LAMMPS: write a text dump, or convert it with binary2txt"

#: First bytes of files that look like ours to their owner -> what to do with them.
_RELATIVES = {
    b"LammpS RestartT": "a restart file of LAMMPS: read it there, and write_data",
    b"\xf8\xff\xff\xff\xff\xff\xff\xffDUMPATOM": _BINARY_DUMP,
    b"\xf6\xff\xff\xff\xff\xff\xff\xffDUMPCUSTOM": _BINARY_DUMP,
    b"PK\x03\x04": "a zip archive: unpack it",
    b"\x04\x22\x4d\x18": "compressed by lz4: decompress it",
    b"---\ncreator: LAMMPS": "a YAML dump: write it with dump custom, or as extended XYZ",
    b"\x54\x00\x00\x00CORD": "a DCD trajectory, which has no species: write a text dump",
    b"\x00\x00\x07\xcb": "an XTC trajectory, which has no species: write a text dump",
    b"CDF": "a NetCDF file: convert it to a text dump or extended XYZ",
}


def format_of(source: Source, wanted: str | None = None) -> Format:
    """The format of a file: what the user says, else what its content is.

    The name decides only where the content does not: between two formats that fit, or for a
    file that is damaged. Where neither does, two that fit are refused.

    Raises
    ------
    FileFormatError
        If the content is of no known format, and the name does not help.
    """
    if wanted is not None:
        return _named(wanted)
    if not source.head.strip():
        raise FileFormatError(f"{source.path} is empty.")
    fitting = [one for one in FORMATS if one.recognises(source.head)]
    by_name = [one for one in FORMATS if _has_name(one, source.name)]
    both = [one for one in fitting if one in by_name]
    found = both or fitting or by_name
    relative = next(
        (k for k in _RELATIVES if source.head.lstrip(b"\n\x0f\x00").startswith(k)), None
    )
    if relative is not None and not fitting:
        raise FileFormatError(f"{source.path} is {_RELATIVES[relative]}.")
    if len(fitting) > 1 and not both:
        raise FileFormatError(
            f"{source.path} could be of the format {' or '.join(one.name for one in fitting)}; say "
            "which it is (format=, --format)."
        )
    if not found:
        raise unsupported(source.path, FORMATS, "its content is")
    return found[0]


def format_of_name(path: Path) -> Format:
    """The format in which a file of this name is to be written.

    Raises
    ------
    FileFormatError
        If the suffix belongs to no format that is written.
    """
    written = [one for one in FORMATS if one.written]
    found = next((one for one in written if path.suffix.lower() in one.suffixes), None)
    if found is None:
        raise unsupported(path, written, f"the suffix {path.suffix!r} is")
    return found


def written_suffixes() -> tuple[str, ...]:
    """Suffixes of the files that can be written."""
    return tuple(suffix for one in FORMATS if one.written for suffix in one.suffixes)


def unsupported(path: Path, formats: Sequence[Format], what: str) -> FileFormatError:
    """The error that names the formats that there are."""
    known = ", ".join(f"{one.title} ({' '.join(one.suffixes)})" for one in formats)
    way_out = "convert the file, or name its format (format=, --format)"
    if what.startswith("the suffix"):
        way_out = "choose another name"
    return FileFormatError(f"{path}: {what} of no supported format. There are {known}; {way_out}.")


def _has_name(one: Format, name: str) -> bool:
    lower = name.lower()
    for suffix in COMPRESSED_SUFFIXES:
        lower = lower.removesuffix(suffix)
    return Path(lower).suffix in one.suffixes or lower.startswith(one.prefixes)


def _named(wanted: str) -> Format:
    for one in FORMATS:
        if str(wanted).lower() in (one.name, *one.aliases):
            return one
    raise InvalidSettingError(
        f"there is no format {wanted!r}; choose one of {', '.join(one.name for one in FORMATS)}."
    )
