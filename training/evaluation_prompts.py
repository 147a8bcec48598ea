"""Writes the fixed list of the evaluation, prompts/evaluation.json: 1,000 requests over the things and styles of a preset.

    python training/evaluation_prompts.py [--preset cpu]

Nothing in it but the held-out kinds and the unseen things is withheld from training; references and edited pictures are
drawn from real drawings, so they are real pictures. Product photos and people are left out: the judge knows drawings.
"""

import argparse
import json
import random
from dataclasses import replace
from pathlib import Path

import canvas
import scenes
from compositions import random_composition
from edits import CHANGES
from evaluation_scenes import PROMPTS, Request, save_requests
from phrases import STYLE_WORDS, Writer
from presets import PRESETS
from real_drawings import SPRITES, RealDrawings, all_things
from recolour import BACKGROUNDS, COLOURS
from scenes import GRADIENTS, Item, Library, Scene, lone_box
from things import COLOURED_STYLES, DEFAULT_STYLE, HERE, STYLE_SOURCES, HoldOuts

SQUARE = canvas.GRIDS[0]
PLAIN = {"text": 180, "text, other ratios": 60, "two objects": 110, "count": 50}
HELD_OUT_COLOURS, HELD_OUT_STYLES, UNSEEN = 80, 60, 20
EDITS = {
    "colour": 50, "style": 45, "background": 50, "size": 15, "place": 15, "count": 10, "add": 25, "remove": 20, "swap": 20,
}  # fmt: skip
COMPOSITIONS = {
    ("style",): 45, ("object", "background"): 35, ("object", "style"): 30, ("object", "style", "background"): 30,
    ("object", "second"): 15, ("object", "colour"): 15,
}  # fmt: skip
MANY = {10: 10, 6: 10}
"""Compositions of any of these kinds with so many references."""


def says_style(words: str, style: str) -> bool:
    """Without a word for it, only the default is asked for."""
    return style == DEFAULT_STYLE or any(word in words for word in STYLE_WORDS[style])


