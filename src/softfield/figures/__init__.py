"""The figures, from arrays."""
