"""What the commands of :mod:`softfield.cli` are made of."""
