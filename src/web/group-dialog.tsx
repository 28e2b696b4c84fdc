/** One group: all that is known of it. */
import { useEffect, useRef } from 'preact/hooks';
import type { GroupView, MemberView } from '../controller/web/contract.js';
import type { Model } from './model.js';
import { ageText, dayText, stateText, timeText, transitionText } from './words.js';

interface GroupDialogProps {
  readonly group: GroupView;
  readonly model: Model;
  readonly onClose: () => void;
}

export function GroupDialog({ group, model, onClose }: GroupDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const services = new Map(model.view.pools.flatMap((pool) => Object.entries(pool.services)));
  const changes = model.transitions.filter(({ of, name }) => of === 'group' && name === group.name).slice(-20);
  return (
    <dialog ref={dialog} aria-labelledby="group-title" onClose={onClose}>
      <form method="dialog">
        <button type="submit" class="close" aria-label="Close">
          ×
        </button>
      </form>
      <h2 id="group-title">{group.name}</h2>
      <p class={`state ${group.state}`}>
        {capital(stateText(group))}
        {group.since !== undefined && ` for ${ageText(model.asOf - group.since)}`}
        {group.reason !== undefined && ` (${group.reason})`}
      </p>
      {group.why !== undefined && <p class="fault">{group.why}</p>}
      {group.warnings.map((text) => (
        <p key={text} class="fault">
          {text}
        </p>
      ))}
      <dl class="facts">
        <Fact name="Protocol" value={group.protocol} />
        {group.pool !== undefined && <Fact name="Eip" value={group.pool} />}
        {group.virtualRouterId !== undefined && <Fact name="VRID" value={String(group.virtualRouterId)} />}
        {group.transitions !== undefined && <Fact name="Transitions" value={String(group.transitions)} />}
      </dl>
      <h3>Addresses</h3>
      {group.addressCount === 0 && <p>None yet: it has elected its leader ahead of need.</p>}
      <ul class="plain">
        {group.addresses.map((address) => (
          <li key={address}>
            <code>{address}</code> {services.get(address)?.replaceAll(';', ', ')}
          </li>
        ))}
        {group.addressCount > group.addresses.length && <li>and {group.addressCount - group.addresses.length} more</li>}
      </ul>
      {group.notHeld.map(({ address, why }) => (
        <p key={address} class="fault">
          {address}: the leader {why}
        </p>
      ))}
      <h3>Members</h3>
      <table>
        <thead>
          <tr>
            <th scope="col">Node</th>
            <th scope="col">State</th>
            <th scope="col">Priority</th>
            <th scope="col">NIC</th>
          </tr>
        </thead>
        <tbody>
          {group.members.map((member) => (
            <Member key={member.node} member={member} now={model.asOf} />
          ))}
        </tbody>
      </table>
      <h3>Changes</h3>
      {changes.length === 0 && <p>None is known.</p>}
      <ol class="changes">
        {changes.toReversed().map((each) => (
          <li key={each.id}>
            <time dateTime={new Date(each.at).toISOString()}>
              {dayText(each.at)} {timeText(each.at)}
            </time>{' '}
            {transitionText(each)}
          </li>
        ))}
      </ol>
    </dialog>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Member({ member, now }: { readonly member: MemberView; readonly now: number }) {
  const { node, state = 'not known', since, priority, message } = member;
  return (
    <>
      <tr class={state === 'Lost' ? 'nobody' : ''}>
        <th scope="row">{node}</th>
        <td>
          {state}
          {since !== undefined && `, ${ageText(now - since)}`}
        </td>
        <td>{priority}</td>
        <td>{member.interface ?? ''}</td>
      </tr>
      {message !== undefined && (
        <tr>
          <td colSpan={4} class="fault">
            {message}
          </td>
        </tr>
      )}
    </>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
