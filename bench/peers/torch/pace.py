"""When blocks of steps are timed: all at once, or one whenever another program asks for it.

With --paced a program prints "ready" once it is warm; then, for each line that it reads, it times a block and prints "block" and the seconds of
one step. When its input ends it prints its result. So two engines can measure in turns, with everything that is slow done before.
"""

import sys
import time

BLOCKS = 7


def add_options(parser):
    parser.add_argument("--steps", type=int, default=30, help="steps of a block")
    parser.add_argument("--paced", action="store_true", help="a block for each line of the input instead of seven")
    parser.add_argument("--threads", type=int, default=0, help="of the CPU; default PyTorch's own choice")


def seconds_per_step(run, wait, options):
    """Seconds of a step, one for each block."""
    for _ in range(max(3, options.steps // 10)):
        run()
    wait()

    def block():
        start = time.perf_counter()
        for _ in range(options.steps):
            run()
        wait()
        return (time.perf_counter() - start) / options.steps

    if not options.paced:
        return [block() for _ in range(BLOCKS)]
    seconds = []
    print("ready", flush=True)
    for _ in sys.stdin:
        # The other engine ran meanwhile, and its data fill the caches: one step goes untimed.
        run()
        wait()
        seconds.append(block())
        print("block", seconds[-1], flush=True)
    return seconds
