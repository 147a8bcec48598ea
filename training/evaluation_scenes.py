"""What the evaluation asks for, and the true pictures of it, drawn from real drawings.

A request stands in prompts/evaluation.json with all that is needed to draw its references and its true result again:
scenes without what is usual. An item is "apple", "apple|red" (recoloured) or "apple|=red" (as it is drawn, and the prompt
says that it is red).
"""

import json
import tempfile
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from canvas import GRIDS, Canvas, describe, native_px
from real_drawings import RealDrawings, all_things
from scenes import MOST_ITEMS, Item, Library, Scene, count_boxes, lone_box, row_boxes
from things import DEFAULT_STYLE

PROMPTS = Path(__file__).parent / "prompts" / "evaluation.json"
FIRST_SEED = 1000
THING_NUMBERS = {thing["noun"]: number for number, thing in enumerate(all_things())}


@dataclass(frozen=True)
class Request:
    """One prompt with its references and what it asks for."""

    kind: str
    prompt: str
    target: Scene
    sources: tuple[Scene, ...] = ()
    change: str | None = None
    """Of an edit: what kind it is."""
    lends: tuple[tuple[str, int], ...] = ()
    """Of a composition: (role, number of the reference that has it)."""
    said: tuple[str | None, ...] = ()
    """Of each item of the target: the colour that the prompt says."""
    seed: int = 0

    @property
    def is_ordered(self) -> bool:
        """Whether the prompt says where each thing stands."""
        return self.kind != "reference" and self.target.relation not in ("and", "next to")

    @cached_property
    def changed(self) -> int | None:
        """Of an edit: which item of the result is another one; where one is gone, which of the source's it was."""
        if self.change == "remove":
            return next(n for n, item in enumerate(self.sources[0].items) if item not in self.target.items)
        before = self.sources[0].items
        others = (n for n, item in enumerate(self.target.items) if n >= len(before) or item != before[n])
        return next(others, None)

    def speaks_of(self, number: int) -> bool:
        """Whether the words (or a reference) settle the colour of the item; an edit only of what it changes."""
        if self.kind == "reference":
            return number == 0 and "colour" in self.roles()
        if self.kind != "edit":
            return True
        before = self.sources[0].items
        return self.change in ("colour", "add", "swap") and (number >= len(before) or self.target.items[number] != before[number])

    def roles(self) -> dict[str, int]:
        return dict(self.lends)


def usual_boxes(scene: Scene) -> list[tuple[float, float, float]]:
    count = len(scene.items)
    if scene.is_lone:
        return [lone_box(scene.size, scene.place, scene.grid)]
    if scene.is_counted:
        return count_boxes(count, scene.grid)
    boxes = row_boxes(count, scene.grid, vertical=scene.relation in ("above", "below"))
    return boxes[::-1] if scene.relation in ("to the right of", "below") else boxes


def rounded(boxes) -> list[list[float]]:
    return [[round(value, 3) for value in box] for box in boxes]


def scene_to_json(scene: Scene, said: tuple[str | None, ...] = ()) -> dict:
    colours = [item.colour or (f"={word}" if word else None) for item, word in zip(scene.items, said or [None] * MOST_ITEMS, strict=False)]
    nouns = [all_things()[item.thing]["noun"] for item in scene.items]
    stored = {"items": [f"{noun}|{c}" if c else noun for noun, c in zip(nouns, colours, strict=False)]}
    if scene.style != DEFAULT_STYLE:
        stored["style"] = scene.style
    for name in ("background", "gradient", "size", "place", "relation"):
        if getattr(scene, name):
            stored[name] = getattr(scene, name)
    if scene.grid != GRIDS[0]:
        stored["grid"] = scene.grid
    boxes = rounded(item.box for item in scene.items)
    return stored if boxes == rounded(usual_boxes(scene)) else {**stored, "boxes": boxes}


