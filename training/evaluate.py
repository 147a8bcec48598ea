"""Measures the shipped model; prints a table, writes results/evaluation.json and the model card's table.

    python training/evaluate.py [--model-dir public/models/pocket] [--float-dir training/.cache/float]

Judge: a classifier of real drawings only (judge.py). Every score is also given as a share of what the same ruler
scores on real pictures: the judge on drawings it never saw, the colour rulers on real compositions.
"""

import argparse
import json
import random
from pathlib import Path

import numpy as np
import torch

import judge_scenes
import prompts
from compose import GRIDS, Library
from concepts import trained_concepts
from judge import classify, is_held_out, load_judge
from rulers import background_name, object_colour
from shipped_model import ShippedModel

AIMS = {"concept_top1": 55, "concept_top5": 75, "colour": 75, "background": 90, "held_out_colour": 60}
"""Aims of the cpu preset: percent of the ruler's own score on real pictures."""

RESULTS = Path(__file__).parent / "results" / "evaluation.json"
CARD = Path("public/models/pocket/MODEL_CARD.md")
SEED = 2026
REAL_SCENES = 600
STEP_PROMPTS = 100


def judge_input(pictures):
    """[n, 128, 128, 3] -> [n, 3, 64, 64] by 2x2 means."""
    stacked = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float()
    return torch.nn.functional.avg_pool2d(stacked, 2)


def percent(hits) -> float:
    return round(100 * float(np.mean(list(hits))), 1)


class Measures:
    """The judge and the rulers, applied to pictures with known prompts."""

    def __init__(self):
        self.judge, self.about = load_judge()

    def score(self, listed: list[dict], pictures: list) -> dict:
        ranked, styles = classify(self.judge, judge_input(pictures))
        number = {noun: index for index, noun in enumerate(self.about["concepts"])}
        truth = np.array([number[item["noun"]] for item in listed])
        coloured = [(item, picture) for item, picture in zip(listed, pictures, strict=True) if item["colour"]]
        scores = {
            "pictures": len(listed),
            "concept_top1": percent(ranked[:, 0] == truth),
            "concept_top5": percent((ranked[:, :5] == truth[:, None]).any(1)),
            "style": percent(styles == [self.about["styles"].index(item["style"]) for item in listed]),
            "background": percent(background_name(p) == i["background"] for i, p in zip(listed, pictures, strict=True)),
        }
        if coloured:
            scores["colour"] = percent(object_colour(picture) == item["colour"] for item, picture in coloured)
        return scores


def real_scores(measures: Measures, library: Library, sprites: Path, preset: str) -> dict:
    """The same measures on real pictures: the judge on held-out drawings of the trained concepts, the rulers on
    training compositions (their colours come from the same recolouring as the captions)."""
    drawings = judge_scenes.load_drawings(sprites, preset)
    held = drawings.subset(is_held_out(drawings) & (drawings.concept < len(trained_concepts(preset))))
    rows = np.repeat(np.arange(len(held.keys)), 12)
    images = judge_scenes.compose_batch(np.random.default_rng(5), held, rows, augment=False)
    ranked, styles = classify(measures.judge, images)
    truth, known = held.concept[rows], held.style[rows] != judge_scenes.NO_STYLE
    rng, generator = random.Random(9), torch.Generator().manual_seed(9)
    drawn = [library.draw(rng) for _ in range(REAL_SCENES)]
    pictures = library.render([s for s, _ in drawn], [i for _, i in drawn], GRIDS[0], generator)
    pictures = pictures.permute(0, 2, 3, 1).numpy()
    pairs = [(scene, picture) for (scene, _), picture in zip(drawn, pictures, strict=True) if not scene.gradient]
    return {
        "held_out_drawings": len(held.keys),
        "concept_top1": percent(ranked[:, 0] == truth),
        "concept_top5": percent((ranked[:, :5] == truth[:, None]).any(1)),
        "style": percent((styles == held.style[rows])[known]),
        "background": percent(background_name(p) == s.background for s, p in pairs if s.background),
        "colour": percent(
            object_colour(p) == s.colour for s, p in pairs if s.colour and prompts.contrasts(s.colour, s.background)
        ),
    }


def draw_all(model: ShippedModel, listed: list[dict], steps: int = 4) -> list:
    return [model.draw(item["prompt"], SEED + number, steps) for number, item in enumerate(listed)]


def psnr_db(pictures, others) -> float:
    errors = [np.mean((np.asarray(a) - np.asarray(b)) ** 2) for a, b in zip(pictures, others, strict=True)]
    return round(float(np.mean([-10 * np.log10(max(error, 1e-10)) for error in errors])), 1)


def nearest_training_distance(library: Library, pictures: list) -> dict:
    """Root mean square distance at 32 px to the nearest of 6000 training compositions: of generated pictures, and of
    as many other compositions. Equal medians: the model draws what training shows, no closer than training repeats
    itself. Pictures here are few drawings in many settings, so small distances are expected of both."""

    def small(images):
        return torch.nn.functional.avg_pool2d(images, 4).flatten(1)

    rng, generator = random.Random(11), torch.Generator().manual_seed(11)

    def compositions(count: int):
        drawn = [library.draw(rng) for _ in range(count)]
        return small(library.render([s for s, _ in drawn], [i for _, i in drawn], GRIDS[0], generator))

    training = torch.cat([compositions(500) for _ in range(12)])
    generated = small(torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float())
    scale = training.shape[1] ** -0.5

    def median(queries):
        return round(float((torch.cdist(queries, training).min(1).values * scale).median()), 4)

    return {"generated": median(generated), "other_compositions": median(compositions(len(pictures)))}


