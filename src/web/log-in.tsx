import type { TargetedSubmitEvent } from 'preact';
import { useState } from 'preact/hooks';
import type { Refusal } from '../controller/web/contract.js';
import { logIn } from './connection.js';

/** Asks for a token. It goes into a cookie that no script reads, and nowhere else. */
export function LogIn(o: { readonly refusal: Refusal; readonly onDone: () => void; readonly onLeave: () => void }) {
  const [refusal, setRefusal] = useState(o.refusal);
  const [busy, setBusy] = useState(false);
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    setBusy(true);
    const refused = await logIn(String(new FormData(form).get('token') ?? '').trim());
    setBusy(false);
    form.reset();
    if (refused === undefined) o.onDone();
    else setRefusal(refused);
  };
  const isNews = refusal.kind !== 'no-token';
  return (
    <main class="log-in">
      <h1>openelb-vip</h1>
      <p>Who may list Eips, VipGroups and Services sees here which node has which address.</p>
      {isNews && (
        <div role="alert" class="notice bad">
          <p>{refusal.problem}</p>
          <p>{refusal.remedy}</p>
        </div>
      )}
      <form onSubmit={(event) => void submit(event)}>
        <label for="token">Token</label>
        <input
          id="token"
          name="token"
          type="password"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          required
          maxLength={3900}
          aria-describedby="token-help"
        />
        <button type="submit" class="primary" disabled={busy}>
          {busy ? 'Asking the API server…' : 'Log in'}
        </button>
        <p id="token-help">Make one on a terminal; it ends after an hour, or when you say:</p>
        <pre>
          <code>kubectl --namespace openelb-system create token openelb-viewer</code>
        </pre>
      </form>
    </main>
  );
}
