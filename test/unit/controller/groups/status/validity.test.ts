import assert from 'node:assert/strict';
import type { Context } from '../../../../../src/controller/context/context.js';
import { showValidity } from '../../../../../src/controller/groups/status/validity.js';
import { apiErrorOf } from '../../../../../src/platform/kubernetes/api-error.js';
import { createManualClock } from '../../../platform/kubernetes/manual-clock.js';

describe('that a VipGroup is not followed', () => {
  const show = (body: string) => {
    const apply = () => Promise.reject(apiErrorOf({ method: 'PATCH', path: '/g', code: 404, body, wallMs: 0 }));
    const world = { vipGroups: { get: () => undefined } };
    const context = { client: { apply }, clock: createManualClock(), world } as unknown as Context;
    return showValidity(context, 'g', 'spec.members: is 7');
  };

  it('is not said of one that is gone', async () => {
    assert.equal(await show(JSON.stringify({ kind: 'Status', code: 404, reason: 'NotFound' })), undefined);
  });

  it('is to be said again where the server does not know VipGroups yet', async () => {
    await assert.rejects(show('404 page not found\n'), /404/);
  });
});
