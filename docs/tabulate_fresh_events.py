"""Put what was predicted on fresh glasses into docs/oriented_soft_spots.md, with two figures.

    python docs/tabulate_fresh_events.py

Reads ``docs/benchmarks/fresh_events.csv`` of benchmarks/predict_fresh_events.py. Intervals are of
95 %, glasses as units; a glass without an event in some direction, or in any, is one of them.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from marked_blocks import put_blocks

import softfield as sf
from softfield.figures.oriented_spots import predicted_strains
from softfield.figures.ranking import Score, ranking
from softfield.figures.style import save
from softfield.softness.indicators import INDICATORS
from softfield.statistics.event_tables import NEAR
from softfield.statistics.fractions import fractions
from softfield.statistics.orientations import orientation_tables
from softfield.statistics.resampling import bootstrap_weights, percentile_interval

DOCS = Path(__file__).resolve().parent
PAGE, TABLE = DOCS / "oriented_soft_spots.md", DOCS / "benchmarks" / "fresh_events.csv"
SETTINGS = {"n_resamples": 5000, "min_realizations": 20}
SEED, REFERENCE = 18, "lte"


def read_cases(path):
    """A row per glass and direction, ``glass`` being the number of the seed."""
    cases = pd.read_csv(path)
    return cases.assign(glass=np.unique(cases["seed"], return_inverse=True)[1])


def share(cases, name):
    """Share of the cases whose first choice is near, with its interval."""
    glasses = cases["glass"]
    return fractions(cases[name], glasses, [NEAR], glasses.max() + 1).estimate()


def ratio(cases, name, weights):
    """Share over that of the LTE, percentiles of a bootstrap over glasses."""
    hits = [
        np.bincount(cases["glass"], cases[column] <= NEAR, minlength=weights.shape[1])
        for column in (name, REFERENCE)
    ]
    drawn = [weights @ of_glass for of_glass in hits]
    with np.errstate(divide="ignore", invalid="ignore"):
        lower, upper = percentile_interval(drawn[0] / drawn[1])
    return hits[0].sum() / hits[1].sum(), float(lower), float(upper)


def words(value, lower, upper, digits=2):
    return f"{value:.{digits}f} ({lower:.{digits}f} to {upper:.{digits}f})"


def lines(head, rows):
    return "\n".join(["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)])


def by_map(cases, maps, weights):
    """A row for every map, the best first."""
    directions = list(dict.fromkeys(cases["direction"]))
    ordered = sorted(maps, key=lambda name: -(cases[name] <= NEAR).mean())
    rows = []
    for name in ordered:
        of_each = [share(cases[cases["direction"] == d], name) for d in directions]
        together = share(cases, name)
        over = words(*ratio(cases, name, weights)) if name != REFERENCE else "1"
        rows.append([INDICATORS[name].label, *(f"{found.value:.2f}" for found in of_each),
                     words(together.value, together.lower, together.upper), over])  # fmt: skip
    return lines(["first choice of", *directions, "all four", "over the LTE"], rows)


def in_each_direction(cases, weights):
    """What decides: the predicted events in each direction."""
    rows = []
    for direction, of_one in cases.groupby("direction", sort=False):
        found = {name: share(of_one, name) for name in ("predicted", REFERENCE)}
        rows.append([direction, str(len(of_one)),
                     *(words(f.value, f.lower, f.upper) for f in found.values()),
                     words(*ratio(of_one, "predicted", weights), digits=1)])  # fmt: skip
    return lines(["direction", "events", "predicted events", "LTE", "ratio"], rows)


def what_is_missed(cases):
    """Where the first choice is wrong: is the event among the others, and is the strain too low."""
    wrong = cases[cases["predicted"] > NEAR]
    listed = (wrong["candidate"] <= NEAR).mean()
    early = (wrong["predicted_strain"] < wrong["strain"]).mean()
    return (
        f"Of the {len(wrong)} cases in which the first choice is wrong, the event is among the "
        f"other predicted ones (up to twice the strain of the first) in {100 * listed:.0f} %; in "
        f"{100 * early:.0f} % the first choice was to yield before the event, and did not."
    )


def orientations(cases, seeds, rng):
    """The rows of the table of orientations of the glasses of ``seeds``, from columns of ours."""
    base = cases.rename(columns={"seed": "realization"}).assign(ordinal=1)
    softest = base.assign(map="lte", rank=base["lte_rank"], first_distance=base["lte"],
                          first_softness=1.0)  # fmt: skip
    strains = base.assign(map="predicted", rank=1, first_distance=base["predicted"],
                          first_softness=1.0 / base["predicted_strain"])  # fmt: skip
    polar = base.assign(distance=base["mode_distance"])
    summary = pd.DataFrame({"realization": seeds})
    scores = pd.concat([softest, strains], ignore_index=True)
    return orientation_tables(scores, polar, summary, SETTINGS, rng)


def figures(cases, n_glasses, maps, strains, chance):
    directions = list(dict.fromkeys(cases["direction"]))
    scores = []
    for name in maps:
        scores.append(Score(INDICATORS[name].label, 0, chance, chance, chance))
        for k, direction in enumerate(directions, start=1):
            found = share(cases[cases["direction"] == direction], name)
            scores.append(Score(INDICATORS[name].label, k, found.value, found.lower, found.upper))
    title = f"2DIPL, N = 1,600, {n_glasses} glasses, first events; 95 % intervals"
    shown = [name.replace("-", "−") for name in directions]
    panel = {f"first choice within {NEAR:g} of the event": scores}
    save(ranking(panel, title, shown), DOCS / "images" / "fresh_first_choices.png", resolution=150)
    figure = predicted_strains(strains["measured"], strains["predicted"], strains["right"])
    save(figure, DOCS / "images" / "fresh_predicted_strains.png", resolution=200)


def main():
    every = read_cases(TABLE)
    cases = every[every["strain"].notna()]
    maps = [name for name in INDICATORS if name in cases]
    rng = np.random.default_rng(SEED)
    seeds = every["seed"].unique()
    n_glasses = len(seeds)
    weights = bootstrap_weights(n_glasses, SETTINGS["n_resamples"], rng)
    tables = orientations(cases, seeds, rng)
    strains = tables["strains"]
    model = sf.model("2dipl")
    chance = np.pi * NEAR**2 * model.density / 1600
    figures(cases, n_glasses, maps, strains, chance)
    right = strains[strains["right"]]
    quartiles = (right["predicted"] / right["measured"]).quantile([0.25, 0.5, 0.75]).tolist()
    found = tables["orientations"]
    rows = [
        [row.quantity, "–" if pd.isna(row.value) else words(row.value, row.lower, row.upper),
         f"{row.n_events}", row.reason]
        for row in found.itertuples()
    ]  # fmt: skip
    put_blocks(
        PAGE,
        {
            "fresh_run": f"{n_glasses} glasses, seeds {seeds.min()} to {seeds.max()}, "
            f"{len(cases)} first events ({len(every) - len(cases)} without one up to a strain of "
            f"0.2). A first choice drawn at random is right in {100 * chance:.1f} % of the cases.",
            "fresh_decides": in_each_direction(cases, weights),
            "fresh_missed": what_is_missed(cases),
            "fresh_maps": by_map(cases, maps, weights),
            "fresh_strains": "Where the first choice is right, predicted over measured strain has "
            f"the quartiles {quartiles[0]:.2f}, {quartiles[1]:.2f} and {quartiles[2]:.2f}.",
            "fresh_orientations": lines(["quantity", "value", "events", "remark"], rows),
        },
    )


if __name__ == "__main__":
    main()
