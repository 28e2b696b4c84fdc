import type { RouterView, SessionView } from '../controller/web/contract.js';
import { ageText } from './words.js';

/** Routers, and how each node stands with them. */
export function Routers({ routers, now }: { readonly routers: readonly RouterView[]; readonly now: number }) {
  return (
    <section aria-labelledby="routers-title">
      <h2 id="routers-title">Routers</h2>
      <ul class="routers">
        {routers.map(({ name, address, as, fault, sessions }) => (
          <li key={name} class="card">
            <h3>
              {name} {as !== undefined && <span class="tag">AS {as}</span>}
            </h3>
            <p class="addresses">{address ?? 'found by its advertisements'}</p>
            {fault !== undefined && <p class="fault">{fault}</p>}
            {sessions.length === 0 && <p>No node has a session with it.</p>}
            <ul class="sessions">
              {sessions.map((session) => (
                <Session key={session.node} session={session} now={now} />
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Session({ session, now }: { readonly session: SessionView; readonly now: number }) {
  const { node, state = 'not known', since, prefixes, bfd, problem } = session;
  const details = [
    since === undefined ? '' : `for ${ageText(now - since)}`,
    prefixes === undefined ? '' : `${prefixes} routes`,
    bfd === undefined ? '' : `BFD ${bfd}`,
  ].filter((text) => text !== '');
  return (
    <li class={state === 'Established' ? 'good' : 'bad'}>
      <strong>{node}</strong> <span class="tag">{state}</span> {details.join(', ')}
      {problem !== undefined && <p class="fault">{problem}</p>}
    </li>
  );
}
