"""Plastic events under athermal quasistatic shear, in any direction that a box can follow.

Strain gamma is that of the deformation x -> exp(gamma D) x with the tensor D of the direction
(:mod:`softfield.mechanics.directions`), stress its conjugate dU/dgamma per volume, D : sigma:
the shear stress sigma_xy for "xy", half the normal stress difference for "x-y".
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, fields, replace
from math import isfinite
from numbers import Integral

import numpy as np

from ..checks.arrays import listed
from ..checks.names import check_kind
from ..checks.numbers import is_number, shown, whole_number
from ..errors import InvalidSettingError, NotAMinimumError, NotConvergedError, SoftfieldError
from ..glass import FloatArray, Glass, check_glass
from ..mechanics.derivatives import FORCE_TOLERANCE, check_minimum, force_limit, pair_forces
from ..mechanics.directions import Direction, direction_tensor
from ..mechanics.pairs import interactions
from ..potentials.cutoffs import continuous_energy, cutoff_jumps, rounded_cutoff
from ..potentials.pair_potential import PairPotential, check_unit_of_length
from ..preparation.minimisation import largest_force, minimize
from .contact_walk import ContactWalk
from .continuation import Continuation, Walk, furthest
from .events import ContactChange, PlasticEvent

logger = logging.getLogger(__name__)

#: Furthest that a particle of a glass may be from the minimum of a rounded law, in the unit of
#: length of a continuation. What the force of a pair at its cutoff moves is a tenth of it or less.
START_MOVED = 0.05


@dataclass(frozen=True, eq=False)
class ShearPath:
    """What happened under shear.

    Attributes
    ----------
    events : list of PlasticEvent
    strain, stress, energy : (K,) at every minimum visited, in order
        Strain and stress along the direction. Energies are meant for differences: of a potential
        whose force jumps at the cutoff they are those of :func:`softfield.rounded_cutoff`, of one
        whose energy alone jumps there, less its value at the cutoff for every pair.
    glass : Glass
        The last minimum.
    reason : str
        Why the path ended: "events", "max_strain", or the error that ended it.
    axes : tuple of int
        Axes of the glass that was sheared, in the order in which ``glass`` has them. A glass has
        a tilt of y along x only, so the axes of other planes come first while it is tilted.
    contact_changes : list of ContactChange
        Pairs that crossed the cutoff, in order, where the force or the stiffness of the potential
        jumps there, or where a smooth branch was lost. They are no plastic events. Where several
        laws act on a pair (``hybrid/overlay``), it crosses the cutoff of each.
    """

    events: list[PlasticEvent]
    strain: FloatArray
    stress: FloatArray
    energy: FloatArray
    glass: Glass
    reason: str
    axes: tuple[int, ...]
    contact_changes: list[ContactChange] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether the path ended because enough was seen, not because it was lost."""
        return self.reason in ("events", "max_strain")


def shear(
    glass: Glass,
    potential: PairPotential,
    n_events: int = 3,
    max_strain: float = 0.1,
    direction: Direction = "xy",
    *,
    plane: tuple[int, int] | None = None,
    settings: Continuation | None = None,
) -> list[PlasticEvent]:
    """The first plastic events of a glass under athermal quasistatic shear.

    Any potential will do. Where its force or its stiffness jumps at the cutoff, contacts come and
    go on the way; :func:`shear_path` lists them, they are no plastic events.

    Parameters
    ----------
    glass : Glass
        A minimum of the energy; of :func:`rounded_cutoff` where the potential repels at its cutoff.
    n_events : int
        Stop after this many events.
    max_strain : float
        Stop at this strain along the direction; fewer events are then returned. The glass is
        sheared towards it: backwards where it is negative, or where the glass has a larger
        strain already.
    direction : str or (d, d) array_like
        "xy" (particles move along x in proportion to y), "-xy" (the other way), "x-y" (pure
        shear: x grows, y shrinks), "y-x", and those of the other axes; or a traceless tensor
        with at most one entry off its diagonal. Strains are counted along it: positive also
        in "-xy". Those of simple shear start from the strain of the glass, others from 0.
    plane : (int, int), optional
        Instead of a direction, axes (a, b) of simple shear: (0, 2) is "xz".

    Raises
    ------
    NotAMinimumError, SaddleError
        If the glass is not a minimum.
    NotConvergedError
        If the minimum cannot be followed; :func:`shear_path` keeps what was seen until then.
    InvalidSettingError
        If a setting makes no sense.
    InvalidPotentialError
        If the unit of length is far from the size of a particle.
    """
    path = shear_path(
        glass, potential, n_events, max_strain, direction, plane=plane, settings=settings
    )
    if not path.complete:
        raise NotConvergedError(
            f"the minimum was lost at strain {path.strain[-1]:.6f} after "
            f"{len(path.events)} events: {path.reason}"
        )
    return path.events


