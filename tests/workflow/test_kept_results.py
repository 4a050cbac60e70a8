"""The scripts that keep the tables of runs in docs/, and those that write pages from them."""

import json
import re
import shutil

import judge_kept_results
import keep_results
import numpy as np
import pandas as pd
import pytest
import tabulate_fresh_events
import tabulate_temperature
from kept_tables import read_kept

import compare_with_paper
from conftest import REPOSITORY
from softfield.errors import FileFormatError
from softfield.files.tables import write_left_out, write_table
from softfield.statistics.resampling import bootstrap_weights

DOCS = REPOSITORY / "docs"
KEPT = DOCS / "results"
EXACT = ["Eq. 4", "Eq. 4, both sums", "equipartition", "no stress, smallest", "no stress, largest"]


def made_for(*ensembles, **statistics):
    parameters = {"ensemble": ensembles[0], "statistics": statistics}
    return {"parameters": parameters | ({"ensembles": ensembles} if ensembles[1:] else {})}


# --- judged ---


@pytest.fixture
def judged(tmp_path, monkeypatch):
    """Judge copies of the kept tables and pages; (tables, a function that gives the rows)."""
    shutil.copytree(KEPT, tmp_path / "docs/results")
    for page in ("docs/results.md", "README.md"):
        shutil.copy(REPOSITORY / page, tmp_path / page)
    monkeypatch.setattr(judge_kept_results, "DOCS", tmp_path / "docs")
    monkeypatch.setattr(judge_kept_results, "KEPT", tmp_path / "docs/results")
    monkeypatch.setattr(judge_kept_results, "LARGE", tmp_path / "docs/results/n10000")

    def rows():
        judge_kept_results.main()
        return pd.read_csv(tmp_path / "docs/results/paper_versus_measured.csv")

    return tmp_path / "docs/results", rows


def test_what_is_judged_is_what_the_workflow_judges():
    kinds = judge_kept_results.KINDS
    assert set(kinds) == set(compare_with_paper.GROUPS)
    rules = (REPOSITORY / "workflow/rules/statistics.smk").read_text()
    rule = rules[rules.index("rule compare_with_paper:") :].split("output:")[0]
    named = dict(re.findall(r'(\w+)=ensemble_tables\("(\w+)"', rule))
    assert named == {kind: name for kind, name in kinds.items() if kind != "dynamics"}


def test_the_pages_have_what_the_kept_tables_say(judged):
    folder, rows = judged
    rows()
    for page in ("docs/results.md", "README.md", "docs/results/paper_versus_measured.csv"):
        same = (folder.parents[1] / page).read_text() == (REPOSITORY / page).read_text()
        assert same, f"{page}: run python docs/judge_kept_results.py"


def test_exact_statements_of_kept_glasses_are_judged(judged):
    found = judged[1]().set_index("claim").loc[EXACT]
    assert set(found["ensemble"]) == {"2dipl_400"}
    assert (found["verdict"] == "agrees").all()


def test_words_that_are_empty_or_look_like_nothing_are_words(tmp_path):
    table = pd.DataFrame(
        {"status": ["ok", "None"], "reason": ["", "NA"], "failure": ["", ""], "value": [1, np.nan]}
    )
    table.to_csv(tmp_path / "kept.csv", index=False)
    pd.testing.assert_frame_equal(read_kept(tmp_path / "kept.csv"), table)


def test_tables_of_a_watched_ensemble_are_its_own(judged):
    folder, rows = judged
    before = rows()
    made_by = json.loads((folder / "provenance.json").read_text())
    for source, name in (
        ("thermal/thermal_estimates.csv", "thermal_estimates.csv"),
        ("thermal/barriers.csv", "barriers.csv"),
        ("2dipl_400_summary.csv", "summary.csv"),
    ):
        shutil.copy(folder / source, folder / f"2dipl_thermal_{name}")
        made_by[f"2dipl_thermal_{name}"] = made_for("2dipl_thermal")
    (folder / "provenance.json").write_text(json.dumps(made_by))
    after = rows()
    events, barriers = (after[after["claim"] == claim] for claim in ("F_1(1)", "barriers"))
    assert events["ensemble"].tolist() == before[before["claim"] == "F_1(1)"]["ensemble"].tolist()
    assert barriers["ensemble"].tolist() == ["2dipl_thermal"]
    page = (folder.parent / "results.md").read_text()
    assert "F_1(1) of first rearrangements, LTE, T = 0.01, at rest | 2dipl_thermal" in page


# --- kept ---


