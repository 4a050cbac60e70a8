"""Athermal quasistatic shear to the first plastic events."""


rule shear_glasses:
    input:
        glasses=f"{RESULTS}/glasses/{{ensemble}}/{{block}}.h5",
        table=potential_files,
        sources=sources("shear_glasses"),
    output:
        f"{RESULTS}/shear/{{ensemble}}/{{block}}.h5",
    params:
        potential=setting("potential"),
        settings=shear_settings,
    log:
        f"{RESULTS}/logs/shear_glasses/{{ensemble}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/shear_glasses/{{ensemble}}/{{block}}.tsv"
    threads: 1
    priority: cost
    resources:
        mem_mb=memory,
        runtime=runtime(0.1),
    conda:
        ENVIRONMENT
    message:
        "Shearing glasses {wildcards.block} of {wildcards.ensemble}"
    script:
        "../../scripts/shear_glasses.py"
