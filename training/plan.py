"""What the prior foresees of a picture before it draws, and what training tells in its place."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from things import STYLE_WEIGHTS

STYLES = tuple(STYLE_WEIGHTS)


class StyleReader(nn.Module):
    """Memory -> which style the picture will have: it looks for the words or the picture that lend it, as "the style of
    image 2" says once words and pictures have met, and reads it there (decisions/019)."""

    SIZE = len(STYLES)
    DECIDED = 2.0
    """How little of a logit decides: a mixture of two styles is neither."""
    GAIN = 10.0
    """Of the shares where they steer the nets, which then learn what a style changes as fast as all else."""

    def __init__(self, width: int):
        super().__init__()
        self.norm, self.look, self.read = nn.LayerNorm(width), nn.Linear(width, 1, bias=False), nn.Linear(width, self.SIZE)

    def forward(self, memory, mask):
        """memory [n, M, width], mask as in Block -> (logits [n, SIZE], how much each token was looked at [n, M])."""
        memory = self.norm(memory)
        look = self.look(memory).float()
        if mask is not None:
            look = look + mask[:, 0, 0, :, None]
        look = look.softmax(1)
        return (look * self.read(memory).float()).sum(1), look.squeeze(2)

    @classmethod
    def decided(cls, logits):
        return (cls.DECIDED * logits).softmax(-1)


@dataclass
class Plan:
    """Of n pictures."""

    layout: torch.Tensor
    """[n, SLOTS, 4], as Framing has it."""
    origins: torch.Tensor
    """[n, SLOTS, 4]: the same of the picture to start from."""
    style_logits: torch.Tensor
    """[n, StyleReader.SIZE]."""
    looks: torch.Tensor
    """[n, M]: at the tokens of the memory, for the style."""


@dataclass
class Told:
    """What stands in for the plans of those examples that are told."""

    layout: torch.Tensor
    """[n, SLOTS, 4], and so are the origins."""
    origins: torch.Tensor
    styles: torch.Tensor | None
    """[n]: numbers in STYLES; None: the style is theirs to foresee."""
    is_told: torch.Tensor
    """[n]."""

    @staticmethod
    def same_places(plan: Plan) -> "Told":
        """For the same picture without its words: guidance is about what is drawn, not about where."""
        return Told(plan.layout, plan.origins, None, torch.ones(len(plan.layout), dtype=torch.bool, device=plan.layout.device))

    def places(self, layout, origins):
        chosen = self.is_told[:, None, None]
        return torch.where(chosen, self.layout, layout.detach()), torch.where(chosen, self.origins, origins.detach())

    def shares_of_styles(self, foreseen):
        if self.styles is None:
            return foreseen
        return torch.where(self.is_told[:, None], F.one_hot(self.styles, StyleReader.SIZE).to(foreseen), foreseen)
