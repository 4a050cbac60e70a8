"""Names that the rule files share.

RESULTS            results folder
ENSEMBLES          ensemble name -> settings, optional keys filled in
PREPARED, READ     names of the ensembles that are prepared, and of those read from files
blocks             names of the blocks of an ensemble
ensembles_with     names of the ensembles that go through a stage
REALIZATIONS       all block files
block_files        files of one stage, one per block
sources            stamp of the source files that a script depends on, for ``input:``
ENVIRONMENT        conda environment, for ``conda:``

TABLES, FIGURES    what the targets ask for; statistics.smk and figures.smk fill these lists,
and PAPER_FIGURES  PAPER_FIGURES with Figures 1 to 4
"""

from configuration import ConfigurationError, check, ensembles
from softfield.files.blocks import block_indices, block_names
from snakemake.exceptions import WorkflowError
from sources import stamp

try:
    check(config)
    ENSEMBLES = ensembles(config)
except ConfigurationError as error:
    raise WorkflowError(str(error)) from None

RESULTS = config["results"].rstrip("/")
READ = [name for name, ensemble in ENSEMBLES.items() if "files" in ensemble]
PREPARED = [name for name in ENSEMBLES if name not in READ]
ENVIRONMENT = str(Path(workflow.basedir) / "envs" / "environment.yaml")
TABLES, FIGURES, PAPER_FIGURES = [], [], []


def one_of(names):
    """Regular expression of a wildcard that is one of some names."""
    return "|".join(map(re.escape, names)) or "none"


wildcard_constraints:
    model=one_of(ENSEMBLES),
    block=r"[0-9]+-[0-9]+",


def blocks(model):
    """Names of the blocks of an ensemble."""
    ensemble = ENSEMBLES[model]
    return block_names(ensemble["realizations"], ensemble["realizations_per_job"])


def block_files(stage, model):
    """Files of one stage (glasses, fields, shear, modes) of an ensemble, one per block."""
    return [f"{RESULTS}/{stage}/{model}/{block}.h5" for block in blocks(model)]


REALIZATIONS = [
    file
    for model, ensemble in ENSEMBLES.items()
    for stage in ("glasses", *ensemble["stages"])
    for file in block_files(stage, model)
]


def ensembles_with(stage):
    """Names of the ensembles that go through a stage (fields, shear or modes)."""
    return [name for name, ensemble in ENSEMBLES.items() if stage in ensemble["stages"]]


def sources(script):
    """Stamp of the source files of ``scripts/<script>.py``: edited, they rerun its jobs."""
    # a job on a cluster reads these files too: what was planned is not its to change
    try:
        return stamp(script, f"{RESULTS}/sources", write=workflow.is_main_process)
    except OSError as error:
        raise WorkflowError(f"The results folder cannot be written to: {error}") from None


def setting(key):
    """Function of the wildcards: a setting of the ensemble."""
    return lambda wildcards: ENSEMBLES[wildcards.model][key]


def files_of_block(wildcards):
    """The user's files that a block of glasses is read from."""
    files = ENSEMBLES[wildcards.model]["files"]
    return [files[index] for index in block_indices(wildcards.block)]


def reading_settings(wildcards):
    """How the user's files are read, and whether the glasses are relaxed."""
    ensemble = ENSEMBLES[wildcards.model]
    return {key: ensemble[key] for key in ("species", "length_unit", "relax")}


def potential_files(wildcards):
    """The table that a potential of one's own is read from, where there is one."""
    potential = ENSEMBLES[wildcards.model]["potential"]
    return [] if isinstance(potential, str) else [f for f in [potential.get("file")] if f]


def preparation_settings(wildcards):
    """The section ``glasses`` for the model of the ensemble."""
    return config["glasses"][ENSEMBLES[wildcards.model]["model"]]


def shear_settings(wildcards):
    """The section ``shear`` with the number of events of the ensemble."""
    return {**config["shear"], "n_events": ENSEMBLES[wildcards.model]["n_events"]}


def cost(wildcards, input=None, attempt=1):
    """Priority of a job, larger for longer realizations, so that no long job comes last."""
    ensemble = ENSEMBLES[wildcards.model]
    return ensemble["n_particles"] * ensemble["dimension"] ** 3


def memory(wildcards, attempt=1):
    """Memory of a job in MB, with a margin; grows when Snakemake tries again."""
    ensemble = ENSEMBLES[wildcards.model]
    bytes_per_particle = {2: 30e3, 3: 250e3}[ensemble["dimension"]]
    return int(attempt * (600 + ensemble["n_particles"] * bytes_per_particle / 1e6))


def runtime(seconds_per_particle):
    """Function of the wildcards: minutes allowed for a block, generously."""

    def minutes(wildcards, attempt=1):
        ensemble = ENSEMBLES[wildcards.model]
        seconds = ensemble["n_particles"] * seconds_per_particle
        return int(attempt * (10 + seconds * ensemble["realizations_per_job"] / 60))

    return minutes
