"""Figures 1 to 4 of the paper and those beside them, as PDF and PNG.

Maps (Figs. 1 and 3) read one realization from its blocks, everything else reads tables. A
figure whose ensemble is switched off, or lacks a stage that it needs, is left out, and a
warning says so.
"""


include: "common_figures.smk"


rule draw_displacement_and_energy:
    input:
        glasses=block_of("displacement_and_energy", "glasses"),
        fields=block_of("displacement_and_energy", "fields"),
        sources=sources("draw_displacement_and_energy"),
    output:
        pdf=f"{RESULTS}/figures/fig1_displacement_and_energy.pdf",
        png=drawn("fig1_displacement_and_energy", "Figures of the paper", "Fig. 1: displacement and energy"),
    params:
        realization=lambda wildcards: shown("displacement_and_energy")[1],
        label=lambda wildcards: label(shown("displacement_and_energy")[0]),
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


rule measure_pair_energies:
    input:
        glasses=block_of("dynamics", "glasses"),
        fields=block_of("dynamics", "fields"),
        table=potential_files,
        sources=sources("measure_pair_energies"),
    output:
        f"{RESULTS}/statistics/{{model}}/pair_energies.parquet",
    params:
        potential=setting("potential"),
        seed=dynamics_seed,
        settings=config["figures"]["dynamics"],
    log:
        f"{RESULTS}/logs/measure_pair_energies/{{model}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/measure_pair_energies/{{model}}.tsv"
    threads: 1
    priority: cost
    resources:
        mem_mb=memory,
        runtime=60,
    conda:
        ENVIRONMENT
    message:
        "Measuring pair energies of {wildcards.model} by molecular dynamics"
    script:
        "../../scripts/measure_pair_energies.py"


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
        labels=[label(model) for model in FITTED],
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


rule draw_softness_field:
    input:
        glasses=block_of("softness_field", "glasses"),
        fields=block_of("softness_field", "fields"),
        shear=block_of("softness_field", "shear"),
        sources=sources("draw_softness_field"),
    output:
        pdf=f"{RESULTS}/figures/fig3_softness_field.pdf",
        png=drawn("fig3_softness_field", "Figures of the paper", "Fig. 3: softness field and events"),
    params:
        realization=lambda wildcards: shown("softness_field")[1],
        label=lambda wildcards: label(shown("softness_field")[0]),
        points_per_bin=config["statistics"]["points_per_bin"],
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
        labels=[label(model) for model in FITTED],
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
