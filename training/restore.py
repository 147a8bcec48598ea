"""Trains, measures and exports the net of the first doubling; restore_data.py makes its pairs before.

    python training/restore.py train --pairs training/.cache/restore [--minutes 40]
    python training/restore.py evaluate --pairs training/.cache/restore --out training/results/restore.json
    python training/restore.py export --out restore.onnx
    python training/restore.py sheet --out sheet.png

What it gives is enlarged further by the super-resolution net, so that net stands frozen behind it in training: the loss
is taken at 2x and at 4x.
"""

import argparse
import copy
import json
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import super_resolution
from restore_data import HIGH_PX, MIDDLE_PX, NATIVE_PX, Pairs
from restore_net import CELL_PX, SCALE, RestoreNet

CHECKPOINT = Path(__file__).parent / "checkpoints" / "restore.npz"
SECOND_PX = 64
"""Side of the part that the second doubling is trained on: all of it would take longer than the net itself."""
SECOND_SHARE = 2
"""One picture in this many goes through the second doubling."""
EDGE_WEIGHT, GRADIENT_WEIGHT, SHARPNESS_WEIGHT = 4.0, 0.3, 0.6
LEAST_FIT_DB = 5
"""Pairs below this show another thing than their target, or none: nothing can be learned from them but doubt."""
AVERAGE_DECAY = 0.998
SAVE_EVERY_S = 120


def save_checkpoint(net: RestoreNet, path: Path = CHECKPOINT) -> None:
    """fp16 weights and the two sizes the net is built from."""
    path.parent.mkdir(parents=True, exist_ok=True)
    weights = {name: value.detach().numpy().astype(np.float16) for name, value in net.state_dict().items()}
    np.savez_compressed(path, width=net.width, block_count=len(net.blocks), **weights)


def load_checkpoint(path: Path = CHECKPOINT) -> RestoreNet:
    stored = np.load(path)
    net = RestoreNet(int(stored["width"]), int(stored["block_count"]))
    net.load_state_dict({n: torch.from_numpy(stored[n].astype(np.float32)) for n in net.state_dict()})
    return net.eval()


