"""Two presets of one recipe."""

from dataclasses import dataclass

from pocket_net import Shape


@dataclass(frozen=True)
class Preset:
    device: str
    shape: Shape
    autoencoder_width: int
    batch: int
    learning_rate: float
    ring: int
    minutes: dict[str, float]
    """Default length of each stage; --max-minutes overrides it."""
    guidance: float = 2.5


PRESETS = {
    "cpu": Preset(
        device="cpu",
        shape=Shape(),
        autoencoder_width=32,
        batch=16,
        learning_rate=1e-3,
        ring=14_000,
        minutes={"autoencoder": 10, "pocket": 57, "distil": 7, "decoder": 5},
    ),
    "gpu": Preset(
        device="cuda",
        shape=Shape(width=384, heads=12, conv_width=160, depth=8, prior_depth=2),
        autoencoder_width=48,
        batch=512,
        learning_rate=6e-4,
        ring=60_000,
        minutes={"autoencoder": 3, "pocket": 11, "distil": 2, "decoder": 1.5},
    ),
}
