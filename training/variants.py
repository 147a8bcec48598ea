"""Every sprite of a thing that training may see: natural, recoloured, turned into other styles, as a product, as a person."""

import numpy as np

from recolour import COLOURS, Recolourer
from things import COLOURED_STYLES, PRODUCT, STYLE_SOURCES, HoldOuts
from turns import outline, pixel_art, silhouette, sketch

CLEAR_HUE_DEGREES = 20
TURNS = {
    "outline": lambda sprite, _: outline(sprite), "sketch": lambda sprite, _: sketch(sprite),
    "silhouette": silhouette, "pixel art": lambda sprite, _: pixel_art(sprite),
}  # fmt: skip
PRODUCT_SOURCE = "product|||"


def clear_colour(recolourer: Recolourer) -> str | None:
    """The colour that anyone would call the drawing; None where people would differ."""
    name = recolourer.natural
    if name in (None, "brown", "black", "white", "grey"):
        return name
    distance = abs((recolourer.mean_hue - COLOURS[name][2] + 180) % 360 - 180)
    return name if distance < CLEAR_HUE_DEGREES and recolourer.mean_chroma > 0.08 else None


def drawn(number: int, thing: dict, drawings: dict[str, np.ndarray]) -> list:
    """[([thing, style, colour or None, natural colour or None, *look], picture)]; drawings by their source."""
    if thing["codepoint"] is None:
        return []
    return _styled(number, thing, drawings, STYLE_SOURCES)


def _styled(number: int, thing: dict, drawings, sources: dict[str, str]) -> list:
    held = HoldOuts()
    made, recolourers = [], {}

    def recolourer(source: str) -> Recolourer:
        if source not in recolourers:
            recolourers[source] = Recolourer(drawings[source])
        return recolourers[source]

    for style, source in sources.items():
        if source not in drawings or held.holds_style(thing, style):
            continue
        turn = TURNS.get(style, lambda sprite, _: sprite)
        can = style == "silhouette" or (style in COLOURED_STYLES and recolourer(source).can_recolour)
        natural = ("black" if style == "silhouette" else clear_colour(recolourer(source))) if can else None
        made.append(([number, style, None, natural], turn(drawings[source], None)))
        for colour in COLOURS if can else ():
            if colour == natural or held.holds_colour(thing, colour):
                continue
            base = drawings[source] if style == "silhouette" else recolourer(source).to(colour)
            made.append(([number, style, colour, None], turn(base, colour)))
    return made


def over(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Straight alpha on straight alpha."""
    a, b = upper[..., 3:].astype(np.float32) / 255, lower[..., 3:].astype(np.float32) / 255
    alpha = a + b * (1 - a)
    rgb = (upper[..., :3] * a + lower[..., :3] * b * (1 - a)) / np.maximum(alpha, 1e-3)
    return np.concatenate([rgb, alpha * 255], -1).round().astype(np.uint8)


def products(number: int, thing: dict, drawings: dict[str, np.ndarray]) -> list:
    """As `drawn`: photos in every view, light and colour, and what they are turned into if nobody drew the thing."""
    if "model" not in thing or PRODUCT_SOURCE not in drawings:
        return []
    held, made = HoldOuts(), []
    has_colours = any(source.startswith(PRODUCT_SOURCE) and source != PRODUCT_SOURCE for source in drawings)
    natural = clear_colour(Recolourer(drawings[PRODUCT_SOURCE])) if has_colours else None
    for source, picture in drawings.items():
        what, *look = source.split("|")
        if what != "product" or (look[2] and held.holds_colour(thing, look[2])):
            continue
        view, light, colour = look
        shadow = drawings.get(f"shadow|{view}|{light}|", drawings[f"shadow|{view}||"])
        key = [number, PRODUCT, colour or None, None if colour else natural, *([view, light] if view or light else [])]
        made.append((key, over(picture, shadow)))
    turned = dict.fromkeys(TURNS, PRODUCT_SOURCE) if thing["codepoint"] is None else {}
    return made + _styled(number, thing, drawings, turned)


def people(number: int, thing: dict, drawings: dict[str, np.ndarray]) -> list:
    """As `drawn`."""
    if not thing.get("person"):
        return []
    held, made = HoldOuts(), []
    for source, picture in drawings.items():
        _, style, *look = source.split("|")
        if not held.holds_person(tuple(look)):
            made.append(([number, style, None, None, *look], picture))
    return made


def clip_art(number: int, thing: dict, drawings: dict[str, np.ndarray]) -> list:
    """As `drawn`, and turned into the same styles."""
    return _styled(number, thing, drawings, dict.fromkeys(("clip art", *TURNS), "clipart")) if "file" in thing else []


MAKERS = (drawn, products, people, clip_art)
