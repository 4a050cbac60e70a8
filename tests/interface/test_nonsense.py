"""Every parameter of the public interface is given nonsense of every kind.

Each call either does something or raises an error of the library, soon: nothing breaks inside, and
nothing runs for ever. What cannot be meant, such as text for a length, must be refused.
"""

import inspect
import signal
from pathlib import Path

import ase
import numpy as np
import pytest
from ase.calculators.emt import EMT

import softfield as sf
from oracles import REFERENCE, quenched

#: Seconds within which a call with nonsense in it ends.
SOON = 20

GLASS, POTENTIAL = quenched("2dipl")
FIELD = sf.local_thermal_energy(GLASS, POTENTIAL)
MODES = sf.normal_modes(GLASS, POTENTIAL, 3)
VALUES = np.ones(GLASS.n_particles)
LAW = sf.inverse_powers([(-12, 1.0)], cutoff=1.25)
MODEL = sf.model("2dipl")
SCRIPT = "pair_style lj/cut 2.5\npair_coeff * * 1 1\n"
LAMMPS = sf.lammps_potential(SCRIPT, n_types=2)
GRAINS = "pair_style gran/hooke 100.0 NULL 0.0 NULL 0.0 0\npair_coeff * *\n"
SPACING = np.linspace(0.5, 2.0, 40)
MODE = sf.soft_modes(GLASS, POTENTIAL, "softening", 2)[0]
SOFTNESS = sf.coarse_grain(GLASS, FIELD)
PLACE = [[1.0, 2.0]]
FILE = REFERENCE / "2dipl_400.data"
KINDS = np.zeros(2, dtype=np.int32)
WATCH = sf.ThermalWatch()


def copper():
    """Four atoms of a perfect crystal, at a minimum."""
    return ase.Atoms(
        "Cu4", scaled_positions=[[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]],
        cell=[3.5896] * 3, pbc=True, calculator=EMT(),
    )  # fmt: skip


CRYSTAL = copper()
OF_A_GLASS = {"glass": GLASS, "potential": POTENTIAL}
OF_ATOMS = {"atoms": CRYSTAL, "force_tolerance": 1e-3}
OF_PAIRS = {"squared_distance": np.array([1.0, 1.1]), "species_i": KINDS, "species_j": KINDS}
OF_PARTICLES = {"particle_i": KINDS, "particle_j": KINDS}
CORNERED = sf.lennard_jones(cutoff=1.0, truncation="none")
ROUNDED = sf.rounded_cutoff(CORNERED, 0.1)
SIZED = sf.polydisperse(LAW, [1.0, 1.2])
CONTACTS = sf.lammps_potential(GRAINS, diameters=[1.0, 1.2, 1.3])
OF_TABLES = {"diameters": 1.0, "strengths": 1.0}
SHEAR = {**OF_A_GLASS, "n_events": 1, "max_strain": 1e-3, "direction": "xy",
         "settings": None, "plane": None}  # fmt: skip
SOFTENING = {**OF_A_GLASS, "kind": "softening", "count": 2}
TABLE = {"kind": "lennard_jones", "cutoff": 2.5}

