"""Draws the losses of a training run from its log, but for those of the classifiers beside it; "hits" is what share of
new patches these name rightly, "styles right" of new pictures whose style is foreseen rightly.

    python training/loss_curves.py [--log training/.cache/run/train.log] [--out training/results/loss-curves.png]
"""

import argparse
import re
from collections import defaultdict
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image

matplotlib.use("agg")
import matplotlib.pyplot as plt

from things import HERE

LINE = re.compile(r"^(\w+) (\d+): (\d+) pictures, (\d+) s, [\d.]+/s, (.+)$")
"""As loop.Loop reports."""

COLOURS = 48
"""Of the picture: lines and letters need no more, and it is committed."""

LEGEND_COLUMNS = 3

Curves = dict[str, list[tuple[int, float]]]
"""Name of a loss -> (pictures seen, mean since the report before)."""


def read_log(path: Path) -> dict[str, Curves]:
    """Stage -> curves. Where a run was resumed, what came after its last checkpoint is drawn once, as it was the second time."""
    stages: dict[str, Curves] = {}
    for line in path.read_text().splitlines():
        told = LINE.match(line)
        if not told:
            continue
        stage, pictures, words = told[1], int(told[3]), told[5].split()
        curves = stages.setdefault(stage, defaultdict(list))
        for name, value in zip(words[::2], words[1::2], strict=True):
            kept = [point for point in curves[name] if point[0] < pictures]
            curves[name] = [*kept, (pictures, float(value))]
    return stages


def draw(stages: dict[str, Curves], out: Path) -> None:
    rows = max(-(-len(curves) // LEGEND_COLUMNS) for curves in stages.values())
    size = (6 * len(stages), 3.4 + 0.17 * rows)
    figure, axes = plt.subplots(1, len(stages), figsize=size, squeeze=False, layout="constrained", dpi=100)
    for axis, (stage, curves) in zip(axes[0], stages.items(), strict=True):
        for name, points in sorted(curves.items()):
            if "_names_" in name:
                continue
            pictures, values = zip(*points, strict=True)
            line = {"prior": "--", "new": ":", "hits": "-.", "right": "-."}.get(name.rpartition("_")[2], "-")
            axis.plot(pictures, values, line, linewidth=1.2 if name != "loss" else 2, label=name.replace("_", " "))
        axis.set_title(stage, fontsize=11)
        axis.set_xlabel("pictures seen", fontsize=9)
        axis.set_ylim(bottom=0)
        axis.tick_params(labelsize=8)
        axis.grid(True, linewidth=0.3)
        axis.legend(fontsize=8, frameon=False, ncols=LEGEND_COLUMNS, loc="upper center", bbox_to_anchor=(0.5, -0.2))
    axes[0][0].set_ylabel("loss", fontsize=9)
    figure.canvas.draw()
    picture = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())[..., :3])
    out.parent.mkdir(parents=True, exist_ok=True)
    picture.quantize(COLOURS).save(out, optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--log", type=Path, default=HERE / ".cache" / "run" / "train.log")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "loss-curves.png")
    options = parser.parse_args()
    draw(read_log(options.log), options.out)
    print(f"{options.out}: {options.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
