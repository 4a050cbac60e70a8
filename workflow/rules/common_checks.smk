"""Ensembles, tables and settings that the rules of checks.smk share."""

from softfield.files.blocks import block_indices

CHECKED = [m for m in ensembles_with("fields") if ENSEMBLES[m]["realizations"] > 1]
WITH_MODES = [m for m in CHECKED if "modes" in ENSEMBLES[m]["stages"]]

# modes and waves are shown for one potential, that of Fig. 4 where it is there
SHOWN_POTENTIAL = ENSEMBLES[PREDICTION if PREDICTION in CHECKED else CHECKED[0]]["potential"] if CHECKED else None
SHOWN_SCALINGS = [m for m in CHECKED if ENSEMBLES[m]["potential"] == SHOWN_POTENTIAL]

TABLES += [
    *expand(f"{RESULTS}/statistics/{{model}}/scaling_fits.parquet", model=CHECKED),
    *expand(f"{RESULTS}/statistics/{{model}}/identities.parquet", model=CHECKED),
]
if CHECKED:
    FIGURES += [*figure_files("scalings"), *figure_files("internal_forces")]
if WITH_MODES:
    FIGURES += figure_files("low_frequency")
if DYNAMICS:
    FIGURES += figure_files("pair_energies")


def sized(model):
    """What a figure calls an ensemble beside others of the same model."""
    return f"{label(model)}, $N$ = {ENSEMBLES[model]['n_particles']:,}"


def check_settings(*keys):
    """The settings of section checks that a rule depends on."""
    return {key: config["checks"][key] for key in keys}


def checked_tables(table, model):
    """Tables of one kind of the blocks that hold the first realizations."""
    wanted = [b for b in blocks(model) if block_indices(b)[0] < config["checks"]["realizations"]]
    return [f"{RESULTS}/statistics/{model}/blocks/{table}/{block}.parquet" for block in wanted]


def checked_inputs(table, models):
    """Input function: tables of one kind of several ensembles, one after the other."""
    return lambda wildcards: [path for model in models for path in checked_tables(table, model)]


def frequency_tables(wildcards):
    """Frequencies of the normal modes of the ensemble, where it goes through that stage."""
    return block_tables("frequencies", wildcards.model) if wildcards.model in WITH_MODES else []
