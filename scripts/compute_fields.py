"""Compute the local thermal energy (LTE) of a block of glasses.

Input: block file, stage ``glasses``. Output: block file, stage ``fields``; per realization
``pairs`` (P, 2), ``energy`` (P,) = E_alpha, ``harmonic`` (P,), both in units of k_B T / 2,
``displacement`` (N, d) = X in length per energy, ``debye_waller`` (N,) in squared length
per energy, and the attribute ``sum_rule_error``, the relative deviation of the sum of
E_alpha from dN - d.
"""

from collections.abc import Mapping
from typing import Any

from workflow_helpers.job import Result, job, make_block_from_glasses
from workflow_helpers.pair_potential import Described, potential_of

from softfield.errors import NotConvergedError
from softfield.glass import Glass
from softfield.response.fields import local_thermal_energy


def main(glasses: str, output: str, described: Described, settings: Mapping[str, Any]) -> None:
    """Write the fields of the glasses in ``glasses`` to ``output``."""

    def compute(glass: Glass) -> Result:
        potential = potential_of(described, glass)
        field = local_thermal_energy(glass, potential, settings["force_tolerance"])
        error = abs(field.sum_rule_error)
        if not error <= settings["sum_rule_tolerance"]:
            raise NotConvergedError(
                f"the sum of E_alpha misses dN - d by {error:.2g} relative, more than "
                f"fields.sum_rule_tolerance = {settings['sum_rule_tolerance']:.2g}; lower "
                "glasses.*.force_tolerance."
            )
        return field.arrays(), {"sum_rule_error": error}

    make_block_from_glasses(glasses, output, "fields", {"fields": dict(settings)}, compute)


if __name__ == "__main__":
    with job(snakemake):
        main(
            glasses=snakemake.input.glasses,
            output=snakemake.output[0],
            described=snakemake.params.potential,
            settings=snakemake.params.settings,
        )
