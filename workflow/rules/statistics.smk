"""From fields, events and modes to tables.

Summaries; the distribution of E and its tail; soft spots, F_n and what its parameters change;
scaling laws, internal forces and exact statements behind Eqs. 4 to 6; the comparison.
"""

BLOCK_TABLES += [
    *tables_of_blocks(["summary"], ENSEMBLES),
    *tables_of_blocks(["histograms", "tails"], FITTED),
    *tables_of_blocks(["spots", "event_scores"], COMPARED),
    *tables_of_blocks(["polarities"], DIRECTED),
    *(file for name in STUDIED for file in studied_tables(name)),
    *tables_of_blocks(["frequencies"], WITH_MODES),
    *(file for name in COUPLED for file in coupling_tables("glasses", name)),
    *(file for name in COUPLED for file in sign_tables(name)),
]
TABLES += [
    *ensemble_tables("summary", ENSEMBLES),
    *ensemble_tables("tail_fits", FITTED),
    *ensemble_tables("estimates", COMPARED),
    *ensemble_tables("orientations", DIRECTED),
    *ensemble_tables("scaling_fits", COUPLED),
    *ensemble_tables("premises", COUPLED),
    *ensemble_tables("identities", COUPLED),
    *([f"{RESULTS}/system_size.parquet"] if SIZES else []),
    *([f"{RESULTS}/paper_versus_measured.md"] if HELD_AGAINST_PAPER else []),
]


rule summarize_block:
    input:
        unpack(spots_of_block),
        blocks=stage_blocks,
        sources=sources("summarize_block"),
    output:
        f"{RESULTS}/statistics/{{ensemble}}/blocks/summary/{{block}}.parquet",
    log:
        f"{RESULTS}/logs/summarize_block/{{ensemble}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/summarize_block/{{ensemble}}/{{block}}.tsv"
    threads: 1
    priority: sooner(2)
    resources:
        mem_mb=800,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Summarizing {wildcards.block} of {wildcards.ensemble}"
    script:
        "../../scripts/summarize_block.py"


rule summarize_ensemble:
    input:
        summaries=lambda wildcards: block_tables("summary", wildcards.ensemble),
        sources=sources("summarize_ensemble"),
    output:
        f"{RESULTS}/statistics/{{ensemble}}/summary.parquet",
    log:
        f"{RESULTS}/logs/summarize_ensemble/{{ensemble}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/summarize_ensemble/{{ensemble}}.tsv"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Summarizing the realizations of {wildcards.ensemble}"
    script:
        "../../scripts/summarize_ensemble.py"


rule count_energies:
    input:
        fields=f"{RESULTS}/fields/{{ensemble}}/{{block}}.h5",
        sources=sources("count_energies"),
    output:
        histograms=f"{RESULTS}/statistics/{{ensemble}}/blocks/histograms/{{block}}.parquet",
        tails=f"{RESULTS}/statistics/{{ensemble}}/blocks/tails/{{block}}.parquet",
    params:
        settings=settings_from("statistics", "histogram", "tail_floor"),
    log:
        f"{RESULTS}/logs/count_energies/{{ensemble}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/count_energies/{{ensemble}}/{{block}}.tsv"
    threads: 1
    priority: sooner(2)
    resources:
        mem_mb=800,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Counting energies {wildcards.block} of {wildcards.ensemble}"
    script:
        "../../scripts/count_energies.py"


rule fit_tail:
    input:
        histograms=lambda wildcards: block_tables("histograms", wildcards.ensemble),
        tails=lambda wildcards: block_tables("tails", wildcards.ensemble),
        # the number of failures is checked before anything is averaged
        summary=f"{RESULTS}/statistics/{{ensemble}}/summary.parquet",
        sources=sources("fit_tail"),
    output:
        distribution=f"{RESULTS}/statistics/{{ensemble}}/distribution.parquet",
        tail_fits=f"{RESULTS}/statistics/{{ensemble}}/tail_fits.parquet",
        tail_scan=f"{RESULTS}/statistics/{{ensemble}}/tail_scan.parquet",
        tail_convergence=f"{RESULTS}/statistics/{{ensemble}}/tail_convergence.parquet",
        tail_comparisons=f"{RESULTS}/statistics/{{ensemble}}/tail_comparisons.parquet",
    params:
        settings=settings_from(
            "statistics", "histogram", "tail_floor", "n_resamples", "min_tail", "min_realizations"
        ),
        failure_tolerance=config["failure_tolerance"],
        seed=statistics_seed("fit_tail"),
    log:
        f"{RESULTS}/logs/fit_tail/{{ensemble}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/fit_tail/{{ensemble}}.tsv"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    conda:
        ENVIRONMENT
    message:
        "Fitting the tail of the local thermal energy of {wildcards.ensemble}"
    script:
        "../../scripts/fit_tail.py"


