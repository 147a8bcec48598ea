"""The net of the first doubling: it sharpens what the autoencoder and the few denoising steps left soft.

Its trunk works at half the size of the input, where the decoder's own last stage works: 3x3 filters reach twice as far
and cost a quarter, and the decoder's pattern of 2 px is one and the same in every cell. Plain convolutions only, so an
output pixel depends on a fixed window of input pixels and tiles that overlap by it (at even offsets) join exactly.
"""

import torch
import torch.nn.functional as F
from torch import nn

SCALE = 2
CELL_PX = 2
"""Height and width of an input must be multiples of this."""


def leaky(x: torch.Tensor) -> torch.Tensor:
    """With plain ReLU all features died within a hundred steps."""
    return F.leaky_relu(x, 0.2)


class Residual(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.second(leaky(self.first(x)))


class RestoreNet(nn.Module):
    """image [B, 3, H, W], about 0..1, H and W even -> upscaled [B, 3, 2H, 2W] in 0..1."""

    def __init__(self, width: int = 48, blocks: int = 3):
        super().__init__()
        self.width = width
        self.first = nn.Conv2d(3, width, 2 * CELL_PX, stride=CELL_PX, padding=CELL_PX // 2)
        self.blocks = nn.ModuleList(Residual(width) for _ in range(blocks))
        self.last = nn.Conv2d(width, 3 * (SCALE * CELL_PX) ** 2, 3, padding=1)
        nn.init.zeros_(self.last.weight)  # training starts from the bilinear enlargement
        nn.init.zeros_(self.last.bias)

    @property
    def receptive_field_px(self) -> int:
        """Input pixels on each side that an output pixel can see: the 3x3 filters' cells, then the first filter and the
        other pixel of the cell."""
        return CELL_PX * (2 * len(self.blocks) + 1) + CELL_PX

    @property
    def macs_per_pixel(self) -> int:
        """Multiply-adds per input pixel."""
        return sum(p.numel() for p in self.parameters() if p.dim() == 4) // CELL_PX**2

    def enlarge(self, image: torch.Tensor) -> torch.Tensor:
        """Unclamped output, for the training loss."""
        image = image.clamp(0.0, 1.0)
        features = leaky(self.first(image - 0.5))
        for block in self.blocks:
            features = block(features)
        detail = F.pixel_shuffle(self.last(leaky(features)), SCALE * CELL_PX)
        return F.interpolate(image, scale_factor=SCALE, mode="bilinear", align_corners=False) + detail.float()

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.enlarge(image).clamp(0.0, 1.0)
