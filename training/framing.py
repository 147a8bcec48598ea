"""Where things will be, and how patches see it (decisions/018)."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from layers import zero_linear


class Framing(nn.Module):
    """Where each patch lies on the thing that is drawn there: a thing is learned once, for any place and any size, if the
    patches of a small one in a corner carry the positions they would have were it alone in the middle.

    A layout [n, SLOTS, 4] foresees up to four things in the order of their names: a centre (y, x), the logarithm of a
    scale, and whether there is such a thing, as a logit. A patch belongs to the thing whose middle is nearest, in sizes of
    the thing. A start of zeros moves nothing."""

    SLOTS, SIZE = 4, 7
    SHARPNESS, ABSENT, DECIDED = 30.0, 2000.0, 4.0
    """How much nearer to one thing than to another makes a patch its own; how far away a thing is that is not there; and
    how little of a logit decides whether it is."""

    def __init__(self, width: int):
        super().__init__()
        self.norm, self.hidden, self.out = nn.LayerNorm(width), nn.Linear(width, width), zero_linear(width, 4 * self.SLOTS)

    def forward(self, planned):
        """Features [n, N, width] of what is planned -> layout."""
        return self.out(F.silu(self.hidden(self.norm(planned.mean(1))))).float().unflatten(-1, (self.SLOTS, 4))

    @classmethod
    def frames(cls, positions, layout):
        """positions [1, N, 2] -> frames [n, N, SIZE]: (y, x) on the thing, its logarithm of scale, and which thing it is."""
        centre, scale, there = layout[:, :, None, :2], layout[:, :, None, 2:3], layout[:, :, None, 3:]
        on_thing = (positions[:, None] - centre) * torch.exp(-scale)
        far = cls.SHARPNESS * on_thing.pow(2).sum(-1, keepdim=True) + cls.ABSENT * torch.sigmoid(-cls.DECIDED * there)
        share = (-far.squeeze(-1).transpose(1, 2)).softmax(-1)
        weight = share.transpose(1, 2)[..., None]
        return torch.cat([(weight * on_thing).sum(1), (weight * scale).sum(1), share], -1)


@dataclass
class Told:
    """True layouts [n, SLOTS, 4] for those examples [n] that are told theirs."""

    layout: torch.Tensor
    is_told: torch.Tensor

    @staticmethod
    def all(layout) -> "Told":
        return Told(layout, torch.ones(len(layout), dtype=torch.bool, device=layout.device))

    def mixed(self, foreseen):
        return torch.where(self.is_told[:, None, None], self.layout, foreseen.detach())
