"""Measures the parts that the evaluation does not see; prints them and writes results/parts.json.

    python training/measure_parts.py [--sprites training/.cache/sprites-128]

The text encoder after rounding to 4 bits and pruning, against the original; the autoencoder on compositions drawn with a
seed that training did not use; how many parameters each part has.
"""

import argparse
import json
import random
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

import checkpoint
from compose import GRIDS, Library
from export import texts_to_cover
from super_resolution import load_checkpoint as load_super_resolution
from text_encoder import MiniLm, model_file, pruned_vocabulary

RESULT = Path(__file__).parent / "results" / "parts.json"
SENTENCES = ["a red apple on a blue background", "a kitty", "crimson automobile, flat style"]
PAIRS = [("kitty", "cat"), ("automobile", "car"), ("puppy", "dog"), ("kitty", "car")]
COMPOSITIONS = 128


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
        "tokens_kept": len(pruned_vocabulary(texts_to_cover())),
        "tokens_of_the_original": tokenizer.get_vocab_size(),
        "feature_cosine_to_original": round(sum(cosines) / len(cosines), 3),
        "similarity_original_rounded": {
            " / ".join(pair): [similarity(original, pair), similarity(rounded, pair)] for pair in PAIRS
        },
    }


@torch.no_grad()
def autoencoder(model, sprites: Path, preset: str) -> dict:
    library, rng, generator = Library(sprites, preset), random.Random(77), torch.Generator().manual_seed(77)
    drawn = [library.draw(rng) for _ in range(COMPOSITIONS)]
    pictures = library.render([s for s, _ in drawn], [i for _, i in drawn], GRIDS[0], generator)
    errors = (model.decode(model.encode(pictures)).clamp(0, 1) - pictures).pow(2).mean((1, 2, 3))
    return {"compositions": COMPOSITIONS, "psnr_db": round(float((-10 * torch.log10(errors)).mean()), 2)}


def parameters(**modules) -> dict:
    return {name: sum(value.numel() for value in module.parameters()) for name, module in modules.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sprites", type=Path, default=Path(__file__).parent / ".cache" / "sprites-128")
    options = parser.parse_args()
    pocket, decoder, about = checkpoint.load()
    result = {
        "text_encoder": text_encoder(),
        "autoencoder": autoencoder(decoder, options.sprites, about["preset"]),
        "parameters": parameters(
            autoencoder=decoder, adapter=pocket.adapter, prior=pocket.prior, denoiser=pocket.denoiser,
            super_resolution=load_super_resolution(),
        ),
    }  # fmt: skip
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
