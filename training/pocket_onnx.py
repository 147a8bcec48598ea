"""Runs Pocket's exported graphs with onnxruntime as the page does: same tokens, noise, sigmas and steps."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from tokenizers import Tokenizer

from canvas import PIXELS_PER_CELL, fitted

GRAPHS = ("text_encoder", "encoder", "fusion", "prior", "denoiser", "decoder", "super_resolution")
UINT32 = 2**32
SMALLEST_SHARE = 0.01
"""Of a picture in the one to start from: less is left out, since each costs a run of the encoder."""


def pcg4d(a, b, c, d):
    """Four uint32 arrays -> four well-mixed ones (Jarzynski and Olano, JCGT 9(3), 2020)."""
    x, y, z, w = (np.asarray(v, np.uint32) * np.uint32(1664525) + np.uint32(1013904223) for v in (a, b, c, d))

    def mix(x, y, z, w):
        x = x + y * w
        y = y + z * x
        z = z + x * y
        return x, y, z, w + y * z

    return mix(*(lane ^ (lane >> np.uint32(16)) for lane in mix(x, y, z, w)))


def gaussian_noise(seed: int, channels: int, height: int, width: int) -> np.ndarray:
    """[1, C, h, w] standard normal values by Box and Muller, a pure function of (seed, x, y, channel)."""
    channel, y, x = np.meshgrid(*(np.arange(n, dtype=np.uint32) for n in (channels, height, width)), indexing="ij")
    first, second, _, _ = pcg4d(np.full(x.shape, seed, np.uint32), x, y, channel)
    radius = np.sqrt(-2 * np.log((first.astype(np.float64) + 1) / UINT32))
    return (radius * np.cos(2 * np.pi * second / UINT32)).astype(np.float32)[None]


def patch_positions(height: int, width: int) -> np.ndarray:
    """[1, N, 2]: (y, x) centres of 2x2 patches, from the centre of the grid, in units of 8 cells."""
    rows, columns = height // 2, width // 2
    y, x = np.meshgrid(2 * np.arange(rows) + 1 - rows, 2 * np.arange(columns) + 1 - columns, indexing="ij")
    return (np.stack((y, x), -1).reshape(1, -1, 2) / 8).astype(np.float32)


def flow_match_sigmas(steps: int, shift: float) -> list[float]:
    """steps + 1 noise levels from 1 to 0 (Esser et al. 2024, eq. 23)."""
    times = [1 - i / steps for i in range(steps + 1)]
    return [shift * t / (1 + (shift - 1) * t) for t in times]


@dataclass
class Conditioning:
    """Inputs of the denoiser that stay the same from step to step, named as they are there."""

    memory: np.ndarray
    positions: np.ndarray
    prior: np.ndarray
    reference: np.ndarray
    frames: np.ndarray
    style: np.ndarray


class PocketOnnx:
    """A folder of graphs. `shared` lends the files that a float export does not have."""

    def __init__(self, folder: Path, shared: Path | None = None, threads: int = 2):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        shared = shared or folder

        def find(name: str) -> Path:
            return folder / name if (folder / name).exists() else shared / name

        self.config = json.loads(find("config.json").read_text())
        self.tokenizer = Tokenizer.from_file(str(find("tokenizer.json")))
        self.sessions = {
            name: onnxruntime.InferenceSession(str(find(f"{name}.onnx")), options, providers=["CPUExecutionProvider"])
            for name in GRAPHS
        }

    def run(self, name: str, **feeds: np.ndarray) -> np.ndarray:
        """The first output."""
        return self.sessions[name].run(None, feeds)[0]

    def encode_prompt(self, prompt: str) -> np.ndarray:
        """[1, L, D]; an over-long prompt keeps its closing token."""
        ids, limit = self.tokenizer.encode(prompt).ids, self.config["maxTokens"]
        ids = ids if len(ids) <= limit else [*ids[: limit - 1], ids[-1]]
        return self.run("text_encoder", input_ids=np.array([ids], np.int64))

    def encode_picture(self, picture: np.ndarray, size_px: tuple[int, int]) -> np.ndarray:
        """A picture [3, H, W] in 0..1, whole inside another: latent [1, C, h, w]."""
        inside = fitted(torch.from_numpy(np.ascontiguousarray(picture, np.float32))[None], size_px)
        return self.run("encoder", image=inside.numpy())

    def context(self, prompt: str, grid: tuple[int, int], images=()) -> Conditioning:
        """What the steps of one picture share."""
        memory, positions = self.encode_prompt(prompt), patch_positions(*grid)
        reference = np.zeros((1, self.config["latentChannels"], *grid), np.float32)
        if len(images):
            square = (self.config["references"]["sidePx"],) * 2
            references = np.concatenate([self.encode_picture(picture, square) for picture in images])
            memory, shares = self.sessions["fusion"].run(None, {"memory": memory, "references": references})
            size_px = tuple(PIXELS_PER_CELL * cells for cells in grid)
            for picture, share in zip(images, shares, strict=True):
                if share >= SMALLEST_SHARE:
                    reference = reference + share * self.encode_picture(picture, size_px)
        prior, frames, style = self.sessions["prior"].run(None, {"memory": memory, "positions": positions, "reference": reference})
        return Conditioning(memory, positions, prior, reference, frames, style)

    def generate(
        self, prompt: str, seed: int, steps: int = 4, grid: tuple[int, int] = (16, 16), images=()
    ) -> np.ndarray:
        """The native picture, float32 [3, 8h, 8w] in 0..1, before super-resolution. `images`: up to ten pictures
        [3, H, W] in 0..1 of any size."""
        context = self.context(prompt, grid, images)
        latent = gaussian_noise(seed, self.config["latentChannels"], *grid)
        sigmas = flow_match_sigmas(steps, self.config["shift"])
        for sigma, following in zip(sigmas, sigmas[1:]):
            noise_level = np.array([sigma], np.float32)
            denoised = self.run("denoiser", latent=latent, sigma=noise_level, **vars(context))
            kept = np.float32(following / sigma)
            latent = kept * latent + (1 - kept) * denoised
        return np.clip(self.run("decoder", latent=latent)[0], 0, 1)

    def enlarge(self, picture: np.ndarray, passes: int) -> np.ndarray:
        """[3, H, W] -> [3, 2^passes H, 2^passes W]."""
        for _ in range(passes):
            picture = self.run("super_resolution", image=picture[None])[0]
        return picture
