"""What the judge learns from: crops of real drawings, recoloured, jittered, softened and imperfectly cut out."""

import json
import random
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from judge_net import INPUT_PX
from real_drawings import TURNS, RealDrawings, all_things
from recolour import COLOURS, Recolourer
from things import HERE, STYLE_SOURCES, HoldOuts, Scope
from turns import silhouette

NONE = -1
"""Class of a drawing whose style, or concept, is none of those asked for."""

GREY = 0.5
VERSIONS = 3
"""Of a drawing: as it is, and in colours drawn by lot."""

SPRITE_PX = 128
"""Crops are sampled from what pictures are drawn from, so that the edges of pixel art are as hard here as there."""

UNSEEN_HOLD_OUT_SHARE = 0.15
STYLE_TEST_THINGS = 30
"""Known to training at the most, not to the preset: the style head is tested on them, and learns none of their drawings."""

FORMS = 2
"""How many of outline, sketch, silhouette and pixel art each drawing is turned into, by lot."""

STYLED_WEIGHT, NATURAL_WEIGHT = 4.0, 1.5
"""How much oftener a drawing is shown as it is than turned into outline, sketch, silhouette or pixel art: where that is one
of the styles, and where it is none. Then every style is about as frequent."""


def known_styles(scope: Scope) -> list[str]:
    return list(scope.styles or STYLE_SOURCES)


def judged_things(drawings: RealDrawings, scope: Scope) -> list[dict]:
    """In class order: the things that the preset draws, then the concepts that no training sees."""
    things = [thing for thing in all_things() if thing["codepoint"] in drawings.codepoints]
    drawn = [thing for thing in things if not thing["unseen"] and scope.holds(thing, known_styles(scope)[0])]
    return drawn + [thing for thing in things if thing["unseen"]]


def judged_sources(drawings: RealDrawings, scope: Scope) -> list[str]:
    """All but black and white icons, where the preset has no such style: only silhouettes of it look so."""
    sources = sorted({source for _, source in drawings.rows})
    return sources if "icon" in known_styles(scope) else [s for s in sources if s != STYLE_SOURCES["icon"]]


def held_out_drawings(drawings: RealDrawings) -> set[tuple[str, str]]:
    """(codepoint, source) that the judge is tested on and never trained on.

    Those of holdouts.json; of the concepts that the generator never sees, a seeded share of the sources that are
    not a style of the generator.
    """
    stored = json.loads((HERE / "holdouts.json").read_text())
    sources = ("twemoji", "noto-v1", "emojione", "fxemoji")
    unseen = [(concept["codepoint"], source) for concept in stored["concepts"] for source in sources]
    extra = random.Random(40).sample(unseen, round(UNSEEN_HOLD_OUT_SHARE * len(unseen)))
    return {tuple(key) for key in stored["drawings"]} | {key for key in extra if key in drawings.rows}


