// Owns: the page that has everything that the programs say, by name: what you saw, and what to do.
import { code, page, table, wrapped } from './markdown.js';
import { conditions, reasonRows } from './messages.js';
import { metricRemedy } from './metric-remedies.js';
import { alerts, alertText } from './metrics.js';
import { recordedMetrics } from './recorded-metrics.js';
import { sessionProblems } from './session-problems.js';

/** Throws for a name that nobody explains. */
export async function signalsPage(): Promise<string> {
  const { agent, controller } = await recordedMetrics();
  const names = new Set([...agent, ...controller].map(({ name }) => name));
  const rows = [
    ...[...names].map((name) => [code(name), 'metric', metricRemedy(name)]),
    ...alerts().map((each) => [code(each.alert), 'alert', alertText(each)]),
    ...conditions.map(([type, of, , remedy]) => [code(type), `condition of ${of}`, remedy]),
    ...reasonRows().map(([reason = '', of, text = '', more]) => [reason, `reason, of ${of}`, `${text} (${more})`]),
    ...[...new Set(sessionProblems().map(({ reason }) => reason))].map((reason) => [
      code(reason),
      'problem of a session, of BgpPeer',
      '[as the message says](messages.md#problems-of-a-session-with-a-router)',
    ]),
  ];
  const plain = ([name = '']: readonly string[]) => name.replaceAll('`', '').toLowerCase();
  return page('What you saw, by name', [
    wrapped(
      'Every metric, alert, condition and reason, also of Events, with what to do about it. What each means stands in ' +
        '[Metrics and alerts](metrics.md) and [Conditions and reasons](messages.md).',
    ),
    table(
      ['name', 'what it is', 'what to do'],
      rows.toSorted((a, b) => (plain(a) < plain(b) ? -1 : 1)),
    ),
  ]);
}
