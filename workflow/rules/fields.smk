"""The local thermal energy of every interaction, Eqs. 2 and 3 of the paper, or of every atom.

And of a few interactions of one glass by molecular dynamics, without any of the theory.
"""


rule compute_fields:
    input:
        glasses=f"{RESULTS}/glasses/{{ensemble}}/{{block}}.h5",
        table=potential_files,
        sources=sources("compute_fields"),
        settings=settings_of("compute_fields"),
    output:
        block_output("fields"),
    wildcard_constraints:
        ensemble=one_of(OF_PAIRS),
    params:
        potential=setting("potential"),
        settings=settings_from("fields", "force_tolerance", "sum_rule_tolerance"),
    log:
        f"{RESULTS}/logs/compute_fields/{{ensemble}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/compute_fields/{{ensemble}}/{{block}}.tsv"
    threads: 1
    priority: sooner(1)
    resources:
        mem_mb=memory,
        runtime=runtime(0.05),
    conda:
        ENVIRONMENT
    message:
        "Computing local thermal energy fields {wildcards.block} of {wildcards.ensemble}"
    script:
        "../../scripts/compute_fields.py"


rule compute_atom_fields:
    input:
        glasses=f"{RESULTS}/glasses/{{ensemble}}/{{block}}.h5",
        table=potential_files,
        sources=sources("compute_atom_fields"),
        settings=settings_of("compute_atom_fields"),
    output:
        block_output("fields"),
    wildcard_constraints:
        ensemble=one_of(CALCULATED),
    params:
        calculator=setting("calculator"),
        settings=config["fields"]["of_atoms"],
    log:
        f"{RESULTS}/logs/compute_atom_fields/{{ensemble}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/compute_atom_fields/{{ensemble}}/{{block}}.tsv"
    threads: 1
    priority: sooner(1)
    resources:
        mem_mb=memory_of_atoms,
        runtime=runtime_of_atoms,
    conda:
        ENVIRONMENT
    message:
        "Computing local thermal energies of atoms {wildcards.block} of {wildcards.ensemble}"
    script:
        "../../scripts/compute_atom_fields.py"


rule measure_pair_energies:
    input:
        glasses=block_of("fields.dynamics", "glasses"),
        fields=block_of("fields.dynamics", "fields"),
        table=potential_files,
        sources=sources("measure_pair_energies"),
    output:
        f"{RESULTS}/statistics/{{ensemble}}/pair_energies.parquet",
    params:
        potential=setting("potential"),
        seed=dynamics_seed,
        settings=config["fields"]["dynamics"],
    log:
        f"{RESULTS}/logs/measure_pair_energies/{{ensemble}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/measure_pair_energies/{{ensemble}}.tsv"
    threads: 1
    priority: cost
    resources:
        mem_mb=memory,
        runtime=60,
    conda:
        ENVIRONMENT
    message:
        "Measuring pair energies of {wildcards.ensemble} by molecular dynamics"
    script:
        "../../scripts/measure_pair_energies.py"
