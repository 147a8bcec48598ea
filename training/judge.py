"""Trains the judge: an image classifier that has seen real drawings only.

    python training/judge.py [--minutes 6]

It never sees a generated picture, nor the drawings it is tested on (judge_scenes.held_out_drawings). It looks at the
object alone, cut out by rule (ruler.object_crop), the same way for real and for generated pictures.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import judge_scenes
from concepts import PRESET_STYLES
from judge_net import INPUT_PX, Judge
from ruler import object_crop

SPRITES = Path(__file__).parent / ".cache" / "sprites-128"
CHECKPOINT = Path(__file__).parent / "checkpoints" / "judge.npz"


def save_judge(judge: Judge, about: dict, path: Path) -> None:
    """fp16 weights with the class names beside them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    weights = {
        name: value.detach().contiguous().numpy().astype(np.float16 if value.is_floating_point() else np.int64)
        for name, value in judge.state_dict().items()
    }
    np.savez_compressed(path, about=json.dumps(about), **weights)


def load_judge(path: Path = CHECKPOINT) -> tuple[Judge, dict]:
    """The judge in evaluation mode, and {concepts, styles, training}."""
    stored = np.load(path)
    about = json.loads(str(stored["about"]))
    judge = Judge(len(about["concepts"]), len(about["styles"]))
    judge.load_state_dict({name: torch.from_numpy(stored[name]) for name in judge.state_dict()})
    return judge.eval().to(memory_format=torch.channels_last), about


@torch.no_grad()
def classify(judge: Judge, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[N, H, W, 3] in 0..1 -> (classes ranked best first [N, concepts], style index [N])."""
    crops = np.stack([object_crop(picture, INPUT_PX) for picture in pictures])
    images = torch.from_numpy(crops).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
    outputs = [judge(chunk) for chunk in images.split(128)]
    concept, style = (torch.cat(parts) for parts in zip(*outputs))
    return concept.argsort(1, descending=True).numpy(), style.argmax(1).numpy()


def judge_loss(judge: Judge, images: torch.Tensor, concept: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
    concept_logits, style_logits = judge(images.contiguous(memory_format=torch.channels_last))
    concept_loss = F.cross_entropy(concept_logits, concept, label_smoothing=0.1)
    return concept_loss + 0.3 * F.cross_entropy(style_logits, style, ignore_index=judge_scenes.NO_STYLE)


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
    rng = np.random.default_rng(options.seed)
    drawings = judge_scenes.load_training_drawings(options.sprites, options.preset)
    names = {"concepts": judge_scenes.judged_concepts(options.preset), "styles": list(PRESET_STYLES[options.preset])}
    judge = Judge(len(names["concepts"]), len(names["styles"])).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(judge.parameters(), lr=options.learning_rate, weight_decay=0.05)
    print(f"{len(drawings.keys)} drawings of {len(names['concepts'])} concepts", flush=True)
    budget, step, running = Budget(options.minutes, options.wall_minutes), 0, 0.0
    while (done := budget.done()) < 1:
        while options.pause_file and options.pause_file.exists():
            time.sleep(1)
        for group in optimizer.param_groups:
            group["lr"] = options.learning_rate * min(1, (step + 1) / 100) * (0.5 + 0.5 * np.cos(np.pi * done) + 0.002)
        images, concept, style = judge_scenes.training_batch(rng, drawings, options.batch)
        with torch.autocast("cpu", torch.bfloat16):
            loss = judge_loss(judge, images, concept, style)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step, running = step + 1, running + loss.item()
        if step % 100 == 0:
            print(f"step {step} {done:.0%} loss {running / 100:.3f}", flush=True)
            running = 0.0
    training = {"steps": step, "pictures": step * options.batch, "drawings": len(drawings.keys), **budget.spent()}
    save_judge(judge, {**names, "training": training}, options.checkpoint)
    print(json.dumps(training))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sprites", type=Path, default=SPRITES, help="stem of the files of data/render.mjs")
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    parser.add_argument("--preset", choices=list(PRESET_STYLES), default="cpu")
    parser.add_argument("--minutes", type=float, default=6, help="of CPU time")
    parser.add_argument("--wall-minutes", type=float, default=60)
    parser.add_argument("--batch", type=int, default=96)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--pause-file", type=Path, help="training sleeps while this file exists")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
