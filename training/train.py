"""Trains Pocket, stage by stage; every stage is resumable and seeded.

    python training/train.py --preset gpu --stage all --sprites training/.cache/library-256 --work training/.cache/run

Stages: autoencoder; pocket (adapter, fusion, prior and denoiser together); distil (guidance, steps and 4-bit weights);
decoder (sharpening, encoder fixed; after Pocket, on what Pocket draws). The sprites are made before: see README.
"""

import argparse
import random
import time
from dataclasses import replace
from pathlib import Path

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

import flow
from autoencoder import Autoencoder, picture_loss
from canvas import Canvas
from checkpoint import newest
from critic import Critic
from fake_quantization import FakeQuantization
from loop import Loop
from naming import Naming
from plan import Told
from plan_losses import errors_of_plan
from pocket_net import Context, Pocket
from precision import mixed
from presets import PRESETS
from source import Batch, Source, Specs
from text_encoder import TextFeatures

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
    """Only the decoder, so latents and all that was trained on them stay valid. Half of what it learns on is drawn by
    Pocket, whose latents are less certain than those of pictures."""
    model = load_autoencoder(options, preset)
    model.encoder.requires_grad_(False)
    pocket = new_pocket(preset)
    pocket.load_state_dict(torch.load(newest(options.work, "pocket-distilled.pt", "pocket.pt"), map_location=preset.device))
    loop, critic = Loop(model, options, stage="decoder", learning_rate=8e-4), Critic(preset.device)
    pictures, text = Pieces(options, preset, seed=1 + loop.batches), TextFeatures(preset.device)
    last_weights = next(layer.weight for layer in reversed(model.decoder) if isinstance(layer, torch.nn.Conv2d))
    while loop.running():
        picture, spec = pictures.whole()
        with mixed(preset.device):
            latent = mixed_latents(model, pocket, picture, text.of_ids(spec["ids"], spec["mask"]))
            latent, picture = pictures.piece(latent, picture)
            decoded = model.decode_squashed(latent + torch.randn_like(latent) * LATENT_NOISE)
        decoded = decoded.float()
        exact_loss = picture_loss(decoded, picture)
        loop.backward(exact_loss + critic.objection(decoded, exact_loss, last_weights))
        loop.step(exact_loss, count=len(picture), critic=critic.learn(decoded, picture))
    model.load_state_dict(loop.average)
    torch.save(model.state_dict(), options.work / "autoencoder-sharpened.pt")


@torch.no_grad()
def mixed_latents(autoencoder: Autoencoder, pocket: Pocket, picture, words):
    """Squashed latents of pictures [n, 3, H, W]; the second half is noised, and drawn anew from there on."""
    latents = autoencoder.encode(picture)
    half = len(latents) // 2
    features, mask = (part[half:] for part in words)
    context = pocket.context(features, mask, latents.shape[2:])
    levels = flow.sigmas(TEACHER_STEPS)[random.randrange(1, TEACHER_STEPS) :]
    drawn = latents[half:]
    drawn = flow.add_noise(drawn, torch.randn_like(drawn), levels[0].to(drawn.device).expand(len(drawn)))
    latents[half:] = flow.sample(pocket, (context, context), drawn, levels)
    return latents * autoencoder.deviation + autoencoder.mean


