"""Vectors of the catalogue by any graph, kept under the graph's hash; times and memory."""

import hashlib
import pathlib

import numpy as np
import onnx
from tokenizers import Tokenizer

import sessions
from data import pixel_values

TOKENS, BATCH, SHORT, LONG = 256, 8, 10, 25


def side(path):
    graph = onnx.load(str(path)).graph
    return graph.input[0].type.tensor_type.shape.dim[2].dim_value


class Encoder:
    def __init__(self, catalogue, work, tokenizer):
        self.catalogue, self.folder = catalogue, pathlib.Path(work) / "vectors"
        self.work = work
        self.folder.mkdir(parents=True, exist_ok=True)
        self.tokenizer = Tokenizer.from_file(str(tokenizer))
        self.tokenizer.enable_truncation(TOKENS)
        self.tokenizer.no_padding()
        self.tokens = [e.ids for e in self.tokenizer.encode_batch(catalogue.names())]

    def kept(self, path, rows, compute):
        """All rows' vectors if asked for all, else zeros where no row was asked for."""
        digest = hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()[:16]
        file = self.folder / f"{digest}.{len(rows)}.npy"
        if not file.exists():
            np.save(file, compute(rows))
        found = np.load(file)
        whole = np.zeros((len(self.catalogue), found.shape[1]), np.float32)
        whole[rows] = found
        return whole

    def images(self, path, rows):
        def compute(rows):
            pictures = self.catalogue.pictures(side(path), self.work)
            batches = (rows[i : i + BATCH] for i in range(0, len(rows), BATCH))
            return sessions.vectors(path, ({"pixel_values": pixel_values(pictures[b])} for b in batches))

        return self.kept(path, rows, compute)

    def texts(self, path, rows):
        def compute(rows):
            running = sessions.session(path)
            found = None
            lengths = [len(self.tokens[row]) for row in rows]
            for length in sorted(set(lengths)):
                alike = [place for place, n in enumerate(lengths) if n == length]
                for start in range(0, len(alike), BATCH):
                    places = alike[start : start + BATCH]
                    part = pooled(running, [self.tokens[rows[p]] for p in places])
                    found = np.empty((len(rows), part.shape[1]), np.float32) if found is None else found
                    found[places] = part
            return found

        return self.kept(path, rows, compute)

    def add_times(self, results, graphs, texts, rounds, text_rounds):
        """Medians by turns, and the memory of a fresh process, put into `results`."""
        sides = {name: side(path) for name, path in graphs.items()}
        rows = self.catalogue.queries()[:8]
        feeds = {}
        for name, length in sides.items():
            pictures = self.catalogue.pictures(length, self.work)[rows]
            feeds[name] = [{"pixel_values": pixel_values(p[None])} for p in pictures]
        for name, found in sessions.by_turns(graphs, feeds, rounds).items():
            shape = {"pixel_values": [1, 3, sides[name], sides[name]]}
            results["images"][name]["ms"] = found
            if "whole" in results["images"][name]:
                results["images"][name]["memory"] = sessions.memory(graphs[name], shape)
        chosen = [ids for ids in self.tokens if SHORT <= len(ids) <= LONG][:50]
        running = {name: sessions.session(path) for name, path in texts.items()}
        feeds = {name: [inputs(one, [ids]) for ids in chosen] for name, one in running.items()}
        del running
        for name, found in sessions.by_turns(texts, feeds, text_rounds).items():
            shape = {key: [value.tolist(), "int64"] for key, value in feeds[name][0].items()}
            results["texts"][name] |= {"ms": found, "memory": sessions.memory(texts[name], shape)}


def inputs(running, ids):
    ids = np.array(ids, np.int64)
    values = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    return {i.name: values[i.name] for i in running.get_inputs()}


def pooled(running, ids):
    """Texts of one length, so that nothing needs a mask: mean and length 1 where the graph has none."""
    found = running.run(None, inputs(running, ids))[0]
    if found.ndim == 3:
        found = found.mean(1)
        found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)
    return found
