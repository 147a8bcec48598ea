"""How far a plan is from the true one."""

import torch
import torch.nn.functional as F

from plan import Plan
from pocket_net import Fusion
from source import Batch

WEIGHTS = {"layout": 0.5, "origins": 0.5, "style": 0.3, "lender": 0.1}


def errors_of_plan(foreseen: Plan, batch: Batch):
    """(loss, reports): of where things will be and were, of the style, and of who lends it."""
    parts = {
        "layout": error_of_layout(foreseen.layout, batch.layout),
        "origins": error_of_layout(foreseen.origins, batch.origins),
        "style": F.cross_entropy(foreseen.style_logits, batch.styles),
    }
    if batch.references is not None:
        parts["lender"] = error_of_lender(foreseen.looks, batch)
    right = (foreseen.style_logits.argmax(-1) == batch.styles)[: batch.new]
    return sum(WEIGHTS[name] * loss for name, loss in parts.items()), {**parts, "styles_right": right.float().mean()}


def error_of_layout(foreseen, true):
    """Of layouts or origins [n, SLOTS, 4]: how far things that are there are from their places, and which are there."""
    is_there = true[..., 3:] > 0
    moves = F.smooth_l1_loss(foreseen[..., :3], true[..., :3], beta=0.1, reduction="none") * is_there
    return moves.sum() / is_there.sum().clamp(min=1) + F.binary_cross_entropy_with_logits(foreseen[..., 3:], is_there.float())


def error_of_lender(looks, batch: Batch):
    """How far the style was not looked for in the picture, or the words, that lend it."""
    images, tokens = batch.references.shape[1], (batch.references.shape[-1] // Fusion.PATCH) ** 2
    seen = looks[:, -images * tokens :].unflatten(1, (images, tokens)).sum(2)
    seen = torch.cat([looks[:, : -images * tokens].sum(1, keepdim=True), seen], 1)
    return F.nll_loss(seen.clamp(min=1e-6).log(), batch.style_lenders)
