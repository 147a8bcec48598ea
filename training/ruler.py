"""Reads the colour of the object and of the background off a picture, by rules in OKLab; nothing here is learned.

Pictures are float [H, W, 3] sRGB in 0..1.
"""

import numpy as np
from scipy import ndimage

from recolour import BACKGROUNDS, Recolourer, nearest_colour, oklch_to_rgb, rgb_to_oklab

BORDER_PX = 4
OBJECT_DISTANCE = 0.06
"""OKLab distance from the background beyond which a pixel belongs to the object."""

LIGHTNESS_WEIGHT = 0.5
"""A gradient changes the lightness of a background more than its hue, so lightness counts less in naming it."""

_NAMES = list(BACKGROUNDS)
_PROTOTYPES = rgb_to_oklab(np.stack([oklch_to_rgb(colour) for colour in BACKGROUNDS.values()]))


def border_mask(height: int, width: int) -> np.ndarray:
    inside = np.zeros((height, width), bool)
    inside[BORDER_PX:-BORDER_PX, BORDER_PX:-BORDER_PX] = True
    return ~inside


def fitted_background(lab: np.ndarray) -> np.ndarray:
    """[H, W, 3]: a plane per channel through the border, refitted without the half that lies farthest from it.

    A plane follows plain colours and linear gradients; an object that touches the border is left out by the refit.
    """
    height, width = lab.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack((np.ones_like(x), x, y), -1)
    border = border_mask(height, width)
    samples, basis = lab[border], terms[border]
    start = np.median(samples, 0)
    distance = np.linalg.norm(samples - start, axis=1)
    for _ in range(3):
        near = distance <= np.quantile(distance, 0.6)
        plane = np.linalg.lstsq(basis[near], samples[near], rcond=None)[0]
        distance = np.linalg.norm(samples - basis @ plane, axis=1)
    return terms @ plane


def background_name(picture: np.ndarray) -> str:
    """The name in BACKGROUNDS nearest to the middle of the fitted background's border."""
    fitted = fitted_background(rgb_to_oklab(picture))
    colour = np.median(fitted[border_mask(*fitted.shape[:2])], 0)
    weights = np.array([LIGHTNESS_WEIGHT, 1, 1])
    return _NAMES[int(np.argmin(np.linalg.norm((_PROTOTYPES - colour) * weights, axis=1)))]


def object_mask(picture: np.ndarray) -> np.ndarray:
    """bool [H, W]: pixels off the background, specks removed, holes filled (a hole may have the background's colour)."""
    lab = rgb_to_oklab(picture)
    off = np.linalg.norm(lab - fitted_background(lab), axis=-1) > OBJECT_DISTANCE
    off = ndimage.binary_opening(off, iterations=1)
    labels, count = ndimage.label(ndimage.binary_fill_holes(off))
    if count == 0:
        return off
    sizes = ndimage.sum_labels(np.ones_like(labels), labels, np.arange(1, count + 1))
    return np.isin(labels, 1 + np.flatnonzero(sizes >= 0.1 * sizes.max()))


def object_colour(picture: np.ndarray) -> str | None:
    """The name in COLOURS of the object's dominant hue, or of its grey; None when nothing stands out."""
    mask = object_mask(picture)
    if mask.sum() < 30:
        return None
    inner = ndimage.binary_erosion(mask, iterations=1)
    mask = inner if inner.sum() > 30 else mask
    rgba = np.concatenate((picture, mask[..., None]), -1)
    part = Recolourer(np.round(rgba * 255).astype(np.uint8))
    return nearest_colour(part.mean_lightness, part.mean_chroma, part.mean_hue)


def object_crop(picture: np.ndarray, size_px: int = 32) -> np.ndarray:
    """[size, size, 3]: the object alone on mid-grey, its bounding square scaled to one size."""
    mask = object_mask(picture)
    if not mask.any():
        mask = np.ones_like(mask)
    return cropped(np.where(mask[..., None], picture, 0.5), mask, size_px)


def cropped(picture: np.ndarray, mask: np.ndarray, size_px: int) -> np.ndarray:
    """Bounding square of the mask, cut out and resampled linearly; what lies outside the picture is grey."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    side = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    centre_y, centre_x = (rows[0] + rows[-1]) / 2, (columns[0] + columns[-1]) / 2
    offsets = ((np.arange(size_px) + 0.5) / size_px - 0.5) * side
    y, x = np.meshgrid(centre_y + offsets, centre_x + offsets, indexing="ij")
    smooth = ndimage.gaussian_filter(picture, (side / size_px / 2.5, side / size_px / 2.5, 0))
    planes = [ndimage.map_coordinates(smooth[..., c], (y, x), order=1, cval=0.5) for c in range(3)]
    return np.stack(planes, -1).astype(np.float32)
