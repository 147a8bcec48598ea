"""f8 autoencoder of plain convolutions: no norm that sees the whole picture and no attention, so tiles decode exactly."""

import torch
import torch.nn.functional as F
from torch import nn

LATENT_CHANNELS = 8
LATENT_RANGE = 3.0
"""Latents are squashed to -3..3 before they are normalised, so that no outlier is left for the denoiser to miss."""


class Residual(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.second.weight)

    def forward(self, x):
        return x + self.second(F.silu(self.first(F.silu(x))))


class Autoencoder(nn.Module):
    """Pictures [n, 3, 8h, 8w] in 0..1 <-> latents [n, 8, h, w] of mean 0 and deviation 1 per channel."""

    def __init__(self, channels: int = LATENT_CHANNELS, width: int = 32, decoder_width: int | None = None):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.PixelUnshuffle(2), nn.Conv2d(12, width, 3, padding=1), Residual(width),
            nn.PixelUnshuffle(2), nn.Conv2d(4 * width, 2 * width, 3, padding=1), Residual(2 * width),
            nn.PixelUnshuffle(2), nn.Conv2d(8 * width, 4 * width, 3, padding=1), Residual(4 * width),
            nn.Conv2d(4 * width, channels, 1),
        )  # fmt: skip
        width = decoder_width or width
        self.decoder = nn.Sequential(
            nn.Conv2d(channels, 4 * width, 3, padding=1), Residual(4 * width), Residual(4 * width),
            nn.Conv2d(4 * width, 8 * width, 3, padding=1), nn.PixelShuffle(2), Residual(2 * width), Residual(2 * width),
            nn.Conv2d(2 * width, 4 * width, 3, padding=1), nn.PixelShuffle(2), Residual(width), Residual(width),
            nn.SiLU(), nn.Conv2d(width, 12, 3, padding=1), nn.PixelShuffle(2),
        )  # fmt: skip
        self.register_buffer("mean", torch.zeros(1, channels, 1, 1))
        self.register_buffer("deviation", torch.ones(1, channels, 1, 1))

    def squash(self, picture):
        """Latents before normalisation."""
        return torch.tanh(self.encoder(picture * 2 - 1) / LATENT_RANGE) * LATENT_RANGE

    def encode(self, picture):
        return (self.squash(picture).float() - self.mean) / self.deviation

    def decode_squashed(self, latent):
        return self.decoder(latent) * 0.5 + 0.5

    def decode(self, latent):
        """Not clamped: the caller's last step is."""
        return self.decode_squashed(latent * self.deviation + self.mean)


def picture_loss(decoded, picture):
    """L1 on pixels and on their gradients: the second keeps edges sharp."""
    return (decoded - picture).abs().mean() + 0.5 * (_gradients(decoded) - _gradients(picture)).abs().mean()


def _gradients(x):
    across, down = x[..., 1:] - x[..., :-1], x[..., 1:, :] - x[..., :-1, :]
    return torch.cat([across.flatten(1), down.flatten(1)], 1)
