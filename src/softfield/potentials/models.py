"""The three glass formers of the paper, as data: force law, density, composition, protocol.

A new entry of ``MODELS`` is a new model: everything that is keyed by the name of a model reads
it from there. The paper does not give its protocol of preparation. The numbers here are our
choice; docs/preparation.md says where each comes from and shows that the liquids are
equilibrated and the glasses sane.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from ..errors import InvalidSettingError, UnknownModelError
from .truncated_powers import TruncatedPowers, inverse_power_law, kob_andersen


@dataclass(frozen=True)
class Protocol:
    """How a glass is made, in reduced units (eps_AA, s_AA, mass 1, k_B = 1).

    Attributes
    ----------
    time_step : float
        Of the molecular dynamics, sqrt(m s_AA^2 / eps_AA).
    liquid_temperature : float
        At which the liquid is equilibrated and from which it is cooled, eps_AA / k_B.
    equilibration_time : float
        Time spent at the liquid temperature before the quench.
    cooling_rate : float
        Temperature per time of the quench.
    final_temperature : float
        At which the quench ends and minimisation takes over, eps_AA / k_B.
    thermostat_time : float
        Relaxation time of the kinetic energy.
    skin : float
        Thickness of the shell of listed pairs beyond the range, s_AA.
    force_tolerance : float
        Largest force norm on a particle in the finished glass, eps_AA / s_AA.
    """

    time_step: float = 0.01
    liquid_temperature: float = 0.8
    equilibration_time: float = 100.0
    cooling_rate: float = 1e-2
    final_temperature: float = 0.01
    thermostat_time: float = 1.0
    skin: float = 0.3
    force_tolerance: float = 1e-10

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            may_vanish = field.name in ("equilibration_time", "final_temperature", "skin")
            if not (np.isfinite(value) and (value > 0 or (may_vanish and value == 0))):
                sign = "not be negative" if may_vanish else "be positive"
                raise InvalidSettingError(f"{field.name} must {sign}, not {value}.")
        if self.final_temperature >= self.liquid_temperature:
            raise InvalidSettingError(
                f"final_temperature = {self.final_temperature} is not below "
                f"liquid_temperature = {self.liquid_temperature}: a quench cools."
            )


@dataclass(frozen=True, eq=False)
class Model:
    """A glass former: force law, density, composition, and how its glasses are made.

    ``name`` is that of configurations and the command line, ``label`` that of figures (by default
    the name). ``density`` is N/V in units of the smallest pair diameter; ``composition`` the
    fraction of each species, in the order of the potential's tables.
    """

    name: str
    dimension: int
    potential: TruncatedPowers
    density: float
    composition: tuple[float, ...]
    protocol: Protocol = Protocol()
    label: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", self.label or self.name)

    def species_of(self, n_particles: int) -> np.ndarray:
        """(N,) species indices with the model's composition, species 0 first.

        The counts are rounded so that they add up to N.
        """
        edges = np.rint(np.cumsum((0.0, *self.composition)) * n_particles).astype(int)
        return np.repeat(np.arange(len(self.composition), dtype=np.int32), np.diff(edges))

    def box_of(self, n_particles: int) -> np.ndarray:
        """(d,) edge lengths of the square or cubic box that holds N particles."""
        edge = (n_particles / self.density) ** (1.0 / self.dimension)
        return np.full(self.dimension, edge)


#: Name -> model: the whole registry.
MODELS = {
    "2dipl": Model(
        name="2dipl",
        label="2DIPL",
        dimension=2,
        potential=inverse_power_law(),
        density=0.86,
        composition=(0.5, 0.5),
        protocol=Protocol(),
    ),
    "3dipl": Model(
        name="3dipl",
        label="3DIPL",
        dimension=3,
        potential=inverse_power_law(),
        density=0.82,
        composition=(0.5, 0.5),
        protocol=Protocol(),
    ),
    "3dkablj": Model(
        name="3dkablj",
        label="3DKABLJ",
        dimension=3,
        potential=kob_andersen(),
        density=1.2,
        composition=(0.8, 0.2),
        protocol=Protocol(time_step=0.005),
    ),
}


def model(name: str) -> Model:
    """The model called ``name``: "2dipl", "3dipl" or "3dkablj" (any case).

    Raises
    ------
    UnknownModelError
        If there is no such model.
    """
    found = MODELS.get(name.lower())
    if found is None:
        raise UnknownModelError(
            f"there is no model {name!r}; the models are {', '.join(sorted(MODELS))}."
        )
    return found
