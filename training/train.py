"""Trains Pocket, stage by stage; every stage is resumable and seeded.

    python training/train.py --preset gpu --stage all --sprites training/.cache/library-256 --work training/.cache/run

Stages: autoencoder; pocket (adapter, fusion, prior and denoiser together); distil (guidance, steps and 4-bit weights);
decoder (sharpening, encoder fixed). The sprites are made before: see README.
"""

import argparse
import random
import time
from dataclasses import replace
from pathlib import Path

import torch
from torch.utils.data import DataLoader

import flow
from autoencoder import Autoencoder, picture_loss
from canvas import Canvas
from fake_quantization import FakeQuantization
from loop import Loop
from pocket_net import Context, Pocket
from precision import mixed
from presets import PRESETS
from source import Batch, Source, Specs

STAGES = ("autoencoder", "pocket", "distil", "decoder")
LATENT_NOISE = 0.06
"""Deviation of the noise the decoder learns to forgive, in squashed latents."""

CROP_PX = 128
"""The autoencoder sees pieces: a whole picture is mostly plain ground."""


def new_autoencoder(preset) -> Autoencoder:
    model = Autoencoder(width=preset.encoder_width, decoder_width=preset.decoder_width)
    return model.to(preset.device, memory_format=torch.channels_last)


def train_autoencoder(options, preset) -> None:
    model = new_autoencoder(preset)
    loop = Loop(model, options, stage="autoencoder", learning_rate=2e-3)
    pictures = Pieces(options, preset)
    while loop.running():
        picture = pictures.take()
        with mixed(preset.device):
            latent = model.squash(picture)
            decoded = model.decode_squashed(latent + torch.randn_like(latent) * LATENT_NOISE)
        loss = picture_loss(decoded.float(), picture) + 1e-3 * latent.float().pow(2).mean()
        loop.step(loss, count=len(picture))
    model.load_state_dict(loop.average)
    set_normalisation(model, pictures)
    torch.save(model.state_dict(), options.work / "autoencoder.pt")


@torch.no_grad()
def set_normalisation(model: Autoencoder, pictures: "Pieces") -> None:
    latents = torch.cat([model.squash(pictures.take()).float() for _ in range(24)])
    model.mean.copy_(latents.mean((0, 2, 3), keepdim=True))
    model.deviation.copy_(latents.std((0, 2, 3), keepdim=True))


def train_decoder(options, preset) -> None:
    """Only the decoder, so latents and all that was trained on them stay valid."""
    model = load_autoencoder(options, preset)
    model.encoder.requires_grad_(False)
    loop = Loop(model, options, stage="decoder", learning_rate=1e-3)
    pictures = Pieces(options, preset, seed=1)
    while loop.running():
        picture = pictures.take()
        with mixed(preset.device):
            with torch.no_grad():
                latent = model.squash(picture)
            decoded = model.decode_squashed(latent + torch.randn_like(latent) * LATENT_NOISE)
        loop.step(picture_loss(decoded.float(), picture), count=len(picture))
    model.load_state_dict(loop.average)
    torch.save(model.state_dict(), options.work / "autoencoder-sharpened.pt")


