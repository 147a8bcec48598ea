"""Master weights kept in the repository: small enough to travel, good enough to train on from.

Matrices are stored as int8 with one fp16 scale per 32 values, convolutions as int8 with one fp32 scale per output
channel, as they ship; everything else as fp16. The signal over the rounding error is about 45 dB: the first minutes of
any further training undo it.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from autoencoder import Autoencoder
from pocket_net import Pocket, Shape
from presets import PRESETS

PATH = Path(__file__).parent / "checkpoints" / "pocket.npz"
BLOCK = 32
LARGE = 8192
ROW_LENGTH = {2: lambda matrix: BLOCK, 4: lambda kernel: kernel[0].size}
"""Values that share a scale, by the number of dimensions."""


def save(pocket: Pocket, autoencoder: Autoencoder, about: dict, path: Path = PATH) -> None:
    arrays = {}
    for prefix, module in (("pocket", pocket), ("autoencoder", autoencoder)):
        for name, value in module.state_dict().items():
            key, array = f"{prefix}.{name}", value.detach().float().numpy()
            if array.size >= LARGE and array.ndim in ROW_LENGTH and array.size % BLOCK == 0:
                rows = array.reshape(-1, ROW_LENGTH[array.ndim](array))
                kind = np.float16 if array.ndim == 2 else np.float32
                scales = np.maximum(np.abs(rows).max(1, keepdims=True) / 127, 1e-7).astype(kind)
                arrays[f"{key}:codes"] = np.clip(np.rint(rows / scales), -127, 127).astype(np.int8).reshape(array.shape)
                arrays[f"{key}:scales"] = scales
            else:
                arrays[key] = array.astype(np.float16)
    shape = {"shape": asdict(pocket.shape), "autoencoder_width": autoencoder.decoder[0].out_channels // 4}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, about=json.dumps({**about, **shape}), **arrays)


def load(path: Path = PATH) -> tuple[Pocket, Autoencoder, dict]:
    stored = np.load(path)
    about = json.loads(str(stored["about"]))
    pocket = Pocket(Shape(**about.pop("shape")))
    autoencoder = Autoencoder(width=about.pop("autoencoder_width"))
    for prefix, module in (("pocket", pocket), ("autoencoder", autoencoder)):
        module.load_state_dict({name: torch.from_numpy(_array(stored, f"{prefix}.{name}")) for name in module.state_dict()})
    return pocket.eval(), autoencoder.eval(), about


def _array(stored, key: str):
    if key in stored:
        return stored[key].astype(np.float32)
    codes, scales = stored[f"{key}:codes"], stored[f"{key}:scales"]
    return (codes.reshape(len(scales), -1) * scales.astype(np.float32)).reshape(codes.shape)


def main() -> None:
    """Packs the result of a run (its folder) into the repository's checkpoint, or unpacks it to train on."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("action", choices=("pack", "unpack"))
    parser.add_argument("--work", type=Path, default=Path("training/.cache/run"))
    parser.add_argument("--about", default='{"preset": "cpu"}', help="JSON: preset, dataSha256, pictures, minutes")
    options = parser.parse_args()
    if options.action == "unpack":
        pocket, autoencoder, _ = load()
        options.work.mkdir(parents=True, exist_ok=True)
        torch.save(pocket.state_dict(), options.work / "pocket.pt")
        torch.save(autoencoder.state_dict(), options.work / "autoencoder.pt")
        return
    preset = PRESETS[json.loads(options.about)["preset"]]
    pocket, autoencoder = Pocket(preset.shape), Autoencoder(width=preset.autoencoder_width)
    pocket.load_state_dict(torch.load(newest(options.work, "pocket-distilled.pt", "pocket.pt")))
    autoencoder.load_state_dict(torch.load(newest(options.work, "autoencoder-sharpened.pt", "autoencoder.pt")))
    save(pocket, autoencoder, json.loads(options.about))
    print(f"{PATH.stat().st_size:,} bytes")


def newest(work: Path, *names: str) -> Path:
    """The first of these that the run has made."""
    return next(work / name for name in names if (work / name).exists())


if __name__ == "__main__":
    main()
