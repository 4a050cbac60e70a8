"""Sphinx: `sphinx-build -W docs docs/_build`; needs the extra `docs`."""

import re
from typing import Any

from softfield import __version__

project = "softfield"
release = version = __version__
copyright = "softfield contributors"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
    "sphinx-mathjax-offline",  # formulas without a network
]
myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "README.md"]


html_theme = "furo"
html_title = f"softfield {version}"
html_static_path: list[str] = []
html_show_copyright = False

autodoc_typehints = "none"  # the docstrings say types and shapes
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True


def plain_bars(*arguments: Any) -> None:
    """Docstrings are plain text: |E_alpha| is a magnitude, not a substitution."""
    lines = arguments[-1]
    for k, line in enumerate(lines):
        outside = re.split(r"(``.*?``)", line)
        outside[::2] = [part.replace("|", r"\|") for part in outside[::2]]
        lines[k] = "".join(outside)


def setup(app: Any) -> None:
    app.connect("autodoc-process-docstring", plain_bars)