rule find_soft_spots:
    input:
        glasses=f"{RESULTS}/glasses/{{ensemble}}/{{block}}.h5",
        fields=f"{RESULTS}/fields/{{ensemble}}/{{block}}.h5",
        modes=f"{RESULTS}/modes/{{ensemble}}/{{block}}.h5",
        table=potential_files,
        sources=sources("find_soft_spots"),
        settings=settings_of("find_soft_spots"),
    output:
        maps=block_output("maps"),
        spots=f"{RESULTS}/statistics/{{ensemble}}/blocks/spots/{{block}}.parquet",
    params:
        potential=setting("potential"),
        directions=map_directions,
        settings=spot_settings,
    log:
        f"{RESULTS}/logs/find_soft_spots/{{ensemble}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/find_soft_spots/{{ensemble}}/{{block}}.tsv"
    threads: 1
    priority: sooner(2)
    resources:
        mem_mb=memory,
        runtime=runtime_of_maps,
    conda:
        ENVIRONMENT
    message:
        "Finding soft spots {wildcards.block} of {wildcards.ensemble}"
    script:
        "../../scripts/find_soft_spots.py"


rule score_events:
    input:
        glasses=f"{RESULTS}/glasses/{{ensemble}}/{{block}}.h5",
        fields=f"{RESULTS}/fields/{{ensemble}}/{{block}}.h5",
        maps=f"{RESULTS}/maps/{{ensemble}}/{{block}}.h5",
        shear=f"{RESULTS}/shear/{{ensemble}}/{{block}}.h5",
        spots=f"{RESULTS}/statistics/{{ensemble}}/blocks/spots/{{block}}.parquet",
        sources=sources("score_events"),
    output:
        f"{RESULTS}/statistics/{{ensemble}}/blocks/event_scores/{{block}}.parquet",
    params:
        settings=settings_from("statistics", "points_per_bin", "common_bins", "event_location"),
    log:
        f"{RESULTS}/logs/score_events/{{ensemble}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/score_events/{{ensemble}}/{{block}}.tsv"
    threads: 1
    priority: sooner(2)
    resources:
        mem_mb=memory,
        runtime=runtime(0.05),
    conda:
        ENVIRONMENT
    message:
        "Scoring events {wildcards.block} of {wildcards.ensemble}"
    script:
        "../../scripts/score_events.py"


rule score_prediction:
    input:
        spots=lambda wildcards: block_tables("spots", wildcards.ensemble),
        scores=lambda wildcards: block_tables("event_scores", wildcards.ensemble),
        summary=f"{RESULTS}/statistics/{{ensemble}}/summary.parquet",
        sources=sources("score_prediction"),
    output:
        curves=f"{RESULTS}/statistics/{{ensemble}}/curves.parquet",
        ratios=f"{RESULTS}/statistics/{{ensemble}}/ratios.parquet",
        estimates=f"{RESULTS}/statistics/{{ensemble}}/estimates.parquet",
        directions=f"{RESULTS}/statistics/{{ensemble}}/directions.parquet",
    params:
        settings=settings_from(
            "statistics", "n_resamples", "min_realizations", "min_events", "n_shifts", "near_radius"
        ),
        failure_tolerance=config["failure_tolerance"],
        seed=statistics_seed("score_prediction"),
    log:
        f"{RESULTS}/logs/score_prediction/{{ensemble}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/score_prediction/{{ensemble}}.tsv"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    conda:
        ENVIRONMENT
    message:
        "Scoring the prediction of plastic events of {wildcards.ensemble}"
    script:
        "../../scripts/score_prediction.py"


