"""Weight quantization of exported graphs: MatMulNBits for matrices, int8 DequantizeLinear for convolutions and tables.

Activations stay fp32 everywhere. Blocks of 32 along K, as com.microsoft MatMulNBits stores them, each with a scale in
fp16: in fp32, scales would be an eighth of all bytes.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper

BLOCK = 32
SMALLEST = 8192
"""Elements below which a weight stays fp32: nothing to gain."""

SMALLEST_SCALE = np.float32(2**-24)
"""Of fp16; for blocks of zeros."""


CODES, SCALES, TRANSPOSED = "_codes", "_scales", ".T"
"""Endings of initializers' names: what became of a weight, and that it is the transposed of what it is called after."""


def quantize(model: onnx.ModelProto, bits=lambda k, n: 8) -> onnx.ModelProto:
    """A copy with quantized weights; `bits(k, n)` tells 8 or 4 for a matrix [k, n]."""
    model = onnx.ModelProto.FromString(model.SerializeToString())
    _drop_second_names(model.graph)
    nodes = _Quantizer(model.graph, bits).nodes()
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    _drop_unused(model.graph)
    if not any(entry.domain == "com.microsoft" for entry in model.opset_import):
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    return model


class _Quantizer:
    """Writes a graph's nodes anew; codes and scales become initializers, once for each weight."""

    def __init__(self, graph, bits):
        self.graph, self.bits = graph, bits
        self.weights = {tensor.name: tensor for tensor in graph.initializer}
        self.added: set[str] = set()

    def nodes(self) -> list:
        return [new for node in self.graph.node for new in self._replaced(node)]

    def _replaced(self, node) -> list:
        kinds = {"MatMul": (1, self._matmul), "Gemm": (1, self._gemm), "Conv": (1, self._conv), "Gather": (0, self._table)}
        position, replace = kinds.get(node.op_type, (0, None))
        if replace and self._is_large(node.input[position]):
            return replace(node)
        return [node]

    def _is_large(self, name: str) -> bool:
        tensor = self.weights.get(name)
        return tensor is not None and tensor.data_type == onnx.TensorProto.FLOAT and np.prod(tensor.dims) >= SMALLEST

    def _weight(self, name: str):
        return numpy_helper.to_array(self.weights[name])

    def _add(self, name: str, array) -> bool:
        """False where it is there already, since two nodes share a weight."""
        if name in self.added:
            return False
        self.added.add(name)
        self.graph.initializer.append(numpy_helper.from_array(array, name))
        return True

    def _matmul(self, node) -> list:
        name = node.input[1]
        return self._matmul_nbits(node.input[0], node.output[0], transposed_name(name), self._weight(name).T)

    def _gemm(self, node) -> list:
        name, product = node.input[1], f"{node.output[0]}_product"
        if any(attribute.name == "transB" and attribute.i for attribute in node.attribute):
            nodes = self._matmul_nbits(node.input[0], product, name, self._weight(name))
        else:
            nodes = self._matmul_nbits(node.input[0], product, transposed_name(name), self._weight(name).T)
        return [*nodes, helper.make_node("Add", [product, node.input[2]], list(node.output))]

    def _matmul_nbits(self, source: str, output: str, name: str, rows) -> list:
        """x [.., K] times rows [N, K]. The scales are fp16 and cast once, when a session is created."""
        n, k = rows.shape
        bits, (codes_name, scales_name) = self.bits(k, n), (name + CODES, name + SCALES)
        codes, scales = quantize_blocks(rows, bits)
        product = helper.make_node(
            "MatMulNBits", [source, codes_name, f"{scales_name}_fp32"], [output], domain="com.microsoft", K=k, N=n,
            bits=bits, block_size=BLOCK, accuracy_level=0,
        )  # fmt: skip
        if not self._add(codes_name, codes if bits == 8 else codes[..., 0::2] | (codes[..., 1::2] << 4)):
            return [product]
        self._add(scales_name, scales.astype(np.float16).reshape(-1))
        cast = helper.make_node("Cast", [scales_name], [f"{scales_name}_fp32"], to=onnx.TensorProto.FLOAT)
        return [cast, product]

    def _conv(self, node) -> list:
        name = node.input[1]
        codes, scales = _int8(self._weight(name), 0)
        node.input[1] = f"{name}_fp32"
        if not self._add(name + CODES, codes):
            return [node]
        self._add(name + SCALES, scales)
        return [helper.make_node("DequantizeLinear", [name + CODES, name + SCALES], [f"{name}_fp32"], axis=0), node]

    def _table(self, node) -> list:
        """Gather on int8 rows and on their scales, since a 4-bit gather has no kernel on the wasm provider."""
        name, out = node.input[0], node.output[0]
        codes, scales = _int8(self._weight(name), 0)
        self._add(name + CODES, codes)
        self._add(name + SCALES, scales.reshape(-1, 1))
        return [
            helper.make_node("Gather", [name + CODES, node.input[1]], [f"{out}_row"], axis=0),
            helper.make_node("Cast", [f"{out}_row"], [f"{out}_float"], to=onnx.TensorProto.FLOAT),
            helper.make_node("Gather", [name + SCALES, node.input[1]], [f"{out}_factor"], axis=0),
            helper.make_node("Mul", [f"{out}_float", f"{out}_factor"], [out]),
        ]


