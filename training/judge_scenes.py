"""What the judge learns from: crops of real drawings, recoloured, jittered, softened and imperfectly cut out."""

import json
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from concepts import PRESET_STYLES, SOURCES, STYLES, load_holdouts, trained_concepts
from judge_net import INPUT_PX
from recolour import COLOURS, Recolourer

NO_STYLE = -1
GREY = 0.5
UNSEEN_HOLD_OUT_SHARE = 0.15


@dataclass
class Drawings:
    """N drawings: uint8 [N, 1 + colours, S, S, 4] premultiplied (version 0 is the original), whether versions 1 and
    up exist, class indices, and (codepoint, source) keys."""

    sprites: np.ndarray
    recolourable: np.ndarray
    concept: np.ndarray
    style: np.ndarray
    keys: list[tuple[str, str]]


def judged_concepts(preset: str) -> list[str]:
    """Nouns in class order: the trained concepts, then those held out of the generator."""
    return [concept["noun"] for concept in (*trained_concepts(preset), *load_holdouts()["concepts"])]


def judged_sources(preset: str) -> list[str]:
    """All sources but those of styles that the preset does not draw."""
    left_out = {source for style, source in STYLES.items() if style not in PRESET_STYLES[preset]}
    return [source for source in SOURCES if source not in left_out]


def held_out_drawings() -> set[tuple[str, str]]:
    """(codepoint, source) that the judge is tested on and never trained on.

    Those of holdouts.json; of the concepts that the generator never sees, a seeded share of the sources that are
    not a style of the generator.
    """
    unseen = [
        (concept["codepoint"], source)
        for concept in load_holdouts()["concepts"]
        for source in SOURCES
        if source not in STYLES.values()
    ]
    extra = random.Random(40).sample(unseen, round(UNSEEN_HOLD_OUT_SHARE * len(unseen)))
    return {tuple(key) for key in load_holdouts()["drawings"]} | set(extra)


def load_training_drawings(stem: Path, preset: str) -> Drawings:
    """Reads what data/render.mjs wrote (stem.rgba, stem.json), and recolours every drawing in every colour."""
    listing = json.loads(stem.with_suffix(".json").read_text())
    native = listing["size"]
    raw = np.memmap(stem.with_suffix(".rgba"), np.uint8, "r", shape=(len(listing["sprites"]), native, native, 4))
    classes = {noun: index for index, noun in enumerate(judged_concepts(preset))}
    sources, held = judged_sources(preset), held_out_drawings()
    styles = [STYLES[style] for style in PRESET_STYLES[preset]]
    kept = [
        (row, entry)
        for row, entry in enumerate(listing["sprites"])
        if entry["noun"] in classes and entry["source"] in sources and (entry["codepoint"], entry["source"]) not in held
    ]
    sprites = np.zeros((len(kept), 1 + len(COLOURS), INPUT_PX, INPUT_PX, 4), np.uint8)
    recolourable = np.array([fill_versions(sprites[i], np.asarray(raw[row])) for i, (row, _) in enumerate(kept)])
    entries = [entry for _, entry in kept]
    return Drawings(
        sprites,
        recolourable,
        np.array([classes[entry["noun"]] for entry in entries]),
        np.array([styles.index(e["source"]) if e["source"] in styles else NO_STYLE for e in entries]),
        [(entry["codepoint"], entry["source"]) for entry in entries],
    )


def fill_versions(versions: np.ndarray, rgba: np.ndarray) -> bool:
    """Fills [1 + colours, S, S, 4] from one straight-alpha drawing; returns whether it could be recoloured."""
    small = shrink(rgba, versions.shape[1])
    versions[0] = premultiplied(small)
    recolourer = Recolourer(small)
    for index, name in enumerate(COLOURS if recolourer.can_recolour else ()):
        versions[1 + index] = premultiplied(recolourer.to(name))
    return recolourer.can_recolour


