import assert from 'node:assert/strict';
import { createMetrics } from '../../../../src/platform/observability/metrics.js';

describe('metrics', () => {
  it('are written with help, type, sorted labels and values', async () => {
    const metrics = createMetrics();
    const drops = metrics.counter('drops_total', 'Dropped, by reason.');
    drops.add({ reason: 'ttl', family: 4 });
    drops.add({ family: 4, reason: 'ttl' }, 2);
    metrics.gauge('up', 'Up.').set({}, 0.5);
    assert.equal(
      await metrics.text(),
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
      await metrics.text(),
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

  it('refuse a name twice', () => {
    const metrics = createMetrics();
    metrics.gauge('g', 'G.');
    assert.throws(() => metrics.counter('g', 'G.'), /g is misnamed or defined twice/);
  });
});
