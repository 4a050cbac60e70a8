"""Tables, settings and seeds that the rules of statistics.smk share."""

from snakemake.logging import logger

from softfield.files.blocks import realization_seed

PREDICTED = [m for m, e in ENSEMBLES.items() if {"fields", "shear", "modes"} <= set(e["stages"])]
FITTED = [m for m in ensembles_with("fields") if m in config["statistics"]["distributions"]]

# one realization says nothing about the fraction of events
COMPARED = [m for m in PREDICTED if ENSEMBLES[m]["realizations"] > 1]


def compared_sizes():
    """The ensembles of figures.system_size whose events are predicted; at least two, or none."""
    wanted = config["figures"]["system_size"]
    unknown = [m for m in wanted if m not in config["models"]]
    if unknown:
        raise WorkflowError(
            f"figures.system_size names {', '.join(unknown)}, none of the ensembles in the "
            f"section models: {', '.join(config['models'])}."
        )
    found = [m for m in wanted if m in COMPARED]
    if len(found) < len(wanted):
        missing = ", ".join(m for m in wanted if m not in found)
        logger.warning(f"Figure system_size without {missing}: switched off, or lacks a stage.")
    return found if len(found) > 1 else []


SIZES = compared_sizes()

TABLES = [
    *expand(f"{RESULTS}/statistics/{{model}}/summary.parquet", model=ENSEMBLES),
    *expand(f"{RESULTS}/statistics/{{model}}/tail_fits.parquet", model=FITTED),
    *expand(f"{RESULTS}/statistics/{{model}}/estimates.parquet", model=COMPARED),
    *([f"{RESULTS}/paper_versus_measured.md"] if ENSEMBLES else []),
    *([f"{RESULTS}/system_size.parquet"] if SIZES else []),
]


def statistics_settings(*keys):
    """The settings of section statistics that a rule depends on."""
    return {key: config["statistics"][key] for key in keys}


def block_tables(table, model):
    """Per-block tables of one kind of an ensemble."""
    return [f"{RESULTS}/statistics/{model}/blocks/{table}/{block}.parquet" for block in blocks(model)]


def stage_blocks(wildcards):
    """The block files of every stage that the ensemble goes through."""
    stages = ["glasses", *ENSEMBLES[wildcards.model]["stages"]]
    return [f"{RESULTS}/{stage}/{wildcards.model}/{wildcards.block}.h5" for stage in stages]


def spots_of_block(wildcards):
    """The table of soft spots of the block, for ensembles that have one."""
    if wildcards.model not in PREDICTED:
        return {}
    return {"spots": f"{RESULTS}/statistics/{wildcards.model}/blocks/spots/{wildcards.block}.parquet"}


def statistics_seed(name):
    """Function of the wildcards: seed of the bootstrap of a rule for the ensemble."""
    return lambda wildcards: realization_seed(config["master_seed"], f"{name} {wildcards.model}", 0)
