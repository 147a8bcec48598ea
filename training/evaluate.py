"""Measures Pocket with the independent judge: prints tables, writes JSON, contact sheets and the model card's section.

    python training/evaluate.py --card [--float-dir training/.cache/float] [--quick]
    python training/evaluate.py --torch training/.cache/run --quick     # weights of a run, before any export

Every picture is seeded, so a run can be repeated. Colours, backgrounds, places and counts are read by rule (ruler.py),
concepts and styles by the judge (judge.py). All are measured on true pictures of the same requests first, drawn from real
drawings, because no generator can be seen to do better than its judge: `share` is the rate of the generated pictures
over that, or, for concepts, over the judge's rate on real drawings that it never saw.
"""

import argparse
import hashlib
import json
import time
from pathlib import Path

import numpy as np
import torch

import contact_sheet
from canvas import GRIDS
from evaluation_copying import copying, training_crops
from evaluation_engines import GraphsEngine, Job, WeightsEngine
from evaluation_metrics import KEPT_DB, Judged, Scorer, rate
from evaluation_report import STEP_METRICS, markdown, summary, write_model_card
from evaluation_scenes import PROMPTS, Request, Studio, load_requests
from judge import CHECKPOINT, load_judge
from judge_scenes import held_out_drawings, judged_sources, style_test_things
from presets import PRESETS
from real_drawings import SPRITES, RealDrawings, all_things
from recolour import BACKGROUNDS
from scenes import Item, Scene, lone_box
from things import HERE

RESULT = HERE / "results" / "evaluation.json"
STEPS = (1, 2, 4, 8)
SIDE_BY_SIDE, FLOAT_SIDE_BY_SIDE, QUICK = 10, 5, 10
"""One request in so many."""


def alone(thing: int, look: str, number: int) -> Scene:
    """The thing in the middle, on a background by turns."""
    grid, background = GRIDS[0], list(BACKGROUNDS)[number % len(BACKGROUNDS)]
    return Scene(grid, look, (Item(thing, None, lone_box(None, None, grid)),), background)


class Tests:
    """Real drawings that the judge never saw: what it makes of them bounds what it can tell of a generator."""

    def __init__(self, drawings: RealDrawings, scope, judged: Judged):
        self.judged, held, sources = judged, held_out_drawings(drawings), judged_sources(drawings, scope)
        things = list(enumerate(all_things()))
        keys = [
            (number, source) for number, thing in things for source in sources
            if (thing["codepoint"], source) in held and (thing["codepoint"], source) in drawings.rows
            and not thing["unseen"] and scope.holds(thing, judged.styles[0])
        ]  # fmt: skip
        self.drawings = [alone(*key, n) for n, key in enumerate(keys * 2)]
        tests = {thing["codepoint"] for thing in style_test_things(drawings, scope)}
        of_styles = [
            (number, style) for style in judged.styles for number, thing in things
            if thing["codepoint"] in tests and drawings.has(thing, style)
        ]  # fmt: skip
        self.styles = [alone(*key, n) for n, key in enumerate(of_styles)]

    def results(self, studio: Studio) -> dict:
        of_drawings = Scorer(self.judged, studio, [Request("text", "", scene) for scene in self.drawings]).own_hits()
        of_styles = Scorer(self.judged, studio, [Request("text", "", scene) for scene in self.styles]).own_hits()

        def cell(hits, metric):
            return dict(zip(("rate", "count"), rate(hits, metric), strict=True))

        by_style = {
            style: cell([hit for hit, scene in zip(of_styles, self.styles, strict=True) if scene.style == style], "style")
            for style in self.judged.styles
        }
        return {
            "drawings": {metric: cell(of_drawings, metric) for metric in ("concepts", "concepts_top5")},
            "styles": {"all": cell(of_styles, "style"), **by_style},
        }


