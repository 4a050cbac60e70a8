"""What stands behind Eqs. 4 to 6: scaling laws, internal forces, exact statements."""


include: "common_checks.smk"


rule check_scalings:
    input:
        glasses=f"{RESULTS}/glasses/{{model}}/{{block}}.h5",
        fields=f"{RESULTS}/fields/{{model}}/{{block}}.h5",
        table=potential_files,
        sources=sources("check_scalings"),
    output:
        glasses=f"{RESULTS}/statistics/{{model}}/blocks/checked_glasses/{{block}}.parquet",
        modes=f"{RESULTS}/statistics/{{model}}/blocks/checked_modes/{{block}}.parquet",
        waves=f"{RESULTS}/statistics/{{model}}/blocks/checked_waves/{{block}}.parquet",
        histograms=f"{RESULTS}/statistics/{{model}}/blocks/checked_histograms/{{block}}.parquet",
    params:
        potential=setting("potential"),
        settings={
            **check_settings("modes", "radius", "shortest_wave"),
            "floor": config["statistics"]["tail_floor"],
        },
    log:
        f"{RESULTS}/logs/check_scalings/{{model}}/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/check_scalings/{{model}}/{{block}}.tsv"
    threads: 1
    resources:
        mem_mb=memory,
        runtime=runtime(0.05),
    conda:
        ENVIRONMENT
    message:
        "Checking scaling laws {wildcards.block} of {wildcards.model}"
    script:
        "../../scripts/check_scalings.py"


rule check_identities:
    input:
        glasses=lambda wildcards: block_files("glasses", wildcards.model)[0],
        table=potential_files,
        sources=sources("check_identities"),
    output:
        f"{RESULTS}/statistics/{{model}}/identities.parquet",
    params:
        potential=setting("potential"),
        settings=config["checks"]["dense"],
    log:
        f"{RESULTS}/logs/check_identities/{{model}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/check_identities/{{model}}.tsv"
    threads: 1
    priority: cost
    resources:
        mem_mb=4000,
        runtime=60,
    conda:
        ENVIRONMENT
    message:
        "Checking exact statements on glasses of {wildcards.model}"
    script:
        "../../scripts/check_identities.py"


rule fit_scalings:
    input:
        glasses=lambda wildcards: checked_tables("checked_glasses", wildcards.model),
        modes=lambda wildcards: checked_tables("checked_modes", wildcards.model),
        waves=lambda wildcards: checked_tables("checked_waves", wildcards.model),
        histograms=lambda wildcards: checked_tables("checked_histograms", wildcards.model),
        frequencies=frequency_tables,
        # the number of failures is checked before anything is averaged
        summary=f"{RESULTS}/statistics/{{model}}/summary.parquet",
        sources=sources("fit_scalings"),
    output:
        scaling_fits=f"{RESULTS}/statistics/{{model}}/scaling_fits.parquet",
        density_scan=f"{RESULTS}/statistics/{{model}}/density_scan.parquet",
        forces=f"{RESULTS}/statistics/{{model}}/forces.parquet",
        shares=f"{RESULTS}/statistics/{{model}}/shares.parquet",
    params:
        settings={
            **check_settings("realizations", "phonon_free", "localised"),
            **statistics_settings("n_resamples", "min_tail", "min_realizations"),
        },
        seed=statistics_seed("fit_scalings"),
    log:
        f"{RESULTS}/logs/fit_scalings/{{model}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/fit_scalings/{{model}}.tsv"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
    conda:
        ENVIRONMENT
    message:
        "Fitting scaling laws of {wildcards.model}"
    script:
        "../../scripts/fit_scalings.py"


rule draw_scalings:
    input:
        glasses=checked_inputs("checked_glasses", SHOWN_SCALINGS),
        modes=checked_inputs("checked_modes", SHOWN_SCALINGS),
        waves=checked_inputs("checked_waves", SHOWN_SCALINGS),
        fits=ensemble_tables("scaling_fits", SHOWN_SCALINGS),
        sources=sources("draw_scalings"),
    output:
        pdf=f"{RESULTS}/figures/scalings.pdf",
        png=drawn("scalings", "Beside the paper", "Scaling laws of modes and plane waves"),
    params:
        labels=[sized(model) for model in SHOWN_SCALINGS],
        n_blocks=[len(checked_tables("checked_modes", model)) for model in SHOWN_SCALINGS],
        settings=check_settings("phonon_free", "localised"),
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


rule draw_internal_forces:
    input:
        forces=ensemble_tables("forces", CHECKED),
        shares=ensemble_tables("shares", CHECKED),
        sources=sources("draw_internal_forces"),
    output:
        pdf=f"{RESULTS}/figures/internal_forces.pdf",
        png=drawn("internal_forces", "Beside the paper", "Internal forces, and their part in E"),
    params:
        labels=[sized(model) for model in CHECKED],
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


rule draw_low_frequency:
    input:
        frequencies=lambda wildcards: [p for m in WITH_MODES for p in block_tables("frequencies", m)],
        fits=ensemble_tables("scaling_fits", WITH_MODES),
        scans=ensemble_tables("density_scan", WITH_MODES),
        sources=sources("draw_low_frequency"),
    output:
        pdf=f"{RESULTS}/figures/low_frequency.pdf",
        png=drawn("low_frequency", "Beside the paper", "Density of low-frequency modes"),
    params:
        labels=[sized(model) for model in WITH_MODES],
        n_blocks=[len(blocks(model)) for model in WITH_MODES],
        seed=realization_seed(config["master_seed"], "draw_low_frequency", 0),
        n_resamples=config["statistics"]["n_resamples"],
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


rule draw_pair_energies:
    input:
        table=DYNAMICS,
        sources=sources("draw_pair_energies"),
    output:
        pdf=f"{RESULTS}/figures/pair_energies.pdf",
        png=drawn("pair_energies", "Beside the paper", "Pair energies by molecular dynamics"),
    params:
        label=lambda wildcards: label(shown("dynamics")[0]),
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
