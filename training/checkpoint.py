"""Master weights: those of a run, and those that are read back from the shipped graphs, whose 8 bits hold about 45 dB of
them. The first minutes of any further training undo the rounding.

    python training/checkpoint.py unpack [--work training/.cache/run]      # then `train.py --stage pocket --start-from …`
    python training/checkpoint.py keep [--work training/.cache/run]        # after export.py: what the distillation changed

What ships is distilled. Training that goes on from its teacher instead has nothing to undo, and the next distillation starts
with what this one changed; that difference, in 4 bits, is kept beside the other checkpoints.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import torch

import graphs
from autoencoder import Autoencoder
from onnx_parameters import read_parameters
from onnx_quantize import exact_values, quantize_blocks
from pocket_net import Pocket
from presets import PRESETS, Preset

HERE = Path(__file__).resolve().parent
MODEL = HERE.parent / "public" / "models" / "pocket"
CHANGE = HERE / "checkpoints" / "distillation.npz"


def new_nets(preset: Preset) -> tuple[Pocket, Autoencoder]:
    autoencoder = Autoencoder(width=preset.encoder_width, decoder_width=preset.decoder_width)
    return Pocket(preset.shape).eval(), autoencoder.eval()


def load(folder: Path = MODEL) -> tuple[Pocket, Autoencoder, dict]:
    """The nets of exported graphs, and what is said about their training."""
    about = json.loads((folder / "config.json").read_text())["training"]
    preset = PRESETS[about["preset"]]
    pocket, autoencoder = new_nets(preset)
    for name, module in graphs.modules(pocket, autoencoder, None, preset.native_cells).items():
        parameters = graphs.trained_parameters(module)
        for key, value in read_parameters(onnx.load(folder / f"{name}.onnx"), list(parameters)).items():
            parameters[key].copy_(torch.from_numpy(value.copy()))
    return pocket, autoencoder, about


def of_run(work: Path, preset: Preset) -> tuple[Pocket, Autoencoder]:
    """The newest nets that a run's folder has."""
    pocket, autoencoder = new_nets(preset)
    pocket.load_state_dict(torch.load(newest(work, "pocket-distilled.pt", "pocket.pt"), map_location="cpu"))
    autoencoder.load_state_dict(torch.load(newest(work, "autoencoder-sharpened.pt", "autoencoder.pt"), map_location="cpu"))
    return pocket, autoencoder


def revision_of(model: Path) -> str:
    return json.loads((model / "manifest.json").read_text())["revision"]


def keep_change(work: Path, model: Path = MODEL) -> None:
    """Writes student - teacher of a run whose student ships in `model`: each tensor that differs, as a row of 4-bit blocks."""
    student, teacher = (torch.load(work / name, map_location="cpu") for name in ("pocket-distilled.pt", "pocket.pt"))
    stored = {"revision": np.array(revision_of(model))}
    for name in student:
        difference = (student[name] - teacher[name]).reshape(1, -1).numpy()
        if difference.any():
            codes, scales = quantize_blocks(difference, 4)
            stored[f"{name}:codes"] = codes[..., 0::2] | codes[..., 1::2] << 4
            stored[f"{name}:scales"] = scales.astype(np.float16)
    np.savez_compressed(CHANGE, **stored)
    print(f"{CHANGE.name}: {CHANGE.stat().st_size:,} bytes")


def has_change(model: Path = MODEL) -> bool:
    """Whether what is kept is of the model that ships."""
    return CHANGE.exists() and str(np.load(CHANGE)["revision"]) == revision_of(model)


def teacher_of(student: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    stored = np.load(CHANGE)

    def before(name: str, value):
        if f"{name}:codes" not in stored:
            return value
        row = exact_values(stored[f"{name}:codes"], stored[f"{name}:scales"])[0, : value.numel()]
        return value - torch.from_numpy(row).reshape(value.shape)

    return {name: before(name, value) for name, value in student.items()}


def newest(work: Path, *names: str) -> Path:
    """The first of these files that the run has made."""
    path = next((work / name for name in names if (work / name).exists()), None)
    if path is None:
        raise SystemExit(f"{work} has none of {', '.join(names)}")
    return path


def unpack(model: Path, work: Path) -> None:
    """Writes pocket.pt, the teacher where it is known, and then pocket-distilled.pt, what ships; and autoencoder.pt."""
    pocket, autoencoder, _ = load(model)
    work.mkdir(parents=True, exist_ok=True)
    shipped = pocket.state_dict()
    if has_change(model):
        torch.save(shipped, work / "pocket-distilled.pt")
        torch.save(teacher_of(shipped), work / "pocket.pt")
    else:
        print(f"{CHANGE.name} is not of revision {revision_of(model)}: pocket.pt is what ships, distilled as it is")
        torch.save(shipped, work / "pocket.pt")
    torch.save(autoencoder.state_dict(), work / "autoencoder.pt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("unpack", "keep"))
    parser.add_argument("--model", type=Path, default=MODEL, help="a folder that export.py has written")
    parser.add_argument("--work", type=Path, default=Path("training/.cache/run"))
    options = parser.parse_args()
    if options.action == "keep":
        keep_change(options.work, options.model)
    else:
        unpack(options.model, options.work)


if __name__ == "__main__":
    main()
