"""Pocket's trained networks: adapter (text memory), prior (text -> mean latent), denoiser (rectified flow)."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

import text_encoder
from framing import Framing
from layers import CELLS_PER_UNIT, Block, ChannelNorm, ConvBlock, PositionEmbedding, attend, from_patches, to_patches, zero_linear
from plan import Plan, StyleReader, Told


@dataclass(frozen=True)
class Shape:
    """Widths and depths; one per preset."""

    latent_channels: int = 8
    width: int = 256
    heads: int = 8
    conv_width: int = 96
    depth: int = 5
    prior_depth: int = 2
    fusion_depth: int = 1


class Adapter(nn.Module):
    """Frozen text features [n, L, 384] -> memory [n, L, width], marked as text (image 0 of the memory)."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.norm = nn.LayerNorm(text_encoder.WIDTH)
        self.project = nn.Linear(text_encoder.WIDTH, shape.width)
        self.text_mark = nn.Parameter(torch.zeros(shape.width))

    def forward(self, features):
        return self.project(self.norm(features)) + self.text_mark


def pooled(memory, mask):
    """Mean of the memory's tokens [n, width], padding left out; `mask` as in Block."""
    if mask is None:
        return memory.mean(1)
    weight = (mask[:, 0, 0, :, None] > text_encoder.MASKED / 2).to(memory.dtype)
    return (memory * weight).sum(1) / weight.sum(1)


class JointBlock(nn.Module):
    """Self-attention over all of the memory, and an MLP."""

    def __init__(self, shape: Shape):
        super().__init__()
        width = shape.width
        self.heads = shape.heads
        self.first_norm, self.second_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp_in, self.mlp_out = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, mask):
        q, k, v = self.qkv(self.first_norm(x)).chunk(3, -1)
        x = x + self.out(attend(q, k, v, mask, self.heads))
        return x + self.mlp_out(F.gelu(self.mlp_in(self.second_norm(x))))


