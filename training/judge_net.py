"""The judge: a small residual convolutional classifier (after He et al., 2015) with a concept and a style head."""

import torch
import torch.nn.functional as F
from torch import nn

INPUT_PX = 64
"""Side of the object crop it looks at (ruler.crop): place, size and background are already gone."""

CONCEPT_PX = 48
"""What a thing is shows in fewer pixels."""

WIDTHS = (32, 64, 96, 192)
STYLE_WIDTHS = (24, 48, 48, 48)


class Block(nn.Module):
    """Halves height and width, then one residual pair: [B, C, S, S] -> [B, D, S/2, S/2]."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.down = nn.Conv2d(inputs, outputs, 3, 2, 1, bias=False)
        self.first = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(outputs) for _ in range(3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.norms[0](self.down(x)))
        y = F.relu(self.norms[1](self.first(x)))
        return F.relu(x + self.norms[2](self.second(y)))


class Strokes(nn.Module):
    """Which style, from windows of 23 px pooled over the crop: it cannot learn shapes by heart, so it holds for things
    it never saw."""

    def __init__(self, styles: int):
        super().__init__()
        inputs = (3, *STYLE_WIDTHS)
        self.layers = nn.ModuleList(
            nn.Conv2d(a, b, 3, 2 if depth < 2 else 1, 1, bias=False) for depth, (a, b) in enumerate(zip(inputs, STYLE_WIDTHS))
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in STYLE_WIDTHS)
        self.out = nn.Linear(3 * STYLE_WIDTHS[-1], styles)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer, norm in zip(self.layers, self.norms):
            x = F.relu(norm(layer(x)))
        flat = x.flatten(2).float()
        pooled = torch.cat((flat.mean(2), flat.std(2), flat.amax(2)), 1)
        return self.out(F.dropout(pooled, 0.1, self.training))


class Judge(nn.Module):
    """image [B, 3, 64, 64] in 0..1 -> (concept logits [B, concepts], style logits [B, styles])."""

    def __init__(self, concepts: int, styles: int):
        super().__init__()
        self.stem = nn.Conv2d(3, WIDTHS[0], 3, 2, 1, bias=False)
        self.stem_norm = nn.BatchNorm2d(WIDTHS[0])
        self.blocks = nn.Sequential(*(Block(a, b) for a, b in zip(WIDTHS, WIDTHS[1:])))
        self.concept = nn.Linear(WIDTHS[-1] * 5, concepts)
        self.strokes = Strokes(styles)

    def features(self, image: torch.Tensor) -> torch.Tensor:
        """[B, 960]: mean over the picture and over the four cells of a 2x2 grid of maxima."""
        x = self.blocks(F.relu(self.stem_norm(self.stem(image))))
        return torch.cat((x.mean((2, 3)), F.adaptive_max_pool2d(x, 2).flatten(1)), 1)

    def style(self, image: torch.Tensor) -> torch.Tensor:
        return self.strokes(image * 2 - 1)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        small = F.interpolate(image * 2 - 1, size=CONCEPT_PX, mode="bilinear", antialias=True, align_corners=False)
        features = F.dropout(self.features(small.contiguous(memory_format=torch.channels_last)).float(), 0.2, self.training)
        return self.concept(features), self.style(image)
