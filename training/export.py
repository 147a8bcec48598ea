"""Writes public/models/pocket/: quantized ONNX graphs, tokenizer, constants, vocabulary, manifest.

    python training/export.py --work training/.cache/run --about '{"preset": "cpu", …}' [--out …] [--float-out …]
    python training/export.py --enlargers-only      # the convolutions after the decoder; all else stays, byte for byte

Every graph is compared with PyTorch on the same inputs before quantization (1e-3 at most) and after it (reported as
signal over error, in dB).
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

import checkpoint
import flow
import graphs
from autoencoder import LATENT_CHANNELS
from canvas import PIXELS_PER_CELL
from fake_quantization import ships_in_four_bits
from graphs import Sizes
from onnx_parameters import name_parameters
from onnx_quantize import quantize
from phrases import all_words
from pocket_net import Fusion
from presets import PRESETS, Preset
from restore import export_restore
from super_resolution import export_super_resolution
from text_encoder import ENCODER_BITS, MAX_TOKENS, WIDTH, MiniLm, model_file, prune, pruned_tokenizer, pruned_vocabulary
from things import load_things, vocabulary

OPSET = 20
LARGEST_FLOAT_ERROR = 1e-3
CHUNK_BYTES = 1 << 20
MOST_BYTES = 24_000_000
RESERVED_BYTES = 20_000
"""Of these, for manifest, configuration and what is written by hand."""

TOKEN_BYTES = WIDTH + 4 + 20
"""A row of the table, its scale, and the token's own text."""

CHECKED_SIZES = (Sizes(), Sizes((8, 8), 3, 1), Sizes((12, 24), 20, 3), Sizes((20, 12), MAX_TOKENS, 10))
"""Only the first is traced."""


def matrix_bits(graph: str, trained_bits: int):
    """Bits by the shape of a matrix. Training already sees the frozen text encoder in 4 bits, and wide matrices in the
    preset's, so that rounding costs nothing there. The adapter, which does not lead back to the encoder's width, has 8."""
    if graph == "text_encoder":
        return lambda k, n: ENCODER_BITS if n in (WIDTH, 4 * WIDTH) else 8
    return lambda k, n: trained_bits if ships_in_four_bits(n, k) else 8


class Exporter:
    """Writes graphs, float and quantized, and keeps how much each lost: `fidelity` in dB."""

    def __init__(self, pocket, preset: Preset, out: Path, float_out: Path):
        self.pocket, self.preset, self.out, self.float_out = pocket, preset, out, float_out
        self.fidelity: dict[str, float] = {}

    def write(self, name: str, module: torch.nn.Module) -> None:
        float_path, path = self.float_out / f"{name}.onnx", self.out / f"{name}.onnx"
        self._export(name, module.eval(), float_path)
        difference = max(self._difference(name, module, float_path, sizes) for sizes in CHECKED_SIZES)
        if not difference < LARGEST_FLOAT_ERROR:
            raise SystemExit(f"{name}: ONNX differs from PyTorch by {difference:.2e}")
        onnx.save(quantize(onnx.load(str(float_path)), matrix_bits(name, self.preset.bits)), str(path))
        self.fidelity[name] = round(self._signal_to_error_db(name, path, float_path), 1)
        print(
            f"{name}: float within {difference:.1e} of PyTorch; {path.stat().st_size:,} bytes, "
            f"{self.fidelity[name]} dB over their error", flush=True,
        )  # fmt: skip

    def _inputs(self, name: str, sizes: Sizes) -> dict:
        return graphs.example_inputs(name, self.pocket, self.preset.native_cells, sizes)

    def _export(self, name: str, module: torch.nn.Module, path: Path) -> None:
        inputs, outputs = self._inputs(name, Sizes()), graphs.OUTPUTS[name]
        axes = {key: axes for key, axes in graphs.DYNAMIC_AXES.items() if key in (*inputs, *outputs)}
        torch.onnx.export(
            module, tuple(inputs.values()), str(path), dynamo=False, opset_version=OPSET, dynamic_axes=axes,
            input_names=list(inputs), output_names=list(outputs), do_constant_folding=True,
        )  # fmt: skip
        model = onnx.load(str(path))
        name_parameters(model, graphs.trained_parameters(module))
        onnx.save(model, str(path))

    def _difference(self, name: str, module: torch.nn.Module, path: Path, sizes: Sizes) -> float:
        inputs = self._inputs(name, sizes)
        with torch.no_grad():
            expected = module(*inputs.values())
        expected = expected if isinstance(expected, tuple) else (expected,)
        return max(float(np.abs(one - other.numpy()).max()) for one, other in zip(run(path, inputs), expected, strict=True))

    def _signal_to_error_db(self, name: str, path: Path, float_path: Path) -> float:
        inputs = self._inputs(name, Sizes())
        exact, rounded = run(float_path, inputs)[0], run(path, inputs)[0]
        return float(10 * np.log10((exact**2).mean() / max(((exact - rounded) ** 2).mean(), 1e-20)))


def run(path: Path, inputs: dict) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {name: value.numpy() for name, value in inputs.items()})


def strings_in(value) -> list[str]:
    if isinstance(value, dict):
        return [*strings_in(list(value)), *strings_in(list(value.values()))]
    return [value] if isinstance(value, str) else [text for item in value or () for text in strings_in(item)]


