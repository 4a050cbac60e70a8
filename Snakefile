"""Every figure of PNAS 114, 7289 (2017) from nothing: glasses -> fields, shear, modes ->
statistics -> figures.

    snakemake --cores all                                               laptop scale
    snakemake --cores all --configfile workflow/scales/smoke.yaml       a minute
    snakemake --cores all regenerate_paper_figures                      Figures 1 to 4 only
    snakemake --cores all realizations                                  no statistics
"""

import sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.5")

# a relative path would be looked for in the working directory
configfile: str(Path(workflow.basedir) / "config.yaml")


sys.path[:0] = [str(Path(workflow.basedir) / folder) for folder in ("workflow", "src")]


include: "workflow/rules/common.smk"
include: "workflow/rules/glasses.smk"
include: "workflow/rules/fields.smk"
include: "workflow/rules/shear.smk"
include: "workflow/rules/modes.smk"
include: "workflow/rules/thermal.smk"
include: "workflow/rules/statistics.smk"
include: "workflow/rules/figures.smk"


for sentence in sentences_of_atoms() if workflow.is_main_process else []:
    logger.warning(f"Not made: {sentence}")


onstart:
    # For its limit of 100 new jobs a second Snakemake 9 looks through all ready jobs again one second
    # after every look: each job that ends adds a look a second for the rest of the run, and after a
    # hundred of them Snakemake fills a core. No job here is that short.
    limit = workflow.scheduling_settings.max_jobs_per_timespan
    if limit and (limit.max_jobs, limit.timespan) == (100, 1):  # the default
        workflow.scheduler.job_rate_limiter = None


onsuccess:
    tell_what_was_left_out()


onerror:
    tell_what_was_left_out()


if config["local_aggregates"]:
    workflow.localrules(*(rule.name for rule in workflow.rules if "block" not in rule.wildcard_names))


# what is left of single realizations when everything is made
OF_REALIZATIONS = BLOCKS if config["keep_blocks"] else BLOCK_TABLES


rule all:
    default_target: True
    localrule: True
    input:
        OF_REALIZATIONS,
        TABLES,
        FIGURES,
        PAPER_FIGURES,


rule realizations:
    localrule: True
    input:
        OF_REALIZATIONS,


rule regenerate_paper_figures:
    localrule: True
    input:
        PAPER_FIGURES,


rule regenerate_paper_figures_hyphenated:
    name:
        "regenerate-paper-figures"
    localrule: True
    input:
        PAPER_FIGURES,
