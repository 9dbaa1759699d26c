"""The image variants: name, what it is, how it is made. Each maker writes one graph."""

import dataclasses
import json
import pathlib

import numpy as np
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process
from PIL import Image, ImageFilter

import allotment
import calibration
import floating
import integer
import network as networks
import reduction
import rounding
from data import pixel_values
from integer import Settings

CALIBRATION, LOSS_PICTURES, STATIC_PICTURES, ENTROPY_PICTURES = 300, 24, 200, 48
QUARTER = 4_138_307  # a quarter of the full-precision file
FIRST = 3  # stem and first block stay in float


class Bench:
    """What makers share: the network, what its activations look like, what layers bear."""

    def __init__(self, original, catalogue, work):
        self.original, self.catalogue, self.work = original, catalogue, pathlib.Path(work)
        self.network = networks.read(original)
        self.pictures = catalogue.pictures(self.network.side, work)
        self.rows = catalogue.calibration(CALIBRATION + LOSS_PICTURES)
        self.statistics = calibration.collect(self.network, diverse(self.pictures[np.sort(self.rows[:CALIBRATION])]))
        self.losses = self.read_losses()

    def read_losses(self):
        path = self.work / "losses.json"
        if not path.exists():
            feeds = [{"pixel_values": pixel_values(self.pictures[self.rows[CALIBRATION:]])}]
            found = allotment.losses(self.network, self.statistics, feeds, FIRST)
            path.write_text(json.dumps(found))
        return {int(i): {int(b): v for b, v in d.items()} for i, d in json.loads(path.read_text()).items()}

    def codes(self, bits, learned=True):
        """Weights from `FIRST` on; those before stay floats, half as wide."""
        found = {}
        for index, c in enumerate(self.network.convolutions[FIRST:], FIRST):
            width = bits.get(index, 8) if isinstance(bits, dict) else bits if c.pointwise else 8
            moment = self.statistics.moment[index]
            rounded = rounding.least_squares(c.weight, width, moment) if learned else rounding.nearest(c.weight, width)
            found[index] = rounded
        return found

    def within(self, limit, write):
        """Takes bits away until what `write(bits)` wrote is no larger than `limit`."""
        saved = 0
        while True:
            bits = allotment.allot(self.network, self.losses, saved)
            excess = write(bits).stat().st_size - limit
            if excess <= 0:
                return bits
            saved += excess + 2000


def diverse(pictures):
    """A third as they are, a third sharpened, a third tiles of nine at full detail.

    Photos of 60 x 80 have no fine detail once they are enlarged; those of other shops do, and
    ranges that never saw any cut them off.
    """
    side = pictures.shape[1] // 3
    found = pictures.copy()
    for index in range(1, len(pictures), 3):
        found[index] = Image.fromarray(pictures[index]).filter(ImageFilter.UnsharpMask(2, 200, 0))
    for index in range(2, len(pictures), 3):
        for place in range(9):
            tile = Image.fromarray(pictures[(index * 7 + place) % len(pictures)]).resize((side, side), Image.LANCZOS)
            top, left = place // 3 * side, place % 3 * side
            found[index, top : top + side, left : left + side] = tile
    return found


def half_weights(bench, path):
    floating.write(bench.network, path, half=True)


def weight_only(bits, learned=True):
    return lambda bench, path: floating.write(bench.network, path, bench.codes(bits, learned), half=True)


def weight_only_within(limit):
    def make(bench, path):
        def write(bits):
            floating.write(bench.network, path, bench.codes(bits), half=True)
            return path

        bench.within(limit, write)

    return make


def integers(**settings):
    def make(bench, path):
        layers = integer.plan(bench.network, bench.statistics, Settings(**{"bits": {}, "first": FIRST} | settings))
        integer.write(bench.network, layers, path)

    return make


def integers_within(limit, components=None):
    def make(bench, path):
        head = reduction.head(bench, components) if components else None

        def write(bits):
            layers = integer.plan(bench.network, bench.statistics, Settings(bits=bits, first=FIRST))
            integer.write(bench.network, layers, path, head)
            return path

        bench.within(limit, write)

    return make