def steps_across(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Differences between neighbours [n, 3, H-1, W-1], across and down."""
    return x[..., :-1, 1:] - x[..., :-1, :-1], x[..., 1:, :-1] - x[..., :-1, :-1]


def local_sharpness(across: torch.Tensor, down: torch.Tensor) -> torch.Tensor:
    """Root mean square gradient in windows of 8 px: an edge keeps it when it moves a little, and loses it by blur."""
    return (F.avg_pool2d(across.square() + down.square(), 8, 4) + 1e-5).sqrt()


def picture_loss(picture: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Pixels, most of all near edges, gradients, and how sharp each place is. The last one keeps the net from answering
    doubt with blur."""
    (across, down), (target_across, target_down) = steps_across(picture), steps_across(target)
    edges = F.max_pool2d((target_across.abs() + target_down.abs()).amax(1, keepdim=True), 7, 1, 3).clamp(0, 1)
    pixels = ((picture - target).square() + 1e-6).sqrt()[..., :-1, :-1] * (1 + EDGE_WEIGHT * edges)
    gradients = super_resolution.charbonnier(across - target_across) + super_resolution.charbonnier(down - target_down)
    sharpness = (local_sharpness(across, down) - local_sharpness(target_across, target_down)).abs().mean()
    return pixels.mean() + GRADIENT_WEIGHT * gradients + SHARPNESS_WEIGHT * sharpness


def fit_db(pairs: Pairs, row: int) -> float:
    """Contrast of the target over what the input lacks of it."""
    native, target = (pairs.pixels[side][row].astype(np.float32) for side in (NATIVE_PX, MIDDLE_PX))
    target = target.reshape(3, NATIVE_PX, SCALE, NATIVE_PX, SCALE).mean((2, 4))
    contrast = target - np.median(target, (1, 2), keepdims=True)
    return float(10 * np.log10((contrast**2).mean() / max(((native - target) ** 2).mean(), 1e-6) + 1e-6))


class Batches:
    """Whole pictures: the decoder's mistakes at the border of a picture are learned as such."""

    def __init__(self, pairs: Pairs, doubler, seed: int):
        self.pairs, self.doubler, self.rng = pairs, doubler, np.random.default_rng(seed)
        self.rows = [row for row in range(len(pairs.kinds)) if fit_db(pairs, row) >= LEAST_FIT_DB]
        print(f"{len(self.rows)} of {len(pairs.kinds)} pairs fit")

    def take(self, count: int):
        """(natives, middles, [(index, y, x, high part)]): some have a part of their second doubling."""
        rows = self.rng.choice(self.rows, count)
        flips = self.rng.random(count) < 0.5
        natives, middles, parts = [], [], []
        for index, (row, flip) in enumerate(zip(rows, flips)):
            native, middle, high = self.pairs.crop(row, 0, 0, NATIVE_PX)
            if flip:  # other turns would turn the decoder's own pattern
                native, middle, high = (p if p is None else p.flip(-1) for p in (native, middle, high))
            natives.append(native)
            middles.append(middle)
            if index % SECOND_SHARE == 0:
                y, x = self.liveliest(middle)
                parts.append((index, y, x, self.second_target(middle, high, y, x)))
        return torch.stack(natives), torch.stack(middles), parts

    def liveliest(self, middle: torch.Tensor) -> tuple[int, int]:
        corners = [tuple(self.rng.integers(0, MIDDLE_PX - SECOND_PX + 1, 2)) for _ in range(3)]
        return max(corners, key=lambda c: float(middle[:, c[0] : c[0] + SECOND_PX : 4, c[1] : c[1] + SECOND_PX : 4].std()))

    @torch.no_grad()
    def second_target(self, middle, high, y: int, x: int) -> torch.Tensor:
        """The true picture, or what super-resolution makes of the true middle one where none is that large."""
        if high is not None:
            return high[:, 2 * y : 2 * (y + SECOND_PX), 2 * x : 2 * (x + SECOND_PX)]
        return self.doubler(middle[None, :, y : y + SECOND_PX, x : x + SECOND_PX])[0]


def two_doublings_loss(net: RestoreNet, doubler, natives, middles, parts) -> torch.Tensor:
    restored = net.enlarge(natives)
    loss = picture_loss(restored, middles)
    cut = torch.stack([restored[i, :, y : y + SECOND_PX, x : x + SECOND_PX] for i, y, x, _ in parts])
    target = torch.stack([part for *_, part in parts])
    return loss + 0.5 * picture_loss(doubler.enlarge(cut.clamp(0, 1)), target)


def train(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    doubler = super_resolution.load_checkpoint().requires_grad_(False)
    batches = [Batches(Pairs(folder, "train"), doubler, args.seed) for folder in args.pairs]
    shares = np.array([len(source.rows) for source in batches]) / sum(len(source.rows) for source in batches)
    tests, turn = [Pairs(folder, "test") for folder in args.pairs], np.random.default_rng(args.seed)
    net = load_checkpoint(args.resume) if args.resume else RestoreNet(args.width, args.blocks)
    net.train().to(memory_format=torch.channels_last)
    average = copy.deepcopy(net).eval()
    parameters = sum(p.numel() for p in net.parameters())
    print(f"{parameters} parameters, {net.macs_per_pixel} MAC per input pixel, receptive field {net.receptive_field_px} px")
    optimizer = torch.optim.Adam(net.parameters(), lr=args.learning_rate, betas=(0.9, 0.99))
    start, budget_s, step, running, saved_s, best = time.monotonic(), args.minutes * 60, 0, 0.0, 0.0, float("inf")
    while (elapsed := time.monotonic() - start) < budget_s:
        done = elapsed / budget_s
        for group in optimizer.param_groups:  # warm up, then fall to a hundredth
            group["lr"] = args.learning_rate * min(1, (step + 1) / 100) * (0.01 + 0.99 * (1 - done) ** 1.2)
        natives, middles, parts = batches[turn.choice(len(batches), p=shares)].take(args.batch)
        with torch.autocast("cpu", torch.bfloat16, enabled=args.bf16):
            loss = two_doublings_loss(net, doubler, natives.contiguous(memory_format=torch.channels_last), middles, parts)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 0.5)
        optimizer.step()
        decay = min(AVERAGE_DECAY, step / (step + 20))
        for mean, value in zip(average.parameters(), net.parameters()):
            mean.data.lerp_(value.data, 1 - decay)
        step += 1
        running += loss.item()
        if step % 50 == 0:
            print(f"step {step} {elapsed:.0f} s loss {running / 50:.5f}", flush=True)
            running = 0.0
        if elapsed - saved_s > SAVE_EVERY_S:
            saved_s, best = elapsed, save_if_best(average, tests, args.checkpoint, best)
    save_if_best(average, tests, args.checkpoint, best)
    print(json.dumps({"steps": step, "pictures": step * args.batch, "wall_s": round(time.monotonic() - start)}))


@torch.no_grad()
def save_if_best(net: RestoreNet, tests: list[Pairs], path: Path, best: float) -> float:
    """Keeps the weights with the least loss at 2x on held-out pictures."""
    losses = []
    for test, row in ((test, row) for test in tests for row in range(0, len(test.kinds), 3)):
        native, middle, _ = test.crop(row, 0, 0, NATIVE_PX)
        losses.append(picture_loss(net(native[None]), middle[None]).item())
    loss = float(np.mean(losses))
    print(f"held out: loss {loss:.5f}, best before {best:.5f}", flush=True)
    if loss < best:
        save_checkpoint(copy.deepcopy(net).to(memory_format=torch.contiguous_format), path)
    return min(loss, best)


EDGE_STEP = 0.06
"""Gradient of a target, in 0..1 per px, from which a pixel is an edge."""


def edge_sharpness(picture: torch.Tensor, target: torch.Tensor) -> float:
    """Mean gradient along the target's gradient at its edges, over the target's own: 1 is as sharp, in its place."""
    (across, down), (target_across, target_down) = steps_across(picture), steps_across(target)
    length = (target_across.square() + target_down.square()).sum(1, keepdim=True).sqrt()
    edge = length > EDGE_STEP
    along = (across * target_across + down * target_down).sum(1, keepdim=True) / length.clamp_min(1e-6)
    return float(along[edge].sum() / length[edge].sum()) if edge.any() else float("nan")


def local_sharpness_ratio(picture: torch.Tensor, target: torch.Tensor) -> float:
    """Root mean square gradient of 8 px windows with an edge, over the target's: edges may be a little off."""
    ours, theirs = (local_sharpness(*steps_across(x)).mean(1) for x in (picture, target))
    edge = theirs > EDGE_STEP / 2
    return float(ours[edge].sum() / theirs[edge].sum()) if edge.any() else float("nan")


def flatness(picture: torch.Tensor, target: torch.Tensor) -> float:
    """Mean step between neighbours, in 8-bit levels, where the target has none: 0 is clean."""
    (across, down), (target_across, target_down) = steps_across(picture), steps_across(target)
    still = F.max_pool2d((target_across.abs() + target_down.abs()).amax(1, keepdim=True), 9, 1, 4) < 1 / 255
    noise = (across.abs() + down.abs()).mean(1, keepdim=True) * 127.5
    return float(noise[still].mean()) if still.any() else float("nan")


MEASURES = {
    "psnr_db": super_resolution.psnr_db,
    "edge_sharpness": edge_sharpness,
    "local_sharpness": local_sharpness_ratio,
    "unevenness": flatness,
}


@torch.no_grad()
def evaluate(net: RestoreNet, folders: list[Path], every: int) -> dict:
    """Means over held-out drawings, one pair in `every`, by kind of input: super-resolution alone, and with the net before it."""
    doubler, tests = super_resolution.load_checkpoint(), [Pairs(folder, "test") for folder in folders]
    sums: dict = {}
    for test, row, kind in ((test, row, kind) for test in tests for row, kind in list(enumerate(test.kinds))[::every]):
        native, middle, high = test.crop(row, 0, 0, NATIVE_PX)
        for way, first in (("super_resolution", doubler), ("restore", net)):
            doubled = first(native[None])
            pictures = {MIDDLE_PX: (doubled, middle)}
            if high is not None:
                pictures[HIGH_PX] = (doubler(doubled), high)
            for side, (picture, target) in pictures.items():
                cell = sums.setdefault(f"{kind} {side}", {}).setdefault(way, [])
                cell.append([measure(picture, target[None]) for measure in MEASURES.values()])
    return {
        name: {"pictures": len(ways["restore"])}
        | {way: dict(zip(MEASURES, np.nanmean(rows, 0).round(3).tolist())) for way, rows in ways.items()}
        for name, ways in sums.items()
    }


def export_restore(out_path: Path | str, checkpoint: Path = CHECKPOINT) -> dict:
    """Takes pictures a little outside 0..1, with even H and W."""
    exported = super_resolution.export_doubling(load_checkpoint(checkpoint), out_path, torch.rand(1, 3, 38, 18) * 1.4 - 0.2)
    return {**exported, "multiplePx": CELL_PX}


@torch.no_grad()
def sheet(net: RestoreNet, out: Path, count: int = 16, passes: int = 3) -> None:
    """Pictures of the shipped graphs, enlarged without (left) and with the net (right)."""
    from PIL import Image

    from evaluation_scenes import load_requests
    from pocket_onnx import PocketOnnx

    pocket = PocketOnnx(Path(__file__).resolve().parent.parent / "public" / "models" / "pocket", threads=1)
    doubler, rows = super_resolution.load_checkpoint(), []
    for request in load_requests()[:count]:
        native = torch.from_numpy(pocket.generate(request.prompt, request.seed))[None]
        ways = [super_resolution.enlarge_times(doubler, native, passes)]
        ways.append(super_resolution.enlarge_times(doubler, net(native), passes - 1))
        rows.append(torch.cat(ways, 3)[0])
    columns = 4
    lines = [torch.cat(rows[i : i + columns], 2) for i in range(0, len(rows), columns)]
    pixels = torch.cat(lines, 1).permute(1, 2, 0)
    Image.fromarray((pixels * 255).round().byte().numpy()).save(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=["train", "evaluate", "export", "sheet"])
    parser.add_argument("--pairs", type=Path, nargs="+", help="outputs of restore_data.py")
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    parser.add_argument("--resume", type=Path, help="start from this checkpoint")
    parser.add_argument("--out", type=Path, help="ONNX file (export), PNG (sheet) or JSON file (evaluate)")
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--learning-rate", type=float, default=1.5e-3)
    parser.add_argument("--width", type=int, default=48)
    parser.add_argument("--blocks", type=int, default=3)
    parser.add_argument("--bf16", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--every", type=int, default=1, help="evaluate: only one pair in so many")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if args.command == "train":
        train(args)
    elif args.command == "sheet":
        sheet(load_checkpoint(args.checkpoint), args.out)
    elif args.command == "export":
        print(json.dumps(export_restore(args.out, args.checkpoint), indent=2))
    else:
        result = evaluate(load_checkpoint(args.checkpoint), args.pairs, args.every)
        print(json.dumps(result, indent=2))
        if args.out:
            args.out.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
