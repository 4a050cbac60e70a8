"""Names that the rule files share.

RESULTS            results folder
ENSEMBLES          ensemble name -> settings, optional keys filled in
PREPARED, READ     names of the ensembles that are prepared, and of those read from files
CALCULATED         names of those from files whose force law is a calculator: no sum over pairs
OF_PAIRS           names of all others
FITTED             names of the ensembles whose distribution of E is fitted
PREDICTED          names of the ensembles whose plastic events are predicted
WATCHED            names of the ensembles that are watched at temperatures, with fields and modes
STUDIED            name of the ensemble whose parameters of the prediction are varied, or none
HELD_AGAINST_PAPER names of the ensembles that are compared with the paper
COMPARED, SIZES    those of them with more than one realization, and of the figure of sizes
DIRECTIONS         name of that of the figures of directions; none where there is no such ensemble
DIRECTED           those of them that are sheared in several directions
LAWS, COUPLED      names of the ensembles that laws are sought in, and whose couplings are measured
WITH_MODES         those of them that go through the stage modes
SHOWN_SCALINGS     those of them whose modes and waves are drawn: of one potential
DYNAMICS           table of the pair energies by molecular dynamics, where they are measured
PREDICTION         name of the ensemble of Fig. 4; PREDICTION_SHOWN whether it can be drawn
blocks             names of the blocks of an ensemble
ensembles_with     names of the ensembles that go through a stage
BLOCKS             all block files
BLOCK_TABLES       all tables of single blocks; statistics.smk fills this list
block_files        files of one stage, one per block
force_law          a name of the force law of an ensemble
sources            stamp of the source files that a script depends on, for ``input:``
settings_of        stamp of the settings with which blocks that are deleted were made, for ``input:``
settings_from      some settings of a section, for ``params:``
ENVIRONMENT        conda environment, for ``conda:``

TABLES, FIGURES    what the targets ask for; statistics.smk and figures.smk fill these lists,
and PAPER_FIGURES  PAPER_FIGURES with Figures 1 to 4
"""

import json
import re

from configuration import (
    ConfigurationError,
    check,
    check_calculators,
    ensembles,
    in_order,
    load_schema,
    maps_of_atoms,
)
from softfield.files.blocks import block_indices, block_names, realization_seed
from snakemake.exceptions import WorkflowError
from snakemake.logging import logger
from registries import registries
from sources import settings_stamp, stamp

try:
    check(config)
    config.update(in_order(config, load_schema()))
    ENSEMBLES = ensembles(config)
    if workflow.is_main_process:  # evaluates every calculator once
        check_calculators(ENSEMBLES)
except ConfigurationError as error:
    raise WorkflowError(str(error)) from None

RESULTS = config["results"].rstrip("/")
CALCULATED = [name for name, settings in ENSEMBLES.items() if "calculator" in settings]
OF_PAIRS = [name for name in ENSEMBLES if name not in CALCULATED]
READ = [name for name in OF_PAIRS if "files" in ENSEMBLES[name]]
PREPARED = [name for name in OF_PAIRS if name not in READ]
ENVIRONMENT = str(Path(workflow.basedir) / "envs" / "environment.yaml")
BLOCK_TABLES, TABLES, FIGURES, PAPER_FIGURES = [], [], [], []


# --- ensembles and their blocks ---


def one_of(names):
    """Regular expression of a wildcard that is one of some names."""
    return "|".join(map(re.escape, names)) or "none"


wildcard_constraints:
    ensemble=one_of(ENSEMBLES),
    block=r"[0-9]+-[0-9]+",


def blocks(ensemble):
    """Names of the blocks of an ensemble."""
    settings = ENSEMBLES[ensemble]
    return block_names(settings["realizations"], settings["realizations_per_job"])


def first_blocks(ensemble, realizations):
    """Names of the blocks that hold the first realizations; of one at least."""
    return [name for name in blocks(ensemble) if block_indices(name)[0] < max(1, realizations)]


def block_output(stage):
    """The block file of a stage, as output; deleted after use where blocks are not kept."""
    path = f"{RESULTS}/{stage}/{{ensemble}}/{{block}}.h5"
    return path if config["keep_blocks"] else temp(path)


