"""The fixed prompt list of the evaluation: prompts/evaluation.json, made once by a seeded draw and committed.

    python training/prompts.py --preset cpu

300 prompts over what training saw, 100 over held-out (concept, colour) pairs, 50 over held-out (concept, style)
pairs, and 50 over whole concepts it never saw, which nothing but the text encoder's knowledge can help with.
"""

import argparse
import json
import random
from pathlib import Path

from captions import with_article
from concepts import DEFAULT_STYLE, PRESET_STYLES, load_holdouts, trained_concepts
from recolour import BACKGROUNDS, COLOURS

PATH = Path(__file__).parent / "prompts" / "evaluation.json"
COUNTS = {"seen": 300, "held_out_colour": 100, "held_out_style": 50, "unseen_concept": 50}


def prompt_for(noun: str, style: str, colour: str | None, background: str) -> str:
    words = " ".join(word for word in (colour, noun) if word)
    tail = "" if style == DEFAULT_STYLE else f", {style} style"
    return f"{with_article(words)} on {with_article(background)} background{tail}"


def contrasts(colour: str | None, background: str) -> bool:
    """A thing of the colour of its background cannot be seen, nor measured."""
    return colour != background and {colour, background} != {"grey", "white"}


def draw(rng: random.Random, kind: str, noun: str, style: str, colour: str | None) -> dict:
    background = rng.choice([name for name in BACKGROUNDS if contrasts(colour, name)])
    prompt = prompt_for(noun, style, colour, background)
    return {"kind": kind, "prompt": prompt, "noun": noun, "style": style, "colour": colour, "background": background}


def build(preset: str, recolourable: set[str], seed: int = 500) -> list[dict]:
    """`recolourable`: nouns whose default drawing carries one colour, so that a colour word means something."""
    rng = random.Random(seed)
    nouns, styles, held = [c["noun"] for c in trained_concepts(preset)], PRESET_STYLES[preset], load_holdouts()
    held_colours = [tuple(pair) for pair in held["concept_colours"] if pair[0] in nouns and pair[0] in recolourable]
    held_styles = [tuple(pair) for pair in held["concept_styles"] if pair[0] in nouns and pair[1] in styles]
    prompts = []
    for number in range(COUNTS["seen"]):
        noun, style = nouns[number % len(nouns)], rng.choice(styles)
        while (noun, style) in held_styles:
            style = rng.choice(styles)
        colours = [colour for colour in COLOURS if (noun, colour) not in held_colours]
        colour = rng.choice(colours) if noun in recolourable and rng.random() < 0.7 else None
        prompts.append(draw(rng, "seen", noun, style, colour))
    for number in range(COUNTS["held_out_colour"]):
        noun, colour = held_colours[number % len(held_colours)]
        prompts.append(draw(rng, "held_out_colour", noun, DEFAULT_STYLE, colour))
    for number in range(COUNTS["held_out_style"]):
        noun, style = held_styles[number % len(held_styles)]
        prompts.append(draw(rng, "held_out_style", noun, style, None))
    for number in range(COUNTS["unseen_concept"]):
        noun = held["concepts"][number % len(held["concepts"])]["noun"]
        prompts.append(draw(rng, "unseen_concept", noun, DEFAULT_STYLE, None))
    return prompts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="cpu", choices=PRESET_STYLES)
    parser.add_argument("--sprites", type=Path, default=Path("training/.cache/sprites-128"))
    options = parser.parse_args()
    from compose import Library

    library = Library(options.sprites, options.preset)
    recolourable = {
        library.concepts[concept]["noun"]
        for (concept, style), variants in library.variants.items()
        if style == DEFAULT_STYLE and len(variants) > 1
    }
    lines = ",\n".join(" " + json.dumps(prompt) for prompt in build(options.preset, recolourable))
    PATH.write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
