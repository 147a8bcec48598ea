"""The 2x super-resolution net: a few 3x3 convolutions that add detail to a bilinear enlargement.

Shape after Anime4K (Bloc97, 2019) and websr: concatenated ReLU (Shang et al., 2016) halves the filters a layer needs,
sub-pixel convolution (Shi et al., 2016) does all work at the small size. No normalisation and no attention: an output
pixel depends on a fixed window of input pixels, so tiles that overlap by that window join exactly.
"""

import torch
import torch.nn.functional as F
from torch import nn

SCALE = 2


class SuperResolutionNet(nn.Module):
    """image [B, 3, H, W] in 0..1 -> upscaled [B, 3, 2H, 2W] in 0..1."""

    def __init__(self, filters: int = 20, layers: int = 3):
        super().__init__()
        self.filters, self.layers = filters, layers
        self.first = nn.Conv2d(3, filters, 3, padding=1)
        self.middle = nn.ModuleList(nn.Conv2d(2 * filters, filters, 3, padding=1) for _ in range(layers - 1))
        self.last = nn.Conv2d(2 * filters, 3 * SCALE**2, 3, padding=1)
        nn.init.zeros_(self.last.weight)  # training starts from the bilinear enlargement
        nn.init.zeros_(self.last.bias)

    @property
    def receptive_field_px(self) -> int:
        """Input pixels on each side that an output pixel can see."""
        return self.layers + 1

    @property
    def macs_per_pixel(self) -> int:
        """Multiply-adds per input pixel."""
        return sum(p.numel() for p in self.parameters() if p.dim() == 4)

    @property
    def buffer_bytes_per_px(self) -> int:
        """Bytes of the largest activation per pixel of the output: all channels at half its sides, as float32."""
        return 4 * 2 * self.filters // SCALE**2

    def residual(self, image: torch.Tensor) -> torch.Tensor:
        """Detail [B, 3, 2H, 2W] that the bilinear enlargement lacks."""
        features = concatenated_relu(self.first(image - 0.5))
        for convolution in self.middle:
            features = concatenated_relu(convolution(features))
        return F.pixel_shuffle(self.last(features), SCALE)

    def enlarge(self, image: torch.Tensor) -> torch.Tensor:
        """Unclamped output, for the training loss."""
        bilinear = F.interpolate(image, scale_factor=SCALE, mode="bilinear", align_corners=False)
        return bilinear + self.residual(image).float()

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.enlarge(image).clamp(0.0, 1.0)


def concatenated_relu(x: torch.Tensor) -> torch.Tensor:
    """[B, C, H, W] -> [B, 2C, H, W]: keeps both signs of every filter."""
    return torch.relu(torch.cat((x, -x), dim=1))
