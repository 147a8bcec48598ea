"""Scenes, edits of scenes, and pictures composed from references: what is in a picture, apart from words and pixels.

What a caption leaves unsaid is the default, so that text (and references) nearly determine the picture.
"""

import copy
import random
from dataclasses import dataclass, field, replace

from recolour import BACKGROUNDS
from things import CORE_WEIGHT, DEFAULT_STYLE, STYLE_WEIGHTS, Scope

GRADIENTS = ("red", "orange", "green", "blue", "purple", "pink", "teal", "grey")
SIZES = {None: 0.74, "small": 0.44, "large": 0.95}
"""Longer side of a lone thing over the shorter side of the picture."""

PLACES = {
    None: (0, 0), "left": (-1, 0), "right": (1, 0), "top": (0, -1), "bottom": (0, 1),
    "top left": (-1, -1), "top right": (1, -1), "bottom left": (-1, 1), "bottom right": (1, 1),
}  # fmt: skip
RELATIONS = ("and", "next to", "to the left of", "to the right of", "above", "below")
MOST_ITEMS = 4


@dataclass(frozen=True)
class Item:
    thing: int
    colour: str | None
    """None: as it is drawn."""
    box: tuple[float, float, float]
    """Centre (x, y) from the picture's centre and side, in shorter sides of the picture."""


@dataclass(frozen=True)
class Scene:
    grid: tuple[int, int]
    style: str
    items: tuple[Item, ...]
    """One thing, `count` equal ones, or two to three different ones."""
    background: str | None = None
    gradient: bool = False
    size: str | None = None
    place: str | None = None
    relation: str | None = None
    says_colour: tuple[bool, ...] = ()
    """Of each item, whether its natural colour is said aloud."""
    jitter: tuple[float, ...] = field(default=(0.0, 0.0, 0.0, 0.0))
    """Of scale, x, y, and the background's lightness; shared by a scene and its edit."""

    @property
    def is_lone(self) -> bool:
        return len(self.items) == 1

    @property
    def is_counted(self) -> bool:
        return len(self.items) > 1 and len({(item.thing, item.colour) for item in self.items}) == 1


class Library:
    """Which sprite shows a thing in a style and a colour; rows of the file that sprites.py builds."""

    def __init__(self, keys: list, things: list[dict], scope: Scope = Scope()):
        self.things = things
        self.rows: dict[tuple, int] = {}
        self.colours: dict[tuple, list[str]] = {}
        self.natural: dict[tuple, str] = {}
        self.styles: dict[int, list[str]] = {}
        for row, (thing, style, colour, natural) in enumerate(keys):
            if not scope.holds(things[thing], style):
                continue
            self.rows[thing, style, colour] = row
            if colour is None:
                self.styles.setdefault(thing, []).append(style)
                if natural:
                    self.natural[thing, style] = natural
            else:
                self.colours.setdefault((thing, style), []).append(colour)
        self.numbers = list(self.styles)
        self.weights = [CORE_WEIGHT if things[number]["core"] else 1.0 for number in self.numbers]
        self.countable = {
            number for number in self.numbers
            if not things[number]["noun"].endswith("s") and " of " not in things[number]["noun"] and " with " not in things[number]["noun"]
        }  # fmt: skip

    def thing(self, rng: random.Random, style: str | None = None) -> int:
        while True:
            (number,) = rng.choices(self.numbers, self.weights)
            if style is None or style in self.styles[number]:
                return number

    def style(self, rng: random.Random, thing: int) -> str:
        styles = self.styles[thing]
        return rng.choices(styles, [STYLE_WEIGHTS[style] for style in styles])[0]

    def row(self, item: Item, style: str) -> int:
        return self.rows[item.thing, style, item.colour]


def grid_reach(grid: tuple[int, int]) -> tuple[float, float]:
    """Half the width and half the height of a picture, in shorter sides."""
    short = min(grid)
    return grid[1] / short / 2, grid[0] / short / 2


