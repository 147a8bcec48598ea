"""Where things will be, and where they are in the picture to start from; how patches see it (decisions/018 and 019)."""

import torch
import torch.nn.functional as F
from torch import nn

from layers import CELLS_PER_UNIT, cells_of, zero_linear


class Framing(nn.Module):
    """Where each patch lies on the thing that is drawn there: a thing is learned once, for any place and any size, if the
    patches of a small one in a corner carry the positions they would have were it alone in the middle.

    A layout [n, SLOTS, 4] foresees up to four things in the order of their names: a centre (y, x), the logarithm of a
    scale, and whether there is such a thing, as a logit. A patch belongs to the thing whose middle is nearest, in sizes of
    the thing. Origins of the same shape foresee where in the picture to start from each of these things comes from, if it is
    there. A start of zeros moves nothing."""

    SLOTS, SIZE = 4, 7
    SHARPNESS, ABSENT, DECIDED = 30.0, 2000.0, 4.0
    """How much nearer to one thing than to another makes a patch its own; how far away a thing is that is not there; and
    how little of a logit decides whether it is."""

    def __init__(self, width: int):
        super().__init__()
        self.norm, self.hidden = nn.LayerNorm(width), nn.Linear(width, width)
        self.out, self.origin = (zero_linear(width, 4 * self.SLOTS) for _ in range(2))

    def forward(self, planned):
        """Features [n, N, width] of what is planned -> (layout, origins)."""
        seen = F.silu(self.hidden(self.norm(planned.mean(1))))
        return tuple(head(seen).float().unflatten(-1, (self.SLOTS, 4)) for head in (self.out, self.origin))

    @classmethod
    def frames(cls, positions, layout):
        """positions [1, N, 2] -> frames [n, N, SIZE]: (y, x) on the thing, its logarithm of scale, and which thing it is."""
        centre, scale, there = layout[:, :, None, :2], layout[:, :, None, 2:3], layout[:, :, None, 3:]
        on_thing = (positions[:, None] - centre) * torch.exp(-scale)
        far = cls.SHARPNESS * on_thing.pow(2).sum(-1, keepdim=True) + cls.ABSENT * torch.sigmoid(-cls.DECIDED * there)
        share = (-far.squeeze(-1).transpose(1, 2)).softmax(-1)
        weight = share.transpose(1, 2)[..., None]
        return torch.cat([(weight * on_thing).sum(1), (weight * scale).sum(1), share], -1)

    @classmethod
    def brought(cls, reference, positions, frames, origins):
        """The picture to start from [n, C, h, w], each of its things brought to where it will be: patches [n, N, 4 C], as
        `to_patches` has them, of what lies in that picture at the same place on the same thing, between cells by bilinear
        weights; nothing where the thing is new. Written with the positions alone: no graph needs to count cells."""
        share, origins = frames[..., 3:, None], origins[:, None]
        centre, scale = (share * origins[..., :2]).sum(2), (share * origins[..., 2:3]).sum(2)
        known = (share * torch.sigmoid(cls.DECIDED * origins[..., 3:])).sum(2)
        stretch = torch.exp(scale - frames[..., 2:3])
        corners = cell_offsets(positions)
        wanted = (centre + frames[..., :2] * torch.exp(scale))[:, :, None] + corners * stretch[:, :, None]
        cells = (positions[:, :, None] + corners).flatten(1, 2)
        first, last = cells.amin(1, keepdim=True), cells.amax(1, keepdim=True)
        # What lies beyond the picture is as its edge. Not every execution provider has Min and Max.
        wanted = last - F.relu(last - first - F.relu(wanted.flatten(1, 2) - first))
        rows, columns = ((wanted[:, :, None, axis] - cells[:, None, :, axis]).abs() * CELLS_PER_UNIT for axis in (0, 1))
        weight = F.relu(1 - rows) * F.relu(1 - columns)
        found = weight.to(reference.dtype) @ cells_of(reference)
        return known * found.unflatten(1, (-1, 4)).transpose(2, 3).flatten(2)


def cell_offsets(positions):
    """From the middle of a 2x2 patch to those of its cells [1, 1, 4, 2], in reading order."""
    near = 0.5 / CELLS_PER_UNIT
    return torch.tensor([(y, x) for y in (-near, near) for x in (-near, near)], device=positions.device).view(1, 1, 4, 2)
