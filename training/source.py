"""Training data on the fly: worker processes invent scenes and words, the training device draws and encodes them. A
quarter of a batch is new each time, the rest comes from rings of what was drawn before."""

import random
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from autoencoder import Autoencoder
from canvas import GRIDS, SURE, Canvas, describe, fitted, layouts, native_px, origins
from compositions import random_composition
from edits import random_edit
from phrases import Writer
from plan import STYLES
from precision import mixed
from scenes import Library, random_scene
from text_encoder import TextFeatures, tokenise
from things import Scope, load_things

TASKS = {"text": 0.40, "edit": 0.35, "composition": 0.25}
IMAGES = {1: 0.27, 2: 0.34, 3: 0.25, 4: 0.06, 6: 0.04, 10: 0.04}
"""How many references compositions have."""

SQUARE_SHARE = 0.62
WIDENED_SHARE = 0.1
"""Edits whose picture was square and whose result has another shape."""

MANY_IMAGES = 4

NOWHERE = (0.0, 0.0, 0.0, -SURE)
"""Origin of a thing that no picture shows."""


@dataclass
class Batch:
    """Examples of one grid and one number of references."""

    latents: torch.Tensor
    features: torch.Tensor
    mask: torch.Tensor
    rows: torch.Tensor
    """[n, h / 2, w / 2]: whose sprite is there, -1 for none."""
    layout: torch.Tensor
    """[n, 4, 4], as `canvas.layouts` has it."""
    origins: torch.Tensor
    """[n, 4, 4], as `canvas.origins` has it: where the things of the picture are in the one that it starts from."""
    styles: torch.Tensor
    """[n]: numbers in STYLES."""
    style_lenders: torch.Tensor
    """[n]: the number of the reference that lends the style, 0 for the words."""
    references: torch.Tensor | None = None
    """[n, k, C, s, s]: every reference, fitted into a square."""
    placed: torch.Tensor | None = None
    """[n, k, C, h, w]: the same, fitted into the grid."""
    reference_rows: torch.Tensor | None = None
    """[n, k]: the first sprite of each."""
    starts: torch.Tensor | None = None
    """[n]: the number of the reference that the picture starts from, 0 for none."""
    new: int = 0
    """So many of the first examples were never seen before: what is only learned by heart does not help there."""


