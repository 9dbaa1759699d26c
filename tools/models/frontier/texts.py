"""The text variants: all-MiniLM-L6-v2 in fewer bits or with fewer layers.

Built from the published weights by `minilm_fp32.py`; the file says how. Masked mean and
length 1 are inside every graph. Weights in few bits unfold to float at load.
"""

import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from coding import Writer

sys.path.append(str(pathlib.Path(__file__).parent.parent))
import minilm_fp32  # noqa: E402

GROUP, LEAST = 32, 4096


def full(weights, path, layers=6):
    minilm_fp32.LAYERS, before = layers, minilm_fp32.LAYERS
    try:
        minilm_fp32.build(minilm_fp32.read_weights(weights), str(path))
    finally:
        minilm_fp32.LAYERS = before


def weight_only(bits, layers=6, words=None):
    """Every large matrix in `bits`, in groups of 32 inputs below 8 bits; `words` for the table's."""

    def make(weights, path):
        full(weights, path, layers)
        model, g = onnx.load(str(path)), Writer()
        g.nodes = []
        kept = []
        for tensor in model.graph.initializer:
            value = numpy_helper.to_array(tensor)
            if value.dtype != np.float32 or value.ndim != 2 or value.size < LEAST:
                kept.append(tensor)
                continue
            table = tensor.name in ("words", "places")
            grouped(g, tensor.name, value, (words or bits) if table else bits, table)
        del model.graph.initializer[:]
        model.graph.initializer.extend(kept + g.constants)
        nodes = g.nodes + list(model.graph.node)
        del model.graph.node[:]
        model.graph.node.extend(nodes)
        model.opset_import[0].version, model.ir_version = 21, 10
        onnx.save(model, str(path))

    return make


def grouped(g, name, value, bits, table):
    """Codes and a scale per row (of a table), per column, or per group of either."""
    most = 2 ** (bits - 1) - 1
    rows = value if table else value.T  # one scale, or one per group, along these
    groups = rows.reshape(len(rows), -1, GROUP if bits < 8 else rows.shape[1])
    scale = np.maximum(np.abs(groups).max(2, keepdims=True) / most, 1e-7).astype(np.float16).astype(np.float32)
    codes = np.clip(np.round(groups / scale), -most, most).astype(np.int8)
    floats = g.op("Mul", g.op("Cast", g.codes(codes, bits), to=TensorProto.FLOAT), g.half(scale))
    if table:
        g.op("Reshape", floats, g.constant(np.array(value.shape, np.int64)), output=name)
    else:
        floats = g.op("Reshape", floats, g.constant(np.array(rows.shape, np.int64)))
        g.op("Transpose", floats, perm=[1, 0], output=name)


def dynamic(weights, path):
    whole = path.with_suffix(".whole")
    full(weights, whole)
    quantize_dynamic(str(whole), str(path), per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
    whole.unlink()


VARIANTS = {
    "full": ("full precision", full),
    "weights8": ("weight-only, 8 bits", weight_only(8)),
    "weights6": ("weight-only, 6 bits in groups", weight_only(6)),
    "weights4": ("weight-only, 4 bits in groups", weight_only(4)),
    "weights8-words4": ("matrices 8 bits, word table 4 bits in groups", weight_only(8, words=4)),
    "weights6-words4": ("matrices 6 bits, word table 4 bits in groups", weight_only(6, words=4)),
    "dynamic": ("quantize_dynamic, 7-bit weights", dynamic),
    "layers5": ("5 of 6 layers, weight-only 8 bits", weight_only(8, layers=5)),
    "layers4": ("4 of 6 layers, weight-only 8 bits", weight_only(8, layers=4)),
    "layers3": ("3 of 6 layers, weight-only 8 bits", weight_only(8, layers=3)),
}