def scene_from_json(stored: dict) -> tuple[Scene, tuple[str | None, ...]]:
    """(scene, colours that are said)."""
    named = [text.partition("|")[::2] for text in stored["items"]]
    colours = [None if not colour or colour.startswith("=") else colour for _, colour in named]
    fields = {name: stored[name] for name in ("background", "gradient", "size", "place", "relation") if name in stored}
    items = tuple(Item(THING_NUMBERS[noun], c, (0, 0, 1)) for (noun, _), c in zip(named, colours, strict=True))
    scene = Scene(tuple(stored.get("grid", GRIDS[0])), stored.get("style", DEFAULT_STYLE), items, **fields)
    boxes = [tuple(box) for box in stored.get("boxes") or usual_boxes(scene)]
    items = tuple(replace(item, box=box) for item, box in zip(items, boxes, strict=True))
    return replace(scene, items=items), tuple(colour.removeprefix("=") or None for _, colour in named)


def save_requests(requests: list[Request], path: Path = PROMPTS) -> None:
    """By kind, one request a line."""
    kinds = dict.fromkeys(request.kind for request in requests)
    groups = [",\n".join(_to_line(request) for request in requests if request.kind == kind) for kind in kinds]
    path.parent.mkdir(exist_ok=True)
    path.write_text("{\n" + ",\n".join(f'"{kind}":[\n{lines}\n]' for kind, lines in zip(kinds, groups, strict=True)) + "\n}\n")


def _to_line(request: Request) -> str:
    entry = {"prompt": request.prompt, "target": scene_to_json(request.target, request.said)}
    if request.change:
        entry["change"] = request.change
    if request.lends:
        entry["lends"] = request.roles()
    if request.sources:
        entry["sources"] = [scene_to_json(scene) for scene in request.sources]
    return json.dumps(entry, separators=(",", ":"))


def load_requests(path: Path = PROMPTS) -> list[Request]:
    groups = json.loads(path.read_text())
    entries = [(kind, entry) for kind, group in groups.items() for entry in group]
    return [_from_entry(kind, entry, FIRST_SEED + number) for number, (kind, entry) in enumerate(entries)]


def _from_entry(kind: str, entry: dict, seed: int) -> Request:
    target, said = scene_from_json(entry["target"])
    sources = tuple(scene_from_json(stored)[0] for stored in entry.get("sources", ()))
    lends = tuple(entry.get("lends", {}).items())
    request = Request(kind, entry["prompt"], target, sources, entry.get("change"), lends, (), seed)
    return replace(request, said=tuple(colour if request.speaks_of(n) else None for n, colour in enumerate(said)))


class Studio:
    """Draws scenes: a canvas with just the sprites that these scenes need."""

    def __init__(self, drawings: RealDrawings, scenes: list[Scene], scale: int):
        self.scale = scale
        things = all_things()
        keys = sorted({(item.thing, scene.style, item.colour or "") for scene in scenes for item in scene.items})
        self.library = Library([(thing, look, colour or None, None) for thing, look, colour in keys], things)
        with tempfile.TemporaryDirectory() as folder:
            stem = Path(folder) / "sprites"
            with stem.with_suffix(".rgba").open("wb") as file:
                for thing, look, colour in keys:
                    file.write(np.ascontiguousarray(drawings.sprite(things[thing], look, colour or None)).tobytes())
            stem.with_suffix(".json").write_text(json.dumps({"size": drawings.size_px, "keys": keys}))
            self.canvas = Canvas(stem, "cpu")

    def size_px(self, grid: tuple[int, int]) -> tuple[int, int]:
        """Of a native picture, as source.Source has it."""
        return native_px(grid, self.scale)

    def draw(self, scene: Scene) -> np.ndarray:
        """float32 [3, H, W] in 0..1."""
        return self.render(scene)[0].numpy()

    def alpha(self, scene: Scene, number: int) -> np.ndarray:
        """[H, W]: how much of each pixel the item covers; nothing stands in front of it."""
        alone = replace(scene, items=(scene.items[number],))
        black, white = (self.render(alone, ground).mean((0, 1)) for ground in (0.0, 1.0))
        return (1 - (white - black)).numpy()

    def render(self, scene: Scene, ground: float | None = None) -> torch.Tensor:
        described = {name: torch.from_numpy(part) for name, part in describe([scene], self.library).items()}
        if ground is not None:
            described["grounds"] = torch.full_like(described["grounds"], ground)
        return self.canvas.render(described, self.size_px(scene.grid))
