"""A small studio: draws a mesh from any side under one of four lights, on nothing, with its shadow on the floor apart."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from mesh import Mesh
from recolour import COLOURS, Recolourer

LIGHTS = ("", "studio light", "rim light", "soft shadow")
"""The first is what no word means: even daylight with a faint shadow."""

SHADOWS = ("", "soft shadow")
"""Lights with a shadow of their own; the others have the first one's."""

SUPERSAMPLING = 2
FILL = 0.86
"""Longer side of the model over that of the picture: the rest is for its shadow."""

DISTANCE = 4.2
"""Of the camera, in half diagonals of the model."""

MOST_FRAGMENTS = 3_000_000


@dataclass
class Buffer:
    """What each pixel sees: `hit` and `depth` [s, s]; for those that hit, in camera space, the rest [n, ...]. Colour is linear."""

    hit: np.ndarray
    depth: np.ndarray
    normal: np.ndarray
    colour: np.ndarray
    shine: np.ndarray
    towards_eye: np.ndarray


class Camera:
    """Looks at the model's middle; yaw turns the model, pitch lifts the camera, both in degrees. Fronts face the camera at 0."""

    def __init__(self, corners: np.ndarray, yaw: float, pitch: float, size: int):
        flat = corners.reshape(-1, 3)
        self.low, self.high = flat.min(0), flat.max(0)
        self.middle = (self.low + self.high) / 2
        self.radius = float(np.linalg.norm(self.high - self.low)) / 2
        cy, sy = np.cos(np.deg2rad(yaw)), np.sin(np.deg2rad(yaw))
        cp, sp = np.cos(np.deg2rad(pitch)), np.sin(np.deg2rad(pitch))
        turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
        tilt = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
        self.turn, self.size = (tilt @ turn).astype(np.float32), size
        self.scale, self.shift = 1.0, np.zeros(2, np.float32)
        seen = self.project(flat)[:, :2]
        low, high = seen.min(0), seen.max(0)
        self.scale = FILL * size / float((high - low).max())
        self.shift = size / 2 - (low + high) / 2 * self.scale

    def project(self, points: np.ndarray) -> np.ndarray:
        """[..., 3]: column, row, depth (greater is farther)."""
        turned = (points - self.middle) @ self.turn.T / self.radius
        away = DISTANCE - turned[..., 2]
        seen = np.stack([turned[..., 0], -turned[..., 1]], -1) / away[..., None] * DISTANCE
        return np.concatenate([seen * self.scale + self.shift, away[..., None]], -1).astype(np.float32)


def fragments(seen: np.ndarray, size: int):
    """(pixel, triangle, weights of its corners, depth) wherever a triangle covers a pixel's middle."""
    low = np.clip(np.ceil(seen[..., :2].min(1) - 0.5), 0, size).astype(np.int64)
    high = np.clip(np.floor(seen[..., :2].max(1) - 0.5) + 1, 0, size).astype(np.int64)
    extent = np.maximum(high - low, 0)
    area = extent.prod(1)
    ends = np.cumsum(area)
    begin = 0
    while begin < len(area):
        base = ends[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(ends, base + MOST_FRAGMENTS)))
        which = np.repeat(np.arange(begin, end), area[begin:end])
        local = np.arange(len(which)) - np.repeat(ends[begin:end] - area[begin:end] - base, area[begin:end])
        width = np.maximum(extent[which, 0], 1)
        column, row = low[which, 0] + local % width, low[which, 1] + local // width
        yield _inside(seen, which, column, row, size)
        begin = end


def _inside(seen, which, column, row, size: int):
    (ax, ay), (bx, by), (cx, cy) = (seen[which, corner, :2].T for corner in range(3))
    x, y = column + 0.5, row + 0.5
    whole = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
    whole = np.where(np.abs(whole) < 1e-9, np.inf, whole)
    second = ((x - ax) * (cy - ay) - (cx - ax) * (y - ay)) / whole
    third = ((bx - ax) * (y - ay) - (x - ax) * (by - ay)) / whole
    weights = np.stack([1 - second - third, second, third], 1)
    kept = ((weights >= -1e-4).all(1)) & np.isfinite(whole)
    which, weights = which[kept], weights[kept]
    # Perspective: weights are right for 1 / depth.
    weights = weights / seen[which, :, 2]
    depth = 1 / weights.sum(1)
    return row[kept] * size + column[kept], which, (weights * depth[:, None]).astype(np.float32), depth


def sample(mesh: Mesh, which, weights):
    """sRGB and opacity [n, 4] of places on triangles."""
    colour = np.ones((len(which), 4), np.float32)
    uv = np.einsum("nk,nkc->nc", weights, mesh.uv[which])
    for number, material in enumerate(mesh.materials):
        chosen = mesh.material[which] == number
        if not chosen.any():
            continue
        if material.texture is None:
            colour[chosen, :3] = material.colour
        else:
            height, width = material.texture.shape[:2]
            at = uv[chosen]
            colour[chosen] = material.texture[((1 - at[:, 1]) * height).astype(int) % height, (at[:, 0] * width).astype(int) % width]
    return colour


