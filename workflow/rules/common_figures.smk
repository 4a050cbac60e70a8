"""Files and settings that the rules of figures.smk share."""

from snakemake.logging import logger

from softfield.files.blocks import block_indices, realization_seed

LABELS = {"2dipl": "2DIPL", "3dipl": "3DIPL", "3dkablj": "3DKABLJ"}


def label(model):
    """What a figure calls an ensemble."""
    return LABELS.get(ENSEMBLES[model].get("model"), model)


def shown(figure):
    """The ensemble and the realization that a map shows."""
    return config["figures"][figure]["ensemble"], config["figures"][figure]["realization"]


def block_of(figure, stage):
    """Input function: the block file of a stage with the realization that a map shows."""

    def path(wildcards):
        model, realization = shown(figure)
        block = next(name for name in blocks(model) if realization in block_indices(name))
        return f"{RESULTS}/{stage}/{model}/{block}.h5"

    return path


def drawable(figure, model, stages):
    """Whether the ensemble of a figure goes through the stages that the figure needs."""
    if model not in config["models"]:
        raise WorkflowError(
            f"figures.{figure} names the ensemble '{model}', which is none of those in the "
            f"section models: {', '.join(config['models'])}."
        )
    missing = [s for s in stages if model not in ENSEMBLES or s not in ENSEMBLES[model]["stages"]]
    if missing:
        logger.warning(f"No figure {figure}: {model} does not go through {', '.join(missing)}.")
    return not missing


def map_drawable(figure, stages):
    """The same for a map, which shows one realization of a two-dimensional ensemble."""
    model, realization = shown(figure)
    if not drawable(figure, model, stages):
        return False
    ensemble = ENSEMBLES[model]
    if ensemble["dimension"] != 2:
        raise WorkflowError(f"figures.{figure} is a plane map, but {model} is three-dimensional.")
    if realization >= ensemble["realizations"]:
        raise WorkflowError(
            f"figures.{figure}.realization is {realization}, but {model} has only "
            f"{ensemble['realizations']} realizations, counted from 0."
        )
    return True


def dynamics_seed(wildcards):
    """Seed of the velocities for the inset of Fig. 2, apart from those of the glasses."""
    index = config["figures"]["dynamics"]["realization"]
    return realization_seed(config["master_seed"], f"{wildcards.model} dynamics", index)


def figure_files(name):
    """The files of a figure."""
    return [f"{RESULTS}/figures/{name}.pdf", f"{RESULTS}/figures/{name}.png"]


def drawn(name, category, title):
    """The PNG of a figure, for the report."""
    return report(
        f"{RESULTS}/figures/{name}.png",
        caption=f"../report/{name}.rst",
        category=category,
        labels={"figure": title},
    )


def ensemble_tables(table, models):
    """One table of each ensemble."""
    return [f"{RESULTS}/statistics/{model}/{table}.parquet" for model in models]


# Fig. 2 has its inset where the glass for it goes through the stage fields.
DYNAMICS = (
    ensemble_tables("pair_energies", [shown("dynamics")[0]])
    if drawable("dynamics", shown("dynamics")[0], ["fields"])
    else []
)

PREDICTION = config["figures"]["prediction"]

if map_drawable("displacement_and_energy", ["fields"]):
    PAPER_FIGURES += figure_files("fig1_displacement_and_energy")
if FITTED:
    PAPER_FIGURES += figure_files("fig2_distributions")
    FIGURES += figure_files("tail_exponent")
if map_drawable("softness_field", ["fields", "shear"]):
    PAPER_FIGURES += figure_files("fig3_softness_field")
if drawable("prediction", PREDICTION, ["fields", "shear", "modes"]):
    PAPER_FIGURES += figure_files("fig4_prediction")
    for name in ("prediction_by_effort", "later_events", "ranking", "parameter_study"):
        FIGURES += figure_files(name)
if SIZES:
    FIGURES += figure_files("system_size")
