"""The shipped graphs, run as the browser runs them: same tokenizer, same noise, same schedule, same Euler steps."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

import flow

GRAPHS = ("text_encoder", "prior", "denoiser", "decoder")


def pcg4d(v):
    """Four uint32 arrays -> four uint32 arrays (Jarzynski and Olano 2020); src/diffusion/random.ts is its twin."""
    x, y, z, w = (part.astype(np.uint32) * np.uint32(1664525) + np.uint32(1013904223) for part in v)
    for final in (False, True):
        x = x + y * w
        y = y + z * x
        z = z + x * y
        w = w + y * z
        if not final:
            x, y, z, w = (part ^ (part >> np.uint32(16)) for part in (x, y, z, w))
    return x, y, z, w


def gaussian_noise(seed: int, channels: int, height: int, width: int):
    """[1, channels, height, width] standard normal values, a function of (seed, x, y, channel)."""
    channel, y, x = np.meshgrid(*(np.arange(n, dtype=np.uint32) for n in (channels, height, width)), indexing="ij")
    with np.errstate(over="ignore"):
        first, second, _, _ = pcg4d((np.full_like(x, seed), x, y, channel))
    radius = np.sqrt(-2 * np.log((first.astype(np.float64) + 1) / 2**32))
    return (radius * np.cos(2 * np.pi * second.astype(np.float64) / 2**32)).astype(np.float32)[None]


class ShippedModel:
    def __init__(self, folder: Path, graphs: Path | None = None):
        """Constants and tokenizer from `folder`; graphs from `graphs` (the float ones) when given."""
        self.config = json.loads((folder / "config.json").read_text())
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(self.config["maxTokens"])
        self.sessions = {
            name: onnxruntime.InferenceSession(str((graphs or folder) / f"{name}.onnx"), providers=["CPUExecutionProvider"])
            for name in GRAPHS
        }

    def run(self, name: str, **feeds):
        return self.sessions[name].run(None, feeds)[0]

    def draw(self, prompt: str, seed: int, steps: int = 4, grid=(16, 16)):
        """RGB [8h, 8w, 3] in 0..1."""
        from pocket_net import patch_positions

        ids = np.array([self.tokenizer.encode(prompt).ids], np.int64)
        positions = patch_positions(*grid).numpy()
        memory = self.run("text_encoder", input_ids=ids)
        prior = self.run("prior", memory=memory, positions=positions, canvas=np.zeros((1, 1, *grid), np.float32))
        x = gaussian_noise(seed, self.config["latentChannels"], *grid)
        schedule = flow.sigmas(steps, self.config["shift"]).numpy()
        for sigma, following in zip(schedule[:-1], schedule[1:], strict=True):
            denoised = self.run(
                "denoiser", latent=x, sigma=np.array([sigma], np.float32), memory=memory, prior=prior,
                reference=np.zeros_like(prior), positions=positions,
            )  # fmt: skip
            x = (following / sigma * x + (1 - following / sigma) * denoised).astype(np.float32)
        return self.run("decoder", latent=x)[0].transpose(1, 2, 0).clip(0, 1)
