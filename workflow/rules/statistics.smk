"""From fields, events and modes to tables: distributions, soft spots, F_n, the comparison."""


include: "common_statistics.smk"


rule count_energies:
    input:
        fields=f"{RESULTS}/fields/{{model}}/{{block}}.h5",
        sources=sources("count_energies"),
    output:
        histograms=f"{RESULTS}/statistics/{{model}}/blocks/histograms/{{block}}.parquet",
        tails=f"{RESULTS}/statistics/{{model}}/blocks/tails/{{block}}.parquet",
    params:
        settings=statistics_settings("histogram", "tail_floor"),
    log:
        f"{RESULTS}/logs/count_energies/{{model}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/count_energies/{{model}}/{{block}}.tsv"
    threads: 1
    resources:
        mem_mb=800,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Counting energies {wildcards.block} of {wildcards.model}"
    script:
        "../../scripts/count_energies.py"


rule find_soft_spots:
    input:
        glasses=f"{RESULTS}/glasses/{{model}}/{{block}}.h5",
        fields=f"{RESULTS}/fields/{{model}}/{{block}}.h5",
        modes=f"{RESULTS}/modes/{{model}}/{{block}}.h5",
        table=potential_files,
        sources=sources("find_soft_spots"),
    output:
        f"{RESULTS}/statistics/{{model}}/blocks/spots/{{block}}.parquet",
    params:
        potential=setting("potential"),
        settings=statistics_settings("maps", "points_per_bin", "vicinity_radius"),
    log:
        f"{RESULTS}/logs/find_soft_spots/{{model}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/find_soft_spots/{{model}}/{{block}}.tsv"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Finding soft spots {wildcards.block} of {wildcards.model}"
    script:
        "../../scripts/find_soft_spots.py"


rule score_events:
    input:
        glasses=f"{RESULTS}/glasses/{{model}}/{{block}}.h5",
        fields=f"{RESULTS}/fields/{{model}}/{{block}}.h5",
        modes=f"{RESULTS}/modes/{{model}}/{{block}}.h5",
        shear=f"{RESULTS}/shear/{{model}}/{{block}}.h5",
        spots=f"{RESULTS}/statistics/{{model}}/blocks/spots/{{block}}.parquet",
        table=potential_files,
        sources=sources("score_events"),
    output:
        f"{RESULTS}/statistics/{{model}}/blocks/event_scores/{{block}}.parquet",
    params:
        potential=setting("potential"),
        settings=statistics_settings("points_per_bin", "event_location"),
    log:
        f"{RESULTS}/logs/score_events/{{model}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/score_events/{{model}}/{{block}}.tsv"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Scoring events {wildcards.block} of {wildcards.model}"
    script:
        "../../scripts/score_events.py"


rule summarize_block:
    input:
        unpack(spots_of_block),
        blocks=stage_blocks,
        sources=sources("summarize_block"),
    output:
        f"{RESULTS}/statistics/{{model}}/blocks/summary/{{block}}.parquet",
    log:
        f"{RESULTS}/logs/summarize_block/{{model}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/summarize_block/{{model}}/{{block}}.tsv"
    threads: 1
    resources:
        mem_mb=800,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Summarizing {wildcards.block} of {wildcards.model}"
    script:
        "../../scripts/summarize_block.py"


rule summarize_ensemble:
    input:
        summaries=lambda wildcards: block_tables("summary", wildcards.model),
        sources=sources("summarize_ensemble"),
    output:
        f"{RESULTS}/statistics/{{model}}/summary.parquet",
    params:
        failure_tolerance=config["failure_tolerance"],
    log:
        f"{RESULTS}/logs/summarize_ensemble/{{model}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/summarize_ensemble/{{model}}.tsv"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Summarizing the realizations of {wildcards.model}"
    script:
        "../../scripts/summarize_ensemble.py"


rule collect_frequencies:
    input:
        modes=f"{RESULTS}/modes/{{model}}/{{block}}.h5",
        sources=sources("collect_frequencies"),
    output:
        f"{RESULTS}/statistics/{{model}}/blocks/frequencies/{{block}}.parquet",
    log:
        f"{RESULTS}/logs/collect_frequencies/{{model}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/collect_frequencies/{{model}}/{{block}}.tsv"
    threads: 1
    resources:
        mem_mb=800,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Collecting frequencies {wildcards.block} of {wildcards.model}"
    script:
        "../../scripts/collect_frequencies.py"


rule fit_tail:
    input:
        histograms=lambda wildcards: block_tables("histograms", wildcards.model),
        tails=lambda wildcards: block_tables("tails", wildcards.model),
        # the number of failures is checked before anything is averaged
        summary=f"{RESULTS}/statistics/{{model}}/summary.parquet",
        sources=sources("fit_tail"),
    output:
        distribution=f"{RESULTS}/statistics/{{model}}/distribution.parquet",
        tail_fits=f"{RESULTS}/statistics/{{model}}/tail_fits.parquet",
        tail_scan=f"{RESULTS}/statistics/{{model}}/tail_scan.parquet",
        tail_convergence=f"{RESULTS}/statistics/{{model}}/tail_convergence.parquet",
        tail_comparisons=f"{RESULTS}/statistics/{{model}}/tail_comparisons.parquet",
    params:
        settings=statistics_settings(
            "histogram", "tail_floor", "n_resamples", "min_tail", "min_realizations"
        ),
        seed=statistics_seed("fit_tail"),
    log:
        f"{RESULTS}/logs/fit_tail/{{model}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/fit_tail/{{model}}.tsv"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    conda:
        ENVIRONMENT
    message:
        "Fitting the tail of the local thermal energy of {wildcards.model}"
    script:
        "../../scripts/fit_tail.py"