def shear_path(
    glass: Glass,
    potential: PairPotential,
    n_events: int = 3,
    max_strain: float = 0.1,
    direction: Direction = "xy",
    *,
    plane: tuple[int, int] | None = None,
    settings: Continuation | None = None,
) -> ShearPath:
    """As :func:`shear`, with the stress-strain curve and the reason for ending.

    A path that is lost on the way is returned with the error as its reason.
    """
    check_glass(glass)
    check_unit_of_length(potential, glass.species)
    if settings is not None:
        check_kind(settings, Continuation, "its fields are the settings of the shear")
    if plane is not None:
        direction = _simple_shear(plane, glass.dimension)
    tensor = direction_tensor(direction, glass.dimension)
    axes = _order_of_axes(glass, tensor)
    turned = _with_axes(glass, axes)
    path = _walk(
        turned, potential, n_events, max_strain, tensor[np.ix_(axes, axes)],
        Continuation() if settings is None else settings,
    )  # fmt: skip
    back = np.argsort(axes)
    events = [_turned_back(event, back) for event in path.events]
    if path.glass.strain != 0 and axes != sorted(axes):
        return replace(path, events=events, axes=tuple(axes))
    return replace(path, events=events, glass=_with_axes(path.glass, back.tolist()))


def _walk(
    glass: Glass,
    potential: PairPotential,
    n_events: int,
    max_strain: float,
    tensor: FloatArray,
    settings: Continuation,
) -> ShearPath:
    """The path of a glass whose axes are such that its cell follows the tensor."""
    origin = strain_along(glass, tensor)
    max_strain = checked_request(n_events, max_strain, origin)
    law = rounded_cutoff(potential)
    start = glass if law is potential else _minimum_of_rounded(glass, law)
    check_minimum(interactions(start, law), FORCE_TOLERANCE)
    sense = float(np.sign(max_strain - origin))
    limit, events = abs(max_strain - origin), list[PlasticEvent]()
    walk: Walk | ContactWalk
    if cutoff_jumps(law).smooth:
        law = continuous_energy(law)
        walk = Walk(law, sense * tensor, settings, start)
    else:
        walk = ContactWalk(law, sense * tensor, settings, start)
    visited, reason = walk.visited, _followed(walk, events, n_events, limit)
    if isinstance(walk, Walk) and reason.startswith("NotConverged") and not walk.exhausted:
        # A smooth branch is all that a Walk can follow; steps go on from where it was lost.
        logger.info("no smooth branch beyond strain %.8f: %s", walk.state.strain, reason)
        here = (walk.state.glass, walk.state.strain)
        walk = ContactWalk(law, sense * tensor, settings, start, here)
        reason = _followed(walk, events, n_events, limit)
        visited = visited[:-1] + walk.visited
    strain, slope, energy = np.array(visited).T
    return ShearPath(
        [replace(one, strain=origin + sense * one.strain) for one in events],
        origin + sense * strain,
        sense * slope / glass.volume,
        energy,
        walk.state.glass,
        reason,
        tuple(range(glass.dimension)),
        [replace(one, strain=origin + sense * one.strain) for one in walk.changes],
    )


