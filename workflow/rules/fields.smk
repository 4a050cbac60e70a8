"""The local thermal energy of every interaction, Eqs. 2 and 3 of the paper."""


rule compute_fields:
    input:
        glasses=f"{RESULTS}/glasses/{{model}}/{{block}}.h5",
        table=potential_files,
        sources=sources("compute_fields"),
    output:
        f"{RESULTS}/fields/{{model}}/{{block}}.h5",
    params:
        potential=setting("potential"),
        settings=config["fields"],
    log:
        f"{RESULTS}/logs/compute_fields/{{model}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/compute_fields/{{model}}/{{block}}.tsv"
    threads: 1
    priority: cost
    resources:
        mem_mb=memory,
        runtime=runtime(0.05),
    conda:
        ENVIRONMENT
    message:
        "Computing local thermal energy fields {wildcards.block} of {wildcards.model}"
    script:
        "../../scripts/compute_fields.py"