def transposed_name(name: str) -> str:
    return name.removesuffix(TRANSPOSED) if name.endswith(TRANSPOSED) else name + TRANSPOSED


def quantize_blocks(rows, bits: int):
    """[N, K] -> (codes [N, blocks, 32] unsigned, scales [N, blocks], as fp16 has them): symmetric, scale of least
    squared error."""
    n, k = rows.shape
    padded = np.pad(rows, ((0, 0), (0, -k % BLOCK))).reshape(n, -1, BLOCK).astype(np.float32)
    middle = 2 ** (bits - 1)
    # The end of larger magnitude gets the code -middle, so the whole signed range is used.
    extreme = np.take_along_axis(padded, np.abs(padded).argmax(-1)[..., None], -1)[..., 0]
    best, best_error = None, None
    for shrink in (1.0,) if bits == 8 else np.linspace(1.0, 0.7, 13):
        scale = (extreme * shrink / -middle).astype(np.float16).astype(np.float32)
        scale = np.where(scale == 0, SMALLEST_SCALE, scale)
        codes = np.clip(np.rint(padded / scale[..., None]), -middle, middle - 1)
        error = ((codes * scale[..., None] - padded) ** 2).sum(-1)
        if best is None:
            best, best_error = [codes, scale], error
            continue
        better = error < best_error
        best = [np.where(better[..., None], codes, best[0]), np.where(better, scale, best[1])]
        best_error = np.minimum(error, best_error)
    return (best[0] + middle).astype(np.uint8), best[1].astype(np.float32)


def rounded_blocks(rows, bits: int):
    """A matrix [N, K], K a multiple of 32, with the values its quantized form stands for."""
    codes, scales = quantize_blocks(rows, bits)
    return ((codes.astype(np.float32) - 2 ** (bits - 1)) * scales[..., None]).reshape(rows.shape)


def int8_rows(table):
    """An embedding table [rows, width] in int8: (codes, scales [rows])."""
    return _int8(table, 0)


def rounded_rows(table):
    """An embedding table [rows, width] with the values of its int8 form."""
    codes, scales = int8_rows(table)
    return codes.astype(np.float32) * scales[:, None]


def exact_values(codes, scales):
    """What codes and scales of a matrix in blocks (8 or 4 bits), a convolution or a table stand for."""
    if codes.dtype == np.int8:
        return codes.astype(np.float32) * scales.reshape(-1, *[1] * (codes.ndim - 1))
    n, blocks, length = codes.shape
    is_packed = length < BLOCK
    if is_packed:
        codes = np.stack([codes & 15, codes >> 4], -1)
    signed = codes.reshape(n, blocks, BLOCK).astype(np.float32) - (8 if is_packed else 128)
    return (signed * scales.reshape(n, blocks, 1).astype(np.float32)).reshape(n, -1)


def _int8(array, axis: int):
    """Per-channel symmetric int8: (codes, scales)."""
    others = tuple(i for i in range(array.ndim) if i != axis)
    scales = np.maximum(np.abs(array).max(others), 1e-8).astype(np.float32) / 127
    shape = [-1 if i == axis else 1 for i in range(array.ndim)]
    return np.clip(np.rint(array / scales.reshape(shape)), -127, 127).astype(np.int8), scales


def _drop_second_names(graph) -> None:
    """A weight of a block that runs twice reaches the second run through an Identity."""
    weights = {tensor.name for tensor in graph.initializer}
    names = {node.output[0]: node.input[0] for node in graph.node if node.op_type == "Identity" and node.input[0] in weights}
    kept = [node for node in graph.node if node.output[0] not in names]
    for node in kept:
        for index, name in enumerate(node.input):
            node.input[index] = names.get(name, name)
    del graph.node[:]
    graph.node.extend(kept)


def _drop_unused(graph) -> None:
    used = {name for node in graph.node for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
