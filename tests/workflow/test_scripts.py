"""The scripts of the rules: their names, what their stamps hold, what they refuse."""

import re
import subprocess
import sys
from pathlib import Path

import jinja2
import numpy as np
import pandas as pd
import pytest

from workflow_helpers.bands import events_title
from workflow_helpers.events import EVENT_LOCATIONS, event_places
from workflow_helpers.labels import distinct, size_words, sized_apart
from workflow_helpers.map_record import map_from, map_record
from workflow_helpers.pair_potential import glass_and_potential
from workflow_helpers.thermal_record import seed_of_point

import compare_parameters
import compute_atom_modes
import compute_fields
import find_soft_spots
import fit_scalings
import measure_barriers
import score_events
import score_prediction
import shear_glasses
import softfield as sf
import summarize_block
import vary_parameters
import watch_glasses
from conftest import REPOSITORY
from oracles import quenched
from softfield.errors import InvalidSettingError, TooFewDataError, TooManyFailuresError
from softfield.files.blocks import BlockWriter, read_block
from softfield.files.tables import read_table, write_table
from softfield.glass import PairMap
from softfield.statistics.forces import coupling_histograms
from softfield.statistics.resampling import check_complete
from sources import PACKAGE, script_sources

SCRIPTS = sorted(path.stem for path in (REPOSITORY / "scripts").glob("*.py"))
HELPERS = sorted(path.stem for path in (REPOSITORY / "scripts" / "workflow_helpers").glob("*.py"))
RULES = sorted((REPOSITORY / "workflow" / "rules").glob("*.smk"))


def modules_of(script: str) -> set[str]:
    """Dotted names, within the library, of the modules that a script depends on."""
    paths = [Path(path) for path in script_sources(script)]
    inside = [path.relative_to(PACKAGE) for path in paths if path.is_relative_to(PACKAGE)]
    return {".".join(path.with_suffix("").parts) for path in inside}


def imports(script: str, module: str) -> bool:
    """Whether a script depends on a module, or on one in a package of that name."""
    return any(module in name.split(".") for name in modules_of(script))


# --- names ---


def test_the_rule_files_are_the_stages_of_the_program():
    names = ["common", "fields", "figures", "glasses", "modes", "shear", "statistics", "thermal"]
    assert [path.stem for path in RULES] == names


def test_every_script_is_that_of_the_rule_of_its_name():
    text = "".join(path.read_text() for path in RULES)
    rules = re.findall(r'^rule (\w+):.*?^        "\.\./\.\./scripts/(\w+)\.py"', text, re.M | re.S)
    assert len(rules) == len(re.findall(r"^rule ", text, re.M))
    assert all(rule == script for rule, script in rules)
    assert sorted(script for _, script in rules) == SCRIPTS


def test_every_figure_has_its_rule_and_its_target_side_by_side():
    text = (REPOSITORY / "workflow" / "rules" / "figures.smk").read_text()
    rules = re.findall(r"^rule (\w+):", text, re.M)
    assert rules == [name for name in rules if name.startswith("draw_")]
    assert set(rules) == {name for name in SCRIPTS if name.startswith("draw_")}
    beside = re.findall(
        r'^    (?:PAPER_)?FIGURES \+= figure_files\("(\w+)"\)\n\n\nrule \w+:'
        r'.*?^        pdf=f"\{RESULTS\}/figures/(\w+)\.pdf"',
        text,
        re.M | re.S,
    )
    assert len(beside) == len(rules)
    assert all(target == made for target, made in beside)


@pytest.mark.parametrize(
    "name", ["directions", "predicted_strains", "prediction_against_temperature"]
)
def test_captions_say_which_distance_is_near(name):
    text = (REPOSITORY / "workflow" / "report" / f"{name}.rst").read_text()
    known = {"config": {"statistics": {"near_radius": 7.50}}}
    said = jinja2.Template(text, undefined=jinja2.StrictUndefined).render(snakemake=known)
    assert "within 7.5 of the" in " ".join(said.split())


# --- the library of the checkout ---

