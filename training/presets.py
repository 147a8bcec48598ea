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
    gather: int
    """Batches before the weights move: each is of one task."""
    learning_rate: float
    ring: int
    """Square pictures kept for text alone; the other rings follow from it."""
    prefill: int
    """Groups of examples drawn before the first step, so that a fresh start does not learn a handful by heart."""
    new_share: int
    """One example in this many is new, the others were drawn before: with one in ten, edits were learned by heart."""
    shown_share: int
    """One example in this many goes through the denoiser too: the prior costs a quarter of it and settles what is drawn."""
    workers: int
    scope: Scope
    minutes: dict[str, float]
    """Default length of each stage; --max-minutes overrides it."""
    guidance: float = 2.5
    edit_guidance: float = 1.6
    """Less, since the picture that is edited holds the result in place. 1: none, for a denoiser that is still learning."""
    bits: int = 8
    """Of the matrices that ship: 4 where 8 would weigh too much."""

    @property
    def native_cells(self) -> int:
        """Side of a square picture, in latent cells."""
        return 32 // self.scale


PRESETS = {
    "cpu": Preset(
        device="cpu",
        shape=Shape(width=256, heads=8, conv_width=96, depth=5, prior_depth=3),
        encoder_width=32,
        decoder_width=32,
        scale=2,
        batch=32,
        gather=3,
        learning_rate=1e-3,
        ring=16_000,
        prefill=160,
        new_share=4,
        shown_share=3,
        workers=0,
        scope=Scope(("3d render", "flat", "cartoon", "pixel art", "outline", "sketch", "silhouette"), "cpu", products=0.11, people=0.10),
        minutes={"autoencoder": 10, "pocket": 78, "distil": 16, "decoder": 9},
        guidance=2.0,
        edit_guidance=2.0,
    ),
    "gpu": Preset(
        device="cuda",
        shape=Shape(width=320, heads=10, conv_width=128, depth=6),
        encoder_width=32,
        decoder_width=44,
        scale=1,
        batch=256,
        gather=1,
        learning_rate=8e-4,
        ring=100_000,
        prefill=200,
        new_share=6,
        shown_share=1,
        workers=12,
        scope=Scope(),
        minutes={"autoencoder": 3.3, "pocket": 14, "distil": 4.5, "decoder": 1.5},
        bits=4,
    ),
}
