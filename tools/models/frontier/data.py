"""The catalogue that variants are measured on: rows, pictures, who asks, who calibrates.

Nothing here knows a model. Pictures are prepared once and kept as bytes on disk; the queries
are fixed by a seed, and pictures for calibration are never among them.
"""

import csv
import io
import json
import pathlib
import tarfile

import numpy as np
from PIL import Image

QUERY_SEED, QUERIES = 7, 1000
CALIBRATION_SEED = 20


class Catalogue:
    """`catalog.csv` beside `images.tar`, as one folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        with open(self.folder / "catalog.csv", newline="", encoding="utf-8") as file:
            self.rows = list(csv.DictReader(file))

    def __len__(self):
        return len(self.rows)

    def column(self, name):
        """A column's values as small numbers, equal where the values are."""
        values = [row[name] for row in self.rows]
        return np.unique(values, return_inverse=True)[1]

    def names(self):
        return [row["productDisplayName"] for row in self.rows]

    def queries(self):
        count = min(QUERIES, len(self))
        return np.random.default_rng(QUERY_SEED).choice(len(self), count, replace=False)

    def calibration(self, count):
        """Rows to calibrate on: none of them is a query."""
        others = np.setdiff1d(np.arange(len(self)), self.queries())
        return np.random.default_rng(CALIBRATION_SEED).permutation(others)[:count]

    def pictures(self, side, cache):
        """All pictures as [rows, side, side, 3] bytes, from `cache` where they already are."""
        path = pathlib.Path(cache) / f"pictures-{side}.u8"
        shape = (len(self), side, side, 3)
        if not path.exists():
            part = path.with_suffix(".part")
            prepared = np.memmap(part, np.uint8, "w+", shape=shape)
            with tarfile.open(self.folder / "images.tar") as archive:
                for index, row in enumerate(self.rows):
                    data = archive.extractfile(f"images/{row['id']}.jpg").read()
                    prepared[index] = square(Image.open(io.BytesIO(data)), side)
            prepared.flush()
            part.rename(path)
        return np.memmap(path, np.uint8, "r", shape=shape)


def square(picture, side):
    """Short side to `side` (bicubic), then the centre."""
    picture = picture.convert("RGB")
    scale = side / min(picture.size)
    width, height = (max(side, round(length * scale)) for length in picture.size)
    picture = picture.resize((width, height), Image.BICUBIC)
    left, top = (width - side) // 2, (height - side) // 2
    return np.asarray(picture.crop((left, top, left + side, top + side)))


def pixel_values(pictures):
    """Bytes [n, side, side, 3] to what the network takes: (x/255 - 127/255) / (128/255)."""
    return np.ascontiguousarray(((pictures.astype(np.float32) - 127) / 128).transpose(0, 3, 1, 2))


def golden(path, catalogue, pictures):
    """The golden photos' pixels and their full-precision vectors."""
    items = json.loads(pathlib.Path(path).read_text())["items"]
    rows = {row["id"]: index for index, row in enumerate(catalogue.rows)}
    indices = [rows[pathlib.Path(item["file"].split(":")[-1]).stem] for item in items]
    return pixel_values(pictures[indices]), np.array([item["fp32"] for item in items], np.float32)
