#!/usr/bin/env python3
"""A ViT-B/32 of CLIP's vision side with random weights: same input, output and structure.

CLIP's weights cannot be fetched from every machine. This graph proves that the loader
reads what CLIP's manifest describes; its vectors mean nothing.

    random_clip.py --out clip-vit-b32/vision_model_quantized.onnx [--layers 12]
"""

import argparse

import numpy as np
from graph import FLOAT, Graph

WIDTH, HEADS, HIDDEN, PATCH, SIDE, PROJECTION = 768, 12, 3072, 32, 224, 512
PATCHES = (SIDE // PATCH) ** 2
EPSILON = 1e-5


def build(path, layers, seed):
    random = np.random.default_rng(seed)

    def weights(*shape):
        return (random.standard_normal(shape) * shape[-1] ** -0.5).astype(np.float32)

    def zeros(*shape):
        return np.zeros(shape, np.float32)

    def ones(*shape):
        return np.ones(shape, np.float32)

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
        x = block(g, x, f"layer{layer}", weights, zeros, ones)
    x = g.op("Squeeze", g.op("Slice", x, g.ints(0), g.ints(1), g.ints(1)), g.ints(1))
    x = g.layer_norm(x, "post", ones(WIDTH), zeros(WIDTH), EPSILON)
    g.named("MatMul", "image_embeds", x, g.constant("projection", weights(PROJECTION, WIDTH).T))
    inputs = {"pixel_values": (FLOAT, ["batch", 3, SIDE, SIDE])}
    g.save(path, "random-clip-vit-b32", inputs, {"image_embeds": (FLOAT, ["batch", PROJECTION])})


def block(g, x, name, weights, zeros, ones):
    normed = g.layer_norm(x, name + ".ln1", ones(WIDTH), zeros(WIDTH), EPSILON)
    parts = [g.linear(normed, f"{name}.{part}", weights(WIDTH, WIDTH), zeros(WIDTH)) for part in "qkv"]
    mixed = g.linear(g.attention(*parts, HEADS, WIDTH), name + ".out", weights(WIDTH, WIDTH), zeros(WIDTH))
    x = g.op("Add", x, mixed)
    normed = g.layer_norm(x, name + ".ln2", ones(WIDTH), zeros(WIDTH), EPSILON)
    up = g.linear(normed, name + ".up", weights(HIDDEN, WIDTH), zeros(HIDDEN))
    gate = g.op("Sigmoid", g.op("Mul", up, g.scalar(1.702)))  # CLIP's quick GELU
    down = g.linear(g.op("Mul", up, gate), name + ".down", weights(WIDTH, HIDDEN), zeros(WIDTH))
    return g.op("Add", x, down)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, help="where to write the graph")
    parser.add_argument("--layers", type=int, default=12, help="transformer layers; CLIP has 12")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    build(arguments.out, arguments.layers, arguments.seed)


if __name__ == "__main__":
    main()