rule score_prediction:
    input:
        spots=lambda wildcards: block_tables("spots", wildcards.model),
        scores=lambda wildcards: block_tables("event_scores", wildcards.model),
        summary=f"{RESULTS}/statistics/{{model}}/summary.parquet",
        sources=sources("score_prediction"),
    output:
        curves=f"{RESULTS}/statistics/{{model}}/curves.parquet",
        ratios=f"{RESULTS}/statistics/{{model}}/ratios.parquet",
        estimates=f"{RESULTS}/statistics/{{model}}/estimates.parquet",
    params:
        settings=statistics_settings("n_resamples", "min_realizations", "min_events", "n_shifts"),
        failure_tolerance=config["failure_tolerance"],
        seed=statistics_seed("score_prediction"),
    log:
        f"{RESULTS}/logs/score_prediction/{{model}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/score_prediction/{{model}}.tsv"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    conda:
        ENVIRONMENT
    message:
        "Scoring the prediction of plastic events of {wildcards.model}"
    script:
        "../../scripts/score_prediction.py"


rule compare_system_sizes:
    input:
        estimates=expand(f"{RESULTS}/statistics/{{model}}/estimates.parquet", model=SIZES),
        summaries=expand(f"{RESULTS}/statistics/{{model}}/summary.parquet", model=SIZES),
        sources=sources("compare_system_sizes"),
    output:
        f"{RESULTS}/system_size.parquet",
    params:
        ensembles=SIZES,
    log:
        f"{RESULTS}/logs/compare_system_sizes.log",
    benchmark:
        f"{RESULTS}/benchmarks/compare_system_sizes.tsv"
    threads: 1
    resources:
        mem_mb=800,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Comparing the prediction of plastic events in glasses of several sizes"
    script:
        "../../scripts/compare_system_sizes.py"


rule vary_parameters:
    input:
        glasses=f"{RESULTS}/glasses/{{model}}/{{block}}.h5",
        fields=f"{RESULTS}/fields/{{model}}/{{block}}.h5",
        shear=f"{RESULTS}/shear/{{model}}/{{block}}.h5",
        table=potential_files,
        sources=sources("vary_parameters"),
    output:
        f"{RESULTS}/statistics/{{model}}/blocks/parameter_scores/{{block}}.parquet",
    params:
        potential=setting("potential"),
        default={
            **statistics_settings("points_per_bin", "vicinity_radius", "event_location"),
            "modes": config["modes"]["count"],
        },
        study=config["statistics"]["study"],
    log:
        f"{RESULTS}/logs/vary_parameters/{{model}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/vary_parameters/{{model}}/{{block}}.tsv"
    threads: 1
    resources:
        mem_mb=memory,
        runtime=runtime(0.05),
    conda:
        ENVIRONMENT
    message:
        "Varying the parameters of the prediction, {wildcards.block} of {wildcards.model}"
    script:
        "../../scripts/vary_parameters.py"


rule compare_parameters:
    input:
        scores=lambda wildcards: block_tables("parameter_scores", wildcards.model),
        summary=f"{RESULTS}/statistics/{{model}}/summary.parquet",
        sources=sources("compare_parameters"),
    output:
        f"{RESULTS}/statistics/{{model}}/parameter_study.parquet",
    params:
        settings=statistics_settings("n_resamples", "min_realizations"),
        failure_tolerance=config["failure_tolerance"],
        seed=statistics_seed("compare_parameters"),
    log:
        f"{RESULTS}/logs/compare_parameters/{{model}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/compare_parameters/{{model}}.tsv"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
    conda:
        ENVIRONMENT
    message:
        "Comparing the parameters of the prediction of {wildcards.model}"
    script:
        "../../scripts/compare_parameters.py"


rule compare_with_paper:
    input:
        summaries=expand(f"{RESULTS}/statistics/{{model}}/summary.parquet", model=ENSEMBLES),
        fits=expand(f"{RESULTS}/statistics/{{model}}/tail_fits.parquet", model=FITTED),
        estimates=expand(f"{RESULTS}/statistics/{{model}}/estimates.parquet", model=COMPARED),
        # from checks.smk and figures.smk, which are read after this file
        scalings=lambda wildcards: ensemble_tables("scaling_fits", CHECKED),
        identities=lambda wildcards: ensemble_tables("identities", CHECKED),
        dynamics=lambda wildcards: DYNAMICS,
        sources=sources("compare_with_paper"),
    output:
        table=f"{RESULTS}/paper_versus_measured.parquet",
        page=report(
            f"{RESULTS}/paper_versus_measured.md",
            caption="../report/paper_versus_measured.rst",
            category="Paper versus measured",
        ),
    params:
        ensembles=lambda wildcards: {
            "summaries": list(ENSEMBLES),
            "fits": FITTED,
            "estimates": COMPARED,
            "scalings": CHECKED,
            "identities": CHECKED,
            "dynamics": [shown("dynamics")[0]] if DYNAMICS else [],
        },
        min_realizations=config["statistics"]["min_realizations"],
    log:
        f"{RESULTS}/logs/compare_with_paper.log",
    benchmark:
        f"{RESULTS}/benchmarks/compare_with_paper.tsv"
    threads: 1
    resources:
        mem_mb=800,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Comparing with the paper"
    script:
        "../../scripts/compare_with_paper.py"
