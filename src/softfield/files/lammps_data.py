"""LAMMPS data files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from ..errors import FileFormatError, SoftfieldError
from ..glass import FloatArray, Glass
from .configuration import (
    NO_TILT,
    Configuration,
    id_order,
    integers,
    positive,
    real,
    reals,
    type_names,
)
from .labels import Types, types_of
from .source import Source

#: Names of the columns before x y z in lines of the section Atoms, by atom style. Image flags
#: may follow.
ATOM_STYLES = {
    "atomic": ("id", "type"),
    "charge": ("id", "type", "charge"),
    "sphere": ("id", "type", "diameter", "density"),
    "molecular": ("id", "molecule", "type"),
    "bond": ("id", "molecule", "type"),
    "angle": ("id", "molecule", "type"),
    "full": ("id", "molecule", "type", "charge"),
}


#: Atom styles of LAMMPS whose particles are no points or spheres, or that have other columns.
_OTHER_STYLES = (
    "amoeba", "apip", "body", "bpm/sphere", "dielectric", "dipole", "dpd", "edpd", "electron",
    "ellipsoid", "hybrid", "line", "mdpd", "oxdna", "peri", "rheo", "rheo/thermal", "smd", "sph",
    "spin", "tdpd", "template", "tri", "wavepacket",
)  # fmt: skip


#: Sections of a LAMMPS data file that hold one line per atom type, or nothing of use here.
IGNORED_SECTIONS = ("Velocities", "Pair Coeffs", "PairIJ Coeffs")


#: Sections of bonded particles, and those of types of bonds, which mean nothing without them.
_BONDS = "Bonds|Angles|Dihedrals|Impropers"
_OF_BONDS = r"(Bond|Angle|Dihedral|Improper|EndBond|MiddleBond)\w* (Coeffs|Type Labels)"


_COORDINATES = ("x", "y", "z")


_IMAGES = ("ix", "iy", "iz")


_VECTORS = ("avec", "bvec", "cvec")


@dataclass
class _Header:
    """What the lines before the first section of a LAMMPS data file say."""

    n_atoms: int = -1
    n_types: int = 0
    bounds: dict[str, tuple[float, float]] = field(default_factory=dict)
    vectors: dict[str, list[float]] = field(default_factory=dict)
    tilt: tuple[float, float, float] = (0.0, 0.0, 0.0)
    flat: bool = False


@dataclass
class _Section:
    """The lines of one section, as words, and the comment behind its title."""

    comment: str = ""
    rows: list[list[str]] = field(default_factory=list)


def looks_like_data(head: str) -> bool:
    """Whether text has the lines that every LAMMPS data file has."""
    body = head.partition("\n")[2]  # the first line is a comment
    counts = re.search(r"^\s*\d+\s+atoms\s*(#.*)?$", body, re.M)
    bounds = re.search(r"^\s*\S+\s+\S+\s+xlo\s+xhi\s*(#.*)?$|\bavec\s*(#.*)?$", body, re.M)
    return bool(counts and bounds)


def read_lammps_data(source: Source, atom_style: str | None = None) -> Configuration:
    """A LAMMPS data file, particles in the order of ids.

    Raises
    ------
    FileFormatError
        If the file is truncated, damaged or of an atom style that cannot be read, or if
        several styles fit its lines and neither the file nor ``atom_style`` names one.
    """
    try:
        first, *lines = source.lines()  # the first line is a comment
        sections = _sections(lines)
        header = _header(first, sections.pop("").rows)
        return _configuration(header, sections, source, atom_style)
    except SoftfieldError:
        raise
    except (ValueError, IndexError, OverflowError) as error:
        raise FileFormatError(
            f"{source.path} is damaged or no LAMMPS data file ({error})."
        ) from error


def _sections(lines: Sequence[str]) -> dict[str, _Section]:
    """Sections by title; "" is the header. A title has no numbers; lines below it may begin
    with a word, too, the label of a type."""
    sections = {"": _Section()}
    current = sections[""]
    for line in lines:
        text, _, comment = (part.strip() for part in line.partition("#"))
        if re.fullmatch(r"[A-Za-z][A-Za-z/_\- ]*", text):
            if text in sections:
                raise FileFormatError(f"it has the section {text!r} twice.")
            current = sections[text] = _Section(comment)
        elif text:
            current.rows.append(text.split())
    return sections


def _header(first: str, rows: Sequence[Sequence[str]]) -> _Header:
    header = _Header()
    for words in rows:
        if words[1:] == ["atoms"]:
            header.n_atoms = int(words[0])
        elif words[1:] == ["atom", "types"]:
            header.n_types = int(words[0])
        elif words in (["dimension", "2"], ["2", "dimensions"]):
            header.flat = True
        elif len(words) == 4 and words[2][1:] == "lo" and words[3][1:] == "hi":
            header.bounds[words[2][0]] = (real(words[0]), real(words[1]))
        elif words[3:] == ["xy", "xz", "yz"]:
            header.tilt = (real(words[0]), real(words[1]), real(words[2]))
        elif len(words) == 4 and words[3] in _VECTORS:
            header.vectors[words[3]] = [real(word) for word in words[:3]]
    if header.vectors:
        missing = [f"'{name}'" for name in _VECTORS if name not in header.vectors]
    else:
        missing = [f"'{axis}lo {axis}hi'" for axis in "xyz" if axis not in header.bounds]
    missing += ["'N atoms'"] if header.n_atoms < 0 else []
    if missing == ["'N atoms'"] and re.match(r"\s*\d+\s+atoms\b", first):
        raise FileFormatError(
            f"its first line is {first.strip()!r}, but LAMMPS takes the first line for a comment; "
            "put one in front."
        )
    if missing:
        raise FileFormatError(
            f"the header lacks {', '.join(missing)}; it is no complete LAMMPS data file."
        )
    return header


def _cell(header: _Header) -> FloatArray:
    if header.vectors:  # a general triclinic box, as OVITO writes orthogonal ones too
        return np.array([header.vectors[name] for name in _VECTORS])
    low, high = np.array([header.bounds[axis] for axis in "xyz"]).T
    cell = np.diag(high - low)
    xy, xz, yz = header.tilt
    if max(abs(xz), abs(yz)) > NO_TILT * np.abs(cell).max():
        raise FileFormatError(
            f"the box is tilted by xz = {xz}, yz = {yz}; softfield knows simple shear in the xy "
            "plane only."
        )
    cell[1, 0] = xy
    return cell


def _configuration(
    header: _Header, sections: dict[str, _Section], source: Source, atom_style: str | None
) -> Configuration:
    labels = sections.pop("Atom Type Labels", _Section()).rows
    masses = sections.pop("Masses", _Section()).rows
    atoms = sections.pop("Atoms", _Section())
    bonded = any(re.fullmatch(_BONDS, name) for name in sections)
    for name in sections:
        if name not in IGNORED_SECTIONS and (bonded or not re.fullmatch(_OF_BONDS, name)):
            _refuse_section(name)
    count = len(atoms.rows)
    if count != header.n_atoms:
        raise FileFormatError(
            f"the header announces {header.n_atoms} atoms, the section Atoms has {count}; the "
            f"file is {'truncated' if count < header.n_atoms else 'damaged'}."
        )
    if not count:
        raise FileFormatError("it has no atoms.")
    names = _type_labels(labels)
    style = _style(atoms, header, names, atom_style)
    return _from_table(header, _table(atoms.rows, style), names, masses, source)


def _refuse_section(name: str) -> NoReturn:
    kinds = "Bond|Angle|Dihedral|Improper|Ellipsoid|Line|Triangle|Bod|BondBond|MiddleBond|.*Torsion"
    if re.match(kinds, name):
        raise FileFormatError(
            f"the section {name!r} means forces or particles that a pair potential between "
            "points does not have; write a file without it."
        )
    raise FileFormatError(
        f"the section {name!r} is not one that softfield knows (Masses, Atom Type Labels, Atoms, "
        f"{', '.join(IGNORED_SECTIONS)}); take it out of the file."
    )


def _type_labels(rows: Sequence[Sequence[str]]) -> dict[str, str]:
    """Label -> number of the type, in the order of the numbers."""
    pairs = sorted(rows, key=lambda row: int(row[0]))
    found = {row[1]: row[0] for row in pairs}
    if len(found) != len(rows) or [int(row[0]) for row in pairs] != list(range(1, len(rows) + 1)):
        raise FileFormatError("the section Atom Type Labels does not give one label to each type.")
    return found


def _style(atoms: _Section, header: _Header, names: dict[str, str], wanted: str | None) -> str:
    """The atom style that the user names, or the file, or the only one that fits its lines."""
    named = (atoms.comment.split() or [""])[0]
    known = named in ATOM_STYLES or named in _OTHER_STYLES
    if wanted is not None or known:
        style = named if wanted is None else wanted
        if style not in ATOM_STYLES:
            raise FileFormatError(
                f"the atom style is {style!r}; {', '.join(ATOM_STYLES)} are supported. Dump the "
                "configuration instead: write_dump all custom glass.dump id type x y z."
            )
        if known and ATOM_STYLES.get(named) != ATOM_STYLES[style]:
            raise FileFormatError(
                f"the section Atoms is of the style {named!r}, as it says, and {style!r} was asked "
                "for; leave out the atom style, or correct the line Atoms."
            )
        return style
    width = len(atoms.rows[0])
    found = [style for style in ATOM_STYLES if width in _widths(style)]
    if len({ATOM_STYLES[style] for style in found}) > 1:
        found = [style for style in found if _fits(style, atoms.rows, header, names)]
    if not found:
        raise FileFormatError(
            f"no atom style that is supported ({', '.join(ATOM_STYLES)}) fits the lines of the "
            f"section Atoms, of {width} columns; the file is damaged, or of another style."
        )
    # molecular, bond and angle have the same columns: whichever, the glass is the same
    different = {ATOM_STYLES[style]: style for style in reversed(found)}
    if len(different) > 1:
        raise FileFormatError(
            f"the section Atoms does not name its style, and several fit its {width} columns: "
            f"{', '.join(reversed(different.values()))}. Say which: atom_style= in Python, "
            "--atom-style on the command line."
        )
    return found[0]


def _widths(style: str) -> tuple[int, int]:
    """Numbers of columns, without and with image flags."""
    return len(ATOM_STYLES[style]) + 3, len(ATOM_STYLES[style]) + 6


def _fits(
    style: str, rows: Sequence[Sequence[str]], header: _Header, names: dict[str, str]
) -> bool:
    """Whether every line can be one of a style: its width, its whole numbers, its density."""
    width = len(rows[0])
    if any(len(row) != width for row in rows):
        return False
    try:
        table = dict(zip(_columns(style, width), zip(*rows, strict=True), strict=True))
        for name in ("id", "molecule", *_IMAGES):
            if not all(re.fullmatch(r"[-+]?\d+", word) for word in table.get(name, ())):
                return False
        kinds = {word if word in names else int(word) for word in table["type"]}
        most = header.n_types or len(rows)
        if any(not isinstance(k, str) and not 1 <= k <= most for k in kinds):
            return False
        density = [real(word) for word in table.get("density", ())]
        return all(number > 0 for number in density)
    except ValueError:
        return False


def _columns(style: str, width: int) -> tuple[str, ...]:
    named = (*ATOM_STYLES[style], *_COORDINATES)
    return (*named, *_IMAGES) if width == len(named) + 3 else named


def _table(rows: Sequence[Sequence[str]], style: str) -> dict[str, tuple[str, ...]]:
    """The columns of the section Atoms by name."""
    width = len(rows[0])
    other = next((number for number, row in enumerate(rows, 1) if len(row) != width), None)
    if other is not None:
        raise FileFormatError(
            f"line {other} of the section Atoms has {len(rows[other - 1])} columns, the first "
            f"has {width}; the file is truncated or damaged."
        )
    if width not in _widths(style):
        plain, with_images = _widths(style)
        raise FileFormatError(
            f"lines of the section Atoms have {width} columns; atom style '{style}' "
            f"has {plain}, or {with_images} with image flags."
        )
    return dict(zip(_columns(style, width), zip(*rows, strict=True), strict=True))


def _from_table(
    header: _Header,
    table: dict[str, tuple[str, ...]],
    names: dict[str, str],
    mass_rows: Sequence[Sequence[str]],
    source: Source,
) -> Configuration:
    path = source.path
    cell = _cell(header)
    order = id_order(table["id"], path)
    positions = np.column_stack([reals(table[axis], axis, path) for axis in "xyz"])
    images = None
    if "ix" in table:
        images = np.column_stack([integers(table[i], i, path) for i in _IMAGES])
        positions += images @ cell
        images = images[order]
    types = integers([names.get(word, word) for word in table["type"]], "type", path)[order]
    numbers: tuple[Any, ...] = type_names(types, header.n_types)
    masses, diameters = _masses(mass_rows, names, types, source), None
    if "diameter" in table:
        diameters, masses = _spheres(table, source)
        diameters, masses = None if diameters is None else diameters[order], masses[order]
    aliases: dict[str, str] = {}
    labels, known = types, numbers
    if names:
        if len(names) < len(numbers):
            raise FileFormatError("the section Atom Type Labels leaves out a type.")
        labels, known = np.array(list(names))[types - 1], tuple(names)
        aliases = {number: word for word, number in names.items()}
    return Configuration(
        positions[order], labels, cell, known, {}, header.flat, masses, diameters, aliases,
        images=images,
    )  # fmt: skip


def _masses(
    rows: Sequence[Sequence[str]], names: dict[str, str], types: npt.NDArray, source: Source
) -> FloatArray | None:
    """(N,) masses by the type of each particle; None where the file has no section Masses."""
    if not rows:
        return None
    by_type = {int(names.get(row[0], row[0])): real(row[1]) for row in rows}
    missing = sorted(set(types.tolist()) - set(by_type))
    if missing:
        raise FileFormatError(f"the section Masses has none for the type {missing[0]}.")
    return positive(np.array([by_type[kind] for kind in types.tolist()]), "mass", source.path)


def _spheres(
    table: dict[str, tuple[str, ...]], source: Source
) -> tuple[FloatArray | None, FloatArray]:
    """Diameters and masses of atom style sphere; where the diameter is 0, its density is a mass."""
    path = source.path
    diameters = reals(table["diameter"], "diameter", path)
    density = positive(reals(table["density"], "density", path), "density", path)
    if not diameters.any():
        return None, density
    return positive(diameters, "diameter", path), density * np.pi / 6 * diameters**3


def lammps_data_lines(
    glass: Glass, labels: Sequence[str | int] | None = None, ids: Sequence[int] | None = None
) -> list[str]:
    """Positions are written as they are: LAMMPS wraps them, and no digit is lost."""
    types = types_of(glass, labels, lammps=True)
    lines = _header_lines(glass, types)
    columns, style = _written_columns(glass, types, lines)
    lines += ["", f"Atoms # {style}", ""]
    positions = np.zeros((glass.n_particles, 3))
    positions[:, : glass.dimension] = glass.positions
    numbers = np.column_stack([*columns, positions]).tolist()
    chosen = range(1, glass.n_particles + 1) if ids is None else ids
    for number, kind, row in zip(chosen, types.numbers.tolist(), numbers, strict=True):
        lines.append(f"{number} {kind} {' '.join(map(repr, row))}")
    return lines


def _header_lines(glass: Glass, types: Types) -> list[str]:
    edges = glass.box.tolist()
    low, high = [0.0] * glass.dimension, edges
    if glass.dimension == 2:
        low, high = [*low, -0.5], [*high, 0.5]
    lines = ["LAMMPS data file by softfield, units lj", ""]
    lines += [f"{glass.n_particles} atoms", f"{types.count} atom types", ""]
    lines += [f"{a!r} {b!r} {axis}lo {axis}hi" for axis, a, b in zip("xyz", low, high, strict=True)]
    if glass.strain:
        lines.append(f"{glass.strain * edges[1]!r} 0.0 0.0 xy xz yz")
    if types.names:
        lines += ["", "Atom Type Labels", ""]
        lines += [f"{number} {name}" for number, name in enumerate(types.names, start=1)]
    return lines


def _written_columns(glass: Glass, types: Types, lines: list[str]) -> tuple[list[FloatArray], str]:
    """Columns between type and x, and the atom style; masses of types are added to ``lines``."""
    masses = np.ones(glass.n_particles) if glass.masses is None else glass.masses
    per_type = np.ones(types.count)
    per_type[types.numbers - 1] = masses
    if glass.diameters is None and np.array_equal(per_type[types.numbers - 1], masses):
        lines += ["", "Masses", ""]
        lines += [f"{number} {mass!r}" for number, mass in enumerate(per_type.tolist(), start=1)]
        return [], "atomic"
    if glass.diameters is None:  # LAMMPS takes the density of a point for its mass
        return [np.zeros(glass.n_particles), masses], "sphere"
    return [glass.diameters, masses / (np.pi / 6 * glass.diameters**3)], "sphere"
