"""Pairs for the restoring net: what Pocket's decoder gives for a scene, and the scene itself, crisp.

    python training/restore_data.py --pictures training/.cache/enlarge --chars FILE --out training/.cache/restore

Inputs are 128 px and of four kinds: "decoded" only went through the autoencoder; "disturbed" had its latent disturbed
in between; "blurred" was blurred before, because what the denoiser is unsure of comes out soft; "drawn" is a scene that
Pocket was trained on, its latent noised again and finished by Pocket's own denoiser with the scene's caption, so that all
that few steps leave wrong is there while the layout stays the target's. Targets are 256 px and, where the drawing is
large enough, 512 px. Held-out drawings make the pairs of the evaluation and no others.
"""

import argparse
import json
import random
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import checkpoint
import flow
from canvas import describe
from phrases import Writer
from presets import PRESETS
from recolour import BACKGROUNDS, COLOURS, Recolourer
from scenes import GRADIENTS, PLACES, SIZES, Item, Library, Scene, lone_box, random_jitter
from super_resolution_data import load_pictures, random_background
from text_encoder import TextFeatures
from things import STYLE_SOURCES, HoldOuts, load_things

NATIVE_PX, MIDDLE_PX, HIGH_PX = 128, 256, 512
GRID = (16, 16)
BATCH = 16
KINDS = ("drawn", "blurred", "disturbed", "drawn", "blurred", "drawn", "decoded", "blurred")
"""Of one batch after another."""
BLUR_PX = (0.5, 2.0)
"""Deviations of the Gaussian blur of natives."""
RESTART_SIGMA = (0.25, 0.8)
"""Above this the denoiser moves things, and the target would no longer fit."""


@dataclass
class Drawing:
    pixels: np.ndarray
    """Premultiplied uint8 RGBA [S, S, 4]."""
    name: str
    style: str | None
    """Pocket's word for the set it comes from, if it has one."""
    held_out: bool


def load_drawings(folder: Path) -> list[Drawing]:
    styles = {source: style for style, source in reversed(STYLE_SOURCES.items())}
    names = [
        entry["id"] for kind in ("vector", "raster") for entry in json.loads((folder / "index.json").read_text())[kind]
    ]
    groups = sorted(load_pictures(folder).items(), reverse=True)  # vector (512 px) first, as in the index
    rows = [(group, row) for _, group in groups for row in range(len(group.pixels))]
    return [
        Drawing(group.pixels[row], name, styles.get(group.groups[row]), bool(group.held_out[row]))
        for (group, row), name in zip(rows, names, strict=True)
    ]


def composed(pixels: np.ndarray, share: float, at: tuple[float, float], behind) -> torch.Tensor:
    """[3, S, S] in 0..1: a drawing of `share` of the side, its middle at `at` (-1..1); `behind(S)` is [S, S, 3].

    S is 512 where the drawing needs no enlarging for it, else 256: targets must be crisp.
    """
    side_px = HIGH_PX if share * HIGH_PX <= pixels.shape[0] else MIDDLE_PX
    drawn_px = min(round(share * side_px), side_px)
    drawing = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255
    drawing = F.interpolate(drawing, size=drawn_px, mode="bicubic", antialias=True)[0].clamp(0, 1)
    x, y = (round((side_px - drawn_px) / 2 * (1 + shift)) for shift in at)
    scene = torch.from_numpy(np.ascontiguousarray(behind(side_px))).float().permute(2, 0, 1).clone()
    part = scene[:, y : y + drawn_px, x : x + drawn_px]
    part.mul_(1 - drawing[3:]).add_(drawing[:3]).clamp_(0, 1)
    return scene


def any_scene(rng: np.random.Generator, drawings: list[Drawing]) -> torch.Tensor:
    pixels = np.rot90(drawings[rng.integers(len(drawings))].pixels, rng.integers(4))
    pixels = np.ascontiguousarray(pixels[:, ::-1] if rng.random() < 0.5 else pixels)
    return composed(pixels, rng.uniform(0.33, 0.98), rng.uniform(-1, 1, 2), lambda side: random_background(rng, side))


