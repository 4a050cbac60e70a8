"""Glasses from nothing: random start, liquid, quench at a constant rate, minimum."""

from __future__ import annotations

import difflib
from dataclasses import fields, replace
from typing import Any

import numpy as np

from ..checks.numbers import check_number, random_seed, whole_number
from ..errors import InvalidSettingError
from ..glass import Glass
from ..potentials.models import Model, Protocol
from ..potentials.models import model as model_called
from .dynamics import Trajectory, evolve, thermal_velocities
from .minimisation import minimize, relax_overlaps

#: Time steps between two actions of the thermostat.
THERMOSTAT_INTERVAL = 10

#: Actions of the thermostat beyond which a preparation is refused: years of computing.
_MOST_BLOCKS = 1e9


def prepare_glass(
    model: Model | str,
    n_particles: int = 1600,
    seed: int | np.random.SeedSequence = 7,
    **settings: float,
) -> Glass:
    """A glass of a model at its density: a minimum of the energy, unstrained.

    The same arguments give the same bits on the same machine, in whatever process or
    order glasses are made: every random number comes from a generator made from ``seed``.

    Parameters
    ----------
    model : Model or str
    n_particles : int
    seed : int or SeedSequence
    **settings
        Fields of :class:`Protocol` that replace the model's default.

    Raises
    ------
    InvalidSettingError
        For a setting that does not exist (with the nearest that does) or has no meaning.
    UnknownModelError
        If there is no such model.
    BoxTooSmallError
        If so few particles leave a box below twice the interaction range.
    NotConvergedError, SaddleError
        If the minimisation does not end in a minimum.
    """
    model = model if isinstance(model, Model) else model_called(model)
    whole_number(n_particles, "n_particles", least=2)
    protocol = protocol_of(model, **settings)
    rng = np.random.default_rng(random_seed(seed))
    liquid = equilibrate(random_start(model, n_particles, rng), model, protocol, rng)
    quenched = quench(liquid.glass, liquid.velocities, model, protocol, rng)
    glass = minimize(quenched.glass, model.potential, protocol.force_tolerance)
    return glass.wrapped()


def protocol_of(model: Model, **settings: float) -> Protocol:
    """The default protocol of a model with some fields replaced by ``settings``."""
    known = [field.name for field in fields(Protocol)]
    for name in settings:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
            raise InvalidSettingError(
                f"there is no preparation setting {name!r}; did you mean {near!r}? "
                f"The settings are {', '.join(known)}."
            )
    values: dict[str, Any] = {
        name: check_number(value, f"the preparation setting {name}")
        for name, value in settings.items()
    }
    return replace(model.protocol, **values)


def random_start(model: Model, n_particles: int, rng: np.random.Generator) -> Glass:
    """Particles of random species order at random places, their overlaps relaxed."""
    whole_number(n_particles, "n_particles", least=2)
    box = model.box_of(n_particles)
    positions = rng.random((n_particles, model.dimension)) * box
    start = Glass(positions, model.species_of(n_particles), box)
    return relax_overlaps(start, model.potential)


def equilibrate(
    start: Glass, model: Model, protocol: Protocol, rng: np.random.Generator
) -> Trajectory:
    """Liquid at the protocol's temperature, for its equilibration time."""
    temperature = protocol.liquid_temperature
    return evolve(
        start,
        thermal_velocities(start, temperature, rng),
        model.potential,
        time_step=protocol.time_step,
        n_steps=_whole_steps(protocol.equilibration_time, protocol.time_step),
        sample_interval=THERMOSTAT_INTERVAL,
        temperatures=temperature,
        thermostat_time=protocol.thermostat_time,
        rng=rng,
        skin=protocol.skin,
    )


def quench(
    liquid: Glass,
    velocities: np.ndarray,
    model: Model,
    protocol: Protocol,
    rng: np.random.Generator,
) -> Trajectory:
    """Cooling of a liquid at the protocol's rate down to its final temperature."""
    drop = protocol.liquid_temperature - protocol.final_temperature
    n_steps = _whole_steps(drop / protocol.cooling_rate, protocol.time_step)
    reached = np.arange(1, n_steps // THERMOSTAT_INTERVAL + 1) * THERMOSTAT_INTERVAL / n_steps
    return evolve(
        liquid,
        velocities,
        model.potential,
        time_step=protocol.time_step,
        n_steps=n_steps,
        sample_interval=THERMOSTAT_INTERVAL,
        temperatures=protocol.liquid_temperature - drop * reached,
        thermostat_time=protocol.thermostat_time,
        rng=rng,
        skin=protocol.skin,
    )


def _whole_steps(time: float, time_step: float) -> int:
    """Time steps in a time, rounded up to whole thermostat intervals."""
    blocks = np.ceil(time / (time_step * THERMOSTAT_INTERVAL) - 1e-9)
    if blocks > _MOST_BLOCKS:
        raise InvalidSettingError(
            f"a preparation of {blocks * THERMOSTAT_INTERVAL:.3g} time steps has no end; take "
            "shorter times, a faster quench or a larger time_step."
        )
    return int(blocks) * THERMOSTAT_INTERVAL
