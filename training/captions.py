"""Scenes and the words for them. What a caption leaves unsaid is the default, so that text nearly determines the picture."""

import random
from dataclasses import dataclass

EMPTY_SHARE = 0.10
"""Captions dropped for classifier-free guidance (Ho and Salimans 2022)."""

SYNONYM_SHARE = 0.20
STYLE_WORDS = {
    "3d render": ["3d render", "3d", "3d style"],
    "flat": ["flat", "flat style", "flat design"],
    "cartoon": ["cartoon", "cartoon style"],
    "icon": ["icon", "black and white icon", "outline icon"],
}
SIZE_WORDS = {"small": ["small", "tiny", "little"], "large": ["large", "big", "huge"]}
OPENINGS = ["a picture of ", "an image of ", "draw "]


@dataclass
class Scene:
    """One object of one concept; None is the default of each part."""

    concept: int
    style: str
    colour: str | None = None
    background: str | None = None
    gradient: bool = False
    size: str | None = None
    placement: str | None = None


def with_article(words: str) -> str:
    return ("an " if words[0] in "aeiou" else "a ") + words


def caption(rng: random.Random, scene: Scene, concept: dict) -> str:
    """Words for a scene: {size} {style} {colour} {noun}, then background, placement and style in any order."""
    if rng.random() < EMPTY_SHARE:
        return ""
    style_word, style_tail = _style(rng, scene)
    words = _adjectives(rng, scene, style_word)
    noun = concept["noun"]
    if concept["synonyms"] and rng.random() < SYNONYM_SHARE:
        noun = rng.choice(concept["synonyms"])
    core = " ".join([*words, noun])
    if rng.random() < 0.75:
        core = with_article(core) if rng.random() < 0.85 else f"the {core}"
    tails = [_background(rng, scene), _placement(rng, scene), style_tail]
    rng.shuffle(tails)
    opening = rng.choice(OPENINGS) if rng.random() < 0.1 else ""
    return opening + core + "".join(tails)


def _style(rng: random.Random, scene: Scene) -> tuple[str, str]:
    """(adjective, tail), one of them empty; half of the default style goes unsaid."""
    if scene.style == "3d render" and rng.random() < 0.5:
        return "", ""
    word = rng.choice(STYLE_WORDS[scene.style])
    if rng.random() < 0.5:
        return ("", f", {word}") if word.endswith("icon") else (word, "")
    suffix = "" if any(part in word for part in ("style", "design", "icon")) else " style"
    return "", rng.choice([f", {word}", f" in {word}{suffix}"])


def _adjectives(rng: random.Random, scene: Scene, style_word: str) -> list[str]:
    words = [rng.choice(SIZE_WORDS[scene.size])] if scene.size else []
    if style_word:
        words.insert(rng.randrange(len(words) + 1), style_word)
    return [*words, scene.colour] if scene.colour else words


def _background(rng: random.Random, scene: Scene) -> str:
    if not scene.background:
        return ""
    name = f"{scene.background} gradient" if scene.gradient else scene.background
    short = with_article(name) if scene.gradient else name
    full = f" on {with_article(name)} background"
    return rng.choice([full, full, f", {name} background", f" on {short}", f" with {with_article(name)} background"])


def _placement(rng: random.Random, scene: Scene) -> str:
    if not scene.placement:
        return ""
    place = scene.placement
    last = f" in the {place} corner" if " " in place else f" on the {place} side"
    return rng.choice([f" at the {place}", f" on the {place}", f", {place}", last])
