package io.mambapkd.bench.sass;

import java.util.ArrayList;
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

    /** The blocks that every way from the start to a block passes, for each block. */
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
        List<BitSet> dominators = dominators();
        BitSet reachable = reachable();
        Map<Integer, BitSet> bodies = new TreeMap<>();
        Map<Integer, Integer> last = new TreeMap<>();
        for (int tail = reachable.nextSetBit(0); tail >= 0; tail = reachable.nextSetBit(tail + 1)) {
            for (int head : successors.get(tail)) {
                if (dominators.get(tail).get(head)) {
                    body(head, tail, bodies.computeIfAbsent(head, h -> new BitSet()));
                    last.merge(head, end(tail) - 1, Math::max);
                }
            }
        }
        List<Loop> loops = new ArrayList<>();
        bodies.forEach((head, body) -> loops.add(new Loop(starts.get(head), last.get(head), instructions(body))));
        return loops;
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
