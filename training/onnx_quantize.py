"""Weight quantization of exported graphs: MatMulNBits for matrices, int8 DequantizeLinear for convolutions and tables.

Activations stay fp32 everywhere. Blocks of 32 along K, scales fp32, as com.microsoft MatMulNBits stores them.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper

BLOCK = 32
SMALLEST = 8192
"""Elements below which a weight stays fp32: nothing to gain."""


def quantize(model: onnx.ModelProto, bits=lambda k, n: 8) -> onnx.ModelProto:
    """A copy with quantized weights; `bits(k, n)` tells 8 or 4 for a matrix [k, n]."""
    model = onnx.ModelProto.FromString(model.SerializeToString())
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    nodes = []
    for node in graph.node:
        nodes += _replace(graph, node, weights, bits)
    del graph.node[:]
    graph.node.extend(nodes)
    _drop_unused(graph)
    if not any(entry.domain == "com.microsoft" for entry in model.opset_import):
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    return model


def _replace(graph, node, weights, bits) -> list:
    if node.op_type == "MatMul" and _is_large(weights.get(node.input[1])):
        weight = numpy_helper.to_array(weights[node.input[1]])
        return [_matmul_nbits(graph, node.input[0], node.output[0], weight, bits(*weight.shape))]
    if node.op_type == "Gemm" and _is_large(weights.get(node.input[1])):
        return _gemm(graph, node, weights, bits)
    if node.op_type == "Conv" and _is_large(weights.get(node.input[1])):
        return _int8_input(graph, node, 1, weights[node.input[1]])
    if node.op_type == "Gather" and _is_large(weights.get(node.input[0])):
        return _int8_table(graph, node, weights[node.input[0]])
    return [node]


def _is_large(tensor) -> bool:
    return tensor is not None and tensor.data_type == onnx.TensorProto.FLOAT and np.prod(tensor.dims) >= SMALLEST


def _add(graph, name: str, array) -> str:
    graph.initializer.append(numpy_helper.from_array(array, name))
    return name


def quantize_blocks(rows, bits: int):
    """[N, K] -> (codes [N, blocks, 32] unsigned, scales [N, blocks]): symmetric, scale of least squared error."""
    n, k = rows.shape
    padded = np.pad(rows, ((0, 0), (0, -k % BLOCK))).reshape(n, -1, BLOCK).astype(np.float32)
    middle = 2 ** (bits - 1)
    # The end of larger magnitude gets the code -middle, so the whole signed range is used.
    extreme = np.take_along_axis(padded, np.abs(padded).argmax(-1)[..., None], -1)[..., 0]
    best, best_error = None, None
    for shrink in (1.0,) if bits == 8 else np.linspace(1.0, 0.7, 13):
        scale = extreme * shrink / -middle
        scale = np.where(np.abs(scale) < 1e-12, 1e-12, scale).astype(np.float32)
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


def _matmul_nbits(graph, source: str, output: str, weight, bits: int):
    """x [.., K] times weight [K, N]."""
    k, n = weight.shape
    codes, scales = quantize_blocks(weight.T, bits)
    if bits == 4:
        codes = codes[..., 0::2] | (codes[..., 1::2] << 4)
    names = [_add(graph, f"{output}_codes", codes), _add(graph, f"{output}_scales", scales.reshape(-1))]
    return helper.make_node(
        "MatMulNBits", [source, *names], [output], domain="com.microsoft", K=k, N=n, bits=bits, block_size=BLOCK,
        accuracy_level=0,
    )  # fmt: skip


def _gemm(graph, node, weights, bits) -> list:
    weight = numpy_helper.to_array(weights[node.input[1]])
    if any(attribute.name == "transB" and attribute.i for attribute in node.attribute):
        weight = weight.T
    product = f"{node.output[0]}_product"
    return [
        _matmul_nbits(graph, node.input[0], product, weight, bits(*weight.shape)),
        helper.make_node("Add", [product, node.input[2]], list(node.output)),
    ]


def _int8(array, axis: int):
    """Per-channel symmetric int8: (codes, scales)."""
    others = tuple(i for i in range(array.ndim) if i != axis)
    scales = np.maximum(np.abs(array).max(others), 1e-8).astype(np.float32) / 127
    shape = [-1 if i == axis else 1 for i in range(array.ndim)]
    return np.clip(np.rint(array / scales.reshape(shape)), -127, 127).astype(np.int8), scales


def _int8_input(graph, node, position: int, tensor) -> list:
    codes, scales = _int8(numpy_helper.to_array(tensor), 0)
    name = f"{node.output[0]}_weight"
    inputs = [_add(graph, f"{name}_codes", codes), _add(graph, f"{name}_scales", scales)]
    dequantize = helper.make_node("DequantizeLinear", inputs, [name], axis=0)
    node.input[position] = name
    return [dequantize, node]


def _int8_table(graph, node, tensor) -> list:
    """Gather on int8 rows and on their scales, since a 4-bit gather has no kernel on the wasm provider."""
    codes, scales = _int8(numpy_helper.to_array(tensor), 0)
    out = node.output[0]
    table, factors = _add(graph, f"{out}_rows", codes), _add(graph, f"{out}_factors", scales.reshape(-1, 1))
    return [
        helper.make_node("Gather", [table, node.input[1]], [f"{out}_row"], axis=0),
        helper.make_node("Cast", [f"{out}_row"], [f"{out}_float"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Gather", [factors, node.input[1]], [f"{out}_factor"], axis=0),
        helper.make_node("Mul", [f"{out}_float", f"{out}_factor"], [out]),
    ]


def _drop_unused(graph) -> None:
    used = {name for node in graph.node for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
