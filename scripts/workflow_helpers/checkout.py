"""Import the library from this checkout: its sources are what the rules depend on.

An installed copy may be another version; in an environment made by ``--sdm conda`` there is none.
Imported first by every helper here that imports softfield; scripts import their helpers first.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))
