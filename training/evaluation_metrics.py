"""Hits: what the judge and the ruler say about pictures of known requests, generated or real."""

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from scipy import ndimage

from evaluation_scenes import Request, Studio
from judge import classify
from judge_net import INPUT_PX, Judge
from real_drawings import all_things
from ruler import colour_of, count_objects, crop, extent, largest, object_mask, parts_of, read_ground
from scenes import Scene

KEPT_DB = 28.0
EDGE_PX = 2
"""An autoencoder blurs the edge of a change: so far from it a pixel is no part of the change."""

Hits = dict[str, float]
"""Metric -> 1 (hit), 0 (miss); what the request does not say is left out."""


@dataclass
class Reading:
    """Of one picture."""

    concepts: list[list[str]]
    """Of each part, the five likeliest."""
    style: str
    colours: list[str | None]
    background: str
    count: int
    extent: tuple[float, float, float]


@dataclass
class Judged:
    """A judge with its names."""

    judge: Judge
    concepts: list[str]
    styles: list[str]

    def read(self, pictures: list[np.ndarray], scenes: list[Scene]) -> list[Reading]:
        """Pictures [3, H, W]; scenes tell where to look for what."""
        planes = [picture.transpose(1, 2, 0) for picture in pictures]
        masks, backgrounds = zip(*map(read_ground, planes), strict=True)
        parts = [masks_of(mask, scene) for mask, scene in zip(masks, scenes, strict=True)]
        crops = [crop(plane, part, INPUT_PX) for plane, cut in zip(planes, parts, strict=True) for part in cut]
        concept, style = classify(self.judge, np.stack(crops))
        first, readings = 0, []
        for plane, mask, background, cut in zip(planes, masks, backgrounds, parts, strict=True):
            mine = slice(first, first := first + len(cut))
            likeliest = (-concept[mine]).argsort(1)[:, :5]
            readings.append(Reading(
                [[self.concepts[n] for n in row] for row in likeliest],
                self.styles[int(style[mine].sum(0).argmax())],
                [colour_of(plane, part) for part in cut],
                background, count_objects(mask), extent(mask),
            ))  # fmt: skip
        return readings


def masks_of(mask: np.ndarray, scene: Scene) -> list[np.ndarray]:
    """One mask per different thing of the scene."""
    if scene.is_lone:
        return [mask]
    return [largest(mask)] if scene.is_counted else parts_of(mask, [item.box for item in scene.items])


def nouns_of(scene: Scene) -> list[str]:
    return [all_things()[item.thing]["noun"] for item in (scene.items[:1] if scene.is_counted else scene.items)]


def things_right(request: Request, reading: Reading, among: int = 1) -> bool:
    nouns = nouns_of(request.target)
    orders = [nouns] if request.is_ordered else permutations(nouns)
    return any(all(noun in best[:among] for noun, best in zip(order, reading.concepts, strict=True)) for order in orders)


def colours_right(request: Request, reading: Reading) -> bool:
    """Of each thing whose colour is said; things may have changed places, where the prompt leaves their order open."""
    pairs = list(zip(nouns_of(request.target), request.said, strict=False))
    orders = [pairs] if request.is_ordered else permutations(pairs)
    return any(all(said in (None, read) for (_, said), read in zip(order, reading.colours, strict=True)) for order in orders)