def lone_box(size: str | None, place: str | None, grid: tuple[int, int]) -> tuple[float, float, float]:
    side = SIZES[size]
    x, y = PLACES[place]
    wide, high = grid_reach(grid)
    return x * max(0, wide - side / 2) * 0.9, y * max(0, high - side / 2) * 0.9, side


def row_boxes(count: int, grid: tuple[int, int], vertical: bool = False) -> list[tuple[float, float, float]]:
    """Side by side, from left to right or from top to bottom."""
    wide, high = grid_reach(grid)
    along, across = (high, wide) if vertical else (wide, high)
    side = min(2 * along / count * 0.9, 2 * across * 0.8)
    step = min(2 * along / count, side * 1.25)
    centres = [(index - (count - 1) / 2) * step for index in range(count)]
    return [(0.0, centre, side) if vertical else (centre, 0.0, side) for centre in centres]


def count_boxes(count: int, grid: tuple[int, int]) -> list[tuple[float, float, float]]:
    wide, high = grid_reach(grid)
    if count == 2 or max(wide, high) > 0.8:
        return row_boxes(count, grid, vertical=high > wide)
    if count == 3:
        return [(0.0, -0.22, 0.43), (-0.23, 0.23, 0.43), (0.23, 0.23, 0.43)]
    return [(-0.23, -0.23, 0.43), (0.23, -0.23, 0.43), (-0.23, 0.23, 0.43), (0.23, 0.23, 0.43)]


def random_jitter(rng: random.Random) -> tuple[float, ...]:
    """Tiny: captions do not tell it."""
    return tuple(max(-2.0, min(2.0, rng.gauss(0, 1))) * scale for scale in (0.02, 0.008, 0.008, 0.012))


def random_scene(rng: random.Random, library: Library, grid: tuple[int, int], *, plain: bool = False) -> Scene:
    """`plain`: one thing in the middle, for references and for what is edited."""
    kind = "lone" if plain else rng.choices(("lone", "count", "two", "three"), (0.70, 0.06, 0.19, 0.05))[0]
    thing = library.thing(rng)
    style = library.style(rng, thing)
    scene = Scene(grid, style, (), jitter=random_jitter(rng))
    if rng.random() < 0.7:
        background = rng.choice(list(BACKGROUNDS))
        scene = replace(scene, background=background, gradient=background in GRADIENTS and rng.random() < 0.2)
    if kind == "lone":
        size = rng.choice(["small", "large"]) if not plain and rng.random() < 0.2 else None
        place = rng.choice([place for place in PLACES if place]) if not plain and rng.random() < 0.2 else None
        items = (_item(rng, library, thing, style, lone_box(size, place, grid)),)
        return _said(rng, library, replace(scene, items=items, size=size, place=place))
    if kind == "count" and thing in library.countable:
        boxes = count_boxes(rng.choice((2, 2, 3, 3, 4)), grid)
        first = _item(rng, library, thing, style, boxes[0])
        return _said(rng, library, replace(scene, items=tuple(replace(first, box=box) for box in boxes)))
    relation = rng.choice(RELATIONS) if kind != "three" else "and"
    return _said(rng, library, _several(rng, library, scene, thing, relation, 3 if kind == "three" else 2))


def _several(rng, library: Library, scene: Scene, thing: int, relation: str, count: int) -> Scene:
    numbers = [thing]
    while len(numbers) < count:
        other = library.thing(rng, scene.style)
        if other not in numbers:
            numbers.append(other)
    boxes = row_boxes(count, scene.grid, vertical=relation in ("above", "below"))
    if relation in ("to the right of", "below"):
        boxes = boxes[::-1]
    items = tuple(_item(rng, library, number, scene.style, box) for number, box in zip(numbers, boxes, strict=True))
    return replace(scene, items=items, relation=relation)


def _item(rng: random.Random, library: Library, thing: int, style: str, box) -> Item:
    colours = library.colours.get((thing, style))
    return Item(thing, rng.choice(colours) if colours and rng.random() < 0.5 else None, box)


