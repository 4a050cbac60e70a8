"""Athermal quasistatic shear to the first plastic events."""


rule shear_glasses:
    input:
        glasses=f"{RESULTS}/glasses/{{ensemble}}/{{block}}.h5",
        table=potential_files,
        sources=sources("shear_glasses"),
        settings=settings_of("shear_glasses"),
    output:
        block_output("shear"),
    wildcard_constraints:
        ensemble=one_of(OF_PAIRS),
    params:
        potential=setting("potential"),
        settings=shear_settings,
    log:
        f"{RESULTS}/logs/shear_glasses/{{ensemble}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/shear_glasses/{{ensemble}}/{{block}}.tsv"
    threads: 1
    priority: sooner(1)
    resources:
        mem_mb=memory,
        runtime=runtime(0.1),
    conda:
        ENVIRONMENT
    message:
        "Shearing glasses {wildcards.block} of {wildcards.ensemble}"
    script:
        "../../scripts/shear_glasses.py"


rule shear_atoms:
    input:
        glasses=f"{RESULTS}/glasses/{{ensemble}}/{{block}}.h5",
        table=potential_files,
        sources=sources("shear_atoms"),
        settings=settings_of("shear_atoms"),
    output:
        block_output("shear"),
    wildcard_constraints:
        ensemble=one_of(CALCULATED),
    params:
        calculator=setting("calculator"),
        settings=atom_shear_settings,
    log:
        f"{RESULTS}/logs/shear_atoms/{{ensemble}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/shear_atoms/{{ensemble}}/{{block}}.tsv"
    threads: 1
    priority: sooner(1)
    resources:
        mem_mb=memory_of_atoms,
        runtime=runtime_of_atoms,
    conda:
        ENVIRONMENT
    message:
        "Shearing atoms {wildcards.block} of {wildcards.ensemble}"
    script:
        "../../scripts/shear_atoms.py"
