"""Constants in few bytes that any ONNX Runtime unfolds to int8 or float when it loads the graph.

Eight bits are an int8 tensor. Fewer are the upper four bits as a 4-bit tensor and the rest as
planes in bytes, several to a byte; casts and shifts of constants are computed at load, once.
Half-precision constants are cast likewise. The arithmetic later never sees any of it.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 21, 10
MICROSOFT = "com.microsoft"


class Writer:
    """Collects nodes and constants under short names; every method returns a name."""

    def __init__(self):
        self.nodes, self.constants, self.count, self.known = [], [], 0, {}

    def name(self):
        self.count += 1
        return f"t{self.count}"

    def op(self, kind, *inputs, output=None, domain=None, **attributes):
        output = output or self.name()
        self.nodes.append(helper.make_node(kind, list(inputs), [output], domain=domain, **attributes))
        return output

    def constant(self, value):
        value = np.ascontiguousarray(value)
        key = (value.dtype.str, value.shape, value.tobytes()) if value.size < 8 else None
        if key in self.known:
            return self.known[key]
        name = self.name()
        self.constants.append(numpy_helper.from_array(value, name))
        if key:
            self.known[key] = name
        return name

    def half(self, values, shape=None):
        """Floats that are exact, or near enough, in half precision."""
        values = values.astype(np.float16)
        return self.op("Cast", self.constant(values.reshape(shape or values.shape)), to=TensorProto.FLOAT)

    def codes(self, codes, bits):
        """The name of the codes as an int8 tensor."""
        if bits >= 8:
            return self.constant(codes.astype(np.int8))
        if bits == 4:
            return self.op("Cast", self.four(codes, TensorProto.INT4), to=TensorProto.INT8)
        spare, shape = bits - 4, codes.shape
        raised = codes.astype(np.int16).reshape(-1) + 2 ** (bits - 1)
        lower = (raised & (2**spare - 1)).astype(np.uint8)
        upper = self.four((raised >> spare).astype(np.uint8), TensorProto.UINT4)
        upper = self.op("Cast", upper, to=TensorProto.UINT8)
        upper = self.op("BitShift", upper, self.constant(np.array(spare, np.uint8)), direction="LEFT")
        both = self.op("BitwiseOr", upper, self.planes(lower, spare))
        signed = self.op("Sub", self.op("Cast", both, to=TensorProto.INT32), self.ints32(2 ** (bits - 1)))
        shape = self.constant(np.array(shape, np.int64))
        return self.op("Reshape", self.op("Cast", signed, to=TensorProto.INT8), shape)

    def ints32(self, value):
        return self.constant(np.array(value, np.int32))

    def four(self, values, kind):
        flat = values.reshape(-1).astype(np.int16) & 15
        if len(flat) % 2:
            flat = np.append(flat, 0)
        packed = (flat[0::2] | (flat[1::2] << 4)).astype(np.uint8)
        tensor = onnx.TensorProto(name=self.name(), data_type=kind, dims=values.shape, raw_data=packed.tobytes())
        self.constants.append(tensor)
        return tensor.name

    def planes(self, lower, spare):
        """`lower` holds `spare` bits each: one, two or three; packed by eights, fours or twos."""
        width = 4 if spare == 3 else spare
        per = 8 // width
        length = -(-len(lower) // per)
        padded = np.zeros(length * per, np.uint8)
        padded[: len(lower)] = lower
        parts = padded.reshape(per, length)
        packed = sum(parts[i].astype(np.uint16) << (width * i) for i in range(per)).astype(np.uint8)
        packed, mask = self.constant(packed), self.constant(np.array(2**width - 1, np.uint8))
        planes = []
        for i in range(per):
            shifted = self.op("BitShift", packed, self.constant(np.array(width * i, np.uint8)), direction="RIGHT")
            planes.append(self.op("BitwiseAnd", shifted, mask))
        whole = self.op("Concat", *planes, axis=0)
        if length * per == len(lower):
            return whole
        ends = [self.constant(np.array([v], np.int64)) for v in (0, len(lower), 0)]
        return self.op("Slice", whole, *ends)

    def save(self, path, title, inputs, outputs):
        def infos(values):
            return [helper.make_tensor_value_info(n, kind, shape) for n, (kind, shape) in values.items()]

        graph = helper.make_graph(self.nodes, title, infos(inputs), infos(outputs), self.constants)
        imports = [helper.make_opsetid("", OPSET)]
        if any(node.domain == MICROSOFT for node in self.nodes):
            imports.append(helper.make_opsetid(MICROSOFT, 1))
        model = helper.make_model(graph, opset_imports=imports, producer_name="myshop")
        model.ir_version = IR_VERSION
        onnx.save(model, str(path))
