"""Rearrangements at temperatures, at rest and under steady shear, and how they are predicted.

The stage of ensembles that name it in their ``stages``: WATCHED are those of them whose fields and
modes are known too.
"""

BLOCK_TABLES += tables_of_blocks(["thermal_scores", "barriers"], WATCHED)
for table in ("thermal_estimates", "thermal_in_time", "passages"):
    TABLES += ensemble_tables(table, WATCHED)


rule watch_glasses:
    input:
        glasses=f"{RESULTS}/glasses/{{ensemble}}/{{block}}.h5",
        table=potential_files,
        sources=sources("watch_glasses"),
        settings=settings_of("watch_glasses"),
    output:
        block_output("thermal"),
    wildcard_constraints:
        ensemble=one_of(OF_PAIRS),
    params:
        potential=setting("potential"),
        master_seed=config["master_seed"],
        settings=thermal_settings,
    log:
        f"{RESULTS}/logs/watch_glasses/{{ensemble}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/watch_glasses/{{ensemble}}/{{block}}.tsv"
    threads: 1
    priority: sooner(1)
    resources:
        mem_mb=memory,
        runtime=runtime(0.5),
    conda:
        ENVIRONMENT
    message:
        "Watching glasses {wildcards.block} of {wildcards.ensemble} at temperatures"
    script:
        "../../scripts/watch_glasses.py"


rule score_thermal_events:
    input:
        glasses=f"{RESULTS}/glasses/{{ensemble}}/{{block}}.h5",
        fields=f"{RESULTS}/fields/{{ensemble}}/{{block}}.h5",
        maps=f"{RESULTS}/maps/{{ensemble}}/{{block}}.h5",
        thermal=f"{RESULTS}/thermal/{{ensemble}}/{{block}}.h5",
        spots=f"{RESULTS}/statistics/{{ensemble}}/blocks/spots/{{block}}.parquet",
        sources=sources("score_thermal_events"),
    output:
        events=f"{RESULTS}/statistics/{{ensemble}}/blocks/thermal_scores/{{block}}.parquet",
        points=f"{RESULTS}/statistics/{{ensemble}}/blocks/thermal_points/{{block}}.parquet",
    params:
        settings=settings_from("statistics", "points_per_bin", "common_bins", "event_location", "near_radius"),
    log:
        f"{RESULTS}/logs/score_thermal_events/{{ensemble}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/score_thermal_events/{{ensemble}}/{{block}}.tsv"
    threads: 1
    priority: sooner(2)
    resources:
        mem_mb=memory,
        runtime=runtime(0.05),
    conda:
        ENVIRONMENT
    message:
        "Scoring rearrangements at temperatures {wildcards.block} of {wildcards.ensemble}"
    script:
        "../../scripts/score_thermal_events.py"


rule measure_barriers:
    input:
        glasses=f"{RESULTS}/glasses/{{ensemble}}/{{block}}.h5",
        thermal=f"{RESULTS}/thermal/{{ensemble}}/{{block}}.h5",
        table=potential_files,
        sources=sources("measure_barriers"),
    output:
        f"{RESULTS}/statistics/{{ensemble}}/blocks/barriers/{{block}}.parquet",
    params:
        potential=setting("potential"),
        # one barrier takes some seconds; in larger glasses strings seldom find it
        settings={"most_particles": 2000, **settings_from("statistics.couplings", "radius")},
    log:
        f"{RESULTS}/logs/measure_barriers/{{ensemble}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/measure_barriers/{{ensemble}}/{{block}}.tsv"
    threads: 1
    priority: sooner(2)
    resources:
        mem_mb=memory,
        runtime=runtime(0.05),
    conda:
        ENVIRONMENT
    message:
        "Measuring barriers of rearrangements {wildcards.block} of {wildcards.ensemble}"
    script:
        "../../scripts/measure_barriers.py"


rule score_thermal_prediction:
    input:
        spots=lambda wildcards: block_tables("spots", wildcards.ensemble),
        scores=lambda wildcards: block_tables("thermal_scores", wildcards.ensemble),
        points=lambda wildcards: block_tables("thermal_points", wildcards.ensemble),
        barriers=lambda wildcards: block_tables("barriers", wildcards.ensemble),
        summary=f"{RESULTS}/statistics/{{ensemble}}/summary.parquet",
        sources=sources("score_thermal_prediction"),
    output:
        estimates=f"{RESULTS}/statistics/{{ensemble}}/thermal_estimates.parquet",
        in_time=f"{RESULTS}/statistics/{{ensemble}}/thermal_in_time.parquet",
        passages=f"{RESULTS}/statistics/{{ensemble}}/passages.parquet",
        barriers=f"{RESULTS}/statistics/{{ensemble}}/barriers.parquet",
    params:
        settings=settings_from("statistics", "n_resamples", "min_realizations", "min_events", "n_shifts", "near_radius"),
        failure_tolerance=config["failure_tolerance"],
        seed=statistics_seed("score_thermal_prediction"),
    log:
        f"{RESULTS}/logs/score_thermal_prediction/{{ensemble}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/score_thermal_prediction/{{ensemble}}.tsv"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    conda:
        ENVIRONMENT
    message:
        "Scoring the prediction of rearrangements at temperatures of {wildcards.ensemble}"
    script:
        "../../scripts/score_thermal_prediction.py"
