"""Writes public/models/pocket/: quantized ONNX graphs, tokenizer, constants, vocabulary, manifest.

    python training/export.py [--checkpoint training/checkpoints/pocket.npz] [--out public/models/pocket] [--float-out DIR]
    python training/export.py --enlargers-only      # the convolutions after the decoder; all else stays, byte for byte

Every graph is compared with PyTorch on the
same inputs before quantization (1e-3 at most) and after it (reported as signal over error, in dB).
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
from concepts import load_concepts, vocabulary
from onnx_quantize import quantize
from restore import export_restore
from super_resolution import export_super_resolution
from text_encoder import ENCODER_BITS, MAX_TOKENS, WIDTH, MiniLm, model_file, pruned_tokenizer, pruned_vocabulary

OPSET = 20
LARGEST_FLOAT_ERROR = 1e-3
CHUNK_BYTES = 1 << 20


def matrix_bits(graph: str):
    """Bits by the shape of a matrix. Training already sees the frozen text encoder in 4 bits, so that rounding costs
    nothing; all that is trained (the adapter too: it does not lead back to the encoder's width) has 8."""
    if graph != "text_encoder":
        return lambda k, n: 8
    return lambda k, n: ENCODER_BITS if n in (WIDTH, 4 * WIDTH) else 8


def export_graph(name: str, module: torch.nn.Module, pocket, path: Path) -> None:
    inputs = graphs.example_inputs(name, pocket)
    axes = {key: axes for key, axes in graphs.DYNAMIC_AXES.items() if key in (*inputs, graphs.OUTPUTS[name])}
    torch.onnx.export(
        module.eval(), tuple(inputs.values()), str(path), dynamo=False, opset_version=OPSET, dynamic_axes=axes,
        input_names=list(inputs), output_names=[graphs.OUTPUTS[name]], do_constant_folding=True,
    )  # fmt: skip


def run(path: Path, inputs: dict) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {name: value.numpy() for name, value in inputs.items()})[0]


def check_float(name: str, module, pocket, path: Path) -> None:
    """Also at sizes that were not traced."""
    for grid, tokens in (((16, 16), 9), ((8, 8), 3), ((12, 24), 20)):
        inputs = graphs.example_inputs(name, pocket, grid, tokens)
        with torch.no_grad():
            expected = module(*inputs.values()).numpy()
        error = float(np.abs(run(path, inputs) - expected).max())
        if error > LARGEST_FLOAT_ERROR:
            raise SystemExit(f"{name} at {grid}: ONNX differs from PyTorch by {error:.2e}")


def signal_to_error_db(name: str, pocket, path: Path, float_path: Path) -> float:
    inputs = graphs.example_inputs(name, pocket)
    exact, rounded = run(float_path, inputs), run(path, inputs)
    return float(10 * np.log10((exact**2).mean() / max(((exact - rounded) ** 2).mean(), 1e-20)))


def export_graphs(pocket, autoencoder, encoder, out: Path, float_out: Path) -> dict:
    """Writes the four own graphs, float and quantized; signal over quantization error per graph, in dB."""
    modules = {
        "text_encoder": graphs.TextEncoderGraph(encoder, pocket),
        "prior": graphs.PriorGraph(pocket),
        "denoiser": graphs.DenoiserGraph(pocket),
        "decoder": graphs.DecoderGraph(autoencoder),
    }
    fidelity = {}
    for name, module in modules.items():
        float_path, path = float_out / f"{name}.onnx", out / f"{name}.onnx"
        export_graph(name, module, pocket, float_path)
        check_float(name, module, pocket, float_path)
        onnx.save(quantize(onnx.load(str(float_path)), matrix_bits(name)), str(path))
        fidelity[name] = round(signal_to_error_db(name, pocket, path, float_path), 1)
        print(f"{name}: {path.stat().st_size:,} bytes, {fidelity[name]} dB over its quantization error")
    return fidelity


def prune(encoder: MiniLm, keep: list[str]) -> None:
    """Leaves only the kept rows of the embedding table."""
    full = json.loads(model_file("tokenizer.json"))["model"]["vocab"]
    rows = torch.tensor([full[token] for token in keep])
    table = encoder.weights["embeddings_word_embeddings_weight"]
    encoder.weights["embeddings_word_embeddings_weight"] = torch.nn.Parameter(table[rows], requires_grad=False)


def texts_to_cover() -> list[str]:
    """All words that captions can use, so that pruning changes none of their tokens."""
    concepts = load_concepts()
    words = [word for concept in concepts for word in (concept["noun"], concept["hypernym"], *concept["synonyms"])]
    lists = vocabulary("gpu")
    extra = "a an the picture image of draw on with at in side corner background gradient style design tiny little big huge"
    return [*words, extra, "black and white outline icon 3d", *(" ".join(values) for values in lists.values())]


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
        *(f"{name}.onnx" for name in ("text_encoder", "prior", "denoiser", "decoder", "restore", "super_resolution")),
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
    print(f"total {sum(file['sizeBytes'] for file in files):,} bytes, revision {revision}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, default=checkpoint.PATH)
    parser.add_argument("--out", type=Path, default=Path("public/models/pocket"))
    parser.add_argument("--float-out", type=Path, default=Path("training/.cache/float"))
    parser.add_argument("--enlargers-only", action="store_true")
    options = parser.parse_args()
    if options.enlargers_only:
        config = json.loads((options.out / "config.json").read_text())
        write_json(options.out / "config.json", {**config, **export_enlargers(options.out)})
        write_manifest(options.out)
        return
    for folder in (options.out, options.float_out):
        folder.mkdir(parents=True, exist_ok=True)
    pocket, autoencoder, about = checkpoint.load(options.checkpoint)
    encoder, keep = MiniLm().round_weights(), pruned_vocabulary(texts_to_cover())
    prune(encoder, keep)
    write_json(options.out / "tokenizer.json", pruned_tokenizer(keep))
    write_json(options.out / "tokenizer_config.json", json.loads(model_file("tokenizer_config.json")))
    fidelity = export_graphs(pocket, autoencoder, encoder, options.out, options.float_out)
    write_json(options.out / "vocabulary.json", vocabulary(about["preset"]))
    write_json(
        options.out / "config.json",
        {
            "latentChannels": pocket.shape.latent_channels, "latentDownscale": 8, "gridMultiple": 2,
            "maxTokens": MAX_TOKENS, "memoryWidth": pocket.shape.width, "shift": flow.SHIFT,
            "steps": {"default": 4, "min": 1, "max": 8}, **export_enlargers(options.out),
            "decoder": {"receptiveFieldCells": decoder_receptive_field_cells(autoencoder)},
            "quantizationDb": fidelity, "training": about,
        },
    )  # fmt: skip
    write_manifest(options.out)


if __name__ == "__main__":
    main()