def block_files(stage, ensemble):
    """Files of one stage (glasses, fields, ...) of an ensemble, one per block."""
    return [f"{RESULTS}/{stage}/{ensemble}/{block}.h5" for block in blocks(ensemble)]


BLOCKS = [
    file
    for ensemble, settings in ENSEMBLES.items()
    for stage in ("glasses", *settings["stages"])
    for file in block_files(stage, ensemble)
]


def ensembles_with(*stages):
    """Names of the ensembles that go through some stages."""
    return [name for name, settings in ENSEMBLES.items() if set(stages) <= set(settings["stages"])]


def stage_blocks(wildcards):
    """The block files of every stage that the ensemble goes through."""
    stages = ["glasses", *ENSEMBLES[wildcards.ensemble]["stages"]]
    return [f"{RESULTS}/{stage}/{wildcards.ensemble}/{wildcards.block}.h5" for stage in stages]


def block_tables(table, ensemble):
    """Tables of one kind of an ensemble, one per block."""
    folder = f"{RESULTS}/statistics/{ensemble}/blocks/{table}"
    return [f"{folder}/{block}.parquet" for block in blocks(ensemble)]


def tables_of_blocks(tables, ensembles):
    """Tables of some kinds of all blocks of some ensembles."""
    return [file for name in ensembles for table in tables for file in block_tables(table, name)]


def ensemble_tables(table, ensembles):
    """One table of each ensemble."""
    return [f"{RESULTS}/statistics/{ensemble}/{table}.parquet" for ensemble in ensembles]


def files_of_block(wildcards):
    """The user's files that a block of glasses is read from."""
    files = ENSEMBLES[wildcards.ensemble]["files"]
    return [files[index] for index in block_indices(wildcards.block)]


def states_of_files(wildcards):
    """Size and time of the files that a block is read from, the force law's too, for ``params:``.

    An older file in the place of another one is seen by this alone: Snakemake compares the time of
    an input with that of the output.
    """
    files = [*files_of_block(wildcards), *potential_files(wildcards)]
    known = [(file, Path(file).stat()) for file in files if Path(file).is_file()]
    return {file: [state.st_size, state.st_mtime_ns] for file, state in known}


def force_law(ensemble):
    """A name of the force law: ensembles with the same one differ in their glasses."""
    settings = ENSEMBLES[ensemble]
    law = settings["potential"] or settings["calculator"]["settings"]
    return law if isinstance(law, str) else json.dumps(law, sort_keys=True)


def potential_files(wildcards):
    """The files that a force law of one's own is read from, where there are some."""
    return potential_files_of(wildcards.ensemble)


def potential_files_of(ensemble):
    return ENSEMBLES[ensemble].get("law_files", [])


def spots_of_block(wildcards):
    """The table of soft spots of the block, for ensembles that have one."""
    if wildcards.ensemble not in (*PREDICTED, *WATCHED):
        return {}
    folder = f"{RESULTS}/statistics/{wildcards.ensemble}/blocks/spots"
    return {"spots": f"{folder}/{wildcards.block}.parquet"}


def first_tables(table, ensemble, realizations):
    """Tables of one kind of the blocks with the first realizations."""
    folder = f"{RESULTS}/statistics/{ensemble}/blocks/{table}"
    return [f"{folder}/{block}.parquet" for block in first_blocks(ensemble, realizations)]


def coupling_tables(table, ensemble):
    """Tables of measure_couplings, of the blocks that it is made of."""
    realizations = config["statistics"]["couplings"]["realizations"]
    return first_tables(f"couplings_{table}", ensemble, realizations)


def sign_tables(ensemble):
    """Tables of measure_signs, of as many blocks."""
    return first_tables("signs", ensemble, config["statistics"]["couplings"]["realizations"])


def studied_tables(ensemble):
    """Tables of vary_parameters, of the blocks that it is made of."""
    return first_tables("parameter_scores", ensemble, config["statistics"]["study_realizations"])


def studied_until(wildcards):
    """How many realizations are studied up to the end of a block: more of them change nothing."""
    end = block_indices(wildcards.block)[-1] + 1
    return min(end, config["statistics"]["study_realizations"])