class Scorer:
    """Hits of pictures of requests. `true` and `sources` are real pictures: of the results asked for, and the references."""

    def __init__(self, judged: Judged, studio: Studio, requests: list[Request]):
        self.judged, self.studio, self.requests = judged, studio, requests
        self.true = [studio.draw(request.target) for request in requests]
        self.sources = [[studio.draw(scene) for scene in request.sources] for request in requests]
        self.true_readings = judged.read(self.true, [request.target for request in requests])
        self.left = {n: self._untouched(r) for n, r in enumerate(requests) if r.change in ("colour", "background")}

    def hits(self, pictures: list[np.ndarray], numbers: list[int] | None = None) -> list[Hits]:
        """Of the pictures of the requests of these numbers: all of them, if None."""
        numbers = list(range(len(self.requests))) if numbers is None else numbers
        readings = self.judged.read(pictures, [self.requests[n].target for n in numbers])
        return [self._of(n, picture, reading) for n, picture, reading in zip(numbers, pictures, readings, strict=True)]

    def own_hits(self) -> list[Hits]:
        """Those of the true pictures."""
        return [self._of(n, self.true[n], reading) for n, reading in enumerate(self.true_readings)]

    def _of(self, number: int, picture: np.ndarray, reading: Reading) -> Hits:
        request = self.requests[number]
        scene, right = request.target, things_right(request, reading)
        hits = {"concepts": right, "concepts_top5": things_right(request, reading, 5), "style": reading.style == scene.style}
        if scene.background:
            hits["background"] = reading.background == scene.background
        if any(request.said):
            hits["colour"] = colours_right(request, reading)
        if request.kind == "reference":
            hits["both"] = right and hits["style"]
        if request.kind == "held-out colour":
            hits["combination"] = right and hits["colour"]
        if request.kind == "held-out style":
            hits["combination"] = right and hits["style"]
        if request.kind == "count" or request.change == "count":
            hits["count"] = reading.count == len(scene.items)
        if request.kind == "edit":
            hits["changed"] = self._is_changed(number, picture, reading, hits)
            hits["edit"] = right and hits["changed"]
            decibels = self.untouched_db(number, picture)
            if decibels is not None:
                hits["untouched"] = decibels >= KEPT_DB
                hits["edit_untouched"] = hits["edit"] and hits["untouched"]
        return {name: float(value) for name, value in hits.items()}

    def _is_changed(self, number: int, picture, reading: Reading, hits: Hits) -> bool:
        change = self.requests[number].change
        if change in ("size", "place"):
            return self._is_moved(number, reading)
        if change == "remove":
            return self._is_gone(number, picture)
        if change in ("colour", "style", "background", "count"):
            return bool(hits[change])
        return hits.get("colour", 1.0) and hits["concepts"]

    def _is_moved(self, number: int, reading: Reading) -> bool:
        """Whether the object's bounds are nearer to those asked for than to those before."""
        before = extent(object_mask(self.sources[number][0].transpose(1, 2, 0)))
        now, after = np.array(reading.extent), np.array(self.true_readings[number].extent)
        return bool(np.linalg.norm(now - after) < np.linalg.norm(now - before))

    def _is_gone(self, number: int, picture: np.ndarray) -> bool:
        """Whether the place of what was removed is nearer to the true result than to what it was."""
        request = self.requests[number]
        place = self.studio.alpha(request.sources[0], request.changed) > 0.5
        after, before = (((picture - other) ** 2).mean(0)[place].mean() for other in (self.true[number], self.sources[number][0]))
        return bool(after < before)

    def untouched_db(self, number: int, picture: np.ndarray) -> float | None:
        """PSNR against the picture that was edited: of recolours outside the object, of new backgrounds inside of it."""
        if number not in self.left:
            return None
        error = ((picture - self.sources[number][0]) ** 2).mean(0)[self.left[number]].mean()
        return float(-10 * np.log10(max(error, 1e-10)))

    def _untouched(self, request: Request) -> np.ndarray:
        """[H, W]: what a recolour or a new background has to leave as it is."""
        scene, before = request.target, request.sources[0]
        chosen = [n for n, item in enumerate(scene.items) if request.change == "background" or item != before.items[n]]
        alpha = np.max([self.studio.alpha(scene, n) for n in chosen], axis=0)
        if request.change == "colour":
            return ~ndimage.binary_dilation(alpha > 0.02, iterations=EDGE_PX)
        return ndimage.binary_erosion(alpha > 0.98, iterations=EDGE_PX)


def rate(hits: list[Hits], metric: str) -> tuple[float | None, int]:
    """(mean, number of those that have the metric)."""
    told = [one[metric] for one in hits if metric in one]
    return (round(float(np.mean(told)), 4), len(told)) if told else (None, 0)
