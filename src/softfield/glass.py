"""A glass (positions, species, a periodic and possibly sheared box) and maps on its pairs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from .checks.arrays import listed, real_numbers, vectors_of
from .checks.numbers import check_number
from .errors import InvalidGlassError, InvalidSettingError

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]
IntArray = npt.NDArray[np.int32]


_STRAIN = "the shear strain of a glass"


@dataclass(frozen=True, eq=False)
class Glass:
    """A periodic configuration of N particles in d dimensions, immutable.

    Parameters
    ----------
    positions : (N, d) array_like of float
        Cartesian coordinates, wrapped or not. Length unit: smallest pair diameter.
    species : (N,) array_like of int
        Species index of each particle, 0 = A, 1 = B, ...
    box : (d,) array_like of float
        Edge lengths of the periodic box, d = 2 or 3.
    strain : float
        Simple shear strain gamma in the xy plane: the image one box height up in y is
        displaced by gamma * box[1] in x (Lees-Edwards).
    masses : (N,) array_like of float, optional
        Mass of each particle. None: nobody said, and 1 is assumed. Nothing but normal modes
        depends on them, see :func:`softfield.normal_modes`.
    diameters : (N,) array_like of float, optional
        Size of each particle, length, where each has its own; None: the potential's tables
        are all there is. See :func:`softfield.polydisperse`.

    Raises
    ------
    InvalidGlassError
        If shapes disagree, values are not finite, or an edge length, mass or diameter is not
        positive.
    """

    positions: FloatArray
    species: IntArray
    box: FloatArray
    strain: float = 0.0
    masses: FloatArray | None = None
    diameters: FloatArray | None = None

    def __post_init__(self) -> None:
        positions = np.ascontiguousarray(_real("positions", self.positions))
        box = _real("edges of the box", self.box)
        strain = check_number(self.strain, _STRAIN, error=InvalidGlassError)
        given = listed(self.species)
        _check_shapes(positions, given, box)
        _check_values(positions, given, box)
        species = np.array(given, dtype=np.int32)
        for array in (positions, species, box):
            array.setflags(write=False)
        object.__setattr__(self, "positions", positions)
        object.__setattr__(self, "species", species)
        object.__setattr__(self, "box", box)
        object.__setattr__(self, "strain", strain)
        for name in ("masses", "diameters"):
            object.__setattr__(self, name, _per_particle(name, getattr(self, name), len(positions)))

    @property
    def n_particles(self) -> int:
        return self.positions.shape[0]

    @property
    def dimension(self) -> int:
        return self.positions.shape[1]

    @property
    def volume(self) -> float:
        """Area in two dimensions; simple shear keeps it."""
        return float(np.prod(self.box))

    @property
    def density(self) -> float:
        """Number density N / V."""
        return self.n_particles / self.volume

    @property
    def spacing(self) -> float:
        """Mean distance of particles, (V / N)^(1/d), length."""
        return float(self.density ** (-1.0 / self.dimension))

    @property
    def cell(self) -> FloatArray:
        """(d, d) cell matrix, one lattice vector per row."""
        cell = np.diag(self.box)
        cell[1, 0] = self.strain * self.box[1]
        return cell

    def with_positions(self, positions: npt.ArrayLike) -> Glass:
        """The same particles and box with other positions (N, d)."""
        moved = np.ascontiguousarray(_real("positions", positions))
        if moved.shape != self.positions.shape:
            return replace(self, positions=moved)
        return self._moved(moved, self.strain)

    def _moved(self, positions: FloatArray, strain: float) -> Glass:
        """The same glass with other positions, of its shape, and a strain: all else is checked."""
        _check_finite(positions)
        positions.setflags(write=False)
        moved = object.__new__(type(self))
        moved.__dict__.update(self.__dict__, positions=positions, strain=strain)
        return moved

    def selected(self, particles: npt.ArrayLike) -> Glass:
        """The glass of some of its particles: indices (M,), or a mask (N,), in that order.

        Raises
        ------
        InvalidSettingError
            If there are no such particles.
        """
        try:
            chosen = np.arange(self.n_particles)[listed(particles)]
        except IndexError as error:
            raise InvalidSettingError(
                f"particles are chosen by indices below {self.n_particles} or a mask of as many "
                f"truth values: {error}."
            ) from error
        return replace(
            self,
            positions=self.positions[chosen],
            species=self.species[chosen],
            masses=None if self.masses is None else self.masses[chosen],
            diameters=None if self.diameters is None else self.diameters[chosen],
        )

    def with_own_species(self) -> Glass:
        """The same glass with the number of each particle as its species.

        That is what :func:`softfield.polydisperse` needs, where each has a size of its own.
        """
        return replace(self, species=np.arange(self.n_particles, dtype=np.int32))

    def sheared(self, increment: float) -> Glass:
        """Affine simple shear in the xy plane: x += increment * y, strain += increment.

        Raises
        ------
        InvalidGlassError
            If the increment is no number.
        """
        increment = check_number(increment, "the increment of the strain", error=InvalidGlassError)
        positions = self.positions.copy()
        positions[:, 0] += increment * positions[:, 1]
        strain = check_number(self.strain + increment, _STRAIN, error=InvalidGlassError)
        return self._moved(positions, strain)

    def deformed(self, tensor: npt.ArrayLike, increment: float) -> Glass:
        """The affine deformation x -> exp(increment D) x of particles and cell.

        Parameters
        ----------
        tensor : (d, d) D, such as :func:`softfield.mechanics.directions.direction_tensor` gives

        Raises
        ------
        InvalidGlassError
            If the cell would no longer be a box with a tilt of y along x.
        """
        from scipy.linalg import expm  # takes longer to import than a glass

        gradient = _real("entries of the tensor", tensor)
        if gradient.shape != (self.dimension, self.dimension) or not np.isfinite(gradient).all():
            raise InvalidGlassError(
                f"a glass in {self.dimension} dimensions is deformed by a tensor of finite numbers "
                f"and shape ({self.dimension}, {self.dimension}), not {gradient.shape}."
            )
        increment = check_number(increment, "the increment", error=InvalidGlassError)
        deformation = expm(increment * gradient)
        cell = self.cell @ deformation.T
        tilted = cell - np.diag(np.diag(cell))
        tilted[1, 0] = 0.0
        if np.abs(tilted).max() > 1e-14 * np.abs(cell).max():
            raise InvalidGlassError(
                "the deformed cell is no box with a tilt of y along x, which is all that a glass "
                "can have; permute the axes, or choose one of xy, -xy and the pure shears."
            )
        box = np.diag(cell)
        positions = self.positions @ deformation.T
        return replace(self, positions=positions, box=box, strain=cell[1, 0] / box[1])

    def into_box(self, points: npt.ArrayLike) -> FloatArray:
        """Points (d,) or (M, d) moved to their images inside the cell.

        Raises
        ------
        InvalidSettingError
            If they are none.
        """
        places = vectors_of(points, "points", self.dimension)
        return _into_unit_cell(places @ np.linalg.inv(self.cell)) @ self.cell

    def wrapped(self) -> Glass:
        """The same glass with every particle moved to its image inside the cell."""
        return self.with_positions(_into_unit_cell(self.fractional()) @ self.cell)

    def fractional(self) -> FloatArray:
        """(N, d) coordinates in units of the lattice vectors, not wrapped."""
        return self.positions @ np.linalg.inv(self.cell)

    def minimum_image(self, vectors: npt.ArrayLike) -> FloatArray:
        """Shortest periodic image of each vector (..., d), exact below half a box edge.

        Raises
        ------
        InvalidSettingError
            If they are none.
        """
        return minimum_image(vectors_of(vectors, "vectors", self.dimension), self.box, self.strain)


def _into_unit_cell(fractional: FloatArray) -> FloatArray:
    """Fractional coordinates moved to [0, 1); -1e-17 % 1.0 is 1.0, which is 0 as well."""
    inside = fractional % 1.0
    inside[inside >= 1.0] = 0.0
    return inside


def face_distances(box: npt.ArrayLike, strain: float) -> FloatArray:
    """(d,) distances between opposite faces of a cell, closer along x where it is sheared."""
    widths = np.array(box, dtype=np.float64)
    widths[0] /= np.hypot(1.0, strain)
    return widths


def least_tilt(box: npt.ArrayLike, strain: float) -> float:
    """Strain of the cell of the same lattice that leans least, by half a box or less."""
    edges = np.asarray(box, dtype=np.float64)
    turn = float(edges[0] / edges[1])
    return float(strain - round(strain / turn) * turn)


def minimum_image(vectors: npt.ArrayLike, box: npt.ArrayLike, strain: float = 0.0) -> FloatArray:
    """Shortest periodic image of each vector (..., d) in a box sheared by ``strain``.

    Images along y carry the Lees-Edwards displacement, so y is wrapped before x.
    """
    image = np.array(vectors, dtype=np.float64)
    lengths = np.asarray(box, dtype=np.float64)
    rows = np.rint(image[..., 1] / lengths[1])
    image[..., 0] -= strain * lengths[1] * rows
    image[..., 1] -= lengths[1] * rows
    for axis in range(image.shape[-1]):
        if axis != 1:
            image[..., axis] -= lengths[axis] * np.rint(image[..., axis] / lengths[axis])
    return image


@dataclass(frozen=True, eq=False)
class PairMap:
    """One value on every interacting pair of a glass.

    Attributes
    ----------
    pairs : (P, 2) int, i < j
    energy : (P,)
        The value: E_alpha for the local thermal energy, otherwise what the map says it is.

    Raises
    ------
    InvalidSettingError
        If they are no such arrays.
    """

    pairs: npt.NDArray[np.integer]
    energy: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "energy", real_numbers(self.energy, "the values of a map"))
        pairs = listed(self.pairs)
        numbered = pairs.dtype.kind in "iu" and pairs.shape == (*self.energy.shape, 2)
        if not numbered and (pairs.shape != (0,) or self.energy.shape != (0,)):
            raise InvalidSettingError(
                f"pairs of a map are whole numbers (P, 2), each with one value (P,); these have "
                f"shape {pairs.shape} and are {pairs.dtype}, the values {self.energy.shape}."
            )


@dataclass(frozen=True, eq=False)
class LocalThermalEnergy(PairMap):
    """The local thermal energy field of a glass, in units of k_B T / 2.

    Attributes
    ----------
    pairs : (P, 2) int32
        The interacting pairs alpha = (i, j), i < j.
    energy : (P,)
        E_alpha (Eq. 3), dimensionless; its sum is dN - d.
    harmonic : (P,)
        The part ``d f_alpha / dx : M^-1``; the rest, ``f_alpha . X``, is anharmonic.
    displacement : (N, d)
        X (Eq. 2), length per energy, with zero mean.
    debye_waller : (N,)
        Mean squared displacement <x_i^2> / k_B T of each particle about the centre of mass,
        the trace of the diagonal block of M^-1.
    condition : float
        Upper bound on the condition number of the factorized matrix; times 1e-16 it bounds
        the relative error that rounding can have caused. NaN where a file did not keep it.
    """

    harmonic: FloatArray
    displacement: FloatArray
    debye_waller: FloatArray
    condition: float = float("nan")

    #: What a file of fields holds of it, by name.
    ARRAYS: ClassVar[tuple[str, ...]] = (
        "pairs", "energy", "harmonic", "displacement", "debye_waller",
    )  # fmt: skip

    def mapped(self, values: FloatArray) -> PairMap:
        """The map of (P,) values, one for each energy."""
        return PairMap(self.pairs, values)

    @property
    def anharmonic(self) -> FloatArray:
        """(P,) the part ``f_alpha . X`` of E_alpha."""
        return self.energy - self.harmonic

    @property
    def sum_rule_error(self) -> float:
        """Relative deviation of the sum of E_alpha from its exact value dN - d."""
        n, d = self.displacement.shape
        return float(self.energy.sum() / (d * n - d) - 1.0)

    def arrays(self) -> dict[str, npt.NDArray]:
        """Its arrays by name, as a block of the workflow holds them."""
        return {name: getattr(self, name) for name in self.ARRAYS}


@dataclass(frozen=True, eq=False)
class AtomThermalEnergy:
    """The local thermal energy of every atom, in units of k_B T / 2, where there are no pairs.

    Attributes
    ----------
    energy : (N,)
        E_i, dimensionless; its sum is dN - d.
    harmonic : (N,)
        The part ``eps_i'' : M^-1``; the rest, ``eps_i' . X``, is anharmonic.
    displacement : (N, d)
        X (Eq. 2), length per energy, with zero mean.
    debye_waller : (N,)
        Mean squared displacement <x_i^2> / k_B T of each atom.
    error : (N,)
        Of E_i, from differences at two amplitudes.
    """

    energy: FloatArray
    harmonic: FloatArray
    displacement: FloatArray
    debye_waller: FloatArray
    error: FloatArray

    #: What a file of fields holds of it, by name.
    ARRAYS: ClassVar[tuple[str, ...]] = (
        "energy", "harmonic", "displacement", "debye_waller", "error",
    )  # fmt: skip

    def mapped(self, values: FloatArray) -> FloatArray:
        """The map of (N,) values, one for each energy: the values."""
        return values

    def arrays(self) -> dict[str, npt.NDArray]:
        """Its arrays by name, as a block of the workflow holds them."""
        return {name: getattr(self, name) for name in self.ARRAYS}


#: The local thermal energy of a glass, on its pairs or its atoms.
ThermalEnergy = LocalThermalEnergy | AtomThermalEnergy


def _per_particle(name: str, values: npt.ArrayLike | None, count: int) -> FloatArray | None:
    """A read-only copy (N,) of masses or diameters, checked."""
    if values is None:
        return None
    array = _real(name, values)
    if array.shape != (count,):
        raise InvalidGlassError(
            f"{name} have shape {array.shape}; give one number for each of the {count} particles."
        )
    wrong = ~(np.isfinite(array) & (array > 0))
    if wrong.any():
        first = int(np.argmax(wrong))
        raise InvalidGlassError(
            f"{name} must be positive and finite; that of particle {first} is {array[first]}."
        )
    array.setflags(write=False)
    return array


def _real(what: str, values: npt.ArrayLike) -> FloatArray:
    return real_numbers(values, what, InvalidGlassError)


def _check_shapes(positions: FloatArray, species: npt.NDArray, box: FloatArray) -> None:
    if positions.ndim != 2 or positions.shape[1] not in (2, 3) or positions.shape[0] < 2:
        raise InvalidGlassError(
            f"positions have shape {positions.shape}; a glass needs (N, d) with N >= 2 "
            "particles and d = 2 or 3. Pass one row per particle."
        )
    if species.shape != positions.shape[:1]:
        raise InvalidGlassError(
            f"species have shape {species.shape}, positions {positions.shape}; "
            "give one species index per particle."
        )
    if box.shape != positions.shape[1:]:
        raise InvalidGlassError(
            f"box has shape {box.shape}, but positions are {positions.shape[1]}-dimensional; "
            "give one edge length per dimension."
        )


def _check_finite(positions: FloatArray) -> None:
    if not np.isfinite(positions).all():
        bad = int(np.flatnonzero(~np.isfinite(positions).all(axis=1))[0])
        raise InvalidGlassError(
            f"the position of particle {bad} is not finite; check the file or the "
            "simulation that it comes from."
        )


def _check_values(positions: FloatArray, species: npt.NDArray, box: FloatArray) -> None:
    _check_finite(positions)
    if not np.isfinite(box).all() or (box <= 0).any():
        raise InvalidGlassError(
            f"box edge lengths must be positive and finite, not {box.tolist()}."
        )
    if not np.issubdtype(species.dtype, np.integer):
        raise InvalidGlassError(
            f"species must be integers (0 = A, 1 = B, ...), not {species.dtype}."
        )
    if (species > np.iinfo(np.int32).max).any():
        raise InvalidGlassError(
            f"species indices count from 0 (= A); particle {int(np.argmax(species))} has "
            f"{int(species.max())}, which no table of pairs can hold."
        )
    if (species < 0).any():
        raise InvalidGlassError(
            "species indices start at 0 (= A); "
            f"particle {int(np.argmax(species < 0))} has {int(species.min())}."
        )


def check_glass(glass: object) -> None:
    """Raise InvalidGlassError where something else stands in place of a glass."""
    if not isinstance(glass, Glass):
        raise InvalidGlassError(
            f"a softfield.Glass is needed, not {type(glass).__name__}: read_glass makes one of a "
            "file, glass_from_atoms of ase.Atoms, Glass(positions, species, box) of arrays."
        )