def frequency_tables(wildcards):
    """Frequencies of the normal modes of the ensemble, where it goes through that stage."""
    known = wildcards.ensemble in WITH_MODES
    return block_tables("frequencies", wildcards.ensemble) if known else []


def identity_blocks(wildcards):
    """Blocks of glasses on which exact statements are checked."""
    wanted = config["statistics"]["identities"]["realizations"]
    folder = f"{RESULTS}/glasses/{wildcards.ensemble}"
    return [f"{folder}/{block}.h5" for block in first_blocks(wildcards.ensemble, wanted)]


def sources(script):
    """Stamp of the source files of ``scripts/<script>.py``: edited, they rerun its jobs."""
    # a job on a cluster reads these files too: what was planned is not its to change
    try:
        return stamp(script, f"{RESULTS}/sources", write=workflow.is_main_process)
    except OSError as error:
        raise WorkflowError(f"The results folder cannot be written to: {error}") from None


def settings_of(rule):
    """Stamp of the parameters of a rule that makes blocks. Changed, they rerun its jobs.

    Nothing where blocks are kept. Snakemake then compares their parameters itself.
    """

    def of_block(wildcards):
        params = workflow.get_rule(rule).params.items()
        values = {key: value(wildcards) if callable(value) else value for key, value in params}
        path = f"{RESULTS}/sources/settings/{rule}/{wildcards.ensemble}"
        if "states" in values:  # of the files of a block
            path = f"{path}/{wildcards.block}"
        main = workflow.is_main_process
        return settings_stamp(f"{path}.json", values, write=main, dry=main and workflow.dryrun)

    return [] if config["keep_blocks"] else of_block


# --- params ---


def setting(key):
    """Function of the wildcards: a setting of the ensemble."""
    return lambda wildcards: ENSEMBLES[wildcards.ensemble][key]


def settings_from(section, *keys):
    """The settings of a section, ``statistics.couplings`` for instance, that a rule depends on."""
    found = config
    for name in section.split("."):
        found = found[name]
    return {key: found[key] for key in keys}


def preparation_settings(wildcards):
    """What the section ``glasses`` says of the model of the ensemble."""
    return config.get("glasses", {}).get(ENSEMBLES[wildcards.ensemble]["model"], {})


def reading_settings(wildcards):
    """How the user's files are read, and whether the glasses are relaxed."""
    settings = ENSEMBLES[wildcards.ensemble]
    return {**settings["reading"], "relax": settings["relax"]}


def shear_settings(wildcards):
    """``shear.max_strain`` with the number of events and the directions of the ensemble."""
    settings = ENSEMBLES[wildcards.ensemble]
    own = {key: settings[key] for key in ("n_events", "directions")}
    return {**settings_from("shear", "max_strain"), **own}


def thermal_settings(wildcards):
    """The section ``thermal``, with the points at which the ensemble is watched."""
    settings = ENSEMBLES[wildcards.ensemble]
    at_rest = [[temperature, 0.0] for temperature in settings["temperatures"]]
    sheared = [[t, rate] for t in settings["sheared_temperatures"] for rate in settings["rates"]]
    own = settings_from("thermal", "n_events", "max_time", "max_strain", "watch")
    return {**own, "points": at_rest + sheared}


def atom_shear_settings(wildcards):
    """The same, with what only fixed steps have."""
    steps = settings_from("shear.of_atoms", "step", "resolution")
    max_force = config["shear"]["of_atoms"]["force_tolerance"]
    return {**shear_settings(wildcards), **steps, "max_force": max_force}


def masses_of_modes(wildcards):
    """The setting ``masses``, where the ensemble takes those of its files."""
    masses = ENSEMBLES[wildcards.ensemble].get("masses", "unit")
    return {} if masses == "unit" else {"masses": masses}


def mode_settings(wildcards):
    """The section ``modes``, and the masses of the ensemble."""
    return {**config["modes"], **masses_of_modes(wildcards)}


def coupling_settings(wildcards):
    """What couplings and forces depend on."""
    own = settings_from("statistics.couplings", "modes", "radius", "shortest_wave")
    return {**own, "floor": config["statistics"]["tail_floor"], **masses_of_modes(wildcards)}