def _said(rng: random.Random, library: Library, scene: Scene) -> Scene:
    """Sometimes a natural colour is said aloud."""
    says = tuple(item.colour is None and (item.thing, scene.style) in library.natural and rng.random() < 0.2 for item in scene.items)
    if scene.is_counted:
        says = (says[0],) * len(scene.items)
    return replace(scene, says_colour=says)


@dataclass(frozen=True)
class Change:
    """One step of an instruction; `what` fills in its words."""

    kind: str
    what: dict


def random_edit(rng: random.Random, library: Library, grid: tuple[int, int]) -> tuple[Scene, Scene, list[Change]]:
    """(before, after, what was done): one change, sometimes two."""
    while True:
        before = random_scene(rng, library, grid, plain=rng.random() < 0.6)
        after, changes = before, []
        for _ in range(2 if rng.random() < 0.12 else 1):
            done = {change.kind for change in changes}
            after, change = random_change(rng, library, after, done)
            if change is None:
                break
            changes.append(change)
            if change.kind in ("add", "remove", "swap"):
                break
        if changes:
            return _undo_some(rng, before, after, changes)


def _undo_some(rng, before: Scene, after: Scene, changes: list[Change]):
    """What was added can be removed: the pair turned round."""
    if len(changes) == 1 and changes[0].kind == "add" and rng.random() < 0.4:
        return after, before, [Change("remove", {**changes[0].what, "side": None})]
    return before, after, changes


CHANGE_WEIGHTS = {
    "colour": 3.0, "style": 3.5, "background": 3.0, "size": 0.8, "place": 0.8, "count": 0.6, "add": 1.4,
    "remove": 0.9, "swap": 1.2,
}  # fmt: skip


def random_change(rng: random.Random, library: Library, scene: Scene, done: set[str]):
    kinds = [kind for kind in CHANGE_WEIGHTS if kind not in done]
    for _ in range(6):
        (kind,) = rng.choices(kinds, [CHANGE_WEIGHTS[kind] for kind in kinds])
        changed = CHANGES[kind](rng, library, scene)
        if changed:
            return changed
    return scene, None


def _change_colour(rng, library: Library, scene: Scene):
    index = rng.randrange(len(scene.items))
    item = scene.items[index]
    natural = library.natural.get((item.thing, scene.style))
    colours = [c for c in library.colours.get((item.thing, scene.style), []) if c != item.colour and c != natural]
    if not colours:
        return None
    colour = rng.choice(colours)
    targets = scene.items if scene.is_counted else (item,)
    items = tuple(replace(other, colour=colour) if other in targets else other for other in scene.items)
    what = {"colour": colour, "thing": None if scene.is_lone or scene.is_counted else item.thing, "subject": item.thing}
    return replace(scene, items=items), Change("colour", what)


def _change_style(rng, library: Library, scene: Scene):
    def fits(style):
        return all((item.thing, style, item.colour) in library.rows for item in scene.items)

    styles = [style for style in STYLE_WEIGHTS if style != scene.style and fits(style)]
    if not styles:
        return None
    style = rng.choices(styles, [STYLE_WEIGHTS[style] for style in styles])[0]
    return replace(scene, style=style), Change("style", {"style": style, "subject": scene.items[0].thing})


def _change_background(rng, library: Library, scene: Scene):
    background = rng.choice([name for name in BACKGROUNDS if name != scene.background])
    gradient = background in GRADIENTS and rng.random() < 0.2
    after = replace(scene, background=background, gradient=gradient)
    return after, Change("background", {"background": background, "gradient": gradient, "subject": scene.items[0].thing})


def _change_size(rng, library: Library, scene: Scene):
    if not scene.is_lone or scene.size or scene.items[0].box[2] != SIZES[None]:
        return None
    size = rng.choice(["small", "large"])
    items = (replace(scene.items[0], box=lone_box(size, scene.place, scene.grid)),)
    return replace(scene, items=items, size=size), Change("size", {"size": size, "subject": scene.items[0].thing})