class Specs(IterableDataset):
    """Endless numpy descriptions of examples, one kind at a time."""

    def __init__(self, keys: list, scope: Scope, seed: int, count: int, tasks: dict[str, float] = TASKS):
        self.keys, self.scope, self.seed, self.count, self.tasks = keys, scope, seed, count, tasks

    def __iter__(self):
        info = get_worker_info()
        rng = random.Random(self.seed * 1009 + (info.id if info else 0))
        library = Library(self.keys, load_things(), self.scope)
        writer = Writer(rng, library)
        while True:
            (task,) = rng.choices(list(self.tasks), list(self.tasks.values()))
            grid = GRIDS[0] if rng.random() < SQUARE_SHARE else rng.choice(GRIDS[1:])
            yield getattr(self, f"_{task}")(rng, library, writer, grid)

    def _text(self, rng, library, writer, grid):
        scenes = [random_scene(rng, library, grid) for _ in range(self.count)]
        words = [writer.caption(scene) for scene in scenes]
        lenders = np.zeros(self.count, np.int64)
        return {"task": "text", "images": 0, "grid": grid, "target": describe(scenes, library), "style_lenders": lenders, **tokenise(words)}

    def _edit(self, rng, library, writer, grid):
        widened = grid != GRIDS[0] and rng.random() < WIDENED_SHARE * 2
        edits = [random_edit(rng, library, GRIDS[0] if widened else grid) for _ in range(self.count)]
        before = [edit[0] for edit in edits]
        after = [replace(edit[1], grid=grid) for edit in edits]
        return {
            "task": "edit", "images": 1, "grid": grid, "source_grid": GRIDS[0] if widened else grid,
            "target": describe(after, library), "sources": [describe(before, library)], "starts": np.ones(self.count, np.int64),
            "style_lenders": np.array([0 if any(change.kind == "style" for change in edit[2]) else 1 for edit in edits]),
            **tokenise([writer.instruction(edit[2]) for edit in edits]),
        }  # fmt: skip

    def _composition(self, rng, library, writer, grid):
        (images,) = rng.choices(list(IMAGES), list(IMAGES.values()))
        count = max(3, self.count // max(1, images // 2))
        made = [random_composition(rng, library, grid, images) for _ in range(count)]
        sources = [describe([one.references[number] for one in made], library) for number in range(images)]
        return {
            "task": "composition", "images": images, "grid": grid, "source_grid": GRIDS[0],
            "target": describe([one.target for one in made], library), "sources": sources,
            "starts": np.array([number_of(one.lends_object) for one in made]),
            "style_lenders": np.array([number_of(one.lends_object if one.lends_style is None else one.lends_style) for one in made]),
            **tokenise([writer.composition(one) for one in made]),
        }  # fmt: skip


def number_of(place: int | None) -> int:
    """Of the reference at a place, from 1; 0 for none."""
    return 0 if place is None else place + 1


class Ring:
    """Examples drawn before, up to a capacity; a new one then takes a random place."""

    def __init__(self, capacity: int):
        self.capacity, self.size, self.stored = capacity, 0, None

    def put(self, parts: tuple) -> None:
        count = len(parts[0])
        if self.stored is None:
            self.stored = [torch.empty(self.capacity, *part.shape[1:], dtype=part.dtype, device=part.device) for part in parts]
        if self.size + count <= self.capacity:
            where = slice(self.size, self.size + count)
            self.size += count
        else:
            where = torch.randperm(self.size, device=parts[0].device)[:count]
        for stored, part in zip(self.stored, parts, strict=True):
            stored[where] = part[: self.size]

    def take(self, count: int) -> tuple:
        index = torch.randint(self.size, (count,), device=self.stored[0].device)
        return tuple(stored[index] for stored in self.stored)


class Source:
    """Batches for training. options: device, ring, prefill, new_share, workers, batch, scale, scope."""

    def __init__(self, canvas: Canvas, autoencoder: Autoencoder, options, seed: int):
        self.canvas, self.autoencoder, self.options = canvas, autoencoder.eval(), options
        self.text = TextFeatures(options.device)
        self.rings: dict[tuple, Ring] = {}
        specs = Specs(canvas.keys, options.scope, seed, max(3, options.batch // options.new_share))
        self.specs = iter(DataLoader(
            specs, batch_size=None, num_workers=options.workers, prefetch_factor=4 if options.workers else None,
        ))  # fmt: skip
        self.empty = self.text([""])
        self.things = torch.tensor([thing for thing, *_ in canvas.keys])
        self.styles = torch.tensor([STYLES.index(style) for _, style, *_ in canvas.keys])
        for _ in range(options.prefill):
            self._drawn(next(self.specs))

    @torch.no_grad()
    def encode(self, pictures):
        with mixed(self.options.device):
            return self.autoencoder.encode(pictures.contiguous(memory_format=torch.channels_last)).half()

    @torch.no_grad()
    def _fresh(self, spec) -> tuple:
        size = self._size_px(spec["grid"])
        picture, rows = self.canvas.render_and_tell(spec["target"], size)
        target = self.encode(picture)
        features, mask = self.text.of_ids(spec["ids"], spec["mask"])
        square = self._size_px(GRIDS[0])
        told = self._told(spec, size, square[0], target.device)
        if not spec["images"]:
            return target, features, mask, rows, *told
        pictures = [self.canvas.render(source, self._size_px(spec["source_grid"])) for source in spec["sources"]]
        references = torch.stack([self.encode(fitted(picture, square)) for picture in pictures], 1)
        placed = references if size == square else torch.stack([self.encode(fitted(picture, size)) for picture in pictures], 1)
        reference_rows = torch.stack([source["rows"][:, 0] for source in spec["sources"]], 1)
        return target, features, mask, rows, *told, references, placed, reference_rows.to(rows), spec["starts"].to(rows)

    def _told(self, spec, size, square_px: int, device: str) -> tuple:
        """(layout, origins, styles, style_lenders) of targets of `size` px, as Batch has them."""
        target = spec["target"]
        layout, styles = layouts(target, size, square_px), self.styles[target["rows"][:, 0]]
        where = torch.tensor(NOWHERE).expand(layout.shape)
        for number, source in enumerate(spec.get("sources", ()), 1):
            starts_here = (spec["starts"] == number)[:, None, None]
            found = origins(target, source, self.things, (self._size_px(spec["source_grid"]), size), square_px)
            where = torch.where(starts_here, found, where)
        return layout.to(device), where.to(device), styles.to(device), spec["style_lenders"].to(device)

    def _size_px(self, grid) -> tuple[int, int]:
        return native_px(grid, self.options.scale)

    def batch(self) -> tuple[str, Batch]:
        """(task, batch)."""
        spec = next(self.specs)
        ring, fresh = self._drawn(spec)
        count = self.options.batch if spec["images"] <= MANY_IMAGES else self.options.batch // 3
        old = ring.take(max(1, count - len(fresh[0])))
        parts = (torch.cat(pair) for pair in zip(fresh, old, strict=True))
        parts = [part.float() if part.is_floating_point() else part for part in parts]
        return spec["task"], Batch(*parts, new=len(fresh[0]))

    def _drawn(self, spec) -> tuple:
        """(ring of examples of this kind, the new ones, which it holds now)."""
        fresh = self._fresh(spec)
        key = (spec["task"], spec["images"], tuple(spec["grid"]))
        ring = self.rings.setdefault(key, Ring(self._capacity(*key)))
        ring.put(fresh)
        return ring, fresh

    def _capacity(self, task: str, images: int, grid) -> int:
        whole = self.options.ring if task == "text" else self.options.ring // (2 + images)
        return whole if grid == GRIDS[0] else whole // 5

