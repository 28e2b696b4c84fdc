import assert from 'node:assert/strict';
import { manifestsText } from '../../../src/convert/command.js';
import { convert } from '../../../src/convert/convert.js';
import { readDocuments } from '../../../src/convert/read.js';
import { textForm } from '../forms/text.js';
import type { Target } from '../fuzzer.js';
import { foreignTexts } from './example-texts.js';

const words = [
  ...['apiVersion: metallb.io/v1beta1\n', 'kind: IPAddressPool\n', 'kind: L2Advertisement\n', 'kind: BGPPeer\n'],
  ...['kind: BGPAdvertisement\n', 'kind: ConfigMap\n', 'kind: Service\n', 'kind: Community\n', 'kind: BFDProfile\n'],
  ...['kind: List\n', 'items:\n', '- addresses:\n', 'address-pools:\n', 'peers:\n', 'spec:\n', 'metadata:\n'],
];

/**
 * Any file of another load balancer is read or refused in words; what comes of it can be read again, and is valid unless somebody is told
 * that it needs a hand.
 */
export const target: Target<string> = {
  form: textForm({ words }),
  seeds: foreignTexts(),

  run(text) {
    const read = readDocuments(text, 'a.yaml');
    if (!read.ok) {
      assert.match(read.reason, /^a\.yaml/);
      return;
    }
    for (const protocol of ['layer2', 'bgp'] as const) {
      const { manifests, remarks, notes, problems } = convert(read.documents, { protocol, interface: 'eth0' });
      for (const { object, message } of [...remarks, ...notes, ...problems]) assert.ok(object !== '' && message !== '');
      const again = readDocuments(manifestsText(manifests), 'ours');
      assert.ok(again.ok, JSON.stringify(again));
      assert.equal(again.documents.length, manifests.length);
    }
  },
};
