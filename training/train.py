"""Trains Pocket, stage by stage; every stage is resumable and seeded.

    python training/train.py --preset cpu --stage all --sprites training/.cache/sprites-128 --work training/.cache/run

Stages: autoencoder, pocket (adapter, prior and denoiser together), distil (guidance and steps), decoder (sharpening,
encoder fixed). `data` is made before by `npm --prefix training run render`.
"""

import argparse
import random
import time
from dataclasses import replace
from pathlib import Path

import torch

import flow
from autoencoder import Autoencoder, picture_loss
from compose import GRIDS, Library
from loop import Loop
from pocket_net import Pocket
from presets import PRESETS
from source import Source

STAGES = ("autoencoder", "pocket", "distil", "decoder")
LATENT_NOISE = 0.06
"""Deviation of the noise the decoder learns to forgive, in squashed latents."""


def train_autoencoder(options, preset) -> None:
    library = Library(options.sprites, options.preset)
    library.pixels = library.pixels.to(preset.device)
    model = Autoencoder(width=preset.autoencoder_width).to(preset.device, memory_format=torch.channels_last)
    loop = Loop(model, options, stage="autoencoder", learning_rate=2e-3)
    pictures = PictureBatches(library, options.seed)
    while loop.running():
        picture = pictures.take(preset.batch)
        with torch.autocast(preset.device, torch.bfloat16):
            latent = model.squash(picture)
            decoded = model.decode_squashed(latent + torch.randn_like(latent) * LATENT_NOISE)
        loss = picture_loss(decoded.float(), picture) + 1e-3 * latent.float().pow(2).mean()
        loop.step(loss, count=len(picture))
    model.load_state_dict(loop.average)
    set_normalisation(model, pictures)
    torch.save(model.state_dict(), options.work / "autoencoder.pt")


@torch.no_grad()
def set_normalisation(model: Autoencoder, pictures: "PictureBatches") -> None:
    latents = torch.cat([model.squash(pictures.take(64)) for _ in range(12)]).float()
    model.mean.copy_(latents.mean((0, 2, 3), keepdim=True))
    model.deviation.copy_(latents.std((0, 2, 3), keepdim=True))


def train_decoder(options, preset) -> None:
    """Only the decoder, so latents and all that was trained on them stay valid."""
    model = load_autoencoder(options, preset)
    model.encoder.requires_grad_(False)
    library = Library(options.sprites, options.preset)
    library.pixels = library.pixels.to(preset.device)
    loop = Loop(model, options, stage="decoder", learning_rate=1e-3)
    pictures = PictureBatches(library, options.seed + 1)
    while loop.running():
        picture = pictures.take(preset.batch)
        with torch.autocast(preset.device, torch.bfloat16):
            with torch.no_grad():
                latent = model.squash(picture)
            decoded = model.decode_squashed(latent + torch.randn_like(latent) * LATENT_NOISE)
        loop.step(picture_loss(decoded.float(), picture), count=len(picture))
    model.load_state_dict(loop.average)
    torch.save(model.state_dict(), options.work / "autoencoder-sharpened.pt")


class PictureBatches:
    """Random square pictures for the autoencoder."""

    def __init__(self, library: Library, seed: int):
        self.library, self.random = library, random.Random(seed)
        self.generator = torch.Generator().manual_seed(seed)

    def take(self, count: int):
        drawn = [self.library.draw(self.random) for _ in range(count)]
        pictures = self.library.render([s for s, _ in drawn], [i for _, i in drawn], GRIDS[0], self.generator)
        return pictures.contiguous(memory_format=torch.channels_last)


def train_pocket(options, preset) -> None:
    source = open_source(options, preset)
    model = Pocket(preset.shape).to(preset.device)
    loop = Loop(model, options, stage="pocket", learning_rate=preset.learning_rate)
    while loop.running():
        grid, latents, features, mask = source.batch(preset.batch)
        sigma, noise = flow.training_sigmas(len(latents), preset.device), torch.randn_like(latents)
        with torch.autocast(preset.device, torch.bfloat16):
            context = model.context(features, mask, grid)
            prior = context.prior = context.prior.float()
            context.prior = prior.detach()
            velocity = model.denoiser(flow.add_noise(latents, noise, sigma), sigma, context).float()
        flow_loss = (velocity - (noise - latents)).pow(2).mean()
        prior_loss = (prior - latents).pow(2).mean()
        loop.step(flow_loss + 0.5 * prior_loss, count=len(latents), flow=flow_loss, prior=prior_loss)
    torch.save(loop.average, options.work / "pocket.pt")