class Evaluation:
    """The requests with their real pictures; figures of whatever draws them."""

    def __init__(self, options: argparse.Namespace, preset: str):
        judge, about = load_judge(options.judge)
        judged = Judged(judge, about["concepts"], about["styles"])
        drawings, self.scope = RealDrawings(options.sprites), PRESETS[preset].scope
        self.requests = load_requests(options.prompts)[:: QUICK if options.quick else 1]
        tests = Tests(drawings, self.scope, judged)
        scenes = [scene for request in self.requests for scene in (request.target, *request.sources)]
        self.studio = Studio(drawings, [*scenes, *tests.drawings, *tests.styles], PRESETS[preset].scale)
        self.scorer = Scorer(judged, self.studio, self.requests)
        self.own = self.scorer.own_hits()
        self.judge = {**tests.results(self.studio), "training": about["training"]}
        self.jobs = [
            Job(request.prompt, request.seed, self.studio.size_px(request.target.grid), self.scorer.sources[n])
            for n, request in enumerate(self.requests)
        ]

    def some(self, one_in: int) -> list[int]:
        return list(range(0, len(self.jobs), one_in))

    def metrics(self, pictures: list[np.ndarray], engine) -> list[dict]:
        encoded = self.scorer.hits([engine.reconstruct(picture) for picture in self.scorer.true])
        return summary(self.scorer.hits(pictures), self.own, encoded, self.requests, self.judge["drawings"])

    def untouched(self, pictures: list[np.ndarray], engine) -> dict:
        result = {}
        for change in ("colour", "background"):
            numbers = [n for n, request in enumerate(self.requests) if request.change == change]
            values = [self.scorer.untouched_db(n, pictures[n]) for n in numbers]
            bound = [self.scorer.untouched_db(n, engine.reconstruct(self.scorer.sources[n][0])) for n in numbers]
            result[change] = {
                "count": len(numbers),
                "median_db": round(float(np.median(values)), 2),
                "p5_db": round(float(np.percentile(values, 5)), 2),
                "share_kept": round(float(np.mean(np.array(values) >= KEPT_DB)), 4),
                "reconstructed_median_db": round(float(np.median(bound)), 2),
            }
        return result

    def by_steps(self, engine) -> tuple[dict, dict]:
        """(rates and seconds at 1, 2, 4 and 8 steps for the same requests and seeds, the pictures)."""
        numbers, cells, drawn = self.some(1 if len(self.jobs) <= 100 else SIDE_BY_SIDE), {}, {}
        for count in STEPS:
            started = time.perf_counter()
            drawn[count] = engine.draw([self.jobs[n] for n in numbers], count)
            seconds = (time.perf_counter() - started) / len(numbers)
            hits = self.scorer.hits(drawn[count], numbers)
            rates = {metric: rate(hits, metric)[0] for metric in STEP_METRICS}
            cells[str(count)] = {"pictures": len(numbers), **rates, "seconds": round(seconds, 3)}
        return cells, {"numbers": numbers, "pictures": drawn}

    def against_float(self, engine, pictures: list[np.ndarray], steps: int) -> dict:
        """What 8- and 4-bit weights cost: judge points on the same requests, and PSNR of the native pictures.

        `engine` has the float graphs; `pictures` are those of the rounded ones."""
        numbers = self.some(FLOAT_SIDE_BY_SIDE)
        exact, rounded = engine.draw([self.jobs[n] for n in numbers], steps), [pictures[n] for n in numbers]
        hits = [self.scorer.hits(some, numbers) for some in (exact, rounded)]
        rates = {metric: [rate(one, metric)[0] for one in hits] for metric in STEP_METRICS}
        errors = [((a - b) ** 2).mean() for a, b in zip(exact, rounded, strict=True)]
        decibels = -10 * np.log10(np.maximum(errors, 1e-10))
        return {
            "pictures": len(numbers),
            "points_lost": {name: round(100 * (a - b), 2) for name, (a, b) in rates.items() if a is not None},
            "psnr_db": {"median": round(float(np.median(decibels)), 2), "p5": round(float(np.percentile(decibels, 5)), 2)},
        }


def evaluate(options: argparse.Namespace) -> dict:
    started = time.perf_counter()
    engine, preset, drawn_by = open_engine(options)
    evaluation = Evaluation(options, preset)
    pictures = engine.draw(evaluation.jobs, options.steps)
    by_steps, side_by_side = evaluation.by_steps(engine)
    training = training_crops(options.library, evaluation.scope) if options.library.with_suffix(".rgba").exists() else None
    result = {
        "preset": preset,
        "drawn_by": drawn_by,
        "steps": options.steps,
        "prompts": len(evaluation.requests),
        "prompts_sha256": hashlib.sha256(options.prompts.read_bytes()).hexdigest(),
        "judge": evaluation.judge,
        "metrics": evaluation.metrics(pictures, engine),
        "untouched": evaluation.untouched(pictures, engine),
        "copying": None if training is None else copying(pictures, evaluation.scorer.true, evaluation.requests, training),
        "by_steps": by_steps,
    }
    if options.float_dir:
        exact = GraphsEngine(options.float_dir, shared=options.model_dir)
        result["against_float"] = evaluation.against_float(exact, pictures, options.steps)
    if options.sheets:
        contact_sheet.write_all(options.sheets, evaluation, pictures, side_by_side)
    return {**result, "seconds": round(time.perf_counter() - started)}


def open_engine(options: argparse.Namespace):
    """(engine, preset, what it is)."""
    if options.torch:
        engine = WeightsEngine(options.torch, options.preset)
        return engine, options.preset, f"weights {engine.name}"
    engine = GraphsEngine(options.model_dir)
    revision = json.loads((options.model_dir / "manifest.json").read_text())["revision"]
    return engine, engine.pocket.config["training"]["preset"], f"graphs of revision {revision}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model-dir", type=Path, default=HERE.parent / "public" / "models" / "pocket")
    parser.add_argument("--torch", type=Path, help="a training run's folder, instead of graphs")
    parser.add_argument("--preset", choices=list(PRESETS), default="cpu", help="of --torch")
    parser.add_argument("--prompts", type=Path, default=PROMPTS)
    parser.add_argument("--sprites", type=Path, default=SPRITES, help="stem of the files of data/render.mjs")
    parser.add_argument("--library", type=Path, default=HERE / ".cache" / "library-128", help="stem of what training sees")
    parser.add_argument("--judge", type=Path, default=CHECKPOINT)
    parser.add_argument("--float-dir", type=Path, help="float graphs of the same checkpoint (export.py --float-out)")
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--quick", action="store_true", help="a tenth of the requests")
    parser.add_argument("--threads", type=int, help="of PyTorch")
    parser.add_argument("--out", type=Path, default=RESULT)
    parser.add_argument("--sheets", type=Path, default=RESULT.parent, help="folder of the contact sheets")
    parser.add_argument("--card", action="store_true", help="also write the tables into the model card of --model-dir")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    result = evaluate(options)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    print(markdown(result))
    if options.card:
        write_model_card(markdown(result), options.model_dir / "MODEL_CARD.md")


if __name__ == "__main__":
    main()