IMPORT_ALL = """
import importlib, pathlib, sys
scripts = pathlib.Path(sys.argv[1])
# as in an environment where softfield is not installed
sys.meta_path[:] = [finder for finder in sys.meta_path if "__editable__" not in repr(finder)]
path = [entry for entry in sys.path if not entry.endswith("src")]
files = [*scripts.glob("*.py"), *scripts.glob("workflow_helpers/*.py")]
names = [".".join(file.relative_to(scripts).with_suffix("").parts) for file in files]
for name in sorted(names):
    for module in list(sys.modules):
        if module in names or module.split(".")[0] in ("softfield", "workflow_helpers"):
            del sys.modules[module]
    sys.path[:] = [*path, str(scripts)]  # at the end, as Snakemake puts it
    importlib.import_module(name)
    if "softfield" in sys.modules:
        print(name, sys.modules["softfield"].__file__)
"""


def test_scripts_import_the_library_of_their_checkout(tmp_path):
    """Also where modules are installed that bear the names of our helpers."""
    for helper in HELPERS:
        (tmp_path / f"{helper}.py").write_text("raise ImportError('not this one')\n")
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, REPOSITORY / "scripts"],
        capture_output=True,
        text=True,
        cwd=tmp_path,  # the first entry of the path
    )
    assert done.returncode == 0, done.stderr
    found = dict(line.split() for line in done.stdout.splitlines())
    assert set(SCRIPTS) < set(found)
    assert set(found.values()) == {str(REPOSITORY / "src" / "softfield" / "__init__.py")}


# --- stamps ---


def test_sources_follow_the_imports():
    fields = {Path(path).name for path in script_sources("compute_fields")}
    assert {"compute_fields.py", "job.py", "checkout.py", "fields.py", "glass.py"} <= fields
    assert not {"shear.py", "modes.py", "protocol.py", "dynamics.py", "style.py"} & fields
    assert "shear.py" in {Path(path).name for path in script_sources("shear_glasses")}


def test_every_helper_is_the_source_of_a_script():
    helpers = REPOSITORY / "scripts" / "workflow_helpers"
    used = {Path(path) for script in SCRIPTS for path in script_sources(script)}
    assert {path.stem for path in used if path.parent == helpers} == set(HELPERS) - {"__init__"}


def test_an_edit_of_the_figures_reruns_draw_rules_only():
    drawing = {script for script in SCRIPTS if imports(script, "figures")}
    assert drawing == {script for script in SCRIPTS if script.startswith("draw_")}


@pytest.mark.parametrize(
    "script",
    [
        "count_energies",
        "measure_couplings",
        "measure_signs",
        "check_premises",
        "check_identities",
        "fit_tail",
        "fit_scalings",
        "summarize_ensemble",
        "draw_tail_exponent",
        "draw_scalings",
        "draw_low_frequency",
    ],
)
def test_an_edit_of_the_soft_spots_reruns_nothing_that_fits(script):
    assert not imports(script, "spots")
    assert imports("find_soft_spots", "spots")


# --- what they refuse, what they choose ---


def test_a_stage_without_a_row_in_the_summary_is_named(tmp_path):
    with BlockWriter(tmp_path / "block.h5", "voids", {"parameters": {}}) as block:
        block.write(0, {"radius": np.ones(2)})
    with pytest.raises(InvalidSettingError, match=r"stage 'voids'.*ROWS in scripts/summarize_b"):
        summarize_block.main([tmp_path / "block.h5"], None, tmp_path / "summary.parquet")