#: Name of what is called -> a call that makes sense, argument by argument.
CALLS = {
    "Glass": {"positions": [[0.0, 0], [1, 1]], "species": [0, 0], "box": [9.0, 9], "strain": 0.1,
              "masses": [1.0, 2], "diameters": [1.0, 2]},
    "Glass.deformed": {"self": GLASS, "tensor": [[0, 0.5], [0, 0]], "increment": 0.1},
    "Glass.into_box": {"self": GLASS, "points": PLACE},
    "Glass.minimum_image": {"self": GLASS, "vectors": PLACE},
    "Glass.selected": {"self": GLASS, "particles": [0, 1, 2]},
    "Glass.sheared": {"self": GLASS, "increment": 0.1},
    "Glass.with_positions": {"self": GLASS, "positions": GLASS.positions},
    "Model": {"name": "a", "dimension": 2, "potential": POTENTIAL, "density": 0.8,
              "composition": (0.5, 0.5), "protocol": MODEL.protocol, "label": ""},
    "Model.box_of": {"self": MODEL, "n_particles": 10},
    "Model.species_of": {"self": MODEL, "n_particles": 10},
    "model": {"name": "2dipl"},
    "read_glass": {"path": FILE, "format": "data", "box": [22.0, 22.0], "atom_style": None,
                   "species": {1: 0, 2: 1}, "length_unit": 1.0, "frame": -1, "dimension": 2},
    "write_glass": {"path": "{tmp}/a.dump", "glass": GLASS, "values": {"v": VALUES},
                    "length_unit": 2.0, "labels": ["A"] * 100, "ids": list(range(1, 101))},
    "read_values": {"path": FILE, "frame": -1, "format": "data", "atom_style": None},
    "prepare_glass": {"model": "2dipl", "n_particles": 16, "seed": 1, "cooling_rate": 100.0,
                      "equilibration_time": 0.1, "time_step": 0.01, "liquid_temperature": 0.8,
                      "final_temperature": 0.1, "thermostat_time": 1.0, "skin": 0.3,
                      "force_tolerance": 1e-8},
    "minimize": {**OF_A_GLASS, "max_force": 1e-8, "newton_force": 1e-4, "max_evaluations": 1000,
                 "step_cap": 0.1},
    "descend": {**OF_A_GLASS, "max_force": 1e-8, "max_evaluations": 1000, "step_cap": 0.1},
    "without_rattlers": OF_A_GLASS,
    "TruncatedPowers": {"powers": ((-10, 1.0),), "cutoff": 1.48, "diameters": [[1.0]],
                        "strengths": [[1.0]]},
    "TruncatedPowers.derivatives": {"self": POTENTIAL, **OF_PAIRS},
    "ScaledPotential.derivatives": {"self": sf.harmonic_contacts(), **OF_PAIRS},
    "ScaledPotential.added": {"self": sf.harmonic_contacts(), "distance": [0.5], "species_i": 0,
                              "species_j": 0},
    "PotentialByPair.derivatives": {"self": sf.potential_by_pair([[LAW]]), **OF_PAIRS},
    "PolydispersePotential.derivatives": {"self": SIZED, **OF_PAIRS},
    "PolydispersePotential.pair_diameters": {"self": SIZED, **OF_PARTICLES},
    "PolydispersePotential.pair_ranges": {"self": SIZED, **OF_PARTICLES},
    "RoundedCutoff.derivatives": {"self": ROUNDED, **OF_PAIRS},
    "RoundedCutoff.pair_ranges": {"self": ROUNDED, "species_i": KINDS, "species_j": KINDS},
    "radial_derivatives": {"potential": POTENTIAL, "distance": [1.0, 1.1], "species_i": 0,
                           "species_j": 1},
    "inverse_powers": {"powers": [(-9, 1.0)], **OF_TABLES, "cutoff": 1.5, "truncation": "none"},
    "lennard_jones": {**OF_TABLES, "cutoff": 2.5, "truncation": "smooth"},
    "harmonic_contacts": OF_TABLES,
    "hertzian_contacts": OF_TABLES,
    "potential_from_function": {"function": lambda r: (r**2, 2 * r, 2 + 0 * r, 0 * r),
                                "cutoff": 2.0, "truncation": "none", "check_from": 1.0},
    "potential_from_table": {"distance": SPACING, "energy": SPACING**-6, "truncation": "smooth"},
    "potential_from_settings": {"settings": TABLE, "folder": "."},
    "lammps_potential": {"source": SCRIPT, "variables": {"a": 1}, "data": None, "n_types": 2,
                         "diameters": None, "folder": "."},
    "lammps_potential of grains": {"source": GRAINS, "diameters": [1.0, 1.2], "n_types": 2},
    "LammpsPotential.derivatives": {"self": LAMMPS, **OF_PAIRS},
    "LammpsPotential.tail_correction": {"self": LAMMPS, "glass": GLASS},
    "LammpsContacts.derivatives": {"self": CONTACTS, **OF_PAIRS},
    "LammpsContacts.pair_ranges": {"self": CONTACTS, **OF_PARTICLES},
    "LammpsContacts.tail_correction": {"self": CONTACTS, "glass": GLASS},
    "lammps_log": {"glass": GLASS, "potential": LAMMPS, "kinetic_energy": 1.0},
    "potential_by_pair": {"members": [[LAW]]},
    "rounded_cutoff": {"potential": CORNERED, "width": 0.1},
    "polydisperse": {"law": LAW, "sizes": [1.0, 1.2], "nonadditivity": 0.1},
    "interactions": {**OF_A_GLASS, "pairs": [[0, 1]]},
    "energy": OF_A_GLASS,
    "forces": OF_A_GLASS,
    "pressure": OF_A_GLASS,
    "stress": OF_A_GLASS,
    "dynamical_matrix": OF_A_GLASS,
    "local_thermal_energy": {**OF_A_GLASS, "force_tolerance": 1e-6},
    "LocalThermalEnergy.mapped": {"self": FIELD, "values": FIELD.harmonic},
    "PairMap": {"pairs": FIELD.pairs, "energy": FIELD.energy},
    "thermal_average": {**OF_A_GLASS, "observable": sf.Observable(GLASS.positions),
                        "force_tolerance": 1e-6},
    "particle_softness": {"field": FIELD},
    "coarse_grain": {"glass": GLASS, "field": FIELD, "points_per_bin": 2, "centre": [1.0, 1.0]},
    "SoftnessField.area_fraction": {"self": SOFTNESS, "positions": PLACE},
    "SoftnessField.at": {"self": SOFTNESS, "positions": PLACE},
    "SoftnessField.percentile": {"self": SOFTNESS, "positions": PLACE},
    "soft_spots": {"glass": GLASS, "field": FIELD, "vicinity_radius": 2.5},
    "normal_modes": {**OF_A_GLASS, "count": 3, "force_tolerance": 1e-6, "masses": "unit"},
    "NormalModes.lowest": {"self": MODES, "count": 2},
    "mode_map": {"modes": MODES},
    "participation_ratio": {"vectors": MODES.vectors},
    "shear": SHEAR,
    "shear_path": SHEAR,
    "thermal_path": {**OF_A_GLASS, "temperature": 1e-4, "seed": 1, "max_time": 1.0, "n_events": 1,
                     "shear_rate": 0.0, "max_strain": 1e-3, "watch": WATCH},
    "ThermalWatch": {"time_step": 0.01, "thermostat_time": 1.0, "resolution": 0.5, "interval": 5.0,
                     "persistence": 2, "displacement": 0.1, "strain_interval": 1e-3},
    "ThermalWatch.at_rate": {"self": WATCH, "rate": 1e-3},
    "barrier": {"glass": GLASS, "other": GLASS, "potential": POTENTIAL, "n_states": 5,
                "max_sweeps": 1, "max_force": 1e-8},
    "shear_modulus": {**OF_A_GLASS, "direction": "xy"},
    "strain_response": {**OF_A_GLASS, "direction": "xy", "force_tolerance": 1e-6},
    "soft_modes": {**SOFTENING, "force_tolerance": 1e-6},
    "SoftMode.polarity": {"self": MODE, "direction": "xy"},
    "SoftMode.yield_strain": {"self": MODE, "direction": "xy"},
    "predict_events": {**OF_A_GLASS, "direction": "xy", "max_strain": 0.02, "ahead": 2.0,
                       "count": 2, "radius": 2.0},
    "particle_map": {"glass": GLASS, "values": VALUES, "label": "v", "spots": PLACE,
                     "diameters": 1.0},
    "stress_curve": {"strain": [0.0, 1.0], "stress": [0.0, 1.0], "events": [0.5]},
    "read_provenance": {"path": "{tmp}/a.h5"},
    "calculator_field": {**OF_ATOMS, "amplitude": 0.01, "hessian": None, "interaction_range": 5.0,
                         "masses": "unit", "processes": 1, "start_method": None,
                         "max_atoms": 100},
    "calculator_response": {**OF_ATOMS, "amplitude": 0.01, "interaction_range": 5.0},
    "calculator_modes": {**OF_ATOMS, "count": 3, "amplitude": 0.01},
    "relax_atoms": {"atoms": CRYSTAL, "max_force": 1e-3, "max_steps": 10},
    "shear_atoms": {"atoms": CRYSTAL, "n_events": 1, "max_strain": 0.1, "direction": "xy",
                    "step": 0.05, "resolution": 0.01, "max_force": 1e-3, "max_steps": 100},
    "glass_from_atoms": {"atoms": CRYSTAL, "species": {"Cu": 0}, "length_unit": 1.0},
    "atoms_from_glass": {"glass": GLASS, "symbols": ["Cu", "Zr"], "calculator": None},
    "lammps_calculator": {"script": SCRIPT, "atoms": None, "types": {"Cu": 1},
                          "variables": {"a": "1"}},
    "calculator_from_settings": {"settings": {"kind": "emt"}, "folder": "."},
}  # fmt: skip

