"""Pair potentials: force laws, their truncations, mixtures, and the models as data."""