class RequestMaker:
    def __init__(self, library: Library, drawings: RealDrawings, seed: int = 20261130):
        self.library, self.drawings, self.rng = library, drawings, random.Random(seed)
        self.writer, self.holds = Writer(self.rng, library), HoldOuts()

    def all(self) -> list[Request]:
        requests = [self.plain(kind) for kind, count in PLAIN.items() for _ in range(count)]
        requests += self.held_out_colours() + self.held_out_styles() + self.unseen()
        requests += [self.edit(change) for change, count in EDITS.items() for _ in range(count)]
        requests += [self.composition(kind) for kind, count in COMPOSITIONS.items() for _ in range(count)]
        requests += [
            self.composition(self.rng.choice(list(COMPOSITIONS)), images) for images, count in MANY.items() for _ in range(count)
        ]
        return requests

    def said(self, scene: Scene) -> tuple[str | None, ...]:
        says = scene.says_colour or (False,) * len(scene.items)
        natural = [self.library.natural.get((item.thing, scene.style)) for item in scene.items]
        return tuple(item.colour or (own if say else None) for item, own, say in zip(scene.items, natural, says, strict=True))

    def is_clear(self, scene: Scene) -> bool:
        """Whether things stand out from the background, so that rules can read the picture. The usual one is nearly white."""
        natural = (self.library.natural.get((item.thing, scene.style)) for item in scene.items)
        colours = [item.colour or own for item, own in zip(scene.items, natural, strict=True)]
        return (scene.background or "white") not in colours

    def scene(self, fits, grid=SQUARE, *, plain: bool = False) -> Scene:
        while True:
            scene = scenes.random_scene(self.rng, self.library, grid, plain=plain)
            if fits(scene) and self.is_clear(scene):
                return replace(scene, jitter=(0.0,) * 4)

    def request(self, kind: str, scene: Scene) -> Request:
        words = ""
        while not words or not says_style(words, scene.style):  # the caption grammar drops some captions for guidance
            words = self.writer.caption(scene)
        return Request(kind, words, scene, said=self.said(scene))

    def plain(self, kind: str) -> Request:
        if kind == "two objects":
            return self.request(kind, self.scene(lambda scene: len({item.thing for item in scene.items}) == 2))
        if kind == "count":
            return self.request(kind, self.scene(lambda scene: scene.is_counted))
        grid = SQUARE if kind == "text" else self.rng.choice(canvas.GRIDS[1:])
        return self.request(kind, self.scene(lambda scene: scene.is_lone, grid))

    def lone(self, thing: int, style: str, colour: str | None) -> Scene:
        """A scene of what no library has."""
        rng = self.rng
        own = colour or self.drawings.natural(all_things()[thing], style)
        far = [name for name in BACKGROUNDS if name != own]
        background = rng.choice(far) if own == "white" or rng.random() < 0.7 else None
        size = rng.choice(["small", "large"]) if rng.random() < 0.15 else None
        place = rng.choice(list(scenes.PLACES)) if rng.random() < 0.15 else None
        gradient = background in GRADIENTS and rng.random() < 0.2
        items = (Item(thing, colour, lone_box(size, place, SQUARE)),)
        return Scene(SQUARE, style, items, background, gradient, size, place)

    def held_out_colours(self) -> list[Request]:
        """Pairs again and again, each time in another scene; never a drawing's natural colour."""
        things = self.library.things
        pairs = [
            (number, style, colour)
            for number in self.library.numbers for style in self.library.styles[number] if style in COLOURED_STYLES
            for colour in COLOURS
            if self.holds.holds_colour(things[number], colour) and self.drawings.can_recolour(things[number], style)
            and self.drawings.natural(things[number], style) != colour
        ]  # fmt: skip
        self.rng.shuffle(pairs)
        chosen = [pairs[n % len(pairs)] for n in range(HELD_OUT_COLOURS)]
        return [self.request("held-out colour", self.lone(*pair)) for pair in chosen]

    def held_out_styles(self) -> list[Request]:
        known = {style for styles in self.library.styles.values() for style in styles}
        pairs = [
            (number, style)
            for number in self.library.numbers for style in STYLE_SOURCES
            if style in known and self.holds.holds_style(self.library.things[number], style)
        ]  # fmt: skip
        self.rng.shuffle(pairs)
        chosen = [pairs[n % len(pairs)] for n in range(HELD_OUT_STYLES)]
        return [self.request("held-out style", self.lone(*pair, None)) for pair in chosen]

    def unseen(self) -> list[Request]:
        numbers = [number for number, thing in enumerate(all_things()) if thing["unseen"]]
        self.library.styles |= {number: [DEFAULT_STYLE] for number in numbers}
        return [self.request("unseen", self.lone(number, DEFAULT_STYLE, None)) for number in self.rng.sample(numbers, UNSEEN)]

    def edit(self, kind: str) -> Request:
        while True:
            before = self.scene(lambda scene: True, plain=True)
            if kind == "remove":
                before = self.scene(lambda scene: len({item.thing for item in scene.items}) == 2)
                if self.rng.random() < 0.5:
                    before = CHANGES["add"](self.rng, self.library, self.scene(lambda scene: True, plain=True))
                    before = before and before[0]
            changed = before and CHANGES[kind](self.rng, self.library, before)
            if not changed or not self.is_clear(changed[0]):
                continue
            words = self.writer.instruction([changed[1]])
            if words:
                return Request("edit", words, changed[0], (before,), kind)

    def composition(self, kind: tuple[str, ...], images: int | None = None) -> Request:
        while True:
            count = images or self.rng.choice([n for n in (1, 2, 3, 4) if n >= len(kind)])
            made = random_composition(self.rng, self.library, SQUARE, count)
            lends = {
                role: number for role in ("object", "second", "style", "background", "colour")
                if (number := getattr(made, f"lends_{role}")) is not None
            }  # fmt: skip
            if set(lends) != set(kind) or not self.tells(made, lends):
                continue
            words = self.writer.composition(made)
            if words:
                still = [replace(scene, jitter=(0.0,) * 4) for scene in (made.target, *made.references)]
                return Request("reference", words, still[0], tuple(still[1:]), lends=tuple(lends.items()))

    def tells(self, made, lends: dict[str, int]) -> bool:
        """Whether the result would look otherwise without what is lent."""
        lent = {role: made.references[number] for role, number in lends.items()}
        style = lent["object"].style if "object" in lent else DEFAULT_STYLE
        if "style" in lent and lent["style"].style == style:
            return False
        if "background" in lent and (not lent["background"].background or lent["background"].background == lent["object"].background):
            return False
        if "colour" in lent and made.target.items[0].colour in (None, lent["object"].items[0].colour):
            return False
        return all(map(self.is_clear, (made.target, *lent.values())))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sprites", type=Path, default=SPRITES, help="stem of the files of data/render.mjs")
    parser.add_argument("--library", type=Path, default=HERE / ".cache" / "library-128.json", help="what training sees")
    parser.add_argument("--preset", choices=list(PRESETS), default="cpu")
    parser.add_argument("--out", type=Path, default=PROMPTS)
    options = parser.parse_args()
    keys = json.loads(options.library.read_text())["keys"]
    library = Library(keys, all_things(), replace(PRESETS[options.preset].scope, products=0, people=0))
    requests = RequestMaker(library, RealDrawings(options.sprites)).all()
    save_requests(requests, options.out)
    print(f"{len(requests)} requests, {options.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