#: What the library makes, and nobody else: records of results, and errors.
RECORDS = {
    "Descent", "PairPotential", "LammpsPotential", "LammpsContacts", "TailCorrection", "LammpsLog",
    "Interactions", "LocalThermalEnergy", "Observable", "SoftnessField", "SoftSpot", "NormalModes",
    "ShearPath", "PlasticEvent", "ContactChange", "ThermalPath", "Barrier", "StrainResponse",
    "SoftMode", "PredictedEvent", "CalculatorField", "CalculatorResponse", "AtomsPath",
    "SoftfieldError",
}  # fmt: skip

NONSENSE = {
    "None": None,
    "text": "nonsense",
    "bytes": b"x",
    "complex": 1j,
    "NaN": float("nan"),
    "inf": float("inf"),
    "negative": -1.2,
    "minus one": -1,
    "zero": 0,
    "huge": 10**30,
    "huge negative": -(10**30),
    "true": True,
    "scalar": 3.0,
    "list": [1, 2],
    "list of text": ["a", "b"],
    "ragged": [[1, 2], [3]],
    "nested": [[[1.0]], [[2.0]]],
    "empty": [],
    "shape": np.zeros((2, 3, 4)),
    "array of NaN": np.full((2, 2), np.nan),
    "array of complex": np.ones(2) * 1j,
    "array of text": np.array(["a", "b"]),
    "array of objects": np.array([None, {}], dtype=object),
    "huge integers": [[10**30, 1]],
    "negative places": np.array([-5, -700]),
    "mapping": {"a": [1]},
    "mapping of numbers": {1: 1j},
    "object": object(),
    "class": int,
    "function": len,
}