def studied_settings(wildcards):
    """The parameters of the prediction, of which the study changes one at a time."""
    own = settings_from(
        "statistics", "points_per_bin", "common_bins", "vicinity_radius", "event_location"
    )
    return {**own, "modes": config["modes"]["count"], **masses_of_modes(wildcards)}


def atom_mode_settings(wildcards):
    """The settings of modes as a calculator takes them."""
    settings = mode_settings(wildcards)
    masses = {"masses": "atoms"} if "masses" in settings else {}
    tolerance = settings_from("fields.of_atoms", "force_tolerance")
    return {**settings, **masses, **tolerance}


def spot_settings(wildcards):
    """What soft spots depend on, with the maps of the ensemble; a calculator has none of pairs."""
    maps = ENSEMBLES[wildcards.ensemble]["maps"]
    if wildcards.ensemble in CALCULATED:
        maps = maps_of_atoms(maps)
    common = settings_from("statistics", "points_per_bin", "common_bins", "vicinity_radius")
    return {**common, "maps": maps, "max_strain": predicted_strain(wildcards.ensemble, maps)}


def predicted_strain(ensemble, maps):
    """Strain up to which events are predicted, as far as they are sought; 0 where none are."""
    sought = [config["shear"]["max_strain"]]
    if ensemble in WATCHED:
        sought.append(config["thermal"]["max_strain"])
    return max(sought) if "predicted" in maps else 0.0


def map_directions(wildcards):
    """Directions of shear that maps are made for: glasses that are watched are sheared in xy."""
    own = ENSEMBLES[wildcards.ensemble]["directions"]
    return list(dict.fromkeys([*own, "xy"])) if wildcards.ensemble in WATCHED else own


def statistics_seed(name):
    """Function of the wildcards: seed of the bootstrap of a rule for the ensemble."""
    return lambda wildcards: realization_seed(
        config["master_seed"], f"{name} {wildcards.ensemble}", 0
    )


def dynamics_seed(wildcards):
    """Seed of the velocities for the inset of Fig. 2, apart from those of the glasses."""
    index = config["fields"]["dynamics"]["realization"]
    return realization_seed(config["master_seed"], f"{wildcards.ensemble} dynamics", index)


# --- resources ---


def cost(wildcards, input=None, attempt=1):
    """Priority of a job: longer realizations first, lest a long job come last; blocks in order."""
    settings = ENSEMBLES[wildcards.ensemble]
    first = block_indices(wildcards.block)[0] if "block" in wildcards.keys() else 0
    return settings["n_particles"] * settings["dimension"] ** 3 - first / settings["realizations"]


def sooner(steps):
    """Priority of what follows the glasses: a block is finished before the next one is begun."""
    return lambda wildcards: cost(wildcards) + steps


def memory(wildcards, attempt=1):
    """Memory of a job in MB, with a margin; grows when Snakemake tries again."""
    settings = ENSEMBLES[wildcards.ensemble]
    bytes_per_particle = {2: 30e3, 3: 250e3}[settings["dimension"]]
    return int(attempt * (600 + settings["n_particles"] * bytes_per_particle / 1e6))


def memory_of_atoms(wildcards, attempt=1, threads=1):
    """The same with a calculator: four dense matrices, and copies of the calculator."""
    settings = ENSEMBLES[wildcards.ensemble]
    rows = settings["n_particles"] * settings["dimension"]
    return int(attempt * (600 + 200 * threads + 40e-6 * rows**2))


def runtime_of_atoms(wildcards, attempt=1, threads=1):
    """Minutes allowed for a block with a calculator that takes 20 us per atom."""
    settings = ENSEMBLES[wildcards.ensemble]
    evaluations = 16 * settings["n_particles"] * settings["dimension"]
    seconds = evaluations * settings["n_particles"] * 20e-6 / threads
    return int(attempt * (30 + seconds * settings["realizations_per_job"] / 60))


def runtime(seconds_per_particle):
    """Function of the wildcards: minutes allowed for a block, generously."""

    def minutes(wildcards, attempt=1):
        settings = ENSEMBLES[wildcards.ensemble]
        seconds = settings["n_particles"] * seconds_per_particle
        return int(attempt * (10 + seconds * settings["realizations_per_job"] / 60))

    return minutes


