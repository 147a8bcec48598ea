"""The library of every picture that training may see.

  python training/sprites.py pack OUT.pack STEM...       # raw drawings of the renderers -> one file that travels
  python training/sprites.py build IN.pack OUT-STEM SIZE # -> OUT-STEM.rgba and OUT-STEM.json
  python training/sprites.py sha256 STEM                 # dataSha256: of a library, pixels and keys

A STEM is what data/render.mjs, products.py, data/people.mjs and data/clipart.mjs write: .rgba and .json. In a library, a row is uint8
[size, size, 4] with straight alpha; its key is [thing, style, colour or null, natural colour or null, *look] (see
scenes.Library). The same drawings give the same bytes.
"""

import hashlib
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from things import STYLE_SOURCES, load_things
from variants import MAKERS

PACKED = (*STYLE_SOURCES.values(), "product", "shadow", "person", "clipart")


def name_of(thing: dict) -> str:
    return "person" if thing.get("person") else thing["codepoint"] or thing.get("model") or thing["file"]


def pack(out: Path, stems: list[Path], quality: int = 82) -> None:
    """The renderers' raw drawings of the trained things -> WebP pictures and their places."""
    things = load_things()
    wanted = {name_of(thing) for thing in things} | {thing["model"] for thing in things if "model" in thing}
    entries, blobs, at, size = [], [], 0, 0
    for stem in stems:
        listing = json.loads(stem.with_suffix(".json").read_text())
        size = listing["size"]
        raw = np.memmap(stem.with_suffix(".rgba"), np.uint8, "r").reshape(-1, size, size, 4)
        for sprite, picture in zip(listing["sprites"], raw, strict=True):
            if sprite["codepoint"] not in wanted or sprite["source"].split("|")[0] not in PACKED:
                continue
            file = BytesIO()
            Image.fromarray(np.ascontiguousarray(picture)).save(file, "webp", quality=quality, alpha_quality=90, method=4)
            blobs.append(file.getvalue())
            entries.append([sprite["codepoint"], sprite["source"], at, len(blobs[-1])])
            at += len(blobs[-1])
    head = json.dumps({"size": size, "sprites": entries}).encode()
    out.write_bytes(len(head).to_bytes(4, "little") + head + b"".join(blobs))
    print(f"{len(entries)} drawings, {out.stat().st_size:,} bytes")


class Pack:
    """Reads what `pack` wrote, thing by thing."""

    def __init__(self, path: Path, size: int):
        self.path, self.size = path, size
        with path.open("rb") as file:
            self.start = 4 + int.from_bytes(file.read(4), "little")
            head = json.loads(file.read(self.start - 4))
        self.entries: dict[str, list] = {}
        for name, source, at, length in head["sprites"]:
            self.entries.setdefault(name, []).append((source, at, length))

    def drawings(self, thing: dict) -> dict[str, np.ndarray]:
        """Source -> uint8 [size, size, 4]."""
        names = dict.fromkeys([name_of(thing), thing.get("model")])
        entries = [entry for name in names for entry in self.entries.get(name, ())]
        with self.path.open("rb") as file:
            return {source: self._picture(file, at, length) for source, at, length in entries}

    def _picture(self, file, at: int, length: int) -> np.ndarray:
        file.seek(self.start + at)
        picture = Image.open(BytesIO(file.read(length))).convert("RGBA")
        if picture.size[0] != self.size:
            picture = picture.resize((self.size, self.size), Image.Resampling.LANCZOS)
        return np.asarray(picture)


def _made(job: tuple) -> list:
    maker, number, thing = job
    return maker(number, thing, _pack.drawings(thing))


_pack: Pack


def _open(path: Path, size: int) -> None:
    global _pack
    _pack = Pack(path, size)


def build(packed: Path, out: Path, size: int) -> None:
    """Writes <out>.rgba and <out>.json: emoji first, then products, people and clip art."""
    keys = []
    jobs = [(maker, number, thing) for maker in MAKERS for number, thing in enumerate(load_things())]
    aside = out.with_suffix(".tmp")
    with aside.open("wb") as file, ProcessPoolExecutor(os.cpu_count(), initializer=_open, initargs=(packed, size)) as pool:
        for made in pool.map(_made, jobs, chunksize=4):
            for key, picture in made:
                file.write(np.ascontiguousarray(picture).tobytes())
                keys.append(key)
    aside.replace(out.with_suffix(".rgba"))
    out.with_suffix(".json").write_text(json.dumps({"size": size, "keys": keys}))
    print(f"{len(keys)} sprites of {size} px")


def data_sha256(library: Path) -> str:
    """Of the pixels, then the keys."""
    digest = hashlib.sha256()
    for suffix in (".rgba", ".json"):
        with library.with_suffix(suffix).open("rb") as file:
            while chunk := file.read(1 << 24):
                digest.update(chunk)
    return digest.hexdigest()


if __name__ == "__main__":
    action, first, *rest = sys.argv[1:]
    if action == "pack":
        pack(Path(first), [Path(stem) for stem in rest])
    elif action == "build":
        build(Path(first), Path(rest[0]), int(rest[1]))
    else:
        print(data_sha256(Path(first)))
