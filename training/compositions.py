"""Pictures composed from references: who lends what."""

import random
from dataclasses import dataclass, replace

from scenes import Item, Library, Scene, home_box, lone_box, random_jitter, random_scene, row_boxes


@dataclass(frozen=True)
class Composition:
    """A picture made from references: who lends what. Numbers are places in `references`; None: nobody."""

    references: tuple[Scene, ...]
    target: Scene
    lends_object: int | None = None
    lends_second: int | None = None
    lends_style: int | None = None
    lends_background: int | None = None
    lends_colour: int | None = None
    noun: int | None = None
    """The thing that words name, where no reference lends it."""


KINDS_OF_COMPOSITION = {
    ("object", "background"): 2.0, ("object", "style"): 3.0, ("object", "style", "background"): 2.0,
    ("object", "colour"): 1.2, ("object", "second"): 1.5, ("object", "second", "background"): 0.8,
    ("style",): 3.2, ("background",): 0.5, ("colour",): 0.7, ("style", "background"): 1.0, ("object",): 0.6,
    ("object", "colour", "background"): 0.6, ("object", "colour", "style"): 0.5,
}  # fmt: skip


def random_composition(rng: random.Random, library: Library, grid: tuple[int, int], images: int) -> Composition:
    """`images` references, those that lend nothing among them."""
    kinds = [kind for kind in KINDS_OF_COMPOSITION if len(kind) <= images]
    while True:
        (kind,) = rng.choices(kinds, [KINDS_OF_COMPOSITION[kind] for kind in kinds])
        references = tuple(random_scene(rng, library, REFERENCE_GRID, plain=True) for _ in range(images))
        places = rng.sample(range(images), len(kind))
        if rng.random() < 0.5:
            places.sort()
        lent = dict(zip(kind, places, strict=True))
        target = _composed(rng, library, grid, references, lent)
        if target:
            scene, noun = target
            roles = {f"lends_{role}": number for role, number in lent.items()}
            return Composition(references, scene, noun=noun, **roles)


REFERENCE_GRID = (32, 32)


def _composed(rng, library: Library, grid, references, lent: dict):
    """(scene, named thing or None), or None where no drawing shows it."""
    ground = references[lent.get("background", lent.get("object", -1))] if "background" in lent or "object" in lent else None
    by_style = references[lent["style"]].style if "style" in lent else None
    if "object" in lent:
        lender = references[lent["object"]]
        style, noun = by_style or lender.style, None
        items = [lender.items[0]]
    else:
        noun = library.thing(rng, by_style)
        style = by_style or library.own_style(noun)
        items = [Item(noun, None, lone_box(None, None, grid))]
    if "second" in lent:
        items.append(references[lent["second"]].items[0])
    if len(items) > 1 and any(library.is_person(item.thing) for item in items):
        return None
    if "colour" in lent:
        colour = _colour_of(library, references[lent["colour"]])
        if colour is None:
            return None
        items[0] = replace(items[0], colour=None if colour == library.natural.get((items[0].thing, style)) else colour)
    kept = [item if library.has(item, style) else library.restyled(item, style) for item in items]
    if None in kept or len({item.thing for item in items}) < len(items):
        return None
    boxes = row_boxes(2, grid) if len(items) == 2 else [home_box(library, items[0].thing, grid)]
    placed = tuple(replace(item, box=box) for item, box in zip(kept, boxes, strict=True))
    scene = Scene(grid, style, placed, jitter=random_jitter(rng), says_colour=(False,) * len(items))
    if ground:
        scene = replace(scene, background=ground.background, gradient=ground.gradient)
    return scene, noun


def _colour_of(library: Library, scene: Scene) -> str | None:
    item = scene.items[0]
    return item.colour or library.natural.get((item.thing, scene.style))
