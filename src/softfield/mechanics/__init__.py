"""A glass as springs: interacting pairs, derivatives of the energy, factorization, spectrum."""
