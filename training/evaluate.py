"""Measures the shipped graphs with the independent judge: prints tables, writes JSON and the model card's section.

    python training/evaluate.py [--float-dir training/.cache/float] [--card]

Every picture is seeded, so a run can be repeated. Colours and backgrounds are read by rule (ruler.py), concepts and
styles by the judge (judge.py); both are first measured on real drawings, because no generator can be seen to do better
than its judge: `share` is the rate of the generated pictures over that.
"""

import argparse
import hashlib
import json
import time
from pathlib import Path

import numpy as np

from evaluation_metrics import copying, hits_of, own_accuracy, rates
from evaluation_scenes import SPRITES, RealDrawings, Request, load_requests
from judge import CHECKPOINT, load_judge
from pocket_onnx import PocketOnnx

ROOT = Path(__file__).resolve().parent.parent
RESULT = Path(__file__).parent / "results" / "evaluation.json"
START, END = "<!-- evaluation:start -->", "<!-- evaluation:end -->"
STEPS = (1, 2, 4, 8)
SIDE_BY_SIDE = 100
AIMS = {
    "cpu": {"concept top-1": 0.55, "concept top-5": 0.75, "colour": 0.75, "background": 0.90, "held-out colours": 0.60},
    "gpu": {"concept top-1": 0.90, "concept top-5": 0.98, "colour": 0.92, "background": 0.97, "held-out colours": 0.85},
}
JUDGED, RULED = "held-out drawings", "true pictures of the prompts"
UNSEEN = "held-out drawings of unseen concepts"
ROWS = [
    # label, kind of prompt (None: all but unseen), metric, own accuracy it is compared with
    ("concept top-1", None, "concept_top1", JUDGED),
    ("concept top-5", None, "concept_top5", JUDGED),
    ("colour", None, "colour", RULED),
    ("background", None, "background", RULED),
    ("style", None, "style", RULED),
    ("held-out colours", "held-out colour", "colour", RULED),
    ("held-out colours, concept also right", "held-out colour", "concept_and_colour", JUDGED),
    ("held-out styles", "held-out style", "style", RULED),
    ("held-out styles, concept", "held-out style", "concept_top1", JUDGED),
    ("concepts never trained, top-1", "unseen", "concept_top1", UNSEEN),
]


def generate_all(pocket: PocketOnnx, requests: list[Request], steps: int) -> np.ndarray:
    """[n, H, W, 3] native pictures."""
    return np.stack([pocket.generate(r.prompt, r.seed, steps).transpose(1, 2, 0) for r in requests])


def summary(hits: dict, requests: list[Request], own: dict, aims: dict) -> list[dict]:
    """One row per metric: rate, the judge's or ruler's own accuracy, the share of it, the aim."""
    kinds = np.array([request.kind for request in requests])
    rows = []
    for label, kind, metric, yardstick in ROWS:
        cell = rates(hits, kinds == kind if kind else kinds != "unseen")[metric]
        best = own[yardstick][metric]["rate"]
        share = round(cell["rate"] / best, 4) if best and cell["rate"] is not None else None
        rows.append({"metric": label, **cell, "own_accuracy": best, "share": share, "aim": aims.get(label)})
    return rows


def steps_side_by_side(pocket: PocketOnnx, requests, judge, names) -> dict:
    """Rates and seconds per picture at 1, 2, 4 and 8 steps, for the same prompts and seeds."""
    result = {}
    for steps in STEPS:
        start = time.perf_counter()
        pictures = generate_all(pocket, requests, steps)
        seconds = (time.perf_counter() - start) / len(requests)
        hits = hits_of(pictures, requests, judge, names)
        cells = rates(hits, np.ones(len(requests), bool))
        result[str(steps)] = {**{name: cell["rate"] for name, cell in cells.items()}, "seconds": round(seconds, 3)}
    return result


def psnr_db(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return -10 * np.log10(np.maximum(((a - b) ** 2).mean((1, 2, 3)), 1e-10))


def against_float(float_pictures: np.ndarray, quantized: np.ndarray, hits: dict, requests, judge, names) -> dict:
    """What 8- and 4-bit weights cost: judge points on the same prompts, and PSNR of the native pictures."""
    count = len(float_pictures)
    float_hits = hits_of(float_pictures, requests[:count], judge, names)
    points = {
        name: round(100 * float(np.nanmean(values) - np.nanmean(hits[name][:count])), 2)
        for name, values in float_hits.items()
    }
    psnr = psnr_db(float_pictures, quantized[:count])
    return {
        "prompts": count,
        "points_lost": points,
        "psnr_db": {"median": round(float(np.median(psnr)), 2), "p5": round(float(np.percentile(psnr, 5)), 2)},
    }


def evaluate(options: argparse.Namespace) -> dict:
    start = time.perf_counter()
    judge, names = load_judge(options.judge)
    requests, drawings = load_requests(), RealDrawings(options.sprites)
    pocket = PocketOnnx(options.model_dir)
    preset = pocket.config["training"]["preset"]
    own = own_accuracy(drawings, requests, judge, names, preset)
    pictures = generate_all(pocket, requests, options.steps)
    hits = hits_of(pictures, requests, judge, names)
    result = {
        "preset": preset,
        "revision": json.loads((options.model_dir / "manifest.json").read_text())["revision"],
        "steps": options.steps,
        "prompts_sha256": hashlib.sha256(json.dumps([vars(r) for r in requests]).encode()).hexdigest(),
        "judge": names["training"],
        "metrics": summary(hits, requests, own, AIMS[preset]),
        "own_accuracy": own,
        "by_steps": steps_side_by_side(pocket, requests[:SIDE_BY_SIDE], judge, names),
        "copying": copying(pictures, drawings, requests, options.sprites, preset),
    }
    if options.float_dir:
        exact = generate_all(PocketOnnx(options.float_dir, shared=options.model_dir), requests[: options.float_count], options.steps)
        result["against_float"] = against_float(exact, pictures, hits, requests, judge, names)
    result["seconds"] = round(time.perf_counter() - start)
    return result


def percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}%"