def runtime_of_maps(wildcards, attempt=1):
    """Minutes for the maps of a block: those that are directed are made for every direction."""
    directions = len(map_directions(wildcards))
    return runtime(0.02 + 0.01 * directions)(wildcards, attempt)


# --- which ensembles go where ---


def stand_in(ensemble, stages, dimensions=(2, 3), among=OF_PAIRS):
    """The ensemble, or where it does not run the first that does and goes through the stages."""
    fits = [n for n in ensembles_with(*stages) if ENSEMBLES[n]["dimension"] in dimensions]
    fits = [n for n in fits if n in among]
    return ensemble if ensemble in ENSEMBLES or not fits else fits[0]


def measurable(what, ensemble, stages, of_atoms=False):
    """Whether an ensemble goes through the stages that something needs."""
    if not of_atoms and (ensemble in CALCULATED or (CALCULATED and not OF_PAIRS)):
        not_of_atoms(what)
        return False
    missing = [s for s in stages if ensemble not in ensembles_with(s)]
    if missing:
        logger.warning(f"No {what}: {ensemble} does not go through {', '.join(missing)}.")
    return not missing


def check_realization(section, ensemble):
    """Refuse a realization that the ensemble does not have."""
    realization = settings_from(section, "realization")["realization"]
    count = ENSEMBLES[ensemble]["realizations"]
    if realization >= count:
        raise WorkflowError(
            f"{section}.realization is {realization}, but {ensemble} has only {count} "
            "realizations, counted from 0."
        )


def compared_sizes():
    """The ensembles of figures.system_size whose events are predicted; at least two, or none."""
    wanted = config["figures"]["system_size"]
    known = [name for name in wanted if name in COMPARED]
    if len(known) < len(wanted):
        missing = ", ".join(name for name in wanted if name not in known)
        logger.warning(f"No {missing} in figures.system_size: switched off, or lacks a stage.")
    return known if len(known) > 1 else []


def directed_one():
    """The ensemble of figures.oriented_spots, or the first that is sheared in several directions."""
    wanted = config["figures"]["oriented_spots"]["ensemble"]
    if wanted in DIRECTED or not DIRECTED:
        return wanted
    return DIRECTED[0]


def scalings_shown():
    """Modes and waves are shown for one potential, that of Fig. 4 where it is there."""
    if not COUPLED:
        return []
    shown_first = PREDICTION if PREDICTION in COUPLED else COUPLED[0]
    potential = ENSEMBLES[shown_first]["potential"]
    return [name for name in COUPLED if ENSEMBLES[name]["potential"] == potential]


NOT_OF_ATOMS = {}


def not_of_atoms(what, names=CALCULATED):
    """Note what is not made of ensembles with a calculator."""
    NOT_OF_ATOMS.setdefault(", ".join(names), []).append(what)


def sentences_of_atoms():
    """What is not made of ensembles with a calculator, a sentence for each set of them."""
    why = "whose calculator gives energies of atoms, and this is about those of pairs"
    return [f"{', '.join(what)} of {names}, {why}." for names, what in NOT_OF_ATOMS.items()]


def of_pairs(what, ensembles):
    """Those whose energies are of pairs; that the others are left out is said."""
    calculated = [name for name in ensembles if name in CALCULATED]
    if calculated:
        not_of_atoms(what, calculated)
    return [name for name in ensembles if name in OF_PAIRS]


def tell_maps_left_out():
    """The maps of an ensemble that its calculator does not give."""
    left_out = {}
    for ensemble in CALCULATED:
        maps = ENSEMBLES[ensemble]["maps"] if ensemble in PREDICTED else []
        names = ", ".join(name for name in maps if name not in maps_of_atoms(maps))
        left_out.setdefault(names, []).append(ensemble)
    for names, ensembles in left_out.items():
        if names:
            not_of_atoms(f"the maps {names}", ensembles)


def many(ensembles):
    """Those with more than one realization, since one says nothing of a fraction or a law."""
    return [name for name in ensembles if ENSEMBLES[name]["realizations"] > 1]


