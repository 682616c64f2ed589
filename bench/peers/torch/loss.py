"""Times the distillation loss and its gradient in PyTorch, composed of its calls. One JSON object on the last line of standard output.

    python3 loss.py --batch 4096 --classes 10 --mode eager|compile|graph --inputs FILE --gradient FILE [--steps 30] [--paced]

FILE of the inputs, little-endian: float32 logits (B, K) of student, ensemble and teacher, then int32 labels (B). The gradient with respect to the student's
logits is written as float32 (B, K) before anything is timed, so that the caller can compare it with its own.
"""

import argparse
import array
import json
import statistics
import sys

import device as devices
import torch

import models
import pace


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--classes", type=int, required=True)
    parser.add_argument("--mode", choices=["eager", "compile", "graph"], default="eager")
    parser.add_argument("--inputs", required=True)
    parser.add_argument("--gradient", required=True)
    parser.add_argument("--alpha", type=float, default=0.1)
    parser.add_argument("--temperature", type=float, default=2.0)
    parser.add_argument("--ensemble-weight", type=float, default=0.5)
    parser.add_argument("--student-weight", type=float, default=0.5)
    pace.add_options(parser)
    return parser.parse_args()


def read(options, device):
    """Student, ensemble, teacher and labels."""
    count = options.batch * options.classes
    logits = array.array("f")
    labels = array.array("i")
    with open(options.inputs, "rb") as file:
        logits.fromfile(file, 3 * count)
        labels.fromfile(file, options.batch)
    if sys.byteorder == "big":
        logits.byteswap()
        labels.byteswap()
    student, ensemble, teacher = torch.tensor(logits, dtype=torch.float32).view(3, options.batch, options.classes).to(device)
    return student.clone().requires_grad_(True), ensemble, teacher, torch.tensor(labels, dtype=torch.int64).to(device)


def main():
    options = parse()
    device = devices.choose(options)
    wait = devices.waiter(device)
    student, ensemble, teacher, labels = read(options, device)
    value = torch.zeros((), device=device)

    def loss():
        return models.distillation_loss(
            student, ensemble, teacher, labels, options.alpha, options.temperature, options.ensemble_weight, options.student_weight)

    compute = torch.compile(loss) if options.mode == "compile" else loss

    def work():
        if options.mode == "graph" and student.grad is not None:
            student.grad.zero_()
        else:
            student.grad = None
        result = compute()
        result.backward()
        value.copy_(result.detach())

    run = devices.captured(work) if options.mode == "graph" else work
    run()
    wait()
    gradient = array.array("f", student.grad.cpu().flatten().tolist())
    if sys.byteorder == "big":
        gradient.byteswap()
    with open(options.gradient, "wb") as file:
        gradient.tofile(file)
    seconds = pace.seconds_per_step(run, wait, options)
    result = devices.description(device)
    result.update({"mode": options.mode, "loss": value.item(), "stepMicros": 1e6 * statistics.median(seconds) if seconds else None})
    print(json.dumps(result))


if __name__ == "__main__":
    try:
        main()
    except Exception as failure:  # whatever PyTorch throws, the caller wants one line of it
        sys.exit(devices.one_line(failure))
