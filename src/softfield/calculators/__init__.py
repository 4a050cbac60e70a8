"""The same fields for any potential that gives energies of atoms and forces."""
