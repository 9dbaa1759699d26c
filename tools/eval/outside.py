#!/usr/bin/env python3
"""Compares measures of ranked lists with those of ranx and of trec_eval (pytrec_eval), query by query.

    outside.py FILE.json

The file holds `cutoffs` and `queries`; a query has a `run` (items, best first), `grades` (item to grade, 0 for judged
not relevant) and `ours` (a value of each measure, such as `map@10`). Fails when any value differs by more than 1e-12.

Definitions that differ, and how they are made equal; all others are the same, also of lists shorter than the cutoff,
of empty ones and of queries without a relevant item:

* map@k: ours divides the sum of precisions by min(R, k), theirs by R. Ours times min(R, k) / R is compared.
* mrr@k: trec_eval's recip_rank knows no cutoff, so it is given runs that are cut at k.
* ndcg@k is that of linear gain, `ndcg` of ranx and `ndcg_cut` of trec_eval, the ideal list cut at k in all three;
  ndcg_exponential@k is `ndcg_burges` of ranx, and trec_eval has no such measure.
"""

import json
import os
import sys

# ranx compiles its functions when they are first called; a few hundred queries are sooner done without.
os.environ.setdefault("NUMBA_DISABLE_JIT", "1")

import pytrec_eval  # noqa: E402
from ranx import Qrels, Run, evaluate  # noqa: E402

TOLERANCE = 1e-12
OF_RANX = {
    "precision": "precision",
    "recall": "recall",
    "hit_rate": "hit_rate",
    "mrr": "mrr",
    "map": "map",
    "ndcg": "ndcg",
    "ndcg_exponential": "ndcg_burges",
}
OF_TREC_EVAL = {"precision": "P", "recall": "recall", "hit_rate": "success", "map": "map_cut", "ndcg": "ndcg_cut"}


def scores(run):
    """Scores without ties, in the order of the list."""
    return {item: -float(rank) for rank, item in enumerate(run, 1)}


def by_ranx(qrels, runs, cutoffs):
    """Values of each measure at each cutoff, by query."""
    names = {f"{theirs}@{k}": f"{ours}@{k}" for ours, theirs in OF_RANX.items() for k in cutoffs}
    run = Run({query: scores(run) for query, run in runs.items()})
    found = evaluate(Qrels(qrels), run, list(names), return_mean=False)
    # Their queries are in ascending order of their names.
    return {names[name]: dict(zip(sorted(runs), map(float, values))) for name, values in found.items()}


def by_trec_eval(qrels, runs, cutoffs):
    """Values of each measure at each cutoff, by query."""
    found = {}
    at = ",".join(map(str, cutoffs))
    measures = pytrec_eval.RelevanceEvaluator(qrels, {f"{theirs}.{at}" for theirs in OF_TREC_EVAL.values()})
    values = measures.evaluate({query: scores(run) for query, run in runs.items()})
    for ours, theirs in OF_TREC_EVAL.items():
        for k in cutoffs:
            found[f"{ours}@{k}"] = {query: of[f"{theirs}_{k}"] for query, of in values.items()}
    for k in cutoffs:
        first = pytrec_eval.RelevanceEvaluator(qrels, {"recip_rank"})
        values = first.evaluate({query: scores(run[:k]) for query, run in runs.items()})
        found[f"mrr@{k}"] = {query: of["recip_rank"] for query, of in values.items()}
    return found


def as_theirs(measure, value, grades):
    """Our value by their definition."""
    name, k = measure.split("@")
    relevant = sum(grade > 0 for grade in grades.values())
    return value * min(relevant, int(k)) / relevant if name == "map" and relevant else value


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        told = json.load(file)
    queries = {f"q{number:06}": query for number, query in enumerate(told["queries"])}
    qrels = {name: query["grades"] for name, query in queries.items()}
    runs = {name: query["run"] for name, query in queries.items()}
    compared, differing, largest = 0, [], 0.0
    for package, judge in {"ranx": by_ranx, "trec_eval": by_trec_eval}.items():
        for measure, theirs in judge(qrels, runs, told["cutoffs"]).items():
            for name, query in queries.items():
                ours = as_theirs(measure, query["ours"][measure], query["grades"])
                gap = abs(ours - theirs[name])
                compared, largest = compared + 1, max(largest, gap)
                # Also when either is not a number.
                if not gap <= TOLERANCE:
                    differing.append(f"{measure} of {name}: ours {ours!r}, {package} {theirs[name]!r}")
    print(f"compared {compared} values of {len(queries)} queries: {len(differing)} differ, the largest gap is {largest:.1e}")
    print("\n".join(differing[:20]), file=sys.stderr)
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