class Pictures(CalibrationDataReader):
    def __init__(self, pixels):
        self.rest = iter(pixels)

    def get_next(self):
        picture = next(self.rest, None)
        return None if picture is None else {"pixel_values": picture[None]}


def static(method=CalibrationMethod.MinMax, count=STATIC_PICTURES, activation=QuantType.QUInt8, reduce=True):
    """The quantiser of ONNX Runtime, as the bundled file was made, with another calibration."""

    def make(bench, path):
        prepared = path.with_suffix(".prepared")
        quant_pre_process(str(bench.original), str(prepared), skip_symbolic_shape=True)
        pixels = pixel_values(bench.pictures[bench.rows[:count]])
        quantize_static(
            str(prepared),
            str(path),
            Pictures(pixels),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            reduce_range=reduce,
            weight_type=QuantType.QInt8,
            activation_type=activation,
            calibrate_method=method,
        )
        prepared.unlink()

    return make


def dynamic(bench, path):
    quantize_dynamic(str(bench.original), str(path), per_channel=True, reduce_range=True, weight_type=QuantType.QUInt8)


def without_blocks(*last):
    """Leaves out whole residual blocks, each named by its last convolution, without retraining."""

    def make(bench, path):
        kept, place = [], {}
        for index, c in enumerate(bench.network.convolutions):
            if any(index in range(end - 2, end + 1) for end in last):
                place[index] = place[bench.network.convolutions[max(e for e in last if e - 2 <= index <= e)].adds]
                continue
            place[index] = len(kept)
            kept.append(dataclasses.replace(c, adds=None if c.adds is None else place[c.adds]))
        floating.write(networks.Network(bench.network.side, kept), path, half=True)

    return make


def at_side(side):
    """The same weights on smaller pictures."""

    def make(bench, path):
        floating.write(networks.resized(bench.network, side), path, half=True)

    return make


WHOLE = {
    "default": ("integers; 8 bits, 6 where it costs least, below a quarter", integers_within(QUARTER)),
    "small": ("integers; 4 to 8 bits, below 3.4 MB", integers_within(3_400_000)),
    "best": ("float arithmetic; weights 8 or 6 bits by least squares", weight_only_within(QUARTER)),
}
PARTS = {
    "default-256": ("default, reduced to 256 numbers inside the graph", integers_within(QUARTER, 256)),
    "half": ("weights as halves", half_weights),
    "weights8-nearest": ("weight-only, 8 bits, nearest", weight_only(8, learned=False)),
    "weights6-nearest": ("weight-only, 6 bits, nearest", weight_only(6, learned=False)),
    "weights6": ("weight-only, 6 bits, least squares", weight_only(6)),
    "weights4": ("weight-only, 4 bits, least squares", weight_only(4)),
    "integers8": ("integers; 8 bits everywhere", integers()),
    "integers8-unpaired": ("integers8, saturating where there is no VNNI", integers(paired=False)),
    "integers8-nearest": ("integers8, nearest instead of least squares", integers(learned=False, paired=False)),
    "integers8-tight": ("integers8, ranges without a margin", integers(margin=1.0)),
    "integers8-clipping": ("integers8, ranges at the 95th percentile", integers(margin=1.0, quantile=0.95)),
    "integers8-whole": ("integers8, first block too (stem 7 bits)", integers(first=0, bits={0: 7})),
    "tiny": ("integers; 4 to 8 bits, below 2.8 MB", integers_within(2_800_000)),
    "static-percentile": ("quantize_static, percentile", static(CalibrationMethod.Percentile, ENTROPY_PICTURES)),
    "static-entropy": ("quantize_static, entropy", static(CalibrationMethod.Entropy, ENTROPY_PICTURES)),
    "static-full-range": ("quantize_static, min-max, 8-bit weights", static(reduce=False)),
    "static-signed": ("quantize_static, S8S8", static(activation=QuantType.QInt8, reduce=False)),
    "dynamic": ("quantize_dynamic", dynamic),
    "without-19": ("block 19 left out", without_blocks(59)),
    "without-9": ("block 9 left out", without_blocks(29)),
    "side-208": ("pictures of 208 places a side", at_side(208)),
    "side-192": ("pictures of 192 places a side", at_side(192)),
}
