"""The fixed prompts of the evaluation, and true pictures of the same scenes.

    python training/evaluation_scenes.py

writes prompts/evaluation.json: 500 prompts over the trained concepts, of which 100 ask for a held-out (concept, colour)
and 30 for a held-out (concept, style), in mixed order, then 40 prompts for concepts that training never saw.
"""

import argparse
import json
import random
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

import compose
from captions import Scene, caption
from concepts import GRADIENTS, PRESET_STYLES, STYLES, load_concepts, load_holdouts, trained_concepts
from recolour import BACKGROUNDS, COLOURS, Recolourer

PROMPTS = Path(__file__).parent / "prompts" / "evaluation.json"
HELD_OUT_COLOURS, HELD_OUT_STYLES, IN_ALL = 100, 30, 500
NATIVE_GRID = (16, 16)
SPRITES = Path(__file__).parent / ".cache" / "sprites-128"


@dataclass
class Request:
    """One prompt, what it asks for (None: not said), and its kind: regular, held-out colour or style, unseen."""

    prompt: str
    kind: str
    seed: int
    noun: str
    style: str
    colour: str | None = None
    background: str | None = None
    gradient: bool = False
    size: str | None = None
    placement: str | None = None


def load_requests(path: Path = PROMPTS) -> list[Request]:
    return [Request(**entry) for entry in json.loads(path.read_text())]


class RealDrawings:
    """The rendered drawings of data/render.mjs: looked up by noun and source, recoloured on demand."""

    def __init__(self, stem: Path):
        listing = json.loads(stem.with_suffix(".json").read_text())
        self.size_px = listing["size"]
        self.rows = {(entry["noun"], entry["source"]): row for row, entry in enumerate(listing["sprites"])}
        shape = (len(self.rows), self.size_px, self.size_px, 4)
        self.pixels = np.memmap(stem.with_suffix(".rgba"), np.uint8, "r", shape=shape)
        self.recolourers: dict[tuple[str, str], Recolourer] = {}

    def has(self, noun: str, source: str) -> bool:
        return (noun, source) in self.rows

    def recolourer(self, noun: str, source: str) -> Recolourer:
        key = (noun, source)
        if key not in self.recolourers:
            self.recolourers[key] = Recolourer(np.array(self.pixels[self.rows[key]]))
        return self.recolourers[key]

    def sprite(self, noun: str, source: str, colour: str | None) -> np.ndarray:
        """Straight-alpha uint8 [S, S, 4]."""
        if colour is None or colour == self.recolourer(noun, source).natural:
            return np.array(self.pixels[self.rows[noun, source]])
        return self.recolourer(noun, source).to(colour)

    def pictures(self, requests: list[Request], sources: list[str], seed: int = 8) -> np.ndarray:
        """float32 [n, 128, 128, 3]: true pictures of the requests, drawn by the given sources."""
        generator = torch.Generator().manual_seed(seed)
        sprites = np.stack([self.sprite(r.noun, s, r.colour) for r, s in zip(requests, sources)])
        objects = torch.from_numpy(sprites).permute(0, 3, 1, 2).float() / 255
        objects[:, :3] *= objects[:, 3:]
        size = tuple(compose.PIXELS_PER_CELL * side for side in NATIVE_GRID)
        placed = compose.place(objects, requests, size, generator)
        behind = compose.backgrounds(requests, size, generator)
        scenes = placed[:, :3] + behind * (1 - placed[:, 3:])
        return scenes.clamp(0, 1).permute(0, 2, 3, 1).numpy()


