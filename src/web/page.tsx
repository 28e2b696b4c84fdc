/** The page: logged out, waiting, or live. */
import { render } from 'preact';
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { Refusal, Session } from '../controller/web/contract.js';
import { Cluster } from './cluster.js';
import { listen, logOut } from './connection.js';
import { LogIn } from './log-in.js';
import { begin, follow, type Model } from './model.js';

interface State {
  readonly session?: Session;
  readonly model?: Model;
  /** Why nothing new comes. */
  readonly lost?: Refusal;
  /** Why nothing is shown. */
  readonly refused?: Refusal;
}

function Page() {
  const [state, setState] = useState<State>({});
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const stopping = new AbortController();
    void listen(
      {
        view: (event) => setState({ session: event.session, model: begin(event) }),
        change: (event) =>
          setState((before) => ({ ...before, ...(before.model && { model: follow(before.model, event) }) })),
        tick: ({ now }) =>
          setState((before) => ({ ...before, ...(before.model && { model: { ...before.model, asOf: now } }) })),
        // What somebody saw who may not look any more goes.
        refused: (refused) => setState({ refused }),
        lost: (lost) => setState((before) => ({ ...before, lost })),
      },
      stopping.signal,
    );
    return () => stopping.abort();
  }, [attempt]);
  const again = useCallback(() => {
    setState({});
    setAttempt((before) => before + 1);
  }, []);
  const leave = useCallback(() => void logOut().then(again), [again]);
  const { session, model, lost, refused } = state;
  if (refused !== undefined) return <LogIn refusal={refused} onDone={again} onLeave={leave} />;
  if (session === undefined || model === undefined) return <Waiting lost={lost} />;
  return <Cluster model={model} session={session} lost={lost} onLeave={leave} />;
}

function Waiting({ lost }: { readonly lost: Refusal | undefined }) {
  return (
    <main class="waiting" aria-busy={lost === undefined}>
      {lost === undefined ? <p>Loading…</p> : <p role="alert">{`${lost.problem} ${lost.remedy}`}</p>}
    </main>
  );
}

render(<Page />, document.getElementById('page')!);
