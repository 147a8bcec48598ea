"""Pictures of scenes: sprites over backgrounds, rendered in batches at any native size."""

import json
import random
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from captions import Scene
from concepts import GRADIENTS, PRESET_STYLES, STYLES, load_concepts, load_holdouts
from recolour import BACKGROUNDS, COLOURS, DEFAULT_BACKGROUND, Recolourer, oklab_to_rgb

GRIDS = [(16, 16), (20, 14), (14, 20), (14, 18), (18, 14), (12, 20), (20, 12), (12, 24)]
"""Latent (height, width) of the 8 aspect ratios; the square first."""

PIXELS_PER_CELL = 8
OBJECT_SHARE = {None: 0.74, "small": 0.46, "large": 0.95}
"""Longer side of the object over the shorter side of the picture."""

PLACES = {
    None: (0, 0), "left": (-1, 0), "right": (1, 0), "top": (0, -1), "bottom": (0, 1),
    "top left": (-1, -1), "top right": (1, -1), "bottom left": (-1, 1), "bottom right": (1, 1),
}  # fmt: skip
STYLE_WEIGHTS = {"3d render": 1.5, "flat": 1.0, "cartoon": 0.8, "icon": 0.5}


class Library:
    """All sprites training may see, natural and recoloured: uint8 [n, 4, 128, 128] in memory (about 340 MB)."""

    def __init__(self, sprites: Path, preset: str):
        self.concepts = load_concepts()
        held = load_holdouts()
        self.held_colours = {tuple(pair) for pair in held["concept_colours"]}
        cache = sprites.with_suffix(".library.pt")
        if not cache.exists():
            torch.save(self._recolour_all(sprites, held), cache)
        self.pixels, keys = torch.load(cache)
        self.variants: dict[tuple[int, str], dict] = {}
        self.natural: dict[tuple[int, str], str] = {}
        for index, (concept, style, colour, natural) in enumerate(keys):
            self.variants.setdefault((concept, style), {})[colour] = index
            if natural:
                self.natural[concept, style] = natural
        styles = PRESET_STYLES[preset]
        self.pairs = [
            (concept, style)
            for concept, style in self.variants
            if preset in self.concepts[concept]["presets"] and style in styles
        ]
        self.weights = [STYLE_WEIGHTS[style] for _, style in self.pairs]

    def _recolour_all(self, sprites: Path, held: dict):
        """Every allowed drawing, and its allowed colours where one hue carries them: (pixels, keys)."""
        listing = json.loads(sprites.with_suffix(".json").read_text())
        size, listed = listing["size"], listing["sprites"]
        raw = np.memmap(sprites.with_suffix(".rgba"), np.uint8, "r").reshape(-1, size, size, 4)
        at = {(entry["codepoint"], entry["source"]): index for index, entry in enumerate(listed)}
        forbidden = {tuple(pair) for pair in held["drawings"]}
        forbidden_styles = {tuple(pair) for pair in held["concept_styles"]}
        pixels, keys = [], []
        for number, concept in enumerate(self.concepts):
            for style, source in STYLES.items():
                drawing = (concept["codepoint"], source)
                if drawing not in at or drawing in forbidden or (concept["noun"], style) in forbidden_styles:
                    continue
                sprite = np.array(raw[at[drawing]])
                recolourer = Recolourer(sprite) if style != "icon" else None
                can = recolourer is not None and recolourer.can_recolour
                pixels.append(sprite)
                keys.append((number, style, None, recolourer.natural if can else None))
                for colour in COLOURS if can else ():
                    if colour != recolourer.natural and (concept["noun"], colour) not in self.held_colours:
                        pixels.append(recolourer.to(colour))
                        keys.append((number, style, colour, None))
        return torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).contiguous(), keys

    def draw(self, rng: random.Random) -> tuple[Scene, int]:
        """A random scene and the index of its sprite."""
        ((concept, style),) = rng.choices(self.pairs, self.weights)
        scene = Scene(concept, style)
        scene.colour, sprite = self._draw_colour(rng, scene)
        if rng.random() < 0.7:
            scene.background = rng.choice(list(BACKGROUNDS))
            scene.gradient = scene.background in GRADIENTS and rng.random() < 0.2
        if rng.random() < 0.2:
            scene.size = rng.choice(["small", "large"])
        if rng.random() < 0.2:
            scene.placement = rng.choice([place for place in PLACES if place])
        return scene, sprite

    def _draw_colour(self, rng: random.Random, scene: Scene) -> tuple[str | None, int]:
        """(colour to say, sprite): half of them recoloured, and sometimes the natural colour said aloud."""
        variants = self.variants[scene.concept, scene.style]
        colours = [colour for colour in variants if colour is not None]
        if colours and rng.random() < 0.5:
            colour = rng.choice(colours)
            return colour, variants[colour]
        natural = self.natural.get((scene.concept, scene.style))
        allowed = natural and (self.concepts[scene.concept]["noun"], natural) not in self.held_colours
        return (natural if allowed and rng.random() < 0.2 else None), variants[None]

    def render(self, scenes: list[Scene], sprites: list[int], grid: tuple[int, int], generator: torch.Generator):
        """Pictures [n, 3, 8h, 8w] in 0..1 for a latent grid (h, w). Jitter is tiny: captions do not tell it."""
        height, width = PIXELS_PER_CELL * grid[0], PIXELS_PER_CELL * grid[1]
        objects = self.pixels[sprites].float() / 255
        objects[:, :3] *= objects[:, 3:]
        objects = place(objects, scenes, (height, width), generator)
        behind = backgrounds(scenes, (height, width), generator).to(objects.device)
        return (objects[:, :3] + behind * (1 - objects[:, 3:])).clamp(0, 1)