STEP_CHOICES = (4, 4, 4, 2, 8, 1)
"""How often each number of steps is practised."""


def distil(options, preset) -> None:
    """One student step = two or three guided teacher steps: guidance (Meng et al. 2023) and steps (Salimans and Ho
    2022) in one. The student needs no unconditional pass any more."""
    source = open_source(options, preset)
    teacher, student = (Pocket(preset.shape).to(preset.device) for _ in range(2))
    trained = torch.load(options.work / "pocket.pt", map_location=preset.device)
    teacher.load_state_dict(trained)
    student.load_state_dict(trained)
    student.adapter.requires_grad_(False)
    student.prior.requires_grad_(False)
    loop = Loop(student, options, stage="distil", learning_rate=preset.learning_rate / 6)
    while loop.running():
        grid, latents, features, mask = source.batch(preset.batch)
        steps = source.random.choice(STEP_CHOICES)
        schedule = flow.sigmas(steps)
        number = source.random.randrange(steps)
        start, end = schedule[number], schedule[number + 1]
        x = flow.add_noise(latents, torch.randn_like(latents), start.to(preset.device).expand(len(latents)))
        with torch.autocast(preset.device, torch.bfloat16):
            with torch.no_grad():
                contexts = guided_contexts(teacher, source, features, mask, grid)
                between = torch.linspace(float(start), float(end), 4 if steps == 1 else 3)
                target = (flow.sample(teacher, contexts, x, between, preset.guidance) - x) / (end - start)
            velocity = student.denoiser(x, start.to(preset.device).expand(len(x)), contexts[0]).float()
        loop.step((velocity - target).pow(2).mean(), count=len(x))
    torch.save(loop.average, options.work / "pocket-distilled.pt")


def guided_contexts(model: Pocket, source: Source, features, mask, grid):
    """(conditional, unconditional) contexts of a batch, priors in fp32."""
    empty_features, empty_mask = source.empty
    count = len(features)
    contexts = (
        model.context(features, mask, grid),
        model.context(empty_features.expand(count, -1, -1), empty_mask.expand(count, -1), grid),
    )
    for context in contexts:
        context.prior = context.prior.float()
    return contexts


def open_source(options, preset) -> Source:
    options.device, options.ring = preset.device, preset.ring
    return Source(options.sprites, load_autoencoder(options, preset), options)


def load_autoencoder(options, preset) -> Autoencoder:
    model = Autoencoder(width=preset.autoencoder_width)
    model.load_state_dict(torch.load(options.work / "autoencoder.pt", map_location="cpu"))
    return model.to(preset.device, memory_format=torch.channels_last)


RUN = {"autoencoder": train_autoencoder, "pocket": train_pocket, "distil": distil, "decoder": train_decoder}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", choices=PRESETS, default="cpu")
    parser.add_argument("--stage", choices=("all", *STAGES), default="all")
    parser.add_argument("--sprites", type=Path, default=Path("training/.cache/sprites-128"))
    parser.add_argument("--work", type=Path, default=Path("training/.cache/run"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--max-minutes", type=float, help="length of each stage, instead of the preset's")
    parser.add_argument("--pause-file", type=Path, help="training sleeps while this file exists")
    parser.add_argument("--device", help="instead of the preset's")
    parser.add_argument("--batch", type=int, help="instead of the preset's")
    parser.add_argument("--no-resume", action="store_true", help="start the stage afresh")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    changes = {name: value for name in ("device", "batch") if (value := getattr(options, name)) is not None}
    preset = replace(PRESETS[options.preset], **changes)
    for stage in STAGES if options.stage == "all" else (options.stage,):
        torch.manual_seed(options.seed)
        options.minutes = options.max_minutes or preset.minutes[stage]
        started = time.time()
        RUN[stage](options, preset)
        print(f"{stage}: done in {(time.time() - started) / 60:.1f} minutes", flush=True)


if __name__ == "__main__":
    main()
