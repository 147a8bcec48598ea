"""Muon (Jordan et al. 2024): momentum whose matrices are made orthogonal, so that every direction of a layer learns.

Steps are scaled as in Liu et al. 2025 (arXiv 2502.16982), so a learning rate of AdamW serves. Computed in the floats
of the weights: PyTorch's own multiplies in bfloat16, which processors without it must emulate."""

import torch

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
ROUNDS = 4


def orthogonal(matrices):
    """[n, rows, columns] -> nearly the nearest orthogonal matrices, by Newton and Schulz's iteration of the fifth order."""
    a, b, c = COEFFICIENTS
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.transpose(1, 2) if tall else matrices
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(ROUNDS):
        square = x @ x.transpose(1, 2)
        x = a * x + torch.baddbmm(square, square, square, beta=b, alpha=c) @ x
    return x.transpose(1, 2) if tall else x


class Muon(torch.optim.Optimizer):
    """For weights of two dims or more; kernels count as matrices of a row per output."""

    def __init__(self, parameters, lr: float, momentum: float = 0.95, weight_decay: float = 0.02):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            alike: dict[tuple, list] = {}
            for parameter in group["params"]:
                if parameter.grad is not None:
                    alike.setdefault(tuple(parameter.shape), []).append(parameter)
            for parameters in alike.values():
                self._step_alike(parameters, group)

    def _step_alike(self, parameters: list, group: dict) -> None:
        gradients = [parameter.grad for parameter in parameters]
        momenta = [self.state[one].setdefault("momentum", torch.zeros_like(one)) for one in parameters]
        torch._foreach_lerp_(momenta, gradients, 1 - group["momentum"])
        ahead = torch._foreach_lerp(gradients, momenta, group["momentum"])
        steps = orthogonal(torch.stack([one.flatten(1) for one in ahead]))
        scale = 0.2 * max(steps.shape[1:]) ** 0.5 * group["lr"]
        torch._foreach_mul_(parameters, 1 - group["lr"] * group["weight_decay"])
        torch._foreach_add_(parameters, [one.view_as(parameter) for one, parameter in zip(steps, parameters, strict=True)], alpha=-scale)
