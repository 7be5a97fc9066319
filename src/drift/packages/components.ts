// Strongly connected components (Tarjan 1972), on an explicit stack: package graphs are deep enough to overflow the call stack.
import type { DependencyGraph } from './dependency-graph.ts';

/** Members of each component, the components in an order in which every one comes before those that it depends on. */
export function components(graph: DependencyGraph, recommends: boolean): number[][] {
  const size = graph.packages.length;
  const order = new Int32Array(size).fill(-1);
  const low = new Int32Array(size);
  const onStack = new Uint8Array(size);
  const nextEdge = new Int32Array(size);
  const stack: number[] = [];
  const found: number[][] = [];
  let counter = 0;
  for (let start = 0; start < size; start += 1) {
    if (order[start] !== -1) continue;
    const work = [start];
    while (work.length > 0) {
      const at = work[work.length - 1] as number;
      if (order[at] === -1) {
        order[at] = counter;
        low[at] = counter;
        counter += 1;
        stack.push(at);
        onStack[at] = 1;
      }
      const edges = graph.edges[at] ?? [];
      let deeper = false;
      while ((nextEdge[at] as number) < edges.length) {
        const edge = edges[nextEdge[at] as number];
        nextEdge[at] = (nextEdge[at] as number) + 1;
        if (edge === undefined || (!recommends && (edge.strength === 'weak' || edge.strength === 'supplement'))) continue;
        if (order[edge.to] === -1) {
          work.push(edge.to);
          deeper = true;
          break;
        }
        if (onStack[edge.to] === 1) low[at] = Math.min(low[at] as number, order[edge.to] as number);
      }
      if (deeper) continue;
      work.pop();
      const above = work[work.length - 1];
      if (above !== undefined) low[above] = Math.min(low[above] as number, low[at] as number);
      if (low[at] !== order[at]) continue;
      const members: number[] = [];
      for (;;) {
        const member = stack.pop() as number;
        onStack[member] = 0;
        members.push(member);
        if (member === at) break;
      }
      found.push(members);
    }
  }
  return found.reverse();
}