class CaptionedScenes:
    """Scenes of one thing as Pocket was trained on, in high resolution, with their captions."""

    def __init__(self, drawings: list[Drawing], chars: dict[str, str], seed: int):
        self.library, self.held = Library([], load_things()), HoldOuts()
        numbers = {chars.get(thing["codepoint"]): number for number, thing in enumerate(self.library.things)}
        pairs = [(d, numbers[d.name]) for d in drawings if d.style and d.name in numbers]
        self.pairs = [pair for pair in pairs if self.is_trained(*pair)]
        self.random = random.Random(seed)
        self.writer = Writer(self.random, self.library)
        print(f"{len(self.pairs)} drawings of Pocket's things")

    def is_trained(self, drawing: Drawing, number: int) -> bool:
        thing, style = self.library.things[number], drawing.style
        return style != "icon" and PRESETS["cpu"].scope.holds(thing, style) and not self.held.holds_style(thing, style)

    def coloured(self, drawing: Drawing, number: int) -> tuple[np.ndarray, str | None]:
        """Half of them recoloured, where a colour is allowed and one hue carries it."""
        colour = self.random.choice(list(COLOURS))
        if self.random.random() < 0.5 or self.held.holds_colour(self.library.things[number], colour):
            return drawing.pixels, None
        alpha = np.maximum(drawing.pixels[..., 3:].astype(np.float32), 1)
        straight = drawing.pixels.copy()
        straight[..., :3] = np.minimum(drawing.pixels[..., :3] * (255 / alpha), 255)
        recolourer = Recolourer(straight)
        if not recolourer.can_recolour or recolourer.natural == colour:
            return drawing.pixels, None
        moved = recolourer.to(colour)
        moved[..., :3] = moved[..., :3].astype(np.float32) * moved[..., 3:] / 255
        return moved, colour

    def scene_of(self, number: int, style: str, colour: str | None) -> Scene:
        rng = self.random
        size = rng.choice(["small", "large"]) if rng.random() < 0.3 else None
        place = rng.choice([place for place in PLACES if place]) if rng.random() < 0.2 else None
        item = Item(number, colour, lone_box(size, place, GRID))
        scene = Scene(GRID, style, (item,), size=size, place=place, jitter=random_jitter(rng))
        if rng.random() < 0.3:
            return scene
        background = rng.choice(list(BACKGROUNDS))
        return replace(scene, background=background, gradient=background in GRADIENTS and rng.random() < 0.2)

    def draw(self) -> tuple[torch.Tensor, str]:
        drawing, number = self.random.choice(self.pairs)
        pixels, colour = self.coloured(drawing, number)
        scene = self.scene_of(number, drawing.style, colour)
        upper, lower = describe([replace(scene, items=())], self.library)["grounds"][0]
        share = min(SIZES[scene.size] * (1 + scene.jitter[0]), 1.0)

        def behind(side):
            weight = np.linspace(0, 1, side)[:, None, None]
            return np.broadcast_to(upper * (1 - weight) + lower * weight, (side, side, 3))

        at = tuple(0.9 * direction for direction in PLACES[scene.place])
        return composed(pixels, share, at, behind), self.writer.caption(scene)


