"""What Pocket's networks are made of: positions, attention, convolutions, patches."""

import math

import torch
import torch.nn.functional as F
from torch import nn


def zero_linear(width: int, outputs: int | None = None) -> nn.Linear:
    """A linear layer that starts by adding nothing."""
    layer = nn.Linear(width, outputs or width)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


CELLS_PER_UNIT = 8
"""Latent cells in one unit of positions."""


class PositionEmbedding(nn.Module):
    """(y, x) of patch centres [n, N, 2] -> features [n, N, width]: sines of 6 octaves, so any ratio is in range."""

    OCTAVES, FRAMED = 6, 4
    """The octaves above are finer than patches, and tell nothing on their grid."""

    def __init__(self, width: int):
        super().__init__()
        self.project = nn.Linear(4 * self.OCTAVES, width)
        self.register_buffer("frequencies", math.pi / 2 * 2.0 ** torch.arange(self.OCTAVES), persistent=False)

    def forward(self, positions, framed=None):
        """`framed`: the same patches as their things see them (framing.py)."""
        if framed is None:
            angles = positions[..., None] * self.frequencies
        else:
            coarse, fine = self.frequencies[: self.FRAMED], self.frequencies[self.FRAMED :]
            there = positions.expand(len(framed), -1, -1)
            angles = torch.cat([framed[..., None] * coarse, there[..., None] * fine], -1)
        angles = angles.flatten(-2)
        return self.project(torch.cat([angles.sin(), angles.cos()], -1))


class Block(nn.Module):
    """Self-attention, cross-attention on the memory, MLP; scaled, shifted and gated by a condition (DiT, 2023)."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.self_norm, self.cross_norm, self.mlp_norm = (
            nn.LayerNorm(width, elementwise_affine=False) for _ in range(3)
        )
        self.self_qkv, self.self_out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.cross_q, self.cross_kv = nn.Linear(width, width), nn.Linear(width, 2 * width)
        self.cross_out = nn.Linear(width, width)
        self.mlp_in, self.mlp_out = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.modulation = nn.Parameter(torch.randn(9, width) * 0.02)
        for layer in (self.self_out, self.cross_out, self.mlp_out):
            nn.init.zeros_(layer.bias)
            nn.init.normal_(layer.weight, std=0.01)

    def forward(self, x, memory, mask, condition):
        """x [n, N, width]; memory [n, M, width]; mask [n, 1, 1, M] or None; condition [n, 9 width]."""
        table = (self.modulation + condition.unflatten(-1, (9, -1)))[:, :, None]
        parts = [(table[:, i], table[:, i + 1], table[:, i + 2]) for i in (0, 3, 6)]
        (scale, shift, gate) = parts[0]
        q, k, v = self.self_qkv(self.self_norm(x) * (1 + scale) + shift).chunk(3, -1)
        x = x + self.self_out(self._attend(q, k, v, None)) * (1 + gate)
        (scale, shift, gate) = parts[1]
        k, v = self.cross_kv(memory).chunk(2, -1)
        q = self.cross_q(self.cross_norm(x) * (1 + scale) + shift)
        x = x + self.cross_out(self._attend(q, k, v, mask)) * (1 + gate)
        (scale, shift, gate) = parts[2]
        hidden = F.gelu(self.mlp_in(self.mlp_norm(x) * (1 + scale) + shift))
        return x + self.mlp_out(hidden) * (1 + gate)

    def _attend(self, q, k, v, mask):
        return attend(q, k, v, mask, self.heads)


def attend(q, k, v, mask, heads: int):
    """Attention [n, N, width] of several heads. Written out in graphs: every execution provider has right kernels for
    MatMul and Softmax. On a CPU too, whose fused kernel is slow to train with on sequences this short."""
    q, k, v = (t.unflatten(-1, (heads, -1)).transpose(1, 2) for t in (q, k, v))
    if q.is_cuda and not torch.onnx.is_in_onnx_export():
        mask = mask if mask is None else mask.to(q.dtype).expand(-1, -1, q.shape[2], -1)
        return F.scaled_dot_product_attention(q, k, v, mask).transpose(1, 2).flatten(2)
    scores = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5
    if mask is not None:
        scores = scores + mask
    return (scores.softmax(-1).to(v.dtype) @ v).transpose(1, 2).flatten(2)


class ChannelNorm(nn.Module):
    """LayerNorm over the channels of each pixel."""

    def __init__(self, channels: int):
        super().__init__()
        self.norm = nn.LayerNorm(channels)

    def forward(self, x):
        return self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ConvBlock(nn.Module):
    """Residual 3x3 convolutions, modulated by sigma."""

    def __init__(self, channels: int, time_width: int):
        super().__init__()
        self.first_norm, self.second_norm = ChannelNorm(channels), ChannelNorm(channels)
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self.time = nn.Linear(time_width, 2 * channels)
        nn.init.normal_(self.second.weight, std=0.01)

    def forward(self, x, time):
        scale, shift = self.time(time)[:, :, None, None].chunk(2, 1)
        hidden = self.first(F.silu(self.first_norm(x)))
        return x + self.second(F.silu(self.second_norm(hidden) * (1 + scale) + shift))


def to_patches(x):
    """[n, c, h, w] -> [n, (h/2)(w/2), 4c]."""
    n, c, h, w = x.shape
    x = x.reshape(n, c, h // 2, 2, w // 2, 2).permute(0, 2, 4, 1, 3, 5)
    return x.reshape(n, (h // 2) * (w // 2), 4 * c)


def cells_of(x):
    """[n, c, h, w] -> [n, h w, c], patch by patch as `to_patches` has them."""
    patches = to_patches(x)
    return patches.unflatten(2, (x.shape[1], 4)).transpose(2, 3).flatten(1, 2)


def from_patches(patches, height, width):
    """[n, (h/2)(w/2), 4c] -> [n, c, h, w]."""
    n, _, c = patches.shape
    x = patches.reshape(n, height // 2, width // 2, c // 4, 2, 2).permute(0, 3, 1, 4, 2, 5)
    return x.reshape(n, c // 4, height, width)