#: Kind of a parameter, by its annotation -> nonsense that it can never mean.
NEVER = {
    "float": {"text", "bytes", "complex", "NaN", "true", "list", "list of text", "ragged",
              "nested", "empty", "shape", "array of NaN", "array of complex", "array of text",
              "array of objects", "huge integers", "negative places", "mapping",
              "mapping of numbers", "object", "class", "function"},
    "array": {"text", "bytes", "complex", "list of text", "ragged", "array of complex",
              "array of text", "array of objects", "mapping", "mapping of numbers", "object",
              "class", "function", "NaN", "array of NaN"},
    "str": {"text", "bytes", "complex", "NaN", "true", "list", "list of text", "empty", "shape",
            "array of text", "mapping", "object", "class", "function", "huge"},
    "mapping": {"text", "bytes", "complex", "NaN", "true", "list", "scalar", "shape", "array of "
                "text", "object", "class", "function", "huge", "list of text", "negative"},
}  # fmt: skip
NEVER["int"] = NEVER["float"] | {"inf", "negative", "scalar", "huge", "huge negative"}
NEVER["thing"] = set(NONSENSE) - {"None"}


def kind_of(annotation):
    """Kind of what a parameter takes, by its annotation; None where anything may be meant."""
    words = annotation.replace(" | None", "")
    if words in ("float", "int", "str"):
        return words
    if words in ("FloatArray", "IntArray", "npt.ArrayLike") or words.startswith("npt.NDArray"):
        return "array"
    if words in ("Glass", "PairPotential", "NormalModes", "LocalThermalEnergy", "ThermalWatch",
                 "Continuation", "Observable", "Model"):  # fmt: skip
        return "thing"
    if words.startswith("Mapping"):
        return "mapping"
    return {"Direction": "str", "Literal['unit', 'glass']": "str"}.get(words)


#: Nonsense that has a meaning after all: (call, parameter) -> names of it.
MEANT = {
    ("*", "label"): {"text"},
    ("Model", "name"): {"text"},
}

#: What else can never be meant, beside what the kind of the parameter rules out.
RULED_OUT = {
    ("Glass.into_box", "points"): {"scalar", "nested"},
    ("Glass.minimum_image", "vectors"): {"scalar", "zero"},
    ("Model", "density"): {"negative", "zero", "inf"},
    ("SoftnessField.area_fraction", "positions"): {"scalar", "array of NaN"},
    ("SoftnessField.at", "positions"): {"scalar", "array of NaN"},
    ("SoftnessField.percentile", "positions"): {"scalar", "array of NaN"},
    ("lammps_potential", "n_types"): {"zero", "negative"},
    ("participation_ratio", "vectors"): {"scalar", "list", "shape"},
    ("polydisperse", "sizes"): {"scalar", "negative", "nested"},
    ("prepare_glass", "equilibration_time"): {"huge", "negative"},
    ("radial_derivatives", "distance"): {"negative", "zero", "negative places", "nested"},
    ("read_glass", "length_unit"): {"zero", "negative"},
    ("write_glass", "ids"): {"scalar", "text", "list", "empty", "true"},
    ("write_glass", "labels"): {"scalar", "text", "list", "empty", "mapping"},
    ("write_glass", "length_unit"): {"zero", "negative", "inf"},
}


