"""Scenes: what is in a picture, apart from words and pixels.

What a caption leaves unsaid is the default, so that text (and references) nearly determine the picture.
"""

import random
from dataclasses import dataclass, field, replace

from recolour import BACKGROUNDS
from things import CORE_WEIGHT, LIGHTS, OWN_STYLES, PRODUCT, STYLE_WEIGHTS, Scope

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
    look: tuple[str, ...] = ()
    """What else tells sprites of a thing apart. Of a product: view and light, or nothing for the usual ones; of a person:
    the values of PEOPLE's attributes."""


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
    def lighting(self) -> str | None:
        look = self.items[0].look if self.style == PRODUCT else ()
        return look[1] or None if look else None

    @property
    def is_lone(self) -> bool:
        return len(self.items) == 1

    @property
    def is_counted(self) -> bool:
        return len(self.items) > 1 and len({(item.thing, item.colour) for item in self.items}) == 1


class Library:
    """Which sprite shows a thing in a style, a colour and a look; rows of the file that sprites.py builds."""

    def __init__(self, keys: list, things: list[dict], scope: Scope = Scope()):
        self.things, self.scope = things, scope
        self.rows: dict[tuple, int] = {}
        self.colours: dict[tuple, list[str]] = {}
        self.natural: dict[tuple, str] = {}
        self.styles: dict[int, list[str]] = {}
        self.looks: dict[tuple, list[tuple]] = {}
        """Of a thing in a style, in its natural colour."""
        for row, (thing, style, colour, natural, *look) in enumerate(keys):
            if scope.holds(things[thing], style):
                self._put(row, thing, style, colour, natural, tuple(look))
        self.people = [number for number in self.styles if things[number].get("person")]
        self.numbers = [number for number in self.styles if number not in self.people]
        self._by_style = {style: self._weighted([n for n in self.numbers if style in self.styles[n]]) for style in STYLE_WEIGHTS}
        self._drawn = self._weighted([number for number in self.numbers if self.styles[number] != [PRODUCT]])
        self.countable = {
            number for number in self.numbers
            if not things[number]["noun"].endswith("s") and " of " not in things[number]["noun"] and " with " not in things[number]["noun"]
        }  # fmt: skip
        shares = {"drawn": 1 - scope.products - scope.people, "product": scope.products, "person": scope.people}
        there = {"drawn": self._drawn[0], "product": self._by_style[PRODUCT][0], "person": self.people}
        self.realms = {realm: share for realm, share in shares.items() if there[realm]}

    def _put(self, row: int, thing: int, style: str, colour: str | None, natural: str | None, look: tuple) -> None:
        self.rows[_key(thing, style, colour, look)] = row
        if colour is None:
            self.looks.setdefault((thing, style), []).append(look)
            if style not in self.styles.setdefault(thing, []):
                self.styles[thing].append(style)
            if natural:
                self.natural[thing, style] = natural
        elif colour not in self.colours.setdefault((thing, style), []):
            self.colours[thing, style].append(colour)

    def _weighted(self, numbers: list[int]) -> tuple[list[int], list[float]]:
        return numbers, [CORE_WEIGHT if self.things[number]["core"] else 1.0 for number in numbers]

    def thing(self, rng: random.Random, style: str | None = None) -> int:
        """No person. Without a style: something that is drawn."""
        numbers, weights = self._by_style[style] if style else self._drawn
        return rng.choices(numbers or self.numbers, weights or None)[0]

    def style(self, rng: random.Random, thing: int) -> str:
        styles = [style for style in self.styles[thing] if style != PRODUCT] or self.styles[thing]
        return rng.choices(styles, [STYLE_WEIGHTS[style] for style in styles])[0]

    def subject(self, rng: random.Random) -> tuple[int, str]:
        """(thing, style) of a new scene."""
        (realm,) = rng.choices(list(self.realms), list(self.realms.values()))
        if realm == "product":
            return self.thing(rng, PRODUCT), PRODUCT
        thing = rng.choice(self.people) if realm == "person" else self.thing(rng)
        return thing, self.style(rng, thing)

    def own_style(self, thing: int) -> str:
        """The style in which the thing is drawn where no word tells it."""
        styles = self.styles.get(thing, OWN_STYLES)
        return next((style for style in OWN_STYLES if style in styles), styles[0])

    def is_person(self, thing: int) -> bool:
        return bool(self.things[thing].get("person"))

    def has(self, item: Item, style: str) -> bool:
        return _key(item.thing, style, item.colour, item.look) in self.rows

    def row(self, item: Item, style: str) -> int:
        return self.rows[_key(item.thing, style, item.colour, item.look)]

    def restyled(self, item: Item, style: str) -> Item | None:
        """The same thing in another style, as near to what it was as there is a sprite; a person stays who they are."""
        look = item.look if self.is_person(item.thing) else ()
        other = replace(item, look=look)
        return other if self.has(other, style) else None