class Fusion(nn.Module):
    """Text memory and reference pictures -> one memory: [text tokens ; 4x4 patches of image 1, 2, ... 10], and the share
    that each image has in the picture to start from. Words that name an image and the patches of that image meet here."""

    MOST_IMAGES, PATCH = 10, 4
    PASSES = 2
    """Of the same blocks: what words learn from the pictures in one, the pictures learn from the words in the next."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.project = nn.Linear(shape.latent_channels * self.PATCH**2, shape.width)
        self.position = PositionEmbedding(shape.width)
        self.image_marks = nn.Parameter(torch.randn(self.MOST_IMAGES, shape.width) * 0.2)
        self.blocks = nn.ModuleList(JointBlock(shape) for _ in range(shape.fusion_depth))
        self.again = nn.Parameter(torch.zeros(shape.width))
        self.share = zero_linear(shape.width, 1)
        nn.init.constant_(self.share.bias, 3.0)

    def tokens(self, latents, positions):
        """Latents [n, C, h, w] of one image of each row, positions [1, M, 2] -> [n, M, width], not yet numbered."""
        n, c, h, w = latents.shape
        p = self.PATCH
        patches = latents.reshape(n, c, h // p, p, w // p, p).permute(0, 2, 4, 1, 3, 5).reshape(n, -1, c * p * p)
        return self.project(patches) + self.position(positions)

    def fuse(self, memory, mask):
        """Text and numbered image tokens [n, L + M, width] -> memory of the same shape."""
        memory = self._pass(memory, mask)
        for _ in range(self.PASSES - 1):
            memory = memory + self.again * (self._pass(memory, mask) - memory)
        return memory

    def _pass(self, memory, mask):
        for block in self.blocks:
            memory = block(memory, mask)
        return memory

    def shares(self, images):
        """Fused tokens [n, k, M, width] of the images -> [n, k], how much of each is the picture to start from: they sum
        to at most one, and what is missing is nothing at all."""
        scores = self.share(images.mean(2)).squeeze(-1).float()
        # Nothing scores 0. Written so that the graph needs no operator that fills a shape, which would run on the CPU.
        return torch.cat([scores[:, :1] * 0, scores], 1).softmax(1)[:, 1:]

    def forward(self, memory, mask, references):
        """references [n, k, C, h, w]; mask [n, 1, 1, L]: (memory [n, L + k M, width], its mask, shares [n, k])."""
        n, k = references.shape[:2]
        positions = square_patch_positions(*references.shape[3:], self.PATCH, references.device)
        images = self.tokens(references.flatten(0, 1), positions).unflatten(0, (n, k))
        images = (images + self.image_marks[:k, None]).flatten(1, 2)
        mask = F.pad(mask, (0, images.shape[1]))
        memory = self.fuse(torch.cat([memory, images], 1), mask)
        return memory, mask, self.shares(memory[:, -images.shape[1] :].unflatten(1, (k, -1)))


class Prior(nn.Module):
    """Memory -> mean latent [n, C, h, w], by plain regression: it settles layout and colour within minutes."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.position, self.framing = PositionEmbedding(shape.width), Framing(shape.width)
        self.frame = zero_linear(Framing.SIZE - 2, shape.width)
        self.planned = zero_linear(shape.width)
        self.style_reader, self.style = StyleReader(shape.width), zero_linear(StyleReader.SIZE, shape.width)
        self.brought, self.take = zero_linear(4 * shape.latent_channels, shape.width), zero_linear(shape.width, 4)
        self.start = nn.Parameter(torch.zeros(shape.width))
        self.reference = nn.Linear(4 * shape.latent_channels, shape.width, bias=False)
        nn.init.zeros_(self.reference.weight)
        self.pool = nn.Sequential(
            nn.Linear(shape.width, shape.width), nn.SiLU(), nn.Linear(shape.width, shape.width), nn.SiLU()
        )
        self.modulation = nn.Linear(shape.width, 9 * shape.width)
        self.blocks = nn.ModuleList(Block(shape.width, shape.heads) for _ in range(shape.prior_depth))
        self.norm = nn.LayerNorm(shape.width)
        self.out = nn.Linear(shape.width, shape.latent_channels * 4)
        self.keep = nn.Linear(shape.width, 4)
        nn.init.zeros_(self.keep.weight)
        nn.init.ones_(self.keep.bias)

    def forward(self, memory, mask, positions, reference, told=None):
        """reference [n, C, h, w]: the picture to edit, or zeros, which still tell the size. A gate per cell decides how
        much of it stays, another how much of it as brought to where its things will be: an edit leaves most of a picture as
        it was. `told`: what training tells. Returns (prior, frames, style, foreseen): the first block runs ahead to see
        where things will be; `style` [n, SIZE] is what they are drawn in, `foreseen` the plan."""
        height, width = reference.shape[2:]
        given = self.start + self.reference(to_patches(reference))
        logits, looks = self.style_reader(memory, mask)
        style = StyleReader.decided(logits)
        style = told.shares_of_styles(style) if told else style
        modulation = self.modulation(self.pool(pooled(memory, mask)) + self.style(StyleReader.GAIN * style))
        planned = self.blocks[0](self.position(positions) + given, memory, mask, modulation)
        layout, origins = self.framing(planned)
        foreseen = Plan(layout, origins, logits, looks)
        layout, origins = told.places(layout, origins) if told else (layout.detach(), origins.detach())
        frames = self.framing.frames(positions, layout)
        brought = self.framing.brought(reference, positions, frames, origins)
        x = self.position(positions, frames[..., :2]) + self.frame(frames[..., 2:]) + given
        x = x + self.planned(self.framing.norm(planned)) + self.brought(brought)
        for block in self.blocks:
            x = block(x, memory, mask, modulation)
        x = self.norm(x)
        kept = from_patches(self.keep(x), height, width).sigmoid() * reference
        taken = brought.unflatten(2, (-1, 4)) * self.take(x)[:, :, None]
        return from_patches(self.out(x) + taken.flatten(2), height, width) + kept, frames, style, foreseen


