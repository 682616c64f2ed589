"""What the programs have in common: the device, CUDA graphs, and what is said of a failure."""

import sys

try:
    import torch
except ImportError as failure:
    sys.exit(f"PyTorch cannot be imported by {sys.executable}: {failure}")


def choose(options):
    """cuda or cpu; ends the program where the mode does not exist there."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if options.mode == "graph" and device == "cpu":
        sys.exit("--mode graph needs a CUDA device, and torch sees none; use --mode eager")
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    return device


def waiter(device):
    return torch.cuda.synchronize if device == "cuda" else lambda: None


def captured(run):
    """The work as a CUDA graph."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(5):
            run()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        run()
    return graph.replay


def description(device):
    return {
        "peer": "PyTorch " + torch.__version__,
        "device": torch.cuda.get_device_name() if device == "cuda" else "cpu",
    }


def one_line(failure):
    """For standard error: what went wrong, without the trace."""
    text = " ".join(str(failure).split())
    return f"{type(failure).__name__}: {text[:300]}"
