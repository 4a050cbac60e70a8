"""How a glass responds to temperature and strain: Eqs. 1 to 5, modes, plastic events."""
