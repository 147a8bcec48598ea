"""Real drawings composed into scenes for the judge: placement, size, recolour, background, all batched in torch."""

import json
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from concepts import SOURCES, STYLES, load_holdouts, trained_concepts
from judge_net import INPUT_PX
from recolour import BACKGROUNDS, COLOURS, DEFAULT_BACKGROUND, Recolourer, oklch_to_rgb

COLOUR_NAMES = list(COLOURS)
STYLE_NAMES = list(STYLES)
STYLE_OF_SOURCE = {source: index for index, source in enumerate(STYLES.values())}
NO_STYLE = -1
UNSEEN_HOLD_OUT_SHARE = 0.15


@dataclass
class Drawings:
    """N drawings with their recoloured versions.

    sprites: uint8 [N, 1 + colours, S, S, 4], premultiplied; version 0 is the original.
    natural: colour index of the original, or -1; recolourable: whether versions 1.. exist.
    concept, style: class indices [N] (style -1 for sources that are no style of the generator).
    """

    sprites: np.ndarray
    natural: np.ndarray
    recolourable: np.ndarray
    concept: np.ndarray
    style: np.ndarray
    keys: list[tuple[str, str]]

    def subset(self, chosen: np.ndarray) -> "Drawings":
        arrays = (self.sprites, self.natural, self.recolourable, self.concept, self.style)
        return Drawings(*(a[chosen] for a in arrays), [self.keys[i] for i in np.flatnonzero(chosen)])


def judged_concepts(preset: str) -> list[str]:
    """Nouns in class order: the concepts the preset trains, then those held out of any generator."""
    return [c["noun"] for c in (*trained_concepts(preset), *load_holdouts()["concepts"])]


def held_out_drawings() -> set[tuple[str, str]]:
    """(codepoint, source) that the judge is tested on.

    Those of holdouts.json; of the concepts that the generator never sees, a seeded share of the sources that are
    not a style of the generator.
    """
    rng = random.Random(40)
    unseen = [
        (c["codepoint"], source)
        for c in load_holdouts()["concepts"] for source in SOURCES if source not in STYLE_OF_SOURCE
    ]
    extra = rng.sample(unseen, round(UNSEEN_HOLD_OUT_SHARE * len(unseen)))
    return {tuple(key) for key in load_holdouts()["drawings"]} | set(extra)


def load_drawings(stem: Path, preset: str, size_px: int = INPUT_PX) -> Drawings:
    """Reads what data/render.mjs wrote (stem.rgba, stem.json) and recolours every drawing in every colour."""
    listing = json.loads(stem.with_suffix(".json").read_text())
    concept_index = {noun: i for i, noun in enumerate(judged_concepts(preset))}
    entries = [(i, s) for i, s in enumerate(listing["sprites"]) if s["noun"] in concept_index]
    native = listing["size"]
    raw = np.memmap(stem.with_suffix(".rgba"), np.uint8, "r", shape=(len(listing["sprites"]), native, native, 4))
    sprites = np.zeros((len(entries), 1 + len(COLOURS), size_px, size_px, 4), np.uint8)
    natural = np.full(len(entries), -1)
    for row, (i, _) in enumerate(entries):
        natural[row] = fill_versions(sprites[row], np.asarray(raw[i]))
    return Drawings(
        sprites,
        natural,
        natural >= 0,
        np.array([concept_index[s["noun"]] for _, s in entries]),
        np.array([STYLE_OF_SOURCE.get(s["source"], NO_STYLE) for _, s in entries]),
        [(s["codepoint"], s["source"]) for _, s in entries],
    )


def fill_versions(versions: np.ndarray, rgba: np.ndarray) -> int:
    """Fills [1 + colours, S, S, 4] from one straight-alpha drawing; returns its natural colour index or -1."""
    small = shrink(rgba, versions.shape[1])
    versions[0] = premultiplied(small)
    recolourer = Recolourer(small)
    if not recolourer.can_recolour:
        return -1
    for index, name in enumerate(COLOUR_NAMES):
        versions[1 + index] = premultiplied(recolourer.to(name))
    return COLOUR_NAMES.index(recolourer.natural)


def shrink(rgba: np.ndarray, size_px: int) -> np.ndarray:
    """Straight-alpha [S, S, 4] -> [size, size, 4] by block means of the premultiplied values."""
    factor = rgba.shape[0] // size_px
    linear = rgba.astype(np.float32)
    linear[..., :3] *= linear[..., 3:] / 255
    means = linear.reshape(size_px, factor, size_px, factor, 4).mean((1, 3))
    means[..., :3] *= 255 / np.maximum(means[..., 3:], 1e-3)
    return np.clip(np.round(means), 0, 255).astype(np.uint8)