def test_a_glass_that_failed_in_two_stages_counts_for_both(tmp_path):
    """Whichever stage comes first; the reason is that of the stage that is asked for."""
    failed = {"glasses": {}, "shear": {0: "lost", 1: "lost"}, "modes": {1: "two\nlines", 2: "no"}}
    arrays = {"positions": np.ones((4, 2)), "box": np.ones(2), "strain": np.ones(1),
              "frequencies": np.ones(3)}  # fmt: skip
    numbers = dict.fromkeys(("energy_per_particle", "pressure", "max_force"), 0.0)
    numbers["strain"] = 0.25
    for stage, reasons in failed.items():
        with BlockWriter(tmp_path / f"{stage}.h5", stage, {"parameters": {}}) as block:
            for index in range(4):
                if index in reasons:
                    block.fail(index, reasons[index])
                else:
                    block.write(index, arrays, numbers)
    wanted = {("glasses", "modes"): [0, 3], ("shear",): [2, 3], ("glasses",): [0, 1, 2, 3]}
    for stages in (("glasses", "shear", "modes"), ("glasses", "modes", "shear")):
        blocks = [str(tmp_path / f"{stage}.h5") for stage in stages]
        summarize_block.main(blocks, None, str(tmp_path / "summary.parquet"))
        summary = read_table(tmp_path / "summary.parquet")
        assert summary["strain"].tolist() == [0.25] * 4
        assert check_complete(summary, 0.75)["realization"].tolist() == [3]
        for known, kept in wanted.items():
            assert check_complete(summary, 0.5, known)["realization"].tolist() == kept
        with pytest.raises(TooManyFailuresError, match=r"2 of 4 .* like this: modes: two lines"):
            check_complete(summary, 0.4, ("glasses", "fields", "modes"))


def test_places_of_events_are_those_that_the_setting_names(tmp_path):
    rng = np.random.default_rng(3)
    glass = {"positions": rng.random((5, 2)), "species": np.zeros(5, int), "box": np.ones(2)}
    shear = {"position": rng.random((2, 2)), "centre": rng.random((2, 2)),
             "displaced_particle": np.array([4, 1])}  # fmt: skip
    with BlockWriter(tmp_path / "block.h5", "glasses", {}) as block:
        block.write(0, {**glass, **shear})
    with read_block(tmp_path / "block.h5") as block:
        places = {
            name: event_places(block.glass(0), block[0], name).tolist() for name in EVENT_LOCATIONS
        }
    assert places == {
        "critical_particle": shear["position"].tolist(),
        "critical_centre": shear["centre"].tolist(),
        "displaced_particle": glass["positions"][[4, 1]].tolist(),
    }


def test_what_a_glass_does_at_its_points_is_what_the_library_says(tmp_path):
    glass, potential = quenched("2dipl")
    arrays = {"positions": glass.positions, "species": glass.species, "box": glass.box}
    with BlockWriter(tmp_path / "glasses.h5", "glasses", {"parameters": {}}) as block:
        block.write(7, arrays, {"strain": 0.0})
        block.fail(8, "lost")
    watch = {"interval": 2.0, "persistence": 1}
    settings = {"points": [[1e-4, 0.0], [0.3, 0.0], [0.01, 1e-2]], "n_events": 1, "max_time": 8.0,
                "max_strain": 0.1, "watch": watch}  # fmt: skip
    paths = (str(tmp_path / "glasses.h5"), str(tmp_path / "thermal.h5"))
    watch_glasses.main(*paths, "mine", "2dipl", 5, settings)
    with read_block(tmp_path / "thermal.h5", "thermal") as block:
        assert block.failures == {8: "glasses: lost"}
        found = block[7].arrays()
    assert found["point_temperature"].tolist() == [1e-4, 0.3, 0.01]
    assert found["point_rate"].tolist() == [0.0, 0.0, 1e-2]
    assert found["point_time"][0] == 8.0
    path = sf.thermal_path(
        glass, potential, temperature=0.01, shear_rate=1e-2, watch=sf.ThermalWatch(**watch),
        seed=seed_of_point(5, "mine", 7, 0.01, 1e-2),
    )  # fmt: skip
    assert len(path.events) == 1, "without an event this test says little"
    mine = found["rate"] == 1e-2
    assert found["point_events"].tolist() == [0, (found["temperature"] == 0.3).sum(), 1]
    assert found["time"][mine].tolist() == path.times.tolist()
    assert found["strain"][mine].tolist() == [path.events[0].strain]
    assert found["position"][mine].tolist() == [path.events[0].position.tolist()]
    assert len(found["left_positions"]) == (0 if found["point_events"][1] == 0 else 100)


