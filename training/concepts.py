"""What the model can draw: concepts, styles, sizes, placements, and what is held out of training."""

import json
import random
from pathlib import Path

from recolour import BACKGROUNDS, COLOURS

HERE = Path(__file__).parent

STYLES = {
    "3d render": "fluent-3d",
    "flat": "fluent-emoji-flat",
    "cartoon": "noto",
    "icon": "fluent-emoji-high-contrast",
}
"""Style word -> the source whose drawings have that style. The first is what no style word means."""

DEFAULT_STYLE = "3d render"
SOURCES = (*STYLES.values(), "twemoji", "noto-v1", "emojione", "fxemoji")
SIZES = ("small", "large")
PLACEMENTS = ("left", "right", "top", "bottom", "top left", "top right", "bottom left", "bottom right")

KEEP_IN_DEFAULT_STYLE = {
    "apple", "cactus", "dog", "cat", "car", "rocket", "house", "tree", "fish", "mushroom", "cup of coffee", "star",
    "heart", "balloon", "umbrella", "robot", "octopus", "butterfly",
}


PRESET_STYLES = {"cpu": ("3d render", "flat", "cartoon"), "gpu": tuple(STYLES)}
"""The cpu preset learns fewer things well."""


def load_concepts():
    """[{codepoint, noun, synonyms, hypernym, presets}]: all concepts that any preset trains."""
    return json.loads((HERE / "concepts.json").read_text())


def trained_concepts(preset):
    """The concepts that one preset trains."""
    return [concept for concept in load_concepts() if preset in concept["presets"]]


def load_holdouts():
    """{concepts, concept_colours, concept_styles, drawings}; see choose_holdouts."""
    return json.loads((HERE / "holdouts.json").read_text())


def choose_holdouts(concepts, held_out_concepts, seed=20261122):
    """Seeded choice of what training never sees.

    concept_colours: 5% of (noun, colour). concept_styles: 5% of (noun, style). drawings: (codepoint, source) that
    neither the generator nor the judge sees: those of concept_styles, and 17% of the other sources, which the
    generator does not use anyway: together about 12% of all drawings.
    """
    rng = random.Random(seed)
    nouns = [concept["noun"] for concept in concepts]
    colours = [(noun, colour) for noun in nouns for colour in COLOURS]
    styles = [(noun, style) for noun in nouns for style in STYLES
              if not (style == DEFAULT_STYLE and noun in KEEP_IN_DEFAULT_STYLE)]
    held_styles = rng.sample(styles, round(0.05 * len(styles)))
    codepoint = {concept["noun"]: concept["codepoint"] for concept in concepts}
    others = [(codepoint[noun], source) for noun in nouns for source in SOURCES if source not in STYLES.values()]
    drawings = [(codepoint[noun], STYLES[style]) for noun, style in held_styles]
    drawings += rng.sample(others, round(0.17 * len(others)))
    return {
        "concepts": held_out_concepts,
        "concept_colours": sorted(rng.sample(colours, round(0.05 * len(colours)))),
        "concept_styles": sorted(held_styles),
        "drawings": sorted(drawings),
    }


def vocabulary(preset):
    """The words of the page's autocomplete."""
    return {
        "concepts": [concept["noun"] for concept in trained_concepts(preset)],
        "colours": list(COLOURS),
        "styles": list(PRESET_STYLES[preset]),
        "backgrounds": [*BACKGROUNDS, *(f"{name} gradient" for name in GRADIENTS)],
        "sizes": list(SIZES),
        "placements": list(PLACEMENTS),
    }


GRADIENTS = ("red", "orange", "green", "blue", "purple", "pink", "teal", "grey")
"""Colours that also exist as a gradient background."""


if __name__ == "__main__":
    held = choose_holdouts(load_concepts(), load_holdouts()["concepts"])
    lines = ",\n".join(f'  "{key}": [\n' + ",\n".join(f"    {json.dumps(item)}" for item in items) + "\n  ]" for key, items in held.items())
    (HERE / "holdouts.json").write_text("{\n" + lines + "\n}\n")
    print({key: len(items) for key, items in held.items()})