def run_of(folder, value, *ensembles, sizes=()):
    """A results folder with ``estimates`` of each ensemble, and ``system_size`` of several."""
    for ensemble in ensembles:
        statistics = folder / "statistics" / ensemble
        statistics.mkdir(parents=True)
        table = pd.DataFrame({"value": [value]})
        for name in ("estimates", "tail_fits"):
            write_table(statistics / f"{name}.parquet", table, made_for(ensemble))
    if sizes:
        table = pd.DataFrame({"ensemble": sizes, "value": value})
        write_table(folder / "system_size.parquet", table, made_for(*sizes))
    return folder


def values_in(folder):
    """The first value of every kept table; provenance.json names these and no others."""
    found = {path.stem: pd.read_csv(path)["value"][0] for path in folder.glob("*.csv")}
    made_by = json.loads((folder / "provenance.json").read_text())
    assert set(made_by) == {f"{name}.csv" for name in found}
    return found


@pytest.mark.parametrize("again", ["2dipl_400", "2dipl"])
def test_a_table_of_several_ensembles_goes_with_any_of_them(again, tmp_path, capsys):
    both = ("2dipl_400", "2dipl")
    kept = tmp_path / "kept"
    keep_results.keep_tables(run_of(tmp_path / "one", 0.1, *both, sizes=both), kept, False)
    assert values_in(kept)["system_size"] == 0.1
    keep_results.keep_tables(run_of(tmp_path / "two", 0.9, again), kept, False)
    assert values_in(kept) == {
        f"{ensemble}_{table}": 0.9 if ensemble == again else 0.1
        for ensemble in both
        for table in ("estimates", "tail_fits")
    }
    assert "system_size.csv is of an earlier run" in capsys.readouterr().err


def test_a_table_of_several_other_ensembles_stays(tmp_path):
    both, kept = ("2dipl_400", "2dipl"), tmp_path / "kept"
    keep_results.keep_tables(run_of(tmp_path / "one", 0.1, *both, sizes=both), kept, False)
    keep_results.keep_tables(run_of(tmp_path / "two", 0.9, "3dipl"), kept, False)
    assert values_in(kept)["system_size"] == 0.1


def test_a_table_that_was_left_out_is_not_kept_and_costs_no_other(tmp_path, capsys):
    results, kept = run_of(tmp_path / "one", 0.1, "2dipl"), tmp_path / "kept"
    keep_results.keep_tables(results, kept, False)
    left_out = results / "statistics/2dipl/estimates.parquet"
    write_left_out(left_out, "no event", {"left_out": "no event"})
    keep_results.keep_tables(results, kept, False)
    assert values_in(kept) == {"2dipl_tail_fits": 0.1}
    assert "2dipl_estimates.csv is not kept, the run left it out: no event" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("harm", ["damaged", "elsewhere"])
def test_nothing_is_deleted_before_all_is_read(harm, whole, tmp_path):
    results, kept = run_of(tmp_path / "one", 0.1, "2dipl"), tmp_path / "kept"
    keep_results.keep_tables(results, kept, whole)
    before = values_in(kept)
    (results / "statistics/2dipl/tail_fits.parquet").write_bytes(b"PAR1")
    folder = results if harm == "damaged" else tmp_path / "two"
    with pytest.raises((FileFormatError, SystemExit), match=r"is truncated|There is no table"):
        keep_results.keep_tables(folder, kept, whole)
    assert values_in(kept) == before


# --- pages of their own ---


@pytest.fixture
def watched(tmp_path, monkeypatch):
    """The page of temperatures as a copy; results folders that the kept tables are made of."""
    for name in ("PAGE", "KEPT", "IMAGE"):
        monkeypatch.setattr(tabulate_temperature, name, tmp_path / name)
    (tmp_path / "IMAGE").mkdir()
    shutil.copy(DOCS / "temperature.md", tmp_path / "PAGE")
    for prefix, kinds in (
        ("", ("thermal_estimates", "passages")),
        ("later_", ("thermal_estimates", "thermal_in_time", "passages")),
    ):
        for kind in kinds:
            table = read_kept(KEPT / f"thermal/{prefix}{kind}.csv")
            for ensemble, rows in table.groupby("ensemble", sort=False):
                folder = tmp_path / "results/statistics" / ensemble
                folder.mkdir(parents=True, exist_ok=True)
                rows = rows.drop(columns="ensemble")
                write_table(folder / f"{kind}.parquet", rows, made_for(ensemble))
    folder = tmp_path / "results/statistics/2dipl_thermal"
    (folder / "blocks/barriers").mkdir(parents=True)
    for name, path in (("", "barriers"), ("_of_glasses", "blocks/barriers/0")):
        table = read_kept(KEPT / f"thermal/barriers{name}.csv")
        write_table(folder / f"{path}.parquet", table, made_for("2dipl_thermal"))
    return tmp_path


