"""Patches for super-resolution: drawings over plain and gradient backgrounds, halved twice.

All pictures are float RGB in 0..1. The targets are halved in sRGB values, as the pictures of the main data set are.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F


@dataclass
class Pictures:
    """Premultiplied uint8 RGBA [N, S, S, 4] of one native size, with the group and hold-out flag of each."""

    pixels: np.ndarray
    groups: list[str]
    held_out: np.ndarray


def load_pictures(folder: Path) -> dict[int, Pictures]:
    """Native size in px -> pictures, from the output of super_resolution_render.mjs."""
    index = json.loads((folder / "index.json").read_text())
    loaded = {}
    for kind in ("vector", "raster"):
        size, entries = index[f"{kind}Px"], index[kind]
        raw = np.memmap(folder / f"{kind}.rgba", np.uint8, "r", shape=(len(entries), size, size, 4))
        loaded[size] = Pictures(
            premultiply(raw), [e["group"] for e in entries], np.array([e["heldOut"] for e in entries])
        )
    return loaded


def premultiply(straight: np.ndarray) -> np.ndarray:
    """Straight-alpha uint8 RGBA -> premultiplied, picture by picture to bound memory."""
    result = np.empty(straight.shape, np.uint8)
    for i, picture in enumerate(straight):
        alpha = picture[..., 3:].astype(np.uint16)
        result[i, ..., :3] = (picture[..., :3] * alpha + 127) // 255
        result[i, ..., 3] = picture[..., 3]
    return result


def halve_box(premultiplied: np.ndarray) -> np.ndarray:
    """[N, S, S, 4] -> [N, S/2, S/2, 4] by 2x2 means."""
    n, s = premultiplied.shape[:2]
    halves = np.empty((n, s // 2, s // 2, 4), np.uint8)
    for i, picture in enumerate(premultiplied):
        sums = picture.astype(np.uint16).reshape(s // 2, 2, s // 2, 2, 4).sum((1, 3))
        halves[i] = (sums + 2) // 4
    return halves


def training_levels(pictures: dict[int, Pictures], smallest_px: int = 128) -> list[tuple[float, np.ndarray]]:
    """(share of patches, premultiplied pictures) for each size a target patch is cut from; hold-outs left out."""
    levels = []
    for size, group in sorted(pictures.items()):
        pixels = group.pixels[~group.held_out]
        while size >= smallest_px:
            levels.append((float(len(pixels)), pixels))
            pixels, size = halve_box(pixels), size // 2
    total = sum(share for share, _ in levels)
    return [(share / total, pixels) for share, pixels in levels]


def random_background(rng: np.random.Generator, size: int) -> np.ndarray:
    """[size, size, 3]: one colour, or a linear gradient between two."""
    start, end = rng.choice([0.0, 1.0]) * np.ones(3) if rng.random() < 0.15 else rng.random(3), rng.random(3)
    if rng.random() < 0.6:
        return np.broadcast_to(start, (size, size, 3))
    angle = rng.random() * 2 * np.pi
    y, x = np.mgrid[0:size, 0:size] / size - 0.5
    t = np.clip(0.5 + (x * np.cos(angle) + y * np.sin(angle)) * rng.uniform(0.2, 1.0), 0, 1)[..., None]
    return start * (1 - t) + end * t


def compose(premultiplied: np.ndarray, background: np.ndarray) -> np.ndarray:
    """uint8 premultiplied RGBA over a background -> float32 RGB in 0..1."""
    rgba = premultiplied.astype(np.float32) / 255
    return (rgba[..., :3] + background * (1 - rgba[..., 3:])).astype(np.float32)


def liveliest_crop(rng: np.random.Generator, picture: np.ndarray, size: int, tries: int = 3) -> np.ndarray:
    """The crop with most contrast out of a few: plain areas teach nothing."""
    best, best_contrast = None, -1.0
    for _ in range(tries):
        y, x = rng.integers(0, picture.shape[0] - size + 1, 2)
        crop = picture[y : y + size, x : x + size]
        contrast = float(crop[::4, ::4].std())
        if contrast > best_contrast:
            best, best_contrast = crop, contrast
    return best


def target_batch(rng: np.random.Generator, levels, batch: int, size: int) -> torch.Tensor:
    """[batch, 3, size, size] sharp target patches."""
    shares = [share for share, _ in levels]
    patches = []
    for _ in range(batch):
        pixels = levels[rng.choice(len(levels), p=shares)][1]
        crop = liveliest_crop(rng, pixels[rng.integers(len(pixels))], size)
        patch = compose(crop, random_background(rng, size))
        patch = np.rot90(patch, rng.integers(4))
        patches.append(patch[:, ::-1] if rng.random() < 0.5 else patch)
    return torch.from_numpy(np.stack(patches).transpose(0, 3, 1, 2).copy())


def halve(images: torch.Tensor, kernel: str) -> torch.Tensor:
    """[B, 3, H, W] -> [B, 3, H/2, W/2]; kernel is 'box' or 'bicubic' (antialiased)."""
    if kernel == "box":
        return F.avg_pool2d(images, 2)
    return F.interpolate(images, scale_factor=0.5, mode="bicubic", antialias=True).clamp(0, 1)


def degrade(rng: np.random.Generator, images: torch.Tensor) -> torch.Tensor:
    """What a decoder does to a picture: slight blur, a trace of ringing, faint noise."""
    blurred = gaussian_blur(images, rng.uniform(0.25, 0.8))
    if rng.random() < 0.4:  # ringing: overshoot of an edge that was softened first
        blurred = blurred + rng.uniform(0.1, 0.5) * (blurred - gaussian_blur(blurred, 0.9))
    noise = torch.from_numpy(rng.standard_normal(images.shape, np.float32)) * rng.uniform(0, 0.012)
    return (blurred + noise).clamp(0, 1)


def gaussian_blur(images: torch.Tensor, sigma_px: float) -> torch.Tensor:
    """Separable Gaussian over 5 px with repeated borders."""
    taps = torch.exp(-0.5 * (torch.arange(-2, 3) / sigma_px) ** 2)
    taps = (taps / taps.sum()).view(1, 1, 1, 5).repeat(3, 1, 1, 1)
    rows = F.conv2d(F.pad(images, (2, 2, 0, 0), "replicate"), taps, groups=3)
    return F.conv2d(F.pad(rows, (0, 0, 2, 2), "replicate"), taps.transpose(2, 3), groups=3)
