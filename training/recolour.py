"""Recolouring of sprites in OKLCH, and the tables of named colours.

OKLab: Björn Ottosson, "A perceptual color space for image processing" (2020).
Colours are (lightness 0..1, chroma, hue in degrees).
"""

import numpy as np

COLOURS = {
    "red": (0.60, 0.215, 27.0),
    "orange": (0.73, 0.175, 55.0),
    "yellow": (0.87, 0.170, 97.0),
    "green": (0.66, 0.185, 145.0),
    "blue": (0.57, 0.185, 258.0),
    "purple": (0.54, 0.200, 303.0),
    "pink": (0.76, 0.140, 355.0),
    "brown": (0.45, 0.080, 55.0),
    "black": (0.25, 0.000, 0.0),
    "white": (0.95, 0.000, 0.0),
    "grey": (0.62, 0.000, 0.0),
}
"""Object colours."""

BACKGROUNDS = {
    "red": (0.60, 0.190, 27.0),
    "orange": (0.77, 0.150, 60.0),
    "yellow": (0.91, 0.145, 99.0),
    "green": (0.73, 0.160, 147.0),
    "blue": (0.64, 0.150, 255.0),
    "purple": (0.60, 0.160, 303.0),
    "pink": (0.84, 0.095, 355.0),
    "brown": (0.48, 0.070, 55.0),
    "black": (0.18, 0.000, 0.0),
    "white": (1.00, 0.000, 0.0),
    "grey": (0.70, 0.000, 0.0),
    "teal": (0.72, 0.100, 195.0),
}
"""Plain background colours."""

DEFAULT_BACKGROUND = (0.94, 0.0, 0.0)
"""Light grey, when a caption says nothing: white objects stay visible on it."""

_RGB_TO_LMS = np.array([[0.4122214708, 0.5363325363, 0.0514459929],
                        [0.2119034982, 0.6806995451, 0.1073969566],
                        [0.0883024619, 0.2817188376, 0.6299787005]], np.float32)
_LMS_TO_LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468],
                        [1.9779984951, -2.4285922050, 0.4505937099],
                        [0.0259040371, 0.7827717662, -0.8086757660]], np.float32)
_LAB_TO_LMS = np.linalg.inv(_LMS_TO_LAB).astype(np.float32)
_LMS_TO_RGB = np.linalg.inv(_RGB_TO_LMS).astype(np.float32)


def rgb_to_oklab(rgb):
    """sRGB 0..1 [..., 3] -> OKLab [..., 3]."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear.astype(np.float32) @ _RGB_TO_LMS.T) @ _LMS_TO_LAB.T


def oklab_to_rgb(lab):
    """OKLab [..., 3] -> sRGB [..., 3], clipped to 0..1."""
    linear = ((lab @ _LAB_TO_LMS.T) ** 3) @ _LMS_TO_RGB.T
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def oklch_to_rgb(colour):
    """(lightness, chroma, hue in degrees) -> sRGB [3] in 0..1."""
    lightness, chroma, hue = colour
    angle = np.deg2rad(hue)
    lab = np.array([lightness, chroma * np.cos(angle), chroma * np.sin(angle)], np.float32)
    return oklab_to_rgb(lab).astype(np.float32)


def _smoothstep(low, high, value):
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def _hue_distance(a, b):
    return np.abs((a - b + 180) % 360 - 180)


def nearest_colour(lightness, chroma, hue):
    """The name in COLOURS that a mean OKLCH colour would be called."""
    if chroma < 0.035:
        return "white" if lightness > 0.85 else "black" if lightness < 0.4 else "grey"
    if 25 < hue < 95 and lightness < 0.62 and chroma < 0.135:
        return "brown"
    hues = {name: colour[2] for name, colour in COLOURS.items() if colour[1] > 0 and name != "brown"}
    return min(hues, key=lambda name: _hue_distance(hues[name], hue))


class Recolourer:
    """Finds what of a sprite carries its colour, then moves that part to any named colour.

    The part is the dominant hue window or, for mostly colourless things (a robot, a ghost), the colourless
    pixels. `natural` is the colour name it has now; None when no part covers enough to be called the colour.
    """

    MIN_SHARE = 0.38

    def __init__(self, rgba):
        self.alpha = rgba[..., 3:].astype(np.float32) / 255
        self.lab = rgb_to_oklab(rgba[..., :3].astype(np.float32) / 255)
        lightness, a, b = np.moveaxis(self.lab, -1, 0)
        self.chroma = np.hypot(a, b)
        hue = np.rad2deg(np.arctan2(b, a)) % 360
        area = self.alpha[..., 0]
        chromatic = _smoothstep(0.025, 0.06, self.chroma)
        histogram = np.bincount((hue.ravel() // 5).astype(int) % 72, (area * chromatic * self.chroma).ravel(), 72)
        smooth = sum(np.roll(histogram, shift) for shift in range(-6, 7))
        peak = (np.argmax(smooth) + 0.5) * 5
        in_window = chromatic * (1 - _smoothstep(38, 58, _hue_distance(hue, peak)))
        colourless = (1 - chromatic) * _smoothstep(0.22, 0.42, lightness)
        dark = (1 - chromatic) * (1 - _smoothstep(0.22, 0.42, lightness))
        masks = {"hue": in_window, "colourless": colourless, "dark": dark}
        shares = {name: float((area * mask).sum() / area.sum()) for name, mask in masks.items()}
        shares["colourless"] *= 0.85  # white details (eyes, labels) are rarely what a thing's colour means
        self.kind = max(shares, key=shares.get)
        self.mask = masks[self.kind][..., None]
        weight = (area * self.mask[..., 0]).ravel()
        weight = weight / max(weight.sum(), 1e-6)
        self.mean_lightness = float(lightness.ravel() @ weight)
        self.mean_chroma = float(self.chroma.ravel() @ weight)
        mean_a, mean_b = float(a.ravel() @ weight), float(b.ravel() @ weight)
        self.mean_hue = float(np.rad2deg(np.arctan2(mean_b, mean_a)) % 360)
        self.hue = hue
        self.can_recolour = shares[self.kind] >= self.MIN_SHARE
        self.natural = nearest_colour(self.mean_lightness, self.mean_chroma, self.mean_hue) if self.can_recolour else None

    def to(self, name):
        """The sprite in the named colour: uint8 [h, w, 4], straight alpha."""
        target_lightness, target_chroma, target_hue = COLOURS[name]
        contrast = {"black": 0.55, "white": 0.45}.get(name, 0.8)
        lightness = target_lightness + (self.lab[..., 0] - self.mean_lightness) * contrast
        lightness = np.clip(lightness, 0.08, 0.99)
        if self.kind == "hue":
            chroma = target_chroma * np.clip(self.chroma / max(self.mean_chroma, 1e-3), 0, 1.25)
            hue_shift = np.clip((self.hue - self.mean_hue + 180) % 360 - 180, -40, 40) * 0.35
        else:
            chroma = np.full_like(lightness, target_chroma)
            hue_shift = 0.0
        angle = np.deg2rad(target_hue + hue_shift)
        moved = np.stack([lightness, chroma * np.cos(angle), chroma * np.sin(angle)], -1)
        rgb = oklab_to_rgb(self.lab * (1 - self.mask) + moved * self.mask)
        return np.round(np.concatenate([rgb, self.alpha], -1) * 255).astype(np.uint8)
