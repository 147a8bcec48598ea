"""The figures of an evaluation as rows, and as the tables that are printed and stand in the model card."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from evaluation_metrics import KEPT_DB, Hits, rate
from evaluation_scenes import Request

START, END = "<!-- evaluation:start -->", "<!-- evaluation:end -->"
LONE = ("text", "text, other ratios", "count", "held-out colour", "held-out style")
SAID = (*LONE, "two objects")
HELD_OUT = ("held-out colour", "held-out style")
PRESETS = ("cpu", "gpu")


@dataclass(frozen=True)
class Row:
    label: str
    metric: str
    fits: Callable[[Request], bool]
    aims: tuple[float, float] | None = None
    """Of the presets, as shares."""


def of_kinds(*kinds: str):
    return lambda request: request.kind in kinds


def of_change(change: str):
    return lambda request: request.change == change


def lending(*roles: str):
    return lambda request: request.kind == "reference" and set(roles) <= request.roles().keys()


ROWS = (
    Row("concept top-1", "concepts", of_kinds(*LONE), (0.60, 0.92)),
    Row("concept top-5", "concepts_top5", of_kinds(*LONE)),
    Row("colour", "colour", of_kinds(*SAID), (0.80, 0.92)),
    Row("background", "background", of_kinds(*SAID), (0.92, 0.97)),
    Row("style", "style", of_kinds(*SAID), (0.75, 0.92)),
    Row("held-out combinations, both right", "combination", of_kinds(*HELD_OUT), (0.60, 0.85)),
    Row("– concept with a colour", "combination", of_kinds("held-out colour")),
    Row("– concept in a style", "combination", of_kinds("held-out style")),
    Row("two objects, both right", "concepts", of_kinds("two objects"), (0.35, 0.70)),
    Row("other ratios, concept top-1", "concepts", of_kinds("text, other ratios")),
    Row("count", "count", of_kinds("count")),
    Row("concepts never trained, top-1", "concepts", of_kinds("unseen")),
    Row("edit: done, subject kept", "edit", of_kinds("edit"), (0.60, 0.85)),
    *(
        Row(f"– {change}", "edit", of_change(change))
        for change in ("colour", "style", "background", "size", "place", "count", "add", "remove", "swap")
    ),
    Row("edit of colour or background: done, subject and rest kept", "edit_untouched", of_kinds("edit")),
    Row("style reference", "style", lending("style"), (0.55, 0.80)),
    Row("object reference", "concepts", lending("object"), (0.55, 0.80)),
    Row("background reference", "background", lending("background")),
    Row("colour reference", "colour", lending("colour")),
    Row("object and style", "both", lending("object", "style")),
)
COPIES_AIM = 0.05
FLOAT_AIM_POINTS = 1.0


def summary(hits: list[Hits], own: list[Hits], encoded: list[Hits], requests: list[Request], drawings: dict) -> list[dict]:
    """One dict per row: rate, own figure on true pictures of the same requests, the same once they went through the
    autoencoder (which bounds all that Pocket draws), share, aims and whether they are met. Shares of concepts are of the judge's rate on `drawings` that it never saw, all others of the own figure."""
    rows = []
    for row in ROWS:
        chosen = [n for n, request in enumerate(requests) if row.fits(request)]
        value, count = rate([hits[n] for n in chosen], row.metric)
        best, bound = (rate([some[n] for n in chosen], row.metric)[0] for some in (own, encoded))
        yardstick = drawings[row.metric]["rate"] if row.metric in drawings else best
        share = round(value / yardstick, 4) if yardstick and value is not None else None
        aims = dict(zip(PRESETS, row.aims, strict=True)) if row.aims else {}
        met = {preset: share is not None and share >= aim for preset, aim in aims.items()}
        figures = {"rate": value, "count": count, "own": best, "encoded": bound, "share": share}
        rows.append({"metric": row.label, **figures, "aims": aims, "met": met})
    return rows


def percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}%"


def table(head: str, lines: list[tuple]) -> list[str]:
    columns = head.split(" | ")
    rule = "|".join(["---"] * len(columns))
    return ["", f"| {head} |", f"|{rule}|", *("| " + " | ".join(map(str, line)) + " |" for line in lines)]


def verdict(row: dict, preset: str) -> str:
    if preset not in row["aims"]:
        return "–"
    return f"{row['aims'][preset]:.0%} " + ("met" if row["met"][preset] else "**missed**")


