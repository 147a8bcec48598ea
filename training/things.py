"""What the model can draw: things, styles, and what is held out of training."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from recolour import COLOURS

HERE = Path(__file__).parent

STYLE_SOURCES = {
    "3d render": "fluent-3d",
    "flat": "fluent-emoji-flat",
    "cartoon": "noto",
    "clip art": "twemoji",
    "icon": "fluent-emoji-high-contrast",
    "outline": "fluent-emoji-flat",
    "sketch": "fluent-3d",
    "silhouette": "fluent-emoji-flat",
    "pixel art": "fluent-emoji-flat",
}
"""Style -> whose drawings have it, or are turned into it (outline to pixel art; see sprites.py). The first is what no
style word means."""

DEFAULT_STYLE = "3d render"
COLOURED_STYLES = ("3d render", "flat", "cartoon", "clip art", "pixel art", "silhouette")
STYLE_WEIGHTS = {
    "3d render": 2.2, "flat": 1.0, "cartoon": 0.9, "clip art": 0.7, "pixel art": 0.7,
    "icon": 0.4, "outline": 0.5, "sketch": 0.5, "silhouette": 0.35,
}  # fmt: skip
CORE_WEIGHT = 2.5
"""How much oftener the things of concepts.json are drawn than the rest."""


def load_things() -> list[dict]:
    """[{codepoint, noun, synonyms, hypernym, core}], the core things first."""
    core = json.loads((HERE / "concepts.json").read_text())
    more = json.loads((HERE / "more_concepts.json").read_text())
    return [{**thing, "core": True} for thing in core] + [{**thing, "core": False} for thing in more]


def _is_drawn(key: str) -> bool:
    """One pair in twenty, by its name."""
    return hashlib.sha256(key.encode()).digest()[0] < 13


class HoldOuts:
    """Pairs that training never sees: the lists of holdouts.json for its concepts and styles, a rule for all others."""

    def __init__(self):
        stored = json.loads((HERE / "holdouts.json").read_text())
        self.colours = {tuple(pair) for pair in stored["concept_colours"]}
        self.styles = {tuple(pair) for pair in stored["concept_styles"]}
        self.drawings = {tuple(pair) for pair in stored["drawings"]}
        self.listed_styles = {"3d render", "flat", "cartoon", "icon"}

    def holds_colour(self, thing: dict, colour: str) -> bool:
        if thing["core"]:
            return (thing["noun"], colour) in self.colours
        return _is_drawn(f"{thing['noun']}|{colour}")

    def holds_style(self, thing: dict, style: str) -> bool:
        source = STYLE_SOURCES[style]
        if thing["core"] and style in self.listed_styles:
            return (thing["noun"], style) in self.styles or (thing["codepoint"], source) in self.drawings
        return style != DEFAULT_STYLE and _is_drawn(f"{thing['noun']}|{style}")


@dataclass(frozen=True)
class Scope:
    """What a preset learns; None: everything."""

    styles: tuple[str, ...] | None = None
    things: str | None = None
    """The preset of concepts.json whose things are drawn."""

    def holds(self, thing: dict, style: str) -> bool:
        known = self.things is None or self.things in thing.get("presets", ())
        return known and (self.styles is None or style in self.styles)


ALL_COLOURS = tuple(COLOURS)