class Denoiser(nn.Module):
    """Velocity (noise - data) of rectified flow (Liu et al. 2022): convolutions at the latent grid, where shape is
    learned from few pictures, around a transformer on 2x2 patches (U-ViT, Bao et al. 2022). What goes in also reaches
    the output directly, in shares that depend on sigma: copying need not be learned."""

    TIME_FEATURES = 64

    def __init__(self, shape: Shape):
        super().__init__()
        channels, conv, width = shape.latent_channels, shape.conv_width, shape.width
        self.inputs = nn.Conv2d(2 * channels, conv, 3, padding=1)
        self.reference = nn.Conv2d(channels, conv, 3, padding=1, bias=False)
        nn.init.normal_(self.reference.weight, std=0.01)
        self.time = nn.Sequential(nn.Linear(2 * self.TIME_FEATURES, width), nn.SiLU(), nn.Linear(width, width))
        self.modulation = nn.Linear(width, 9 * width)
        frequencies = torch.exp(-math.log(1e4) * torch.arange(self.TIME_FEATURES) / self.TIME_FEATURES) * 1000
        self.register_buffer("frequencies", frequencies, persistent=False)
        self.down = nn.ModuleList(ConvBlock(conv, width) for _ in range(2))
        self.to_tokens, self.position = nn.Linear(4 * conv, width), PositionEmbedding(width)
        self.frame, self.place = zero_linear(Framing.SIZE - 2, width), PositionEmbedding(width)
        nn.init.zeros_(self.place.project.weight)
        nn.init.zeros_(self.place.project.bias)
        self.blocks = nn.ModuleList(Block(shape.width, shape.heads) for _ in range(shape.depth))
        self.norm, self.from_tokens = nn.LayerNorm(width), nn.Linear(width, 4 * conv)
        self.merge = nn.Conv2d(2 * conv, conv, 1)
        self.up = nn.ModuleList(ConvBlock(conv, width) for _ in range(2))
        self.pool, self.style = zero_linear(width), zero_linear(StyleReader.SIZE, width)
        self.skip = zero_linear(width, 3 * channels)
        self.out_norm, self.out = ChannelNorm(conv), nn.Conv2d(conv, channels, 3, padding=1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x, sigma, context):
        """x [n, C, h, w]; sigma [n]."""
        height, width = x.shape[2], x.shape[3]
        angles = sigma[:, None] * self.frequencies
        summary = self.pool(pooled(context.memory, context.mask)) + self.style(StyleReader.GAIN * context.style)
        time = F.silu(self.time(torch.cat([angles.sin(), angles.cos()], -1)) + summary)
        modulation = self.modulation(time)
        h = self.inputs(torch.cat([x, context.prior], 1)) + self.reference(context.reference)
        for block in self.down:
            h = block(h, time)
        tokens = self.to_tokens(to_patches(h)) + self.position(context.positions, context.frames[..., :2])
        tokens = tokens + self.frame(context.frames[..., 2:]) + self.place(context.positions)
        for block in self.blocks:
            tokens = block(tokens, context.memory, context.mask, modulation)
        h = self.merge(torch.cat([h, from_patches(self.from_tokens(self.norm(tokens)), height, width)], 1))
        for block in self.up:
            h = block(h, time)
        direct = torch.cat([x, context.prior, context.reference], 1) * self.skip(time)[:, :, None, None]
        return self.out(F.silu(self.out_norm(h))) + sum(direct.chunk(3, 1))


@dataclass
class Context:
    """All that stays the same from step to step."""

    memory: torch.Tensor
    mask: torch.Tensor | None
    prior: torch.Tensor
    reference: torch.Tensor
    """The picture to start from, as a latent: the one that an instruction edits, or that lends the object; zeros where
    there is none."""
    positions: torch.Tensor
    frames: torch.Tensor
    """Of every patch [n, N, Framing.SIZE]: where it lies on the thing that is drawn there, its scale, and which it is."""
    style: torch.Tensor
    """[n, StyleReader.SIZE]: shares of styles."""
    shares: torch.Tensor | None = None
    """Of each reference in it [n, k]."""
    foreseen: Plan | None = None
    """By the prior: frames and style come from it, or from what training told instead."""


def patch_positions(height: int, width: int, device="cpu"):
    """Centres of 2x2 patches [1, N, 2], (y, x) from the middle of the grid, in units of CELLS_PER_UNIT latent cells."""
    return square_patch_positions(height, width, 2, device)


def square_patch_positions(height: int, width: int, patch: int, device="cpu"):
    y = (patch * (torch.arange(height // patch, device=device) + 0.5) - height / 2) / CELLS_PER_UNIT
    x = (patch * (torch.arange(width // patch, device=device) + 0.5) - width / 2) / CELLS_PER_UNIT
    return torch.stack(torch.meshgrid(y, x, indexing="ij"), -1).reshape(1, -1, 2)


class Pocket(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.adapter, self.fusion = Adapter(shape), Fusion(shape)
        self.prior, self.denoiser = Prior(shape), Denoiser(shape)

    def context(self, features, mask, grid: tuple[int, int], references=None, placed=None, told: Told | None = None) -> Context:
        """Text features and mask as TextFeatures gives them, cut to the longest caption of the batch; grid: (height, width)
        in cells of what is drawn; references [n, k, C, s, s], in squares, and placed [n, k, C, height, width], the same in
        that grid, or None."""
        # On a GPU, asking for the length costs more than the padding.
        longest = mask.shape[1] if mask.is_cuda else int((mask > text_encoder.MASKED / 2).sum(1).max())
        memory, bias = self.adapter(features[:, :longest].float()), mask[:, None, None, :longest].float()
        reference, shares = torch.zeros(len(memory), self.shape.latent_channels, *grid, device=memory.device), None
        if references is not None:
            memory, bias, shares = self.fusion(memory, bias, references)
            reference = (shares[:, :, None, None, None] * placed).sum(1)
        positions = patch_positions(*grid, device=features.device)
        prior, frames, style, foreseen = self.prior(memory, bias, positions, reference, told)
        return Context(memory, bias, prior, reference, positions, frames, style, shares, foreseen)
