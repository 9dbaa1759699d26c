"""The network in float arithmetic, its weights as they come or in few bits."""

import numpy as np
from onnx import TensorProto

from coding import Writer

FLOAT = TensorProto.FLOAT


def write(network, path, coded=None, expose=False, head=None, half=False):
    """`coded` maps a convolution's index to its `Codes`; `expose` makes every result an
    output; `half` keeps what is not coded in half precision."""
    g, coded, results, exposed = Writer(), coded or {}, [], {}
    low, high = g.constant(np.array(0, np.float32)), g.constant(np.array(6, np.float32))
    x = "pixel_values"
    for index, c in enumerate(network.convolutions):
        x = g.op("Conv", x, *parameters(g, c, coded.get(index), half), **attributes(c))
        if c.clipped:
            x = g.op("Clip", x, low, high)
        if c.adds is not None:
            x = g.op("Add", x, results[c.adds])
        results.append(x)
        exposed[x] = (FLOAT, ["batch", len(c.bias), None, None])
    width = finish(g, x, [2, 3], network.width, head)
    outputs = {"image_embedding": (FLOAT, ["batch", width])} | (exposed if expose else {})
    g.save(path, "features", {"pixel_values": (FLOAT, ["batch", 3, network.side, network.side])}, outputs)


def attributes(c):
    return {"kernel_shape": c.weight.shape[2:], "strides": [c.stride] * 2, "pads": c.pads, "group": c.groups}


def parameters(g, c, codes, half):
    if codes is None and half:
        return g.half(c.weight), g.half(c.bias)
    if codes is None:
        return g.constant(c.weight), g.constant(c.bias)
    weight = g.op("Cast", g.codes(codes.codes, codes.bits), to=FLOAT)
    return g.op("Mul", weight, g.half(codes.scale, (-1, 1, 1, 1))), g.half(c.bias)


def finish(g, x, places, width, head=None):
    """Mean over places, a reduction if there is one, length 1."""
    pooled = g.op("ReduceMean", x, g.constant(np.array(places, np.int64)), keepdims=0)
    if head is not None:
        pooled, width = head(g, pooled)
    length = g.op("ReduceL2", pooled, g.constant(np.array([1], np.int64)), keepdims=1)
    g.op("Div", pooled, g.op("Max", length, g.constant(np.array(1e-12, np.float32))), output="image_embedding")
    return width
