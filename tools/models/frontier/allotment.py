"""Which layer gets how many bits: the cheapest loss per byte saved, until the file is small enough.

The loss of a layer at some bits is measured, not guessed: one minus the mean cosine of the float
network's vectors when that layer alone is rounded. The losses of several layers about add up.
"""

import pathlib
import tempfile

import floating
import rounding
from sessions import vectors

CHOICES = (8, 6, 5, 4)


def losses(network, statistics, feeds, first, say=print):
    """{layer: {bits: loss}}, from `first` on."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "one.onnx"
        floating.write(network, path)
        original, found = vectors(path, feeds), {}
        for index, c in enumerate(network.convolutions[first:], first):
            found[index] = {}
            for bits in CHOICES:
                codes = rounding.least_squares(c.weight, bits, statistics.moment[index])
                floating.write(network, path, {index: codes})
                found[index][bits] = float(1 - (original * vectors(path, feeds)).sum(1).mean())
            say(f"  {c.name}: " + " ".join(f"{bits}b {loss:.6f}" for bits, loss in found[index].items()))
    return found


def allot(network, found, bytes_to_save):
    """{layer: bits} that saves at least so many bytes at about the least sum of losses."""
    bits, saved = {index: 8 for index in found}, 0.0
    while saved < bytes_to_save:
        best = None
        for index, now in bits.items():
            size = network.convolutions[index].weight.size
            for fewer in (b for b in CHOICES if b < now):
                gain = size * (now - fewer) / 8
                price = max(found[index][fewer] - found[index][now], 1e-9) / gain
                if best is None or price < best[0]:
                    best = price, index, fewer, gain
        if best is None:
            raise ValueError("no bits are left to take")
        _, index, fewer, gain = best
        bits[index], saved = fewer, saved + gain
    return bits
