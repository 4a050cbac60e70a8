"""What a schema cannot say of a configuration: numbers, references between sections, sizes.

Whatever can be known before a job runs is told before a job runs, each problem in a sentence.
"""

from __future__ import annotations

import difflib
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from registries import registries

#: Keys of an ensemble that only glasses from files have.
FILE_KEYS = {
    "potential", "lammps", "calculator", "species", "length_unit", "format", "box", "atom_style",
    "dimension", "masses", "relax",
}  # fmt: skip

#: Stages without which the events of an ensemble cannot be predicted.
PREDICTION_STAGES = {"fields", "shear", "modes"}

_RADIUS = "vicinity_radius"

#: Settings that are lengths: the stages in which they count, the least value and the one of the
#: models, in units of the mean distance of particles.
LENGTHS = (
    (f"statistics.{_RADIUS}", PREDICTION_STAGES, 1.5, 2.5),
    ("statistics.near_radius", PREDICTION_STAGES, 1.5, 3.0),
    ("statistics.couplings.radius", {"fields"}, 1.5, 2.5),
    ("statistics.couplings.shortest_wave", {"fields"}, 4.0, 8.0),
    ("thermal.watch.displacement", {"thermal"}, 0.05, 0.1),
)


def malformed(config: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Keys that are no text and numbers that are not finite, which schemas let pass."""
    where = ".".join(path)
    if isinstance(config, Mapping):
        for key, value in config.items():
            if isinstance(key, str):
                yield from malformed(value, (*path, key))
            else:
                yield f"{where}.{key}: a name must be a text, not the number {key!r}; quote it"
    elif isinstance(config, list):
        for k, value in enumerate(config):
            yield from malformed(value, (*path, str(k)))
    elif isinstance(config, float) and not math.isfinite(config):
        yield f"{where} must be a finite number, not {config}"


def contradictions(config: Mapping[str, Any]) -> Iterator[str]:
    """References between sections, and values that exclude each other."""
    yield from _of_results(config["results"])
    known = list(registries()["models"])
    for name, settings in config["ensembles"].items():
        if "files" in settings:
            yield from _of_files(name, settings, known)
        else:
            yield from _of_prepared(name, settings, known)
    yield from _of_protocols(config.get("glasses", {}))
    histogram = config["statistics"]["histogram"]
    if histogram["lowest"] >= histogram["highest"]:
        yield (
            f"statistics.histogram.lowest = {histogram['lowest']:g} is not below "
            f"statistics.histogram.highest = {histogram['highest']:g}; exchange them"
        )
    watch = config["thermal"]["watch"]
    if not 10 * watch["time_step"] * (1 - 1e-9) <= watch["resolution"] <= watch["interval"]:
        yield (
            f"thermal.watch.resolution = {watch['resolution']:g} is not from ten time steps "
            f"({10 * watch['time_step']:g}) to the interval ({watch['interval']:g}); change one of "
            "the three"
        )
    if config["shear"]["max_strain"] == 0:
        yield "shear.max_strain is 0, which asks for no shear; give the strain to stop at"
    yield from _of_run(config)
    yield from _of_named(config)


def unfit(name: str, ensemble: Mapping[str, Any], config: Mapping[str, Any]) -> Iterator[str]:
    """What an ensemble is too small for.

    ``ensemble`` as ``configuration.ensembles`` has it, with ``box`` (edges, length), ``reach``
    (largest range of the potential) where it is known, and ``n_particles``.
    """
    shortest = min(ensemble["box"])
    reach = ensemble.get("reach")
    if reach is not None and shortest < 2 * reach:
        yield (
            f"ensembles.{name}: {ensemble['n_particles']} particles leave a box of edge "
            f"{shortest:.4g}, below twice the interaction range {reach:.4g}; take more"
        )
    stages, statistics = set(ensemble["stages"]), config["statistics"]
    yield from _too_short(name, ensemble, config)
    if "shear" in stages:
        yield from _not_there(name, ensemble)
    if "thermal" in stages:
        yield from _unfit_to_be_watched(name, ensemble)
    available = ensemble["dimension"] * (ensemble["n_particles"] - 1)
    if "modes" in stages:
        yield from _too_many_modes(name, "modes.count", config["modes"]["count"], available)
    if "fields" in stages:
        yield from _unfit_for_fields(name, ensemble, config)
        if ensemble["realizations"] > 1:
            count = statistics["couplings"]["modes"]
            yield from _too_many_modes(name, "statistics.couplings.modes", count, available)
    if not stages >= PREDICTION_STAGES:
        return
    for count in statistics["study"].get("modes", []):
        yield from _too_many_modes(name, "statistics.study.modes", count, available)
    for key, points in _with_study(statistics, "points_per_bin"):
        if points > ensemble["n_particles"]:
            yield (
                f"{key} = {points}, but a glass of the ensemble {name} has "
                f"{ensemble['n_particles']} particles, fewer than one bin has to hold; take fewer"
            )
    for key, radius in _with_study(statistics, _RADIUS):
        if radius > 0.5 * shortest:
            yield (
                f"{key} = {radius:g} is more than half the box edge {shortest:.4g} of the ensemble "
                f"{name}; take a smaller radius or more particles"
            )


def _with_study(statistics: Mapping[str, Any], name: str) -> Iterator[tuple[str, Any]]:
    """A setting of the statistics and its values in the study of parameters, by their keys."""
    yield f"statistics.{name}", statistics[name]
    for value in statistics["study"].get(name, []):
        yield f"statistics.study.{name}", value


def _too_short(name: str, ensemble: Mapping[str, Any], config: Mapping[str, Any]) -> Iterator[str]:
    """A vicinity without neighbours, or lengths of the models where others are Angstrom."""
    stages = set(ensemble["stages"])
    spacing = (math.prod(ensemble["box"]) / ensemble["n_particles"]) ** (1 / ensemble["dimension"])
    radii = [(key, value, 2.5) for key, value in _with_study(config["statistics"], _RADIUS)]
    short = [row for row in radii if row[1] < spacing and stages >= PREDICTION_STAGES]
    # A model means its own lengths; of another law those of the models tell that none was given.
    if not isinstance(ensemble.get("potential"), str):
        short = [row for row in short if row[0] != f"statistics.{_RADIUS}"]
        short += [
            (key, value, usual)
            for key, needed, least, usual in LENGTHS
            if stages >= needed and (value := _setting(config, key)) < least * spacing
        ]
    if short:
        yield (
            f"particles of the ensemble {name} are some {spacing:.2g} apart, in the lengths of its "
            f"potential, beside which {', '.join(f'{key} = {value:g}' for key, value, _ in short)} "
            f"is small; give such as {', '.join(f'{usual * spacing:.2g}' for *_, usual in short)}"
        )


def _setting(config: Mapping[str, Any], key: str) -> Any:
    """A setting by its path, such as ``statistics.near_radius``."""
    found: Any = config
    for name in key.split("."):
        found = found[name]
    return found


def _not_there(name: str, ensemble: Mapping[str, Any]) -> Iterator[str]:
    """Directions of shear that take more dimensions than a glass has."""
    known = registries()["directions"]
    for direction in ensemble["directions"]:
        if known[direction] > ensemble["dimension"]:
            yield (
                f"ensembles.{name}.directions has {direction}, which takes three dimensions; its "
                "glasses have two. Give those of the plane, such as xy and x-y"
            )


def _unfit_to_be_watched(name: str, ensemble: Mapping[str, Any]) -> Iterator[str]:
    """Force laws without compiled dynamics, and nothing to be watched at."""
    if "calculator" in ensemble:
        yield (
            f"ensembles.{name}.stages has thermal, whose dynamics are compiled for sums over "
            "pairs; its force law is a calculator. Leave the stage out"
        )
    elif not ensemble.get("compiled", True):
        yield (
            f"ensembles.{name}.stages has thermal, whose dynamics are compiled for sums of even "
            "powers of r that end smoothly (inverse_powers, lennard_jones); its force law is none. "
            "Leave the stage out"
        )
    sheared = ensemble["sheared_temperatures"] and ensemble["rates"]
    if not (ensemble["temperatures"] or sheared):
        yield (
            f"ensembles.{name}.stages has thermal, but there is neither a temperature nor a rate "
            f"to watch its glasses at; give ensembles.{name}.temperatures, or "
            f"ensembles.{name}.sheared_temperatures and rates"
        )


def _unfit_for_fields(
    name: str, ensemble: Mapping[str, Any], config: Mapping[str, Any]
) -> Iterator[str]:
    """Glasses that count as no minimum, and more interactions than there can be."""
    model, largest = ensemble.get("model"), config["fields"]["force_tolerance"]
    own = config.get("glasses", {}).get(model, {})
    protocol = {**registries()["models"].get(model, {}).get("protocol", {}), **own}
    made, elsewhere = protocol.get("force_tolerance", 0.0), registries()["force_tolerance"]
    limit = f"fields.force_tolerance = {largest:g}"
    if largest > elsewhere and set(ensemble["stages"]) != {"fields"}:
        largest, limit = elsewhere, f"{elsewhere:g} in other stages than fields"
    if made > largest:
        yield (
            f"glasses of the ensemble {name} are minimised to forces of "
            f"glasses.{model}.force_tolerance = {made:g}, but count as minima only below {limit}; "
            f"lower the first{' or raise the second' if made <= elsewhere else ''}"
        )
    dynamics, n = config["fields"]["dynamics"], ensemble["n_particles"]
    if dynamics["ensemble"] == name and dynamics["n_pairs"] >= n * (n - 1) // 2:
        yield (
            f"fields.dynamics.n_pairs = {dynamics['n_pairs']}, but a glass of the ensemble {name} "
            f"has {n * (n - 1) // 2} pairs of particles, interacting or not; take fewer"
        )


def _too_many_modes(name: str, key: str, count: int, available: int) -> Iterator[str]:
    if count > available:
        yield f"{key} = {count}, but a glass of the ensemble {name} has {available} nonzero modes"


def _of_results(folder: str) -> Iterator[str]:
    if "{" in folder or "}" in folder:
        yield f"results = {folder} has braces, which mark wildcards in file names; leave them out"
    if not folder.isprintable():
        yield f"results = {folder!r} has a character that does not print; leave it out"
        return
    if folder.startswith("~"):
        yield f"results = {folder}: '~' is not replaced by the home folder; write the whole path"
    try:
        path = Path(folder).resolve()
        nearest = next(p for p in (path, *path.parents) if p.exists())
        usable = nearest.is_dir() and (nearest == path or os.access(nearest, os.W_OK | os.X_OK))
    except (OSError, RuntimeError, ValueError) as error:  # too long, a circle of links, a zero byte
        yield f"results = {folder!r} is no name of a folder ({error}); choose another one"
        return
    if path == path.parent:
        yield f"results = {folder} is the root of the file system; name a folder below it"
    elif not usable:
        what = "cannot be written to" if nearest.is_dir() else "is no folder"
        yield f"results = {folder} cannot be made: {nearest} {what}; choose another folder"


def _of_prepared(name: str, settings: Mapping[str, Any], known: list[str]) -> Iterator[str]:
    missing = [key for key in ("n_particles", "realizations") if key not in settings]
    if missing:
        yield f"ensembles.{name} lacks the key(s) {', '.join(missing)}"
    misplaced = sorted(FILE_KEYS & set(settings))
    if misplaced:
        yield (
            f"ensembles.{name} has {', '.join(misplaced)}, which belong to an ensemble of "
            f"files; give ensembles.{name}.files, or leave them out"
        )
    if settings.get("model", name) not in known:
        yield _unknown("model", f"ensembles.{name}.model", settings.get("model", name), known)


def _of_files(name: str, settings: Mapping[str, Any], known: list[str]) -> Iterator[str]:
    laws = [key for key in ("lammps", "potential", "calculator") if key in settings]
    if len(laws) != 1:
        yield (
            f"ensembles.{name} has {' and '.join(laws) or 'no force law'}; give it once: lammps (a "
            "LAMMPS script), potential or calculator"
        )
    elif "potential" not in settings:
        pass
    elif isinstance(settings["potential"], str) and settings["potential"] not in known:
        yield _unknown("model", f"ensembles.{name}.potential", settings["potential"], known)
    misplaced = [key for key in ("model", "n_particles") if key in settings]
    if misplaced:
        yield (
            f"ensembles.{name} has {', '.join(misplaced)}, but its glasses are read from files; "
            "leave out one or the other"
        )


def _of_protocols(glasses: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    for name, settings in glasses.items():
        protocol = {**registries()["models"].get(name, {}).get("protocol", {}), **settings}
        final, liquid = (protocol.get(k) for k in ("final_temperature", "liquid_temperature"))
        if final is not None and liquid is not None and final >= liquid:
            yield (
                f"glasses.{name}.final_temperature = {final:g} is not below liquid_temperature = "
                f"{liquid:g}; a quench cools"
            )


def _of_run(config: Mapping[str, Any]) -> Iterator[str]:
    run, names = config["run"], list(config["ensembles"])
    if isinstance(run, str) and run != "all":
        yield f"run must be all or a list of ensembles, not the text '{run}'; write [{run}]"
    elif run != "all":
        for name in run:
            if name not in names:
                yield _unknown("ensemble", "run", name, names)


def _of_named(config: Mapping[str, Any]) -> Iterator[str]:
    """Ensembles that other sections name must be there, although they need not run."""
    fields, statistics, figures = (config[k] for k in ("fields", "statistics", "figures"))
    named = {
        "fields.dynamics.ensemble": [fields["dynamics"]["ensemble"]],
        "statistics.distributions": statistics["distributions"],
        "figures.prediction": [figures["prediction"]],
        "figures.system_size": figures["system_size"],
    }
    for figure in ("displacement_and_energy", "softness_field", "oriented_spots"):
        named[f"figures.{figure}.ensemble"] = [figures[figure]["ensemble"]]
    known = list(config["ensembles"])
    for key, names in named.items():
        for name in names:
            if name not in known:
                yield _unknown("ensemble", key, name, known)


def _unknown(what: str, key: str, given: str, known: Iterable[str]) -> str:
    choices = list(known)
    if not choices:
        return f"{key} is the unknown {what} '{given}'; there is none"
    near = difflib.get_close_matches(given, choices, 1, 0.0)
    return (
        f"{key} is the unknown {what} '{given}'; the nearest is '{near[0]}'. "
        f"Name one of {', '.join(choices)}"
    )