def markdown(result: dict) -> str:
    """The tables, as printed and as the model card shows them."""
    lines = [
        f"500 prompts (training/prompts/evaluation.json), {result['steps']} steps, revision {result['revision']}; "
        "40 more for concepts that training never saw. The judge never saw a generated picture.", "",
        "| | pictures | generated | own accuracy on real drawings | share | aim (share) |",
        "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for row in result["metrics"]:
        verdict = "" if row["aim"] is None or row["share"] is None else " met" if row["share"] >= row["aim"] else " **missed**"
        cells = (row["metric"], row["count"], percent(row["rate"]), percent(row["own_accuracy"]), percent(row["share"]))
        aim = "–" if row["aim"] is None else f"{row['aim']:.0%}{verdict}"
        lines.append("| " + " | ".join(map(str, (*cells, aim))) + " |")
    learned = result["own_accuracy"][RULED]["concept_top1"]["rate"]
    own_style = result["own_accuracy"][JUDGED]["style"]
    lines += ["", "Own accuracy: of concepts, on drawings that the judge never saw; of colours and backgrounds, read by rule, on true "
              "pictures of the prompts; of style, on drawings that the judge did learn. On drawings it never saw its style "
              f"head scores {percent(own_style['rate'])} ({own_style['count']} pictures), so style figures say little. On true pictures of "
              f"the prompts, whose drawings it did learn, the judge's concept top-1 is {percent(learned)}: the model redraws such "
              "drawings, so the plain rate is the stricter figure."]  # fmt: skip
    lines += ["", "| steps | top-1 | top-5 | colour | background | style | s per picture (native, CPU) |", "|---|---|---|---|---|---|---|"]
    for steps, cells in result["by_steps"].items():
        shown = [percent(cells[name]) for name in ("concept_top1", "concept_top5", "colour", "background", "style")]
        lines.append(f"| {steps} | " + " | ".join(shown) + f" | {cells['seconds']} |")
    if float_run := result.get("against_float"):
        points = float_run["points_lost"]
        lines += ["", f"Quantized against float graphs, {float_run['prompts']} prompts: concept top-1 loses "
                  f"{points['concept_top1']} points, colour {points['colour']}, background {points['background']}; "
                  f"native picture PSNR {float_run['psnr_db']['median']} dB (median)."]  # fmt: skip
    lines += ["", "Nearest training drawing (root mean square difference of the cut-out objects at 32 px, median and 5–95%), "
              f"among {result['copying']['training_drawings']} drawings and recolours:"]  # fmt: skip
    for name in ("true pictures of the same prompts", "generated", "held-out drawings"):
        cell = result["copying"][name]
        lines.append(f"* {name}: {cell['median']} ({cell['p5']}–{cell['p95']})")
    lines += ["", "True pictures show what an exact copy measures, held-out drawings what a new real drawing of the same things "
              "measures. The model is meant to redraw what it learned, in other colours, places and settings; it is no evidence of "
              "inventing new designs."]  # fmt: skip
    return "\n".join(lines)


def write_model_card(text: str, path: Path) -> None:
    """Replaces what stands between the markers."""
    card = path.read_text()
    before, rest = card.split(START)
    path.write_text(f"{before}{START}\n{text}\n{END}{rest.split(END)[1]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model-dir", type=Path, default=ROOT / "public" / "models" / "pocket")
    parser.add_argument("--sprites", type=Path, default=SPRITES, help="stem of the files of data/render.mjs")
    parser.add_argument("--judge", type=Path, default=CHECKPOINT)
    parser.add_argument("--float-dir", type=Path, help="float graphs of the same checkpoint (export.py --float-out)")
    parser.add_argument("--float-count", type=int, default=200)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--out", type=Path, default=RESULT)
    parser.add_argument("--card", action="store_true", help="also write the tables into the model card of --model-dir")
    options = parser.parse_args()
    result = evaluate(options)
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    print(markdown(result))
    if options.card:
        write_model_card(markdown(result), options.model_dir / "MODEL_CARD.md")


if __name__ == "__main__":
    main()
