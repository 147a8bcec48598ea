"""What the model can draw: things, styles, people, and what is held out of training."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from recolour import BACKGROUNDS, COLOURS

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
"""Style -> whose drawings have it, or are turned into it (outline to pixel art; see turns.py). The first is what no
style word means."""

DEFAULT_STYLE = "3d render"
PRODUCT, AVATAR = "product photo", "avatar"
OWN_STYLES = (DEFAULT_STYLE, PRODUCT, AVATAR, "clip art")
"""Styles that go unsaid: the first that a thing has."""

COLOURED_STYLES = ("3d render", "flat", "cartoon", "clip art", "pixel art", "silhouette")
STYLE_WEIGHTS = {
    "3d render": 2.2, "flat": 1.0, "cartoon": 0.9, "clip art": 0.7, "pixel art": 0.7,
    "icon": 0.4, "outline": 0.5, "sketch": 0.5, "silhouette": 0.35, PRODUCT: 1.6, AVATAR: 1.6,
}  # fmt: skip
CORE_WEIGHT = 2.5
"""How much oftener the things of concepts.json are drawn than the rest."""

PEOPLE = json.loads((HERE / "data" / "people.json").read_text())
"""Attributes of people and their values; what a value of "" leaves out is not there, or plain."""

LIGHTS = ("studio light", "rim light", "soft shadow")


def load_things() -> list[dict]:
    """[{codepoint, noun, synonyms, hypernym, presets, core, model?, model_presets?, person?, file?}]; the numbers of
    things are places in this list: the core things, more emoji, the person, products that are no emoji, and clip art."""
    core = [{**thing, "core": True} for thing in _listed("concepts.json")]
    things = core + [{**thing, "core": False} for thing in _listed("more_concepts.json")]
    person = {"noun": "person", "synonyms": ["human"], "hypernym": "person", "codepoint": None, "core": False}
    things.append({**person, "presets": ["cpu", "gpu"], "person": True})
    by_noun = {thing["noun"]: thing for thing in things}
    for product in _listed("data/products.json"):
        noun, presets = product["noun"], product["presets"]
        if noun not in by_noun:
            by_noun[noun] = {**product, "codepoint": None, "core": False}
            things.append(by_noun[noun])
        synonyms = list(dict.fromkeys([*by_noun[noun]["synonyms"], *product["synonyms"]]))
        by_noun[noun] |= {"model": product["model"], "model_presets": presets, "synonyms": synonyms}
    clipart = [{**thing, "codepoint": None, "core": False} for thing in _listed("data/clipart.json")]
    return [*things, *clipart]


def _listed(name: str) -> list[dict]:
    return json.loads((HERE / name).read_text())


def _is_drawn(key: str) -> bool:
    """One pair in twenty, by its name."""
    return hashlib.sha256(key.encode()).digest()[0] < 13


class HoldOuts:
    """Pairs that training never sees: the lists of holdouts.json for its concepts and styles, a rule for all others."""

    def __init__(self):
        stored = _listed("holdouts.json")
        self.colours = {tuple(pair) for pair in stored["concept_colours"]}
        self.styles = {tuple(pair) for pair in stored["concept_styles"]}
        self.drawings = {tuple(pair) for pair in stored["drawings"]}
        self.listed_styles = {"3d render", "flat", "cartoon", "icon"}

    def holds_colour(self, thing: dict, colour: str) -> bool:
        if thing["core"]:
            return (thing["noun"], colour) in self.colours
        return _is_drawn(f"{thing['noun']}|{colour}")

    def holds_style(self, thing: dict, style: str) -> bool:
        """Never the style that shows a thing best: without it, the thing itself would be unknown."""
        if style in (PRODUCT, AVATAR) or ("file" in thing and style == "clip art"):
            return False
        source = STYLE_SOURCES[style]
        if thing["core"] and style in self.listed_styles:
            return (thing["noun"], style) in self.styles or (thing["codepoint"], source) in self.drawings
        return style != DEFAULT_STYLE and _is_drawn(f"{thing['noun']}|{style}")

    def holds_person(self, look: tuple[str, ...]) -> bool:
        """One triple of head, hair colour and eyewear in twenty."""
        is_ = dict(zip(PEOPLE["attributes"], look, strict=True))
        return _is_drawn(f"person|{is_['head']}|{is_['hair']}|{is_['eyewear']}")


@dataclass(frozen=True)
class Scope:
    """What a preset learns; None: everything."""

    styles: tuple[str, ...] | None = None
    """Of drawings."""
    things: str | None = None
    """The preset whose things are drawn."""
    products: float = 0.14
    people: float = 0.10
    """Shares of the scenes that are product photos, and that show a person; 0: none."""

    def holds(self, thing: dict, style: str) -> bool:
        if thing.get("person"):
            return self.people > 0 and (self.things is None or style in PEOPLE["styles"][self.things])
        if "model" in thing and thing["codepoint"] is None and not self.products:
            return False
        if style == PRODUCT:
            return self.products > 0 and (self.things is None or self.things in thing["model_presets"])
        known = self.things is None or self.things in thing.get("presets", ())
        return known and (self.styles is None or style in self.styles)


ALL_COLOURS = tuple(COLOURS)


def vocabulary(scope: Scope) -> dict:
    """For vocabulary.json: what can be asked for, as lists of words."""
    things = [thing for thing in load_things() if not thing.get("person")]
    drawn = [
        thing for thing in things
        if any(scope.holds(thing, style) for style in (*STYLE_SOURCES, *([PRODUCT] if "model" in thing else [])))
    ]  # fmt: skip
    styles = [style for style in STYLE_SOURCES if scope.styles is None or style in scope.styles]
    nouns = {thing["noun"] for thing in drawn}
    from scenes import PLACES, SIZES

    return {
        "concepts": [thing["noun"] for thing in drawn],
        "colours": list(COLOURS),
        "styles": styles + [PRODUCT] * (scope.products > 0) + [AVATAR] * (scope.people > 0),
        "backgrounds": list(BACKGROUNDS),
        "sizes": [size for size in SIZES if size],
        "placements": [place for place in PLACES if place],
        "synonyms": {word: thing["noun"] for thing in reversed(drawn) for word in thing["synonyms"] if word not in nouns},
        "lighting": list(LIGHTS) if scope.products > 0 else [],
        **({"people": _people_words()} if scope.people > 0 else {}),
    }


def _people_words() -> dict[str, list[str]]:
    from people import PERSON_WORDS

    return {attribute: [word for words in values.values() for word in words] for attribute, values in PERSON_WORDS.items()}
