"""Two presets of one recipe."""

from dataclasses import dataclass

from pocket_net import Shape
from things import Scope


@dataclass(frozen=True)
class Preset:
    device: str
    shape: Shape
    encoder_width: int
    decoder_width: int
    scale: int
    """Native sides are 256 px over this."""
    batch: int
    learning_rate: float
    ring: int
    """Square pictures kept for text alone; the other rings follow from it."""
    workers: int
    scope: Scope
    minutes: dict[str, float]
    """Default length of each stage; --max-minutes overrides it."""
    guidance: float = 2.5
    edit_guidance: float = 1.6
    """Less, since the picture that is edited holds the result in place."""


PRESETS = {
    "cpu": Preset(
        device="cpu",
        shape=Shape(width=256, heads=8, conv_width=96, depth=5),
        encoder_width=32,
        decoder_width=32,
        scale=2,
        batch=16,
        learning_rate=7e-4,
        ring=6_000,
        workers=1,
        scope=Scope(("3d render", "flat", "cartoon", "pixel art", "outline", "sketch", "silhouette"), "cpu"),
        minutes={"autoencoder": 10, "pocket": 57, "distil": 7, "decoder": 5},
    ),
    "gpu": Preset(
        device="cuda",
        shape=Shape(width=320, heads=10, conv_width=128, depth=6),
        encoder_width=32,
        decoder_width=44,
        scale=1,
        batch=256,
        learning_rate=8e-4,
        ring=100_000,
        workers=12,
        scope=Scope(),
        minutes={"autoencoder": 3.3, "pocket": 14, "distil": 4.5, "decoder": 1.5},
    ),
}
