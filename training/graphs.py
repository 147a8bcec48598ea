"""The five graphs of Pocket as modules with the inputs and outputs that the browser sees; see README, "Graphs"."""

import torch
from torch import nn

from autoencoder import Autoencoder
from pocket_net import Context, Pocket, patch_positions
from text_encoder import MiniLm


class TextEncoderGraph(nn.Module):
    """input_ids int64 [1, L] -> memory [1, L, width]."""

    def __init__(self, encoder: MiniLm, pocket: Pocket):
        super().__init__()
        self.encoder, self.adapter = encoder, pocket.adapter

    def forward(self, input_ids):
        return self.adapter(self.encoder(input_ids))


class PriorGraph(nn.Module):
    """memory, positions [1, N, 2], canvas [1, 1, h, w] (only its size counts) -> prior [1, C, h, w]."""

    def __init__(self, pocket: Pocket):
        super().__init__()
        self.prior = pocket.prior

    def forward(self, memory, positions, canvas):
        return self.prior(memory, None, positions, canvas.shape[2], canvas.shape[3]) + canvas


class DenoiserGraph(nn.Module):
    """latent, sigma [1], memory, prior, reference, positions -> denoised = latent - sigma velocity."""

    def __init__(self, pocket: Pocket):
        super().__init__()
        self.denoiser = pocket.denoiser

    def forward(self, latent, sigma, memory, prior, reference, positions):
        context = Context(memory, None, prior, positions)
        velocity = self.denoiser(latent, sigma, context, reference)
        return latent - sigma.view(-1, 1, 1, 1) * velocity


class DecoderGraph(nn.Module):
    """latent [1, C, h, w] -> image [1, 3, 8h, 8w]."""

    def __init__(self, autoencoder: Autoencoder):
        super().__init__()
        self.autoencoder = autoencoder

    def forward(self, latent):
        return self.autoencoder.decode(latent)


def example_inputs(graph: str, pocket: Pocket, grid=(16, 16), tokens: int = 9) -> dict[str, torch.Tensor]:
    """Inputs of one graph, in order: for tracing and for comparing ONNX with PyTorch."""
    height, width = grid
    channels, memory_width = pocket.shape.latent_channels, pocket.shape.width
    generator = torch.Generator().manual_seed(7)
    latent, prior = (torch.randn(1, channels, height, width, generator=generator) for _ in range(2))
    memory, positions = torch.randn(1, tokens, memory_width, generator=generator), patch_positions(height, width)
    return {
        "text_encoder": {"input_ids": torch.arange(200, 200 + tokens)[None]},
        "prior": {"memory": memory, "positions": positions, "canvas": torch.zeros(1, 1, height, width)},
        "denoiser": {
            "latent": latent, "sigma": torch.tensor([0.6]), "memory": memory, "prior": prior,
            "reference": torch.zeros_like(latent), "positions": positions,
        },
        "decoder": {"latent": latent},
    }[graph]  # fmt: skip


OUTPUTS = {"text_encoder": "memory", "prior": "prior", "denoiser": "denoised", "decoder": "image"}

_GRID = {2: "h", 3: "w"}
DYNAMIC_AXES = {
    "input_ids": {1: "tokens"},
    "memory": {1: "tokens"},
    "positions": {1: "patches"},
    **{name: _GRID for name in ("canvas", "latent", "prior", "reference", "denoised")},
    "image": {2: "height", 3: "width"},
}
