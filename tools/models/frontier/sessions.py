"""ONNX Runtime sessions on one thread: vectors of a catalogue, time, memory."""

import json
import pathlib
import statistics
import subprocess
import sys
import time

import numpy as np
import onnxruntime

BATCH = 8
MEMORY = """
import json, sys
import numpy as np, onnxruntime
from sessions import session
def kib(field):
    return int(next(l for l in open("/proc/self/status") if l.startswith(field)).split()[1])
feeds = {
    name: np.zeros(value, np.float32) if name == "pixel_values" else np.array(value[0], value[1])
    for name, value in json.loads(sys.argv[2]).items()
}
before = kib("VmRSS")
s = session(sys.argv[1])
for _ in range(5):
    s.run(None, feeds)
print(json.dumps({"peak_mib": (kib("VmHWM") - before) / 1024, "resident_mib": (kib("VmRSS") - before) / 1024}))
"""


def session(path, **entries):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    for key, value in entries.items():
        options.add_session_config_entry(f"session.{key}", value)
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def vectors(path, batches):
    """Runs `batches` (dicts of inputs) through the first output."""
    running = session(path)
    return np.concatenate([running.run(None, feeds)[0] for feeds in batches])


def by_turns(paths, feeds, rounds):
    """Median milliseconds of each session on its `feeds`; all take turns and share what disturbs."""
    running = {name: session(path) for name, path in paths.items()}
    times = {name: [] for name in paths}
    for name in running:
        for feed in feeds[name][:3]:
            running[name].run(None, feed)
    for turn in range(rounds):
        for name, one in running.items():
            feed = feeds[name][turn % len(feeds[name])]
            start = time.perf_counter()
            one.run(None, feed)
            times[name].append((time.perf_counter() - start) * 1e3)
    return {
        name: {"median_ms": statistics.median(t), "p10_ms": float(np.percentile(t, 10)), "rounds": rounds}
        for name, t in times.items()
    }


def memory(path, shapes):
    """Growth of a fresh process that loads the graph and runs it five times, in MiB."""
    here = pathlib.Path(__file__).resolve().parent
    command = [sys.executable, "-c", MEMORY, str(pathlib.Path(path).resolve()), json.dumps(shapes)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=here)
    return json.loads(done.stdout)
