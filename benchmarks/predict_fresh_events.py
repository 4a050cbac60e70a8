"""Prediction of first plastic events, on glasses that nobody looked at before.

    python benchmarks/predict_fresh_events.py FOLDER --count 120    make, shear, predict; resumable
    python benchmarks/predict_fresh_events.py FOLDER --table docs/benchmarks/fresh_events.csv

The rule, written before the first of these glasses was made:

- Glasses: 2DIPL, N = 1,600, the model's own protocol (cooling rate 1e-2), seeds 520180 upwards, in
  order. None of them was used before; those used for development are 1 to 1149. Every seed counts.
  How many there are is set by the time there was, not by what came out.
- Events: the first plastic event of ``sf.shear`` in each of the directions xy, -xy, x-y, y-x.
- Choices: the softest spot of every indicator of the registry, as it comes, with default settings.
  *Predicted* is ``sf.predict_events`` with default settings; it alone decides what holds.
- Right: the first choice lies within three diameters of the particle of the first event. No choice
  is wrong. Glasses are the units of the bootstrap.
- The strain that is predicted is that of the first choice, right or wrong.

One JSON file per glass holds its events, the spots of every indicator in every direction, and its
cubic modes with their coupling to strain.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import pandas as pd

import softfield as sf
from softfield.errors import SoftfieldError
from softfield.files.atomic import replaced_atomically
from softfield.response.soft_modes import SoftMode
from softfield.softness.indicators import INDICATORS, Observed, indicator_spots
from softfield.softness.orientation import event_polarities
from softfield.softness.scores import nearest_spot

N_PARTICLES, FIRST_SEED, MODES, MAX_STRAIN = 1600, 520180, 30, 0.2
DIRECTIONS = ("xy", "-xy", "x-y", "y-x")
NEAR = 3.0


def measure(seed):
    """Events, spots and modes of one glass, as JSON has them."""
    model = sf.model("2dipl")
    potential = model.potential
    glass = sf.prepare_glass(model, N_PARTICLES, seed=seed)
    modes = sf.normal_modes(glass, potential, MODES)
    maps = {
        "mode_map": sf.mode_map(modes),
        "lowest_mode": (modes.vectors[0] ** 2).sum(axis=1),
    }
    known = Observed(glass, potential, sf.local_thermal_energy(glass, potential), maps)
    record = {"seed": seed, "box": glass.box.tolist(), "directions": {}}
    for direction in DIRECTIONS:
        known = known.towards(direction)
        events = sf.shear(glass, potential, n_events=1, max_strain=MAX_STRAIN, direction=direction)
        record["directions"][direction] = {
            "events": [{"strain": one.strain, "position": one.position.tolist()} for one in events],
            "spots": {
                name: [
                    [*spot.position.tolist(), spot.softness]
                    for spot in indicator_spots(name, known)
                ]
                for name, indicator in INDICATORS.items()
            },
            "response": _response_strains(known),
        }
    record["cubic_modes"] = [
        {
            "position": mode.position.tolist(),
            "stiffness": mode.stiffness,
            "asymmetry": mode.asymmetry,
            "slope": mode.stiffness_slope.tolist(),
        }
        for mode in known.cubic_modes
    ]
    return record


def _response_strains(known):
    """Yield strain E / (dE/dgamma) of the pair with the largest E dE/dgamma."""
    best = int(known.response.indicator.argmax())
    return float(known.response.yield_strain[best])


def run(folder, count):
    """Glasses that are not there yet, in order of their seeds."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(FIRST_SEED, FIRST_SEED + count):
        path = folder / f"{seed}.json"
        if path.exists():
            continue
        start = time.process_time()
        try:
            record = measure(seed)
        except SoftfieldError as error:
            record = {"seed": seed, "failure": f"{type(error).__name__}: {error}"}
        record["cpu_seconds"] = time.process_time() - start
        with replaced_atomically(path) as temporary:
            temporary.write_text(json.dumps(record))
        print(f"{seed}: {record['cpu_seconds']:.1f} s {record.get('failure', '')}", flush=True)


def table(records):
    """A row per glass and direction: strains, how far off each first choice is, orientation.

    ``candidate`` is how far off the nearest of all predicted events is (up to twice the strain of
    the first), ``lte_rank`` the rank of the LTE's spot that is nearest to the event, ``polarity``
    that of the nearest cubic mode, at ``mode_distance``.
    """
    rows = []
    for record in records:
        box = np.array(record["box"])
        for direction, found in record["directions"].items():
            event = found["events"][0] if found["events"] else None
            row = {"seed": record["seed"], "direction": direction}
            row["strain"] = event["strain"] if event else np.nan
            predicted = found["spots"]["predicted"]
            row["predicted_strain"] = 1.0 / predicted[0][2] if predicted else np.nan
            if event:
                row |= _orientation(record, found["spots"]["lte"], event, direction)
            row["candidate"] = min(
                (_away([spot], event, box) for spot in predicted), default=np.inf
            )
            for name, spots in found["spots"].items():
                row[name] = _away(spots, event, box)
            rows.append(row)
    return pd.DataFrame(rows)


def _orientation(record, spots, event, direction):
    place = [event["position"]]
    glass = sf.Glass([*place, [0.0, 0.0]], [0, 0], record["box"])  # only its box counts
    nearest, _ = nearest_spot(place, [spot[:2] for spot in spots], glass.box)
    modes = [
        SoftMode(
            np.zeros((1, 2)), mode["stiffness"], mode["asymmetry"], np.array(mode["position"]), 0,
            np.nan, np.array(mode["slope"]), "cubic",
        )
        for mode in record["cubic_modes"]
    ]  # fmt: skip
    polarity, away = event_polarities(glass, modes, place, direction)
    return {
        "lte_rank": int(nearest[0]) + 1,
        "polarity": float(polarity[0]),
        "mode_distance": float(away[0]),
    }


def _away(spots, event, box):
    """Distance of the first spot to the event; infinite without one."""
    if not spots or event is None:
        return np.inf
    vector = np.array(event["position"]) - spots[0][:2]
    return float(np.linalg.norm(vector - box * np.round(vector / box)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--table", type=Path)
    arguments = parser.parse_args()
    if arguments.table is None:
        run(arguments.folder, arguments.count)
        return
    records = [json.loads(path.read_text()) for path in sorted(arguments.folder.glob("*.json"))]
    for record in records:
        if "failure" in record:
            print(f"{record['seed']} failed: {record['failure']}")
    made = table([record for record in records if "failure" not in record])
    made.to_csv(arguments.table, index=False, float_format="%.5g")
    print(f"{len(made)} cases of {made['seed'].nunique()} glasses in {arguments.table}")


if __name__ == "__main__":
    main()