def place(objects, scenes: list[Scene], size: tuple[int, int], generator: torch.Generator):
    """Scales and moves premultiplied sprites [n, 4, s, s] onto empty canvases [n, 4, *size]."""
    height, width = size
    count, short = len(scenes), min(size)
    jitter = 1 + 0.02 * torch.randn(count, generator=generator).clamp(-2, 2)
    side = torch.tensor([OBJECT_SHARE[scene.size] for scene in scenes]) * short * jitter
    direction = torch.tensor([PLACES[scene.placement] for scene in scenes], dtype=torch.float32)
    room = (torch.tensor([width, height]) - side[:, None]).clamp(min=0) / 2
    centre = direction * room * 0.9 + torch.randn(count, 2, generator=generator).clamp(-2, 2) * 0.008 * short
    theta = torch.zeros(count, 2, 3)
    theta[:, 0, 0], theta[:, 1, 1] = width / side, height / side
    theta[:, :, 2] = -2 * centre / side[:, None]
    grid = F.affine_grid(theta.to(objects.device), (count, 4, height, width), align_corners=False)
    return F.grid_sample(objects, grid, align_corners=False)


def backgrounds(scenes: list[Scene], size: tuple[int, int], generator: torch.Generator):
    """Plain colours and vertical gradients [n, 3, *size]."""
    height, width = size
    upper = np.array([BACKGROUNDS[s.background] if s.background else DEFAULT_BACKGROUND for s in scenes], np.float32)
    upper[:, 0] += 0.012 * torch.randn(len(scenes), generator=generator).numpy()
    faded = np.stack([np.minimum(0.97, upper[:, 0] + 0.22), upper[:, 1] * 0.4, upper[:, 2]], 1)
    lower = np.where(np.array([[scene.gradient] for scene in scenes]), faded, upper)
    top, bottom = (torch.from_numpy(oklch_rows_to_rgb(rows))[:, :, None, None] for rows in (upper, lower))
    weight = torch.linspace(0, 1, height).view(1, 1, height, 1)
    return (top * (1 - weight) + bottom * weight).expand(len(scenes), 3, height, width)


def oklch_rows_to_rgb(rows):
    """OKLCH [n, 3] -> sRGB [n, 3] in 0..1."""
    angle = np.deg2rad(rows[:, 2])
    lab = np.stack([rows[:, 0], rows[:, 1] * np.cos(angle), rows[:, 1] * np.sin(angle)], 1)
    return oklab_to_rgb(lab.astype(np.float32)).astype(np.float32)
