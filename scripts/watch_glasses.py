"""Watch a block of glasses leave their minima at temperatures, at rest and under steady shear.

Input: block file, stage ``glasses``. Output: block file, stage ``thermal``; every pair of a
temperature and a rate is a *point*. Per realization one entry per event, those of one point after
the other, in every field of :class:`softfield.PlasticEvent`, places (n, d), and ``temperature``,
``rate``, ``time`` and ``time_bracket``. One entry per point in ``point_temperature``,
``point_rate``, ``point_events``, ``point_flickers``, ``point_quenches`` and ``point_time``, how
long the glass was watched: with fewer events than asked for, the next is censored there.
``left_positions`` has the minimum behind the first event at the lowest temperature at which there
is one at rest, the attribute ``left_temperature``; none and NaN where there is no event at rest.
"""

from collections.abc import Mapping
from typing import Any

from workflow_helpers.job import Result, job, make_block
from workflow_helpers.pair_potential import Described, potential_of
from workflow_helpers.thermal_record import seed_of_point, thermal_record

from softfield.files.blocks import read_block
from softfield.response.thermal_events import ThermalWatch, thermal_path


def main(
    glasses: str,
    output: str,
    ensemble: str,
    described: Described,
    master_seed: int,
    settings: Mapping[str, Any],
) -> None:
    """Write what the glasses in ``glasses`` do to ``output``."""
    watch = ThermalWatch(**settings["watch"])
    asked = {name: settings[name] for name in ("n_events", "max_time", "max_strain")}
    with read_block(glasses, stage="glasses") as source:

        def compute(index: int) -> Result:
            glass = source.glass(index)
            potential = potential_of(described, glass)
            paths = {
                (temperature, rate): thermal_path(
                    glass,
                    potential,
                    temperature=temperature,
                    shear_rate=rate,
                    seed=seed_of_point(master_seed, ensemble, index, temperature, rate),
                    watch=watch,
                    **asked,
                )
                for temperature, rate in settings["points"]
            }
            return thermal_record(paths, glass.dimension)

        make_block(
            output,
            "thermal",
            {**source.provenance["parameters"], "thermal": dict(settings)},
            indices=source.all_indices,
            compute=compute,
            failed_before={i: f"glasses: {reason}" for i, reason in source.failures.items()},
        )


if __name__ == "__main__":
    with job(snakemake):
        main(
            glasses=snakemake.input.glasses,
            output=snakemake.output[0],
            ensemble=snakemake.wildcards.ensemble,
            described=snakemake.params.potential,
            master_seed=snakemake.params.master_seed,
            settings=snakemake.params.settings,
        )
