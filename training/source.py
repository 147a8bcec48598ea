"""Training data on the fly: scenes -> latents and text features, a quarter new each time, the rest from a ring."""

import random
from pathlib import Path

import torch

from autoencoder import Autoencoder
from captions import caption
from compose import GRIDS, Library
from text_encoder import TextFeatures

NEW_SHARE = 4
"""One picture in this many is new; rendering and encoding cost a third of a training step."""

SQUARE_SHARE = 0.7


class Source:
    """Batches of one grid: (grid, latents [n, C, h, w], features [n, 24, 384], mask [n, 24])."""

    def __init__(self, sprites: Path, autoencoder: Autoencoder, options):
        """options: preset, seed, device, ring (pictures kept of the square grid; a fifth of it of each other)."""
        self.library = Library(sprites, options.preset)
        self.library.pixels = self.library.pixels.to(options.device)
        self.autoencoder = autoencoder.eval()
        self.text = TextFeatures(options.device)
        self.random = random.Random(options.seed)
        self.generator = torch.Generator().manual_seed(options.seed)
        self.device, self.capacity = options.device, options.ring
        self.rings: dict[tuple[int, int], list] = {}
        self.empty = self.text([""])

    def pictures(self, grid: tuple[int, int], count: int):
        """(pictures [n, 3, 8h, 8w], captions)."""
        drawn = [self.library.draw(self.random) for _ in range(count)]
        scenes, sprites = [scene for scene, _ in drawn], [sprite for _, sprite in drawn]
        words = [caption(self.random, scene, self.library.concepts[scene.concept]) for scene in scenes]
        return self.library.render(scenes, sprites, grid, self.generator), words

    @torch.no_grad()
    def fresh(self, grid: tuple[int, int], count: int):
        pictures, words = self.pictures(grid, count)
        with torch.autocast(self.device, torch.bfloat16):
            latents = self.autoencoder.encode(pictures.contiguous(memory_format=torch.channels_last))
        return latents.half(), *self.text(words)

    def batch(self, count: int):
        grid = GRIDS[0] if self.random.random() < SQUARE_SHARE else self.random.choice(GRIDS[1:])
        new = self.fresh(grid, max(1, count // NEW_SHARE))
        ring = self.rings.setdefault(grid, [])
        capacity = self.capacity if grid == GRIDS[0] else self.capacity // 5
        for row in zip(*new, strict=True):
            if len(ring) < capacity:
                ring.append(row)
            else:
                ring[self.random.randrange(capacity)] = row
        old = [ring[self.random.randrange(len(ring))] for _ in range(count - len(new[0]))]
        parts = [torch.cat([part.float(), torch.stack([row[i] for row in old]).float()]) for i, part in enumerate(new)]
        return grid, *parts
