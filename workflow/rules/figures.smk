"""Figures 1 to 4 of the paper and those beside them, as PDF and PNG.

Maps (Figs. 1 and 3) read one realization from its blocks, everything else reads tables. The lines
before a rule add its figure to the targets. A figure whose ensemble is switched off, or lacks a
stage that it needs, is left out, and a warning says so.
"""

if mapped("figures.displacement_and_energy", ["fields"]):
    PAPER_FIGURES += figure_files("fig1_displacement_and_energy")


rule draw_displacement_and_energy:
    input:
        glasses=block_of("figures.displacement_and_energy", "glasses"),
        fields=block_of("figures.displacement_and_energy", "fields"),
        sources=sources("draw_displacement_and_energy"),
    output:
        pdf=f"{RESULTS}/figures/fig1_displacement_and_energy.pdf",
        png=drawn("fig1_displacement_and_energy", "Figures of the paper", "Fig. 1: displacement and energy"),
    params:
        realization=lambda wildcards: shown("figures.displacement_and_energy")[1],
        label=lambda wildcards: label(shown("figures.displacement_and_energy")[0]),
        resolution=config["figures"]["resolution"],
    log:
        f"{RESULTS}/logs/draw_displacement_and_energy.log",
    benchmark:
        f"{RESULTS}/benchmarks/draw_displacement_and_energy.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Drawing Fig. 1, thermal displacement and local thermal energy"
    script:
        "../../scripts/draw_displacement_and_energy.py"


if FITTED:
    PAPER_FIGURES += figure_files("fig2_distributions")


rule draw_distributions:
    input:
        distribution=ensemble_tables("distribution", FITTED),
        fits=ensemble_tables("tail_fits", FITTED),
        summary=ensemble_tables("summary", FITTED),
        dynamics=DYNAMICS,
        sources=sources("draw_distributions"),
    output:
        pdf=f"{RESULTS}/figures/fig2_distributions.pdf",
        png=drawn("fig2_distributions", "Figures of the paper", "Fig. 2: distributions"),
    params:
        labels=labels(FITTED),
        ensembles=FITTED,
        resolution=config["figures"]["resolution"],
    log:
        f"{RESULTS}/logs/draw_distributions.log",
    benchmark:
        f"{RESULTS}/benchmarks/draw_distributions.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Drawing Fig. 2, distributions of the local thermal energy"
    script:
        "../../scripts/draw_distributions.py"


if mapped("figures.softness_field", ["fields", "shear"]):
    PAPER_FIGURES += figure_files("fig3_softness_field")


rule draw_softness_field:
    input:
        glasses=block_of("figures.softness_field", "glasses"),
        fields=block_of("figures.softness_field", "fields"),
        shear=block_of("figures.softness_field", "shear"),
        sources=sources("draw_softness_field"),
    output:
        pdf=f"{RESULTS}/figures/fig3_softness_field.pdf",
        png=drawn("fig3_softness_field", "Figures of the paper", "Fig. 3: softness field and events"),
    params:
        realization=lambda wildcards: shown("figures.softness_field")[1],
        label=lambda wildcards: label(shown("figures.softness_field")[0]),
        points_per_bin=config["statistics"]["points_per_bin"],
        event_location=config["statistics"]["event_location"],
        direction=lambda wildcards: ENSEMBLES[shown("figures.softness_field")[0]]["directions"][0],
        resolution=config["figures"]["resolution"],
    log:
        f"{RESULTS}/logs/draw_softness_field.log",
    benchmark:
        f"{RESULTS}/benchmarks/draw_softness_field.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Drawing Fig. 3, softness field and plastic events"
    script:
        "../../scripts/draw_softness_field.py"


if PREDICTION_SHOWN:
    PAPER_FIGURES += figure_files("fig4_prediction")


rule draw_prediction:
    input:
        curves=f"{RESULTS}/statistics/{PREDICTION}/curves.parquet",
        ratios=f"{RESULTS}/statistics/{PREDICTION}/ratios.parquet",
        summary=f"{RESULTS}/statistics/{PREDICTION}/summary.parquet",
        sources=sources("draw_prediction"),
    output:
        pdf=f"{RESULTS}/figures/fig4_prediction.pdf",
        png=drawn("fig4_prediction", "Figures of the paper", "Fig. 4: prediction of plastic events"),
    params:
        label=lambda wildcards: label(PREDICTION),
        resolution=config["figures"]["resolution"],
    log:
        f"{RESULTS}/logs/draw_prediction.log",
    benchmark:
        f"{RESULTS}/benchmarks/draw_prediction.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Drawing Fig. 4, prediction of plastic events"
    script:
        "../../scripts/draw_prediction.py"


