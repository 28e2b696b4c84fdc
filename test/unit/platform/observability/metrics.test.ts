import assert from 'node:assert/strict';
import {
  createMetrics,
  type Metrics,
  mostSeries,
  WrittenLabels,
} from '../../../../src/platform/observability/metrics.js';

describe('metrics', () => {
  it('are written with help, type, sorted labels and values', async () => {
    const metrics = createMetrics();
    const drops = metrics.counter('drops_total', 'Dropped, by reason.');
    drops.add({ reason: 'ttl', family: 4 });
    drops.add({ family: 4, reason: 'ttl' }, 2);
    metrics.gauge('up', 'Up.').set({}, 0.5);
    assert.equal(
      await ownText(metrics),
      [
        '# HELP drops_total Dropped, by reason.',
        '# TYPE drops_total counter',
        'drops_total{family="4",reason="ttl"} 3',
        '# HELP up Up.',
        '# TYPE up gauge',
        'up 0.5',
        '',
      ].join('\n'),
    );
  });

  it('count into buckets that each hold those below as well', async () => {
    const metrics = createMetrics();
    metrics.histogram('late_seconds', 'Late.', [0.001, 0.5]).set([3, 0, 2], 4.5);
    assert.equal(
      await ownText(metrics),
      [
        '# HELP late_seconds Late.',
        '# TYPE late_seconds histogram',
        'late_seconds_bucket{le="0.001"} 3',
        'late_seconds_bucket{le="0.5"} 3',
        'late_seconds_bucket{le="+Inf"} 5',
        'late_seconds_sum 4.5',
        'late_seconds_count 5',
        '',
      ].join('\n'),
    );
  });

  it('count values that are observed, by label', async () => {
    const metrics = createMetrics();
    const took = metrics.histogram('took_seconds', 'Took.', [0.1, 1]);
    took.observe(0.1, { task: 'a' });
    took.observe(0.5, { task: 'a' });
    took.observe(7, { task: 'b' });
    assert.equal(
      await ownText(metrics),
      [
        '# HELP took_seconds Took.',
        '# TYPE took_seconds histogram',
        'took_seconds_bucket{le="0.1",task="a"} 1',
        'took_seconds_bucket{le="1",task="a"} 2',
        'took_seconds_bucket{le="+Inf",task="a"} 2',
        'took_seconds_sum{task="a"} 0.6',
        'took_seconds_count{task="a"} 2',
        'took_seconds_bucket{le="0.1",task="b"} 0',
        'took_seconds_bucket{le="1",task="b"} 0',
        'took_seconds_bucket{le="+Inf",task="b"} 1',
        'took_seconds_sum{task="b"} 7',
        'took_seconds_count{task="b"} 1',
        '',
      ].join('\n'),
    );
  });

  it('escape what label values may not hold', async () => {
    const metrics = createMetrics();
    metrics.gauge('g', 'Line\nbreak').set({ a: 'say "hi"\\\n' }, Number.POSITIVE_INFINITY);
    assert.match(await metrics.text(), /# HELP g Line\\nbreak\n.*\ng\{a="say \\"hi\\"\\\\\\n"\} \+Inf\n/);
  });

  it('are brought up to date before each text', async () => {
    const metrics = createMetrics();
    const gauge = metrics.gauge('g', 'G.');
    let value = 0;
    metrics.beforeText(async () => {
      gauge.clear();
      gauge.set({ n: ++value }, value);
    });
    await metrics.text();
    assert.match(await metrics.text(), /\ng\{n="2"\} 2\n$/);
  });

  it('show so many series of a name at most, and how many are left out', async () => {
    const metrics = createMetrics();
    const gauge = metrics.gauge('g', 'G.');
    const total = metrics.counter('n_total', 'N.');
    for (let i = 0; i < mostSeries + 5; i++) gauge.set({ i }, 1);
    for (let i = 0; i < mostSeries + 2; i++) total.add({ i });
    total.add({ i: 0 });
    const text = await metrics.text();
    assert.equal(text.match(/^g\{/gm)?.length, mostSeries);
    assert.equal(text.match(/^n_total\{/gm)?.length, mostSeries);
    assert.match(text, /^n_total\{i="0"\} 2$/m);
    assert.match(text, /^openelb_metric_series_left_out 7$/m);
    gauge.clear();
    gauge.set({ i: 'fresh' }, 1);
    assert.match(await metrics.text(), /^g\{i="fresh"\} 1$/m);
  });

  it('of a column are those that it was shown last, so many at most', async () => {
    const metrics = createMetrics();
    const held = metrics.column('gauge', 'held', 'Held.');
    const [a, b, c] = ['a', 'b', 'c'].map((group) => new WrittenLabels({ group })) as [
      WrittenLabels,
      WrittenLabels,
      WrittenLabels,
    ];
    const shown = async () => (await ownText(metrics)).split('\n').slice(2, -1);
    held.show([a, b], Float64Array.of(1, 2));
    assert.deepEqual(await shown(), ['held{group="a"} 1', 'held{group="b"} 2']);
    held.show([a, c, b], Float64Array.of(1, 2, 3));
    assert.deepEqual(await shown(), ['held{group="a"} 1', 'held{group="c"} 2', 'held{group="b"} 3']);
    held.show([b], Float64Array.of(3));
    assert.deepEqual(await shown(), ['held{group="b"} 3']);
    held.show([], Float64Array.of());
    assert.deepEqual(await shown(), []);
    const many = Array.from({ length: mostSeries + 5 }, (_, n) => new WrittenLabels({ n }));
    for (const value of [0, 1]) held.show(many, new Float64Array(many.length).fill(value));
    assert.deepEqual((await shown()).slice(-1), [`held{n="${mostSeries - 1}"} 1`]);
    held.show(many, new Float64Array(many.length).fill(1));
    assert.equal((await shown()).length, mostSeries);
    assert.match(await metrics.text(), /^openelb_metric_series_left_out 5$/m);
  });

  it('are one line each, whatever a label says', async () => {
    const metrics = createMetrics();
    metrics.gauge('g', 'G.').set({ a: 'x"} 1\r\nforged{y="\u0085\u0000' }, 1);
    assert.match(
      await ownText(metrics),
      /^# HELP g G\.\n# TYPE g gauge\ng\{a="x\\"\} 1\ufffd\\nforged\{y=\\"\ufffd\ufffd"\} 1\n$/,
    );
  });

  it('refuse a name twice', () => {
    const metrics = createMetrics();
    metrics.gauge('g', 'G.');
    assert.throws(() => metrics.counter('g', 'G.'), /g is misnamed or defined twice/);
  });
});

/** Without the gauge that every registry has. */
async function ownText(metrics: Metrics): Promise<string> {
  const text = await metrics.text();
  return text.replace(/^(?:# (?:HELP|TYPE) )?openelb_metric_series_left_out.*\n/gm, '');
}
