"""Drawings turned into the styles that no source has. Sprites are uint8 [size, size, 4], straight alpha."""

import numpy as np
from PIL import Image, ImageFilter

from recolour import COLOURS, oklch_to_rgb

PIXELS_OF_ART = 26
"""Big pixels along a side of a drawing in pixel art."""


def outline(sprite):
    """Ink where the drawing's colours change and around it, on white."""
    size = sprite.shape[0]
    inner = round(size * 0.93)
    smaller = np.zeros_like(sprite)
    start = (size - inner) // 2
    smaller[start : start + inner, start : start + inner] = np.asarray(
        Image.fromarray(np.ascontiguousarray(sprite)).resize((inner, inner), Image.Resampling.LANCZOS)
    )
    sprite = smaller
    alpha = Image.fromarray(sprite[..., 3])
    shade = sprite[..., :3].astype(np.float32) * (sprite[..., 3:] / 255) + 255 - sprite[..., 3:]
    steps = np.zeros(sprite.shape[:2], np.float32)
    for axis in (0, 1):
        steps = np.maximum(steps, np.abs(np.gradient(shade, axis=axis)).max(-1))
    solid = np.asarray(alpha, np.float32) / 255
    rim = np.abs(np.gradient(solid)[0]) + np.abs(np.gradient(solid)[1])
    ink = Image.fromarray(((steps > 14) | (rim > 0.12)).astype(np.uint8) * 255)
    width = 3 if sprite.shape[0] <= 128 else 5
    ink = ink.filter(ImageFilter.MaxFilter(width)).filter(ImageFilter.GaussianBlur(0.8))
    ink = np.asarray(ink, np.float32)[..., None] / 255
    rgb = 255 * (1 - ink) + 28 * ink
    covered = np.maximum(solid[..., None], ink) * 255
    return np.concatenate([np.repeat(rgb, 3, -1), covered], -1).round().astype(np.uint8)


def sketch(sprite):
    """Pencil: grey, lit by the colour dodge of its own blurred negative."""
    solid = sprite[..., 3:].astype(np.float32) / 255
    on_white = Image.fromarray((sprite[..., :3] * solid + 255 * (1 - solid)).astype(np.uint8)).convert("L")
    blurred = np.asarray(on_white.filter(ImageFilter.GaussianBlur(sprite.shape[0] / 32)), np.float32)
    grey = np.asarray(on_white, np.float32)
    dodged = np.clip(grey * 255 / np.maximum(blurred, 1), 0, 255)
    tone = 0.72 * dodged + 0.28 * grey
    tone = 255 * (np.clip(tone, 0, 255) / 255) ** 2.2
    rows, columns = np.indices(grey.shape)
    period = max(4, sprite.shape[0] // 32)
    hatch = ((rows + columns) % period < period / 2) & (grey < 110)
    tone = np.where(hatch, tone * 0.55, tone)
    return np.concatenate([np.repeat(tone[..., None], 3, -1), solid * 255], -1).round().astype(np.uint8)


def silhouette(sprite, colour: str | None):
    rgb = np.array([22, 22, 24], np.float32) if colour in (None, "black") else oklch_to_rgb(COLOURS[colour]) * 255
    flat = np.broadcast_to(rgb, (*sprite.shape[:2], 3))
    return np.concatenate([flat, sprite[..., 3:]], -1).round().astype(np.uint8)


def pixel_art(sprite):
    """Few big pixels of few colours with hard edges."""
    size = sprite.shape[0]
    solid = sprite[..., 3:].astype(np.float32) / 255
    premultiplied = np.concatenate([sprite[..., :3] * solid, sprite[..., 3:]], -1).astype(np.float32)
    # Channel by channel: for four together the library would multiply by alpha once more.
    channels = [Image.fromarray(np.ascontiguousarray(premultiplied[..., n])) for n in range(4)]
    shrunk = [np.asarray(one.resize((PIXELS_OF_ART, PIXELS_OF_ART), Image.Resampling.BOX)) for one in channels]
    small = np.stack(shrunk, -1)
    rgb = np.clip(small[..., :3] * 255 / np.maximum(small[..., 3:], 1), 0, 255)
    rgb = np.round(rgb / 36.43) * 36.43
    hard = np.where(small[..., 3:] > 110, 255, 0)
    places = (np.arange(size) * PIXELS_OF_ART) // size
    return np.concatenate([rgb, hard], -1).round().astype(np.uint8)[places][:, places]