if DYNAMICS:
    FIGURES += figure_files("pair_energies")


rule draw_pair_energies:
    input:
        table=DYNAMICS,
        sources=sources("draw_pair_energies"),
    output:
        pdf=f"{RESULTS}/figures/pair_energies.pdf",
        png=drawn("pair_energies", "Beside the paper", "Pair energies by molecular dynamics"),
    params:
        label=lambda wildcards: label(DYNAMIC),
        resolution=config["figures"]["resolution"],
    log:
        f"{RESULTS}/logs/draw_pair_energies.log",
    benchmark:
        f"{RESULTS}/benchmarks/draw_pair_energies.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Drawing pair energies by molecular dynamics"
    script:
        "../../scripts/draw_pair_energies.py"


if FITTED:
    FIGURES += figure_files("tail_exponent")


rule draw_tail_exponent:
    input:
        scan=ensemble_tables("tail_scan", FITTED),
        convergence=ensemble_tables("tail_convergence", FITTED),
        fits=ensemble_tables("tail_fits", FITTED),
        sources=sources("draw_tail_exponent"),
    output:
        pdf=f"{RESULTS}/figures/tail_exponent.pdf",
        png=drawn("tail_exponent", "Beside the paper", "Exponent of the tail"),
    params:
        labels=labels(FITTED),
        ensembles=FITTED,
        resolution=config["figures"]["resolution"],
    log:
        f"{RESULTS}/logs/draw_tail_exponent.log",
    benchmark:
        f"{RESULTS}/benchmarks/draw_tail_exponent.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Drawing the exponent of the tail"
    script:
        "../../scripts/draw_tail_exponent.py"


if PREDICTION_SHOWN:
    FIGURES += figure_files("prediction_by_effort")


rule draw_prediction_by_effort:
    input:
        curves=f"{RESULTS}/statistics/{PREDICTION}/curves.parquet",
        summary=f"{RESULTS}/statistics/{PREDICTION}/summary.parquet",
        sources=sources("draw_prediction_by_effort"),
    output:
        pdf=f"{RESULTS}/figures/prediction_by_effort.pdf",
        png=drawn("prediction_by_effort", "Beside the paper", "Prediction against rank and area"),
    params:
        label=lambda wildcards: label(PREDICTION),
        resolution=config["figures"]["resolution"],
    log:
        f"{RESULTS}/logs/draw_prediction_by_effort.log",
    benchmark:
        f"{RESULTS}/benchmarks/draw_prediction_by_effort.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Drawing the prediction against rank and area"
    script:
        "../../scripts/draw_prediction_by_effort.py"


if PREDICTION_SHOWN:
    FIGURES += figure_files("later_events")


rule draw_later_events:
    input:
        curves=f"{RESULTS}/statistics/{PREDICTION}/curves.parquet",
        ratios=f"{RESULTS}/statistics/{PREDICTION}/ratios.parquet",
        estimates=f"{RESULTS}/statistics/{PREDICTION}/estimates.parquet",
        summary=f"{RESULTS}/statistics/{PREDICTION}/summary.parquet",
        sources=sources("draw_later_events"),
    output:
        pdf=f"{RESULTS}/figures/later_events.pdf",
        png=drawn("later_events", "Beside the paper", "Prediction of later events"),
    params:
        label=lambda wildcards: label(PREDICTION),
        resolution=config["figures"]["resolution"],
    log:
        f"{RESULTS}/logs/draw_later_events.log",
    benchmark:
        f"{RESULTS}/benchmarks/draw_later_events.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Drawing the prediction of later events"
    script:
        "../../scripts/draw_later_events.py"


if PREDICTION_SHOWN:
    FIGURES += figure_files("ranking")


rule draw_ranking:
    input:
        estimates=f"{RESULTS}/statistics/{PREDICTION}/estimates.parquet",
        summary=f"{RESULTS}/statistics/{PREDICTION}/summary.parquet",
        sources=sources("draw_ranking"),
    output:
        pdf=f"{RESULTS}/figures/ranking.pdf",
        png=drawn("ranking", "Beside the paper", "Ranking of the maps"),
    params:
        label=lambda wildcards: label(PREDICTION),
        maps=registries()["indicators"],
        resolution=config["figures"]["resolution"],
    log:
        f"{RESULTS}/logs/draw_ranking.log",
    benchmark:
        f"{RESULTS}/benchmarks/draw_ranking.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Drawing the ranking of the maps"
    script:
        "../../scripts/draw_ranking.py"


