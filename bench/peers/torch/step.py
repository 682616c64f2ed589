"""Times a training step in PyTorch: forward, loss, backward, clipping (student), AdamW. One JSON object on standard output.

    python3 step.py --model student --batch 128 --mode eager|compile|graph [--precision f32|bf16] [--steps 200]

The batch lies on the device and is the same in every step, as in `mamba-pkd bench step`. Without a GPU it runs on the CPU (not in mode graph).
"""

import argparse
import json
import statistics
import sys
import time

import torch
from torch.nn import functional as F

import models

BLOCKS = 7


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=["teacher", "student"], required=True)
    parser.add_argument("--mode", choices=["eager", "compile", "graph"], default="eager")
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rows-per-token", type=int, default=2)
    parser.add_argument("--width", type=int, default=48)
    parser.add_argument("--blocks", type=int, default=2)
    parser.add_argument("--state", type=int, default=8)
    parser.add_argument("--steps", type=int, default=200, help="timed steps, in seven blocks")
    return parser.parse_args()


class Step:
    """One training step on a resident batch."""

    def __init__(self, options, device):
        torch.manual_seed(0)
        self.options = options
        self.device = device
        if options.model == "teacher":
            model = models.Teacher()
        else:
            model = models.Student(options.rows_per_token, options.width, options.blocks, options.state)
        self.model = model.to(device).train()
        if options.model == "teacher":
            self.model = self.model.to(memory_format=torch.channels_last)
        kind = {"fused": True} if device == "cuda" else {"foreach": True}
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=1e-3, betas=(0.9, 0.99), weight_decay=0.02, capturable=options.mode == "graph", **kind)
        self.images = torch.randn(options.batch, 1, 28, 28, device=device)
        if options.model == "teacher":
            self.images = self.images.to(memory_format=torch.channels_last)
        self.labels = torch.randint(10, (options.batch,), device=device)
        self.teacher = torch.randn(options.batch, 10, device=device)
        self.ensemble = torch.randn(options.batch, 10, device=device)
        self.loss = torch.zeros((), device=device)

    def compute(self):
        with torch.autocast(self.device, torch.bfloat16, enabled=self.options.precision == "bf16"):
            logits = self.model(self.images)
        if self.options.model == "teacher":
            loss = F.cross_entropy(logits.float(), self.labels, label_smoothing=0.1)
        else:
            loss = models.distillation_loss(logits.float(), self.ensemble, self.teacher, self.labels)
        return loss

    def run(self):
        self.optimizer.zero_grad(set_to_none=self.options.mode != "graph")
        loss = self.compute()
        loss.backward()
        if self.options.model == "student":
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0, foreach=True)
        self.optimizer.step()
        self.loss.copy_(loss.detach())


def wait(device):
    if device == "cuda":
        torch.cuda.synchronize()


def captured(step):
    """The step as a CUDA graph."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(5):
            step.run()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step.run()
    return graph.replay


def main():
    options = parse()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if options.mode == "graph" and device == "cpu":
        sys.exit("--mode graph needs a CUDA device, and torch sees none; use --mode eager")
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    step = Step(options, device)
    if options.mode == "compile":
        step.compute = torch.compile(step.compute)
    run = captured(step) if options.mode == "graph" else step.run
    first = time.perf_counter()
    run()
    wait(device)
    warm_up = time.perf_counter() - first
    for _ in range(max(5, options.steps // 10)):
        run()
    wait(device)
    per_block = max(1, options.steps // BLOCKS)
    seconds = []
    for _ in range(BLOCKS):
        start = time.perf_counter()
        for _ in range(per_block):
            run()
        wait(device)
        seconds.append((time.perf_counter() - start) / per_block)
    json.dump(
        {
            "formatVersion": 1,
            "peer": "PyTorch " + torch.__version__,
            "model": options.model,
            "mode": options.mode,
            "precision": options.precision,
            "scan": models.SCAN if options.model == "student" else "",
            "batch": options.batch,
            "parameters": sum(p.numel() for p in step.model.parameters()),
            "device": torch.cuda.get_device_name() if device == "cuda" else "cpu",
            "imagesPerSecond": options.batch / statistics.median(seconds),
            "stepMicros": 1e6 * statistics.median(seconds),
            "stepMicrosSmallest": 1e6 * min(seconds),
            "stepMicrosLargest": 1e6 * max(seconds),
            "firstStepSeconds": warm_up,
            "loss": step.loss.item(),
        },
        sys.stdout)
    print()


if __name__ == "__main__":
    main()
