"""Compiled inner loops. A kernel takes contiguous arrays and validates nothing.

Numba's on-disk cache looks only at the file of the function it compiled, so an edited
callee in another file would be served stale; and it compiles anew in every checkout, since
it also looks at the path. Here the cache folder is keyed by a hash of every kernel's source
(and of the versions that compile it), and by nothing else. ``NUMBA_CACHE_DIR`` names the
parent folder where it is set.
"""

import hashlib
import logging
import os
import sys
from pathlib import Path

import numba
from numba.core import caching, event

_FOLDER = Path(__file__).parent

logger = logging.getLogger(__name__)


def _cache_folder() -> Path:
    digest = hashlib.sha256(f"{numba.__version__} {sys.version_info[:2]}".encode())
    for source in sorted(_FOLDER.glob("*.py")):
        digest.update(source.read_bytes())
    default = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "softfield"
    parent = Path(os.environ.get("NUMBA_CACHE_DIR", default))
    return parent / f"kernels-{digest.hexdigest()[:16]}"


class KernelCacheLocator(caching.UserProvidedCacheLocator):
    """One folder for all kernels: their sources and versions are in its name."""

    @classmethod
    def get_suitable_cache_subpath(cls, py_file: str) -> str:
        return ""

    def get_source_stamp(self) -> str:
        return ""


# The locator is chosen when a kernel is decorated, so the settings are needed only while
# the kernel modules are imported; other packages keep their own. Where the folder cannot be
# written to, numba's next choices follow.
_settings = {
    "CACHE_DIR": str(_cache_folder()),
    "CACHE_LOCATOR_CLASSES": f"{__name__}.KernelCacheLocator, InTreeCacheLocator",
}
_previous = {name: getattr(numba.config, name) for name in _settings}
try:
    for _name, _value in _settings.items():
        setattr(numba.config, _name, _value)
    from . import (  # noqa: F401
        dissection,
        integrator,
        lapack,
        mode_blocks,
        multifrontal,
        neighbors,
        pair_forces,
        panels,
        powers,
        rows,
        shear_flow,
        vicinity,
    )
finally:
    for _name, _value in _previous.items():
        setattr(numba.config, _name, _value)


class _FirstCompilation(event.Listener):
    """Says once that kernels are being compiled, which happens where the cache has none."""

    told = False

    def on_start(self, event: event.Event) -> None:
        """Called when a function is compiled and was not found in the cache."""
        compiled = getattr((event.data or {}).get("dispatcher"), "py_func", None)
        ours = str(getattr(compiled, "__module__", "")).startswith(f"{__name__}.")
        if ours and not self.told:
            self.told = True
            logger.info(
                "compiling kernels, once on this machine: this may take half a minute (they are "
                "kept in %s)",
                _cache_folder(),
            )

    def on_end(self, event: event.Event) -> None:
        """Nothing is said at the end: what was waited for goes on."""


event.register("numba:compile", _FirstCompilation())
