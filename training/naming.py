"""Names what is drawn from what the nets think half-way: thing, style and colour of every patch and of every reference.

The nets' own losses compare latents, where which of two things stands in a corner, or in which style, weighs little beside
where its edges are. Classifiers on their hidden features say it aloud; as with features of other nets (Yu et al. 2024,
"Representation alignment for generation") they are there for training alone and are not kept.
"""

import torch
import torch.nn.functional as F
from torch import nn

from plan import STYLES
from pocket_net import Fusion, Pocket
from recolour import COLOURS

NOTHING = 0
"""The class of plain ground."""
UNSAID = -1
"""What is not asked for."""
WEIGHTS = (0.05, 0.05, 0.02)
"""Of thing, style and colour, beside the nets' own losses."""
REFERENCE_WEIGHTS = (0.1, 0.25, 0.04)
"""The same of references, which only a few tokens show, and whose style or colour may be all that is asked of them."""
START_WEIGHT = 0.1
"""Of the reference that a picture starts from."""
LEARNING_RATE = 1e-3
SILENT_BATCHES = 150
"""Of a new classifier, which has nothing to teach yet."""


class Names:
    """Rows of a canvas's sprites -> classes [rows + 1, 3] of thing, style and colour; the last row (-1) is plain ground."""

    def __init__(self, keys: list, device: str):
        things = {thing: 1 + n for n, thing in enumerate(sorted({key[0] for key in keys}))}
        colours = list(COLOURS)
        table = [
            (things[thing], STYLES.index(style), colours.index(colour or natural) if colour or natural else UNSAID)
            for thing, style, colour, natural, *_ in keys
        ]
        self.table = torch.tensor([*table, (NOTHING, UNSAID, UNSAID)], device=device)
        self.counts = (len(things) + 1, len(STYLES), len(colours))


def mean_cross_entropy(logits, truth):
    """Of logits [n, classes] whose class [n] is said; 0 where none is, as in a handful of pictures without a colour."""
    losses = F.cross_entropy(logits, truth, ignore_index=UNSAID, reduction="sum")
    return losses / (truth != UNSAID).sum().clamp(min=1)


class Head(nn.Module):
    """Features [..., width] -> logits of each kind of class."""

    def __init__(self, width: int, counts: tuple[int, ...]):
        super().__init__()
        self.counts, self.norm, self.out = counts, nn.LayerNorm(width), nn.Linear(width, sum(counts))

    def forward(self, features):
        return self.out(self.norm(features)).float().split(self.counts, -1)


class Naming:
    """Listens to the middle of prior and denoiser, and to the fused references; learns beside them."""

    def __init__(self, pocket: Pocket, keys: list, device: str):
        self.names, width = Names(keys, device), pocket.shape.width
        self.heads = nn.ModuleDict({name: Head(width, self.names.counts) for name in ("prior", "denoiser", "fusion")}).to(device)
        self.optimiser = torch.optim.AdamW(self.heads.parameters(), LEARNING_RATE, betas=(0.9, 0.99), weight_decay=0.02)
        self.heard: dict[str, torch.Tensor] = {}
        self.batches = 0
        for name in ("prior", "denoiser"):
            blocks = getattr(pocket, name).blocks
            blocks[len(blocks) // 2].register_forward_hook(lambda _block, _inputs, output, name=name: self.heard.update({name: output}))

    def loss(self, batch, context, shown: int):
        """(loss, reports) after the nets' own forward pass; the denoiser saw the `shown` first examples of the batch."""
        rows = batch.rows.flatten(1)
        losses = {
            "prior": self._named("prior", self.heard["prior"], rows),
            "denoiser": self._named("denoiser", self.heard["denoiser"], rows[:shown]),
        }
        if batch.references is not None:
            images, tokens = batch.references.shape[1], (batch.references.shape[-1] // Fusion.PATCH) ** 2
            seen = context.memory[:, -images * tokens :].unflatten(1, (images, tokens)).mean(2)
            losses["fusion"] = self._named("fusion", seen, batch.reference_rows, REFERENCE_WEIGHTS)
            shares = torch.cat([1 - context.shares.sum(1, keepdim=True), context.shares], 1)
            losses["start"] = START_WEIGHT * F.nll_loss(shares.clamp(min=1e-6).log(), batch.starts)
        return sum(losses.values()), {f"names_{name}": value for name, value in losses.items()}

    def _named(self, name: str, features, rows, weights=WEIGHTS):
        classes = self.names.table[rows]
        parts = zip(weights, self._read(name, features), classes.unbind(-1), strict=True)
        return sum(weight * mean_cross_entropy(logits.flatten(0, 1), truth.flatten()) for weight, logits, truth in parts)

    def _read(self, name: str, features):
        return self.heads[name](features if self.batches >= SILENT_BATCHES else features.detach())

    @torch.no_grad()
    def hits(self, batch):
        """In the prior, of the new examples' covered patches, whose thing is named rightly."""
        rows = batch.rows[: batch.new].flatten(1)
        named = self.heads["prior"](self.heard["prior"][: batch.new])[0].argmax(-1)
        return (named == self.names.table[rows][..., 0])[rows >= 0].float().mean()

    def step(self) -> None:
        """Once the gradients of a batch are there."""
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.batches += 1
