"""What the activations of the full-precision network look like on calibration pictures.

Per convolution: of its result, each channel's least and greatest value per picture (before and
after what it adds), and the second moment of the patches it reads, from a few places of each
picture: [in, in] for a dense convolution, [channels, taps, taps] for a depthwise one.
"""

import pathlib
import tempfile

import numpy as np

import floating
from data import pixel_values
from sessions import session

PLACES, TAP_PLACES, SEED, BATCH = 64, 24, 5, 4


class Statistics:
    def __init__(self, count):
        self.results, self.added = ([[] for _ in range(count)] for _ in range(2))  # (least, greatest)
        self.moment, self.total, self.seen = [0.0] * count, [0.0] * count, [0] * count

    def ends(self, index, quantile, added=False):
        """Per channel, the quantile over pictures of the least and the greatest value."""
        least, greatest = self.added[index] if added else self.results[index]
        return np.quantile(least, 1 - quantile, axis=0), np.quantile(greatest, quantile, axis=0)


def collect(network, pictures):
    random, count = np.random.default_rng(SEED), len(network.convolutions)
    found = Statistics(count)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "exposed.onnx"
        floating.write(network, path, expose=True)
        running = session(path)
        for start in range(0, len(pictures), BATCH):
            pixels = pixel_values(pictures[start : start + BATCH])
            results = running.run(None, {"pixel_values": pixels})[1:]
            for index, (c, result) in enumerate(zip(network.convolutions, results)):
                found.results[index].append((result.min((2, 3)), result.max((2, 3))))
                if c.adds is not None:
                    own = result - results[c.adds]
                    found.added[index].append((own.min((2, 3)), own.max((2, 3))))
                read = results[index - 1] if index else pixels
                add_moment(found, index, patches(c, read, result.shape[2], random))
    for rows in (found.results, found.added):
        rows[:] = [tuple(np.concatenate(part) for part in zip(*parts)) for parts in rows]
    return found


def patches(c, read, length, random):
    """What the kernel sees at sampled places: [..., samples, what it reads]."""
    kernel = c.weight.shape[2]
    places = random.permutation(length * length)[: PLACES if c.pointwise else TAP_PLACES]
    top, left, bottom, right = c.pads
    padded = np.pad(read, ((0, 0), (0, 0), (top, bottom), (left, right))) if kernel > 1 else read
    rows, columns = places // length * c.stride, places % length * c.stride
    taps = [padded[:, :, rows + i, columns + j] for i in range(kernel) for j in range(kernel)]
    seen = np.stack(taps, -1)  # [batch, channels, places, taps]
    if c.depthwise:
        return seen.transpose(1, 0, 2, 3).reshape(read.shape[1], -1, kernel * kernel)
    return seen.transpose(0, 2, 1, 3).reshape(-1, read.shape[1] * kernel * kernel)


def add_moment(found, index, seen):
    found.moment[index] = found.moment[index] + (np.swapaxes(seen, -1, -2) @ seen).astype(np.float64)
    found.total[index] = found.total[index] + seen.sum(-2, dtype=np.float64)
    found.seen[index] += seen.shape[-2]