rule measure_polarities:
    input:
        glasses=f"{RESULTS}/glasses/{{ensemble}}/{{block}}.h5",
        shear=f"{RESULTS}/shear/{{ensemble}}/{{block}}.h5",
        table=potential_files,
        sources=sources("measure_polarities"),
    output:
        f"{RESULTS}/statistics/{{ensemble}}/blocks/polarities/{{block}}.parquet",
    params:
        potential=setting("potential"),
        event_location=config["statistics"]["event_location"],
    log:
        f"{RESULTS}/logs/measure_polarities/{{ensemble}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/measure_polarities/{{ensemble}}/{{block}}.tsv"
    threads: 1
    priority: sooner(2)
    resources:
        mem_mb=memory,
        runtime=runtime(0.02),
    conda:
        ENVIRONMENT
    message:
        "Measuring polarities of soft modes at events {wildcards.block} of {wildcards.ensemble}"
    script:
        "../../scripts/measure_polarities.py"


rule score_orientations:
    input:
        scores=lambda wildcards: block_tables("event_scores", wildcards.ensemble),
        polarities=lambda wildcards: block_tables("polarities", wildcards.ensemble),
        summary=f"{RESULTS}/statistics/{{ensemble}}/summary.parquet",
        sources=sources("score_orientations"),
    output:
        orientations=f"{RESULTS}/statistics/{{ensemble}}/orientations.parquet",
        strains=f"{RESULTS}/statistics/{{ensemble}}/strains.parquet",
    params:
        settings=settings_from("statistics", "n_resamples", "min_realizations", "near_radius"),
        failure_tolerance=config["failure_tolerance"],
        seed=statistics_seed("score_orientations"),
    log:
        f"{RESULTS}/logs/score_orientations/{{ensemble}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/score_orientations/{{ensemble}}.tsv"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    conda:
        ENVIRONMENT
    message:
        "Scoring orientations and strains of {wildcards.ensemble}"
    script:
        "../../scripts/score_orientations.py"


rule compare_system_sizes:
    input:
        estimates=ensemble_tables("estimates", SIZES),
        summaries=ensemble_tables("summary", SIZES),
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
        glasses=f"{RESULTS}/glasses/{{ensemble}}/{{block}}.h5",
        fields=f"{RESULTS}/fields/{{ensemble}}/{{block}}.h5",
        shear=f"{RESULTS}/shear/{{ensemble}}/{{block}}.h5",
        table=potential_files,
        sources=sources("vary_parameters"),
    output:
        f"{RESULTS}/statistics/{{ensemble}}/blocks/parameter_scores/{{block}}.parquet",
    params:
        potential=setting("potential"),
        default=studied_settings,
        study=config["statistics"]["study"],
        realizations=studied_until,
    log:
        f"{RESULTS}/logs/vary_parameters/{{ensemble}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/vary_parameters/{{ensemble}}/{{block}}.tsv"
    threads: 1
    priority: sooner(2)
    resources:
        mem_mb=memory,
        runtime=runtime(0.05),
    conda:
        ENVIRONMENT
    message:
        "Varying the parameters of the prediction, {wildcards.block} of {wildcards.ensemble}"
    script:
        "../../scripts/vary_parameters.py"


rule compare_parameters:
    input:
        scores=lambda wildcards: studied_tables(wildcards.ensemble),
        summary=f"{RESULTS}/statistics/{{ensemble}}/summary.parquet",
        sources=sources("compare_parameters"),
    output:
        f"{RESULTS}/statistics/{{ensemble}}/parameter_study.parquet",
    params:
        settings=settings_from(
            "statistics", "n_resamples", "min_realizations", "near_radius", "study_realizations"
        ),
        failure_tolerance=config["failure_tolerance"],
        seed=statistics_seed("compare_parameters"),
    log:
        f"{RESULTS}/logs/compare_parameters/{{ensemble}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/compare_parameters/{{ensemble}}.tsv"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
    conda:
        ENVIRONMENT
    message:
        "Comparing the parameters of the prediction of {wildcards.ensemble}"
    script:
        "../../scripts/compare_parameters.py"


