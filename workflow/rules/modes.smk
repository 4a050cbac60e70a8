"""Lowest normal modes and their sum of squares per particle, the comparison of Fig. 4."""


rule compute_modes:
    input:
        glasses=f"{RESULTS}/glasses/{{ensemble}}/{{block}}.h5",
        table=potential_files,
        sources=sources("compute_modes"),
    output:
        f"{RESULTS}/modes/{{ensemble}}/{{block}}.h5",
    params:
        potential=setting("potential"),
        settings=config["modes"],
    log:
        f"{RESULTS}/logs/compute_modes/{{ensemble}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/compute_modes/{{ensemble}}/{{block}}.tsv"
    threads: 1
    priority: cost
    resources:
        mem_mb=memory,
        runtime=runtime(0.05),
    conda:
        ENVIRONMENT
    message:
        "Computing normal modes {wildcards.block} of {wildcards.ensemble}"
    script:
        "../../scripts/compute_modes.py"