def _change_place(rng, library: Library, scene: Scene):
    if not scene.is_lone:
        return None
    place = rng.choice([place for place in (*PLACES, None) if place != scene.place])
    items = (replace(scene.items[0], box=lone_box(scene.size, place, scene.grid)),)
    return replace(scene, items=items, place=place), Change("place", {"place": place, "subject": scene.items[0].thing})


def _change_count(rng, library: Library, scene: Scene):
    if not scene.is_lone or scene.items[0].thing not in library.countable:
        return None
    boxes = count_boxes(rng.choice((2, 3, 4)), scene.grid)
    items = tuple(replace(scene.items[0], box=box) for box in boxes)
    after = replace(scene, items=items, size=None, place=None)
    return after, Change("count", {"count": len(boxes), "subject": scene.items[0].thing})


CORNERS = {"right": (0.27, 0.27), "left": (-0.27, 0.27)}


def _add(rng, library: Library, scene: Scene):
    """In front, in a lower corner: the right one unless words say otherwise."""
    if not scene.is_lone or scene.place or scene.size:
        return None
    side = rng.choice((None, None, "right", "left"))
    x, y = CORNERS[side or "right"]
    thing = library.thing(rng, scene.style)
    if thing == scene.items[0].thing:
        return None
    item = _item(rng, library, thing, scene.style, (x, y, 0.42))
    what = {"thing": thing, "colour": item.colour, "side": side}
    return replace(scene, items=(*scene.items, item)), Change("add", what)


def _remove(rng, library: Library, scene: Scene):
    if scene.is_lone or scene.is_counted:
        return None
    index = rng.randrange(len(scene.items))
    gone = scene.items[index]
    items = tuple(item for item in scene.items if item is not gone)
    return replace(scene, items=items), Change("remove", {"thing": gone.thing, "colour": None, "side": None})


def _swap(rng, library: Library, scene: Scene):
    index = rng.randrange(len(scene.items))
    if scene.is_counted:
        return None
    thing = library.thing(rng, scene.style)
    old = scene.items[index]
    if thing == old.thing:
        return None
    new = _item(rng, library, thing, scene.style, old.box)
    items = tuple(new if item is old else item for item in scene.items)
    what = {"thing": thing, "colour": new.colour, "old": old.thing, "lone": scene.is_lone}
    return replace(scene, items=items), Change("swap", what)


CHANGES = {
    "colour": _change_colour, "style": _change_style, "background": _change_background, "size": _change_size,
    "place": _change_place, "count": _change_count, "add": _add, "remove": _remove, "swap": _swap,
}  # fmt: skip


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
    ("object", "background"): 2.0, ("object", "style"): 2.0, ("object", "style", "background"): 2.0,
    ("object", "colour"): 1.2, ("object", "second"): 1.5, ("object", "second", "background"): 0.8,
    ("style",): 1.5, ("background",): 0.7, ("colour",): 0.7, ("style", "background"): 1.0, ("object",): 0.6,
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
        style = by_style or DEFAULT_STYLE
        noun = library.thing(rng, style)
        items = [Item(noun, None, lone_box(None, None, grid))]
    if "second" in lent:
        items.append(references[lent["second"]].items[0])
    if "colour" in lent:
        colour = _colour_of(library, references[lent["colour"]])
        if colour is None:
            return None
        items[0] = replace(items[0], colour=None if colour == library.natural.get((items[0].thing, style)) else colour)
    boxes = row_boxes(2, grid) if len(items) == 2 else [lone_box(None, None, grid)]
    items = tuple(replace(item, box=box) for item, box in zip(items, boxes, strict=True))
    if any((item.thing, style, item.colour) not in library.rows for item in items) or len({i.thing for i in items}) < len(items):
        return None
    scene = Scene(grid, style, items, jitter=random_jitter(rng), says_colour=(False,) * len(items))
    if ground:
        scene = replace(scene, background=ground.background, gradient=ground.gradient)
    return scene, noun


def _colour_of(library: Library, scene: Scene) -> str | None:
    item = scene.items[0]
    return item.colour or library.natural.get((item.thing, scene.style))


def copy_of(scene: Scene, **changes) -> Scene:
    return replace(copy.copy(scene), **changes)
