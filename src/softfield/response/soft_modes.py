"""Soft modes: localised displacements along which a glass gives way, and their yield strains.

A *cubic* mode solves ``U''' : z z = (tau / kappa) M z`` (Gartner and Lerner, SciPost Phys. 1,
016 (2016)): along it the energy rises by ``kappa s^2 / 2 + tau s^3 / 6``, and relaxation of all
other displacements adds nothing up to the fourth order. A *pseudoharmonic* mode is a local
minimum of ``C(z) = (z.M.z)^2 / sum (z_ij.z_ij)^2`` (Richard, Kapteijns, Giannini, Manning and
Lerner, PRL 126, 015501 (2021)), which needs no third derivative. A *softening* mode is an
eigenvector of :mod:`softfield.response.softening_modes`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from ..checks.names import check_choice
from ..checks.numbers import whole_number
from ..glass import FloatArray, Glass, IndexArray, check_glass
from ..mechanics.derivatives import FORCE_TOLERANCE, check_minimum, relative
from ..mechanics.directions import Direction, direction_tensor
from ..mechanics.factorization import Factorization, factorize
from ..mechanics.pairs import Interactions, interactions
from ..mechanics.spectrum import lowest_eigenpairs, participation_ratio
from ..potentials.pair_potential import PairPotential
from .deformed_states import nonaffine_velocity, pair_velocity
from .fields import thermal_energy_of_pairs
from .mode_blocks import ModeBlocks, largest_particles, normalized
from .softening_modes import COARSE, FINE, softening_modes, symmetric

KINDS = ("cubic", "pseudoharmonic", "softening")

#: Modes that overlap by more than this are one.
SAME_MODE = 0.8

#: Iterations end where a mode overlaps with its predecessor to within this.
_CONVERGED = 1e-12

_MAX_SWEEPS = 400

#: Overlap of a field with its predecessor less one below which the sweeps are extrapolated, at
#: first and after so many sweeps, and the largest number of them that is skipped at once.
_NEAR, _SLOW, _LATE, _FARTHEST = 1e-5, 1e-2, 64, 100.0

#: What still changes by more than this in a sweep so late goes round and round.
_SETTLING, _SETTLED = 0.01, 96


@dataclass(frozen=True, eq=False)
class SoftMode:
    """A soft mode z and what it says of where, which way and at what strain a glass yields.

    Attributes
    ----------
    vector : (N, d)
        z, of unit norm and zero mean; its sign is such that the energy softens along it.
    stiffness : float
        kappa = z.M.z, energy per length squared.
    asymmetry : float
        tau = U''' : z z z, not positive; energy per length cubed.
    position : (d,)
        Of the particle with the largest displacement, inside the box.
    particle : int
        That particle.
    participation_ratio : float
    stiffness_slope : (d, d)
        d kappa / d strain, symmetric: strain along D changes kappa by ``sum(stiffness_slope *
        D)``, affine and nonaffine motion together. Rotations turn the mode with the glass.
    kind : str
        "cubic", "pseudoharmonic" or "softening".
    """

    vector: FloatArray
    stiffness: float
    asymmetry: float
    position: FloatArray
    particle: int
    participation_ratio: float
    stiffness_slope: FloatArray
    kind: str

    @property
    def barrier(self) -> float:
        """Height ``2 kappa^3 / (3 tau^2)`` of the cubic energy; infinite without asymmetry."""
        with np.errstate(divide="ignore", over="ignore"):
            return float(2.0 * np.float64(self.stiffness) ** 3 / (3.0 * self.asymmetry**2))

    def yield_strain(self, direction: Direction = "xy") -> float:
        """Strain at which the mode gives way, to first order; infinite where it stiffens.

        kappa falls linearly at rest and as a square root at the instability, so that
        ``gamma_c = -kappa / (2 dkappa/dgamma)``.
        """
        tensor = direction_tensor(direction, len(self.position))
        slope = float((self.stiffness_slope * tensor).sum())
        return -self.stiffness / (2.0 * slope) if slope < 0 else float("inf")

    @property
    def orientation(self) -> FloatArray:
        """(d,) unit vector along which the glass extends in the pure shear that it yields to first.

        Of all D = (n n - m m) / 2 with n and m at right angles, that with the eigenvectors of
        ``stiffness_slope`` of the lowest (n) and the highest (m) eigenvalue softens most. A
        double arrow: n and -n are the same, and extension along m is the opposite polarity.
        """
        axis = np.linalg.eigh(self.stiffness_slope)[1][:, 0]
        return axis * np.sign(axis[np.argmax(np.abs(axis))])

    @property
    def weakest_yield_strain(self) -> float:
        """Strain at which the mode gives way in the pure shear along its orientation."""
        values = np.linalg.eigvalsh(self.stiffness_slope)
        spread = float(values[-1] - values[0])
        return self.stiffness / spread if spread > 0 else float("inf")

    def polarity(self, direction: Direction = "xy") -> float:
        """Cosine between a direction of shear and the one that the mode yields to first, -1 to 1.

        Of the symmetric traceless tensors; in two dimensions it is cos 2a with the angle a
        between the axes of extension.
        """
        d = len(self.position)
        tensor = symmetric(direction_tensor(direction, d))
        slope = self.stiffness_slope - np.trace(self.stiffness_slope) / d * np.eye(d)
        size = np.linalg.norm(slope) * np.linalg.norm(tensor)
        return float(-(slope * tensor).sum() / size) if size > 0 else 0.0


def soft_modes(
    glass: Glass,
    potential: PairPotential,
    kind: str = "cubic",
    count: int | None = None,
    force_tolerance: float = FORCE_TOLERANCE,
) -> list[SoftMode]:
    """The library of soft modes of a glass, softest first; empty where no iteration ends.

    The modes are where an iteration ends that starts from the softening modes of all directions
    of shear, from the responses to dipoles on the pairs of the largest |E_alpha|, and from the
    lowest normal modes. Modes that overlap by more than SAME_MODE are listed once.

    Parameters
    ----------
    glass : Glass
        A minimum of the energy.
    potential : PairPotential
    kind : str
        "cubic": ``z <- M^-1 (U''' : z z)``; "pseudoharmonic": ``z <- M^-1 (gradient of
        sum (z_ij.z_ij)^2)``, along which the cost C falls; "softening": the softening modes
        themselves.
    count : int
        Starts of each sort: softening modes per direction, pairs, and half as many normal modes.
        By default half the square root of N: 20 for 1,600 particles, 50 for 10,000.
    force_tolerance : float
        Largest force on a particle that is accepted, energy per length.

    Raises
    ------
    InvalidSettingError
        For another kind, or a count that is no whole number above zero.
    NotAMinimumError, SaddleError, FloatingParticlesError
        If the glass is not a minimum.
    NotConvergedError
        If the Lanczos iteration does not converge.
    """
    check_glass(glass)
    check_choice(kind, "kind of soft mode", KINDS)
    count = max(2, round(0.5 * glass.n_particles**0.5)) if count is None else count
    count = whole_number(count, "count, the number of starts of each sort,")
    found = interactions(glass, potential)
    check_minimum(found, force_tolerance)
    return soft_modes_of_pairs(glass, found, factorize(glass, found), kind, count)


def soft_modes_of_pairs(
    glass: Glass, found: Interactions, factor: Factorization, kind: str, count: int
) -> list[SoftMode]:
    """As :func:`soft_modes`, from interactions and the factorization of their matrix."""
    blocks = ModeBlocks(found)
    fields = _softening_fields(found, factor, count, FINE if kind == "softening" else COARSE)
    if kind == "softening":
        fields = fields[:, :, _distinct(blocks, fields, SAME_MODE)]
    else:
        more = [_dipole_responses(glass, found, factor, count)]
        more.append(lowest_eigenpairs(factor, max(1, count // 2))[1].transpose(1, 2, 0))
        fields = np.concatenate([fields, *more], axis=2)
        image = blocks.third_order if kind == "cubic" else _fourth_order(blocks)
        fields = _iterate(blocks, factor, normalized(fields), image)
    if not fields.size:
        return []
    return _described(glass, found, factor, blocks, fields, kind)


def _softening_fields(
    found: Interactions, factor: Factorization, count: int, accuracy: float
) -> FloatArray:
    """(N, d, k) softening modes of every named direction of shear."""
    starts = []
    for tensor in named_shears(found.dimension):
        modes = softening_modes(found, factor, tensor, count, accuracy=accuracy)
        starts += [modes.forward, modes.backward]
    return np.concatenate(starts, axis=2)


def named_shears(dimension: int) -> list[FloatArray]:
    """Symmetric parts of the named directions of shear, one of each and its opposite.

    2 in two dimensions, 6 in three. They span all shears, and an exchange of axes makes them one
    another, which it would not of a basis.
    """
    axes = "xyz"[:dimension]
    names = [name for a, b in combinations(axes, 2) for name in (f"{a}{b}", f"{a}-{b}")]
    return [symmetric(direction_tensor(name, dimension)) for name in names]


def _dipole_responses(
    glass: Glass, found: Interactions, factor: Factorization, count: int
) -> FloatArray:
    """(N, d, k) M^-1 f for unit dipoles f on the softest pairs that are apart from each other."""
    energy = np.abs(thermal_energy_of_pairs(found, factor).energy)
    middles = glass.positions[found.pairs[:, 0]] + 0.5 * found.vectors
    apart = 2.0 * glass.spacing
    chosen: list[int] = []
    for alpha in np.argsort(-energy):
        away = glass.minimum_image(middles[chosen] - middles[alpha])
        if (np.linalg.norm(away, axis=1) > apart).all():
            chosen.append(int(alpha))
        if len(chosen) == count:
            break
    dipoles = np.zeros((found.n_particles, found.dimension, len(chosen)))
    along = found.vectors[chosen] / np.sqrt(found.squared_distances[chosen])[:, None]
    column = np.arange(len(chosen))
    dipoles[found.pairs[chosen, 1], :, column] = along
    dipoles[found.pairs[chosen, 0], :, column] = -along
    return factor.solve(dipoles)


def _fourth_order(blocks: ModeBlocks) -> Callable[[FloatArray], FloatArray]:
    return lambda fields: blocks.fourth_power(fields)[1]


def _iterate(
    blocks: ModeBlocks,
    factor: Factorization,
    fields: FloatArray,
    image: Callable[[FloatArray], FloatArray],
) -> FloatArray:
    """Fixed points of ``z <- M^-1 image(z)``, normalised; (N, d, k) without duplicates.

    For the gradient of a convex image of fourth order this is steepest ascent on the surfaces
    of constant z.M.z, and the cost can only fall.
    """
    finished: list[FloatArray] = []
    before: tuple[FloatArray, FloatArray] | None = None
    for sweep in range(1, _MAX_SWEEPS + 1):
        following = normalized(factor.solve(image(fields)))
        overlap = np.einsum("nck,nck->k", following, fields)
        moved = following - fields
        change = np.abs(1.0 - np.abs(overlap))
        done = change < _CONVERGED
        if done.any():
            finished.append(following[:, :, done])
        near = overlap > 1.0 - (_NEAR if sweep < _LATE else _SLOW)
        fields = _extrapolated(following, moved, before, near)
        kept = np.flatnonzero(~done & ((change < _SETTLING) | (sweep < _SETTLED)))
        if kept.size and sweep in (1, 2, 4, 8, 16, 32, 64, 128):
            kept = kept[_new(blocks, fields[:, :, kept], finished)]
        if kept.size == 0:
            break
        if kept.size < fields.shape[2]:
            fields, following, moved = (x[:, :, kept] for x in (fields, following, moved))
        before = following, moved
    if not finished:
        return fields[:, :, :0]
    every = np.concatenate(finished, axis=2)
    return every[:, :, _distinct(blocks, every, SAME_MODE)]


def _extrapolated(
    following: FloatArray,
    moved: FloatArray,
    before: tuple[FloatArray, FloatArray] | None,
    near: npt.NDArray[np.bool_],
) -> FloatArray:
    """Where the sweeps lead, from this and the last one, in fields that hardly change any more.

    A geometric approach is summed up (Anderson's method with one step of memory); the fixed point
    stays the same, and so does the test of having reached it. Fields on their way away from an
    unstable fixed point have a share of one or more: they are left to go.
    """
    if before is None or not near.any():
        return following
    turned = moved - before[1]
    square = np.einsum("nck,nck->k", turned, turned)
    along = np.einsum("nck,nck->k", moved, turned)
    share = np.divide(along, square, out=np.zeros_like(along), where=near & (square > 0))
    share = np.where(share < 1.0, np.maximum(share, -_FARTHEST), 0.0)
    return normalized(following - share * (following - before[0]))


def _new(blocks: ModeBlocks, fields: FloatArray, finished: list[FloatArray]) -> IndexArray:
    """Indices of the fields that are on their way to something that is not yet there."""
    kept = _distinct(blocks, fields, 0.97)
    for known in finished:
        overlap = np.abs(np.einsum("nck,ncl->kl", fields[:, :, kept], known, optimize=True))
        kept = kept[(overlap < 0.97).all(axis=1)]
    return kept


def _distinct(blocks: ModeBlocks, fields: FloatArray, overlap: float) -> IndexArray:
    """Indices of modes, softest first, none of which overlaps more with one before it."""
    flat = fields.reshape(-1, fields.shape[2])
    near = np.abs(flat.T @ flat) > overlap
    kept: list[int] = []
    for k in np.argsort(blocks.stiffness(fields)):
        if not near[k, kept].any():
            kept.append(int(k))
    return np.array(kept, dtype=np.intp)


def _described(
    glass: Glass,
    found: Interactions,
    factor: Factorization,
    blocks: ModeBlocks,
    fields: FloatArray,
    kind: str,
) -> list[SoftMode]:
    """The soft modes (N, d, k) with all that belongs to them, softest first."""
    asymmetry = blocks.asymmetry(fields)
    fields = fields * np.where(asymmetry > 0, -1.0, 1.0)
    stiffness = blocks.stiffness(fields)
    slopes = _stiffness_slopes(found, factor, blocks, fields)
    particles = largest_particles(fields)
    return [
        SoftMode(
            vector=fields[:, :, k].copy(),
            stiffness=float(stiffness[k]),
            asymmetry=-float(abs(asymmetry[k])),
            position=glass.into_box(glass.positions[particles[k]]),
            particle=int(particles[k]),
            participation_ratio=float(participation_ratio(fields[:, :, k])),
            stiffness_slope=slopes[k],
            kind=kind,
        )
        for k in np.argsort(stiffness)
    ]


def _stiffness_slopes(
    found: Interactions, factor: Factorization, blocks: ModeBlocks, fields: FloatArray
) -> FloatArray:
    """(k, d, d) d kappa / d strain of every mode, U''' : z z w for every strain."""
    d = found.dimension
    slopes = np.empty((fields.shape[2], d, d))
    for a in range(d):
        for b in range(a, d):
            tensor = np.zeros((d, d))
            tensor[a, b] += 0.5
            tensor[b, a] += 0.5
            moved = pair_velocity(found, nonaffine_velocity(found, factor, tensor), tensor)
            slopes[:, a, b] = slopes[:, b, a] = blocks.stiffness_slope(fields, moved)
    return slopes


def pseudoharmonic_cost(found: Interactions, vector: FloatArray) -> float:
    """``C(z) = (z.M.z)^2 / sum over pairs of (z_ij.z_ij)^2`` of a field (N, d)."""
    v = relative(found, vector)
    along = np.einsum("pc,pc->p", found.vectors, v)
    square = np.einsum("pc,pc->p", v, v)
    return float((found.g2 @ along**2 + found.g1 @ square) ** 2 / (square**2).sum())
