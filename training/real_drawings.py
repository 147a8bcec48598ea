"""The rendered real drawings, as they are or turned into a style; among them those that training never sees."""

import json
from functools import cache
from pathlib import Path

import numpy as np

from recolour import Recolourer
from things import COLOURED_STYLES, HERE, STYLE_SOURCES, load_things
from turns import outline, pixel_art, silhouette, sketch
from variants import clear_colour

SPRITES = HERE / ".cache" / "sprites-128"
"""Stem of the files that data/render.mjs wrote."""

TURNS = {"outline": outline, "sketch": sketch, "pixel art": pixel_art}


@cache
def all_things() -> list[dict]:
    """The things of training in its order, then the whole concepts that it never sees."""
    held = json.loads((HERE / "holdouts.json").read_text())["concepts"]
    unseen = [{"synonyms": [], "presets": [], **thing, "core": True, "unseen": True} for thing in held]
    return [{**thing, "unseen": False} for thing in load_things()] + unseen


class RealDrawings:
    """A `look` is a style, or the name of a source for its drawings as they are."""

    def __init__(self, stem: Path = SPRITES):
        listing = json.loads(stem.with_suffix(".json").read_text())
        self.size_px = listing["size"]
        self.rows = {(entry["codepoint"], entry["source"]): row for row, entry in enumerate(listing["sprites"])}
        shape = (len(self.rows), self.size_px, self.size_px, 4)
        self.pixels = np.memmap(stem.with_suffix(".rgba"), np.uint8, "r", shape=shape)
        self.codepoints = {codepoint for codepoint, _ in self.rows}
        self.recolourers: dict[tuple[str, str], Recolourer] = {}

    def has(self, thing: dict, look: str) -> bool:
        return (thing["codepoint"], STYLE_SOURCES.get(look, look)) in self.rows

    def plain(self, thing: dict, source: str) -> np.ndarray:
        """Straight-alpha uint8 [S, S, 4]."""
        return np.array(self.pixels[self.rows[thing["codepoint"], source]])

    def recolourer(self, thing: dict, source: str) -> Recolourer:
        key = (thing["codepoint"], source)
        if key not in self.recolourers:
            self.recolourers[key] = Recolourer(self.plain(thing, source))
        return self.recolourers[key]

    def can_recolour(self, thing: dict, look: str) -> bool:
        source = STYLE_SOURCES.get(look, look)
        return look == "silhouette" or (
            (look not in STYLE_SOURCES or look in COLOURED_STYLES) and self.recolourer(thing, source).can_recolour
        )

    def natural(self, thing: dict, look: str) -> str | None:
        """The colour that anyone would call it, as variants.py has it."""
        if not self.can_recolour(thing, look):
            return None
        return "black" if look == "silhouette" else clear_colour(self.recolourer(thing, STYLE_SOURCES.get(look, look)))

    def sprite(self, thing: dict, look: str, colour: str | None = None) -> np.ndarray:
        """As variants.py makes it for training, hold-outs too."""
        source = STYLE_SOURCES.get(look, look)
        if look == "silhouette":
            return silhouette(self.plain(thing, source), colour)
        drawn = self.recolourer(thing, source).to(colour) if colour else self.plain(thing, source)
        return TURNS[look](drawn) if look in TURNS else drawn
