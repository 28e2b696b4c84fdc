/** What changed hands, on a line that can be scrubbed: the whole page then shows how things were. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { NodeView, Transition } from '../controller/web/contract.js';
import { density, type History, recentlyMoved, stretches } from './history.js';
import type { Model } from './model.js';
import { dayText, timeText, transitionText } from './words.js';

interface TimelineProps {
  readonly model: Model;
  readonly history: History;
  readonly at: number | undefined;
  readonly onAt: (at: number | undefined) => void;
  readonly onSelect: (group: string) => void;
}

const spans = [
  { label: '2 min', ms: 120_000 },
  { label: '15 min', ms: 900_000 },
  { label: '1 h', ms: 3_600_000 },
  { label: '24 h', ms: 86_400_000 },
] as const;
const mostLanes = 8;
const mostListed = 60;
const bins = 80;
const hues = 6;
/** Steps of the slider, in milliseconds. */
const stepMs = 100;

export function Timeline({ model, history, at, onAt, onSelect }: TimelineProps) {
  const [span, setSpan] = useState<number>(spans[1].ms);
  const { transitions } = model;
  // While one looks at the past, the line stands still.
  const [frozen, setFrozen] = useState(model.asOf);
  useEffect(() => {
    if (at === undefined) setFrozen(model.asOf);
  }, [at, model.asOf]);
  const end = at === undefined ? model.asOf : frozen;
  const start = end - span;
  const lanes = useMemo(() => recentlyMoved(transitions, start, mostLanes), [transitions, start]);
  const bars = useMemo(() => density(transitions, start, end, bins), [transitions, start, end]);
  const tallest = Math.max(1, ...bars);
  const shown = at ?? end;
  const place = (instant: number) => `${(100 * (instant - start)) / span}%`;
  const go = (to: Transition | undefined) => to !== undefined && onAt(Math.max(start, to.at));
  const before = transitions.findLast((each) => each.at < shown && each.at >= start);
  const after = at === undefined ? undefined : transitions.find((each) => each.at > at);
  return (
    <section aria-labelledby="timeline-title" class="timeline">
      <h2 id="timeline-title">Timeline</h2>
      <div class="controls">
        <fieldset>
          <legend class="unseen">How far back</legend>
          {spans.map(({ label, ms }) => (
            <label key={ms}>
              <input type="radio" name="span" checked={span === ms} onChange={() => setSpan(ms)} />
              <span>{label}</span>
            </label>
          ))}
        </fieldset>
        <button type="button" disabled={before === undefined} onClick={() => go(before)}>
          ‹ Earlier change
        </button>
        <button type="button" disabled={after === undefined} onClick={() => go(after)}>
          Later change ›
        </button>
        <button
          type="button"
          class={at === undefined ? '' : 'primary'}
          disabled={at === undefined}
          onClick={() => onAt(undefined)}
        >
          Back to live
        </button>
      </div>
      <div class="track">
        <div class="density" aria-hidden="true">
          {bars.map((count, index) => (
            <span key={index} style={{ height: `${count === 0 ? 0 : 15 + (85 * count) / tallest}%` }} />
          ))}
        </div>
        <input
          type="range"
          min={start}
          max={end}
          step={stepMs}
          value={shown}
          aria-label="Instant that is shown"
          aria-valuetext={at === undefined ? 'live' : `${dayText(at)} ${timeText(at)}`}
          onInput={(event) => {
            const to = Number(event.currentTarget.value);
            onAt(to >= end - stepMs ? undefined : to);
          }}
        />
        <div class="scale" aria-hidden="true">
          <span>{timeText(start)}</span>
          <span>{timeText((start + end) / 2)}</span>
          <span>{at === undefined ? 'now' : timeText(end)}</span>
        </div>
        {lanes.length > 0 && (
          <ul class="lanes" aria-label="Groups that moved, and who held them">
            {lanes.map((name) => (
              <li key={name}>
                <button type="button" class="link" onClick={() => onSelect(name)}>
                  {name}
                </button>
                <div class="lane">
                  {stretches(history, name, start, end).map(({ from, to, nodes }) => (
                    <span
                      key={from}
                      class={nodes.length === 0 ? 'stretch gap' : `stretch hue-${hueOf(nodes, model.view.nodes)}`}
                      style={{ left: place(from), width: `${(100 * (to - from)) / span}%` }}
                      title={`${nodes.length === 0 ? 'nobody' : nodes.join(', ')}, from ${timeText(from)}`}
                    >
                      <span class="label">{nodes.length === 0 ? '' : nodes.join(', ')}</span>
                    </span>
                  ))}
                  {at !== undefined && <span class="needle" style={{ left: place(at) }} />}
                </div>
              </li>
            ))}
          </ul>
        )}
      </div>
      <Changes transitions={transitions} at={at} onAt={onAt} />
    </section>
  );
}

/** Nodes that are neighbours by name have other colours; names say it, too. */
function hueOf(nodes: readonly string[], all: readonly NodeView[]): number {
  const index = all.findIndex(({ name }) => name === nodes[0]);
  return (Math.max(0, index) + nodes.length - 1) % hues;
}

function Changes({
  transitions,
  at,
  onAt,
}: Pick<TimelineProps, 'at' | 'onAt'> & { readonly transitions: readonly Transition[] }) {
  const until = at === undefined ? transitions : transitions.filter((each) => each.at <= at);
  const latest = until.slice(-mostListed).reverse();
  return (
    <details open={transitions.length <= 12 || undefined}>
      <summary>
        Changes, the latest first <span class="tag">{until.length}</span>
      </summary>
      {latest.length === 0 && <p>None is known: the controller tells of those since it started.</p>}
      <ol class="changes">
        {latest.map((each) => (
          <li key={each.id} class={each.to.length === 0 ? 'bad' : ''}>
            <button type="button" class="link" onClick={() => onAt(each.at)}>
              <time dateTime={new Date(each.at).toISOString()}>
                {dayText(each.at)} {timeText(each.at)}
              </time>
            </button>{' '}
            {transitionText(each)}
          </li>
        ))}
      </ol>
    </details>
  );
}
