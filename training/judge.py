"""Trains the judge: an image classifier that has seen real drawings only.

    python training/judge.py [--minutes 5] [--fresh]

It never sees a generated picture, nor the drawings it is tested on (judge_scenes.held_out_drawings, style_test_things),
nor what is held out of Pocket's training. It looks at the object alone, cut out by rule (ruler.crop), the same way for
real and for generated pictures. It goes on from the weights that are there, unless told to start afresh.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import judge_scenes
from judge_net import Judge
from precision import mixed
from presets import PRESETS
from real_drawings import SPRITES, RealDrawings

CHECKPOINT = Path(__file__).parent / "checkpoints" / "judge.npz"
LARGE = 8192


def save_judge(judge: Judge, about: dict, path: Path) -> None:
    """Weights with the class names beside them: large ones in 8 bits with a scale per output, the rest in fp16."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {}
    for name, value in judge.state_dict().items():
        array = value.detach().contiguous().numpy()
        if array.size < LARGE:
            arrays[name] = array.astype(np.float16) if value.is_floating_point() else array
            continue
        scales = np.abs(array).max(tuple(range(1, array.ndim)), keepdims=True).astype(np.float32) / 127
        arrays[f"{name}:codes"], arrays[f"{name}:scales"] = np.rint(array / scales).astype(np.int8), scales
    np.savez_compressed(path, about=json.dumps(about), **arrays)


def read_judge(path: Path) -> tuple[dict[str, torch.Tensor], dict]:
    """(weights, {concepts, styles, training})."""
    stored = np.load(path)
    weights = {name: stored[name].astype(np.float32) for name in stored.files if name != "about" and ":" not in name}
    for name in (file.removesuffix(":codes") for file in stored.files if file.endswith(":codes")):
        weights[name] = stored[f"{name}:codes"] * stored[f"{name}:scales"]
    return {name: torch.from_numpy(value) for name, value in weights.items()}, json.loads(str(stored["about"]))


def load_judge(path: Path = CHECKPOINT) -> tuple[Judge, dict]:
    """The judge in evaluation mode, and what stands beside its weights."""
    weights, about = read_judge(path)
    judge = Judge(len(about["concepts"]), len(about["styles"]))
    judge.load_state_dict(weights)
    return judge.eval().to(memory_format=torch.channels_last), about


def take_over(judge: Judge, names: dict, path: Path) -> dict:
    """Weights of an earlier judge, as far as they fit; returns what it had been trained on."""
    weights, about = read_judge(path)
    state = judge.state_dict()
    fits = {name for name, value in weights.items() if name in state and value.shape == state[name].shape}
    if about["concepts"] != names["concepts"]:
        fits = {name for name in fits if not name.startswith("concept.")}
    judge.load_state_dict({name: weights[name] for name in fits}, strict=False)
    return about["training"]


@torch.no_grad()
def classify(judge: Judge, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Crops [N, 64, 64, 3] in 0..1 -> (concept logits [N, concepts], style logits [N, styles])."""
    images = torch.from_numpy(crops).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
    concept, style = zip(*(judge(chunk) for chunk in images.split(64)), strict=True)
    return torch.cat(concept).numpy(), torch.cat(style).numpy()


def masked_loss(logits: torch.Tensor, classes: torch.Tensor, smoothing: float) -> torch.Tensor:
    """Cross entropy over those that have a class."""
    total = F.cross_entropy(logits, classes, label_smoothing=smoothing, ignore_index=judge_scenes.NONE, reduction="sum")
    return total / (classes != judge_scenes.NONE).sum().clamp(min=1)


class Budget:
    """Training time in CPU minutes, with a limit on the wall clock for busy machines."""

    def __init__(self, cpu_minutes: float, wall_minutes: float):
        self.cpu_s, self.wall_s = 60 * cpu_minutes, 60 * wall_minutes
        self.cpu_start, self.wall_start = time.process_time(), time.monotonic()

    def spent(self) -> dict:
        return {"cpu_s": round(time.process_time() - self.cpu_start), "wall_s": round(time.monotonic() - self.wall_start)}

    def done(self) -> float:
        """0 at the start, 1 when either is used up."""
        cpu, wall = time.process_time() - self.cpu_start, time.monotonic() - self.wall_start
        return min(1.0, max(cpu / self.cpu_s, wall / self.wall_s))


def train(options: argparse.Namespace) -> None:
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    rng, scope = np.random.default_rng(options.seed), PRESETS[options.preset].scope
    drawings = RealDrawings(options.sprites)
    shown = judge_scenes.load_training_drawings(drawings, scope)
    nouns = [thing["noun"] for thing in judge_scenes.judged_things(drawings, scope)]
    names = {"concepts": nouns, "styles": judge_scenes.known_styles(scope)}
    judge = Judge(len(nouns), len(names["styles"])).to(memory_format=torch.channels_last)
    start = options.start_from or options.checkpoint
    before = take_over(judge, names, start) if start.exists() and not options.fresh else None
    print(f"{len(shown.weight)} drawings, {len(nouns)} concepts", flush=True)
    training = {"drawings": len(shown.weight), **run(judge, shown, rng, options), "before": before}
    save_judge(judge, {**names, "training": training}, options.checkpoint)
    print(json.dumps(training))


def run(judge: Judge, shown, rng: np.random.Generator, options: argparse.Namespace) -> dict:
    trained = judge.strokes if options.only_style else judge
    optimizer = torch.optim.AdamW(trained.parameters(), lr=options.learning_rate, weight_decay=0.05)
    budget, step, sums = Budget(options.minutes, options.wall_minutes), 0, np.zeros(1 if options.only_style else 2)
    while (done := budget.done()) < 1:
        while options.pause_file and options.pause_file.exists():
            time.sleep(1)
        for group in optimizer.param_groups:
            group["lr"] = options.learning_rate * min(1, (step + 1) / 100) * (0.5 + 0.5 * np.cos(np.pi * done) + 0.002)
        images, concept, style = judge_scenes.training_batch(rng, shown, options.batch)
        images = images.contiguous(memory_format=torch.channels_last)
        with mixed("cpu"):
            concept_logits, style_logits = (None, judge.style(images)) if options.only_style else judge(images)
        losses = [masked_loss(style_logits, style, 0.05)]
        losses += [] if concept_logits is None else [masked_loss(concept_logits, concept, 0.1)]
        optimizer.zero_grad()
        sum(losses).backward()
        optimizer.step()
        step, sums = step + 1, sums + [loss.item() for loss in losses]
        if step % 50 == 0:
            print(f"step {step} {done:.0%} style and concept {(sums / 50).round(3)}", flush=True)
            sums *= 0
    return {"steps": step, "pictures": step * options.batch, **budget.spent()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sprites", type=Path, default=SPRITES, help="stem of the files of data/render.mjs")
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    parser.add_argument("--start-from", type=Path, help="weights of an earlier judge, instead of those at --checkpoint")
    parser.add_argument("--fresh", action="store_true", help="start with random weights")
    parser.add_argument("--only-style", action="store_true", help="leave what tells concepts as it is")
    parser.add_argument("--preset", choices=list(PRESETS), default="cpu")
    parser.add_argument("--minutes", type=float, default=5, help="of CPU time")
    parser.add_argument("--wall-minutes", type=float, default=60)
    parser.add_argument("--batch", type=int, default=96)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--pause-file", type=Path, help="training sleeps while this file exists")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
