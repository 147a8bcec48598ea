"""Colour and background by rule, in OKLab; no learning. The same rulers measure real compositions and generated ones."""

import numpy as np

from recolour import BACKGROUNDS, Recolourer, rgb_to_oklab

BORDER_PX = 3
OBJECT_DISTANCE = 0.10
"""OKLab distance from the background beyond which a pixel belongs to the object."""


def border_colour(picture):
    """Median OKLab colour [3] of the frame of an RGB picture [h, w, 3]."""
    lab = rgb_to_oklab(picture)
    inner = np.ones(picture.shape[:2], bool)
    inner[BORDER_PX:-BORDER_PX, BORDER_PX:-BORDER_PX] = False
    return np.median(lab[inner], 0)


def background_name(picture) -> str:
    """The named background that is nearest to the frame."""
    angles = {name: np.deg2rad(hue) for name, (_, _, hue) in BACKGROUNDS.items()}
    named = {
        name: np.array([light, chroma * np.cos(angles[name]), chroma * np.sin(angles[name])])
        for name, (light, chroma, _) in BACKGROUNDS.items()
    }
    border = border_colour(picture)
    return min(named, key=lambda name: np.linalg.norm(named[name] - border))


def object_colour(picture) -> str | None:
    """What the object would be called, or None when it has no one colour or is not there."""
    distance = np.linalg.norm(rgb_to_oklab(picture) - border_colour(picture), axis=-1)
    mask = distance > OBJECT_DISTANCE
    if mask.mean() < 0.01:
        return None
    rgba = np.concatenate([picture, mask[..., None]], -1)
    return Recolourer(np.round(rgba * 255).astype(np.uint8)).natural
