"""Plastic events under athermal quasistatic simple shear.

Strain is the simple shear strain in the xy plane, stress the xy component of the Cauchy
stress (energy per volume). Places of events are those of the glass from which shear
started.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

import numpy as np

from ..errors import InvalidSettingError, NotConvergedError, SoftfieldError
from ..glass import FloatArray, Glass
from ..mechanics.derivatives import FORCE_TOLERANCE, check_minimum
from ..mechanics.pairs import interactions
from ..potentials.pair_potential import PairPotential
from .continuation import Continuation, Walk
from .events import PlasticEvent

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class ShearPath:
    """What happened under shear.

    Attributes
    ----------
    events : list of PlasticEvent
    strain, stress, energy : (K,) at every minimum visited, in order
    glass : Glass
        The last minimum.
    reason : str
        Why the path ended: "events", "max_strain", or the error that ended it.
    """

    events: list[PlasticEvent]
    strain: FloatArray
    stress: FloatArray
    energy: FloatArray
    glass: Glass
    reason: str

    @property
    def complete(self) -> bool:
        """Whether the path ended because enough was seen, not because it was lost."""
        return self.reason in ("events", "max_strain")


def shear(
    glass: Glass,
    potential: PairPotential,
    n_events: int = 3,
    max_strain: float = 0.1,
    settings: Continuation | None = None,
    plane: tuple[int, int] = (0, 1),
) -> list[PlasticEvent]:
    """The first plastic events of a glass under athermal quasistatic simple shear.

    Parameters
    ----------
    glass : Glass
        A minimum of the energy.
    n_events : int
        Stop after this many events.
    max_strain : float
        Stop at this strain; fewer events are then returned. The glass is sheared towards it:
        the other way where its own strain is larger already.
    plane : (int, int)
        Axes (a, b): particles move along a in proportion to b. (0, 1) is xy.

    Raises
    ------
    NotAMinimumError, SaddleError
        If the glass is not a minimum.
    NotConvergedError
        If the minimum cannot be followed; :func:`shear_path` keeps what was seen until then.
    InvalidSettingError
        If a setting makes no sense.
    """
    path = shear_path(glass, potential, n_events, max_strain, settings, plane)
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
    settings: Continuation | None = None,
    plane: tuple[int, int] = (0, 1),
) -> ShearPath:
    """As :func:`shear`, with the stress-strain curve and the reason for ending.

    A path that is lost on the way is returned with the error as its reason. With another
    plane than xy, ``ShearPath.glass`` has its axes permuted so that the plane comes first.
    """
    settings = Continuation() if settings is None else settings
    if plane != (0, 1):
        axes = _axes_with_first(glass, plane)
        turned = Glass(glass.positions[:, axes], glass.species, glass.box[axes])
        path = shear_path(turned, potential, n_events, max_strain, settings)
        back = np.argsort(axes)
        events = [
            replace(
                event,
                position=event.position[back],
                centre=event.centre[back],
                displaced_position=event.displaced_position[back],
            )
            for event in path.events
        ]
        return replace(path, events=events)
    _check_request(glass, n_events, max_strain)
    check_minimum(interactions(glass, potential), FORCE_TOLERANCE)
    walk = Walk(potential, settings, np.sign(max_strain - glass.strain))
    state = walk.polish(glass)
    visited, events, reason = [state], [], "events"
    try:
        while len(events) < n_events:
            approached = walk.approach_instability(state, max_strain, visited)
            if approached is None:
                reason = "max_strain"
                break
            state, event = walk.cross(approached, len(events) + 1, glass)
            visited.append(state)
            events.append(event)
            logger.debug("event %d at strain %.8f", event.ordinal, event.strain)
    except SoftfieldError as error:
        reason = f"{type(error).__name__}: {error}"
    return ShearPath(
        events,
        np.array([s.glass.strain for s in visited]),
        np.array([s.slope / s.glass.volume for s in visited]),
        np.array([s.energy for s in visited]),
        visited[-1].glass,
        reason,
    )


def _check_request(glass: Glass, n_events: int, max_strain: float) -> None:
    if not (np.isfinite(n_events) and n_events >= 1 and n_events == int(n_events)):
        raise InvalidSettingError(
            f"n_events = {n_events} ask for no shear; give a whole number of events, at least one."
        )
    if not np.isfinite(max_strain) or max_strain == glass.strain:
        raise InvalidSettingError(
            f"max_strain = {max_strain} asks for no shear of a glass at strain {glass.strain:g}; "
            "give another, finite strain."
        )


def _axes_with_first(glass: Glass, plane: tuple[int, int]) -> list[int]:
    """Order of the axes in which the two of ``plane`` come first."""
    d = glass.dimension
    if len(plane) != 2 or plane[0] == plane[1] or not all(0 <= axis < d for axis in plane):
        raise InvalidSettingError(
            f"plane = {plane} is no pair of different axes of a glass in {d} dimensions; "
            "give (direction of motion, direction of the gradient), such as (0, 1) for xy."
        )
    if glass.strain != 0:
        raise InvalidSettingError(
            f"the glass is already sheared by {glass.strain:g} in the xy plane; shear it "
            "further in that plane, or start from an unsheared glass."
        )
    return [*plane, *(axis for axis in range(d) if axis not in plane)]
