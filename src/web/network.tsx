/** Who holds what: a card for each node on one line, the LAN, with a tile for each group that it holds. */
import { useMemo } from 'preact/hooks';
import type { GroupView, NodeView, View } from '../controller/web/contract.js';
import { ageText, stateText } from './words.js';

interface NetworkProps {
  readonly view: View;
  /** As of which it is shown. */
  readonly now: number;
  readonly onSelect: (group: string) => void;
}

/** With more groups than this a tile has no room for a name. */
const mostNamed = 48;

export function Network({ view, now, onSelect }: NetworkProps) {
  const { groups, nodes } = view;
  const byNode = useMemo(() => groupsByNode(groups), [groups]);
  const orphans = groups.filter(
    ({ holders, addressCount, state }) => holders.length === 0 && (addressCount > 0 || state !== 'held'),
  );
  const named = groups.length <= mostNamed;
  const inOrder = useMemo(() => nodes.toSorted(inNumericOrder), [nodes]);
  return (
    <section aria-labelledby="network-title">
      <h2 id="network-title">Network</h2>
      <ul class={`network ${nodes.length > 12 ? 'many' : ''}`}>
        {inOrder.map((node) => (
          <Node
            key={node.name}
            node={node}
            held={byNode.get(node.name) ?? []}
            named={named}
            now={now}
            onSelect={onSelect}
          />
        ))}
        {orphans.length > 0 && (
          <li class="node nobody">
            <h3>Held by nobody</h3>
            <p class="count">{countText(orphans.length)}</p>
            <Tiles groups={orphans} named={named} label="groups that nobody holds" onSelect={onSelect} />
          </li>
        )}
      </ul>
      {nodes.length === 0 && <p>No node is known.</p>}
    </section>
  );
}

/** node-2 comes before node-10. */
function inNumericOrder(a: NodeView, b: NodeView): number {
  return a.name.localeCompare(b.name, 'en', { numeric: true });
}

function groupsByNode(groups: readonly GroupView[]): ReadonlyMap<string, readonly GroupView[]> {
  const byNode = new Map<string, GroupView[]>();
  for (const group of groups) {
    for (const node of group.holders) {
      const list = byNode.get(node);
      if (list === undefined) byNode.set(node, [group]);
      else list.push(group);
    }
  }
  return byNode;
}

interface NodeProps {
  readonly node: NodeView;
  readonly held: readonly GroupView[];
  readonly named: boolean;
  readonly now: number;
  readonly onSelect: (group: string) => void;
}

function Node({ node, held, named, now, onSelect }: NodeProps) {
  return (
    <li class={`node ${node.agent}`}>
      <h3>{node.name}</h3>
      <p class="agent">
        <span class="lamp" aria-hidden="true" />
        {agentText(node, now)}
        {node.lastResort !== undefined && <span class="tag">{node.lastResort}</span>}
      </p>
      <p class="count">{countText(held.length)}</p>
      {held.length > 0 && (
        <Tiles groups={held} named={named} label={`groups that ${node.name} holds`} onSelect={onSelect} />
      )}
    </li>
  );
}

function countText(count: number): string {
  return count === 1 ? '1 group' : `${count} groups`;
}

function agentText({ agent, heardAt }: NodeView, now: number): string {
  switch (agent) {
    case 'heard':
      return 'agent heard of';
    case 'silent':
      return heardAt === undefined ? 'agent silent' : `agent silent for ${ageText(now - heardAt)}`;
    case 'unknown':
      return 'agent not heard of yet';
    default:
      return 'no group concerns it';
  }
}

/** One stop of the Tab key; arrows go from tile to tile, Home and End to the first and last. */
function Tiles(o: {
  readonly groups: readonly GroupView[];
  readonly named: boolean;
  readonly label: string;
  readonly onSelect: (group: string) => void;
}) {
  const move = (event: KeyboardEvent) => {
    const list = event.currentTarget as HTMLElement;
    const tiles = [...list.querySelectorAll('button')];
    const from = tiles.indexOf(document.activeElement as HTMLButtonElement);
    const to = moves[event.key]?.(from, tiles.length);
    const next = to === undefined ? undefined : tiles[Math.max(0, Math.min(tiles.length - 1, to))];
    if (from === -1 || next === undefined) return;
    event.preventDefault();
    for (const tile of tiles) tile.tabIndex = tile === next ? 0 : -1;
    next.focus();
  };
  return (
    <ul class={`tiles ${o.named ? 'named' : ''}`} aria-label={o.label} onKeyDown={move}>
      {o.groups.map((group, index) => (
        <li key={group.name}>
          <button
            type="button"
            class={`tile ${group.state}`}
            tabIndex={index === 0 ? 0 : -1}
            title={`${group.name}: ${stateText(group)}`}
            aria-label={`${group.name}, ${addressText(group)}, ${stateText(group)}`}
            onClick={() => o.onSelect(group.name)}
          >
            {o.named && (
              <>
                <span class="name">{group.name}</span>
                <span class="what">{addressText(group)}</span>
              </>
            )}
          </button>
        </li>
      ))}
    </ul>
  );
}

const moves: Readonly<Record<string, (from: number, count: number) => number>> = {
  ArrowRight: (from) => from + 1,
  ArrowDown: (from) => from + 1,
  ArrowLeft: (from) => from - 1,
  ArrowUp: (from) => from - 1,
  Home: () => 0,
  End: (_, count) => count - 1,
};

export function addressText({ addresses, addressCount }: GroupView): string {
  const [first] = addresses;
  if (first === undefined) return 'no address yet';
  return addressCount === 1 ? first : `${first} and ${addressCount - 1} more`;
}
