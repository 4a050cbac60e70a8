"""The three glass formers of the paper, as data: force law, density, composition, protocol.

A new entry of ``MODELS`` is a new model: everything that is keyed by the name of a model reads
it from there. The paper does not give its protocol of preparation. The numbers here are our
choice; docs/preparation.md says where each comes from and shows that the liquids are
equilibrated and the glasses sane.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from ..checks.arrays import finite_numbers
from ..checks.names import check_kind
from ..checks.numbers import is_number, positive_number, shown, whole_number
from ..errors import InvalidSettingError, UnknownModelError
from .pair_potential import check_potential
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
            number = is_number(value) and np.isfinite(value)
            if not number or value < 0 or (value == 0 and not may_vanish):
                wanted = "not be negative" if may_vanish else "be positive"
                raise InvalidSettingError(
                    f"{field.name} must {wanted if number else 'be a finite number'}, "
                    f"not {shown(value)}."
                )
            object.__setattr__(self, field.name, float(value))
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

    Raises
    ------
    InvalidSettingError
        If the names are no text, the dimension is not 2 or 3, the density not positive, or the
        fractions, one for each species of the potential, do not add up to 1.
    InvalidPotentialError
        If the potential is none.
    """

    name: str
    dimension: int
    potential: TruncatedPowers
    density: float
    composition: tuple[float, ...]
    protocol: Protocol = Protocol()
    label: str = ""

    def __post_init__(self) -> None:
        for text in (self.name, self.label):
            check_kind(text, str, "name and label of a model are text")
        if whole_number(self.dimension, "the dimension of a model") not in (2, 3):
            raise InvalidSettingError(f"a model has dimension 2 or 3, not {self.dimension}.")
        check_potential(self.potential)
        positive_number(self.density, "the density of a model")
        check_kind(self.protocol, Protocol, "it says how glasses of a model are made")
        shares = finite_numbers(
            self.composition, "fractions of the species", (self.potential.n_species,)
        )
        if (shares < 0).any() or abs(shares.sum() - 1.0) > 1e-9:
            raise InvalidSettingError(
                f"the fractions of the species, {self.composition}, are not negative and add up to "
                "1; correct them."
            )
        object.__setattr__(self, "label", self.label or self.name)

    def species_of(self, n_particles: int) -> np.ndarray:
        """(N,) species indices with the model's composition, species 0 first.

        The counts are rounded so that they add up to N.

        Raises
        ------
        InvalidSettingError
            If N is no number of particles; as :meth:`box_of`.
        """
        whole_number(n_particles, "n_particles")
        edges = np.rint(np.cumsum((0.0, *self.composition)) * n_particles).astype(int)
        return np.repeat(np.arange(len(self.composition), dtype=np.int32), np.diff(edges))

    def box_of(self, n_particles: int) -> np.ndarray:
        """(d,) edge lengths of the square or cubic box that holds N particles."""
        whole_number(n_particles, "n_particles")
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
        protocol=Protocol(time_step=0.0075, equilibration_time=45.0),
    ),
}


def model(name: str) -> Model:
    """The model called ``name``: "2dipl", "3dipl" or "3dkablj" (any case).

    Raises
    ------
    UnknownModelError
        If there is no such model.
    """
    found = MODELS.get(name.lower()) if isinstance(name, str) else None
    if found is None:
        raise UnknownModelError(
            f"there is no model {shown(name)}; the models are {', '.join(sorted(MODELS))}."
        )
    return found
