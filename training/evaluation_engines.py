"""What draws the requests: the shipped graphs, or the weights of a training run."""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

import flow
from autoencoder import Autoencoder
from canvas import GRIDS, PIXELS_PER_CELL, fitted
from checkpoint import newest
from plan import Told
from pocket_net import Pocket
from pocket_onnx import PocketOnnx, gaussian_noise
from presets import PRESETS
from text_encoder import TextFeatures

BATCH = 16


@dataclass
class Job:
    """One picture to draw; images are float [3, H, W]."""

    prompt: str
    seed: int
    size_px: tuple[int, int]
    images: list[np.ndarray] = field(default_factory=list)

    @property
    def grid(self) -> tuple[int, int]:
        return self.size_px[0] // PIXELS_PER_CELL, self.size_px[1] // PIXELS_PER_CELL


class GraphsEngine:
    """A folder of exported graphs. `shared` lends the files that a float export does not have."""

    def __init__(self, folder: Path, shared: Path | None = None):
        self.pocket = PocketOnnx(folder, shared=shared)

    def draw(self, jobs: list[Job], steps: int) -> list[np.ndarray]:
        """Native pictures, float32 [3, H, W] in 0..1."""
        return [self.pocket.generate(job.prompt, job.seed, steps, job.grid, job.images) for job in jobs]

    def reconstruct(self, picture: np.ndarray) -> np.ndarray:
        """There and back through the autoencoder: no edit can keep more."""
        latent = self.pocket.run("encoder", image=picture[None].astype(np.float32))
        return np.clip(self.pocket.run("decoder", latent=latent)[0], 0, 1)


class WeightsEngine:
    """Weights of a run in PyTorch, several pictures at once; guided, unless they are distilled."""

    def __init__(self, work: Path, preset_name: str):
        self.preset = PRESETS[preset_name]
        self.autoencoder = Autoencoder(width=self.preset.encoder_width, decoder_width=self.preset.decoder_width).eval()
        self.autoencoder.load_state_dict(torch.load(newest(work, "autoencoder-sharpened.pt", "autoencoder.pt"), map_location="cpu"))
        path = newest(work, "pocket-distilled.pt", "distil.checkpoint.pt", "pocket.pt", "pocket.checkpoint.pt")
        stored = torch.load(path, map_location="cpu")
        self.pocket = Pocket(self.preset.shape).eval()
        self.pocket.load_state_dict(stored.get("average", stored))
        self.is_distilled, self.name = "distil" in path.name, path.name
        self.text = TextFeatures("cpu")
        self.square_px = tuple(cells * PIXELS_PER_CELL // self.preset.scale for cells in GRIDS[0])

    @torch.no_grad()
    def draw(self, jobs: list[Job], steps: int) -> list[np.ndarray]:
        groups, pictures = defaultdict(list), {}
        for number, job in enumerate(jobs):
            groups[job.size_px, len(job.images)].append(number)
        for numbers in groups.values():
            for start in range(0, len(numbers), BATCH):
                chunk = numbers[start : start + BATCH]
                pictures.update(zip(chunk, self._batch([jobs[n] for n in chunk], steps), strict=True))
        return [pictures[number] for number in range(len(jobs))]

    def _batch(self, jobs: list[Job], steps: int) -> np.ndarray:
        noise = torch.from_numpy(np.concatenate([gaussian_noise(job.seed, 8, *job.grid) for job in jobs]))
        references = placed = None
        if jobs[0].images:
            images = [[job.images[n] for job in jobs] for n in range(len(jobs[0].images))]
            references, placed = (
                torch.stack([self._encode(pictures, size) for pictures in images], 1) for size in (self.square_px, jobs[0].size_px)
            )
        guidance = self.preset.edit_guidance if jobs[0].images else self.preset.guidance
        drawn = jobs[0].grid, references, placed
        said = wordless = self.pocket.context(*self.text([job.prompt for job in jobs]), *drawn)
        if not self.is_distilled:
            wordless = self.pocket.context(*self.text([""] * len(jobs)), *drawn, Told.same_places(said.foreseen))
        latent = flow.sample(self.pocket, (said, wordless), noise, flow.sigmas(steps), 1 if self.is_distilled else guidance)
        return self.autoencoder.decode(latent).clamp(0, 1).numpy()

    def _encode(self, pictures: list[np.ndarray], size_px: tuple[int, int]) -> torch.Tensor:
        ready = [fitted(torch.from_numpy(picture)[None], size_px) for picture in pictures]
        return self.autoencoder.encode(torch.cat(ready)).float()

    @torch.no_grad()
    def reconstruct(self, picture: np.ndarray) -> np.ndarray:
        latent = self.autoencoder.encode(torch.from_numpy(picture)[None])
        return self.autoencoder.decode(latent).clamp(0, 1)[0].numpy()