def halved_to(scene: torch.Tensor, side_px: int) -> torch.Tensor:
    return F.avg_pool2d(scene[None], scene.shape[-1] // side_px)[0]


def disturbed(latents: torch.Tensor) -> torch.Tensor:
    """Cheap imitation of a denoiser: blur over cells, wrong contrast per channel, fine and coarse noise."""
    n, c = latents.shape[:2]
    blurred = F.avg_pool2d(F.pad(latents, (1, 1, 1, 1), "replicate"), 3, 1)
    latents = torch.lerp(latents, blurred, 0.5 * torch.rand(n, 1, 1, 1) * (torch.rand(n, 1, 1, 1) < 0.5))
    latents = latents * (1 + 0.06 * torch.randn(n, c, 1, 1))
    fine, coarse = torch.randn_like(latents), F.interpolate(torch.randn(n, c, 8, 8), scale_factor=2, mode="bilinear")
    strength = 0.25 * torch.rand(2, n, 1, 1, 1) ** 1.5
    return latents + strength[0] * fine + strength[1] * coarse


def blurred(natives: torch.Tensor) -> torch.Tensor:
    """Each by its own Gaussian, at most 9 px wide."""
    deviation = torch.empty(len(natives), 1).uniform_(*BLUR_PX)
    taps = torch.exp(-0.5 * (torch.arange(-4, 5) / deviation) ** 2)
    taps = (taps / taps.sum(1, keepdim=True)).repeat_interleave(3, 0)
    planes = F.pad(natives.flatten(0, 1)[None], (4, 4, 4, 4), "replicate")
    rows = F.conv2d(planes, taps[:, None, None], groups=len(taps))
    return F.conv2d(rows, taps[:, None, :, None], groups=len(taps))[0].unflatten(0, (-1, 3))


def redrawn(pocket, features, mask, latents: torch.Tensor) -> torch.Tensor:
    """The latents noised to one random level and finished in one to three steps."""
    start = torch.empty(1).uniform_(*RESTART_SIGMA).item()
    schedule = torch.linspace(start, 0, 2 + int(torch.randint(3, ())))
    noisy = flow.add_noise(latents, torch.randn_like(latents), torch.full((len(latents),), start))
    context = pocket.context(features, mask, latents.shape[2:])
    return flow.sample(pocket, (context, None), noisy, schedule)


def to_bytes(pictures: torch.Tensor) -> np.ndarray:
    return (pictures.float().clamp(0, 1) * 255).round().byte().numpy()


class PairFile:
    """Growing raw files of one split: native, middle and high pictures [3, S, S] as bytes, and an index."""

    def __init__(self, folder: Path, split: str):
        folder.mkdir(parents=True, exist_ok=True)
        self.index_path, self.rows, self.high_count = folder / f"{split}.json", [], 0
        self.files = {side: open(folder / f"{split}-{side}.raw", "wb") for side in (NATIVE_PX, MIDDLE_PX, HIGH_PX)}

    def add(self, decoded: torch.Tensor, scenes: list[torch.Tensor], kind: str) -> None:
        for picture, scene in zip(decoded, scenes):
            has_high = scene.shape[-1] == HIGH_PX
            self.files[NATIVE_PX].write(to_bytes(picture).tobytes())
            self.files[MIDDLE_PX].write(to_bytes(halved_to(scene, MIDDLE_PX)).tobytes())
            if has_high:
                self.files[HIGH_PX].write(to_bytes(scene).tobytes())
            self.rows.append([kind, self.high_count if has_high else -1])
            self.high_count += has_high
        for file in self.files.values():
            file.flush()
        self.index_path.write_text(json.dumps(self.rows))


class Pairs:
    """Reads what PairFile wrote."""

    def __init__(self, folder: Path, split: str):
        rows = json.loads((folder / f"{split}.json").read_text())
        self.kinds, self.high_rows = [kind for kind, _ in rows], np.array([row for _, row in rows])
        counts = {NATIVE_PX: len(rows), MIDDLE_PX: len(rows), HIGH_PX: int(self.high_rows.max()) + 1}
        self.pixels = {
            side: np.memmap(folder / f"{split}-{side}.raw", np.uint8, "r", shape=(count, 3, side, side))
            for side, count in counts.items()
        }

    def crop(self, row: int, y: int, x: int, size: int):
        """native [3, size, size] and the middle and high targets of the same place; high may be None."""
        high_row = self.high_rows[row]

        def cut(side, at):
            k = side // NATIVE_PX
            part = self.pixels[side][at, :, k * y : k * (y + size), k * x : k * (x + size)]
            return torch.from_numpy(part.astype(np.float32) / 255)

        return cut(NATIVE_PX, row), cut(MIDDLE_PX, row), cut(HIGH_PX, high_row) if high_row >= 0 else None


@torch.no_grad()
def make_pairs(options, split: str, count: int, drawings: list[Drawing], chars, seed: int) -> None:
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    pocket, autoencoder, _ = checkpoint.load()
    text, scenes_of_pocket = TextFeatures(), CaptionedScenes(drawings, chars, seed)
    out = PairFile(options.out, split)
    for batch in range(-(-count // BATCH)):
        kind, captions = options.kinds[batch % len(options.kinds)], ()
        if kind == "drawn" or (kind == "blurred" and rng.random() < 0.5):
            scenes, captions = zip(*(scenes_of_pocket.draw() for _ in range(BATCH)))
        else:
            scenes = [any_scene(rng, drawings) for _ in range(BATCH)]
        native = torch.stack([halved_to(scene, NATIVE_PX) for scene in scenes])
        latents = autoencoder.encode(blurred(native) if kind == "blurred" else native)
        if kind == "drawn":
            latents = redrawn(pocket, *text(list(captions)), latents)
        elif kind == "disturbed" or (kind == "blurred" and rng.random() < 0.5):
            latents = disturbed(latents)
        out.add(autoencoder.decode(latents), scenes, kind)
        if batch % 10 == 9:
            print(f"{split}: {(batch + 1) * BATCH} pairs", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=Path, required=True, help="output of super_resolution_render.mjs")
    parser.add_argument("--chars", type=Path, required=True, help="chars.json of @iconify-json/fluent-emoji-flat")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=7000)
    parser.add_argument("--test-count", type=int, default=256)
    parser.add_argument("--kinds", nargs="+", choices=set(KINDS), default=KINDS)
    options = parser.parse_args()
    drawings, chars = load_drawings(options.pictures), json.loads(options.chars.read_text())
    make_pairs(options, "test", options.test_count, [d for d in drawings if d.held_out], chars, seed=2)
    make_pairs(options, "train", options.count, [d for d in drawings if not d.held_out], chars, seed=1)


if __name__ == "__main__":
    main()