def premultiplied(straight: np.ndarray) -> np.ndarray:
    result = straight.copy()
    result[..., :3] = np.round(straight[..., :3] * (straight[..., 3:] / 255))
    return result


def backgrounds(rng: np.random.Generator, count: int, size_px: int) -> torch.Tensor:
    """[count, 3, size, size]: named colours, the default grey, any colour, and linear gradients of them."""
    named = np.stack([oklch_to_rgb(c) for c in (*BACKGROUNDS.values(), DEFAULT_BACKGROUND)])
    start = named[rng.integers(len(named), size=count)] + rng.normal(0, 0.02, (count, 3))
    anything = rng.random(count) < 0.3
    start[anything] = rng.random((anything.sum(), 3))
    end = np.clip(start * rng.uniform(0.6, 1.4, (count, 1)) + rng.normal(0, 0.05, (count, 3)), 0, 1)
    end[rng.random(count) < 0.5] = start[0]
    plain = rng.random(count) < 0.6
    end[plain] = start[plain]
    angle = rng.random(count)[:, None, None] * 2 * np.pi
    y, x = np.mgrid[0:size_px, 0:size_px] / size_px - 0.5
    t = np.clip(0.5 + x * np.cos(angle) + y * np.sin(angle), 0, 1)[:, None]
    return torch.from_numpy((start[..., None, None] * (1 - t) + end[..., None, None] * t).clip(0, 1)).float()


def place(rng: np.random.Generator, sprites: np.ndarray, mirror: bool) -> torch.Tensor:
    """Premultiplied uint8 [B, S, S, 4] -> float [B, 4, S, S], each at a random size and place."""
    batch = len(sprites)
    scale = rng.uniform(0.4, 0.98, batch)
    aspect = np.exp(rng.normal(0, 0.04, batch))
    angle = rng.normal(0, 0.05, batch)
    sign = np.where(mirror & (rng.random(batch) < 0.4), -1, 1)
    theta = np.zeros((batch, 2, 3))
    theta[:, 0, 0] = sign * aspect * np.cos(angle) / scale
    theta[:, 0, 1] = -np.sin(angle) / scale
    theta[:, 1, 0] = sign * np.sin(angle) / scale
    theta[:, 1, 1] = np.cos(angle) / aspect / scale
    free = (1 - scale)[:, None] / scale[:, None]
    theta[:, :, 2] = rng.uniform(-1, 1, (batch, 2)) * free
    grid = F.affine_grid(torch.from_numpy(theta).float(), (batch, 4, *sprites.shape[1:3]), align_corners=False)
    pixels = torch.from_numpy(sprites).permute(0, 3, 1, 2).float() / 255
    return F.grid_sample(pixels, grid, align_corners=False)


def soften(rng: np.random.Generator, images: torch.Tensor) -> torch.Tensor:
    """Blur, noise and exposure of a random strength per batch, so that sharpness does not decide."""
    if rng.random() < 0.6:
        sigma = rng.uniform(0.3, 1.6)
        taps = torch.exp(-0.5 * (torch.arange(-3, 4) / sigma) ** 2)
        taps = (taps / taps.sum()).view(1, 1, 1, 7).repeat(3, 1, 1, 1)
        images = F.conv2d(F.pad(images, (3, 3, 0, 0), "replicate"), taps, groups=3)
        images = F.conv2d(F.pad(images, (0, 0, 3, 3), "replicate"), taps.transpose(2, 3), groups=3)
    noise = torch.from_numpy(rng.standard_normal(images.shape, np.float32)) * rng.uniform(0, 0.04)
    gain = torch.from_numpy(rng.uniform(0.9, 1.1, (len(images), 1, 1, 1)).astype(np.float32))
    return (images * gain + noise).clamp(0, 1)


def compose_batch(rng: np.random.Generator, drawings: Drawings, rows: np.ndarray, augment: bool) -> torch.Tensor:
    """[B, 3, 64, 64] scenes of the given drawings; `augment` adds mirroring, blur and noise."""
    versions = np.where(
        drawings.recolourable[rows] & (rng.random(len(rows)) < 0.5), rng.integers(1, 1 + len(COLOURS), len(rows)), 0
    )
    placed = place(rng, drawings.sprites[rows, versions], mirror=augment)
    canvas = backgrounds(rng, len(rows), placed.shape[-1])
    scenes = placed[:, :3] + canvas * (1 - placed[:, 3:])
    return soften(rng, scenes) if augment else scenes.clamp(0, 1)
