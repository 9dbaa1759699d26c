"""The network in integer arithmetic: unsigned 8-bit activations, signed weights of few bits.

Everything runs channels-last through `QLinearConv`. Three things keep its error small, and none
costs time: (1) every channel of an activation has a scale of its own, absorbed by the weights
on either side; ReLU6's bound is where 8 bits end; (2) what a stage's blocks add to is kept in
float, so that roundings do not pile up: a block reads a rounded copy; (3) a stage's channels are
shifted and scaled to a common range, folded into the weights. The first block, small and the
most sensitive, may stay in float.
"""

import dataclasses

import numpy as np

import rounding
from coding import MICROSOFT, Writer
from floating import FLOAT, attributes, finish

LEAST_RANGE, BOUND = 0.05, 2**30


@dataclasses.dataclass
class Settings:
    bits: dict  # convolution's index to bits of its weights; 8 where it says nothing
    first: int = 3  # the first convolution in integers
    quantile: float = 1.0  # over calibration pictures, of each channel's extremes
    margin: float = 1.5  # what is added to a range, for pictures yet unseen
    paired: bool = True
    learned: bool = True  # rounding by least squares; else each weight to its nearest code


@dataclasses.dataclass
class Layer:
    codes: rounding.Codes = None
    unit: float = 1.0
    multiplier: np.ndarray = None  # in units, what one unit of the sum is in units of 8 bits
    bias: np.ndarray = None  # int32
    step: float = 0.0  # of a block's result: what one unit of 8 bits means in the stage's terms
    target: np.ndarray = None  # per channel, one unit of the result's 8 bits
    reads: tuple = None  # per input channel, one unit, and where 128 lies
    copy: float = 0.0  # of the stage's sum: one unit of the rounded copy


def stages(network):
    """For each convolution that ends a block: the index at which its stage began."""
    found = {}
    for index, c in enumerate(network.convolutions):
        if not c.clipped:
            found[index] = found[c.adds] if c.adds is not None else index
    return found


class Ranges:
    """Each channel's ends as the settings want them."""

    def __init__(self, network, statistics, settings):
        self.network, self.statistics, self.settings = network, statistics, settings

    def ends(self, index, added=False):
        low, high = self.statistics.ends(index, self.settings.quantile, added)
        if self.network.convolutions[index].clipped:
            return low, np.minimum(high * self.settings.margin, 6)
        middle, reach = (low + high) / 2, (high - low) / 2 * self.settings.margin
        return middle - reach, middle + reach


def plan(network, statistics, settings):
    stage, layers, ranges = stages(network), {}, Ranges(network, statistics, settings)
    middle, reach = stage_ranges(ranges, stage)
    read = reading(network, ranges, settings.first, stage, middle, reach)
    for index, c in enumerate(network.convolutions[settings.first :], settings.first):
        scale, shift = read[index]
        weight = c.weight * (scale.reshape(-1, 1, 1, 1) if c.depthwise else scale.reshape(1, -1, 1, 1))
        bias = c.bias + (0 if shift is None else c.weight[:, :, 0, 0] @ shift)
        layer = Layer(reads=read[index])
        if c.clipped:
            target = np.maximum(ranges.ends(index)[1], LEAST_RANGE) / 255
        else:
            begin = stage[index]
            low, high = ranges.ends(index, added=c.adds is not None)
            if c.adds is None:
                bias, low, high = bias - middle[begin], low - middle[begin], high - middle[begin]
            layer.step = float(np.max(np.maximum(-low, high) / reach[begin]) / 127)
            layer.copy = copy_step(ranges, index, middle[begin], reach[begin])
            if c.adds is None:
                layer.step = layer.copy
            target = layer.step * reach[begin]
        layer.target = target
        bits = settings.bits.get(index, 8)
        rows = np.abs(weight.reshape(len(weight), -1)).max(1) / rounding.limit(bits)
        layer.unit = float(np.max(rows / target))
        moment = rescale(statistics, index, scale, shift, c)
        paired = settings.paired and c.pointwise
        unit = target * layer.unit
        if settings.learned:
            layer.codes = rounding.least_squares(weight, bits, moment, paired, unit)
        else:
            layer.codes = rounding.nearest(weight, bits, unit)
        if paired and rounding.saturates(layer.codes.codes):
            raise ValueError(f"{c.name} would saturate without VNNI")
        layer.multiplier = layer.codes.scale / target / layer.unit
        layer.bias = np.clip(np.round(bias / layer.codes.scale), -BOUND, BOUND).astype(np.int32)
        layers[index] = layer
    return layers


