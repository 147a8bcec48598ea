"""Scenes -> pictures, in batches on the training device."""

import json
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from layers import CELLS_PER_UNIT
from recolour import BACKGROUNDS, DEFAULT_BACKGROUND, oklab_to_rgb
from scenes import MOST_ITEMS, Library, Scene, home_box

GRIDS = [
    (32, 32), (26, 40), (40, 26), (28, 36), (36, 28), (24, 40), (40, 24), (24, 44), (44, 24), (26, 48), (48, 26), (22, 48), (22, 52),
]  # fmt: skip
"""Latent (height, width) of the 8 aspect ratios in their sizes for a native side of 256 px; the square first."""

PIXELS_PER_CELL = 8
PATCH_PX = 2 * PIXELS_PER_CELL
"""Side of what is one token of the nets."""


def native_px(grid: tuple[int, int], scale: int) -> tuple[int, int]:
    """(height, width) of a native picture whose sides are 256 px over `scale`: whole patches, rounded up as the page does."""
    return tuple(2 * math.ceil(cells / scale / 2) * PIXELS_PER_CELL for cells in grid)


RIM_LIGHT_BACKGROUND = (0.32, 0.0, 0.0)
"""When a caption says nothing of it: a bright rim wants a dark studio."""



def describe(scenes: list[Scene], library: Library) -> dict[str, np.ndarray]:
    """What the renderer needs: rows [n, 4] (-1 for none), boxes [n, 4, 3], grounds [n, 2, 3] (sRGB above and below); and
    homes [n, 4, 3], the boxes that the things would have alone in a square."""
    count = len(scenes)
    rows = np.full((count, MOST_ITEMS), -1, np.int64)
    boxes, homes = (np.ones((count, MOST_ITEMS, 3), np.float32) for _ in range(2))
    upper = np.empty((count, 3), np.float32)
    fades = np.zeros((count, 1), bool)
    for index, scene in enumerate(scenes):
        scale, dx, dy, light = scene.jitter
        for slot, item in enumerate(scene.items):
            rows[index, slot] = library.row(item, scene.style)
            x, y, side = item.box
            boxes[index, slot] = (x + dx, y + dy, side * (1 + scale))
            homes[index, slot] = home_box(library, item.thing, GRIDS[0])
        ground = RIM_LIGHT_BACKGROUND if scene.lighting == "rim light" else DEFAULT_BACKGROUND
        upper[index] = BACKGROUNDS[scene.background] if scene.background else ground
        upper[index, 0] += light
        fades[index] = scene.gradient
    faded = np.stack([np.minimum(0.97, upper[:, 0] + 0.22), upper[:, 1] * 0.4, upper[:, 2]], 1)
    lower = np.where(fades, faded, upper)
    grounds = np.stack([oklch_rows_to_rgb(upper), oklch_rows_to_rgb(lower)], 1)
    return {"rows": rows, "boxes": boxes, "homes": homes, "grounds": grounds}


SURE = 8.0
"""Logit of a thing that is there."""


def layouts(described: dict[str, torch.Tensor], size_px: tuple[int, int], square_px: int):
    """How things were moved from where they would be alone in a square of `square_px`: [n, 4, 4], as framing.Framing
    foresees it, in units of 8 cells, so that home = (position - centre) / scale."""
    rows, boxes, homes = (described[name] for name in ("rows", "boxes", "homes"))
    unit_px = CELLS_PER_UNIT * PIXELS_PER_CELL
    x, y, side = (boxes * min(size_px) / unit_px).unbind(-1)
    home_x, home_y, home_side = (homes * square_px / unit_px).unbind(-1)
    scale = side / home_side
    there = torch.where(rows >= 0, SURE, -SURE)
    return torch.stack([y - home_y * scale, x - home_x * scale, scale.log(), there], -1)


def origins(target: dict[str, torch.Tensor], source: dict[str, torch.Tensor], things, sizes_px, square_px: int):
    """Where each thing of the target comes from in the source, whole inside a picture of the target's size: [n, 4, 4] as
    `layouts` has it, absent where the source does not show that thing. `things` [rows]: which thing a sprite shows;
    sizes_px: (height, width) of source and target."""
    (source_px, target_px), slots = sizes_px, torch.arange(MOST_ITEMS)
    shown, before = (torch.where(one["rows"] >= 0, things[one["rows"]], none) for one, none in ((target, -1), (source, -2)))
    same = shown[:, :, None] == before[:, None]
    # The same place in the order of names first, as when several of a kind change together.
    best = (same * (MOST_ITEMS + 1 - slots + MOST_ITEMS * (slots[:, None] == slots))).argmax(2)
    fit = min(target_px[0] / source_px[0], target_px[1] / source_px[1])
    layout = layouts(source, source_px, square_px)
    layout = torch.cat([layout[..., :2] * fit, layout[..., 2:3] + math.log(fit), layout[..., 3:]], -1)
    found = layout.gather(1, best[..., None].expand(-1, -1, 4))
    return torch.cat([found[..., :3], torch.where(same.any(2), SURE, -SURE)[..., None]], -1)


