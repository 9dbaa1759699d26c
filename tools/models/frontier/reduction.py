"""Shorter vectors: principal components, chosen channels, a linear map into another's space."""

import numpy as np

import rounding
from data import pixel_values
from sessions import vectors

ROWS, SEED = 2000, 23


def components(sample, count, centred):
    """(mean, [width, count]): directions of the greatest (second) moment of unit vectors."""
    mean = sample.mean(0) if centred else np.zeros(sample.shape[1], np.float32)
    moment = (sample - mean).T.astype(np.float64) @ (sample - mean)
    _, directions = np.linalg.eigh(moment)
    found = directions[:, ::-1][:, :count]
    found *= np.sign(found[np.abs(found).argmax(0), np.arange(count)])  # signs that do not depend on the solver
    return mean.astype(np.float32), found.astype(np.float32)


def project(vectors, mean, directions):
    found = (vectors - mean) @ directions
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)


def channels(sample, count):
    """The channels that carry most of the inner products."""
    return np.sort(np.argsort(-(sample**2).sum(0), kind="stable")[:count])


def ridge(source, target, penalty=1e-3):
    """The linear map (with a constant) that brings `source` nearest to `target`."""
    rows = np.hstack([source, np.ones((len(source), 1), source.dtype)]).astype(np.float64)
    moment = rows.T @ rows
    moment[np.diag_indices_from(moment)] += penalty * np.trace(moment) / len(moment)
    return np.linalg.solve(moment, rows.T @ target).astype(np.float32)


def apply(source, mapping):
    found = source @ mapping[:-1] + mapping[-1]
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)


def head(bench, count):
    """Adds to a graph: directions as 8-bit codes, fitted on the original's vectors. The pooled
    vector's length does not matter to them, so nothing is centred."""
    rows = np.sort(bench.catalogue.calibration(ROWS))
    pictures = bench.pictures
    feeds = ({"pixel_values": pixel_values(pictures[rows[i : i + 8]])} for i in range(0, len(rows), 8))
    _, directions = components(vectors(bench.original, feeds), count, centred=False)
    codes = rounding.nearest(directions.T, 8)

    def add(g, pooled):
        matrix = g.op("Cast", g.codes(codes.codes.T, 8), to=1)
        matrix = g.op("Mul", matrix, g.half(codes.scale, (1, -1)))
        return g.op("MatMul", pooled, matrix), count

    return add