def stage_ranges(ranges, stage):
    middle, reach = {}, {}
    for begin in set(stage.values()):
        ends = [ranges.ends(i) for i, b in stage.items() if b == begin]
        low, high = np.min([e[0] for e in ends], 0), np.max([e[1] for e in ends], 0)
        middle[begin], reach[begin] = (low + high) / 2, np.maximum((high - low) / 2, LEAST_RANGE)
    return middle, reach


def copy_step(ranges, index, middle, reach):
    low, high = ranges.ends(index)
    return float(np.max(np.maximum(middle - low, high - middle) / reach) / 127)


def reading(network, ranges, first, stage, middle, reach):
    """Per convolution: what one unit of each input channel is worth, and where 128 lies."""
    read = {}
    for index, c in enumerate(network.convolutions):
        before = index - 1
        if index < first:
            continue
        if index == 0:
            read[index] = (np.full(3, 1 / 128), None)
        elif before in stage:
            begin = stage[before]
            step = copy_step(ranges, before, middle[begin], reach[begin])
            read[index] = (step * reach[begin], middle[begin])
        else:
            read[index] = (np.maximum(ranges.ends(before)[1], LEAST_RANGE) / 255, None)
    return read


def rescale(statistics, index, scale, shift, c):
    """The second moment of the codes that are read, from that of the activations."""
    moment = statistics.moment[index]
    if c.depthwise:
        return moment / (scale**2)[:, None, None]
    if shift is not None:
        cross = np.outer(shift, statistics.total[index])
        moment = moment - cross - cross.T + statistics.seen[index] * np.outer(shift, shift)
    return moment / (np.outer(scale, scale) if c.pointwise else scale[0] ** 2)


def write(network, layers, path, head=None):
    g, sums, first = Writer(), {}, min(layers)
    zero, centre = g.constant(np.array(0, np.uint8)), g.constant(np.array(128, np.uint8))
    one, none = g.constant(np.array(1, np.float32)), g.constant(np.array(0, np.int8))
    x, point = begin(g, network, layers[first], first)
    for index, c in enumerate(network.convolutions[first:], first):
        layer = layers[index]
        weight = g.codes(layer.codes.codes, layer.codes.bits), g.half(layer.multiplier), none
        point = point or (zero if network.convolutions[index - 1].clipped else centre)
        inputs = x, g.constant(np.array(layer.unit, np.float32)), point
        outputs = one, (zero if c.clipped else centre), g.constant(layer.bias)
        x = g.op("QLinearConv", *inputs, *weight, *outputs, domain=MICROSOFT, channels_last=1, **attributes(c))
        point = None
        if c.adds is not None:
            own = g.op("DequantizeLinear", x, g.constant(np.array(layer.step, np.float32)), centre)
            if c.adds not in sums:
                before, step = results[c.adds], g.constant(np.array(layers[c.adds].step, np.float32))
                sums[c.adds] = g.op("DequantizeLinear", before, step, centre)
            sums[index] = g.op("Add", own, sums[c.adds])
            x = g.op("QuantizeLinear", sums[index], g.constant(np.array(layer.copy, np.float32)), centre)
        results = {index: x} if not c.clipped else results if index > first else {}
    floats = g.op("Mul", g.op("Cast", x, to=FLOAT), g.half(layers[index].target))
    width = finish(g, floats, [1, 2], network.width, head)
    shape = ["batch", 3, network.side, network.side]
    g.save(path, "features", {"pixel_values": (FLOAT, shape)}, {"image_embedding": (FLOAT, ["batch", width])})


def begin(g, network, layer, first):
    """The float part, if any, and its result (or the picture) in 8 bits, channels last."""
    scale, shift = layer.reads
    if first == 0:
        point = g.constant(np.array(127, np.uint8))
        x = g.op("QuantizeLinear", "pixel_values", g.constant(np.array(1 / 128, np.float32)), point)
        return g.op("Transpose", x, perm=[0, 2, 3, 1]), point
    x = "pixel_values"
    for index, c in enumerate(network.convolutions[:first]):
        weight, bias = c.weight, c.bias
        if index == first - 1:
            weight, bias = weight / scale.reshape(-1, 1, 1, 1), (bias - shift) / scale
        x = g.op("Conv", x, g.half(weight), g.half(bias), **attributes(c))
        if c.clipped:
            x = g.op("Clip", x, g.constant(np.array(0, np.float32)), g.constant(np.array(6, np.float32)))
    point = g.constant(np.array(128, np.uint8))
    x = g.op("QuantizeLinear", x, g.constant(np.array(1, np.float32)), point)
    return g.op("Transpose", x, perm=[0, 2, 3, 1]), point