def oklch_rows_to_rgb(rows):
    """OKLCH [n, 3] -> sRGB [n, 3] in 0..1."""
    angle = np.deg2rad(rows[:, 2])
    lab = np.stack([rows[:, 0], rows[:, 1] * np.cos(angle), rows[:, 1] * np.sin(angle)], 1)
    return oklab_to_rgb(lab.astype(np.float32)).astype(np.float32)


class Canvas:
    """All sprites on the device, in three sizes, so that small ones are drawn without aliasing."""

    LEVELS = 3

    def __init__(self, stem: Path, device: str):
        listing = json.loads(stem.with_suffix(".json").read_text())
        self.keys, size = listing["keys"], listing["size"]
        raw = np.memmap(stem.with_suffix(".rgba"), np.uint8, "r").reshape(-1, size, size, 4)
        self.device, self.size = device, size
        self.levels = [torch.empty(len(raw), 4, size >> n, size >> n, dtype=torch.uint8, device=device) for n in range(self.LEVELS)]
        for start in range(0, len(raw), 512):
            part = torch.from_numpy(np.array(raw[start : start + 512])).to(device).permute(0, 3, 1, 2).float() / 255
            part[:, :3] *= part[:, 3:]
            for level in self.levels:
                level[start : start + 512] = (part * 255).round().to(torch.uint8)
                part = F.avg_pool2d(part, 2)

    def render(self, described: dict[str, torch.Tensor], size_px: tuple[int, int]):
        """Pictures [n, 3, *size_px] in 0..1."""
        return self.render_and_tell(described, size_px)[0]

    @torch.no_grad()
    def render_and_tell(self, described: dict[str, torch.Tensor], size_px: tuple[int, int]):
        """(pictures, rows [n, H / 16, W / 16]: whose sprite covers most of that patch of a picture, -1 for none)."""
        height, width = size_px
        rows, boxes, grounds = described["rows"], described["boxes"], described["grounds"].to(self.device)
        weight = torch.linspace(0, 1, height, device=self.device).view(1, 1, height, 1)
        picture = grounds[:, 0, :, None, None] * (1 - weight) + grounds[:, 1, :, None, None] * weight
        picture = picture.expand(-1, -1, -1, width).contiguous()
        covered = torch.full((len(rows), height // PATCH_PX, width // PATCH_PX), -1, device=self.device)
        for slot in range(rows.shape[1]):
            for level, chosen in self._by_level(rows[:, slot], boxes[:, slot], min(size_px)):
                index, sprites = chosen.to(self.device), rows[chosen, slot].to(self.device)
                placed = self._placed(level[sprites], boxes[chosen, slot].to(self.device), size_px)
                picture[index] = placed[:, :3] + picture[index] * (1 - placed[:, 3:])
                is_covered = F.avg_pool2d(placed[:, 3], PATCH_PX) > 0.4
                covered[index] = torch.where(is_covered, sprites[:, None, None], covered[index])
        return picture.clamp(0, 1), covered

    def _by_level(self, rows, boxes, short_px: int):
        """(sprites of one size, who is drawn with it); on the CPU, so that the device need not be waited for."""
        shrink = self.size / (boxes[:, 2] * short_px)
        number = torch.log2(shrink.clamp(min=1)).round().clamp(max=self.LEVELS - 1).long()
        for n, level in enumerate(self.levels):
            index = ((rows >= 0) & (number == n)).nonzero().squeeze(1)
            if len(index):
                yield level, index

    def _placed(self, sprites, boxes, size_px: tuple[int, int]):
        height, width = size_px
        short = min(size_px)
        theta = torch.zeros(len(boxes), 2, 3, device=self.device)
        theta[:, 0, 0], theta[:, 1, 1] = width / short / boxes[:, 2], height / short / boxes[:, 2]
        theta[:, :, 2] = -2 * boxes[:, :2] / boxes[:, 2:]
        grid = F.affine_grid(theta, (len(boxes), 4, height, width), align_corners=False)
        return F.grid_sample(sprites.float() / 255, grid, align_corners=False)


def fitted(pictures, size_px: tuple[int, int]):
    """Pictures of any shape inside others, whole; what is left is filled with the nearest pixels."""
    height, width = size_px
    scale = min(height / pictures.shape[2], width / pictures.shape[3])
    inner = (round(pictures.shape[2] * scale), round(pictures.shape[3] * scale))
    if inner != tuple(pictures.shape[2:]):
        pictures = F.interpolate(pictures, size=inner, mode="bilinear", antialias=True, align_corners=False)
    top, left = (height - inner[0]) // 2, (width - inner[1]) // 2
    return F.pad(pictures, (left, width - inner[1] - left, top, height - inner[0] - top), mode="replicate")
