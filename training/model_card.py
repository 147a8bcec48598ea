"""Puts figures where people read them: how Pocket was trained into its card, how well it does into the README.

    python training/model_card.py

Takes them from public/models/pocket/config.json, training/results/parts.json and training/results/evaluation.json.
"""

import json
from pathlib import Path

from evaluation_report import PRESETS, other_aims, percent, table, verdict
from things import HERE

ROOT = HERE.parent
MODEL = ROOT / "public" / "models" / "pocket"
RESULTS = HERE / "results"


def put(path: Path, section: str, text: str) -> None:
    """Replaces what stands between the section's markers."""
    start, end = f"<!-- {section}:start -->", f"<!-- {section}:end -->"
    before, rest = path.read_text().split(start)
    path.write_text(f"{before}{start}\n{text.strip()}\n{end}{rest.split(end)[1]}")


def training_section(about: dict, parts: dict) -> str:
    stages = [
        (stage, f"{cell['pictures']:,}", f"{cell['steps']:,}", cell["minutes"]) for stage, cell in about.get("stages", {}).items()
    ]
    lines = [
        f"Preset `{about['preset']}`, seed {about['seed']}, started from {about['startedFrom']}, on {about['hardware']}; finished "
        f"{about['finished']}. Data: sha256 of the library of pictures `{about['dataSha256']}`.",
        *table("stage | pictures | steps | minutes", stages),
        *table("part | parameters", [(name, f"{count:,}") for name, count in parts["parameters"].items()]),
    ]
    return "\n".join(lines)


def readme_section(evaluation: dict) -> str:
    preset = evaluation["preset"]
    wanted = [row for row in evaluation["metrics"] if row["aims"] or row["metric"].startswith(("–", "edit"))]
    head = f"measure | pictures | Pocket | right answers | share | aim ({preset}) | aim ({PRESETS[1 - PRESETS.index(preset)]})"
    order = (preset, PRESETS[1 - PRESETS.index(preset)])
    lines = [
        (row["metric"], row["count"], *map(percent, (row["rate"], row["own"], row["share"])), *(verdict(row, one) for one in order))
        for row in wanted
    ]
    return "\n".join([*table(head, lines), *other_aims(evaluation)])


def main() -> None:
    about = json.loads((MODEL / "config.json").read_text())["training"]
    parts, evaluation = (json.loads((RESULTS / f"{name}.json").read_text()) for name in ("parts", "evaluation"))
    put(MODEL / "MODEL_CARD.md", "training", training_section(about, parts))
    put(ROOT / "README.md", "pocket", readme_section(evaluation))


if __name__ == "__main__":
    main()