def _minimum_of_rounded(glass: Glass, law: PairPotential) -> Glass:
    """The minimum of a rounded law at a glass that is one of the law itself, or a corner of it."""
    rounded = interactions(glass, law)
    if largest_force(pair_forces(rounded)) <= force_limit(rounded, FORCE_TOLERANCE):
        return glass
    found = minimize(glass, law)
    away, allowed = furthest(found, glass), START_MOVED * glass.spacing
    if away > allowed:
        raise NotAMinimumError(
            f"the potential repels at its cutoff, so that minima may lie on it. The nearest one is "
            f"{away:.2g} away, further than {allowed:g}: minimise the glass with "
            "softfield.rounded_cutoff(potential) first, which has its minima there."
        )
    return found


def _followed(
    walk: Walk | ContactWalk, events: list[PlasticEvent], n_events: int, limit: float
) -> str:
    """Walk on to the next events, adding to ``events``; the reason for the end."""
    try:
        while len(events) < n_events:
            with walk.state.factor.ordering.blas_threads():
                if not walk.approach_instability(limit):
                    return "max_strain"
                event = walk.cross(len(events) + 1)
            if event is not None:
                events.append(event)
                logger.debug("event %d after strain %.8f", event.ordinal, event.strain)
    except SoftfieldError as error:
        return f"{type(error).__name__}: {error}"
    return "events"


def checked_request(n_events: int, max_strain: float, origin: float | None = None) -> float:
    """The strain to stop at, of a path that starts at the strain ``origin`` if that is known."""
    whole_number(n_events, "n_events, the number of events after which shear stops,")
    if not is_number(max_strain) or not isfinite(max_strain):
        raise InvalidSettingError(
            f"max_strain = {shown(max_strain)} asks for no shear; give a finite strain."
        )
    if max_strain == origin:
        raise InvalidSettingError(
            f"max_strain = {shown(max_strain)} asks for no shear of a glass at strain "
            f"{origin:g}; give another, finite strain."
        )
    return float(max_strain)


def strain_along(glass: Glass, tensor: FloatArray) -> float:
    """Strain that the cell shows along a direction: its tilt in simple shear, 0 otherwise."""
    simple = np.zeros_like(tensor)
    simple[0, 1] = tensor[0, 1]
    if tensor[0, 1] == 0 or not np.array_equal(simple, tensor):
        return 0.0
    return glass.strain / float(tensor[0, 1])


def _simple_shear(plane: tuple[int, int], dimension: int) -> FloatArray:
    axes = listed(plane)
    named = all(isinstance(a, Integral) and a in range(dimension) for a in axes.ravel())
    if axes.shape != (2,) or not named or axes[0] == axes[1]:
        raise InvalidSettingError(
            f"plane = {shown(plane)} is no pair of different axes of a glass in {dimension} "
            "dimensions; give (direction of motion, direction of the gradient), such as (0, 1) for "
            "xy."
        )
    tensor = np.zeros((dimension, dimension))
    tensor[tuple(axes)] = 1.0
    return tensor


def _order_of_axes(glass: Glass, tensor: FloatArray) -> list[int]:
    """Order of the axes in which the only entry off the diagonal of the tensor is that of xy."""
    d = glass.dimension
    entries = np.argwhere(tensor - np.diag(np.diag(tensor)))
    if len(entries) > 1:
        raise InvalidSettingError(
            f"the direction of shear has {len(entries)} entries off its diagonal, and the cell of "
            "a glass follows one: turn the glass so that its tensor has one."
        )
    first = entries[0].tolist() if len(entries) else [0, 1]
    axes = [*first, *(axis for axis in range(d) if axis not in first)]
    if axes != sorted(axes) and glass.strain != 0:
        raise InvalidSettingError(
            f"the glass is already sheared by {glass.strain:g} in the xy plane; shear it "
            "further in that plane, or start from an unsheared glass."
        )
    return axes


def _with_axes(glass: Glass, axes: list[int]) -> Glass:
    if axes == sorted(axes):
        return glass
    return replace(glass, positions=glass.positions[:, axes], box=glass.box[axes])


def _turned_back(event: PlasticEvent, back: np.ndarray) -> PlasticEvent:
    """An event with the axes of its places in another order."""
    values = {one.name: getattr(event, one.name) for one in fields(event)}
    places = {name: v[back] for name, v in values.items() if isinstance(v, np.ndarray)}
    return replace(event, **places)
