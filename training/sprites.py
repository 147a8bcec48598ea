"""Every drawing that training may see: natural, recoloured, and turned into the styles that no source has.

Built once by all cores from the packed drawings; uint8 [n, size, size, 4], straight alpha, in a file that is mapped.
"""

import json
import os
from concurrent.futures import ProcessPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from recolour import COLOURS, Recolourer, oklch_to_rgb
from things import COLOURED_STYLES, STYLE_SOURCES, HoldOuts, load_things

CLEAR_HUE_DEGREES = 20
PIXELS_OF_ART = 26
"""Big pixels along a side of a drawing in pixel art."""


def pack(stem: Path, out: Path, quality: int = 82) -> None:
    """The renderer's raw drawings of the trained things -> one file that travels: WebP pictures and their places."""
    listing = json.loads(stem.with_suffix(".json").read_text())
    size = listing["size"]
    raw = np.memmap(stem.with_suffix(".rgba"), np.uint8, "r").reshape(-1, size, size, 4)
    wanted = {thing["codepoint"] for thing in load_things()}
    sources = set(STYLE_SOURCES.values())
    entries, blobs, at = [], [], 0
    for index, sprite in enumerate(listing["sprites"]):
        if sprite["codepoint"] not in wanted or sprite["source"] not in sources:
            continue
        file = BytesIO()
        Image.fromarray(np.ascontiguousarray(raw[index])).save(file, "webp", quality=quality, alpha_quality=90, method=4)
        blobs.append(file.getvalue())
        entries.append([sprite["codepoint"], sprite["source"], at, len(blobs[-1])])
        at += len(blobs[-1])
    head = json.dumps({"size": size, "sprites": entries}).encode()
    out.write_bytes(len(head).to_bytes(4, "little") + head + b"".join(blobs))
    print(f"{len(entries)} drawings, {out.stat().st_size:,} bytes")


def unpack(path: Path, size: int) -> dict:
    """(codepoint, source) -> uint8 [size, size, 4]."""
    data = path.read_bytes()
    start = 4 + int.from_bytes(data[:4], "little")
    head = json.loads(data[4:start])
    drawings = {}
    for codepoint, source, at, length in head["sprites"]:
        picture = Image.open(BytesIO(data[start + at : start + at + length])).convert("RGBA")
        if picture.size[0] != size:
            picture = picture.resize((size, size), Image.Resampling.LANCZOS)
        drawings[codepoint, source] = np.asarray(picture)
    return drawings


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


def clear_colour(recolourer: Recolourer) -> str | None:
    """The colour that anyone would call the drawing; None where people would differ."""
    name = recolourer.natural
    if name in (None, "brown", "black", "white", "grey"):
        return name
    distance = abs((recolourer.mean_hue - COLOURS[name][2] + 180) % 360 - 180)
    return name if distance < CLEAR_HUE_DEGREES and recolourer.mean_chroma > 0.08 else None


def variants_of(number_and_thing) -> list:
    """[(thing, style, colour or None, natural colour or None, picture)] of one thing."""
    number, thing = number_and_thing
    held, made, recoloured = HoldOuts(), [], {}

    def coloured(source: str, colour: str | None):
        if (source, colour) not in recoloured:
            sprite = _drawings[thing["codepoint"], source]
            recoloured[source, colour] = sprite if colour is None else _recolourer(source).to(colour)
        return recoloured[source, colour]

    def _recolourer(source: str) -> Recolourer:
        if source not in recolourers:
            recolourers[source] = Recolourer(_drawings[thing["codepoint"], source])
        return recolourers[source]

    recolourers: dict[str, Recolourer] = {}
    for style, source in STYLE_SOURCES.items():
        if (thing["codepoint"], source) not in _drawings or held.holds_style(thing, style):
            continue
        turn = {
            "outline": lambda sprite, _: outline(sprite), "sketch": lambda sprite, _: sketch(sprite),
            "silhouette": silhouette, "pixel art": lambda sprite, _: pixel_art(sprite),
        }.get(style, lambda sprite, _: sprite)  # fmt: skip
        can = style == "silhouette" or (style in COLOURED_STYLES and _recolourer(source).can_recolour)
        natural = ("black" if style == "silhouette" else clear_colour(_recolourer(source))) if can else None
        made.append((number, style, None, natural, turn(coloured(source, None), None)))
        for colour in COLOURS if can else ():
            if colour == natural or held.holds_colour(thing, colour):
                continue
            base = coloured(source, None if style == "silhouette" else colour)
            made.append((number, style, colour, None, turn(base, colour)))
    return made


_drawings: dict = {}


def build(packed: Path, size: int, out: Path) -> None:
    """Writes <out>.rgba and <out>.json."""
    global _drawings
    _drawings = unpack(packed, size)
    keys = []
    aside = out.with_suffix(".tmp")
    with aside.open("wb") as file, ProcessPoolExecutor(os.cpu_count()) as pool:
        for made in pool.map(variants_of, list(enumerate(load_things())), chunksize=4):
            for number, style, colour, natural, picture in made:
                file.write(np.ascontiguousarray(picture).tobytes())
                keys.append([number, style, colour, natural])
    aside.replace(out.with_suffix(".rgba"))
    out.with_suffix(".json").write_text(json.dumps({"size": size, "keys": keys}))
    print(f"{len(keys)} sprites of {size} px")


if __name__ == "__main__":
    import sys

    action, *paths = sys.argv[1:]
    if action == "pack":
        pack(Path(paths[0]), Path(paths[1]))
    else:
        build(Path(paths[0]), int(paths[2]), Path(paths[1]))
