import assert from 'node:assert/strict';
import { createMetrics } from '../../../../src/platform/observability/metrics.js';
import { programVersion, registerBuildInfo } from '../../../../src/platform/observability/program-version.js';

describe('the version of the program', () => {
  it('is none where the sources run as they are', () => {
    assert.deepEqual(programVersion(), { version: 'development', commit: 'unknown' });
  });

  it('is a metric that is always 1', async () => {
    const metrics = createMetrics();
    registerBuildInfo(metrics);
    const series = `openelb_build_info{commit="unknown",node="${process.version}",version="development"} 1`;
    assert.ok((await metrics.text()).split('\n').includes(series), await metrics.text());
  });
});
