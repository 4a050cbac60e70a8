"""Many-body potentials of matscipy with published parameters; needs matscipy."""

from __future__ import annotations

from typing import Any

from matscipy.calculators.manybody import Manybody

from ..errors import InvalidPotentialError


class PublishedManybody(Manybody):
    """For the elements of its parameters alone; matscipy takes others for these.

    Parameters
    ----------
    name : of the parameters
    elements : that they are for
    functions : of the potential, as matscipy has them
    """

    def __init__(self, name: str, elements: list[str], functions: dict[str, Any]) -> None:
        super().__init__(**functions)
        self._name = name
        self._elements = elements

    def calculate(self, atoms: Any, properties: Any, system_changes: Any) -> None:
        foreign = sorted(set(atoms.get_chemical_symbols()) - set(self._elements))
        if foreign:
            raise InvalidPotentialError(
                f"the atoms have {', '.join(foreign)}, and the parameters {self._name} are those "
                f"of {' and '.join(self._elements)}; give parameters of these elements, or atoms "
                "of those."
            )
        super().calculate(atoms, properties, system_changes)
