"""Rectified flow: x_sigma = (1 - sigma) data + sigma noise; velocity = noise - data (Liu et al. 2022)."""

import torch

SHIFT = 2.0
"""Static timestep shift (Esser et al. 2024): more of the few steps go where layout is decided."""


def sigmas(steps: int, shift: float = SHIFT):
    """steps + 1 noise levels from 1 to 0."""
    t = 1 - torch.arange(steps + 1) / steps
    return shift * t / (1 + (shift - 1) * t)


def add_noise(latents, noise, sigma):
    """Latents [n, C, h, w] at noise levels sigma [n]."""
    return latents + sigma.view(-1, 1, 1, 1) * (noise - latents)


def training_sigmas(count: int, device: str = "cpu"):
    """Logit-normal (Esser et al. 2024), leaning to high noise."""
    return torch.sigmoid(torch.randn(count, device=device) * 1.1 + 0.35)


def guided_velocity(pocket, x, sigma, contexts, guidance: float):
    """Classifier-free guidance (Ho and Salimans 2022); contexts = (conditional, unconditional)."""
    conditional, unconditional = contexts
    velocity = pocket.denoiser(x, sigma, conditional).float()
    if guidance == 1:
        return velocity
    free = pocket.denoiser(x, sigma, unconditional).float()
    return free + guidance * (velocity - free)


@torch.no_grad()
def sample(pocket, contexts, x, schedule, guidance: float = 1.0):
    """Euler steps from noise x [n, C, h, w] along a schedule of noise levels."""
    for sigma, following in zip(schedule[:-1], schedule[1:], strict=True):
        velocity = guided_velocity(pocket, x, sigma.to(x.device).expand(len(x)), contexts, guidance)
        x = x + (following - sigma) * velocity
    return x
