"""The full-precision network as plain data: convolutions in order, with what follows each.

Read from the exported ONNX; checked against it by whoever writes it back (`make.py` compares
vectors). An EfficientNet-Lite is a chain: every convolution takes the one before it, and a
block's last one may add the block's input.
"""

import dataclasses

import numpy as np
import onnx
from onnx import numpy_helper


@dataclasses.dataclass
class Convolution:
    name: str
    weight: np.ndarray  # [out, in / groups, height, width]
    bias: np.ndarray
    stride: int
    groups: int
    pads: tuple  # top, left, bottom, right
    clipped: bool  # to [0, 6]
    adds: int | None  # index of the convolution whose result is added, before which it is read

    @property
    def depthwise(self):
        return self.groups > 1

    @property
    def pointwise(self):
        return self.weight.shape[2:] == (1, 1)


@dataclasses.dataclass
class Network:
    side: int
    convolutions: list

    @property
    def width(self):
        return len(self.convolutions[-1].bias)

    def copy(self):
        return Network(self.side, [dataclasses.replace(c) for c in self.convolutions])


def read(path):
    model = onnx.load(str(path))
    constants = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    side = model.graph.input[0].type.tensor_type.shape.dim[2].dim_value
    reader = {name: node for node in model.graph.node for name in node.input}
    convolutions, made, length = [], {}, side
    for node in model.graph.node:
        if node.op_type == "Conv":
            weight, bias = constants[node.input[1]], constants[node.input[2]]
            attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            stride, kernel = attributes["strides"][0], weight.shape[2]
            follower = reader[node.output[0]]
            made[node.output[0]] = len(convolutions)
            convolutions.append(
                Convolution(
                    name=node.name.strip("/").replace("network/", "").replace("/Conv", "").replace("/", "."),
                    weight=weight,
                    bias=bias,
                    stride=stride,
                    groups=attributes["group"],
                    pads=same(length, kernel, stride),
                    clipped=follower.op_type == "Clip",
                    adds=None,
                )
            )
            length = -(-length // stride)
        elif node.op_type == "Add":
            convolutions[-1].adds = made[node.input[1]]
            made[node.output[0]] = len(convolutions) - 1
    return Network(side, convolutions)


def same(length, kernel, stride):
    """TensorFlow's padding: the odd place goes to the bottom and to the right."""
    total = max((-(-length // stride) - 1) * stride + kernel - length, 0)
    return (total // 2, total // 2, total - total // 2, total - total // 2)


def resized(network, side):
    """The same weights for pictures of another side: only the paddings differ."""
    convolutions, length = [], side
    for c in network.convolutions:
        convolutions.append(dataclasses.replace(c, pads=same(length, c.weight.shape[2], c.stride)))
        length = -(-length // c.stride)
    return Network(side, convolutions)