def style_test_things(drawings: RealDrawings, scope: Scope) -> list[dict]:
    known = {thing["codepoint"] for thing in judged_things(drawings, scope)}
    others = [thing for thing in all_things() if thing["codepoint"] in drawings.codepoints - known]
    return random.Random(41).sample(others, min(STYLE_TEST_THINGS, len(others) // 2))


@dataclass
class Shown:
    """N drawings as the judge sees them: uint8 [N, VERSIONS, S, S, 4] premultiplied (version 0 is the original), how many
    versions there are, class indices, and how often each is shown."""

    sprites: np.ndarray
    versions: np.ndarray
    concept: np.ndarray
    style: np.ndarray
    weight: np.ndarray


def load_training_drawings(drawings: RealDrawings, scope: Scope, seed: int = 7) -> Shown:
    """Every drawing that is not held out, as it is and turned into the styles that no source has."""
    rng, holds, held = random.Random(seed), HoldOuts(), held_out_drawings(drawings)
    classes = {thing["codepoint"]: number for number, thing in enumerate(judged_things(drawings, scope))}
    tests = {thing["codepoint"] for thing in style_test_things(drawings, scope)}
    styles, made = known_styles(scope), []
    for thing in all_things():
        if thing["codepoint"] in tests or thing["codepoint"] not in drawings.codepoints:
            continue
        colours = [colour for colour in COLOURS if not holds.holds_colour(thing, colour)]
        for source in judged_sources(drawings, scope):
            key = (thing["codepoint"], source)
            if key not in drawings.rows or key in held:
                continue
            native, *turned = forms_of(source, styles)
            for form, style in (native, *rng.sample(turned, min(FORMS, len(turned)))):
                if style and STYLE_SOURCES[style] == source and not thing["unseen"] and holds.holds_style(thing, style):
                    continue
                sprites, count = versions_of(drawings.plain(thing, source), form, rng.sample(colours, VERSIONS - 1))
                index = styles.index(style) if style in styles else NONE
                weight = 1.0 if form else NATURAL_WEIGHT if index == NONE else STYLED_WEIGHT
                made.append((sprites, count, classes.get(thing["codepoint"], NONE), index, weight))
    sprites, versions, concept, style, weight = (np.array(part) for part in zip(*made, strict=True))
    return Shown(sprites, versions, concept, style, weight / weight.sum())


def forms_of(source: str, styles: list[str]) -> list[tuple[str | None, str | None]]:
    """[(turned into, style it then has)] of a source's drawings."""
    natural = next((style for style in styles if STYLE_SOURCES[style] == source and style not in (*TURNS, "silhouette")), None)
    return [(None, natural), *((form, form) for form in (*TURNS, "silhouette") if form in styles)]


def versions_of(rgba: np.ndarray, form: str | None, colours: list[str]) -> tuple[np.ndarray, int]:
    """([VERSIONS, S, S, 4], how many of them there are) of one straight-alpha drawing."""
    result = np.zeros((VERSIONS, SPRITE_PX, SPRITE_PX, 4), np.uint8)
    if form == "silhouette":
        for index, colour in enumerate((None, *colours)):
            result[index] = premultiplied(silhouette(shrink(rgba, SPRITE_PX), colour))
        return result, VERSIONS
    small = shrink(TURNS[form](rgba) if form else rgba, SPRITE_PX)
    result[0] = premultiplied(small)
    recolourer = Recolourer(small)
    if form in ("outline", "sketch") or not recolourer.can_recolour:
        return result, 1
    for index, colour in enumerate(colours):
        result[1 + index] = premultiplied(recolourer.to(colour))
    return result, VERSIONS


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
    """Premultiplied uint8 [B, S, S, 4] -> float [B, 4, 64, 64]: its bounding square fills the crop, as ruler.crop cuts it,
    then a little scaled, moved, turned, often mirrored."""
    batch, size = len(sprites), sprites.shape[1]
    scale = np.exp(rng.normal(0, 0.08, (batch, 2)))
    angle = rng.normal(0, 0.1, batch)
    sign = np.where(rng.random(batch) < 0.4, -1, 1)
    solid = sprites[..., 3] > 100
    rows, columns = solid.any(2), solid.any(1)
    low = np.stack((columns.argmax(1), rows.argmax(1)), 1)
    high = size - np.stack((columns[:, ::-1].argmax(1), rows[:, ::-1].argmax(1)), 1)
    side = (high - low).max(1).clip(8) / size
    centre = (low + high) / size - 1
    theta = np.zeros((batch, 2, 3))
    theta[:, 0, 0], theta[:, 0, 1] = sign * np.cos(angle) * scale[:, 0], -np.sin(angle) * scale[:, 0]
    theta[:, 1, 0], theta[:, 1, 1] = sign * np.sin(angle) * scale[:, 1], np.cos(angle) * scale[:, 1]
    theta[:, :, :2] *= side[:, None, None]
    theta[:, :, 2] = centre + rng.normal(0, 0.05, (batch, 2)) * side[:, None]
    grid = F.affine_grid(torch.from_numpy(theta).float(), (batch, 4, INPUT_PX, INPUT_PX), align_corners=False)
    return F.grid_sample(torch.from_numpy(sprites).permute(0, 3, 1, 2).float() / 255, grid, align_corners=False)


def cut_out(rng: np.random.Generator, objects: torch.Tensor) -> torch.Tensor:
    """Premultiplied [B, 4, S, S] -> [B, 3, S, S] on grey, as a mask by rule would cut it from some background:
    with a fringe of that background, now and then with holes where the object has the background's colour."""
    behind = torch.from_numpy(rng.random((len(objects), 3, 1, 1), np.float32))
    scene = objects[:, :3] + behind * (1 - objects[:, 3:])
    grown = F.max_pool2d(objects[:, 3:], 3, 1, 1) if rng.random() < 0.5 else objects[:, 3:]
    return torch.where(grown > 0.4, scene, GREY)


def soften(rng: np.random.Generator, images: torch.Tensor) -> torch.Tensor:
    """Blur, noise and exposure, of a random strength per picture, so that sharpness decides nothing. Never alike in a whole
    batch: batch normalisation would get used to it."""
    count = len(images)

    def strengths(low: float, high: float) -> torch.Tensor:
        return torch.from_numpy(rng.uniform(low, high, (count, 1, 1, 1)).astype(np.float32))

    taps = torch.exp(-0.5 * torch.arange(-2, 3) ** 2 / rng.uniform(0.4, 1.0) ** 2)
    taps = (taps / taps.sum()).view(1, 1, 1, 5).repeat(3, 1, 1, 1)
    blurred = F.conv2d(F.pad(images, (2, 2, 0, 0), "replicate"), taps, groups=3)
    blurred = F.conv2d(F.pad(blurred, (0, 0, 2, 2), "replicate"), taps.transpose(2, 3), groups=3)
    images = torch.lerp(images, blurred, strengths(-1, 1).clamp(min=0))
    noise = torch.from_numpy(rng.standard_normal(images.shape, np.float32)) * strengths(0, 0.012)
    return (images * strengths(0.9, 1.1) + noise).clamp(0, 1)


def training_batch(rng: np.random.Generator, shown: Shown, batch: int):
    """(images [B, 3, 64, 64], concept [B], style [B])."""
    rows = rng.choice(len(shown.weight), batch, p=shown.weight)
    version = np.where(rng.random(batch) < 0.5, rng.integers(0, shown.versions[rows]), 0)
    images = soften(rng, cut_out(rng, jitter(rng, shown.sprites[rows, version])))
    return images, torch.from_numpy(shown.concept[rows]), torch.from_numpy(shown.style[rows])