def test_modes_of_atoms_have_the_masses_of_the_glass_and_no_others(tmp_path):
    """Copper has a mass; a later file that says none has none."""
    pytest.importorskip("ase")
    glass, _ = quenched("2dipl")
    arrays = {"positions": glass.positions, "species": glass.species, "box": glass.box}
    with BlockWriter(tmp_path / "glasses.h5", "glasses", {"parameters": {}}) as block:
        block.write(0, arrays, {"strain": 0.0})
    described = {"settings": {"kind": "emt", "elements": ["Cu", "Au"]}, "names": [], "mapped": True}
    paths = (str(tmp_path / "glasses.h5"), str(tmp_path / "modes.h5"))
    compute_atom_modes.main(*paths, described, {"count": 3, "masses": "atoms"}, 1)
    with read_block(tmp_path / "modes.h5", "modes") as block:
        assert "the glass has no masses" in block.failures[0]


def test_barriers_are_those_of_the_coldest_rearrangement_at_rest(tmp_path):
    glass, potential = quenched("2dipl")
    arrays = {"positions": glass.positions, "species": glass.species, "box": glass.box}
    paths = {name: str(tmp_path / f"{name}.h5") for name in ("glasses", "thermal")}
    with BlockWriter(paths["glasses"], "glasses", {"parameters": {}}) as block:
        block.write(7, arrays, {"strain": 0.0})
    settings = {"points": [[0.6, 0.0], [0.15, 0.0], [1e-4, 0.0], [0.01, 1e-2]], "n_events": 1,
                "max_time": 200.0, "max_strain": 0.1, "watch": {}}  # fmt: skip
    watch_glasses.main(paths["glasses"], paths["thermal"], "mine", "2dipl", 5, settings)
    seed = seed_of_point(5, "mine", 7, 0.15, 0.0)
    cold = sf.thermal_path(glass, potential, temperature=0.15, max_time=200.0, seed=seed)
    assert len(cold.events) == 1, "without an event this test says little"
    with read_block(paths["thermal"], "thermal") as block:
        assert block[7]["point_events"].tolist() == [1, 1, 0, 1]
        assert block[7]["left_positions"].tolist() == cold.minima[1].positions.tolist()
    for most, reason in (
        (glass.n_particles, ""),
        (glass.n_particles - 1, "more than 99 particles"),
    ):
        table = tmp_path / f"{most}.parquet"
        measure_barriers.main(paths, str(table), "2dipl", {"most_particles": most, "radius": 9.0})
        (row,) = read_table(table).to_dict("records")
        assert (row["realization"], row["temperature"], row["reason"]) == (7, 0.15, reason)
    row = read_table(tmp_path / "100.parquet").iloc[0]
    assert row["barrier"] == sf.barrier(glass, cold.minima[1], potential).energy


def test_a_glass_that_was_sheared_alone_was_not_watched_at_rest(tmp_path):
    glass, _ = quenched("2dipl")
    arrays = {"positions": glass.positions, "species": glass.species, "box": glass.box}
    paths = {name: str(tmp_path / f"{name}.h5") for name in ("glasses", "thermal")}
    with BlockWriter(paths["glasses"], "glasses", {"parameters": {}}) as block:
        block.write(7, arrays, {"strain": 0.0})
    settings = {"points": [[0.01, 1e-2]], "n_events": 1, "max_time": 2.0, "max_strain": 0.01,
                "watch": {}}  # fmt: skip
    watch_glasses.main(paths["glasses"], paths["thermal"], "mine", "2dipl", 5, settings)
    table = str(tmp_path / "barriers.parquet")
    measure_barriers.main(paths, table, "2dipl", {"most_particles": 100, "radius": 9.0})
    assert read_table(table)["reason"].tolist() == ["the glass was not watched at rest"]


def test_a_choice_that_is_listed_twice_is_made_once():
    default = {"modes": 30, "vicinity_radius": 2.5}
    study = {"modes": [10, 60, 10], "vicinity_radius": [1.5, 1.5]}
    made = [(name, setting) for name, setting, _ in vary_parameters.choices(default, study)]
    assert made == [("default", ""), ("modes", "10"), ("modes", "60"), ("vicinity_radius", "1.5")]


