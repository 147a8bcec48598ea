"""A critic that tells decoded patches from drawn ones. What a latent leaves open, the decoder otherwise answers with the
mean of all answers, a blur; the critic makes it choose (Isola et al. 2017; hinge losses: Lim and Ye 2017)."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

SHARE = 0.5
"""Of the gradient at the decoder's last layer, against that of the exact loss (Esser et al. 2021)."""

LARGEST_WEIGHT = 0.1
WEIGHED_EVERY = 10
WARMUP_STEPS = 150
"""A new critic knows nothing: its say grows over so many steps."""

LEARNING_RATE = 4e-4


class PatchNet(nn.Module):
    """[n, 3, h, w] in 0..1 -> [n, 1, h / 4, w / 4]: larger where a patch of 26 px looks drawn."""

    def __init__(self, width: int = 32):
        super().__init__()
        layers = (
            nn.Conv2d(3, width, 4, 2, 1), nn.Conv2d(width, 2 * width, 4, 2, 1),
            nn.Conv2d(2 * width, 4 * width, 3, 1, 1), nn.Conv2d(4 * width, 1, 3, 1, 1),
        )  # fmt: skip
        self.layers = nn.ModuleList(spectral_norm(layer) for layer in layers)

    def forward(self, picture):
        x = picture * 2 - 1
        for layer in self.layers[:-1]:
            x = F.leaky_relu(layer(x), 0.2)
        return self.layers[-1](x)


class Critic:
    """Learns beside the decoder. It is not kept: when training goes on from a checkpoint, so does a new critic."""

    def __init__(self, device: str):
        self.net = PatchNet().to(device, memory_format=torch.channels_last)
        self.optimiser = torch.optim.AdamW(self.net.parameters(), LEARNING_RATE, betas=(0.5, 0.9))
        self.weight, self.steps = 0.0, 0

    def objection(self, decoded, exact_loss, last_weights):
        """To be added to the exact loss; `last_weights` are those of the decoder's last layer."""
        doubt = -self.net(decoded).mean()
        if self.steps % WEIGHED_EVERY == 0:
            exact, doubted = (_gradient_size(loss, last_weights) for loss in (exact_loss, doubt))
            weight = min(LARGEST_WEIGHT, exact / (doubted + 1e-8))
            self.weight = 0.9 * self.weight + 0.1 * weight if self.steps else weight
        return SHARE * self.weight * min(1, self.steps / WARMUP_STEPS) * doubt

    def learn(self, decoded, picture):
        """One step; the loss is 2 as long as it cannot tell them apart."""
        loss = F.relu(1 - self.net(picture)).mean() + F.relu(1 + self.net(decoded.detach())).mean()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        self.steps += 1
        return loss


def _gradient_size(loss, weights) -> float:
    return float(torch.autograd.grad(loss, weights, retain_graph=True)[0].norm())
