"""Types of the public names, for type checkers; see _PUBLIC in __init__.py."""

from .errors import SoftfieldError as SoftfieldError
from .fields import LocalThermalEnergy as LocalThermalEnergy
from .fields import Observable as Observable
from .fields import local_thermal_energy as local_thermal_energy
from .fields import thermal_average as thermal_average
from .glass import Glass as Glass
from .io import read_glass as read_glass
from .io import read_values as read_values
from .io import write_glass as write_glass
from .maps import particle_map as particle_map
from .maps import stress_curve as stress_curve
from .mechanics import dynamical_matrix as dynamical_matrix
from .mechanics import energy as energy
from .mechanics import forces as forces
from .mechanics import pressure as pressure
from .mechanics import stress as stress
from .minimize import Descent as Descent
from .minimize import descend as descend
from .minimize import minimize as minimize
from .models import Model as Model
from .models import model as model
from .modes import NormalModes as NormalModes
from .modes import mode_map as mode_map
from .modes import normal_modes as normal_modes
from .modes import participation_ratio as participation_ratio
from .origin import read_provenance as read_provenance
from .own_potentials import harmonic_contacts as harmonic_contacts
from .own_potentials import hertzian_contacts as hertzian_contacts
from .own_potentials import inverse_powers as inverse_powers
from .own_potentials import lennard_jones as lennard_jones
from .own_potentials import polydisperse as polydisperse
from .own_potentials import potential_by_pair as potential_by_pair
from .own_potentials import potential_from_function as potential_from_function
from .own_potentials import potential_from_settings as potential_from_settings
from .own_potentials import potential_from_table as potential_from_table
from .packings import without_rattlers as without_rattlers
from .pairs import Interactions as Interactions
from .pairs import interactions as interactions
from .potentials import PairPotential as PairPotential
from .potentials import TruncatedPowers as TruncatedPowers
from .potentials import radial_derivatives as radial_derivatives
from .preparation import prepare_glass as prepare_glass
from .shear import PlasticEvent as PlasticEvent
from .shear import ShearPath as ShearPath
from .shear import shear as shear
from .shear import shear_modulus as shear_modulus
from .shear import shear_path as shear_path
from .softness import particle_softness as particle_softness
from .softspots import SoftnessField as SoftnessField
from .softspots import SoftSpot as SoftSpot
from .softspots import coarse_grain as coarse_grain
from .softspots import soft_spots as soft_spots

__version__: str
__all__: list[str]
_PUBLIC: dict[str, str]