class Pieces:
    """Scenes, and random pieces of them, for the autoencoder."""

    def __init__(self, options, preset, seed: int = 0):
        self.canvas, self.device, self.side = open_canvas(options, preset), preset.device, 256 // preset.scale
        specs = Specs(self.canvas.keys, preset.scope, options.seed + 77 + seed, max(4, preset.batch // 2), {"text": 1.0})
        self.specs = iter(DataLoader(specs, batch_size=None, num_workers=preset.workers))

    def whole(self):
        """(square pictures [n, 3, H, W], what they show)."""
        spec = next(self.specs)
        picture = self.canvas.render(spec["target"], (self.side, self.side))
        return picture.contiguous(memory_format=torch.channels_last), spec

    def take(self):
        """[n, 3, 128, 128], or whole pictures where they are no larger."""
        picture, _ = self.whole()
        return self.piece(picture[..., ::8, ::8], picture)[1]

    def piece(self, latent, picture):
        """The same random piece of latents and pictures."""
        cells = CROP_PX // 8
        top, left = (random.randrange(0, max(1, side - cells + 1)) for side in latent.shape[2:])
        return (
            latent[..., top : top + cells, left : left + cells],
            picture[..., 8 * top : 8 * top + CROP_PX, 8 * left : 8 * left + CROP_PX].contiguous(memory_format=torch.channels_last),
        )


TOLD_SHARE = 0.5
"""Of the examples whose true plan stands in for the one that the prior foresees, which is poor at first."""


def context_of(model: Pocket, batch: Batch, told: Told | None = None) -> Context:
    context = model.context(batch.features, batch.mask, batch.latents.shape[2:], batch.references, batch.placed, told)
    context.prior = context.prior.float()
    return context


def train_pocket(options, preset) -> None:
    model = new_pocket(preset)
    if options.start_from:
        take_over(model, options.start_from)
    loop = Loop(model, options, stage="pocket", learning_rate=preset.learning_rate, gather=preset.gather, muon=True)
    source = open_source(options, preset, loop)
    naming = Naming(model, source.canvas.keys, preset.device)
    while loop.running():
        task, batch = source.batch()
        latents = batch.latents
        shown = latents[: max(1, len(latents) // preset.shown_share)]
        sigma, noise = flow.training_sigmas(len(shown), preset.device), torch.randn_like(shown)
        with mixed(preset.device):
            is_told = torch.rand(len(latents), device=preset.device) < TOLD_SHARE
            context = context_of(model, batch, Told(batch.layout, batch.origins, batch.styles, is_told))
            prior = context.prior
            velocity = model.denoiser(flow.add_noise(shown, noise, sigma), sigma, first_rows(context, len(shown))).float()
            names_loss, names = naming.loss(batch, context, len(shown))
        flow_loss = (velocity - (noise - shown)).pow(2).mean()
        prior_losses = (prior - latents).pow(2).mean((1, 2, 3))
        prior_loss = prior_losses.mean()
        plan_loss, plan_parts = errors_of_plan(context.foreseen, batch)
        parts = {
            "flow": flow_loss, "prior": prior_loss, "new": prior_losses[: batch.new].mean(), **plan_parts,
            **names, "hits": naming.hits(batch),
        }  # fmt: skip
        loss = flow_loss + 0.5 * prior_loss + plan_loss + names_loss
        loop.backward(loss)
        naming.step()
        loop.step(loss, count=len(latents), **{f"{task}_{name}": value for name, value in parts.items()})
    torch.save(loop.average, options.work / "pocket.pt")


ROWS = ("memory", "mask", "prior", "reference", "frames", "style")
"""What a context holds of each example."""


def first_rows(context: Context, count: int) -> Context:
    """The first examples of a batch; the prior learns by its own loss alone, but for the style that it decides on."""
    rows = {name: getattr(context, name)[:count] for name in ROWS}
    return replace(context, **{**rows, "prior": rows["prior"].detach()})


def take_over(model: Pocket, path: Path) -> None:
    """Weights of an earlier Pocket; parts that it did not have start anew."""
    missing, unknown = model.load_state_dict(torch.load(path), strict=False)
    print(f"from {path.name}: new {missing}, gone {unknown}", flush=True)


STEP_CHOICES = (4, 4, 4, 2, 8, 1)
"""How often each number of steps is practised."""

TEACHER_STEPS = 4
"""Of the whole way from noise to a picture, at least."""


def distil(options, preset) -> None:
    """One student step = the guided teacher's steps over the same noise levels: guidance (Meng et al. 2023) and, where there
    are fewer than four, steps (Salimans and Ho 2022) in one. The student needs no unconditional pass any more. Matrices that
    ship in 4 bits are rounded; where they ship in 8, which costs nothing, only the denoiser learns. Without guidance there is
    nothing to distil, and the student learns from the data itself."""
    # Many small steps: with few large ones the student hardly moved.
    preset = replace(preset, batch=preset.batch // 2)
    teacher, student = (new_pocket(preset) for _ in range(2))
    trained = torch.load(options.work / "pocket.pt", map_location=preset.device)
    teacher.load_state_dict(trained)
    student.load_state_dict(trained)
    denoiser_alone = preset.bits == 8
    frozen = (student.fusion, student.prior) if denoiser_alone else (student.prior.framing, student.prior.style_reader)
    for part in (student.adapter, *frozen):
        part.requires_grad_(False)
    if options.distilled_before:
        add_change(student, options.distilled_before)
    fake = FakeQuantization(preset.bits, student.fusion, student.prior, student.denoiser)
    loop = Loop(student, options, stage="distil", learning_rate=0.6 * preset.learning_rate, muon=True)
    source = open_source(options, preset, loop)
    choose = random.Random(options.seed + loop.batches)
    while loop.running():
        task, batch = source.batch()
        x, sigma, between, noise = practised(choose, batch.latents)
        guidance = preset.guidance if task == "text" else preset.edit_guidance
        with mixed(preset.device):
            with torch.no_grad():
                contexts = guided_contexts(teacher, source, batch)
                if guidance == 1:
                    target, prior_target = noise - batch.latents, batch.latents
                else:
                    target = (flow.sample(teacher, contexts, x, between, guidance) - x) / (between[-1] - between[0])
                    prior_target = contexts[0].prior
            with fake.rounded_weights():
                context = contexts[0] if denoiser_alone else context_of(student, batch)
                prior, context = context.prior, replace(context, prior=context.prior.detach())
                velocity = student.denoiser(x, sigma, context).float()
                flow_loss = (velocity - target).pow(2).mean()
                prior_loss = (prior - prior_target).pow(2).mean()
                loss = flow_loss + 0.5 * prior_loss
                loop.backward(loss)
        loop.step(loss, count=len(x), **{f"{task}_flow": flow_loss, f"{task}_prior": prior_loss})
    torch.save(loop.average, options.work / "pocket-distilled.pt")


def add_change(student: Pocket, folder: Path) -> None:
    """What the distillation of an earlier teacher changed goes onto a teacher that learned on from that one: most of it is
    the same (task arithmetic, Ilharco et al. 2023). Where shapes differ, or nothing is learned now, nothing is added."""
    if not (folder / "pocket-distilled.pt").exists():
        print(f"{folder} has no distilled weights: the student starts as its teacher", flush=True)
        return
    before, after = (torch.load(folder / name, map_location="cpu") for name in ("pocket.pt", "pocket-distilled.pt"))
    for name, value in student.named_parameters():
        if value.requires_grad and name in before and before[name].shape == value.shape:
            value.data.add_((after[name] - before[name]).to(value))


def practised(choose: random.Random, latents):
    """A step of some schedule: (noised latents, their sigma [n], the teacher's noise levels over it, the noise)."""
    steps = choose.choice(STEP_CHOICES)
    schedule, number = flow.sigmas(steps), choose.randrange(steps)
    between = torch.linspace(float(schedule[number]), float(schedule[number + 1]), max(1, TEACHER_STEPS // steps) + 1)
    sigma, noise = between[0].to(latents.device).expand(len(latents)), torch.randn_like(latents)
    return flow.add_noise(latents, noise, sigma), sigma, between, noise


def guided_contexts(model: Pocket, source: Source, batch: Batch):
    """(conditional, without words) contexts of a batch: references and places stay, so guidance is about what is drawn."""
    conditional, (features, mask) = context_of(model, batch), source.empty
    count = len(batch.features)
    wordless = replace(batch, features=features.expand(count, -1, -1), mask=mask.expand(count, -1))
    return conditional, context_of(model, wordless, Told.same_places(conditional.foreseen))


def new_pocket(preset) -> Pocket:
    return Pocket(preset.shape).to(preset.device, memory_format=torch.channels_last)


def open_canvas(options, preset) -> Canvas:
    if options.canvas is None:
        options.canvas = Canvas(options.sprites, preset.device)
    return options.canvas


def open_source(options, preset, loop: Loop) -> Source:
    """Of examples that no stage before, and no stretch of this one, has seen: what `<task>_new` reports is honest only so."""
    seed = options.seed + 7919 * loop.batches + STAGES.index(loop.stage)
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
    parser.add_argument("--distilled-before", type=Path, help="folder of a run whose distillation this one starts with")
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