class RequestMaker:
    def __init__(self, drawings: RealDrawings, preset: str, seed: int = 20261122):
        self.drawings, self.styles = drawings, PRESET_STYLES[preset]
        self.concepts = {concept["noun"]: concept for concept in (*load_concepts(), *load_holdouts()["concepts"])}
        self.trained = [concept["noun"] for concept in trained_concepts(preset)]
        held = load_holdouts()
        self.held_colours = {tuple(pair) for pair in held["concept_colours"] if pair[0] in self.trained}
        self.held_styles = {tuple(pair) for pair in held["concept_styles"]
                            if pair[0] in self.trained and pair[1] in self.styles}  # fmt: skip
        self.rng = random.Random(seed)

    def can_recolour(self, noun: str, style: str) -> bool:
        return self.drawings.has(noun, STYLES[style]) and self.drawings.recolourer(noun, STYLES[style]).can_recolour

    def natural(self, noun: str, style: str) -> str | None:
        return self.drawings.recolourer(noun, STYLES[style]).natural if self.drawings.has(noun, STYLES[style]) else None

    def request(self, kind: str, noun: str, style: str, colour: str | None) -> Request:
        rng = self.rng
        far = [name for name in BACKGROUNDS if name != (colour or self.natural(noun, style))]
        background = rng.choice(far) if rng.random() < 0.8 else None
        gradient = background in GRADIENTS and rng.random() < 0.2
        size = rng.choice(["small", "large"]) if rng.random() < 0.2 else None
        placement = rng.choice([p for p in compose.PLACES if p]) if rng.random() < 0.2 else None
        scene = Scene(0, style, colour, background, gradient, size, placement)
        concept = {"synonyms": [], **self.concepts[noun]}
        prompt = ""
        while not prompt:  # the caption grammar drops some captions for guidance
            prompt = caption(rng, scene, concept)
        return Request(prompt, kind, 0, noun, style, colour, background, gradient, size, placement)

    def style_of(self, noun: str) -> str:
        """A trained style of the concept; half the time the default."""
        allowed = [style for style in self.styles if (noun, style) not in self.held_styles
                   and self.drawings.has(noun, STYLES[style])]  # fmt: skip
        return allowed[0] if self.rng.random() < 0.4 else self.rng.choice(allowed)

    def regular(self, noun: str) -> Request:
        style = self.style_of(noun)
        colours = [c for c in COLOURS if (noun, c) not in self.held_colours] if self.can_recolour(noun, style) else []
        return self.request("regular", noun, style, self.rng.choice(colours) if self.rng.random() < 0.7 and colours else None)

    def held_out_colours(self, count: int) -> list[Request]:
        """Pairs again and again, each time in another scene; never a drawing's natural colour."""
        possible = [(noun, style, colour) for noun, colour in sorted(self.held_colours) for style in self.styles
                    if (noun, style) not in self.held_styles and self.can_recolour(noun, style)
                    and self.natural(noun, style) != colour]  # fmt: skip
        chosen = [possible[i % len(possible)] for i in range(count)] if len(possible) < count else (
            self.rng.sample(possible, count))
        return [self.request("held-out colour", *pair) for pair in chosen]

    def held_out_styles(self, count: int) -> list[Request]:
        pairs = sorted(pair for pair in self.held_styles if self.drawings.has(pair[0], STYLES[pair[1]]))
        return [self.request("held-out style", *pairs[i % len(pairs)], None) for i in range(count)]

    def unseen(self) -> list[Request]:
        nouns = [concept["noun"] for concept in load_holdouts()["concepts"]]
        return [self.request("unseen", noun, self.styles[0], None) for noun in nouns]

    def all(self) -> list[Request]:
        rest = IN_ALL - HELD_OUT_COLOURS - HELD_OUT_STYLES
        known = [self.regular(self.trained[i % len(self.trained)]) for i in range(rest)]
        known += self.held_out_colours(HELD_OUT_COLOURS) + self.held_out_styles(HELD_OUT_STYLES)
        self.rng.shuffle(known)
        requests = known + self.unseen()
        for index, request in enumerate(requests):
            request.seed = 1000 + index
        return requests


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sprites", type=Path, default=SPRITES, help="stem of the files of data/render.mjs")
    parser.add_argument("--preset", choices=list(PRESET_STYLES), default="cpu")
    options = parser.parse_args()
    requests = RequestMaker(RealDrawings(options.sprites), options.preset).all()
    PROMPTS.parent.mkdir(exist_ok=True)
    said = [{name: value for name, value in asdict(request).items() if value not in (None, False)} for request in requests]
    lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in said)
    PROMPTS.write_text(f"[\n{lines}\n]\n")
    print(f"{len(requests)} prompts in {PROMPTS}")


if __name__ == "__main__":
    main()