def of_blocks(folder, glass, potential, strain):
    """Blocks of a glass that is sheared that far and of one that failed, by stage."""
    paths = {name: str(folder / f"{name}.h5") for name in ("glasses", "fields", "shear")}
    arrays = {"positions": glass.positions, "species": glass.species, "box": glass.box}
    with BlockWriter(paths["glasses"], "glasses", {"parameters": {}}) as block:
        block.write(0, arrays, {"strain": 0.0})
        block.fail(1, "lost")
    limits = {"force_tolerance": 1e-8, "sum_rule_tolerance": 1e-6}
    compute_fields.main(paths["glasses"], paths["fields"], potential, limits)
    shear = {"n_events": 1, "max_strain": strain, "directions": ["xy"]}
    shear_glasses.main(paths["glasses"], paths["shear"], potential, shear)
    return paths


def test_modes_are_counted_of_the_glasses_whose_modes_are_fitted(tmp_path):
    """Of 8 glasses in boxes of two sizes, those of one size first, the 4 that were measured."""
    rng = np.random.default_rng(8)
    made = {"parameters": {}}
    owner = np.repeat(np.arange(8), 5)
    modes = pd.DataFrame({"realization": owner, "frequency": rng.uniform(0.5, 2.0, 40)})
    summary = pd.DataFrame({"realization": range(8), "failure": "", "failures": "", "strain": 0.0,
                            "box_x": 10.0 + 4.0 * (np.arange(8) > 3), "box_y": 14.0})  # fmt: skip
    measured = pd.DataFrame({"realization": range(4), "failure": "", "wave_number": 0.6,
                             "transverse_frequency": 1.5})  # fmt: skip
    of_modes = ["participation_ratio", "energy", "single_mode", "coupling", "pull"]
    values = rng.lognormal(size=(4, 100))
    histograms = [
        coupling_histograms(v, rng.standard_cauchy(100), v, 1.0).assign(realization=index)
        for index, v in enumerate(values)
    ]
    written = {
        "glasses": measured, "modes": modes[:20].assign(**dict.fromkeys(of_modes, 0.2)),
        "waves": pd.DataFrame(columns=["realization", "order", "frequency", "coupling", "pull"]),
        "histograms": pd.concat(histograms), "frequencies": modes, "summary": summary,
    }  # fmt: skip
    for name, table in written.items():
        write_table(tmp_path / name, table, made)
    paths = {name: [str(tmp_path / name)] for name in written}
    outputs = ("scaling_fits", "density_scan", "forces", "scaled_forces", "force_estimates",
               "shares", "localised_modes", "mean_waves", "mode_counts")  # fmt: skip
    settings = {"realizations": 4, "phonon_free": 0.8, "localised": 0.3, "n_resamples": 20,
                "min_tail": 50, "min_realizations": 3}  # fmt: skip
    fit_scalings.main(paths, {name: str(tmp_path / name) for name in outputs}, 1, settings,
                      str(tmp_path / "summary"), 0.0)  # fmt: skip
    fits = read_table(tmp_path / "scaling_fits").set_index("quantity")
    of_four = modes[:20].groupby("realization")["frequency"]
    below = modes[:20].query(f"frequency < {min(0.8 * 1.5, of_four.max().min())}")
    row = fits.loc["density of modes"]
    assert (row["n_realizations"], row["n_values"]) == (4, len(below))
    counts = read_table(tmp_path / "mode_counts")
    assert set(counts["n_realizations"]) == {4}
    assert counts["frequency"].min() == modes["frequency"][:20].min()


def test_titles_say_the_sizes_of_all_glasses():
    sizes = pd.DataFrame({"n_particles": [200.0, 1600.0, 200.0, np.nan]})
    assert size_words(sizes) == "$N$ = 200 to 1,600"
    assert size_words(sizes[:1]) == "$N$ = 200"


@pytest.mark.parametrize(
    ("maps", "listed"), [(["barrier", "lte", "nm"], "20, 10"), (["barrier", "nm"], "19, 9"),
                         (["barrier"], "18, 8")]
)  # fmt: skip
def test_titles_count_the_events_of_whatever_map_there_is(maps, listed):
    summary = pd.DataFrame({"n_particles": [200.0]})
    numbers = {"lte": (20, 10), "nm": (19, 9), "barrier": (18, 8)}
    curves = pd.DataFrame(
        [{"source": source, "map": name, "ordinal": ordinal, "n_realizations": 24,
          "count": numbers[name][ordinal - 1] - (source != "events")}
         for name in maps for ordinal in (1, 2) for source in ("other realization", "events")]
    )  # fmt: skip
    assert f"24 realizations; events with $n$ = 1, 2: {listed};" in (
        events_title("mixed", summary, curves)
    )


