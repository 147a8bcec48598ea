"""Trains, measures and exports Pocket's 2x super-resolution net.

    python training/super_resolution.py train --pictures DIR [--minutes 10]
    python training/super_resolution.py evaluate --pictures DIR
    python training/super_resolution.py export --out super_resolution.onnx

The net is applied again and again (three times for 1K), so training unrolls two passes: the second one learns on the
first one's output.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import super_resolution_data as data
from super_resolution_net import SCALE, SuperResolutionNet

CHECKPOINT = Path(__file__).parent / "checkpoints" / "super_resolution.npz"
RASTER_PX = 256  # native side of the 3-D pictures; drawings are larger
LOW_PX = 24  # side of a training input; its targets are 2x and 4x as wide


def save_checkpoint(net: SuperResolutionNet, path: Path = CHECKPOINT) -> None:
    """fp16 weights and the two sizes the net is built from."""
    path.parent.mkdir(parents=True, exist_ok=True)
    weights = {name: value.detach().numpy().astype(np.float16) for name, value in net.state_dict().items()}
    np.savez_compressed(path, filters=net.filters, layers=net.layers, **weights)


def load_checkpoint(path: Path = CHECKPOINT) -> SuperResolutionNet:
    stored = np.load(path)
    net = SuperResolutionNet(int(stored["filters"]), int(stored["layers"]))
    net.load_state_dict({n: torch.from_numpy(stored[n].astype(np.float32)) for n in net.state_dict()})
    return net.eval()


def charbonnier(difference: torch.Tensor) -> torch.Tensor:
    """A smooth L1 (Charbonnier et al., 1994): less blur than squares, no kink at zero."""
    return (difference.square() + 1e-6).sqrt().mean()


def two_pass_loss(net: SuperResolutionNet, low, middle, high) -> torch.Tensor:
    first = net.enlarge(low)
    return charbonnier(first - middle) + charbonnier(net.enlarge(first.clamp(0, 1)) - high)


def wait_while(pause_file: Path | None) -> None:
    while pause_file and pause_file.exists():
        time.sleep(1)


def training_pairs(rng, levels, batch: int):
    """low [B,3,24,24], middle [B,3,48,48], high [B,3,96,96]; a third of the inputs are degraded."""
    high = data.target_batch(rng, levels, batch, LOW_PX * SCALE**2)
    kernel = "box" if rng.random() < 0.5 else "bicubic"
    middle = data.halve(high, kernel)
    low = data.halve(middle, kernel)
    clean = batch * 2 // 3
    return torch.cat((low[:clean], data.degrade(rng, low[clean:]))), middle, high


def train(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    levels = data.training_levels(data.load_pictures(args.pictures))
    net = load_checkpoint(args.resume) if args.resume else SuperResolutionNet(args.filters, args.layers)
    net.train().to(memory_format=torch.channels_last)
    print(f"{net.macs_per_pixel} MAC per input pixel, receptive field {net.receptive_field_px} px")
    optimizer = torch.optim.Adam(net.parameters(), lr=args.learning_rate)
    start, budget_s, step, running, paused_s = time.monotonic(), args.minutes * 60, 0, 0.0, 0.0
    while (elapsed := time.monotonic() - start - paused_s) < budget_s:
        pause_start = time.monotonic()
        wait_while(args.pause_file)
        paused_s += time.monotonic() - pause_start
        done = elapsed / budget_s
        for group in optimizer.param_groups:  # warm up, then fall to a hundredth
            group["lr"] = args.learning_rate * min(1, (step + 1) / 100) * (0.01 + 0.99 * (1 - done) ** 1.5)
        low, middle, high = training_pairs(rng, levels, args.batch)
        with torch.autocast("cpu", torch.bfloat16, enabled=args.bf16):
            loss = two_pass_loss(net, low.contiguous(memory_format=torch.channels_last), middle, high)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        running += loss.item()
        if step % 200 == 0:
            print(f"step {step} {elapsed:.0f} s loss {running / 200:.5f}", flush=True)
            running = 0.0
    save_checkpoint(net.to(memory_format=torch.contiguous_format), args.checkpoint)
    print(json.dumps({"steps": step, "patches": step * args.batch, "wall_s": round(time.monotonic() - start)}))


def psnr_db(a: torch.Tensor, b: torch.Tensor) -> float:
    return float(-10 * torch.log10((a - b).square().mean().clamp_min(1e-10)))


def enlarge_times(net: SuperResolutionNet, image: torch.Tensor, passes: int) -> torch.Tensor:
    with torch.no_grad():
        for _ in range(passes):
            image = net(image)
    return image


def held_out_pictures(pictures: data.Pictures, size_px: int) -> list[tuple[str, torch.Tensor]]:
    """(group, [1, 3, size, size]) over white, grey-blue and black in turn, so that every edge contrast occurs."""
    backgrounds = np.array([[1, 1, 1], [0.55, 0.65, 0.8], [0, 0, 0]], np.float32)
    chosen = np.flatnonzero(pictures.held_out)
    pixels = pictures.pixels[chosen]
    while pixels.shape[1] > size_px:
        pixels = data.halve_box(pixels)
    composed = [data.compose(p, backgrounds[i % 3]) for i, p in enumerate(pixels)]
    return [(pictures.groups[c], torch.from_numpy(p).permute(2, 0, 1)[None]) for c, p in zip(chosen, composed)]


def evaluate(net: SuperResolutionNet, folder: Path) -> dict:
    """Mean PSNR in dB on held-out pictures, against bicubic: one, two and three passes, by group."""
    pictures = data.load_pictures(folder)
    results = {}
    for native_px, small_px, passes in ((256, 64, 2), (512, 64, 2), (256, 128, 1), (512, 128, 2), (512, 64, 3)):
        target_px = small_px * SCALE**passes
        for kernel in ("box", "bicubic"):
            ours, cubic = [], []
            for _, target in held_out_pictures(pictures[native_px], target_px):
                low = target
                for _ in range(passes):
                    low = data.halve(low, kernel)
                ours.append(psnr_db(enlarge_times(net, low, passes), target))
                bicubic = F.interpolate(low, size=target.shape[-2:], mode="bicubic").clamp(0, 1)
                cubic.append(psnr_db(bicubic, target))
            kind = "3d" if native_px == RASTER_PX else "vector"
            results[f"{kind} {small_px}->{target_px} {kernel}"] = {
                "pictures": len(ours),
                "psnr_db": round(float(np.mean(ours)), 2),
                "bicubic_db": round(float(np.mean(cubic)), 2),
                "gain_db": round(float(np.mean(ours) - np.mean(cubic)), 2),
            }
    return results


def export_doubling(net: torch.nn.Module, out_path: Path | str, other: torch.Tensor) -> dict:
    """Writes the ONNX graph of a 2x net (opset 17, `image` -> `upscaled`) and checks it against PyTorch, on `other` at a
    size that was not traced."""
    import onnxruntime

    sample = torch.rand(1, 3, 24, 40)
    torch.onnx.export(
        net, (sample,), str(out_path), input_names=["image"], output_names=["upscaled"], opset_version=17,
        dynamic_axes={"image": {2: "height", 3: "width"}, "upscaled": {2: "height2", 3: "width2"}}, dynamo=False,
    )  # fmt: skip
    session = onnxruntime.InferenceSession(str(out_path), providers=["CPUExecutionProvider"])
    difference = 0.0
    for image in (sample, other):
        (upscaled,) = session.run(None, {"image": image.numpy()})
        difference = max(difference, float(np.abs(upscaled - net(image).detach().numpy()).max()))
    assert difference < 1e-4, f"ONNX differs from PyTorch by {difference}"
    return {
        "bytes": Path(out_path).stat().st_size,
        "max_difference": difference,
        "scale": SCALE,
        "receptiveFieldPx": net.receptive_field_px,
        "macsPerPixel": net.macs_per_pixel,
    }


def export_super_resolution(out_path: Path | str, checkpoint: Path = CHECKPOINT) -> dict:
    net = load_checkpoint(checkpoint)
    exported = export_doubling(net, out_path, torch.rand(1, 3, 37, 19))
    return {**exported, "bufferBytesPerPx": net.buffer_bytes_per_px}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=["train", "evaluate", "export"])
    parser.add_argument("--pictures", type=Path, help="output of super_resolution_render.mjs")
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    parser.add_argument("--resume", type=Path, help="start from this checkpoint")
    parser.add_argument("--out", type=Path, help="ONNX file (export) or JSON file (evaluate)")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--filters", type=int, default=20)
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--bf16", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pause-file", type=Path, help="training sleeps while this file exists")
    args = parser.parse_args()
    if args.command == "train":
        train(args)
        return
    result = evaluate(load_checkpoint(args.checkpoint), args.pictures) if args.command == "evaluate" else (
        export_super_resolution(args.out, args.checkpoint)
    )
    print(json.dumps(result, indent=2))
    if args.command == "evaluate" and args.out:
        args.out.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
