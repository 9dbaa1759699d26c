"""Weights to few bits: scales per output channel, then rounding that knows the activations.

`least_squares` is GPTQ's way: columns are rounded one after another, and what a rounding does
to the layer's output over the calibration activations is made good by the columns still open.

On machines with AVX2 but without VNNI, integer kernels add two neighbouring products in 16 bits
and saturate there: 255 * 127 * 2 > 32767. `PAIR` keeps each pair of neighbouring codes within
what fits, which costs less than giving up a bit everywhere.
"""

import dataclasses

import numpy as np

PAIR = 128  # 255 * 128 < 32768
SHRINKS = np.linspace(0.5, 1.0, 26)


@dataclasses.dataclass
class Codes:
    codes: np.ndarray  # int8, shaped as the weights
    scale: np.ndarray  # per output channel
    bits: int

    def weight(self):
        return self.codes.astype(np.float32) * self.scale.reshape(-1, *[1] * (self.codes.ndim - 1))


def limit(bits):
    return 2 ** (bits - 1) - 1


def half(values):
    """The nearest half-precision numbers, as which scales are stored."""
    return values.astype(np.float16).astype(np.float32)


def stored(scale, unit):
    """The nearest scale that is a half-precision number of units; never nothing."""
    return unit * half(np.maximum(scale / unit, 6.2e-5))


def scales(rows, bits, importance, unit):
    """Per row, the stored scale of the least weighted squared error."""
    most = limit(bits)
    base = np.abs(rows).max(1) / most
    best, best_error = base, np.full(len(rows), np.inf)
    for factor in SHRINKS:
        scale = stored(base * factor, unit)
        codes = np.clip(np.round(rows / scale[:, None]), -most, most)
        error = ((codes * scale[:, None] - rows) ** 2 * importance).sum(1)
        better = error < best_error
        best, best_error = np.where(better, scale, best), np.where(better, error, best_error)
    return best


def nearest(weight, bits, unit=1.0):
    """Each weight to the nearest code, the largest weight to the largest."""
    rows = weight.reshape(len(weight), -1)
    scale = stored(np.abs(rows).max(1) / limit(bits), unit)
    codes = np.clip(np.round(rows / scale[:, None]), -limit(bits), limit(bits)).astype(np.int8)
    return Codes(codes.reshape(weight.shape), scale.astype(np.float32), bits)


def pair_scales(rows, scale, unit):
    """Scales raised where two neighbouring weights would not fit into `PAIR` together."""
    width = rows.shape[1] + rows.shape[1] % 2
    padded = np.zeros((len(rows), width), rows.dtype)
    padded[:, : rows.shape[1]] = rows
    pairs = padded.reshape(len(rows), -1, 2)
    up, down = np.maximum(pairs, 0).sum(2).max(1), -np.minimum(pairs, 0).sum(2).min(1)
    return stored(np.maximum(scale, np.maximum(up, down) / (PAIR - 1)), unit)


def least_squares(weight, bits, moment, paired=False, unit=1.0, damping=0.01):
    """GPTQ. `weight` [out, ...] as rows; `moment` of the activations, [in, in] for all rows
    or [out, in, in] for each its own (depthwise); scales are stored as halves of `unit`."""
    rows = weight.reshape(len(weight), -1).astype(np.float64)
    own = moment.ndim == 3
    moment = (moment if own else moment[None]).astype(np.float64).copy()
    diagonal = np.diagonal(moment, axis1=1, axis2=2)
    ridge = damping * diagonal.mean(1) + 1e-9
    moment += ridge[:, None, None] * np.eye(rows.shape[1])
    diagonal = np.diagonal(moment, axis1=1, axis2=2)
    scale = scales(rows, bits, diagonal, unit)
    if paired and bits > 7:
        scale = pair_scales(rows, scale, unit)
    order = np.arange(rows.shape[1]) if own else np.argsort(-diagonal[0], kind="stable")
    back = np.argsort(order, kind="stable")
    upper = np.linalg.cholesky(np.linalg.inv(moment[:, order][:, :, order])).transpose(0, 2, 1)
    still, codes = rows[:, order].copy(), np.zeros(rows.shape)
    step, most = 64, limit(bits)
    for start in range(0, rows.shape[1], step):
        stop = min(start + step, rows.shape[1])
        errors = np.zeros((len(rows), stop - start))
        for column in range(start, stop):
            low, high = -most, most
            if paired and bits > 7 and (order[column] ^ 1) < rows.shape[1]:
                partner = codes[:, back[order[column] ^ 1]]  # 0 while it is still open
                low = np.maximum(low, -PAIR - np.minimum(partner, 0))
                high = np.minimum(high, PAIR - np.maximum(partner, 0))
            codes[:, column] = np.clip(np.round(still[:, column] / scale), low, high)
            error = (still[:, column] - codes[:, column] * scale) / upper[:, column, column]
            errors[:, column - start] = error
            still[:, column:stop] -= error[:, None] * upper[:, column, column:stop]
        if stop < rows.shape[1]:
            still[:, stop:] -= errors @ upper[0, start:stop, stop:]
    codes = codes[:, back].astype(np.int8).reshape(weight.shape)
    return Codes(codes, scale.astype(np.float32), bits)


def saturates(codes):
    """Whether two neighbouring products of these codes with 255 can leave 16 bits."""
    rows = codes.reshape(len(codes), -1).astype(np.int32)
    rows = np.pad(rows, ((0, 0), (0, rows.shape[1] % 2))).reshape(len(rows), -1, 2)
    up, down = np.maximum(rows, 0).sum(2).max(), -np.minimum(rows, 0).sum(2).min()
    return 255 * max(up, down) >= 2**15
