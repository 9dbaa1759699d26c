#!/usr/bin/env python3
"""A ViT-B/32 of CLIP's vision or text side with random weights: same inputs, outputs and structure.

CLIP's weights cannot be fetched from every machine. This graph proves that the loader
reads what CLIP's manifests describe; its vectors mean nothing.

    random_clip.py --out clip-vit-b32/vision_model_quantized.onnx [--layers 12]
    random_clip.py --side text --out clip-vit-b32/text_model_quantized.onnx [--layers 12] [--vocabulary 64]
"""

import argparse

import numpy as np
from graph import FLOAT, INT64, Graph

WIDTH, HEADS, HIDDEN, PATCH, SIDE, PROJECTION = 768, 12, 3072, 32, 224, 512
PATCHES = (SIDE // PATCH) ** 2
TEXT_WIDTH, TEXT_HEADS, TEXT_HIDDEN, TOKENS = 512, 8, 2048, 77
EPSILON = 1e-5


def zeros(*shape):
    return np.zeros(shape, np.float32)


def ones(*shape):
    return np.ones(shape, np.float32)


def weights_of(seed):
    random = np.random.default_rng(seed)
    return lambda *shape: (random.standard_normal(shape) * shape[-1] ** -0.5).astype(np.float32)


def vision(path, layers, seed):
    weights = weights_of(seed)
    g = Graph()
    kernel = g.constant("patch.weight", weights(WIDTH, 3 * PATCH * PATCH).reshape(WIDTH, 3, PATCH, PATCH))
    patches = g.op("Conv", "pixel_values", kernel, kernel_shape=[PATCH, PATCH], strides=[PATCH, PATCH])
    patches = g.op("Transpose", g.op("Reshape", patches, g.ints(0, WIDTH, -1)), perm=[0, 2, 1])
    batch = g.op("Gather", g.op("Shape", "pixel_values"), g.ints(0))
    shape = g.op("Concat", batch, g.ints(1, WIDTH), axis=0)
    first = g.op("Expand", g.constant("class", weights(1, 1, WIDTH)), shape)
    x = g.op("Concat", first, patches, axis=1)
    x = g.op("Add", x, g.constant("position", weights(1, PATCHES + 1, WIDTH)))
    x = g.layer_norm(x, "pre", ones(WIDTH), zeros(WIDTH), EPSILON)
    for layer in range(layers):
        x = block(g, x, f"layer{layer}", weights, WIDTH, HEADS, HIDDEN)
    x = g.op("Squeeze", g.op("Slice", x, g.ints(0), g.ints(1), g.ints(1)), g.ints(1))
    x = g.layer_norm(x, "post", ones(WIDTH), zeros(WIDTH), EPSILON)
    g.named("MatMul", "image_embeds", x, g.constant("projection", weights(PROJECTION, WIDTH).T))
    inputs = {"pixel_values": (FLOAT, ["batch", 3, SIDE, SIDE])}
    g.save(path, "random-clip-vit-b32", inputs, {"image_embeds": (FLOAT, ["batch", PROJECTION])})


def text(path, layers, seed, vocabulary):
    """The vector of a text is that of its last mark, the token of the highest number."""
    weights = weights_of(seed)
    g = Graph()
    length = g.op("Slice", g.op("Shape", "input_ids"), g.ints(1), g.ints(2))
    x = g.op("Gather", g.constant("token", weights(vocabulary, TEXT_WIDTH)), "input_ids")
    places = g.op("Slice", g.constant("position", weights(TOKENS, TEXT_WIDTH)), g.ints(0), length, g.ints(0))
    x = g.op("Add", x, places)
    # Nothing looks at what comes behind it.
    mask = g.constant("mask", np.triu(np.full((TOKENS, TOKENS), -1e9, np.float32), 1))
    ends = g.op("Concat", length, length, axis=0)
    mask = g.op("Slice", mask, g.ints(0, 0), ends, g.ints(0, 1))
    for layer in range(layers):
        x = block(g, x, f"layer{layer}", weights, TEXT_WIDTH, TEXT_HEADS, TEXT_HIDDEN, mask)
    x = g.layer_norm(x, "final", ones(TEXT_WIDTH), zeros(TEXT_WIDTH), EPSILON)
    last = g.op("ArgMax", "input_ids", axis=1, keepdims=1)
    x = g.op("GatherND", x, last, batch_dims=1)
    g.named("MatMul", "text_embeds", x, g.constant("projection", weights(PROJECTION, TEXT_WIDTH).T))
    inputs = {"input_ids": (INT64, ["batch", "sequence"])}
    g.save(path, "random-clip-vit-b32-text", inputs, {"text_embeds": (FLOAT, ["batch", PROJECTION])})


def block(g, x, name, weights, width, heads, hidden, mask=None):
    normed = g.layer_norm(x, name + ".ln1", ones(width), zeros(width), EPSILON)
    parts = [g.linear(normed, f"{name}.{part}", weights(width, width), zeros(width)) for part in "qkv"]
    mixed = g.linear(g.attention(*parts, heads, width, mask), name + ".out", weights(width, width), zeros(width))
    x = g.op("Add", x, mixed)
    normed = g.layer_norm(x, name + ".ln2", ones(width), zeros(width), EPSILON)
    up = g.linear(normed, name + ".up", weights(hidden, width), zeros(hidden))
    gate = g.op("Sigmoid", g.op("Mul", up, g.scalar(1.702)))  # CLIP's quick GELU
    down = g.linear(g.op("Mul", up, gate), name + ".down", weights(width, hidden), zeros(width))
    return g.op("Add", x, down)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, help="where to write the graph")
    parser.add_argument("--layers", type=int, default=12, help="transformer layers; CLIP has 12")
    parser.add_argument("--side", choices=["vision", "text"], default="vision")
    parser.add_argument("--vocabulary", type=int, default=64, help="tokens of the text side; CLIP knows 49,408")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.side == "vision":
        vision(arguments.out, arguments.layers, arguments.seed)
    else:
        text(arguments.out, arguments.layers, arguments.seed, arguments.vocabulary)


if __name__ == "__main__":
    main()