if WATCHED:
    FIGURES += figure_files("prediction_against_temperature")


rule draw_prediction_against_temperature:
    input:
        estimates=ensemble_tables("thermal_estimates", WATCHED[:1]),
        passages=ensemble_tables("passages", WATCHED[:1]),
        summary=ensemble_tables("summary", WATCHED[:1]),
        sources=sources("draw_prediction_against_temperature"),
    output:
        pdf=f"{RESULTS}/figures/prediction_against_temperature.pdf",
        png=drawn(
            "prediction_against_temperature",
            "Beside the paper",
            "Prediction against temperature and rate",
        ),
    params:
        label=lambda wildcards: label(WATCHED[0]),
        near=config["statistics"]["near_radius"],
        maps=registries()["indicators"],
        resolution=config["figures"]["resolution"],
    log:
        f"{RESULTS}/logs/draw_prediction_against_temperature.log",
    benchmark:
        f"{RESULTS}/benchmarks/draw_prediction_against_temperature.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Drawing the prediction of rearrangements against temperature and rate"
    script:
        "../../scripts/draw_prediction_against_temperature.py"


if STUDIED:
    FIGURES += figure_files("parameter_study")


rule draw_parameter_study:
    input:
        parameter_study=f"{RESULTS}/statistics/{PREDICTION}/parameter_study.parquet",
        summary=f"{RESULTS}/statistics/{PREDICTION}/summary.parquet",
        sources=sources("draw_parameter_study"),
    output:
        pdf=f"{RESULTS}/figures/parameter_study.pdf",
        png=drawn("parameter_study", "Beside the paper", "What the free parameters change"),
    params:
        label=lambda wildcards: label(PREDICTION),
        resolution=config["figures"]["resolution"],
    log:
        f"{RESULTS}/logs/draw_parameter_study.log",
    benchmark:
        f"{RESULTS}/benchmarks/draw_parameter_study.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Drawing the parameter study"
    script:
        "../../scripts/draw_parameter_study.py"


if SIZES:
    FIGURES += figure_files("system_size")


rule draw_system_size:
    input:
        table=f"{RESULTS}/system_size.parquet",
        sources=sources("draw_system_size"),
    output:
        pdf=f"{RESULTS}/figures/system_size.pdf",
        png=drawn("system_size", "Beside the paper", "Prediction against N"),
    params:
        label=lambda wildcards: label(SIZES[0]),
        resolution=config["figures"]["resolution"],
    log:
        f"{RESULTS}/logs/draw_system_size.log",
    benchmark:
        f"{RESULTS}/benchmarks/draw_system_size.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Drawing the prediction against the number of particles"
    script:
        "../../scripts/draw_system_size.py"


if SHOWN_SCALINGS:
    FIGURES += figure_files("scalings")


rule draw_scalings:
    input:
        modes=ensemble_tables("localised_modes", SHOWN_SCALINGS),
        waves=ensemble_tables("mean_waves", SHOWN_SCALINGS),
        fits=ensemble_tables("scaling_fits", SHOWN_SCALINGS),
        summary=ensemble_tables("summary", SHOWN_SCALINGS),
        sources=sources("draw_scalings"),
    output:
        pdf=f"{RESULTS}/figures/scalings.pdf",
        png=drawn("scalings", "Beside the paper", "Scaling laws of modes and plane waves"),
    params:
        labels=labels(SHOWN_SCALINGS),
        ensembles=SHOWN_SCALINGS,
        resolution=config["figures"]["resolution"],
    log:
        f"{RESULTS}/logs/draw_scalings.log",
    benchmark:
        f"{RESULTS}/benchmarks/draw_scalings.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Drawing scaling laws of modes and plane waves"
    script:
        "../../scripts/draw_scalings.py"


if COUPLED:
    FIGURES += figure_files("internal_forces")


