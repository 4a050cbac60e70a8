"""From many realizations to distributions, exponents and F_n, with intervals."""