def markdown(result: dict) -> str:
    head = " | pictures | generated | true pictures | these encoded | share | cpu aim | gpu aim"
    lines = [(r["metric"], r["count"], *map(percent, (r["rate"], r["own"], r["encoded"], r["share"])), *(verdict(r, p) for p in PRESETS))
             for r in result["metrics"]]  # fmt: skip
    about = [
        f"{result['prompts']} requests (training/prompts/evaluation.json), preset {result['preset']}, {result['steps']} steps, "
        f"{result['drawn_by']}. \"True pictures\" is what judge and rules score on the right answers to the same requests, made of "
        "drawings that the judge learned; \"these encoded\" is what they score after the autoencoder alone, which bounds what Pocket can draw. Shares are of that; those of concepts (also of two objects and of object references) are of the "
        "judge's rate on real drawings that it never saw. Aims are shares.",
    ]  # fmt: skip
    parts = (about, table(head, lines), _judge(result), _untouched(result), _copying(result), _steps(result), _float(result))
    return "\n".join(line for part in parts for line in part)


def _judge(result: dict) -> list[str]:
    told = result["judge"]
    styles = "; ".join(f"{style} {percent(cell['rate'])}" for style, cell in told["styles"].items())
    drawings = told["drawings"]
    return [
        "", f"The judge never saw a generated picture, nor what is held out. On {drawings['concepts']['count']} pictures of real drawings that it "
        f"never saw either, its concept top-1 is {percent(drawings['concepts']['rate'])}, top-5 {percent(drawings['concepts_top5']['rate'])}. "
        f"Its styles, on things of which it saw no drawing: {styles}.",
    ]  # fmt: skip


def _untouched(result: dict) -> list[str]:
    names = {"colour": "colour, outside the object", "background": "background, inside the object"}
    lines = [
        (names[change], cell["count"], f"{cell['median_db']} dB", percent(cell["share_kept"]), f"{cell['reconstructed_median_db']} dB")
        for change, cell in result["untouched"].items()
    ]
    return table(f"what an edit has to leave | pictures | median PSNR | at least {KEPT_DB:.0f} dB | autoencoder alone", lines)


def _copying(result: dict) -> list[str]:
    cell = result["copying"]
    if not cell:
        return []
    met = "met" if cell["copies"] < COPIES_AIM else "**missed**"
    return [
        "", f"Copies: {percent(cell['copies'])} of {cell['generated']['count']} pictures of combinations that training never showed (aim: under "
        f"{COPIES_AIM:.0%}, {met}). A copy is nearer to one of {cell['training_drawings']} training drawings and recolours than 95% of true pictures "
        f"of training drawings ({cell['threshold']}, root mean square, objects cut out at 32 px), and nearer than to the right answer. Median "
        f"distance to the nearest: generated {cell['generated']['median']}, right answers {cell['true_pictures']['median']}, training drawings "
        f"drawn again {cell['drawn_again']['median']}; of generated ones to their right answers {cell['generated_to_true']['median']}.",
    ]  # fmt: skip


STEP_METRICS = {"concepts": "all concepts right", "colour": "colour", "background": "background", "style": "style", "edit": "edits"}


def _steps(result: dict) -> list[str]:
    lines = [
        (steps, *(percent(cell[name]) for name in STEP_METRICS), cell["seconds"]) for steps, cell in result["by_steps"].items()
    ]
    count = next(iter(result["by_steps"].values()))["pictures"] if lines else 0
    head = " | ".join(["steps", *STEP_METRICS.values(), f"s per picture ({count} of all kinds, native, CPU)"])
    return table(head, lines) if lines else []


def _float(result: dict) -> list[str]:
    cell = result.get("against_float")
    if not cell:
        return []
    lost = ", ".join(f"{STEP_METRICS[name]} {points}" for name, points in cell["points_lost"].items())
    met = "met" if max(cell["points_lost"].values()) <= FLOAT_AIM_POINTS else "**missed**"
    return [
        "", f"Quantized against float graphs, {cell['pictures']} requests of all kinds, points lost: {lost} (aim: at most "
        f"{FLOAT_AIM_POINTS:.0f} each, {met}). PSNR between the two: median "
        f"{cell['psnr_db']['median']} dB, 5% below {cell['psnr_db']['p5']} dB.",
    ]  # fmt: skip


def other_aims(result: dict) -> list[str]:
    """What the aims ask for besides rates of requests, as lines."""
    return [line for part in (_untouched(result), _copying(result), _float(result)) for line in part]


def write_model_card(text: str, path: Path) -> None:
    """Replaces what stands between the markers."""
    before, rest = path.read_text().split(START)
    path.write_text(f"{before}{START}\n{text}\n{END}{rest.split(END)[1]}")
