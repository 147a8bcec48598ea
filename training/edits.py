"""Edits of scenes: one change, sometimes two, with the scene that they lead to."""

import random
from dataclasses import dataclass, replace

from recolour import BACKGROUNDS
from scenes import (
    GRADIENTS,
    PLACES,
    SIZES,
    Library,
    Scene,
    count_boxes,
    lone_box,
    new_item,
    random_scene,
)
from things import AVATAR, LIGHTS, PEOPLE, PRODUCT, STYLE_WEIGHTS


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
    "colour": 2.2, "style": 4.5, "background": 2.2, "size": 2.2, "place": 3.0, "count": 2.0, "add": 4.5,
    "remove": 4.0, "swap": 1.4, "lighting": 3.0, "view": 2.0, "person": 14.0,
}  # fmt: skip
"""The last three only where there are products and people: people have few other edits."""


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
    named = [colour for colour in library.colours.get((item.thing, scene.style), []) if colour not in (item.colour, natural)]
    colours = [colour for colour in named if library.has(replace(item, colour=colour), scene.style)]
    if not colours:
        return None
    colour = rng.choice(colours)
    targets = scene.items if scene.is_counted else (item,)
    items = tuple(replace(other, colour=colour) if other in targets else other for other in scene.items)
    what = {"colour": colour, "thing": None if scene.is_lone or scene.is_counted else item.thing, "subject": item.thing}
    return replace(scene, items=items), Change("colour", what)


def _change_style(rng, library: Library, scene: Scene):
    def restyled(style: str):
        items = tuple(library.restyled(item, style) for item in scene.items)
        return None if None in items else items

    styles = [style for style in STYLE_WEIGHTS if style != scene.style and restyled(style)]
    if not styles:
        return None
    style = rng.choices(styles, [STYLE_WEIGHTS[style] for style in styles])[0]
    return replace(scene, style=style, items=restyled(style)), Change("style", {"style": style, "subject": scene.items[0].thing})


def _change_background(rng, library: Library, scene: Scene):
    background = rng.choice([name for name in BACKGROUNDS if name != scene.background])
    gradient = background in GRADIENTS and rng.random() < 0.2
    after = replace(scene, background=background, gradient=gradient)
    return after, Change("background", {"background": background, "gradient": gradient, "subject": scene.items[0].thing})


def _change_size(rng, library: Library, scene: Scene):
    if not scene.is_lone or scene.size or scene.items[0].box[2] != SIZES[None] or library.is_person(scene.items[0].thing):
        return None
    size = rng.choice(["small", "large"])
    items = (replace(scene.items[0], box=lone_box(size, scene.place, scene.grid)),)
    return replace(scene, items=items, size=size), Change("size", {"size": size, "subject": scene.items[0].thing})


def _change_place(rng, library: Library, scene: Scene):
    if not scene.is_lone or library.is_person(scene.items[0].thing):
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
    if thing == scene.items[0].thing or scene.style == AVATAR:
        return None
    item = new_item(rng, library, thing, scene.style, (x, y, 0.42), scene.lighting or "")
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
    old = scene.items[index]
    if scene.is_counted or library.is_person(old.thing):
        return None
    thing = library.thing(rng, scene.style)
    if thing == old.thing:
        return None
    new = new_item(rng, library, thing, scene.style, old.box, scene.lighting or "")
    items = tuple(new if item is old else item for item in scene.items)
    what = {"thing": thing, "colour": new.colour, "old": old.thing, "lone": scene.is_lone}
    return replace(scene, items=items), Change("swap", what)


def _change_look(library: Library, scene: Scene, change) -> Scene | None:
    """`change`: look -> look; None where a sprite is missing or nothing changes."""
    items = tuple(replace(item, look=change(item.look or ("", ""))) for item in scene.items)
    items = tuple(replace(item, look=item.look if any(item.look) else ()) for item in items)
    return replace(scene, items=items) if items != scene.items and all(library.has(item, scene.style) for item in items) else None


def _change_lighting(rng, library: Library, scene: Scene):
    if scene.style != PRODUCT:
        return None
    light = rng.choice(LIGHTS)
    after = _change_look(library, scene, lambda look: (look[0], light))
    return after and (after, Change("lighting", {"light": light, "subject": scene.items[0].thing}))


def _change_view(rng, library: Library, scene: Scene):
    if scene.style != PRODUCT or not scene.is_lone:
        return None
    item = scene.items[0]
    light = scene.lighting or ""
    views = [look[0] for look in library.looks[item.thing, PRODUCT] if look and look[0] and look[1] == light]
    if not views:
        return None
    view = rng.choice(views)
    after = _change_look(library, scene, lambda look: (view, look[1]))
    return after and (after, Change("view", {"view": view, "subject": item.thing}))


def _change_person(rng, library: Library, scene: Scene):
    """One attribute of a lone person; bald heads and caps have no hair colour, so it goes with the hair."""
    item = scene.items[0]
    if not scene.is_lone or not library.is_person(item.thing):
        return None
    changes = []
    for look in library.looks[item.thing, scene.style]:
        differing = [n for n, (old, new) in enumerate(zip(item.look, look, strict=True)) if old != new]
        names = [PEOPLE["attributes"][n] for n in differing]
        if names in ([name] for name in PEOPLE["attributes"]) or (names == ["head", "hair"] and not look[1]):
            changes.append((names[0], look))
    if not changes:
        return None
    attribute = rng.choice(sorted({name for name, _ in changes}))
    look = rng.choice([look for name, look in changes if name == attribute])
    number = PEOPLE["attributes"].index(attribute)
    what = {"attribute": attribute, "value": look[number], "old": item.look[number], "look": item.look}
    return replace(scene, items=(replace(item, look=look),)), Change("person", what)


CHANGES = {
    "colour": _change_colour, "style": _change_style, "background": _change_background, "size": _change_size,
    "place": _change_place, "count": _change_count, "add": _add, "remove": _remove, "swap": _swap,
    "lighting": _change_lighting, "view": _change_view, "person": _change_person,
}  # fmt: skip