def shrink(rgba: np.ndarray, size_px: int) -> np.ndarray:
    """Straight-alpha uint8 [S, S, 4] -> [size, size, 4], averaged in premultiplied values."""
    straight = torch.from_numpy(rgba.astype(np.float32)).permute(2, 0, 1)[None] / 255
    alpha = straight[:, 3:]
    small = F.interpolate(torch.cat((straight[:, :3] * alpha, alpha), 1), size=size_px, mode="area")
    small[:, :3] /= small[:, 3:].clamp_min(1e-3)
    return (small[0].permute(1, 2, 0).clamp(0, 1).numpy() * 255).round().astype(np.uint8)


def premultiplied(straight: np.ndarray) -> np.ndarray:
    result = straight.copy()
    result[..., :3] = np.round(straight[..., :3] * (straight[..., 3:] / 255))
    return result


def jitter(rng: np.random.Generator, sprites: np.ndarray) -> torch.Tensor:
    """Premultiplied uint8 [B, S, S, 4] -> float [B, 4, S, S]: a little scaled, moved, turned, often mirrored."""
    batch = len(sprites)
    scale = np.exp(rng.normal(0, 0.08, (batch, 2)))
    angle = rng.normal(0, 0.1, batch)
    sign = np.where(rng.random(batch) < 0.4, -1, 1)
    theta = np.zeros((batch, 2, 3))
    theta[:, 0, 0], theta[:, 0, 1] = sign * np.cos(angle) * scale[:, 0], -np.sin(angle) * scale[:, 0]
    theta[:, 1, 0], theta[:, 1, 1] = sign * np.sin(angle) * scale[:, 1], np.cos(angle) * scale[:, 1]
    theta[:, :, 2] = rng.normal(0, 0.06, (batch, 2))
    grid = F.affine_grid(torch.from_numpy(theta).float(), (batch, 4, *sprites.shape[1:3]), align_corners=False)
    return F.grid_sample(torch.from_numpy(sprites).permute(0, 3, 1, 2).float() / 255, grid, align_corners=False)


def cut_out(rng: np.random.Generator, objects: torch.Tensor) -> torch.Tensor:
    """Premultiplied [B, 4, S, S] -> [B, 3, S, S] on grey, as a mask by rule would cut it from some background:
    with a fringe of that background, now and then with holes where the object has the background's colour."""
    behind = torch.from_numpy(rng.random((len(objects), 3, 1, 1), np.float32))
    scene = objects[:, :3] + behind * (1 - objects[:, 3:])
    grown = F.max_pool2d(objects[:, 3:], 3, 1, 1) if rng.random() < 0.5 else objects[:, 3:]
    return torch.where(grown > 0.4, scene, GREY)


def soften(rng: np.random.Generator, images: torch.Tensor) -> torch.Tensor:
    """Blur, noise and exposure of a random strength per batch, so that sharpness decides nothing."""
    if rng.random() < 0.6:
        sigma_px = rng.uniform(0.3, 1.3)
        taps = torch.exp(-0.5 * (torch.arange(-2, 3) / sigma_px) ** 2)
        taps = (taps / taps.sum()).view(1, 1, 1, 5).repeat(3, 1, 1, 1)
        images = F.conv2d(F.pad(images, (2, 2, 0, 0), "replicate"), taps, groups=3)
        images = F.conv2d(F.pad(images, (0, 0, 2, 2), "replicate"), taps.transpose(2, 3), groups=3)
    noise = torch.from_numpy(rng.standard_normal(images.shape, np.float32)) * rng.uniform(0, 0.04)
    gain = torch.from_numpy(rng.uniform(0.9, 1.1, (len(images), 1, 1, 1)).astype(np.float32))
    return (images * gain + noise).clamp(0, 1)


def training_batch(rng: np.random.Generator, drawings: Drawings, batch: int):
    """(images [B, 3, 48, 48], concept [B], style [B])."""
    rows = rng.integers(len(drawings.keys), size=batch)
    recoloured = drawings.recolourable[rows] & (rng.random(batch) < 0.5)
    versions = np.where(recoloured, rng.integers(1, 1 + len(COLOURS), batch), 0)
    images = soften(rng, cut_out(rng, jitter(rng, drawings.sprites[rows, versions])))
    return images, torch.from_numpy(drawings.concept[rows]), torch.from_numpy(drawings.style[rows])
