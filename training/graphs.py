"""Pocket's own six graphs as modules with the inputs and outputs that the browser sees; see README, "Graphs"."""

from typing import NamedTuple

import torch
from torch import nn

from autoencoder import Autoencoder
from framing import Framing
from plan import StyleReader
from pocket_net import Context, Pocket, patch_positions, square_patch_positions
from text_encoder import MiniLm


class TextEncoderGraph(nn.Module):
    """input_ids int64 [1, L] -> memory [1, L, D]."""

    trained = ("adapter.",)

    def __init__(self, encoder: MiniLm | None, pocket: Pocket):
        super().__init__()
        self.encoder, self.adapter = encoder, pocket.adapter

    def forward(self, input_ids):
        return self.adapter(self.encoder(input_ids))


class EncoderGraph(nn.Module):
    """image [1, 3, 8h, 8w] -> latent [1, C, h, w]."""

    trained = ("autoencoder.encoder.", "autoencoder.mean", "autoencoder.deviation")

    def __init__(self, autoencoder: Autoencoder):
        super().__init__()
        self.autoencoder = autoencoder

    def forward(self, image):
        return self.autoencoder.encode(image)


class FusionGraph(nn.Module):
    """memory [1, L, D], references [k, C, s, s] -> fused [1, L + k (s/4)^2, D], shares [k]: how much of each reference is
    the picture to start from."""

    trained = ("fusion.",)

    def __init__(self, pocket: Pocket, side_cells: int):
        super().__init__()
        self.fusion = pocket.fusion
        positions = square_patch_positions(side_cells, side_cells, pocket.fusion.PATCH)
        self.register_buffer("positions", positions, persistent=False)

    def forward(self, memory, references):
        images = self.fusion.tokens(references, self.positions)
        images = images + self.fusion.image_marks[: references.shape[0], None]
        joined = self.fusion.fuse(torch.cat([memory, images.reshape(1, -1, images.shape[-1])], 1), None)
        seen = joined[:, memory.shape[1] :]
        return joined, self.fusion.shares(seen.reshape(1, *images.shape))[0]


class PriorGraph(nn.Module):
    """memory, positions [1, N, 2], reference [1, C, h, w] -> prior [1, C, h, w], frames [1, N, F], style [1, S]."""

    trained = ("prior.",)

    def __init__(self, pocket: Pocket):
        super().__init__()
        self.prior = pocket.prior

    def forward(self, memory, positions, reference):
        return self.prior(memory, None, positions, reference)[:3]


class DenoiserGraph(nn.Module):
    """latent, sigma [1], memory, prior, reference, positions, frames, style -> denoised = latent - sigma velocity."""

    trained = ("denoiser.",)

    def __init__(self, pocket: Pocket):
        super().__init__()
        self.denoiser = pocket.denoiser

    def forward(self, latent, sigma, memory, prior, reference, positions, frames, style):
        velocity = self.denoiser(latent, sigma, Context(memory, None, prior, reference, positions, frames, style))
        return latent - sigma.view(-1, 1, 1, 1) * velocity


class DecoderGraph(nn.Module):
    """latent [1, C, h, w] -> image [1, 3, 8h, 8w]."""

    trained = ("autoencoder.decoder.", "autoencoder.mean", "autoencoder.deviation")

    def __init__(self, autoencoder: Autoencoder):
        super().__init__()
        self.autoencoder = autoencoder

    def forward(self, latent):
        return self.autoencoder.decode(latent)


def modules(pocket: Pocket, autoencoder: Autoencoder, encoder: MiniLm | None, side_cells: int) -> dict[str, nn.Module]:
    """By name of the file. Together their `trained` parameters are all that `Pocket` and `Autoencoder` have."""
    return {
        "text_encoder": TextEncoderGraph(encoder, pocket),
        "encoder": EncoderGraph(autoencoder),
        "fusion": FusionGraph(pocket, side_cells),
        "prior": PriorGraph(pocket),
        "denoiser": DenoiserGraph(pocket),
        "decoder": DecoderGraph(autoencoder),
    }


def trained_parameters(module: nn.Module) -> dict[str, torch.Tensor]:
    """Of one graph, named as in `Pocket`, those of `Autoencoder` with "autoencoder." before."""
    return {name: value for name, value in module.state_dict().items() if name.startswith(module.trained)}


class Sizes(NamedTuple):
    """Whatever is dynamic in some graph."""

    grid: tuple[int, int] = (16, 16)
    tokens: int = 9
    images: int = 2


def example_inputs(graph: str, pocket: Pocket, side_cells: int, sizes: Sizes = Sizes()) -> dict[str, torch.Tensor]:
    """Inputs of one graph, in order: for tracing and for comparing ONNX with PyTorch."""
    (height, width), tokens, images = sizes
    channels, memory_width = pocket.shape.latent_channels, pocket.shape.width
    generator = torch.Generator().manual_seed(7)
    latent, prior, reference = (torch.randn(1, channels, height, width, generator=generator) for _ in range(3))
    memory, positions = torch.randn(1, tokens, memory_width, generator=generator), patch_positions(height, width)
    layout = torch.randn(1, Framing.SLOTS, 4, generator=generator) / 4
    references = torch.randn(images, channels, side_cells, side_cells, generator=generator)
    return {
        "text_encoder": {"input_ids": torch.arange(200, 200 + tokens)[None]},
        "encoder": {"image": torch.rand(1, 3, 8 * height, 8 * width, generator=generator)},
        "fusion": {"memory": memory, "references": references},
        "prior": {"memory": memory, "positions": positions, "reference": reference},
        "denoiser": {
            "latent": latent, "sigma": torch.tensor([0.6]), "memory": memory, "prior": prior,
            "reference": reference, "positions": positions, "frames": Framing.frames(positions, layout),
            "style": torch.randn(1, StyleReader.SIZE, generator=generator).softmax(-1),
        },
        "decoder": {"latent": latent},
    }[graph]  # fmt: skip


OUTPUTS = {
    "text_encoder": ("memory",), "encoder": ("latent",), "fusion": ("fused", "shares"), "prior": ("prior", "frames", "style"),
    "denoiser": ("denoised",), "decoder": ("image",),
}  # fmt: skip

_GRID = {2: "h", 3: "w"}
DYNAMIC_AXES = {
    "input_ids": {1: "tokens"},
    "memory": {1: "tokens"},
    "fused": {1: "all_tokens"},
    "references": {0: "images"},
    "shares": {0: "images"},
    "positions": {1: "patches"},
    "frames": {1: "patches"},
    **{name: _GRID for name in ("latent", "prior", "reference", "denoised")},
    "image": {2: "height", 3: "width"},
}
