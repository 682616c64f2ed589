"""Times a training step in PyTorch: forward, loss, backward, clipping (student), AdamW. One JSON object on the last line of standard output.

    python3 step.py --model student --batch 128 --mode eager|compile|graph [--precision f32|bf16] [--steps 30] [--paced]

The batch lies on the device and is the same in every step; drawing and augmenting it is not in the time. Without a GPU it runs on the CPU (not in
mode graph). The other options are the recipe; their defaults are that of the preset mnist-full and of its largest student.
"""

import argparse
import json
import statistics
import sys
import time

import device as devices
import torch
from torch.nn import functional as F

import models
import pace


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=["teacher", "student"], required=True)
    parser.add_argument("--mode", choices=["eager", "compile", "graph"], default="eager")
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--weight-decay", type=float, default=0.01)
    teacher = parser.add_argument_group("teacher")
    teacher.add_argument("--channels", type=lambda text: tuple(int(width) for width in text.split(",")), default=(16, 32, 64))
    teacher.add_argument("--convs-per-stage", type=int, default=2)
    teacher.add_argument("--dropout", type=float, default=0.2)
    teacher.add_argument("--label-smoothing", type=float, default=0.05)
    student = parser.add_argument_group("student")
    student.add_argument("--rows-per-token", type=int, default=2)
    student.add_argument("--width", type=int, default=48)
    student.add_argument("--blocks", type=int, default=2)
    student.add_argument("--state", type=int, default=8)
    student.add_argument("--alpha", type=float, default=0.1)
    student.add_argument("--temperature", type=float, default=2.0)
    student.add_argument("--ensemble-weight", type=float, default=0.5)
    student.add_argument("--student-weight", type=float, default=0.5)
    student.add_argument("--clip", type=float, default=1.0)
    pace.add_options(parser)
    return parser.parse_args()


class Step:
    """One training step on a resident batch."""

    def __init__(self, options, device):
        torch.manual_seed(0)
        self.options = options
        self.device = device
        if options.model == "teacher":
            model = models.Teacher(options.channels, options.convs_per_stage, options.dropout)
        else:
            model = models.Student(options.rows_per_token, options.width, options.blocks, options.state)
        self.model = model.to(device).train()
        if options.model == "teacher":
            self.model = self.model.to(memory_format=torch.channels_last)
        kind = {"fused": True} if device == "cuda" else {"foreach": True}
        # As in mamba-pkd: no decay of biases and other tensors of one axis.
        parameters = list(self.model.parameters())
        groups = [
            {"params": [p for p in parameters if p.dim() > 1], "weight_decay": options.weight_decay},
            {"params": [p for p in parameters if p.dim() <= 1], "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(
            groups, lr=options.learning_rate, betas=(0.9, 0.99), capturable=options.mode == "graph", **kind)
        self.images = torch.randn(options.batch, 1, 28, 28, device=device)
        if options.model == "teacher":
            self.images = self.images.to(memory_format=torch.channels_last)
        self.labels = torch.randint(10, (options.batch,), device=device)
        self.teacher = torch.randn(options.batch, 10, device=device)
        self.ensemble = torch.randn(options.batch, 10, device=device)
        self.loss = torch.zeros((), device=device)

    def compute(self):
        options = self.options
        with torch.autocast(self.device, torch.bfloat16, enabled=options.precision == "bf16"):
            logits = self.model(self.images)
        if options.model == "teacher":
            return F.cross_entropy(logits.float(), self.labels, label_smoothing=options.label_smoothing)
        return models.distillation_loss(
            logits.float(), self.ensemble, self.teacher, self.labels, options.alpha, options.temperature, options.ensemble_weight,
            options.student_weight)

    def run(self):
        self.optimizer.zero_grad(set_to_none=self.options.mode != "graph")
        loss = self.compute()
        loss.backward()
        if self.options.model == "student":
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.options.clip, foreach=True)
        self.optimizer.step()
        self.loss.copy_(loss.detach())


def main():
    options = parse()
    device = devices.choose(options)
    wait = devices.waiter(device)
    step = Step(options, device)
    if options.mode == "compile":
        step.compute = torch.compile(step.compute)
    run = devices.captured(step.run) if options.mode == "graph" else step.run
    first = time.perf_counter()
    run()
    wait()
    warm_up = time.perf_counter() - first
    seconds = pace.seconds_per_step(run, wait, options)
    result = devices.description(device)
    result.update(
        {
            "model": options.model,
            "mode": options.mode,
            "precision": options.precision,
            "scan": models.SCAN if options.model == "student" else "",
            "batch": options.batch,
            "parameters": sum(p.numel() for p in step.model.parameters()),
            "stepMicros": 1e6 * statistics.median(seconds) if seconds else None,
            "firstStepSeconds": warm_up,
            "loss": step.loss.item(),
        })
    print(json.dumps(result))


if __name__ == "__main__":
    try:
        main()
    except Exception as failure:  # whatever PyTorch throws, the caller wants one line of it
        sys.exit(devices.one_line(failure))
