"""A PNG of evaluation prompts with their captions, for looking.

python training/contact_sheet.py --out sheet.png [--count 64] [--kind "held-out colour"]
"""

import argparse
from pathlib import Path
from textwrap import wrap

import numpy as np
from PIL import Image, ImageDraw

from evaluation_scenes import load_requests
from pocket_onnx import PocketOnnx

CAPTION_PX = 28
CHARACTERS_PER_LINE = 22


def tile(picture: np.ndarray, caption: str) -> Image.Image:
    """float [3, H, W] -> the picture with two lines of caption below."""
    pixels = Image.fromarray(np.round(picture.transpose(1, 2, 0) * 255).astype(np.uint8))
    result = Image.new("RGB", (pixels.width, pixels.height + CAPTION_PX), "white")
    result.paste(pixels)
    draw = ImageDraw.Draw(result)
    for line, words in enumerate(wrap(caption, CHARACTERS_PER_LINE)[:2]):
        draw.text((2, pixels.height + 1 + 13 * line), words, fill="black")
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default_model = Path(__file__).resolve().parent.parent / "public" / "models" / "pocket"
    parser.add_argument("--model-dir", type=Path, default=default_model)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=64)
    parser.add_argument("--columns", type=int, default=8)
    parser.add_argument("--kind", help="only prompts of this kind")
    parser.add_argument("--steps", type=int, default=4)
    options = parser.parse_args()
    pocket = PocketOnnx(options.model_dir)
    requests = [r for r in load_requests() if options.kind in (None, r.kind)][: options.count]
    tiles = [tile(pocket.generate(r.prompt, r.seed, options.steps), r.prompt) for r in requests]
    width, height = tiles[0].size
    sheet = Image.new("RGB", (options.columns * width, -(-len(tiles) // options.columns) * height), "white")
    for index, image in enumerate(tiles):
        sheet.paste(image, (index % options.columns * width, index // options.columns * height))
    sheet.save(options.out)


if __name__ == "__main__":
    main()
