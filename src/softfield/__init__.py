"""Local thermal energy, soft spots and plastic events of computer glasses.

Names are loaded when they are first used, so that ``import softfield`` stays quick.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

#: Public name -> module that defines it. This is the whole public interface.
_PUBLIC = {
    "Glass": "glass",
    "Model": "potentials.models",
    "model": "potentials.models",
    "read_glass": "files.glasses",
    "write_glass": "files.glasses",
    "read_values": "files.glasses",
    "prepare_glass": "preparation.protocol",
    "minimize": "preparation.minimisation",
    "descend": "preparation.minimisation",
    "Descent": "preparation.minimisation",
    "without_rattlers": "preparation.rattlers",
    "PairPotential": "potentials.pair_potential",
    "TruncatedPowers": "potentials.truncated_powers",
    "radial_derivatives": "potentials.pair_potential",
    "inverse_powers": "potentials.laws",
    "lennard_jones": "potentials.laws",
    "harmonic_contacts": "potentials.laws",
    "hertzian_contacts": "potentials.laws",
    "potential_from_function": "potentials.functions",
    "potential_from_table": "potentials.functions",
    "potential_from_settings": "potentials.settings",
    "lammps_potential": "potentials.lammps.potential",
    "LammpsPotential": "potentials.lammps.potential",
    "LammpsContacts": "potentials.lammps.potential",
    "TailCorrection": "potentials.lammps.potential",
    "lammps_log": "mechanics.lammps_log",
    "LammpsLog": "mechanics.lammps_log",
    "potential_by_pair": "potentials.mixtures",
    "rounded_cutoff": "potentials.cutoffs",
    "polydisperse": "potentials.mixtures",
    "interactions": "mechanics.pairs",
    "Interactions": "mechanics.pairs",
    "energy": "mechanics.derivatives",
    "forces": "mechanics.derivatives",
    "pressure": "mechanics.derivatives",
    "stress": "mechanics.derivatives",
    "dynamical_matrix": "mechanics.derivatives",
    "local_thermal_energy": "response.fields",
    "LocalThermalEnergy": "glass",
    "PairMap": "glass",
    "thermal_average": "response.observables",
    "Observable": "response.observables",
    "particle_softness": "softness.coarse_graining",
    "coarse_grain": "softness.coarse_graining",
    "SoftnessField": "softness.coarse_graining",
    "soft_spots": "softness.spots",
    "SoftSpot": "softness.spots",
    "normal_modes": "response.modes",
    "NormalModes": "response.modes",
    "mode_map": "response.modes",
    "participation_ratio": "mechanics.spectrum",
    "shear": "response.shear",
    "shear_path": "response.shear",
    "ShearPath": "response.shear",
    "PlasticEvent": "response.events",
    "ContactChange": "response.events",
    "thermal_path": "response.thermal_events",
    "ThermalPath": "response.thermal_events",
    "ThermalWatch": "response.thermal_events",
    "barrier": "response.barriers",
    "Barrier": "response.barriers",
    "shear_modulus": "response.elasticity",
    "strain_response": "response.strain_response",
    "StrainResponse": "response.strain_response",
    "soft_modes": "response.soft_modes",
    "SoftMode": "response.soft_modes",
    "predict_events": "response.event_prediction",
    "PredictedEvent": "response.event_prediction",
    "particle_map": "figures.glass_maps",
    "stress_curve": "figures.glass_maps",
    "read_provenance": "files.provenance",
    "calculator_field": "calculators.field",
    "CalculatorField": "calculators.field",
    "calculator_response": "calculators.field",
    "CalculatorResponse": "calculators.field",
    "calculator_modes": "calculators.second_order",
    "relax_atoms": "calculators.relaxation",
    "shear_atoms": "calculators.shear",
    "AtomsPath": "calculators.shear",
    "glass_from_atoms": "calculators.glasses",
    "atoms_from_glass": "calculators.glasses",
    "lammps_calculator": "calculators.lammps",
    "calculator_from_settings": "calculators.settings",
    "SoftfieldError": "errors",
}

__all__ = ["__version__", *_PUBLIC]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'softfield' has no attribute {name!r}")
    value = getattr(import_module(f".{_PUBLIC[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
