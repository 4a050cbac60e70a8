"""What ``softfield info`` prints of a glass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ..glass import FloatArray, Glass
from .progress import print_line
from .results import FileTerms


def print_facts(facts: Mapping[str, Any]) -> None:
    """A line for each."""
    for name, value in facts.items():
        print_line(f"{name:<22}{value}")


def glass_facts(glass: Glass, terms: FileTerms) -> dict[str, Any]:
    """What a file holds, in its lengths."""
    facts = {
        "particles": glass.n_particles,
        "dimension": glass.dimension,
        "box": " x ".join(f"{edge:.6g}" for edge in terms.length(glass.box)),
        "strain": f"{glass.strain:.6g}",
        "density": f"{terms.length(glass.density, -glass.dimension):.6g}",
        "species": _composition(glass, terms),
    }
    if glass.masses is not None:
        facts["masses"] = _from_to(glass.masses)
    if glass.diameters is not None:
        facts["diameters"] = _from_to(terms.length(glass.diameters))
    return facts


def _composition(glass: Glass, terms: FileTerms) -> str:
    species = terms.named(glass).species.tolist()
    kinds = zip(species, terms.labels or species, strict=True)
    counts = Counter(kinds)
    if len(counts) > 10:
        return f"{len(counts)}"
    told = [
        f"{counts[kind, label]} of species {kind}" + (f" ({label})" if terms.labels else "")
        for kind, label in sorted(counts, key=str)
    ]
    return ", ".join(told)


def _from_to(values: FloatArray) -> str:
    low, high = values.min(), values.max()
    return f"{low:.6g}" if low == high else f"{low:.6g} to {high:.6g}"