rule collect_frequencies:
    input:
        modes=f"{RESULTS}/modes/{{ensemble}}/{{block}}.h5",
        sources=sources("collect_frequencies"),
    output:
        f"{RESULTS}/statistics/{{ensemble}}/blocks/frequencies/{{block}}.parquet",
    log:
        f"{RESULTS}/logs/collect_frequencies/{{ensemble}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/collect_frequencies/{{ensemble}}/{{block}}.tsv"
    threads: 1
    priority: sooner(2)
    resources:
        mem_mb=800,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Collecting frequencies {wildcards.block} of {wildcards.ensemble}"
    script:
        "../../scripts/collect_frequencies.py"


rule measure_couplings:
    input:
        glasses=f"{RESULTS}/glasses/{{ensemble}}/{{block}}.h5",
        fields=f"{RESULTS}/fields/{{ensemble}}/{{block}}.h5",
        table=potential_files,
        sources=sources("measure_couplings"),
    output:
        glasses=f"{RESULTS}/statistics/{{ensemble}}/blocks/couplings_glasses/{{block}}.parquet",
        modes=f"{RESULTS}/statistics/{{ensemble}}/blocks/couplings_modes/{{block}}.parquet",
        pairs=f"{RESULTS}/statistics/{{ensemble}}/blocks/couplings_pairs/{{block}}.parquet",
        waves=f"{RESULTS}/statistics/{{ensemble}}/blocks/couplings_waves/{{block}}.parquet",
        histograms=f"{RESULTS}/statistics/{{ensemble}}/blocks/couplings_histograms/{{block}}.parquet",
    params:
        potential=setting("potential"),
        settings=coupling_settings,
    log:
        f"{RESULTS}/logs/measure_couplings/{{ensemble}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/measure_couplings/{{ensemble}}/{{block}}.tsv"
    threads: 1
    priority: sooner(2)
    resources:
        mem_mb=memory,
        runtime=runtime(0.05),
    conda:
        ENVIRONMENT
    message:
        "Measuring couplings and forces {wildcards.block} of {wildcards.ensemble}"
    script:
        "../../scripts/measure_couplings.py"


rule fit_scalings:
    input:
        glasses=lambda wildcards: coupling_tables("glasses", wildcards.ensemble),
        modes=lambda wildcards: coupling_tables("modes", wildcards.ensemble),
        waves=lambda wildcards: coupling_tables("waves", wildcards.ensemble),
        histograms=lambda wildcards: coupling_tables("histograms", wildcards.ensemble),
        frequencies=frequency_tables,
        # the number of failures is checked before anything is averaged
        summary=f"{RESULTS}/statistics/{{ensemble}}/summary.parquet",
        sources=sources("fit_scalings"),
    output:
        scaling_fits=f"{RESULTS}/statistics/{{ensemble}}/scaling_fits.parquet",
        density_scan=f"{RESULTS}/statistics/{{ensemble}}/density_scan.parquet",
        forces=f"{RESULTS}/statistics/{{ensemble}}/forces.parquet",
        scaled_forces=f"{RESULTS}/statistics/{{ensemble}}/scaled_forces.parquet",
        force_estimates=f"{RESULTS}/statistics/{{ensemble}}/force_estimates.parquet",
        shares=f"{RESULTS}/statistics/{{ensemble}}/shares.parquet",
        localised_modes=f"{RESULTS}/statistics/{{ensemble}}/localised_modes.parquet",
        mean_waves=f"{RESULTS}/statistics/{{ensemble}}/mean_waves.parquet",
        mode_counts=f"{RESULTS}/statistics/{{ensemble}}/mode_counts.parquet",
    params:
        settings={
            **settings_from("statistics.couplings", "realizations"),
            **settings_from("statistics.scalings", "phonon_free", "localised"),
            **settings_from("statistics", "n_resamples", "min_tail", "min_realizations"),
        },
        failure_tolerance=config["failure_tolerance"],
        seed=statistics_seed("fit_scalings"),
    log:
        f"{RESULTS}/logs/fit_scalings/{{ensemble}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/fit_scalings/{{ensemble}}.tsv"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
    conda:
        ENVIRONMENT
    message:
        "Fitting scaling laws of {wildcards.ensemble}"
    script:
        "../../scripts/fit_scalings.py"


