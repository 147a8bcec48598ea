"""Whether pictures of what training never showed are copies of training drawings."""

import json
from pathlib import Path

import numpy as np

from evaluation_scenes import Request
from ruler import crop, object_mask
from things import Scope, load_things

CROP_PX = 32
RERENDERED = "text"
"""Kind of request whose true picture is a training drawing drawn again."""

NEVER_SHOWN = ("held-out colour", "held-out style")


def training_crops(library: Path, scope: Scope) -> np.ndarray:
    """[n, 32*32*3]: every drawing that training shows, in every colour, alone on grey."""
    listing, things = json.loads(library.with_suffix(".json").read_text()), load_things()
    size = listing["size"]
    raw = np.memmap(library.with_suffix(".rgba"), np.uint8, "r").reshape(-1, size, size, 4)
    rows = [row for row, (thing, style, *_) in enumerate(listing["keys"]) if scope.holds(things[thing], style)]
    crops = np.empty((len(rows), CROP_PX * CROP_PX * 3), np.float32)
    for number, row in enumerate(rows):
        sprite = raw[row].astype(np.float32) / 255
        alone = sprite[..., :3] * sprite[..., 3:] + 0.5 * (1 - sprite[..., 3:])
        crops[number] = crop(alone, sprite[..., 3] > 0.5, CROP_PX).ravel()
    return crops


def crops_of(pictures: list[np.ndarray]) -> np.ndarray:
    planes = [picture.transpose(1, 2, 0) for picture in pictures]
    return np.stack([crop(plane, object_mask(plane), CROP_PX).ravel() for plane in planes])


def nearest_distances(crops: np.ndarray, training: np.ndarray) -> np.ndarray:
    """[n]: root mean square difference of each object to the nearest training drawing (0..1 values)."""
    squares = (crops**2).sum(1)[:, None] - 2 * crops @ training.T + (training**2).sum(1)
    return np.sqrt(np.maximum(squares.min(1), 0) / crops.shape[1])


def spread(distances: np.ndarray) -> dict:
    low, middle, high = np.percentile(distances, (5, 50, 95))
    return {"count": len(distances), "p5": round(float(low), 4), "median": round(float(middle), 4), "p95": round(float(high), 4)}


def copying(generated: list[np.ndarray], true: list[np.ndarray], requests: list[Request], training: np.ndarray) -> dict:
    """Counted among requests for what training never showed. A copy lies nearer to a training drawing than 95% of true
    pictures whose drawing is in the training set, drawn again in another place or size; and nearer to it than to the
    right answer, since the same thing in another style or colour may be much alike."""
    shown = [n for n, r in enumerate(requests) if r.kind == RERENDERED and r.target.is_lone]
    unshown = [n for n, r in enumerate(requests) if r.kind in NEVER_SHOWN]
    again = nearest_distances(crops_of([true[n] for n in shown]), training)
    made, right = crops_of([generated[n] for n in unshown]), crops_of([true[n] for n in unshown])
    nearest, to_right = nearest_distances(made, training), np.sqrt(((made - right) ** 2).mean(1))
    threshold = np.percentile(again, 95)
    return {
        "training_drawings": len(training),
        "threshold": round(float(threshold), 4),
        "copies": round(float(((nearest < threshold) & (nearest < to_right)).mean()), 4),
        "drawn_again": spread(again),
        "generated": spread(nearest),
        "generated_to_true": spread(to_right),
        "true_pictures": spread(nearest_distances(right, training)),
    }
