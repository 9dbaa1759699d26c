"""A small writer of ONNX transformer graphs: numpy and onnx only, no torch."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 8


class Graph:
    """Collects nodes and constants. Every method returns the name of what it made."""

    def __init__(self):
        self.nodes, self.constants, self.count = [], {}, 0

    def op(self, kind, *inputs, **attributes):
        self.count += 1
        name = f"{kind.lower()}_{self.count}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def named(self, kind, output, *inputs, **attributes):
        self.nodes.append(helper.make_node(kind, list(inputs), [output], name=output, **attributes))
        return output

    def constant(self, name, value):
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def ints(self, *values):
        return self.constant("i_" + "_".join(map(str, values)), np.array(values, np.int64))

    def scalar(self, value):
        return self.constant(f"f_{value!r}", np.array(value, np.float32))

    def linear(self, x, name, weight, bias=None):
        """`weight` is [out, in], as frameworks store it."""
        y = self.op("MatMul", x, self.constant(name + ".weight", weight.T))
        return y if bias is None else self.op("Add", y, self.constant(name + ".bias", bias))

    def layer_norm(self, x, name, weight, bias, epsilon):
        gamma, beta = self.constant(name + ".weight", weight), self.constant(name + ".bias", bias)
        return self.op("LayerNormalization", x, gamma, beta, axis=-1, epsilon=epsilon)

    def attention(self, query, key, value, heads, width, bias=None):
        """Scaled dot-product attention over [batch, sequence, width] inputs."""
        split, merge = self.ints(0, 0, heads, width // heads), self.ints(0, 0, width)

        def heads_of(x, order):
            return self.op("Transpose", self.op("Reshape", x, split), perm=order)

        scores = self.op("MatMul", heads_of(query, [0, 2, 1, 3]), heads_of(key, [0, 2, 3, 1]))
        scores = self.op("Mul", scores, self.scalar(float((width // heads) ** -0.5)))
        if bias is not None:
            scores = self.op("Add", scores, bias)
        mixed = self.op("MatMul", self.op("Softmax", scores, axis=-1), heads_of(value, [0, 2, 1, 3]))
        return self.op("Reshape", self.op("Transpose", mixed, perm=[0, 2, 1, 3]), merge)

    def save(self, path, title, inputs, outputs):
        """`inputs` and `outputs` map names to (element type, shape)."""

        def infos(values):
            return [helper.make_tensor_value_info(n, kind, shape) for n, (kind, shape) in values.items()]

        graph = helper.make_graph(self.nodes, title, infos(inputs), infos(outputs), list(self.constants.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="myshop")
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model)
        onnx.save(model, path)


INT64, FLOAT = TensorProto.INT64, TensorProto.FLOAT
