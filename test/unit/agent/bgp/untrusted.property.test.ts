import assert from 'node:assert/strict';
import fc from 'fast-check';
import { passwordFrom } from '../../../../src/agent/bgp/passwords.js';
import { type NodeObject, nodeShape, viewOf } from '../../../../src/agent/sources/node-view.js';
import { conform } from '../../../../src/api/conform.js';
import { readBgpConf, readBgpPeer } from '../../../../src/api/read-bgp.js';
import { validateBgpConf, validateBgpPeer } from '../../../../src/api/validate.js';
import { agedPeer, goneNodes } from '../../../../src/controller/bgp/aged-peer.js';
import { confConfigured } from '../../../../src/controller/bgp/conf-configured.js';
import { configured } from '../../../../src/controller/bgp/peer-configured.js';
import { establishedText, establishedVerdict, sessionsOf } from '../../../../src/controller/bgp/peer-established.js';
import { newTold, sessionNews } from '../../../../src/controller/bgp/session-news.js';
import { admitBgpConf, admitBgpPeer } from '../../../../src/controller/objects/bgp-objects.js';
import { keepNode } from '../../../../src/controller/objects/builtin-objects.js';
import { nodesSpokenOf } from '../../../../src/controller/objects/group-mentions.js';
import { routingFault } from '../../../../src/controller/routers/routing-fault.js';
import { sessionNodes } from '../../../../src/controller/routers/session-nodes.js';
import { wholeConf as conf, wholePeer as peer } from '../../../vectors/whole-bgp-objects.js';
import { spoilt } from '../../controller/objects/spoilt.js';
import { nics, plan, conf as validConf, peer as validPeer } from './given.js';

const node = {
  metadata: { name: 'n1', uid: 'u', labels: { rack: 'a', 'openelb.kubesphere.io/rack': 'a' } },
  spec: { unschedulable: false, podCIDRs: ['10.244.0.0/24'] },
  status: { addresses: [{ type: 'InternalIP', address: '192.0.2.11' }], conditions: [] },
};
const secret = { data: { k: Buffer.from('secret').toString('base64') } };

const runs = { numRuns: 700 };
const silence = (name: string) => (name === 'n1' ? undefined : ({ reason: 'NoHeartbeat', sinceMs: 0 } as const));

describe('an object of BGP that somebody spoilt', () => {
  it('was right before', () => {
    for (const checked of [validateBgpConf(conf), validateBgpPeer(peer)])
      assert.deepEqual(checked.ok ? [] : checked.problems, []);
  });

  it('is kept by the controller with what is wrong, and everything that reads it can', () => {
    fc.assert(
      fc.property(spoilt(conf), spoilt(peer), spoilt(node), (someConf, somePeer, someNode) => {
        const { object: readConf } = admitBgpConf(someConf);
        const { object: readPeer } = admitBgpPeer(somePeer);
        const nodes = [keepNode(someNode)];
        const routing = { conf: readConf, otherConfs: [], peers: readPeer === undefined ? [] : [readPeer] };
        nodesSpokenOf([], routing);
        routingFault(routing, nodes);
        if (readConf !== undefined) {
          confConfigured(readConf);
          goneNodes(readConf, silence, () => false);
        }
        if (readPeer === undefined) return;
        const chosen = sessionNodes(readPeer, nodes);
        const verdict = configured(readPeer, chosen, { routing, nodes });
        if ((readPeer.wrong ?? []).length > 0) assert.equal(verdict.status, 'False');
        const sessions = sessionsOf(readPeer, chosen, silence);
        establishedText(sessions);
        establishedVerdict(readPeer, sessions, verdict, silence);
        for (const isNode of [true, false]) agedPeer(readPeer, silence, () => isNode);
        const told = newTold();
        sessionNews(told, readPeer, silence);
        sessionNews(told, { ...readPeer, status: {} }, silence);
        sessionNews(told, readPeer, silence);
      }),
      runs,
    );
  });

  it('is refused by an agent, or can be planned with', () => {
    let planned = 0;
    fc.assert(
      fc.property(
        spoilt(conf),
        spoilt(peer),
        spoilt(node),
        spoilt(secret),
        (someConf, somePeer, someNode, someSecret) => {
          readBgpConf(someConf);
          readBgpPeer(somePeer);
          const checkedConf = validateBgpConf(someConf);
          const checkedPeer = validateBgpPeer(somePeer);
          const readNode = conform<NodeObject>(nodeShape, someNode).value;
          const { data = {} } = conform<{ data?: Record<string, string> }>(
            { type: 'object', properties: { data: { type: 'object', additionalProperties: { type: 'string' } } } },
            someSecret,
          ).value ?? { data: {} };
          const found = plan({
            conf: checkedConf.ok ? checkedConf.value : validConf(),
            peers: [
              validPeer('other', { conf: { neighborAddress: '192.0.2.99' } }),
              ...(checkedPeer.ok ? [checkedPeer.value] : []),
            ],
            nics,
            ...(readNode === undefined ? {} : { node: viewOf(readNode) }),
            password: (one) => passwordFrom(one, () => ({ data }), 'namespace ns', undefined),
          });
          if (checkedPeer.ok || checkedConf.ok) planned += 1;
          assert.ok(found.peers.size <= 2);
        },
      ),
      runs,
    );
    assert.ok(planned > 70, 'most are refused');
  });
});
