"""Lowest normal modes and their sum of squares per particle, the comparison of Fig. 4."""


rule compute_modes:
    input:
        glasses=f"{RESULTS}/glasses/{{ensemble}}/{{block}}.h5",
        table=potential_files,
        sources=sources("compute_modes"),
        settings=settings_of("compute_modes"),
    output:
        block_output("modes"),
    wildcard_constraints:
        ensemble=one_of(OF_PAIRS),
    params:
        potential=setting("potential"),
        settings=mode_settings,
    log:
        f"{RESULTS}/logs/compute_modes/{{ensemble}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/compute_modes/{{ensemble}}/{{block}}.tsv"
    threads: 1
    priority: sooner(1)
    resources:
        mem_mb=memory,
        runtime=runtime(0.05),
    conda:
        ENVIRONMENT
    message:
        "Computing normal modes {wildcards.block} of {wildcards.ensemble}"
    script:
        "../../scripts/compute_modes.py"


rule compute_atom_modes:
    input:
        glasses=f"{RESULTS}/glasses/{{ensemble}}/{{block}}.h5",
        table=potential_files,
        sources=sources("compute_atom_modes"),
        settings=settings_of("compute_atom_modes"),
    output:
        block_output("modes"),
    wildcard_constraints:
        ensemble=one_of(CALCULATED),
    params:
        calculator=setting("calculator"),
        settings=atom_mode_settings,
    log:
        f"{RESULTS}/logs/compute_atom_modes/{{ensemble}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/compute_atom_modes/{{ensemble}}/{{block}}.tsv"
    threads: 1
    priority: sooner(1)
    resources:
        mem_mb=memory_of_atoms,
        runtime=runtime_of_atoms,
    conda:
        ENVIRONMENT
    message:
        "Computing normal modes of atoms {wildcards.block} of {wildcards.ensemble}"
    script:
        "../../scripts/compute_atom_modes.py"