PREDICTION = stand_in(config["figures"]["prediction"], ["fields", "shear", "modes"], among=ENSEMBLES)
PREDICTED = ensembles_with("fields", "shear", "modes")
WATCHED = [name for name in ensembles_with("fields", "modes", "thermal") if name in OF_PAIRS]
FITTED = [n for n in ensembles_with("fields") if n in config["statistics"]["distributions"]]
FITTED = FITTED or ensembles_with("fields")
# an ensemble that is watched alone is one more sample of glasses that others stand for
LAWS = [n for n in ensembles_with("fields") if n in PREDICTED or n not in WATCHED]
COMPARED = many(PREDICTED)
DIRECTED = [name for name in COMPARED if len(ENSEMBLES[name]["directions"]) > 1]
DIRECTED = of_pairs("orientations and predicted strains", DIRECTED)
DIRECTIONS = directed_one()
SIZES = compared_sizes()
COUPLED = of_pairs("the laws behind Eqs. 4 to 6", many(LAWS))
WITH_MODES = [name for name in many(ensembles_with("fields", "modes")) if name in COUPLED]
SHOWN_SCALINGS = scalings_shown()
PREDICTION_SHOWN = measurable(
    "figures.prediction", PREDICTION, ["fields", "shear", "modes"], of_atoms=True
)
STUDIED = of_pairs("the study of its parameters", [PREDICTION] if PREDICTION_SHOWN else [])
HELD_AGAINST_PAPER = of_pairs("paper versus measured", list(ENSEMBLES))
tell_maps_left_out()
DYNAMIC = stand_in(config["fields"]["dynamics"]["ensemble"], ["fields"])
DYNAMICS = []
if measurable("fields.dynamics", DYNAMIC, ["fields"]):
    check_realization("fields.dynamics", DYNAMIC)
    DYNAMICS = ensemble_tables("pair_energies", [DYNAMIC])


def held_against_paper(names):
    """Those of them that are compared with the paper."""
    return [name for name in names if name in HELD_AGAINST_PAPER]


# --- figures ---


def label(ensemble):
    """What a figure calls an ensemble."""
    return ENSEMBLES[ensemble]["label"]


def labels(ensembles):
    """What a figure calls several ensembles; where that is the same, scripts tell them apart."""
    return [label(name) for name in ensembles]


def shown(section):
    """The ensemble and the realization that ``figures.softness_field``, for instance, names."""
    ensemble, realization = settings_from(section, "ensemble", "realization").values()
    if section == "fields.dynamics":
        return stand_in(ensemble, ["fields"]), realization
    if section == "figures.oriented_spots":
        return DIRECTIONS, realization
    stages = ["fields", "shear"] if section == "figures.softness_field" else ["fields"]
    return stand_in(ensemble, stages, dimensions=(2,)), realization


def block_of(section, stage):
    """Input function: the block file of a stage with the realization that a section names."""

    def path(wildcards):
        ensemble, realization = shown(section)
        block = next(name for name in blocks(ensemble) if realization in block_indices(name))
        return f"{RESULTS}/{stage}/{ensemble}/{block}.h5"

    return path


def mapped(figure, stages):
    """Whether a map can be drawn: of one realization of a two-dimensional ensemble."""
    ensemble, _ = shown(figure)
    if not measurable(figure, ensemble, stages):
        return False
    if ENSEMBLES[ensemble]["dimension"] != 2:
        raise WorkflowError(f"{figure} is a plane map, but {ensemble} is three-dimensional.")
    check_realization(figure, ensemble)
    return True


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


# --- the end of a run ---


def tell_what_was_left_out():
    """The sentences of the jobs that could not be made, after everything else that is said.

    Those of ensembles that the configuration has no more are of no interest.
    """
    logs = Path(RESULTS, "logs")
    about = {note: note.relative_to(logs).with_suffix("").parts for note in logs.glob("**/*.left_out")}
    known = [note for note, (_, *of) in about.items() if not of or of[0] in config["ensembles"]]
    notes = sorted({note.read_text().strip() for note in known})
    notes += sentences_of_atoms()
    if notes:
        print("\nLeft out:", *notes, sep="\n  - ", file=sys.stderr)
