"""Pocket from nothing: pictures, training, export, evaluation, one after the other.

    training/.venv/bin/python training/make_pocket.py --preset cpu [--from shipped] [--furniture DIR] [--clipart DIR]

Run it again to go on where it was stopped: data that is there is not made again, and every stage of training resumes.
`--from shipped` starts from the model that ships instead of from random weights. Furniture and clip art are Debian's
sweethome3d-furniture 1.8-1 and openclipart-svg; see products.py and data/clipart.mjs.
"""

import argparse
import json
import platform
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from presets import PRESETS
from sprites import data_sha256
from things import HERE
from train import STAGES

ROOT = HERE.parent
CACHE = HERE / ".cache"
SIZES = {"cpu": 128, "gpu": 256}
"""Of drawings, in pixels: twice and once the native side."""


@dataclass(frozen=True)
class Command:
    words: tuple[str, ...]
    makes: Path | None = None
    """What is there when it need not run; None: it knows itself, or always runs."""


def python(script: str, *words, makes: Path | None = None) -> Command:
    return Command((sys.executable, f"training/{script}", *map(str, words)), makes)


def node(script: str, *words, makes: Path) -> Command:
    return Command(("node", f"training/data/{script}", *map(str, words)), makes)


def data_commands(options: argparse.Namespace) -> list[Command]:
    preset, size = options.preset, SIZES[options.preset]
    stem = {name: CACHE / f"{name}-{size}" for name in ("sprites", "products", "people", "clipart")}
    common = ("--out", CACHE, "--size", size)
    furniture = ("--furniture", options.furniture) if options.furniture else ()
    clipart = ("--clipart", options.clipart) if options.clipart else ()
    commands = [
        Command(("npm", "--prefix", "training", "install"), HERE / "node_modules"),
        node("render.mjs", *common, "--pool", "all" if preset == "gpu" else "concepts", makes=stem["sprites"].with_suffix(".json")),
        node("people.mjs", *common, "--preset", preset, makes=stem["people"].with_suffix(".json")),
        python("products.py", *common, "--preset", preset, *furniture, makes=stem["products"].with_suffix(".json")),
    ]
    if preset == "gpu":
        commands.append(node("clipart.mjs", *common, *clipart, makes=stem["clipart"].with_suffix(".json")))
    packed, library = CACHE / f"drawings-{size}.pack", CACHE / f"library-{size}"
    stems = [path for name, path in stem.items() if name != "clipart" or preset == "gpu"]
    return [
        *commands,
        python("sprites.py", "pack", packed, *stems, makes=packed),
        python("sprites.py", "build", packed, library, size, makes=library.with_suffix(".json")),
    ]


def training_commands(options: argparse.Namespace) -> list[Command]:
    common = ("--preset", options.preset, "--sprites", CACHE / f"library-{SIZES[options.preset]}", "--work", options.work)
    if not options.shipped:
        return [python("train.py", *common, "--stage", "all", "--seed", options.seed)]
    start = options.work / "shipped"
    # The encoder stays, and with it the latents that all else was trained on.
    return [
        python("checkpoint.py", "unpack", "--work", start, makes=start / "pocket.pt"),
        Command(("cp", str(start / "autoencoder.pt"), str(options.work)), options.work / "autoencoder.pt"),
        python("train.py", *common, "--stage", "pocket", "--seed", options.seed, "--start-from", start / "pocket.pt"),
        python("train.py", *common, "--stage", "distil", "--seed", options.seed, "--distilled-before", start),
        python("train.py", *common, "--stage", "decoder", "--seed", options.seed),
    ]


def about(options: argparse.Namespace) -> dict:
    """What the model card and config.json tell of a run; pictures, steps and minutes are of the stage `pocket`."""
    stages = {}
    for stage in STAGES:
        path = options.work / f"{stage}.checkpoint.pt"
        if path.exists():
            stored = torch.load(path, map_location="cpu", mmap=True)
            stages[stage] = {
                "pictures": stored["pictures"], "steps": stored["steps"], "minutes": round(stored["spent_s"] / 60, 1),
            }  # fmt: skip
    return {
        "preset": options.preset, "seed": options.seed, "hardware": options.hardware or hardware(options.preset),
        "dataSha256": data_sha256(CACHE / f"library-{SIZES[options.preset]}"),
        **stages.get("pocket", {}), "stages": stages, "startedFrom": "shipped" if options.shipped else "nothing",
        "finished": time.strftime("%Y-%m-%d", time.gmtime()),
    }  # fmt: skip


def hardware(preset: str) -> str:
    if PRESETS[preset].device == "cuda":
        return torch.cuda.get_device_name()
    return f"{torch.get_num_threads()} cores, {platform.machine()}, {torch.backends.cpu.get_cpu_capability()}"


def closing_commands(options: argparse.Namespace) -> list[Command]:
    drawings, library = (CACHE / f"{name}-{SIZES[options.preset]}" for name in ("sprites", "library"))
    return [
        python("export.py", "--work", options.work, "--about", json.dumps(about(options))),
        python("checkpoint.py", "keep", "--work", options.work),
        python("evaluate.py", "--float-dir", CACHE / "float", "--sprites", drawings, "--library", library, "--card"),
        python("measure_parts.py", "--sprites", library),
        python("model_card.py"),
        python("loss_curves.py", "--log", options.work / "train.log"),
    ]


def run(command: Command, log: Path) -> None:
    if command.makes and command.makes.exists():
        return
    print("$", " ".join(command.words), flush=True)
    with log.open("a") as file, subprocess.Popen(command.words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            sys.stdout.write(line)
            file.write(line)
            file.flush()
    if process.returncode:
        raise SystemExit(f"{command.words[1]} ended with {process.returncode}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", choices=PRESETS, default="cpu")
    parser.add_argument("--from", dest="shipped", choices=("shipped",), help="instead of random weights")
    parser.add_argument("--work", type=Path, default=CACHE / "run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--furniture", type=Path)
    parser.add_argument("--clipart", type=Path)
    parser.add_argument("--hardware", help="for the model card; found out unless given")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    log = options.work / "train.log"
    for command in (*data_commands(options), *training_commands(options)):
        run(command, log)
    for command in closing_commands(options):
        run(command, log)


if __name__ == "__main__":
    main()
