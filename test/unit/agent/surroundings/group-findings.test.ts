import assert from 'node:assert/strict';
import type { Finding } from '../../../../src/agent/surroundings/findings.js';
import { createGroupFindings } from '../../../../src/agent/surroundings/group-findings.js';

const finding = (type: Finding['type']): Finding => ({ type, reason: 'NoConntrack', message: type });

describe('what several have found about groups', () => {
  const told: string[] = [];
  const findings = createGroupFindings((group, findings) =>
    told.push([group, ...findings.map(({ type }) => type)].join(' ')),
  );
  const tellings = () => told.splice(0);

  it('is told together, when it changes', () => {
    findings.found('one', 'api', [finding('KernelAnswers')]);
    findings.found('other', 'api', [finding('ConnectionsNotKept')]);
    findings.found('other', 'api', [finding('ConnectionsNotKept')]);
    findings.found('one', 'api', []);
    assert.deepEqual(tellings(), [
      'api KernelAnswers',
      'api KernelAnswers ConnectionsNotKept',
      'api ConnectionsNotKept',
    ]);
  });

  it('is told again of a group that was not known to whoever is told, and nothing where nothing was found', () => {
    findings.again('api');
    findings.again('web');
    assert.deepEqual(tellings(), ['api ConnectionsNotKept']);
    findings.forget('api');
    findings.again('api');
    assert.deepEqual(tellings(), []);
  });
});