def write_text_encoder(exporter: Exporter, pocket, words: dict) -> None:
    """With all the tokens that captions need, and as many others as there is room for beside the other files."""
    texts = [*all_words(load_things()), *strings_in(words)]
    others = 0
    for _ in range(2):
        keep = pruned_vocabulary(texts, others)
        write_json(exporter.out / "tokenizer.json", pruned_tokenizer(keep))
        exporter.write("text_encoder", graphs.TextEncoderGraph(prune(MiniLm().round_weights(), keep), pocket))
        others = max(0, MOST_BYTES - RESERVED_BYTES - size_of(exporter.out)) // TOKEN_BYTES
    print(f"{len(keep)} tokens")


def size_of(folder: Path) -> int:
    """Of the files that a browser loads."""
    return sum(path.stat().st_size for path in folder.iterdir() if path.suffix in (".onnx", ".json"))


def write_json(path: Path, value) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")


def decoder_receptive_field_cells(autoencoder) -> int:
    """Cells on each side of a cell that its pixels depend on, seen by where their gradient is not zero."""
    centre, side = 20, 41
    latent = torch.randn(1, LATENT_CHANNELS, side, side, requires_grad=True)
    place = slice(8 * centre, 8 * (centre + 1))
    autoencoder.decode(latent)[..., place, place].sum().backward()
    seen = latent.grad.abs().sum((0, 1)).nonzero()
    return int((seen - centre).abs().max())


def export_enlargers(out: Path) -> dict:
    """Writes the graphs after the decoder; what the configuration says about them."""
    restorer = export_restore(out / "restore.onnx")
    upscaler = export_super_resolution(out / "super_resolution.onnx")
    # The restoring net works at a quarter of its output's sides and needs less.
    largest = upscaler["bufferBytesPerPx"]
    return {"restore": restorer, "superResolution": upscaler, "largestBufferBytesPerPx": largest}


def write_manifest(out: Path) -> None:
    names = [
        *(f"{name}.onnx" for name in (*graphs.OUTPUTS, "restore", "super_resolution")),
        "tokenizer.json", "tokenizer_config.json", "config.json", "vocabulary.json",
    ]  # fmt: skip
    files = []
    for name in names:
        data = (out / name).read_bytes()
        chunks = [data[start : start + CHUNK_BYTES] for start in range(0, len(data), CHUNK_BYTES)]
        digest = [hashlib.sha256(chunk).hexdigest() for chunk in chunks]
        whole = hashlib.sha256(data).hexdigest()
        files.append({"path": name, "sizeBytes": len(data), "sha256": whole, "chunkSha256": digest})
    revision = hashlib.sha256("".join(file["sha256"] for file in files).encode()).hexdigest()[:12]
    manifest = {"id": "pocket", "family": "pocket", "revision": revision, "chunkBytes": CHUNK_BYTES, "files": files}
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    total = size_of(out)
    print(f"total {total:,} bytes, revision {revision}")
    if total > MOST_BYTES:
        raise SystemExit(f"more than {MOST_BYTES:,} bytes")


def write_all(options, about: dict) -> None:
    preset, out = PRESETS[about["preset"]], options.out
    pocket, autoencoder = checkpoint.of_run(options.work, preset)
    exporter = Exporter(pocket, preset, out, options.float_out)
    for name, module in graphs.modules(pocket, autoencoder, None, preset.native_cells).items():
        if name != "text_encoder":
            exporter.write(name, module)
    enlargers, words = export_enlargers(out), vocabulary(preset.scope)
    write_json(out / "vocabulary.json", words)
    write_json(out / "tokenizer_config.json", json.loads(model_file("tokenizer_config.json")))
    write_text_encoder(exporter, pocket, words)
    references = {"sidePx": preset.native_cells * PIXELS_PER_CELL, "most": Fusion.MOST_IMAGES}
    write_json(
        out / "config.json",
        {
            "latentChannels": pocket.shape.latent_channels, "latentDownscale": PIXELS_PER_CELL, "gridMultiple": 2,
            "maxTokens": MAX_TOKENS, "memoryWidth": pocket.shape.width, "references": references, "shift": flow.SHIFT,
            "steps": {"default": 4, "min": 1, "max": 8}, **enlargers,
            "decoder": {"receptiveFieldCells": decoder_receptive_field_cells(autoencoder)},
            "quantizationDb": exporter.fidelity, "training": about,
        },
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=Path("training/.cache/run"), help="folder of a run")
    parser.add_argument(
        "--about", type=json.loads, default={"preset": "cpu"},
        help="JSON of the run: preset, dataSha256, pictures, steps, minutes, hardware, seed …",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, default=checkpoint.MODEL)
    parser.add_argument("--float-out", type=Path, default=Path("training/.cache/float"))
    parser.add_argument("--enlargers-only", action="store_true")
    options = parser.parse_args()
    for folder in (options.out, options.float_out):
        folder.mkdir(parents=True, exist_ok=True)
    if options.enlargers_only:
        config = json.loads((options.out / "config.json").read_text())
        write_json(options.out / "config.json", {**config, **export_enlargers(options.out)})
    else:
        write_all(options, options.about)
    write_manifest(options.out)


if __name__ == "__main__":
    main()
