"""The pair potential that the configuration gives a glass of an ensemble."""

from collections.abc import Mapping
from typing import Any

import workflow_helpers.checkout  # noqa: F401

from softfield.errors import InvalidSettingError
from softfield.glass import Glass
from softfield.potentials.models import model
from softfield.potentials.pair_potential import PairPotential

#: The name of a model, or the settings of a potential of one's own.
Described = str | Mapping[str, Any]


def potential_of(described: Described | None, glass: Glass) -> PairPotential:
    """The potential; files that its settings name are looked for in the working directory."""
    return glass_and_potential(described, glass)[1]


def glass_and_potential(described: Described | None, glass: Glass) -> tuple[Glass, PairPotential]:
    """The potential, and the glass with the species that it has there.

    An ensemble whose energies come from a calculator has none.

    Raises
    ------
    InvalidSettingError
        If the ensemble has none.
    """
    if described is None:
        raise InvalidSettingError(
            "this step needs a pair potential, and the energies of this ensemble come from a "
            "calculator: ask for its fields, modes and shear, and what is made of these."
        )
    if isinstance(described, str):
        return glass, model(described).potential
    # takes longer to import than the rest of a job
    from softfield.potentials.settings import potential_of_glass

    return potential_of_glass(described, glass)