WATCHED = ("2dipl_thermal", "2dipl_driven", "2dipl_slow")


def test_the_page_of_temperatures_has_what_the_kept_tables_say(watched):
    tabulate_temperature.first_events(watched / "results", WATCHED)
    tabulate_temperature.later_events(watched / "results", ["2dipl_later"])
    assert (watched / "PAGE").read_text() == (DOCS / "temperature.md").read_text()
    assert (watched / "IMAGE/prediction_against_temperature.png").stat().st_size > 0
    kept = {path.name for path in (KEPT / "thermal").iterdir()} - {"arrhenius.csv"}
    assert {path.name for path in (watched / "KEPT").iterdir()} == kept


@pytest.mark.parametrize("lacking", ["passages.parquet", "barriers.parquet", "blocks/barriers/*"])
def test_the_page_of_temperatures_says_what_it_lacks_and_stays(lacking, watched):
    (found,) = (watched / "results/statistics/2dipl_thermal").glob(lacking)
    found.unlink()
    check_that_it_stays(watched, lacking.removesuffix("/*"))


def test_the_page_of_temperatures_stays_where_it_would_tell_another_distance(watched):
    path = watched / "results/statistics/2dipl_slow/thermal_estimates.parquet"
    write_table(path, pd.read_parquet(path), made_for("2dipl_slow", near_radius=1.5))
    check_that_it_stays(watched, "near_radius of 1.5")


def check_that_it_stays(watched, words):
    before = (watched / "PAGE").read_text()
    with pytest.raises(SystemExit, match=re.escape(words)):
        tabulate_temperature.first_events(watched / "results", WATCHED)
    assert (watched / "PAGE").read_text() == before
    assert not (watched / "KEPT").exists()
    assert not list((watched / "IMAGE").iterdir())


def fresh_page(folder, monkeypatch, table):
    """The page of fresh glasses, made of a table."""
    (folder / "images").mkdir()
    shutil.copy(DOCS / "oriented_soft_spots.md", folder)
    table.to_csv(folder / "events.csv", index=False)
    monkeypatch.setattr(tabulate_fresh_events, "DOCS", folder)
    monkeypatch.setattr(tabulate_fresh_events, "PAGE", folder / "oriented_soft_spots.md")
    monkeypatch.setattr(tabulate_fresh_events, "TABLE", folder / "events.csv")
    tabulate_fresh_events.main()
    return (folder / "oriented_soft_spots.md").read_text()


def test_the_page_of_fresh_glasses_has_what_its_table_says(tmp_path, monkeypatch):
    table = pd.read_csv(tabulate_fresh_events.TABLE)
    page = fresh_page(tmp_path, monkeypatch, table)
    assert page == (DOCS / "oriented_soft_spots.md").read_text()


def test_glasses_without_an_event_are_counted_where_they_are(tmp_path, monkeypatch):
    table = pd.read_csv(tabulate_fresh_events.TABLE)
    without = [5, *range(8, 12)]  # one direction of the second glass, and the third glass
    table.loc[without, table.columns[2:]] = np.nan
    page = fresh_page(tmp_path, monkeypatch, table)
    assert "120 glasses, seeds 520180 to 520299, 475 first events (5 without one" in page
    assert re.findall(r"^\| (\S+) \| (\d+) \| 0\.", page, re.M) == [
        ("xy", "119"), ("-xy", "118"), ("x-y", "119"), ("y-x", "119"),
    ]  # fmt: skip


def test_the_ratio_of_a_direction_draws_all_glasses(tmp_path):
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"seed": range(40), "direction": "xy"})
    table = table.assign(lte=rng.choice([0.0, 9.0], 40), predicted=rng.choice([0.0, 9.0], 40))
    table.to_csv(tmp_path / "events.csv", index=False)
    cases = tabulate_fresh_events.read_cases(tmp_path / "events.csv")
    weights = bootstrap_weights(40, 500, rng)
    some = cases[cases["seed"] % 7 > 0]  # the others have no event
    near = {name: some[name].to_numpy() <= 3.0 for name in ("predicted", "lte")}
    drawn = [w[some["seed"]] @ near["predicted"] / (w[some["seed"]] @ near["lte"]) for w in weights]
    value, lower, upper = tabulate_fresh_events.ratio(some, "predicted", weights)
    assert value == near["predicted"].sum() / near["lte"].sum()
    ends = np.quantile(drawn, 0.025, method="lower"), np.quantile(drawn, 0.975, method="higher")
    assert (lower, upper) == pytest.approx(ends, rel=1e-12)
