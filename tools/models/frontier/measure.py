#!/usr/bin/env python3
"""Measures every graph that `make.py` made, against the originals; writes JSON and a table.

    measure.py --graphs frontier/graphs --original efficientnet-lite1-240.features.fp32.onnx \\
               --pictures myntra-fashion --shipped-text minilm-int8/model.onnx --tokenizer minilm-tokenizer.json \\
               --work frontier/work --out frontier [--golden golden-image.json] [--also name=file …]

Two readings. `whole`: 1,000 queries against all products, for the chosen variants, the
originals and what `--also` names. `part`: the same queries against 1,500 products (themselves
among them), for all. Vectors are kept in `--work` under their graph's hash, so a second run is
quick. Times are medians on one thread, all graphs taking turns in one process.
"""

import argparse
import hashlib
import json
import pathlib

import numpy as np

import encode
import images
import judging
import reduction
import report
import sessions
import texts
from data import Catalogue, golden

PART, PART_SEED = 500, 29
ROUNDS, TEXT_ROUNDS = 60, 150
SHORTER = (512, 384, 256, 128, 64)


class Reading:
    """Queries against some rows of the catalogue."""

    def __init__(self, catalogue, rows):
        self.rows, self.queries = rows, np.searchsorted(rows, catalogue.queries())
        names = ("articleType", "baseColour", "gender")
        self.columns = {name: catalogue.column(name)[rows] for name in names}

    def lists(self, *blocks):
        return judging.lists(self.queries, [(share, v[self.rows]) for share, v in blocks])

    def worth(self, found):
        values = {f"p10.{n}": judging.precision(found, self.queries, c) for n, c in self.columns.items()}
        return values | {"ndcg10.articleType": judging.gain(found, self.queries, self.columns["articleType"])}

    def judge(self, found, original):
        """Intervals of one variant's lists, and how they differ from the original's."""
        worth, before = self.worth(found), self.worth(original)
        result = {"overlap10": judging.interval(judging.overlap(found, original))}
        for name, values in worth.items():
            result[name] = judging.interval(values) | {"against": judging.paired(values, before[name])}
        return result


