import assert from 'node:assert/strict';
import type { Finding } from '../../../../src/agent/surroundings/findings.js';
import { createFindingsDesk } from '../../../../src/agent/surroundings/findings-desk.js';

const finding = (type: Finding['type']): Finding => ({ type, reason: 'NoConntrack', message: type });

describe('what several have found about groups', () => {
  const told: string[] = [];
  const desk = createFindingsDesk((group, findings) =>
    told.push([group, ...findings.map(({ type }) => type)].join(' ')),
  );
  const tellings = () => told.splice(0);

  it('is told together, when it changes', () => {
    desk.found('one', 'api', [finding('KernelAnswers')]);
    desk.found('other', 'api', [finding('ConnectionsNotKept')]);
    desk.found('other', 'api', [finding('ConnectionsNotKept')]);
    desk.found('one', 'api', []);
    assert.deepEqual(tellings(), [
      'api KernelAnswers',
      'api KernelAnswers ConnectionsNotKept',
      'api ConnectionsNotKept',
    ]);
  });

  it('is told again of a group that was not known to whoever is told, and nothing where nothing was found', () => {
    desk.again('api');
    desk.again('web');
    assert.deepEqual(tellings(), ['api ConnectionsNotKept']);
    desk.forget('api');
    desk.again('api');
    assert.deepEqual(tellings(), []);
  });
});