def _key(thing: int, style: str, colour: str | None, look: tuple) -> tuple:
    return (thing, style, colour, look) if look else (thing, style, colour)


def grid_reach(grid: tuple[int, int]) -> tuple[float, float]:
    """Half the width and half the height of a picture, in shorter sides."""
    short = min(grid)
    return grid[1] / short / 2, grid[0] / short / 2


def lone_box(size: str | None, place: str | None, grid: tuple[int, int]) -> tuple[float, float, float]:
    side = SIZES[size]
    x, y = PLACES[place]
    wide, high = grid_reach(grid)
    return x * max(0, wide - side / 2) * 0.9, y * max(0, high - side / 2) * 0.9, side


def home_box(library: Library, thing: int, grid: tuple[int, int]) -> tuple[float, float, float]:
    """Where a lone thing is when no words say otherwise; people are busts, cut by the lower edge."""
    if not library.is_person(thing):
        return lone_box(None, None, grid)
    side = 1.06
    return 0.0, grid_reach(grid)[1] - side / 2 + 0.03, side


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
    thing, style = library.subject(rng)
    kind = "lone" if plain else rng.choices(("lone", "count", "two", "three"), (0.42, 0.08, 0.44, 0.06))[0]
    scene = Scene(grid, style, (), jitter=random_jitter(rng))
    if rng.random() < 0.7:
        background = rng.choice(list(BACKGROUNDS))
        scene = replace(scene, background=background, gradient=background in GRADIENTS and rng.random() < 0.2)
    if library.is_person(thing):
        return replace(scene, items=(new_item(rng, library, thing, style, home_box(library, thing, grid)),), says_colour=(False,))
    if kind == "lone":
        size = rng.choice(["small", "large"]) if not plain and rng.random() < 0.2 else None
        place = rng.choice([place for place in PLACES if place]) if not plain and rng.random() < 0.2 else None
        items = (new_item(rng, library, thing, style, lone_box(size, place, grid)),)
        return _said(rng, library, replace(scene, items=items, size=size, place=place))
    if kind == "count" and thing in library.countable:
        boxes = count_boxes(rng.choice((2, 2, 3, 3, 4)), grid)
        first = new_item(rng, library, thing, style, boxes[0], _light(rng))
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
    light = _light(rng)
    items = tuple(new_item(rng, library, number, scene.style, box, light) for number, box in zip(numbers, boxes, strict=True))
    return replace(scene, items=items, relation=relation)


def _light(rng: random.Random) -> str:
    return rng.choice(LIGHTS) if rng.random() < 0.5 else ""


def new_item(rng: random.Random, library: Library, thing: int, style: str, box, light: str | None = None) -> Item:
    """`light`: of a product that is not alone; it is then seen from the usual side."""
    looks = library.looks[thing, style]
    if library.is_person(thing):
        return Item(thing, None, box, rng.choice(looks))
    item = Item(thing, None, box)
    if style == PRODUCT:
        turned = light is None and rng.random() < 0.3
        light = _light(rng) if light is None else light
        in_light = [look for look in looks if look and look[0] and look[1] == light]
        item = replace(item, look=rng.choice(in_light) if turned and in_light else ("", light) if light else ())
    colours = library.colours.get((thing, style))
    coloured = replace(item, colour=rng.choice(colours)) if colours and rng.random() < 0.5 else item
    return coloured if library.has(coloured, style) else item


def _said(rng: random.Random, library: Library, scene: Scene) -> Scene:
    """Sometimes a natural colour is said aloud."""
    says = tuple(item.colour is None and (item.thing, scene.style) in library.natural and rng.random() < 0.2 for item in scene.items)
    if scene.is_counted:
        says = (says[0],) * len(scene.items)
    return replace(scene, says_colour=says)
