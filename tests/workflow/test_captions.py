"""Captions of the report state the settings of the run, not the defaults."""

from types import SimpleNamespace

import jinja2
import pytest
import yaml

from conftest import REPOSITORY

FOLDER = REPOSITORY / "workflow/report"


def rendered(name, **settings):
    """A caption as Snakemake renders it, with some settings in place of the defaults."""
    config = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
    for path, value in settings.items():
        *sections, key = path.split("__")
        section = config
        for one in sections:
            section = section[one]
        assert section[key] != value
        section[key] = value
    text = jinja2.Template((FOLDER / f"{name}.rst").read_text(), undefined=jinja2.StrictUndefined)
    return " ".join(text.render(snakemake=SimpleNamespace(config=config)).split())


@pytest.mark.parametrize(
    ("name", "setting", "value", "words"),
    [
        ("fig2_distributions", "fields__dynamics__n_pairs", 5, "energies of 5 interactions of one"),
        ("pair_energies", "fields__dynamics__n_pairs", 5, "5 drawn at random"),
        ("fig3_softness_field", "statistics__points_per_bin", 7, "that hold 7 interactions each"),
        ("low_frequency", "statistics__scalings__phonon_free", 0.5, "at most 0.5 times"),
        ("internal_forces", "statistics__tail_floor", 3.5, "of at least 3.5 in magnitude"),
        ("directions", "statistics__near_radius", 4.5, "lies within 4.5 of"),
    ],
)
def test_a_caption_has_the_settings_of_the_run(name, setting, value, words):
    assert words in rendered(name, **{setting: value})


def test_every_caption_can_be_rendered():
    names = [path.stem for path in FOLDER.glob("*.rst")]
    assert len(names) > 10
    assert all(rendered(name) for name in names)
