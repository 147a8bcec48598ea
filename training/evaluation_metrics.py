"""Hits and shares: what the judge and the ruler say about pictures of known requests, generated or real."""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import judge_scenes
from concepts import PRESET_STYLES, STYLES, load_concepts, load_holdouts, trained_concepts
from evaluation_scenes import RealDrawings, Request
from judge import classify
from judge_net import Judge
from recolour import COLOURS
from ruler import background_name, object_colour, object_crop

SCENES_PER_DRAWING = 4
CROP_PX = 32

Hits = dict[str, np.ndarray]
"""Metric -> [n] of 1 (hit), 0 (miss) or NaN (the request does not say)."""


def hits_of(pictures: np.ndarray, requests: list[Request], judge: Judge, names: dict) -> Hits:
    """pictures [n, H, W, 3] in 0..1, in the order of their requests."""
    ranked, style = classify(judge, pictures)
    wanted = np.array([names["concepts"].index(request.noun) for request in requests])
    styles = np.array([names["styles"].index(r.style) if r.style in names["styles"] else -1 for r in requests])

    def compare(reader, wanted_name):
        pairs = zip(pictures, map(wanted_name, requests))
        return np.array([np.nan if wish is None else float(reader(picture) == wish) for picture, wish in pairs])

    colour = compare(object_colour, lambda request: request.colour)
    top1 = (ranked[:, 0] == wanted).astype(float)
    return {
        "concept_top1": top1,
        "concept_top5": (ranked[:, :5] == wanted[:, None]).any(1).astype(float),
        "style": np.where(styles < 0, np.nan, style == styles),
        "colour": colour,
        "background": compare(background_name, lambda request: request.background),
        "concept_and_colour": top1 * colour,
    }


def mean_and_count(values: np.ndarray) -> tuple[float | None, int]:
    told = values[~np.isnan(values)]
    return (round(float(told.mean()), 4), len(told)) if len(told) else (None, 0)


def rates(hits: Hits, chosen: np.ndarray) -> dict:
    """Metric -> {rate, count} over the chosen pictures."""
    pairs = {name: mean_and_count(values[chosen]) for name, values in hits.items()}
    return {name: {"rate": rate, "count": count} for name, (rate, count) in pairs.items()}


def held_out_scenes(drawings: RealDrawings, requests: list[Request], preset: str, unseen: bool):
    """Scenes of the held-out real drawings, worded like the prompts: (requests, sources)."""
    concepts = load_holdouts()["concepts"] if unseen else trained_concepts(preset)
    noun_of = {concept["codepoint"]: concept["noun"] for concept in concepts}
    style_of = {source: style for style, source in STYLES.items()}
    sources = judge_scenes.judged_sources(preset)
    rng, scenes, used = random.Random(9), [], []
    for codepoint, source in sorted(judge_scenes.held_out_drawings()):
        noun = noun_of.get(codepoint)
        if noun is None or source not in sources or not drawings.has(noun, source):
            continue
        for _ in range(SCENES_PER_DRAWING):
            scene = replace(rng.choice(requests), noun=noun, style=style_of.get(source, ""))
            if scene.colour and not drawings.recolourer(noun, source).can_recolour:
                scene = replace(scene, colour=None)
            scenes.append(scene)
            used.append(source)
    return scenes, used


def own_accuracy(drawings: RealDrawings, requests: list[Request], judge: Judge, names: dict, preset: str) -> dict:
    """What the judge scores on held-out real drawings, and the ruler on true pictures of the prompts."""
    result = {}
    for label, unseen in (("held-out drawings", False), ("held-out drawings of unseen concepts", True)):
        scenes, sources = held_out_scenes(drawings, requests, preset, unseen)
        hits = hits_of(drawings.pictures(scenes, sources), scenes, judge, names)
        result[label] = {"drawings": len(scenes) // SCENES_PER_DRAWING, **rates(hits, np.ones(len(scenes), bool))}
    drawable = [r for r in requests if drawings.has(r.noun, STYLES[r.style]) and r.kind != "unseen"]
    pictures = drawings.pictures(drawable, [STYLES[request.style] for request in drawable])
    result["true pictures of the prompts"] = rates(hits_of(pictures, drawable, judge, names), np.ones(len(drawable), bool))
    return result


def training_crops(stem: Path, preset: str) -> np.ndarray:
    """[n, 32*32*3]: every drawing the generator trained on, in every colour it saw, alone on grey."""
    drawings = judge_scenes.load_training_drawings(stem, preset)
    nouns = {concept["codepoint"]: concept["noun"] for concept in load_concepts()}
    sources = [STYLES[style] for style in PRESET_STYLES[preset]]
    trained = {concept["codepoint"] for concept in trained_concepts(preset)}
    held_colours = {tuple(pair) for pair in load_holdouts()["concept_colours"]}
    crops = []
    for row, (codepoint, source) in enumerate(drawings.keys):
        if codepoint not in trained or source not in sources:
            continue
        allowed = [i for i, c in enumerate(COLOURS) if (nouns[codepoint], c) not in held_colours]
        versions = [0, *(1 + i for i in allowed)] if drawings.recolourable[row] else [0]
        sprites = torch.from_numpy(drawings.sprites[row, versions]).permute(0, 3, 1, 2).float() / 255
        crops.append(F.interpolate(sprites[:, :3] + 0.5 * (1 - sprites[:, 3:]), size=CROP_PX, mode="area"))
    return torch.cat(crops).permute(0, 2, 3, 1).flatten(1).numpy()


def nearest_distances(pictures: np.ndarray, training: np.ndarray) -> np.ndarray:
    """[n]: root mean square difference of each picture's object to the nearest training drawing (0..1 values)."""
    crops = np.stack([object_crop(picture, CROP_PX).ravel() for picture in pictures])
    squares = (crops**2).sum(1)[:, None] - 2 * crops @ training.T + (training**2).sum(1)
    return np.sqrt(np.maximum(squares.min(1), 0) / crops.shape[1])


def copying(generated: np.ndarray, drawings: RealDrawings, requests: list[Request], stem: Path, preset: str) -> dict:
    """Nearest training drawing of generated pictures, beside two yardsticks: true pictures of the same prompts
    (whose drawing is in the training set, so this is what a copy measures) and held-out drawings (what a new, real
    drawing measures). Close to a copy means: it redraws its training picture, as asked."""
    training = training_crops(stem, preset)
    regular = [i for i, request in enumerate(requests) if request.kind == "regular"]
    true = drawings.pictures([requests[i] for i in regular], [STYLES[requests[i].style] for i in regular])
    scenes, sources = held_out_scenes(drawings, requests, preset, unseen=False)
    sets = {
        "generated": generated[regular],
        "true pictures of the same prompts": true,
        "held-out drawings": drawings.pictures(scenes, sources),
    }
    result = {"training_drawings": len(training)}
    for name, pictures in sets.items():
        distances = nearest_distances(pictures, training)
        low, middle, high = np.percentile(distances, (5, 50, 95))
        result[name] = {"p5": round(float(low), 4), "median": round(float(middle), 4), "p95": round(float(high), 4)}
    return result
