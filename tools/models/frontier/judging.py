"""What a variant's vectors are worth: lists against the original's, and against the catalogue.

Lists are the ten nearest rows by inner product of vectors of length 1, without the query
itself, ties by row. Intervals are percentile bootstraps over queries; the test of a difference
is a paired sign-flip permutation over queries.
"""

import numpy as np

TOP, RESAMPLES, SEED = 10, 2000, 11
TEXT_SHARE = 0.7


def unit(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def lists(queries, blocks):
    """Ten best rows of each query; `blocks` are (share, vectors) whose cosines add up."""
    found = np.empty((len(queries), TOP), np.int32)
    for start in range(0, len(queries), 500):
        rows = queries[start : start + 500]
        score = sum(np.float32(share) * (vectors[rows] @ vectors.T) for share, vectors in blocks)
        score[np.arange(len(rows)), rows] = -np.inf
        best = np.argpartition(-score, TOP + 6, axis=1)[:, : TOP + 7]
        values = np.take_along_axis(score, best, 1)
        order = np.lexsort((best, -values), axis=1)[:, :TOP]
        found[start : start + len(rows)] = np.take_along_axis(best, order, 1)
    return found


def overlap(first, second):
    return np.array([len(np.intersect1d(a, b)) for a, b in zip(first, second)]) / TOP


def precision(found, queries, column):
    return (column[found] == column[queries][:, None]).mean(1)


def gain(found, queries, column):
    """NDCG at ten; the ideal list has as many alike as the catalogue holds, at most ten."""
    discounts = 1 / np.log2(np.arange(2, TOP + 2))
    alike = column[found] == column[queries][:, None]
    others = np.minimum(np.bincount(column)[column[queries]] - 1, TOP)
    ideal = np.concatenate([[0.0], np.cumsum(discounts)])[others]
    return np.where(ideal > 0, (alike * discounts).sum(1) / np.maximum(ideal, 1e-12), 0.0)


def interval(values):
    random = np.random.default_rng(SEED)
    counts = random.multinomial(len(values), np.full(len(values), 1 / len(values)), RESAMPLES)
    low, high = np.percentile(counts @ values / len(values), [2.5, 97.5])
    return {"mean": float(values.mean()), "low": float(low), "high": float(high)}


def paired(values, against):
    """Mean difference, its interval, and how often random signs give one as large."""
    gap = values - against
    random = np.random.default_rng(SEED)
    signs = random.integers(0, 2, (RESAMPLES, len(gap)), np.int8).astype(np.float32) * 2 - 1
    chance = np.abs(signs @ gap.astype(np.float32)) >= abs(gap.sum()) - 1e-6
    return interval(gap) | {"p": float((chance.sum() + 1) / (RESAMPLES + 1))}