class Measuring:
    def __init__(self, a):
        self.a, self.catalogue = a, Catalogue(a.pictures)
        everything = np.arange(len(self.catalogue))
        others = np.setdiff1d(everything, self.catalogue.queries())
        some = np.random.default_rng(PART_SEED).permutation(others)[:PART]
        self.part = Reading(self.catalogue, np.sort(np.concatenate([self.catalogue.queries(), some])))
        self.whole = Reading(self.catalogue, everything)
        self.encoder = encode.Encoder(self.catalogue, a.work, a.tokenizer)
        self.graphs = {"original": a.original} | dict(pair.split("=", 1) for pair in a.also)
        self.full = [*self.graphs, *images.WHOLE]
        made = {name: a.graphs / f"image-{name}.onnx" for name in images.WHOLE | images.PARTS}
        self.graphs |= {name: path for name, path in made.items() if path.exists()}
        self.texts = {"shipped": a.shipped_text}
        made = {name: a.graphs / f"text-{name}.onnx" for name in texts.VARIANTS}
        self.texts |= {name: path for name, path in made.items() if path.exists()}

    def about(self, path):
        data = pathlib.Path(path).read_bytes()
        return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}

    def images(self):
        text = self.encoder.texts(self.a.shipped_text, self.whole.rows)
        original = self.encoder.images(self.a.original, self.whole.rows)
        results = {}
        for name, path in self.graphs.items():
            results[name] = self.about(path)
            readings = {"part": self.part} | ({"whole": self.whole} if name in self.full else {})
            rows = self.whole.rows if name in self.full else self.part.rows
            found = self.encoder.images(path, rows)
            if found.shape[1] == original.shape[1]:
                near = (found[rows] * original[rows]).sum(1)
                results[name]["cosine"] = {"mean": float(near.mean()), "least": float(near.min())}
            for kind, reading in readings.items():
                results[name][kind] = self.both(reading, text, found, original)
            print(name, results[name]["bytes"], results[name].get("cosine"), brief(results[name]), flush=True)
            if self.a.golden and found.shape[1] == original.shape[1]:
                results[name]["golden_cosine"] = self.golden(path)
        return results

    def both(self, reading, text, found, original):
        share = judging.TEXT_SHARE
        alone = reading.judge(reading.lists((1, found)), reading.lists((1, original)))
        before = reading.lists((share, text), (1 - share, original))
        return alone | {"fused": reading.judge(reading.lists((share, text), (1 - share, found)), before)}

    def golden(self, path):
        side = encode.side(path)
        pixels, wanted = golden(self.a.golden, self.catalogue, self.catalogue.pictures(side, self.a.work))
        near = (sessions.vectors(path, [{"pixel_values": p[None]} for p in pixels]) * judging.unit(wanted)).sum(1)
        return [round(float(value), 6) for value in near]

    def text_variants(self):
        reference = self.texts.get("full", self.a.shipped_text)
        original, results = self.encoder.texts(reference, self.part.rows), {}
        for name, path in self.texts.items():
            full = name == "shipped"
            found = self.encoder.texts(path, self.whole.rows if full else self.part.rows)
            near = (found[self.part.rows] * original[self.part.rows]).sum(1)
            results[name] = self.about(path) | {"cosine": {"mean": float(near.mean()), "least": float(near.min())}}
            lists = [self.part.lists((1, vectors)) for vectors in (found, original)]
            results[name]["part"] = self.part.judge(*lists)
            print("text", name, results[name]["bytes"], brief(results[name]), flush=True)
        return results

    def shorter(self, vectors, dimensions, original):
        """Reductions fitted on rows that are no queries, against the vectors as they were."""
        sample, results = vectors[np.sort(self.catalogue.calibration(reduction.ROWS))], {}
        before = self.whole.lists((1, original))
        for count in (d for d in dimensions if d < vectors.shape[1]):
            chosen = reduction.channels(sample, count)
            ways = {"channels": judging.unit(vectors[:, chosen])}
            for name, centred in (("pca", False), ("pca-centred", True)):
                ways[name] = reduction.project(vectors, *reduction.components(sample, count, centred))
            for name, short in ways.items():
                judged = self.whole.judge(self.whole.lists((1, short)), before)
                sizes = {"bytes_per_product_f32": 4 * count, "bytes_per_product_i8": count + 4}
                results[f"{name}-{count}"] = judged | sizes
                print("shorter", name, count, judged["overlap10"], flush=True)
        return results

    def mapped(self, name, original):
        """Another network's vectors brought into the original's space by a linear map."""
        found = self.encoder.images(self.graphs[name], self.whole.rows)
        others = np.setdiff1d(self.whole.rows, self.catalogue.queries())[:6000]
        short = reduction.apply(found, reduction.ridge(found[others], original[others]))
        result = self.whole.judge(self.whole.lists((1, short)), self.whole.lists((1, original)))
        return result | {"fitted_on": len(others)}


def brief(result):
    kind = "whole" if "whole" in result else "part"
    means = (round(result[kind][measure]["mean"], 4) for measure in ("overlap10", "p10.articleType"))
    return kind, result["sha256"][:8], *means


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("graphs", "original", "pictures", "shipped-text", "tokenizer", "work", "out"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    parser.add_argument("--golden", type=pathlib.Path)
    parser.add_argument("--also", nargs="*", default=[], metavar="name=file", help="graphs made elsewhere")
    parser.add_argument("--map", help="a graph of --also to bring into the original's space")
    a = parser.parse_args()
    m = Measuring(a)
    results = {"images": m.images(), "texts": m.text_variants()}
    original = m.encoder.images(a.original, m.whole.rows)
    results["shorter"] = {"original": m.shorter(original, SHORTER, original)}
    if "default" in m.graphs:
        found = m.encoder.images(m.graphs["default"], m.whole.rows)
        results["shorter"]["default"] = m.shorter(found, SHORTER, original)
    words = m.encoder.texts(a.shipped_text, m.whole.rows)
    results["shorter"]["text"] = m.shorter(words, SHORTER, words)
    if a.map:
        results["mapped"] = {a.map: m.mapped(a.map, original)}
    (a.out / "results.json").write_text(json.dumps(results, indent=1))
    m.encoder.add_times(results, m.graphs, m.texts, ROUNDS, TEXT_ROUNDS)
    (a.out / "results.json").write_text(json.dumps(results, indent=1))
    descriptions = {n: d for n, (d, _) in (images.WHOLE | images.PARTS).items()}
    words = {n: d for n, (d, _) in texts.VARIANTS.items()}
    (a.out / "results.md").write_text(report.tables(results, descriptions, words))


if __name__ == "__main__":
    main()
