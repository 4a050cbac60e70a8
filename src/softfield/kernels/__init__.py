"""Compiled inner loops. A kernel takes contiguous arrays and validates nothing.

Numba's on-disk cache looks only at the file of the function it compiled, so an edited
callee in another file would be served stale. The cache folder is therefore keyed by a
hash of every kernel's source (and of the versions that compile it). ``NUMBA_CACHE_DIR``
names the parent folder where it is set.
"""

import hashlib
import os
import sys
from pathlib import Path

import numba

_FOLDER = Path(__file__).parent


def _cache_folder() -> Path:
    digest = hashlib.sha256(f"{numba.__version__} {sys.version_info[:2]}".encode())
    for source in sorted(_FOLDER.glob("*.py")):
        digest.update(source.read_bytes())
    default = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "softfield"
    parent = Path(os.environ.get("NUMBA_CACHE_DIR", default))
    return parent / f"kernels-{digest.hexdigest()[:16]}"


# The locator is chosen when a kernel is decorated, so the setting is needed only
# while the kernel modules are imported; other packages keep their own.
_previous = numba.config.CACHE_DIR  # type: ignore[attr-defined]
numba.config.CACHE_DIR = str(_cache_folder())  # type: ignore[attr-defined]
try:
    from . import (  # noqa: F401
        dissection,
        integrator,
        lapack,
        multifrontal,
        neighbors,
        pair_forces,
        powers,
    )
finally:
    numba.config.CACHE_DIR = _previous  # type: ignore[attr-defined]
