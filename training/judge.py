"""Trains and measures the judge: an image classifier that has seen real drawings only.

    python training/judge.py train --sprites training/.cache/sprites-128 [--minutes 12]
    python training/judge.py evaluate --sprites training/.cache/sprites-128

It never sees a generated picture, nor the drawings it is tested on (see judge_scenes.held_out_drawings).
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import judge_scenes as scenes
from judge_net import Judge

CHECKPOINT = Path(__file__).parent / "checkpoints" / "judge.npz"
VIEWS_PER_DRAWING = 12


def save_judge(judge: Judge, accuracy: dict, preset: str, path: Path = CHECKPOINT) -> None:
    """fp16 weights with the class names and the judge's own accuracy beside them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    weights = {n: v.detach().numpy().astype(np.float16 if v.is_floating_point() else np.int64)
               for n, v in judge.state_dict().items()}  # fmt: skip
    about = {"preset": preset, "concepts": scenes.judged_concepts(preset), "styles": scenes.STYLE_NAMES, "accuracy": accuracy}
    np.savez_compressed(path, about=json.dumps(about), **weights)


def load_judge(path: Path = CHECKPOINT) -> tuple[Judge, dict]:
    """The judge in evaluation mode, and {concepts, styles, accuracy}."""
    stored = np.load(path)
    about = json.loads(str(stored["about"]))
    judge = Judge(len(about["concepts"]), len(about["styles"]))
    state = {n: torch.from_numpy(stored[n].astype(np.float32) if stored[n].dtype == np.float16 else stored[n])
             for n in judge.state_dict()}  # fmt: skip
    judge.load_state_dict(state)
    return judge.eval().to(memory_format=torch.channels_last), about


def is_held_out(drawings: scenes.Drawings) -> np.ndarray:
    held = scenes.held_out_drawings()
    return np.array([key in held for key in drawings.keys])


def judge_loss(judge: Judge, images: torch.Tensor, concept: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
    concept_logits, style_logits = judge(images)
    return F.cross_entropy(concept_logits, concept, label_smoothing=0.1) + 0.3 * F.cross_entropy(
        style_logits, style, ignore_index=scenes.NO_STYLE
    )


def train(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    everything = scenes.load_drawings(args.sprites, args.preset)
    drawings = everything.subset(~is_held_out(everything))
    judge = Judge(len(scenes.judged_concepts(args.preset)), len(scenes.STYLE_NAMES)).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(judge.parameters(), lr=args.learning_rate, weight_decay=0.05)
    start, budget_s, step, running, paused_s = time.monotonic(), args.minutes * 60, 0, 0.0, 0.0
    print(f"{len(drawings.keys)} drawings to learn, {int(is_held_out(everything).sum())} held out", flush=True)
    while (elapsed := time.monotonic() - start - paused_s) < budget_s:
        pause_start = time.monotonic()
        while args.pause_file and args.pause_file.exists():
            time.sleep(1)
        paused_s += time.monotonic() - pause_start
        done = elapsed / budget_s
        for group in optimizer.param_groups:
            group["lr"] = args.learning_rate * min(1, (step + 1) / 200) * 0.5 * (1 + np.cos(np.pi * done))
        rows = rng.integers(len(drawings.keys), size=args.batch)
        images = scenes.compose_batch(rng, drawings, rows, augment=True)
        concept, style = (torch.from_numpy(a[rows]) for a in (drawings.concept, drawings.style))
        with torch.autocast("cpu", torch.bfloat16):
            loss = judge_loss(judge, images.contiguous(memory_format=torch.channels_last), concept, style)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        running += loss.item()
        if step % 100 == 0:
            print(f"step {step} {elapsed:.0f} s loss {running / 100:.3f}", flush=True)
            running = 0.0
    accuracy = own_accuracy(judge.eval(), everything, args.preset)
    accuracy["training"] = {"steps": step, "pictures": step * args.batch, "wall_s": round(time.monotonic() - start)}
    save_judge(judge.to(memory_format=torch.contiguous_format), accuracy, args.preset, args.checkpoint)
    print(json.dumps(accuracy, indent=2))


@torch.no_grad()
def classify(judge: Judge, images: torch.Tensor, batch: int = 128) -> tuple[np.ndarray, np.ndarray]:
    """[N, 3, 64, 64] -> (concepts ranked best first [N, concepts], style index [N])."""
    ranked, styles = [], []
    for chunk in images.split(batch):
        concept, style = judge(chunk.contiguous(memory_format=torch.channels_last))
        ranked.append(concept.argsort(1, descending=True).numpy())
        styles.append(style.argmax(1).numpy())
    return np.concatenate(ranked), np.concatenate(styles)


def accuracy_of(judge: Judge, drawings: scenes.Drawings, seed: int) -> dict:
    rng = np.random.default_rng(seed)
    rows = np.repeat(np.arange(len(drawings.keys)), VIEWS_PER_DRAWING)
    images = scenes.compose_batch(rng, drawings, rows, augment=False)
    ranked, style = classify(judge, images)
    concept, known_style = drawings.concept[rows], drawings.style[rows] != scenes.NO_STYLE
    result = {
        "drawings": len(drawings.keys),
        "scenes": len(rows),
        "concept_top1": float((ranked[:, 0] == concept).mean()),
        "concept_top5": float((ranked[:, :5] == concept[:, None]).any(1).mean()),
    }
    if known_style.any():
        result["style"] = float((style == drawings.style[rows])[known_style].mean())
    return {k: round(v, 4) for k, v in result.items()}


def own_accuracy(judge: Judge, drawings: scenes.Drawings, preset: str) -> dict:
    """On held-out real drawings: all of them, those in the generator's styles, those of concepts it never saw."""
    held = is_held_out(drawings)
    unseen = drawings.concept >= len(scenes.trained_concepts(preset))
    groups = {
        "held_out": held & ~unseen,
        "held_out_generator_styles": held & ~unseen & (drawings.style != scenes.NO_STYLE),
        "held_out_unseen_concepts": held & unseen,
        "learned": ~held,
    }
    return {name: accuracy_of(judge, drawings.subset(chosen), seed=5) for name, chosen in groups.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=["train", "evaluate"])
    parser.add_argument("--sprites", type=Path, required=True, help="stem of the .rgba and .json of data/render.mjs")
    parser.add_argument("--preset", default="cpu", choices=["cpu", "gpu"], help="whose concepts it judges")
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    parser.add_argument("--minutes", type=float, default=12)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--pause-file", type=Path, help="training sleeps while this file exists")
    args = parser.parse_args()
    if args.command == "train":
        train(args)
    else:
        judge, _ = load_judge(args.checkpoint)
        print(json.dumps(own_accuracy(judge, scenes.load_drawings(args.sprites, args.preset), args.preset), indent=2))


if __name__ == "__main__":
    main()
