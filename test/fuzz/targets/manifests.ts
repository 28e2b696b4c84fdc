import assert from 'node:assert/strict';
import { parseManifest } from '../../../src/agent/sources/manifest-file.js';
import { validateBgpConf, validateBgpPeer, validateVipGroup } from '../../../src/api/validate.js';
import { check } from '../../../src/check/check.js';
import { textForm } from '../forms/text.js';
import type { Target } from '../fuzzer.js';
import { exampleTexts } from './example-texts.js';

const words = [
  ...['apiVersion: network.kubesphere.io/v1alpha2\n', 'kind: Eip\n', 'kind: VipGroup\n', 'kind: BgpPeer\n'],
  ...['kind: BgpConf\n', 'kind: List\n', 'kind: Service\n', 'apiVersion: v1\n', 'items:\n', 'metadata:\n', 'spec:\n'],
  ...[
    'members:\n',
    '- node: n1\n',
    'addresses: [192.0.2.1]\n',
    'protocol: vip\n',
    'virtualRouterId: 51\n',
    'name: lan\n',
  ],
];

/** Any text is objects or what is wrong with it, in words, for an agent and for who checks files before; what an agent takes is valid. */
export const target: Target<string> = {
  form: textForm({ words }),
  seeds: exampleTexts(),

  run(text) {
    const parsed = parseManifest(text);
    if (parsed.ok) {
      for (const each of parsed.groups) assert.ok(validateVipGroup(each, { strict: true }).ok);
      for (const each of parsed.confs) assert.ok(validateBgpConf(each, { strict: true }).ok);
      for (const each of parsed.peers) assert.ok(validateBgpPeer(each, { strict: true }).ok);
    } else assert.ok(parsed.problems.length > 0 && parsed.problems.every((each) => each !== ''));
    for (const [forAgent, allServices] of [
      [false, false],
      [false, true],
      [true, false],
    ] as const) {
      const { findings, unreadable } = check([{ file: 'a.yaml', text }], { forAgent, allServices });
      const lines = text.split('\n').length;
      for (const { line, message } of [...findings, ...unreadable])
        assert.ok(line >= 1 && line <= lines && message !== '', `line ${line} of ${lines}: ${message}`);
    }
  },
};
