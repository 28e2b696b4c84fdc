/** Everything that is shown to who is logged in. */
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import type { Refusal, Session, View } from '../controller/web/contract.js';
import { GroupDialog } from './group-dialog.js';
import { GroupTable } from './group-table.js';
import { historyOf, viewAt } from './history.js';
import type { Model } from './model.js';
import { Network } from './network.js';
import { Pools } from './pools.js';
import { Routers } from './routers.js';
import { Timeline } from './timeline.js';
import { dayText, timeText, transitionText } from './words.js';

interface ClusterProps {
  readonly model: Model;
  readonly session: Session;
  readonly lost: Refusal | undefined;
  readonly onLeave: () => void;
}

export function Cluster({ model, session, lost, onLeave }: ClusterProps) {
  /** The instant that is shown; undefined: the present. */
  const [at, setAt] = useState<number | undefined>();
  const [selected, setSelected] = useState<string | undefined>();
  const history = useMemo(() => historyOf(model.transitions), [model.transitions]);
  const view = useMemo(
    () => (at === undefined ? model.view : viewAt(model.view, history, at)),
    [model.view, history, at],
  );
  const close = useCallback(() => setSelected(undefined), []);
  const group = model.view.groups.find(({ name }) => name === selected);
  // When the whole of it is on the screen, for whoever measures that.
  useEffect(() => {
    requestAnimationFrame(() => setTimeout(() => performance.mark('first-cluster')));
  }, []);
  const stale = lost !== undefined || view.outOfTouch !== undefined;
  return (
    <>
      <a class="skip" href="#groups">
        Skip to the list of groups
      </a>
      <Head model={model} session={session} lost={lost} at={at} onLeave={onLeave} />
      <main class={stale ? 'stale' : ''}>
        <Summary view={view} session={session} />
        {session.rights.vipgroups && (
          <Timeline model={model} history={history} at={at} onAt={setAt} onSelect={setSelected} />
        )}
        <Network view={view} now={at ?? model.asOf} onSelect={setSelected} />
        {session.rights.eips && <Pools pools={view.pools} services={session.rights.services} />}
        {session.rights.bgppeers && view.routers.length > 0 && (
          <Routers routers={view.routers} now={at ?? model.asOf} />
        )}
        {session.rights.vipgroups && (
          <GroupTable view={view} now={at ?? model.asOf} past={at !== undefined} onSelect={setSelected} />
        )}
      </main>
      <footer>
        <p>
          Read-only. A token may list only what its user may:{' '}
          {Object.entries(session.rights)
            .map(([kind, allowed]) => `${kind} ${allowed ? 'yes' : 'no'}`)
            .join(', ')}
          .
        </p>
      </footer>
      {group !== undefined && <GroupDialog group={group} model={model} onClose={close} />}
    </>
  );
}

function Head({ model, session, lost, at, onLeave }: ClusterProps & { readonly at: number | undefined }) {
  const { outOfTouch } = model.view;
  return (
    <header>
      <h1>openelb-vip</h1>
      <p class={`as-of ${lost === undefined && outOfTouch === undefined ? 'live' : 'old'}`}>
        <span class="lamp" aria-hidden="true" />
        {at === undefined ? (lost === undefined ? 'Live' : 'Not live') : 'The past'}, as of{' '}
        <time dateTime={new Date(at ?? model.asOf).toISOString()}>
          {dayText(at ?? model.asOf)} {timeText(at ?? model.asOf)}
        </time>
      </p>
      <p class="who">
        <span>{session.user}</span>
        <button type="button" onClick={onLeave}>
          Log out
        </button>
      </p>
      {lost !== undefined && (
        <p role="alert" class="notice bad">
          {lost.problem} {lost.remedy} What is shown is from then.
        </p>
      )}
      {outOfTouch !== undefined && (
        <p role="alert" class="notice bad">
          The controller does not hear the API server: {outOfTouch}. What is shown is from then.
        </p>
      )}
      <Announcer model={model} />
    </header>
  );
}

/** Says to screen readers what moves, the latest of what comes together. */
function Announcer({ model }: { readonly model: Model }) {
  const latest = model.transitions.at(-1);
  const [first] = useState(latest?.id);
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (latest === undefined || latest.id === first) return;
    const timer = setTimeout(() => setSaid(transitionText(latest)), 400);
    return () => clearTimeout(timer);
  }, [latest, first]);
  return (
    <p class="unseen" aria-live="polite">
      {said}
    </p>
  );
}

function Summary({ view, session }: { readonly view: View; readonly session: Session }) {
  const { groups, nodes, pools, routers } = view;
  const unheld = groups.filter(({ state }) => state === 'nobody' || state === 'unknown');
  const silent = nodes.filter(({ agent }) => agent === 'silent').length;
  const sessions = routers.flatMap((router) => router.sessions);
  const up = sessions.filter(({ state }) => state === 'Established').length;
  const faulty = pools.filter(({ fault }) => fault !== undefined).length;
  return (
    <section aria-labelledby="summary-title" class="summary">
      <h2 id="summary-title" class="unseen">
        Summary
      </h2>
      <dl>
        {session.rights.vipgroups && (
          <Fact
            name="Groups held"
            value={`${groups.length - unheld.length} of ${groups.length}`}
            bad={unheld.length > 0}
          />
        )}
        <Fact name="Agents heard" value={`${nodes.length - silent} of ${nodes.length}`} bad={silent > 0} />
        {session.rights.eips && (
          <Fact name="Pools in order" value={`${pools.length - faulty} of ${pools.length}`} bad={faulty > 0} />
        )}
        {sessions.length > 0 && (
          <Fact name="BGP sessions" value={`${up} of ${sessions.length}`} bad={up < sessions.length} />
        )}
      </dl>
    </section>
  );
}

function Fact({ name, value, bad }: { readonly name: string; readonly value: string; readonly bad: boolean }) {
  return (
    <div class={bad ? 'bad' : 'good'}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