rule measure_signs:
    input:
        glasses=f"{RESULTS}/glasses/{{ensemble}}/{{block}}.h5",
        fields=f"{RESULTS}/fields/{{ensemble}}/{{block}}.h5",
        sources=sources("measure_signs"),
    output:
        f"{RESULTS}/statistics/{{ensemble}}/blocks/signs/{{block}}.parquet",
    params:
        reach=config["statistics"]["couplings"]["radius"],
    log:
        f"{RESULTS}/logs/measure_signs/{{ensemble}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/measure_signs/{{ensemble}}/{{block}}.tsv"
    threads: 1
    priority: sooner(2)
    resources:
        mem_mb=800,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Measuring how near the signs of E lie {wildcards.block} of {wildcards.ensemble}"
    script:
        "../../scripts/measure_signs.py"


rule check_premises:
    input:
        signs=lambda wildcards: sign_tables(wildcards.ensemble),
        glasses=lambda wildcards: coupling_tables("glasses", wildcards.ensemble),
        pairs=lambda wildcards: coupling_tables("pairs", wildcards.ensemble),
        frequencies=frequency_tables,
        # the number of failures is checked before anything is averaged
        summary=f"{RESULTS}/statistics/{{ensemble}}/summary.parquet",
        sources=sources("check_premises"),
    output:
        f"{RESULTS}/statistics/{{ensemble}}/premises.parquet",
    params:
        dimension=setting("dimension"),
        settings={
            **settings_from("statistics.couplings", "realizations", "radius"),
            **settings_from("statistics.scalings", "phonon_free", "localised"),
            **settings_from("statistics", "min_realizations"),
        },
        failure_tolerance=config["failure_tolerance"],
    log:
        f"{RESULTS}/logs/check_premises/{{ensemble}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/check_premises/{{ensemble}}.tsv"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
    conda:
        ENVIRONMENT
    message:
        "Checking what Eqs. 4 to 6 take for granted in {wildcards.ensemble}"
    script:
        "../../scripts/check_premises.py"


rule check_identities:
    input:
        glasses=identity_blocks,
        table=potential_files,
        sources=sources("check_identities"),
    output:
        f"{RESULTS}/statistics/{{ensemble}}/identities.parquet",
    params:
        potential=setting("potential"),
        settings=config["statistics"]["identities"],
    log:
        f"{RESULTS}/logs/check_identities/{{ensemble}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/check_identities/{{ensemble}}.tsv"
    threads: 1
    priority: cost
    resources:
        mem_mb=4000,
        runtime=60,
    conda:
        ENVIRONMENT
    message:
        "Checking exact statements on glasses of {wildcards.ensemble}"
    script:
        "../../scripts/check_identities.py"


rule compare_with_paper:
    input:
        summaries=ensemble_tables("summary", HELD_AGAINST_PAPER),
        fits=ensemble_tables("tail_fits", held_against_paper(FITTED)),
        estimates=ensemble_tables("estimates", held_against_paper(COMPARED)),
        scalings=ensemble_tables("scaling_fits", COUPLED),
        identities=ensemble_tables("identities", COUPLED),
        dynamics=DYNAMICS,
        forces=ensemble_tables("force_estimates", COUPLED),
        orientations=ensemble_tables("orientations", DIRECTED),
        premises=ensemble_tables("premises", COUPLED),
        barriers=ensemble_tables("barriers", WATCHED),
        thermal=ensemble_tables("thermal_estimates", WATCHED),
        sources=sources("compare_with_paper"),
    output:
        table=f"{RESULTS}/paper_versus_measured.parquet",
        page=report(
            f"{RESULTS}/paper_versus_measured.md",
            caption="../report/paper_versus_measured.rst",
            category="Paper versus measured",
        ),
    params:
        ensembles={
            "summaries": HELD_AGAINST_PAPER,
            "fits": held_against_paper(FITTED),
            "estimates": held_against_paper(COMPARED),
            "scalings": COUPLED,
            "identities": COUPLED,
            "dynamics": [DYNAMIC] if DYNAMICS else [],
            "forces": COUPLED,
            "orientations": DIRECTED,
            "premises": COUPLED,
            "barriers": WATCHED,
            "thermal": WATCHED,
        },
        min_realizations=config["statistics"]["min_realizations"],
        laws={name: force_law(name) for name in HELD_AGAINST_PAPER},
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
