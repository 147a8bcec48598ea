"""The frame of every training: optimisers, weight average, schedule, checkpoints, pauses, a line now and then."""

import time
from pathlib import Path

import torch
from torch import nn

from muon import Muon

WARMUP_BATCHES = 200
CONSTANT_SHARE = 0.3
"""The learning rate falls to a thirtieth after this share of the time: much of what is learned shows only then."""
AVERAGE_DECAY = 0.998
"""Per batch."""
SAVE_EVERY_S = 240
REPORT_EVERY_BATCHES = 150
SMALLEST_MATRIX = 64
"""Rows and columns from which a matrix has directions worth evening out."""


def optimisers(model: nn.Module, learning_rate: float, muon: bool) -> list[torch.optim.Optimizer]:
    """Muon for matrices and kernels, AdamW for all that is small."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    large = [one for one in trained if muon and one.ndim > 1 and min(one.flatten(1).shape) >= SMALLEST_MATRIX]
    small = [one for one in trained if not any(one is other for other in large)]
    adam = torch.optim.AdamW(small, learning_rate, betas=(0.9, 0.99), weight_decay=0.02, fused=True)
    return [adam, *([Muon(large, learning_rate)] if large else [])]


COUNTERS = ("steps", "batches", "pictures", "spent_s")


class Loop:
    """`while loop.running(): loop.step(loss, count=n)`; picks up where a checkpoint of the same stage ends. The weights
    move after every `gather` batches."""

    def __init__(self, model: nn.Module, options, stage: str, learning_rate: float, gather: int = 1, muon: bool = False):
        self.model, self.stage, self.learning_rate, self.gather = model, stage, learning_rate, gather
        self.minutes, self.pause_file = options.minutes, options.pause_file
        self.path: Path = options.work / f"{stage}.checkpoint.pt"
        self.optimisers = optimisers(model, learning_rate, muon)
        self.average = {name: value.clone() for name, value in model.state_dict().items()}
        self.steps, self.batches, self.pictures, self.spent_s = 0, 0, 0, 0.0
        if self.path.exists() and not options.no_resume:
            self._resume()
        self.sums: dict[str, list] = {}
        self.has_gradients, self.gathered = False, 0
        self.last_s = self.saved_s = None
        """Not before the first step: data is made in between."""

    def _resume(self) -> None:
        stored = torch.load(self.path, map_location=next(self.model.parameters()).device)
        self.model.load_state_dict(stored["model"])
        for optimiser, state in zip(self.optimisers, stored["optimisers"], strict=True):
            optimiser.load_state_dict(state)
        self.average = stored["average"]
        for name in COUNTERS:
            setattr(self, name, stored[name])

    def running(self) -> bool:
        """True while there is time left; saves when there is none. Waits while the pause file exists."""
        if self.last_s is None:
            self.last_s = self.saved_s = time.time()
        while self.pause_file and self.pause_file.exists():
            time.sleep(1)
            self.last_s = time.time()
        share = self.spent_s / (60 * self.minutes)
        if share >= 1:
            self.save()
            return False
        decay = 1 if share < CONSTANT_SHARE else max(1 / 30, (1 - share) / (1 - CONSTANT_SHARE))
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = self.learning_rate * min(1, (self.batches + 1) / WARMUP_BATCHES) * decay
        return True

    def backward(self, loss) -> None:
        """For those who must do something between this and `step`; else `step` does it."""
        if not self.gathered:
            self.model.zero_grad(set_to_none=True)
        (loss / self.gather).backward()
        self.has_gradients = True

    def step(self, loss, count: int, **parts) -> None:
        """One batch; `count` pictures were seen; `parts` are only reported."""
        if not self.has_gradients:
            self.backward(loss)
        self.has_gradients = False
        self.gathered = (self.gathered + 1) % self.gather
        if not self.gathered:
            self._move()
        self.batches += 1
        self.pictures += count
        now_s = time.time()
        self.spent_s, self.last_s = self.spent_s + now_s - self.last_s, now_s
        for name, value in {"loss": loss, **parts}.items():
            # Not yet a number: waiting for the device at every step would idle it.
            self.sums.setdefault(name, []).append(value.detach())
        if self.batches % REPORT_EVERY_BATCHES == 0:
            self._report()
        if now_s - self.saved_s > SAVE_EVERY_S:
            self.save()

    def _move(self) -> None:
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
        self._update_average()
        self.steps += 1

    @torch.no_grad()
    def _update_average(self) -> None:
        decay = min(AVERAGE_DECAY**self.gather, (1 + self.steps) / (10 + self.steps))
        current = self.model.state_dict()
        torch._foreach_lerp_([self.average[name] for name in current], list(current.values()), 1 - decay)

    def _report(self) -> None:
        means = " ".join(f"{name} {torch.stack(values).mean().item():.4f}" for name, values in sorted(self.sums.items()))
        rate = self.pictures / self.spent_s
        print(f"{self.stage} {self.steps}: {self.pictures} pictures, {self.spent_s:.0f} s, {rate:.1f}/s, {means}", flush=True)
        self.sums = {}

    def save(self) -> None:
        """Written aside and renamed, so that a crash leaves the last good checkpoint."""
        stored = {
            "model": self.model.state_dict(), "average": self.average,
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            **{name: getattr(self, name) for name in COUNTERS},
        }  # fmt: skip
        aside = self.path.with_suffix(".tmp")
        torch.save(stored, aside)
        aside.replace(self.path)
        self.saved_s = self.last_s = time.time()