class Pieces:
    """Random pieces of scenes, for the autoencoder."""

    def __init__(self, options, preset, seed: int = 0):
        self.canvas, self.device, self.side = open_canvas(options, preset), preset.device, 256 // preset.scale
        specs = Specs(self.canvas.keys, preset.scope, options.seed + 77 + seed, max(4, preset.batch // 2), {"text": 1.0})
        self.specs = iter(DataLoader(specs, batch_size=None, num_workers=preset.workers))

    def take(self):
        """[n, 3, 128, 128], or whole pictures where they are no larger."""
        picture = self.canvas.render(next(self.specs)["target"], (self.side, self.side))
        top, left = (random.randrange(0, max(1, self.side - CROP_PX + 1), 8) for _ in range(2))
        return picture[..., top : top + CROP_PX, left : left + CROP_PX].contiguous(memory_format=torch.channels_last)


def context_of(model: Pocket, batch: Batch) -> Context:
    context = model.context(batch.features, batch.mask, batch.reference, batch.references)
    context.prior = context.prior.float()
    return context


def train_pocket(options, preset) -> None:
    model = new_pocket(preset)
    if options.start_from:
        take_over(model, options.start_from)
    loop = Loop(model, options, stage="pocket", learning_rate=preset.learning_rate)
    source = open_source(options, preset, loop)
    while loop.running():
        task, batch = source.batch()
        latents = batch.latents
        shown = latents[: max(1, len(latents) // preset.shown_share)]
        sigma, noise = flow.training_sigmas(len(shown), preset.device), torch.randn_like(shown)
        with mixed(preset.device):
            context = context_of(model, batch)
            prior = context.prior
            context = first_rows(context, len(shown))
            velocity = model.denoiser(flow.add_noise(shown, noise, sigma), sigma, context).float()
        flow_loss = (velocity - (noise - shown)).pow(2).mean()
        prior_losses = (prior - latents).pow(2).mean((1, 2, 3))
        prior_loss = prior_losses.mean()
        parts = {"flow": flow_loss, "prior": prior_loss, "new": prior_losses[: batch.new].mean()}
        loop.step(flow_loss + 0.5 * prior_loss, count=len(latents), **{f"{task}_{name}": value for name, value in parts.items()})
    torch.save(loop.average, options.work / "pocket.pt")


def first_rows(context: Context, count: int) -> Context:
    """The first examples of a batch; the prior learns by its own loss alone."""
    return Context(
        context.memory[:count], context.mask[:count], context.prior[:count].detach(), context.reference[:count], context.positions
    )


def take_over(model: Pocket, path: Path) -> None:
    """Weights of an earlier Pocket; parts that it did not have start anew."""
    missing, unknown = model.load_state_dict(torch.load(path), strict=False)
    print(f"from {path.name}: new {missing}, gone {unknown}", flush=True)


STEP_CHOICES = (4, 4, 4, 2, 8, 1)
"""How often each number of steps is practised."""


def distil(options, preset) -> None:
    """One student step = two or three guided teacher steps: guidance (Meng et al. 2023) and steps (Salimans and Ho
    2022) in one. The student needs no unconditional pass any more. Matrices that ship in 4 bits are rounded; where they
    ship in 8, which costs nothing, only the denoiser learns. Without guidance there is nothing to distil, and the student
    learns from the data itself."""
    teacher, student = (new_pocket(preset) for _ in range(2))
    trained = torch.load(options.work / "pocket.pt", map_location=preset.device)
    teacher.load_state_dict(trained)
    student.load_state_dict(trained)
    student.adapter.requires_grad_(False)
    if preset.bits == 8:
        student.fusion.requires_grad_(False)
        student.prior.requires_grad_(False)
    fake = FakeQuantization(preset.bits, student.fusion, student.prior, student.denoiser)
    loop = Loop(student, options, stage="distil", learning_rate=preset.learning_rate / 3)
    source = open_source(options, preset, loop)
    choose = random.Random(options.seed)
    while loop.running():
        task, batch = source.batch()
        steps = choose.choice(STEP_CHOICES)
        schedule = flow.sigmas(steps)
        number = choose.randrange(steps)
        start, end = schedule[number], schedule[number + 1]
        sigma = start.to(preset.device).expand(len(batch.latents))
        noise = torch.randn_like(batch.latents)
        x = flow.add_noise(batch.latents, noise, sigma)
        guidance = preset.guidance if task == "text" else preset.edit_guidance
        with mixed(preset.device):
            with torch.no_grad():
                if guidance == 1:
                    target, prior_target = noise - batch.latents, batch.latents
                else:
                    contexts = guided_contexts(teacher, source, batch)
                    between = torch.linspace(float(start), float(end), 4 if steps == 1 else 3)
                    target = (flow.sample(teacher, contexts, x, between, guidance) - x) / (end - start)
                    prior_target = contexts[0].prior
            with fake.rounded_weights():
                context = context_of(student, batch)
                prior, context.prior = context.prior, context.prior.detach()
                velocity = student.denoiser(x, sigma, context).float()
                flow_loss = (velocity - target).pow(2).mean()
                prior_loss = (prior - prior_target).pow(2).mean()
                loss = flow_loss + 0.5 * prior_loss
                loop.backward(loss)
        loop.step(loss, count=len(x), **{f"{task}_flow": flow_loss, f"{task}_prior": prior_loss})
    torch.save(loop.average, options.work / "pocket-distilled.pt")


def guided_contexts(model: Pocket, source: Source, batch: Batch):
    """(conditional, without words) contexts of a batch: the references stay."""
    features, mask = source.empty
    count = len(batch.features)
    wordless = replace(batch, features=features.expand(count, -1, -1), mask=mask.expand(count, -1))
    return context_of(model, batch), context_of(model, wordless)


def new_pocket(preset) -> Pocket:
    return Pocket(preset.shape).to(preset.device, memory_format=torch.channels_last)


def open_canvas(options, preset) -> Canvas:
    if options.canvas is None:
        options.canvas = Canvas(options.sprites, preset.device)
    return options.canvas


def open_source(options, preset, loop: Loop) -> Source:
    """Of examples that no stage before, and no stretch of this one, has seen: what `<task>_new` reports is honest only so."""
    seed = options.seed + 7919 * loop.steps + STAGES.index(loop.stage)
    for name in ("device", "ring", "prefill", "new_share", "workers", "batch", "scale", "scope"):
        setattr(options, name, getattr(preset, name))
    return Source(open_canvas(options, preset), load_autoencoder(options, preset), options, seed)


def load_autoencoder(options, preset) -> Autoencoder:
    model = new_autoencoder(preset)
    model.load_state_dict(torch.load(options.work / "autoencoder.pt", map_location=preset.device))
    return model


RUN = {"autoencoder": train_autoencoder, "pocket": train_pocket, "distil": distil, "decoder": train_decoder}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", choices=PRESETS, default="cpu")
    parser.add_argument("--stage", choices=("all", *STAGES), default="all")
    parser.add_argument("--sprites", type=Path, default=Path("training/.cache/library-256"), help="without suffix")
    parser.add_argument("--work", type=Path, default=Path("training/.cache/run"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--max-minutes", type=float, help="length of each stage, instead of the preset's")
    parser.add_argument("--pause-file", type=Path, help="training sleeps while this file exists")
    parser.add_argument("--start-from", type=Path, help="weights of an earlier run, for the stage pocket")
    parser.add_argument("--device", help="instead of the preset's")
    parser.add_argument("--batch", type=int, help="instead of the preset's")
    parser.add_argument("--workers", type=int, help="instead of the preset's")
    parser.add_argument("--no-resume", action="store_true", help="start the stage afresh")
    options = parser.parse_args()
    options.canvas = None
    options.work.mkdir(parents=True, exist_ok=True)
    changes = {name: value for name in ("device", "batch", "workers") if (value := getattr(options, name)) is not None}
    preset = replace(PRESETS[options.preset], **changes)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = torch.backends.cudnn.benchmark = True
    for stage in STAGES if options.stage == "all" else (options.stage,):
        torch.manual_seed(options.seed)
        random.seed(options.seed)
        options.minutes = options.max_minutes or preset.minutes[stage]
        started = time.time()
        RUN[stage](options, preset)
        print(f"{stage}: done in {(time.time() - started) / 60:.1f} minutes", flush=True)


if __name__ == "__main__":
    main()
