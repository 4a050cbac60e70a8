"""Types of the public names, for type checkers; see _PUBLIC in __init__.py."""

from .errors import SoftfieldError as SoftfieldError
from .figures.glass_maps import particle_map as particle_map
from .figures.glass_maps import stress_curve as stress_curve
from .files.glasses import read_glass as read_glass
from .files.glasses import read_values as read_values
from .files.glasses import write_glass as write_glass
from .files.provenance import read_provenance as read_provenance
from .glass import Glass as Glass
from .glass import LocalThermalEnergy as LocalThermalEnergy
from .glass import PairMap as PairMap
from .mechanics.derivatives import dynamical_matrix as dynamical_matrix
from .mechanics.derivatives import energy as energy
from .mechanics.derivatives import forces as forces
from .mechanics.derivatives import pressure as pressure
from .mechanics.derivatives import stress as stress
from .mechanics.pairs import Interactions as Interactions
from .mechanics.pairs import interactions as interactions
from .mechanics.spectrum import participation_ratio as participation_ratio
from .potentials.functions import potential_from_function as potential_from_function
from .potentials.functions import potential_from_table as potential_from_table
from .potentials.laws import harmonic_contacts as harmonic_contacts
from .potentials.laws import hertzian_contacts as hertzian_contacts
from .potentials.laws import inverse_powers as inverse_powers
from .potentials.laws import lennard_jones as lennard_jones
from .potentials.mixtures import polydisperse as polydisperse
from .potentials.mixtures import potential_by_pair as potential_by_pair
from .potentials.models import Model as Model
from .potentials.models import model as model
from .potentials.pair_potential import PairPotential as PairPotential
from .potentials.pair_potential import radial_derivatives as radial_derivatives
from .potentials.settings import potential_from_settings as potential_from_settings
from .potentials.truncated_powers import TruncatedPowers as TruncatedPowers
from .preparation.minimisation import Descent as Descent
from .preparation.minimisation import descend as descend
from .preparation.minimisation import minimize as minimize
from .preparation.protocol import prepare_glass as prepare_glass
from .preparation.rattlers import without_rattlers as without_rattlers
from .response.elasticity import shear_modulus as shear_modulus
from .response.event_prediction import PredictedEvent as PredictedEvent
from .response.event_prediction import predict_events as predict_events
from .response.events import PlasticEvent as PlasticEvent
from .response.fields import local_thermal_energy as local_thermal_energy
from .response.modes import NormalModes as NormalModes
from .response.modes import mode_map as mode_map
from .response.modes import normal_modes as normal_modes
from .response.observables import Observable as Observable
from .response.observables import thermal_average as thermal_average
from .response.shear import ShearPath as ShearPath
from .response.shear import shear as shear
from .response.shear import shear_path as shear_path
from .response.soft_modes import SoftMode as SoftMode
from .response.soft_modes import soft_modes as soft_modes
from .response.strain_response import StrainResponse as StrainResponse
from .response.strain_response import strain_response as strain_response
from .softness.coarse_graining import SoftnessField as SoftnessField
from .softness.coarse_graining import coarse_grain as coarse_grain
from .softness.coarse_graining import particle_softness as particle_softness
from .softness.spots import SoftSpot as SoftSpot
from .softness.spots import soft_spots as soft_spots

__version__: str
__all__: list[str]
_PUBLIC: dict[str, str]
