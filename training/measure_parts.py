"""Measures the parts that the evaluation does not see; prints them and writes results/parts.json.

    python training/measure_parts.py [--sprites training/.cache/library-128]

The text encoder after rounding to 4 bits and pruning, against the original; the autoencoder on scenes drawn with a seed
that training did not use; how many parameters each part has.
"""

import argparse
import json
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

import checkpoint
from canvas import PIXELS_PER_CELL, Canvas
from presets import PRESETS
from restore import load_checkpoint as load_restore
from source import Specs
from super_resolution import load_checkpoint as load_super_resolution
from text_encoder import MiniLm, model_file

RESULT = Path(__file__).parent / "results" / "parts.json"
SENTENCES = ["a red apple on a blue background", "a kitty", "crimson automobile, flat style", "make it green"]
PAIRS = [("kitty", "cat"), ("automobile", "car"), ("puppy", "dog"), ("kitty", "car")]
SCENES = 128
SEED = 99_000


@torch.no_grad()
def text_encoder() -> dict:
    """Cosine of token features to the original's, and how similar words are before and after rounding."""
    tokenizer = Tokenizer.from_str(model_file("tokenizer.json").decode())
    tokenizer.no_padding()
    original, rounded = MiniLm(), MiniLm().round_weights()

    def features(model, text: str):
        return model(torch.tensor([tokenizer.encode(text).ids]))

    def similarity(model, pair) -> float:
        first, second = (features(model, word).mean(1) for word in pair)
        return round(F.cosine_similarity(first, second).item(), 3)

    cosines = [F.cosine_similarity(features(original, s), features(rounded, s), dim=-1).mean().item() for s in SENTENCES]
    return {
        "tokens_kept": Tokenizer.from_file(str(checkpoint.MODEL / "tokenizer.json")).get_vocab_size(),
        "tokens_of_the_original": tokenizer.get_vocab_size(),
        "feature_cosine_to_original": round(sum(cosines) / len(cosines), 3),
        "similarity_original_rounded": {
            " / ".join(pair): [similarity(original, pair), similarity(rounded, pair)] for pair in PAIRS
        },
    }


@torch.no_grad()
def autoencoder(model, canvas: Canvas, preset) -> dict:
    spec = next(iter(Specs(canvas.keys, preset.scope, SEED, SCENES, {"text": 1.0})))
    side = preset.native_cells * PIXELS_PER_CELL
    pictures = canvas.render({name: torch.from_numpy(value) for name, value in spec["target"].items()}, (side, side))
    errors = (model.decode(model.encode(pictures)).clamp(0, 1) - pictures).pow(2).mean((1, 2, 3))
    return {"scenes": SCENES, "psnr_db": round(float((-10 * torch.log10(errors)).mean()), 2)}


def parameters(**modules) -> dict:
    return {name: sum(value.numel() for value in module.parameters()) for name, module in modules.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sprites", type=Path, default=Path(__file__).parent / ".cache" / "library-128")
    options = parser.parse_args()
    pocket, coder, about = checkpoint.load()
    result = {
        "text_encoder": text_encoder(),
        "autoencoder": autoencoder(coder, Canvas(options.sprites, "cpu"), PRESETS[about["preset"]]),
        "parameters": parameters(
            autoencoder=coder, adapter=pocket.adapter, fusion=pocket.fusion, prior=pocket.prior,
            denoiser=pocket.denoiser, super_resolution=load_super_resolution(), restore=load_restore(),
        ),
    }  # fmt: skip
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
