"""Liquid to glass: molecular dynamics at a constant cooling rate, then minimisation."""


rule prepare_glasses:
    input:
        sources=sources("prepare_glasses"),
    output:
        f"{RESULTS}/glasses/{{model}}/{{block}}.h5",
    params:
        model=setting("model"),
        n_particles=setting("n_particles"),
        master_seed=config["master_seed"],
        settings=preparation_settings,
    log:
        f"{RESULTS}/logs/prepare_glasses/{{model}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/prepare_glasses/{{model}}/{{block}}.tsv"
    threads: 1
    priority: cost
    resources:
        mem_mb=memory,
        runtime=runtime(0.1),
    conda:
        ENVIRONMENT
    message:
        "Preparing glasses {wildcards.block} of {wildcards.model}"
    script:
        "../../scripts/prepare_glasses.py"
