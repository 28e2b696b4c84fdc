import assert from 'node:assert/strict';
import { validateVipGroup } from '../../../src/api/validate.js';
import { manifestsText } from '../../../src/convert/command.js';
import { convert } from '../../../src/convert/convert.js';
import { isKeepalivedConf } from '../../../src/convert/keepalived/syntax.js';
import { readDocuments } from '../../../src/convert/read.js';
import { textForm } from '../forms/text.js';
import type { Target } from '../fuzzer.js';
import { fileText } from './example-texts.js';

const words = [
  ...['vrrp_instance VI_1 {\n', 'vrrp_script x {\n', 'virtual_router_id 51\n', 'interface eth0\n', 'priority 100\n'],
  ...['advert_int 0.25\n', 'virtual_ipaddress {\n', '192.0.2.1/24 dev eth0\n', 'unicast_peer {\n', '}\n', '{\n'],
  ...['track_script {\n', 'weight -2\n', 'authentication {\n', 'include /etc/x\n', 'nopreempt\n', 'state MASTER\n'],
];

/** Any keepalived.conf becomes groups, or it is said what is wrong and where; groups of which nothing is said are valid. */
export const target: Target<string> = {
  form: textForm({ words, longest: 6_000 }),
  seeds: ['lb-1', 'lb-2'].map((name) => fileText(`test/unit/convert/keepalived/two/${name}.conf`)),

  run(text) {
    isKeepalivedConf(text);
    const confs = [
      { text, from: 'lb-1.conf', node: 'lb-1' },
      { text: text.replaceAll('MASTER', 'BACKUP'), from: 'lb-2.conf', node: 'lb-2' },
    ];
    const { manifests, remarks, problems } = convert([], { protocol: 'layer2' }, confs);
    for (const { object, message } of [...remarks, ...problems]) assert.ok(object !== '' && message !== '');
    if (problems.length === 0) for (const each of manifests) assert.ok(validateVipGroup(each, { strict: true }).ok);
    assert.ok(readDocuments(manifestsText(manifests), 'ours').ok);
  },
};
