"""Master weights: those of a run, and those that are read back from the shipped graphs, whose 8 bits hold about 45 dB of
them. The first minutes of any further training undo the rounding.

    python training/checkpoint.py unpack [--work training/.cache/run]      # then `train.py --stage pocket --start-from …`
"""

import argparse
import json
from pathlib import Path

import onnx
import torch

import graphs
from autoencoder import Autoencoder
from onnx_parameters import read_parameters
from pocket_net import Pocket
from presets import PRESETS, Preset

MODEL = Path(__file__).resolve().parent.parent / "public" / "models" / "pocket"


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


def newest(work: Path, *names: str) -> Path:
    """The first of these files that the run has made."""
    path = next((work / name for name in names if (work / name).exists()), None)
    if path is None:
        raise SystemExit(f"{work} has none of {', '.join(names)}")
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("unpack",))
    parser.add_argument("--model", type=Path, default=MODEL, help="a folder that export.py has written")
    parser.add_argument("--work", type=Path, default=Path("training/.cache/run"))
    options = parser.parse_args()
    pocket, autoencoder, _ = load(options.model)
    options.work.mkdir(parents=True, exist_ok=True)
    torch.save(pocket.state_dict(), options.work / "pocket.pt")
    torch.save(autoencoder.state_dict(), options.work / "autoencoder.pt")


if __name__ == "__main__":
    main()