def test_ensembles_that_would_be_called_the_same_have_their_names():
    labels = ["2DIPL, $N$ = 1,600", "2DIPL, $N$ = 400", "2DIPL, $N$ = 1,600"]
    found = distinct(labels, ["2dipl", "2dipl_400", "2dipl_directions"])
    assert found == ["2DIPL, $N$ = 1,600 (2dipl)", "2DIPL, $N$ = 400",
                     "2DIPL, $N$ = 1,600 (2dipl_directions)"]  # fmt: skip
    assert distinct(["A", "B"], ["a", "b"]) == ["A", "B"]


def test_keys_say_the_sizes_of_all_glasses_and_tell_ensembles_apart(tmp_path):
    tables = {"a": [100, 196], "b": [100, 100], "c": [196, 100], "d": [100, 144]}
    for name, sizes in tables.items():
        write_table(tmp_path / name, pd.DataFrame({"n_particles": sizes}), {"parameters": {}})
    write_table(tmp_path / "failed", pd.DataFrame({"failure": ["no"]}), {"parameters": {}})
    names = [*tables, "failed"]
    found = sized_apart(["X"] * 5, names, [str(tmp_path / name) for name in names])
    assert found == ["X, $N$ = 100 to 196 (a)", "X, $N$ = 100", "X, $N$ = 100 to 196 (c)",
                     "X, $N$ = 100 to 144", "X"]  # fmt: skip


def test_a_glass_that_is_strained_already_is_not_sheared_back(tmp_path):
    """Its events along xy were those of shear along -xy."""
    glass = sf.minimize(quenched("2dipl")[0].sheared(0.1), sf.model("2dipl").potential)
    arrays = {"positions": glass.positions, "species": glass.species, "box": glass.box}
    with BlockWriter(tmp_path / "glasses.h5", "glasses", {"parameters": {}}) as block:
        block.write(0, arrays, {"strain": glass.strain})
    for largest, failed in ((0.05, True), (0.3, False)):
        settings = {"n_events": 1, "max_strain": largest, "directions": ["xy", "-xy"]}
        output = tmp_path / f"{largest}.h5"
        shear_glasses.main(str(tmp_path / "glasses.h5"), str(output), "2dipl", settings)
        with read_block(output, "shear") as block:
            told = block.failures.get(0, "")
            assert ("a strain of 0.1 along xy already" in told) == failed
            if not failed:
                assert block[0]["strain"][0] > 0.1


def test_a_study_without_an_event_is_left_out_with_its_reason(tmp_path):
    """Also where all glasses failed of which some was sheared to an event."""
    glass, _ = quenched("2dipl")
    default = {"points_per_bin": 2, "common_bins": False, "vicinity_radius": 2.5,
               "event_location": "critical_particle", "modes": 5}  # fmt: skip
    settings = {"n_resamples": 20, "min_realizations": 20, "near_radius": 3.0,
                "study_realizations": 2}  # fmt: skip
    scores, summary, output = (str(tmp_path / f"{n}.parquet") for n in ("scores", "summary", "out"))
    for strain, failure, events in ((1e-6, "", 0), (0.2, "modes: SaddleError: no", 2)):
        paths = of_blocks(tmp_path, glass, "2dipl", strain)
        vary_parameters.main(paths, scores, "2dipl", default, {"points_per_bin": []}, 2)
        assert len(read_table(scores)) == events
        assert list(read_table(scores).get("direction", [])) == ["xy"] * events
        known = pd.DataFrame({"realization": [0, 1], "failure": [failure, "glasses: lost"]})
        write_table(summary, known, {"parameters": {}})
        with pytest.raises(TooFewDataError, match="none of the realizations that are studied has"):
            compare_parameters.main([scores], summary, output, 1, 1.0, settings)


