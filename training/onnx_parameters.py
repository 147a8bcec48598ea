"""The way from a module's parameters into a graph and back, so that training can go on from what ships.

An initializer is called after the parameter that it holds, with ".T" behind where it holds the transposed matrix. Equal
ones become one in an export: the graph's metadata tell which parameters go by another's name.
"""

import json

import numpy as np
import onnx
from onnx import numpy_helper

from onnx_quantize import CODES, SCALES, TRANSPOSED, exact_values, transposed_name

SHARED = "shared_parameters"


def name_parameters(model: onnx.ModelProto, parameters: dict) -> None:
    """Renames initializers by what they hold. Raises KeyError for a parameter that the graph has not kept as it was."""
    names, owners = {}, {}
    for name, value in parameters.items():
        array = value.detach().numpy()
        owners[name] = names.setdefault(_identity(array), name)
        if array.ndim == 2:
            names.setdefault(_identity(array.T), name + TRANSPOSED)
    renamed = {tensor.name: names.get(_identity(numpy_helper.to_array(tensor))) for tensor in model.graph.initializer}
    for tensor in model.graph.initializer:
        tensor.name = renamed[tensor.name] or tensor.name
    for node in model.graph.node:
        for index, name in enumerate(node.input):
            node.input[index] = renamed.get(name) or name
    shared = {name: owner for name, owner in owners.items() if name != owner}
    if shared:
        onnx.helper.set_model_props(model, {SHARED: json.dumps(shared)})
    read_parameters(model, list(parameters))


def _identity(array) -> tuple:
    return array.shape, array.tobytes()


def read_parameters(model: onnx.ModelProto, names: list[str]) -> dict[str, np.ndarray]:
    """Their values, quantized or not."""
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    shared = next((json.loads(entry.value) for entry in model.metadata_props if entry.key == SHARED), {})
    return {name: _value(stored, shared.get(name, name)) for name in names}


def _value(stored: dict, name: str) -> np.ndarray:
    straight = _stored_value(stored, name)
    if straight is not None:
        return straight
    turned = _stored_value(stored, transposed_name(name))
    if turned is None:
        raise KeyError(name)
    return turned.T


def _stored_value(stored: dict, name: str):
    if name in stored:
        return numpy_helper.to_array(stored[name])
    if name + CODES not in stored:
        return None
    return exact_values(*(numpy_helper.to_array(stored[name + part]) for part in (CODES, SCALES)))
