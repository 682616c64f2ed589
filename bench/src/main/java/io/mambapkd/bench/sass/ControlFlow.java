package io.mambapkd.bench.sass;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Basic blocks of a kernel, and its natural loops: Aho, Lam, Sethi and Ullman, Compilers (2007), sections 8.4 and 9.6.
 */
final class ControlFlow {
    /**
     * A natural loop.
     *
     * @param first its first instruction, which every way into it passes
     * @param last the last of its branches back to the first
     * @param members all instructions that can reach that branch without leaving, by index; those of inner loops too
     */
    record Loop(int first, int last, BitSet members) {
        boolean contains(Loop other) {
            return members.get(other.first) && members.cardinality() > other.members.cardinality();
        }
    }

    private final Listing kernel;
    /** First instruction of each block. */
    private final List<Integer> starts;

    private final List<List<Integer>> successors = new ArrayList<>();
    private final List<List<Integer>> predecessors = new ArrayList<>();
    /** The blocks that every way from the start to a block passes, for each block. */
    private final List<BitSet> dominators;

    ControlFlow(Listing kernel) {
        this.kernel = kernel;
        List<Instruction> code = kernel.instructions();
        TreeSet<Integer> leaders = new TreeSet<>(List.of(0));
        for (int i = 0; i < code.size(); i++) {
            Instruction at = code.get(i);
            if (at.jumps()) {
                leaders.add(target(at));
            }
            if (at.jumps() || !at.fallsThrough()) {
                leaders.add(i + 1);
            }
        }
        leaders.removeIf(leader -> leader >= code.size());
        starts = List.copyOf(leaders);
        starts.forEach(start -> {
            successors.add(new ArrayList<>());
            predecessors.add(new ArrayList<>());
        });
        for (int block = 0; block < starts.size(); block++) {
            Instruction last = code.get(end(block) - 1);
            if (last.jumps() && target(last) < code.size()) {
                connect(block, block(target(last)));
            }
            if (last.fallsThrough() && block + 1 < starts.size()) {
                connect(block, block + 1);
            }
        }
        dominators = dominators();
    }

    private int target(Instruction branch) {
        Integer index = kernel.labels().get(branch.target());
        if (index == null) {
            throw new IllegalArgumentException(kernel.name() + ": no label " + branch.target());
        }
        return index;
    }

    private int end(int block) {
        return block + 1 < starts.size()
                ? starts.get(block + 1)
                : kernel.instructions().size();
    }

    private int block(int instruction) {
        int at = java.util.Collections.binarySearch(starts, instruction);
        return at >= 0 ? at : -at - 2;
    }

    private void connect(int from, int to) {
        successors.get(from).add(to);
        predecessors.get(to).add(from);
    }

    private List<BitSet> dominators() {
        List<BitSet> dominators = new ArrayList<>();
        for (int i = 0; i < starts.size(); i++) {
            BitSet all = new BitSet();
            all.set(0, i == 0 ? 1 : starts.size());
            dominators.add(all);
        }
        boolean changed = true;
        while (changed) {
            changed = false;
            for (int i = 1; i < starts.size(); i++) {
                BitSet common = new BitSet();
                common.set(0, starts.size());
                predecessors.get(i).forEach(before -> common.and(dominators.get(before)));
                common.set(i);
                if (!common.equals(dominators.get(i))) {
                    dominators.set(i, common);
                    changed = true;
                }
            }
        }
        return dominators;
    }

    /** Instructions that a way from the start reaches: not the padding behind the code, which ends in a branch to itself. */
    BitSet reachableInstructions() {
        return instructions(reachable());
    }

    private BitSet reachable() {
        BitSet seen = new BitSet();
        List<Integer> open = new ArrayList<>(List.of(0));
        while (!open.isEmpty()) {
            int block = open.remove(open.size() - 1);
            if (!seen.get(block)) {
                seen.set(block);
                open.addAll(successors.get(block));
            }
        }
        return seen;
    }

    /** The loops, in the order of their first instructions. Branches back to one block make one loop. */
    List<Loop> loops() {
        BitSet reachable = reachable();
        Map<Integer, BitSet> bodies = new TreeMap<>();
        Map<Integer, Integer> last = new TreeMap<>();
        for (int tail = reachable.nextSetBit(0); tail >= 0; tail = reachable.nextSetBit(tail + 1)) {
            for (int head : successors.get(tail)) {
                if (goesBack(tail, head)) {
                    body(head, tail, bodies.computeIfAbsent(head, h -> new BitSet()));
                    last.merge(head, end(tail) - 1, Math::max);
                }
            }
        }
        List<Loop> loops = new ArrayList<>();
        bodies.forEach((head, body) -> loops.add(new Loop(starts.get(head), last.get(head), instructions(body))));
        return loops;
    }

    /** Whether a way from one block to another closes a loop. */
    private boolean goesBack(int from, int to) {
        return dominators.get(from).get(to);
    }

    /**
     * The instructions of the longest way through a part of the kernel that goes through no loop twice. Of two sides of a branch only one runs, so the sum of
     * both would be too much.
     *
     * @param first instruction that the way begins with
     * @param part instructions that it may pass
     * @param counted those of them that make it long
     * @param back whether it must end where it goes back to the first, as an iteration of a loop does
     * @return those that are counted, on that way
     */
    BitSet longestWay(int first, BitSet part, BitSet counted, boolean back) {
        int[] length = new int[starts.size()];
        int[] before = new int[starts.size()];
        Arrays.fill(length, -1);
        int head = block(first);
        int best = -1;
        for (int at : inOrder(head, part)) {
            before[at] = -1;
            length[at] = at == head ? 0 : -1;
            for (int from : predecessors.get(at)) {
                if (at != head && length[from] > length[at] && !goesBack(from, at)) {
                    length[at] = length[from];
                    before[at] = from;
                }
            }
            length[at] += counted.get(starts.get(at), end(at)).cardinality();
            boolean end = !back || successors.get(at).contains(head);
            if (end && (best < 0 || length[at] > length[best])) {
                best = at;
            }
        }
        BitSet way = new BitSet();
        for (int at = best; at >= 0; at = before[at]) {
            way.set(starts.get(at), end(at));
        }
        way.and(counted);
        return way;
    }

    /** Blocks of a part that are reached from its head, each behind all that lead to it, apart from ways back. */
    private List<Integer> inOrder(int head, BitSet part) {
        List<Integer> behind = new ArrayList<>();
        BitSet seen = new BitSet();
        List<int[]> open = new ArrayList<>(List.of(new int[] {head, 0}));
        seen.set(head);
        while (!open.isEmpty()) {
            int[] at = open.get(open.size() - 1);
            List<Integer> next = successors.get(at[0]);
            if (at[1] == next.size()) {
                behind.add(0, at[0]);
                open.remove(open.size() - 1);
            } else {
                int to = next.get(at[1]++);
                if (!seen.get(to) && part.get(starts.get(to)) && !goesBack(at[0], to)) {
                    seen.set(to);
                    open.add(new int[] {to, 0});
                }
            }
        }
        return behind;
    }

    private void body(int head, int tail, BitSet body) {
        body.set(head);
        List<Integer> open = new ArrayList<>(List.of(tail));
        while (!open.isEmpty()) {
            int block = open.remove(open.size() - 1);
            if (!body.get(block)) {
                body.set(block);
                open.addAll(predecessors.get(block));
            }
        }
    }

    private BitSet instructions(BitSet blocks) {
        BitSet members = new BitSet();
        blocks.stream().forEach(block -> members.set(starts.get(block), end(block)));
        return members;
    }
}
