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


def read_ground(picture: np.ndarray) -> tuple[np.ndarray, str]:
    """(mask of what stands on the background: bool [H, W], the background's name in BACKGROUNDS).

    Specks are removed, holes filled (a hole may have the background's colour)."""
    lab = rgb_to_oklab(picture)
    ground = fitted_background(lab)
    off = np.linalg.norm(lab - ground, axis=-1) > OBJECT_DISTANCE
    mask = without_specks(ndimage.binary_fill_holes(ndimage.binary_opening(off, iterations=1)))
    colour = np.median(ground[border_mask(*mask.shape)], 0)
    weights = np.array([LIGHTNESS_WEIGHT, 1, 1])
    return mask, _NAMES[int(np.argmin(np.linalg.norm((_PROTOTYPES - colour) * weights, axis=1)))]


def object_mask(picture: np.ndarray) -> np.ndarray:
    return read_ground(picture)[0]


def without_specks(mask: np.ndarray) -> np.ndarray:
    """Without what is smaller than a tenth of its largest component."""
    labels, sizes = components(mask)
    return np.isin(labels, 1 + np.flatnonzero(sizes >= 0.1 * sizes.max())) if len(sizes) else mask


def components(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(labels [H, W] from 1, sizes of the labels)."""
    labels, count = ndimage.label(mask)
    return labels, ndimage.sum_labels(np.ones_like(labels), labels, np.arange(1, count + 1))


def count_objects(mask: np.ndarray) -> int:
    """Components of at least a third of the largest; what is a pixel apart belongs together."""
    _, sizes = components(ndimage.binary_dilation(mask))
    return int((sizes >= sizes.max() / 3).sum()) if len(sizes) else 0


def largest(mask: np.ndarray) -> np.ndarray:
    """The largest component alone."""
    labels, sizes = components(mask)
    return labels == 1 + sizes.argmax() if len(sizes) else mask


def parts_of(mask: np.ndarray, boxes: list[tuple[float, float, float]]) -> list[np.ndarray]:
    """One mask per box (centre x, y and side, in shorter sides of the picture, from its centre): a pixel belongs to the
    last box that holds it, which is in front, else to the nearest."""
    height, width = mask.shape
    y, x = np.mgrid[:height, :width]
    short = min(mask.shape)
    x, y = (x + 0.5 - width / 2) / short, (y + 0.5 - height / 2) / short
    distance = np.stack([np.maximum(np.abs(x - cx), np.abs(y - cy)) - side / 2 for cx, cy, side in boxes])
    owner = distance.argmin(0)
    for number in range(1, len(boxes)):
        owner[distance[number] < 0] = number
    return [without_specks(mask & (owner == number)) for number in range(len(boxes))]


def extent(mask: np.ndarray) -> tuple[float, float, float]:
    """Centre (x, y) and longer side of the mask's bounds, in shorter sides of the picture."""
    if not mask.any():
        return 0.0, 0.0, 0.0
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    high, wide = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    height, width = mask.shape
    short = min(mask.shape)
    return (columns[0] + wide / 2 - width / 2) / short, (rows[0] + high / 2 - height / 2) / short, max(wide, high) / short


def colour_of(picture: np.ndarray, mask: np.ndarray) -> str | None:
    """The name in COLOURS of the masked object's dominant hue, or of its grey; None when nothing stands out."""
    if mask.sum() < 30:
        return None
    inner = ndimage.binary_erosion(mask, iterations=1)
    mask = inner if inner.sum() > 30 else mask
    rgba = np.concatenate((picture, mask[..., None]), -1)
    part = Recolourer(np.round(rgba * 255).astype(np.uint8))
    return nearest_colour(part.mean_lightness, part.mean_chroma, part.mean_hue)


def crop(picture: np.ndarray, mask: np.ndarray, size_px: int) -> np.ndarray:
    """[size, size, 3]: the masked object alone on mid-grey, its bounding square scaled to one size. All of the picture,
    where the mask is empty."""
    if not mask.any():
        mask = np.ones_like(mask)
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    inside = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    alone = np.where(mask[inside][..., None], picture[inside], 0.5)
    high, wide = alone.shape[:2]
    side = max(high, wide)
    offsets = ((np.arange(size_px) + 0.5) / size_px - 0.5) * side
    y, x = np.meshgrid(offsets + (high - 1) / 2, offsets + (wide - 1) / 2, indexing="ij")
    blur = max(0.0, side / size_px / 2.5 - 0.3)
    smooth = ndimage.gaussian_filter(alone, (blur, blur, 0), mode="constant", cval=0.5) if blur else alone
    planes = [ndimage.map_coordinates(smooth[..., c], (y, x), order=1, mode="constant", cval=0.5) for c in range(3)]
    return np.stack(planes, -1).astype(np.float32)
