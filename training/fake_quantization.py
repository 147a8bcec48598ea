"""Trains matrices as they ship: in 4 bits with one scale per 32 values. Gradients pass the rounding unchanged
(straight-through; Bengio et al. 2013). Eight bits need no training: their error is 50 dB down."""

from contextlib import contextmanager

import torch
from torch import nn

from onnx_quantize import BLOCK

SMALLEST_SIDE = 128
"""Narrower matrices ship in 8 bits."""

SHRINKS = (1.0, 0.92, 0.85, 0.78)


def ships_in_four_bits(rows: int, columns: int) -> bool:
    return min(rows, columns) >= SMALLEST_SIDE and columns % BLOCK == 0


@torch.no_grad()
def rounded(weight):
    """The nearest 4-bit form of a matrix [N, K], by least squared error over a few scales of each block."""
    blocks = weight.reshape(-1, BLOCK)
    extreme = blocks.gather(1, blocks.abs().argmax(1, keepdim=True))
    best, best_error = None, None
    for shrink in SHRINKS:
        scale = extreme * shrink / -8
        scale = torch.where(scale.abs() < 1e-12, 1e-12, scale)
        candidate = (blocks / scale).round().clamp(-8, 7) * scale
        error = (candidate - blocks).pow(2).sum(1, keepdim=True)
        if best is None:
            best, best_error = candidate, error
            continue
        better = error < best_error
        best, best_error = torch.where(better, candidate, best), torch.minimum(error, best_error)
    return best.reshape(weight.shape)


class FakeQuantization:
    """`with fake.rounded_weights(): forward and backward`; the exact weights are back for the optimiser's step."""

    def __init__(self, bits: int, *modules: nn.Module):
        self.weights = [
            layer.weight for module in modules for layer in module.modules()
            if isinstance(layer, nn.Linear) and bits == 4 and ships_in_four_bits(*layer.weight.shape)
        ]  # fmt: skip

    @contextmanager
    def rounded_weights(self):
        exact = [weight.data for weight in self.weights]
        for weight in self.weights:
            weight.data = rounded(weight.data)
        try:
            yield
        finally:
            for weight, values in zip(self.weights, exact, strict=True):
                weight.data = values