def look_at(mesh: Mesh, camera: Camera) -> Buffer:
    size = camera.size
    seen = camera.project(mesh.corners)
    best_depth = np.full(size * size, np.inf)
    best = np.full(size * size, -1, np.int64)
    best_weights, best_colour = np.zeros((size * size, 3), np.float32), np.zeros((size * size, 3), np.float32)
    for pixel, which, weights, depth in fragments(seen, size):
        colour = sample(mesh, which, weights)
        solid = colour[:, 3] > 0.5
        pixel, which, weights, depth, colour = (part[solid] for part in (pixel, which, weights, depth, colour))
        order = np.lexsort((depth, pixel))
        first = order[np.unique(pixel[order], return_index=True)[1]]
        first = first[depth[first] < best_depth[pixel[first]]]
        best_depth[pixel[first]], best[pixel[first]] = depth[first], which[first]
        best_weights[pixel[first]], best_colour[pixel[first]] = weights[first], colour[first, :3]
    hit = best >= 0
    which, weights = best[hit], best_weights[hit]
    place = np.einsum("nk,nkc->nc", weights, mesh.corners[which])
    eye = camera.middle + camera.turn.T @ np.array([0, 0, DISTANCE * camera.radius], np.float32)
    towards = _unit(eye - place) @ camera.turn.T
    normal = _unit(np.einsum("nk,nkc->nc", weights, mesh.normals[which])) @ camera.turn.T
    normal *= np.where((normal * towards).sum(1, keepdims=True) < 0, -1, 1)
    shine = np.array([material.shine for material in mesh.materials], np.float32)[mesh.material[which]]
    depth = np.where(hit, best_depth, best_depth[hit].max()).reshape(size, size)
    return Buffer(hit.reshape(size, size), depth, normal, best_colour[hit] ** 2.2, shine, towards)


