"""Compute the local thermal energy (LTE) of every atom of a block of glasses, with a calculator.

Input: block file, stage ``glasses``. Output: block file, stage ``fields``; per realization
``energy`` (N,) = E_i and ``harmonic`` (N,), both in units of k_B T / 2, ``error`` (N,) of E_i,
``displacement`` (N, d) = X in length per energy, ``debye_waller`` (N,) in squared length
per energy, and the attribute ``sum_rule_error``, the relative deviation of the sum of
E_i from dN - d. There are no ``pairs``.
"""

from collections.abc import Mapping
from typing import Any

from workflow_helpers.calculator import law_of
from workflow_helpers.job import Result, job, make_block_from_glasses

from softfield.calculators.field import calculator_field
from softfield.errors import NotConvergedError
from softfield.glass import Glass


def main(
    glasses: str,
    output: str,
    described: Mapping[str, Any],
    settings: Mapping[str, Any],
    processes: int,
) -> None:
    """Write the fields of the glasses in ``glasses`` to ``output``."""
    law = law_of(described)

    def compute(glass: Glass) -> Result:
        field = calculator_field(
            law.atoms(glass), force_tolerance=settings["force_tolerance"], processes=processes
        )
        error = abs(field.sum_rule_error)
        if not error <= settings["sum_rule_tolerance"]:
            raise NotConvergedError(
                f"the sum of E_i misses dN - d by {error:.2g} relative, more than "
                f"fields.of_atoms.sum_rule_tolerance = {settings['sum_rule_tolerance']:.2g}: the "
                "energies of the calculator are rough (tables, single precision). Raise the "
                "tolerance if a rougher answer will do."
            )
        return field.of_atoms().arrays(), {"sum_rule_error": error}

    make_block_from_glasses(glasses, output, "fields", {"fields": dict(settings)}, compute)


if __name__ == "__main__":
    with job(snakemake):
        main(
            glasses=snakemake.input.glasses,
            output=snakemake.output[0],
            described=snakemake.params.calculator,
            settings=snakemake.params.settings,
            processes=snakemake.threads,
        )
