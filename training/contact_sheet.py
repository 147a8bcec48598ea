"""PNG sheets of pictures with their words: text, edits (before and after), references with the result, and steps."""

from pathlib import Path
from textwrap import wrap

import numpy as np
from PIL import Image, ImageDraw, ImageFont

TILE_PX = 128
LINE_PX = 14
FONT = ImageFont.load_default(12)
GAP_PX, ARROW_PX = 6, 26
MOST_REFERENCES = 4
"""Shown of a request; how many more there are is written."""

COLOURS = 256
"""Of a sheet: it is committed."""


def pixels(picture: np.ndarray) -> Image.Image:
    """float [3, H, W] -> no larger than a tile."""
    image = Image.fromarray(np.round(picture.transpose(1, 2, 0) * 255).astype(np.uint8))
    image.thumbnail((TILE_PX, TILE_PX), Image.Resampling.LANCZOS)
    return image


def strip(pictures: list[np.ndarray], caption: str, *, before: int = 0, lines: int = 2) -> Image.Image:
    """Pictures side by side, an arrow after the first `before` of them, with lines of caption below."""
    width = len(pictures) * (TILE_PX + GAP_PX) - GAP_PX + (ARROW_PX if before else 0)
    result = Image.new("RGB", (width, TILE_PX + lines * LINE_PX + 4), "white")
    draw, left = ImageDraw.Draw(result), 0
    for number, picture in enumerate(pictures):
        if before and number == before:
            draw_arrow(draw, left)
            left += ARROW_PX
        image = pixels(picture)
        result.paste(image, (left + (TILE_PX - image.width) // 2, (TILE_PX - image.height) // 2))
        left += TILE_PX + GAP_PX
    told = wrap(caption, max(19, int(width / 6.6)))
    told = told if len(told) <= lines else [*told[: lines - 1], told[lines - 1] + " …"]
    for number, words in enumerate(told):
        draw.text((1, TILE_PX + 2 + LINE_PX * number), words, fill="black", font=FONT)
    return result


def draw_arrow(draw: ImageDraw.ImageDraw, left: int) -> None:
    """In the gap that begins at `left`; the font has none."""
    middle, tip = TILE_PX // 2, left + ARROW_PX - 8
    draw.line([(left, middle), (tip, middle)], fill="black", width=2)
    draw.polygon([(tip - 5, middle - 5), (tip + 2, middle), (tip - 5, middle + 5)], fill="black")


def sheet(strips: list[Image.Image], columns: int) -> Image.Image:
    width, height = max(one.width for one in strips) + 2 * GAP_PX, strips[0].height + GAP_PX
    rows = -(-len(strips) // columns)
    result = Image.new("RGB", (columns * width, rows * height + GAP_PX), "white")
    for number, one in enumerate(strips):
        result.paste(one, (number % columns * width + GAP_PX, number // columns * height + GAP_PX))
    return result.quantize(COLOURS, dither=Image.Dither.NONE)


def write_all(folder: Path, evaluation, pictures: list[np.ndarray], side_by_side: dict) -> None:
    """text.png, edits.png, references.png and steps.png."""
    folder.mkdir(parents=True, exist_ok=True)
    requests, sources = evaluation.requests, evaluation.scorer.sources
    of_words = [n for n, request in enumerate(requests) if not request.sources and request.kind != "unseen"]
    edits = [n for n, request in enumerate(requests) if request.kind == "edit"]
    composed = [n for n, request in enumerate(requests) if request.kind == "reference"]
    sheets = {
        "text": ([strip([pictures[n]], requests[n].prompt, lines=4) for n in spread(of_words, 48)], 8),
        "edits": ([strip([sources[n][0], pictures[n]], requests[n].prompt, before=1) for n in spread(edits, 27)], 3),
        "references": ([references_strip(sources[n], pictures[n], requests[n].prompt) for n in spread(composed, 16)], 2),
        "steps": (steps_strips(requests, side_by_side), 2),
    }
    for name, (strips, columns) in sheets.items():
        if strips:
            sheet(strips, columns).save(folder / f"{name}.png", optimize=True)


def spread(numbers: list[int], count: int) -> list[int]:
    """So many of them, evenly: they are sorted by kind."""
    return [numbers[round(n * len(numbers) / count)] for n in range(count)] if len(numbers) > count else numbers


def references_strip(sources: list[np.ndarray], result: np.ndarray, prompt: str) -> Image.Image:
    """Up to four references and the result."""
    shown = sources[:MOST_REFERENCES]
    hidden = len(sources) - len(shown)
    return strip([*shown, result], prompt + (f" (and {hidden} more images)" if hidden else ""), before=len(shown))


def steps_strips(requests, side_by_side: dict, count: int = 10) -> list[Image.Image]:
    """The same requests in 1, 2, 4 and 8 steps."""
    by_steps, numbers = side_by_side["pictures"], side_by_side["numbers"]
    rows = spread([row for row, n in enumerate(numbers) if not requests[n].sources], count)
    steps = ", ".join(map(str, by_steps))
    return [strip([drawn[row] for drawn in by_steps.values()], f"{requests[numbers[row]].prompt} ({steps} steps)") for row in rows]