def _unit(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def blurred(picture: np.ndarray, radius: float) -> np.ndarray:
    return gaussian_filter(picture.astype(np.float32), radius)


def crevices(buffer: Buffer) -> np.ndarray:
    """1 in the open, less where the neighbourhood is nearer to the eye [n]. Luft et al. 2006, "Image Enhancement by
    Unsharp Masking the Depth Buffer"."""
    shade = np.ones_like(buffer.depth)
    for radius, strength in ((3, 2.6), (9, 1.5)):
        weight = np.maximum(blurred(buffer.hit, radius), 1e-3)
        around = blurred(np.where(buffer.hit, buffer.depth, 0), radius) / weight
        shade -= strength * np.clip(buffer.depth - around, 0, 0.2)
    return np.clip(shade, 0.45, 1)[buffer.hit]


def outer_edge(buffer: Buffer) -> np.ndarray:
    """1 where the model ends, 0 inside [n]; a little less at its feet."""
    size = len(buffer.hit)
    inside = blurred(buffer.hit, size / 100)
    falling = np.linspace(1.0, 0.5, size, dtype=np.float32)[:, None]
    return (np.clip((0.80 - inside) * 3.0, 0, 1) * falling)[buffer.hit]


@dataclass(frozen=True)
class Lamp:
    direction: tuple[float, float, float]
    """Towards the lamp: right, up, towards the camera."""
    strength: float
    gloss: float = 0.0


SETUPS = {
    "": (0.50, (Lamp((-0.5, 0.75, 0.6), 0.62, 0.15), Lamp((0.8, 0.2, 0.5), 0.14)), 0.0),
    "soft shadow": (0.50, (Lamp((-0.5, 0.75, 0.6), 0.62, 0.15), Lamp((0.8, 0.2, 0.5), 0.14)), 0.0),
    "studio light": (0.09, (Lamp((-0.8, 0.65, 0.3), 1.55, 1.5), Lamp((0.9, 0.3, 0.3), 0.16, 0.5)), 0.12),
    "rim light": (0.07, (Lamp((-0.3, 0.6, 0.7), 0.10),), 1.25),
}
"""Light -> (light from everywhere, lamps, light on what is seen edge on)."""


def tints(buffer: Buffer) -> dict[str | None, np.ndarray]:
    """Colour -> what takes the place of buffer.colour: the model's own and, where one hue carries it, all others."""
    plain = np.zeros((*buffer.hit.shape, 4), np.uint8)
    plain[buffer.hit] = np.concatenate([255 * buffer.colour ** (1 / 2.2), np.full((len(buffer.colour), 1), 255)], 1)
    recolourer = Recolourer(plain)
    own: dict[str | None, np.ndarray] = {None: buffer.colour}
    if recolourer.can_recolour:
        named = [colour for colour in COLOURS if colour != recolourer.natural]
        own |= {colour: (recolourer.to(colour)[buffer.hit][:, :3] / np.float32(255)) ** 2.2 for colour in named}
    return own


def shade(buffer: Buffer, light: str, colour: np.ndarray) -> np.ndarray:
    """sRGB 0..255 with alpha [s, s, 4]."""
    everywhere, lamps, edge = SETUPS[light]
    open_sky = crevices(buffer)
    lit = everywhere * (0.8 + 0.2 * buffer.normal[:, 1]) * open_sky
    gloss = np.zeros_like(lit)
    for lamp in lamps:
        towards = _unit(np.array(lamp.direction, np.float32))
        cosine = np.clip(buffer.normal @ towards, 0, None)
        lit = lit + lamp.strength * cosine * (0.4 + 0.6 * open_sky)
        half = _unit(towards + buffer.towards_eye)
        gloss = gloss + lamp.gloss * (0.25 + buffer.shine) * np.clip((buffer.normal * half).sum(1), 0, None) ** 40
    facing = np.clip((buffer.normal * buffer.towards_eye).sum(1), 0, 1)
    from_behind = edge * np.maximum((1 - facing) ** 5, outer_edge(buffer))
    linear = colour * (lit + 0.35 * from_behind)[:, None] + (0.35 * gloss + 0.65 * from_behind)[:, None]
    picture = np.zeros((*buffer.hit.shape, 4), np.float32)
    picture[buffer.hit, :3] = 255 * np.clip(linear, 0, 1) ** (1 / 2.2)
    picture[buffer.hit, 3] = 255
    return picture


def shadow(mesh: Mesh, camera: Camera, light: str) -> np.ndarray:
    """How dark the floor is, 0..255 [s, s]: a faint one where the model touches it, and the one the lamp throws."""
    floor = camera.low[1]
    high = max(float(camera.high[1] - floor), 1e-6)
    flat = mesh.corners.copy()
    near = (flat[..., 1] - floor).max(1) < 0.25 * high
    flat[..., 1] = floor
    dark = 0.5 * _on_floor(flat[near], camera, 0.012) + 0.35 * _on_floor(flat, camera, 0.04)
    if light == "soft shadow":
        # The lamp stands at the upper left in front, seen from the camera.
        fall = camera.turn.T @ np.array([0.85, 0, -0.5], np.float32)
        thrown = flat + fall * (np.minimum(mesh.corners[..., 1:2] - floor, 0.8 * camera.radius) * 0.75)
        thrown[..., 1] = floor
        dark = np.maximum(dark, 0.72 * _on_floor(thrown, camera, 0.035))
    return 255 * np.clip(dark, 0, 0.8) * _fading(camera.size)


def _on_floor(corners: np.ndarray, camera: Camera, blur: float) -> np.ndarray:
    covered = np.zeros(camera.size**2, np.float32)
    if len(corners):
        for pixel, *_ in fragments(camera.project(corners), camera.size):
            covered[pixel] = 1
    return blurred(covered.reshape(camera.size, camera.size), blur * camera.size)


def _fading(size: int) -> np.ndarray:
    """Shadows end before the picture does."""
    ramp = np.clip(np.minimum(np.arange(size) + 0.5, size - np.arange(size) - 0.5) / (0.06 * size), 0, 1)
    return np.minimum(ramp[:, None], ramp)


def shrunk(picture: np.ndarray) -> np.ndarray:
    """Supersampled picture [s, s, 4] -> straight-alpha uint8, half the side."""
    height, width = (side // SUPERSAMPLING for side in picture.shape[:2])
    weighted = picture.copy()
    weighted[..., :3] *= picture[..., 3:] / 255
    small = weighted.reshape(height, SUPERSAMPLING, width, SUPERSAMPLING, 4).mean((1, 3))
    small[..., :3] = small[..., :3] * 255 / np.maximum(small[..., 3:], 1)
    return np.clip(small, 0, 255).round().astype(np.uint8)


def shots(mesh: Mesh, yaw: float, pitch: float, size: int, lights: tuple[str, ...], tinted: tuple[str, ...]):
    """[(what, light, colour, uint8 [size, size, 4] with straight alpha)], what: "product" or "shadow". In the lights of
    `tinted` in all colours."""
    camera = Camera(mesh.corners, yaw, pitch, size * SUPERSAMPLING)
    buffer = look_at(mesh, camera)
    colours = tints(buffer)
    for light in lights:
        for colour, paint in colours.items():
            if colour is None or light in tinted:
                yield "product", light, colour or "", shrunk(shade(buffer, light, paint))
        if light in SHADOWS:
            dark = np.zeros((*buffer.hit.shape, 4), np.float32)
            dark[..., 3] = shadow(mesh, camera, light)
            yield "shadow", light, "", shrunk(dark)