rule draw_internal_forces:
    input:
        forces=ensemble_tables("scaled_forces", COUPLED),
        shares=ensemble_tables("shares", COUPLED),
        summary=ensemble_tables("summary", COUPLED),
        sources=sources("draw_internal_forces"),
    output:
        pdf=f"{RESULTS}/figures/internal_forces.pdf",
        png=drawn("internal_forces", "Beside the paper", "Internal forces, and their part in E"),
    params:
        labels=labels(COUPLED),
        ensembles=COUPLED,
        floor=config["statistics"]["tail_floor"],
        resolution=config["figures"]["resolution"],
    log:
        f"{RESULTS}/logs/draw_internal_forces.log",
    benchmark:
        f"{RESULTS}/benchmarks/draw_internal_forces.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Drawing internal forces and their part in the local thermal energy"
    script:
        "../../scripts/draw_internal_forces.py"


if WITH_MODES:
    FIGURES += figure_files("low_frequency")


rule draw_low_frequency:
    input:
        counts=ensemble_tables("mode_counts", WITH_MODES),
        fits=ensemble_tables("scaling_fits", WITH_MODES),
        scans=ensemble_tables("density_scan", WITH_MODES),
        summary=ensemble_tables("summary", WITH_MODES),
        sources=sources("draw_low_frequency"),
    output:
        pdf=f"{RESULTS}/figures/low_frequency.pdf",
        png=drawn("low_frequency", "Beside the paper", "Density of low-frequency modes"),
    params:
        labels=labels(WITH_MODES),
        ensembles=WITH_MODES,
        resolution=config["figures"]["resolution"],
    log:
        f"{RESULTS}/logs/draw_low_frequency.log",
    benchmark:
        f"{RESULTS}/benchmarks/draw_low_frequency.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Drawing the density of low-frequency modes"
    script:
        "../../scripts/draw_low_frequency.py"


if DIRECTED:
    FIGURES += figure_files("directions")


rule draw_directions:
    input:
        directions=f"{RESULTS}/statistics/{DIRECTIONS}/directions.parquet",
        summary=f"{RESULTS}/statistics/{DIRECTIONS}/summary.parquet",
        sources=sources("draw_directions"),
    output:
        pdf=f"{RESULTS}/figures/directions.pdf",
        png=drawn("directions", "Which way, and at what strain", "First choices in every direction"),
    params:
        label=lambda wildcards: label(DIRECTIONS),
        near=config["statistics"]["near_radius"],
        maps=registries()["indicators"],
        resolution=config["figures"]["resolution"],
    log:
        f"{RESULTS}/logs/draw_directions.log",
    benchmark:
        f"{RESULTS}/benchmarks/draw_directions.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Drawing the first choice of every map in every direction of shear"
    script:
        "../../scripts/draw_directions.py"


if DIRECTED:
    FIGURES += figure_files("predicted_strains")


rule draw_predicted_strains:
    input:
        strains=f"{RESULTS}/statistics/{DIRECTIONS}/strains.parquet",
        sources=sources("draw_predicted_strains"),
    output:
        pdf=f"{RESULTS}/figures/predicted_strains.pdf",
        png=drawn("predicted_strains", "Which way, and at what strain", "Predicted and measured strains"),
    params:
        resolution=config["figures"]["resolution"],
    log:
        f"{RESULTS}/logs/draw_predicted_strains.log",
    benchmark:
        f"{RESULTS}/benchmarks/draw_predicted_strains.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Drawing predicted against measured strains"
    script:
        "../../scripts/draw_predicted_strains.py"


if DIRECTED and ENSEMBLES[DIRECTIONS]["dimension"] == 2 and mapped("figures.oriented_spots", ["fields", "shear"]):
    FIGURES += figure_files("oriented_spots")


rule draw_oriented_spots:
    input:
        glasses=block_of("figures.oriented_spots", "glasses"),
        fields=block_of("figures.oriented_spots", "fields"),
        shear=block_of("figures.oriented_spots", "shear"),
        table=lambda wildcards: potential_files_of(shown("figures.oriented_spots")[0]),
        sources=sources("draw_oriented_spots"),
    output:
        pdf=f"{RESULTS}/figures/oriented_spots.pdf",
        png=drawn("oriented_spots", "Which way, and at what strain", "Soft modes and first events"),
    params:
        potential=lambda wildcards: ENSEMBLES[shown("figures.oriented_spots")[0]]["potential"],
        realization=lambda wildcards: shown("figures.oriented_spots")[1],
        event_location=config["statistics"]["event_location"],
        resolution=config["figures"]["resolution"],
    log:
        f"{RESULTS}/logs/draw_oriented_spots.log",
    benchmark:
        f"{RESULTS}/benchmarks/draw_oriented_spots.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Drawing soft modes as oriented marks, with the first events beside them"
    script:
        "../../scripts/draw_oriented_spots.py"
