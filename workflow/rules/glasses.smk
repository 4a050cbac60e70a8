"""Liquid to glass: molecular dynamics at a constant cooling rate, then minimisation.

Glasses of the user's own are read and relaxed instead, with a potential or with a calculator.
"""


rule prepare_glasses:
    input:
        sources=sources("prepare_glasses"),
        settings=settings_of("prepare_glasses"),
    output:
        block_output("glasses"),
    wildcard_constraints:
        ensemble=one_of(PREPARED),
    params:
        model=setting("model"),
        n_particles=setting("n_particles"),
        master_seed=config["master_seed"],
        settings=preparation_settings,
    log:
        f"{RESULTS}/logs/prepare_glasses/{{ensemble}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/prepare_glasses/{{ensemble}}/{{block}}.tsv"
    threads: 1
    priority: cost
    resources:
        mem_mb=memory,
        runtime=runtime(0.1),
    conda:
        ENVIRONMENT
    message:
        "Preparing glasses {wildcards.block} of {wildcards.ensemble}"
    script:
        "../../scripts/prepare_glasses.py"


rule read_glasses:
    input:
        files=files_of_block,
        table=potential_files,
        sources=sources("read_glasses"),
        settings=settings_of("read_glasses"),
    output:
        block_output("glasses"),
    wildcard_constraints:
        ensemble=one_of(READ),
    params:
        potential=setting("potential"),
        settings=reading_settings,
        states=states_of_files,
        force_tolerance=config["fields"]["force_tolerance"],
    log:
        f"{RESULTS}/logs/read_glasses/{{ensemble}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/read_glasses/{{ensemble}}/{{block}}.tsv"
    threads: 1
    priority: cost
    resources:
        mem_mb=memory,
        runtime=runtime(0.1),
    conda:
        ENVIRONMENT
    message:
        "Reading glasses {wildcards.block} of {wildcards.ensemble}"
    script:
        "../../scripts/read_glasses.py"


rule read_atoms:
    input:
        files=files_of_block,
        table=potential_files,
        sources=sources("read_atoms"),
        settings=settings_of("read_atoms"),
    output:
        block_output("glasses"),
    wildcard_constraints:
        ensemble=one_of(CALCULATED),
    params:
        calculator=setting("calculator"),
        settings=reading_settings,
        states=states_of_files,
        force_tolerance=0.1 * config["fields"]["of_atoms"]["force_tolerance"],
    log:
        f"{RESULTS}/logs/read_atoms/{{ensemble}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/read_atoms/{{ensemble}}/{{block}}.tsv"
    threads: 1
    priority: cost
    resources:
        mem_mb=memory_of_atoms,
        runtime=runtime_of_atoms,
    conda:
        ENVIRONMENT
    message:
        "Reading glasses {wildcards.block} of {wildcards.ensemble}, with their calculator"
    script:
        "../../scripts/read_atoms.py"
