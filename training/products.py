"""Renders the furniture of data/products.json as product shots.

  python training/products.py --preset cpu|gpu [--furniture DIR] [--out training/.cache] [--size 128]

DIR holds the .sh3f files of Debian's sweethome3d-furniture 1.8-1 (`apt-get install sweethome3d-furniture`, or
`apt-get download` and `dpkg -x`). Writes <out>/products-<size>.rgba and .json as data/render.mjs does; a model's
codepoint is its name, a source is "product|<view>|<light>|<colour>" or, for its shadow, "shadow|<view>|<light>|".
A thing takes 5 s of one core for the cpu preset, 15 s for the gpu preset.
"""

import argparse
import hashlib
import json
import os
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

from mesh import Furniture
from studio import LIGHTS, shots

HERE = Path(__file__).parent
SHA256 = {
    "BlendSwap-CC-0": "7ef093fe70cedbb160bdb532d86a84580459635e34130c16777f549eba1993dc",
    "BlendSwap-CC-BY": "29ae78937b4d5dbe93db74067817a984fa411f017b007fd666bc40368bdb0c83",
    "KatorLegaz": "f512443b5d3a6903497573095f971f44334b3165ab32182133051fa9487764a6",
    "Scopia": "b4505451b1e8ab339c101c0afddfef4e1a07b95aa8c821c61ec41487afd43850",
}
YAWS = {
    "": 35, "front view": 0, "view from the left": -35, "side view": 90, "left side view": -90,
    "back view": 180, "back view from the left": 215, "back view from the right": 145,
}  # fmt: skip
PITCHES = {"": 18, "from above": 48, "at eye level": 4}
LIT_VIEWS = ("", "front view")
"""Seen in every light; the first in every colour of every light, the second in every colour of daylight."""


def views(preset: str) -> dict[str, tuple[float, float]]:
    """Name -> (yaw, pitch)."""
    if preset == "cpu":
        return {name: (YAWS[name], PITCHES[""]) for name in LIT_VIEWS}
    return {" ".join(filter(None, (yaw, pitch))): (YAWS[yaw], PITCHES[pitch]) for yaw in YAWS for pitch in PITCHES}


@cache
def furniture(directory: Path, library: str) -> Furniture:
    path = directory / f"{library}.sh3f"
    if hashlib.sha256(path.read_bytes()).hexdigest() != SHA256[library]:
        raise SystemExit(f"{path} is not the one of sweethome3d-furniture 1.8-1")
    return Furniture(path)


def sprites_of(job: tuple[dict, Path, str, int]) -> list:
    """[(source, picture)] of one thing."""
    product, directory, preset, size = job
    library, model = product["model"].split("/")
    mesh, made = furniture(directory, library).mesh(model), []
    for view, (yaw, pitch) in views(preset).items():
        lights = LIGHTS if view in LIT_VIEWS else LIGHTS[:1]
        tinted = LIGHTS if view == "" else LIGHTS[:1] if view in LIT_VIEWS else ()
        for what, light, colour, picture in shots(mesh, yaw + product.get("yaw", 0), pitch, size, lights, tinted):
            made.append((f"{what}|{view}|{light}|{colour}", picture))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", choices=("cpu", "gpu"), required=True)
    parser.add_argument("--furniture", type=Path, default=Path("/usr/share/sweethome3d/furniture"))
    parser.add_argument("--out", type=Path, default=HERE / ".cache")
    parser.add_argument("--size", type=int, default=128)
    options = parser.parse_args()
    products = [one for one in json.loads((HERE / "data" / "products.json").read_text()) if options.preset in one["presets"]]
    jobs = [(product, options.furniture, options.preset, options.size) for product in products]
    options.out.mkdir(parents=True, exist_ok=True)
    stem, sprites = options.out / f"products-{options.size}", []
    with stem.with_suffix(".rgba").open("wb") as file, ProcessPoolExecutor(os.cpu_count()) as pool:
        for product, made in zip(products, pool.map(sprites_of, jobs), strict=True):
            for source, picture in made:
                file.write(picture.tobytes())
                sprites.append({"codepoint": product["model"], "noun": product["noun"], "source": source})
    stem.with_suffix(".json").write_text(json.dumps({"size": options.size, "sprites": sprites}))
    print(f"{len(sprites)} sprites of {len(products)} things in {stem}.rgba")


if __name__ == "__main__":
    main()
