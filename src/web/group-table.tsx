/** All groups as a table with a filter: what the network shows, in words. */
import { useMemo, useState } from 'preact/hooks';
import type { GroupView, View } from '../controller/web/contract.js';
import { addressText } from './network.js';
import { ageText, listText, stateText } from './words.js';

interface GroupTableProps {
  readonly view: View;
  readonly now: number;
  /** The past is shown, of which less is known. */
  readonly past: boolean;
  readonly onSelect: (group: string) => void;
}

const firstShown = 50;
const worst = ['nobody', 'unknown', 'partly', 'electing', 'held'] as const;

export function GroupTable({ view, now, past, onSelect }: GroupTableProps) {
  const [filter, setFilter] = useState('');
  const [all, setAll] = useState(false);
  const services = useMemo(() => servicesOf(view), [view.pools]);
  const sorted = useMemo(() => view.groups.toSorted(worstFirst), [view.groups]);
  const text = filter.trim().toLowerCase();
  const found = text === '' ? sorted : sorted.filter((group) => matches(group, services, text));
  const shown = all ? found : found.slice(0, firstShown);
  return (
    <section aria-labelledby="groups-title" id="groups" tabIndex={-1}>
      <h2 id="groups-title">Groups</h2>
      <label class="filter">
        Filter by group, address, node, pool or Service{' '}
        <input type="search" value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
      </label>
      <p aria-live="polite" class="found">
        {text === '' ? `${found.length} groups` : `${found.length} of ${view.groups.length} groups`}
      </p>
      <table>
        <caption class="unseen">Groups, those with something wrong first</caption>
        <thead>
          <tr>
            <th scope="col">Group</th>
            <th scope="col">Addresses</th>
            <th scope="col">Held by</th>
            <th scope="col" class="wide">
              Since
            </th>
            <th scope="col" class="wide">
              Members
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((group) => (
            <tr key={group.name} class={group.state}>
              <th scope="row">
                <button type="button" class="link" onClick={() => onSelect(group.name)}>
                  {group.name}
                </button>
              </th>
              <td>{addressText(group)}</td>
              <td>{group.holders.length > 0 && group.state === 'held' ? listText(group.holders) : stateText(group)}</td>
              <td class="wide">
                {past || group.since === undefined
                  ? ''
                  : `${ageText(now - group.since)}${group.reason === undefined ? '' : `, ${group.reason}`}`}
              </td>
              <td class="wide">{listText(group.members.map(({ node }) => node))}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {found.length > shown.length && (
        <button type="button" onClick={() => setAll(true)}>
          Show all {found.length}
        </button>
      )}
    </section>
  );
}

function worstFirst(a: GroupView, b: GroupView): number {
  const rank = ({ state, addressCount }: GroupView) => worst.indexOf(state) + (addressCount === 0 ? 10 : 0);
  return rank(a) - rank(b) || (a.name < b.name ? -1 : 1);
}

function servicesOf({ pools }: View): ReadonlyMap<string, string> {
  return new Map(pools.flatMap((pool) => Object.entries(pool.services)));
}

function matches(group: GroupView, services: ReadonlyMap<string, string>, text: string): boolean {
  const words = [
    group.name,
    group.pool ?? '',
    ...group.addresses,
    ...group.holders,
    ...group.members.map(({ node }) => node),
    ...group.addresses.map((address) => services.get(address) ?? ''),
  ];
  return words.some((word) => word.toLowerCase().includes(text));
}