def evaluate(options) -> dict:
    listed = json.loads(prompts.PATH.read_text())
    model, measures = ShippedModel(options.model_dir), Measures()
    preset = model.config["training"]["preset"]
    library = Library(options.sprites, preset)
    pictures = draw_all(model, listed)
    result = {"preset": preset, "seed": SEED, "steps": 4, "real": real_scores(measures, library, options.sprites, preset)}
    of_kind = {kind: [n for n, item in enumerate(listed) if item["kind"] == kind] for kind in prompts.COUNTS}
    of_kind["all_trained_concepts"] = [n for n, item in enumerate(listed) if item["kind"] != "unseen_concept"]
    result["generated"] = {
        kind: measures.score([listed[n] for n in rows], [pictures[n] for n in rows]) for kind, rows in of_kind.items()
    }
    seen = of_kind["seen"][:STEP_PROMPTS]
    few = [listed[n] for n in seen]
    result["steps_compared"] = {str(n): measures.score(few, draw_all(model, few, n)) for n in (1, 2, 4, 8)}
    if options.float_dir:
        exact = draw_all(ShippedModel(options.model_dir, options.float_dir), listed)
        rows = of_kind["all_trained_concepts"]
        scores = measures.score([listed[n] for n in rows], [exact[n] for n in rows])
        loss = scores["concept_top1"] - result["generated"]["all_trained_concepts"]["concept_top1"]
        result["quantization"] = {"float": scores, "judge_loss_points": round(loss, 1), "psnr_db": psnr_db(pictures, exact)}
    result["nearest_training_distance"] = nearest_training_distance(library, pictures)
    result["shares"] = shares(result)
    return result


def shares(result: dict) -> dict:
    """Percent of the ruler's own score, beside the aim."""
    generated, real = result["generated"], result["real"]
    base = generated["all_trained_concepts"]
    values = {name: base[name] / real[name] for name in ("concept_top1", "concept_top5", "colour", "background")}
    values["held_out_colour"] = generated["held_out_colour"]["colour"] / real["colour"]
    return {
        name: {"share": round(100 * value, 1), "aim": AIMS[name], "met": bool(100 * value >= AIMS[name])}
        for name, value in values.items()
    }


def table(result: dict) -> str:
    names = {
        "concept_top1": "concept, top 1", "concept_top5": "concept, top 5", "colour": "colour",
        "background": "background", "held_out_colour": "colour, held-out (concept, colour) pairs",
    }  # fmt: skip
    generated, real = result["generated"], result["real"]
    lines = ["| measure | generated | real pictures | share | aim |", "|---|---|---|---|---|"]
    for name, entry in result["shares"].items():
        ruler = "colour" if name == "held_out_colour" else name
        value = generated["held_out_colour" if name == "held_out_colour" else "all_trained_concepts"][ruler]
        mark = "" if entry["met"] else " (missed)"
        lines.append(f"| {names[name]} | {value}% | {real[ruler]}% | {entry['share']}% | {entry['aim']}%{mark} |")
    lines += ["", "| steps | concept top 1 | top 5 | colour | background |", "|---|---|---|---|---|"]
    for steps, scores in result["steps_compared"].items():
        row = (scores[key] for key in ("concept_top1", "concept_top5", "colour", "background"))
        lines.append(f"| {steps} | " + " | ".join(f"{value}%" for value in row) + " |")
    unseen, style = generated["unseen_concept"], generated["all_trained_concepts"]["style"]
    lines += ["", f"Style recognised: {style}% (real {real['style']}%). Held-out styles: concept top 5"
              f" {generated['held_out_style']['concept_top5']}%. Concepts never seen: top 1 {unseen['concept_top1']}%."]  # fmt: skip
    if "quantization" in result:
        rounding = result["quantization"]
        lines.append(
            f"Quantized against float: {rounding['psnr_db']} dB, judge loss {rounding['judge_loss_points']} points."
        )
    near = result["nearest_training_distance"]
    lines.append(
        f"Median distance to the nearest of 6000 training compositions (RMS at 32 px): generated {near['generated']},"
        f" other training compositions {near['other_compositions']}."
    )
    return "\n".join(lines)


def write_card(text: str) -> None:
    """Replaces what stands between the markers."""
    start, end = "<!-- evaluation:start -->", "<!-- evaluation:end -->"
    card = CARD.read_text()
    before, rest = card.split(start)
    CARD.write_text(f"{before}{start}\n{text}\n{end}{rest.split(end)[1]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model-dir", type=Path, default=Path("public/models/pocket"))
    parser.add_argument("--float-dir", type=Path)
    parser.add_argument("--sprites", type=Path, default=Path("training/.cache/sprites-128"))
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--card", action="store_true", help="also write the model card's table")
    options = parser.parse_args()
    result = evaluate(options)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    text = table(result)
    print(text)
    if options.card:
        write_card(text)


if __name__ == "__main__":
    main()