def callables():
    """Name of everything public that can be called -> the function; methods of potentials too."""
    found = {}
    public = {name: getattr(sf, name) for name in sf.__all__}
    made = {type(one).__name__: type(one) for one in MADE}
    for name, one in {**made, **public}.items():
        if not callable(one):
            continue
        if name not in RECORDS and name not in made:
            found[name] = one
        if inspect.isclass(one) and name != "SoftfieldError" and name != "PairPotential":
            methods = inspect.getmembers(one, inspect.isfunction)
            for method, function in methods:
                takes = set(inspect.signature(function).parameters) - {"self"}
                if not method.startswith("_") and takes:
                    found[f"{name}.{method}"] = function
    return found


#: Potentials that are made by functions.
MADE = (sf.harmonic_contacts(), sf.potential_by_pair([[LAW]]), SIZED, ROUNDED)

FUNCTIONS = callables()


def function_of(call):
    return FUNCTIONS[call.partition(" of ")[0]]


def arguments(call, tmp_path):
    """Arguments that make sense, with files where they are to be."""
    values = dict(CALLS[call])
    for name, value in values.items():
        if isinstance(value, str) and "{tmp}" in value:
            values[name] = Path(value.replace("{tmp}", str(tmp_path)))
    if call == "read_provenance":
        sf.write_glass(values["path"], GLASS)
    return values


def called(function, values):
    """The function with arguments by name; ``self`` is the first one."""
    values = dict(values)
    first = [values.pop("self")] if "self" in values else []

    def late(*_):
        raise TimeoutError(f"not done after {SOON} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, SOON)
    try:
        return function(*first, **values)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def parameters():
    """(call, parameter) of the whole public interface."""
    return [(call, name) for call, values in CALLS.items() for name in values if name != "self"]


def annotation(call, parameter):
    known = inspect.signature(function_of(call)).parameters
    if parameter in known:
        return str(known[parameter].annotation)
    return "float" if call == "prepare_glass" else "float | None"  # fields of settings


def test_every_public_call_is_walked_over_in_every_parameter():
    assert {name.partition(" of ")[0] for name in CALLS} == set(FUNCTIONS)
    for call in CALLS:
        known = inspect.signature(function_of(call)).parameters.values()
        named = {p.name for p in known if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)}
        if " of " not in call:
            assert named <= set(CALLS[call]), call


@pytest.mark.parametrize("call", CALLS)
def test_the_call_itself_makes_sense(call, tmp_path):
    if call == "barrier":
        with pytest.raises(sf.SoftfieldError, match="same minimum"):
            called(function_of(call), arguments(call, tmp_path))
    elif call == "read_provenance":
        with pytest.raises(sf.SoftfieldError, match="not a block"):
            called(function_of(call), arguments(call, tmp_path))
    else:
        called(function_of(call), arguments(call, tmp_path))


@pytest.mark.parametrize(("call", "parameter"), parameters())
def test_nonsense_is_refused_in_words(call, parameter, tmp_path):
    kind = kind_of(annotation(call, parameter))
    never = NEVER.get(kind, set()) - MEANT.get((call, parameter), set())
    never = never - MEANT.get(("*", parameter), set())
    if kind and "None" not in annotation(call, parameter):
        never = never | {"None"}
    never = never | RULED_OUT.get((call, parameter), set())
    assert never <= set(NONSENSE)
    broken, accepted = [], []
    for name, nonsense in NONSENSE.items():
        values = {**arguments(call, tmp_path), parameter: nonsense}
        try:
            called(function_of(call), values)
        except sf.SoftfieldError:
            pass
        except FileNotFoundError:  # documented
            assert "path" in parameter
        except Exception as error:
            broken.append(f"{name}: {type(error).__name__}: {error}")
        else:
            if name in never:
                accepted.append(name)
    assert not broken, "\n".join(broken)
    assert not accepted