def test_a_prediction_of_glasses_that_all_failed_is_left_out_with_its_reason(tmp_path):
    paths = {n: str(tmp_path / f"{n}.h5") for n in ("glasses", "fields", "maps", "shear")}
    for stage, path in paths.items():
        with BlockWriter(path, stage, {"parameters": {"statistics": {}}}) as block:
            block.fail(0, "lost")
    names = ("spots", "scores", "summary")
    tables = {name: str(tmp_path / f"{name}.parquet") for name in names}
    none = pd.DataFrame({"realization": [0], "direction": "xy", "map": "lte", "rank": np.nan,
                         "failure": "lost"})[:0]  # fmt: skip
    write_table(tables["spots"], none, {"parameters": {}})
    score_events.main({**paths, "spots": tables["spots"]}, tables["scores"], {})
    failed = pd.DataFrame({"realization": [0], "failure": ["glasses: lost"]})
    write_table(tables["summary"], failed, {"parameters": {}})
    inputs = {name: [path] for name, path in tables.items()} | {"summary": tables["summary"]}
    settings = {"n_resamples": 20, "min_realizations": 20, "min_events": 2, "n_shifts": 2,
                "near_radius": 3.0}  # fmt: skip
    with pytest.raises(TooFewDataError, match="no realization of the summary has an event"):
        score_prediction.main(inputs, {}, 1, 1.0, settings)


def test_maps_come_back_from_their_block_on_the_pairs_that_they_were_made_on(tmp_path):
    """Pairs of the field, pairs of an indicator's own, as many as particles, and particles."""
    glass, potential = quenched("2dipl")
    field = sf.local_thermal_energy(glass, potential)
    own = PairMap(field.pairs[: glass.n_particles], np.arange(1.0, 1 + glass.n_particles))
    maps = {"lte": field.mapped(field.energy), "strain_response:x-y": own, "nm": own.energy}
    with BlockWriter(tmp_path / "maps.h5", "maps", {}) as block:
        block.write(0, *map_record(maps, field))
    with read_block(tmp_path / "maps.h5", "maps") as block:
        record = block[0]
        found = [map_from(record, n, "x-y", field) for n in ("lte", "strain_response", "nm")]
        with pytest.raises(sf.SoftfieldError, match="has no array 'strain_response:xy'"):
            map_from(record, "strain_response", "xy", field)
    for one, expected in zip(found[:2], maps.values(), strict=False):
        np.testing.assert_array_equal(one.pairs, expected.pairs)
        np.testing.assert_array_equal(one.energy, expected.energy)
    np.testing.assert_array_equal(found[2], own.energy)


def test_the_map_of_predicted_events_looks_as_far_as_events_are_sought(tmp_path):
    """A glass that yields first beyond 0.1, where the place of the event is the first choice.

    It is kept: from the same seed, another processor makes another one.
    """
    model = sf.model("2dipl")
    glass = sf.read_glass(REPOSITORY / "tests/reference/2dipl_64_yields_late.data")
    (event,) = sf.shear(glass, model.potential, n_events=1, max_strain=0.2)
    assert event.strain > 0.1
    paths = of_blocks(tmp_path, glass, "2dipl", 0.2)
    paths["modes"] = str(tmp_path / "modes.h5")
    with BlockWriter(paths["modes"], "modes", {"parameters": {}}) as block:
        block.write(0, {})
    settings = {"maps": ["predicted"], "vicinity_radius": 2.5, "common_bins": False}
    outputs = {"maps": str(tmp_path / "maps.h5"), "spots": str(tmp_path / "spots.parquet")}
    for furthest, ranks in ((0.1, []), (0.2, [1])):
        chosen = {**settings, "max_strain": furthest}
        find_soft_spots.main(paths, outputs, "2dipl", ["xy"], chosen)
        spots = read_table(outputs["spots"])
        assert spots["failure"].tolist() == [""]
        assert spots["rank"].dropna().tolist() == ranks
    away = glass.minimum_image(spots[["x", "y"]].to_numpy()[0] - event.position)
    assert np.linalg.norm(away) < 3.0


def test_a_step_that_needs_a_pair_potential_says_so_beside_a_calculator():
    glass, _ = quenched("2dipl")
    with pytest.raises(InvalidSettingError, match="come from a calculator"):
        glass_and_potential(None, glass)
