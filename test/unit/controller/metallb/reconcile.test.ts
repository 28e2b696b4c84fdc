import assert from 'node:assert/strict';
import type { Context } from '../../../../src/controller/context/context.js';
import type { Found } from '../../../../src/controller/metallb/found.js';
import { createMetallbReconciler } from '../../../../src/controller/metallb/reconcile.js';
import type { Unread } from '../../../../src/controller/metallb/unread.js';
import { documentOf } from '../../../../src/convert/document.js';
import { ApiError } from '../../../../src/platform/kubernetes/api-error.js';
import type { KubernetesObject, Resource } from '../../../../src/platform/kubernetes/resource.js';
import { createManualClock } from '../../platform/kubernetes/manual-clock.js';

const found = (kind: string, name: string, spec: object): Found => {
  const apiVersion = 'metallb.io/v1beta1';
  const document = documentOf(apiVersion, kind, { metadata: { name, namespace: 'ns' }, spec });
  assert.ok(document);
  return { document, reference: { apiVersion, kind, name, namespace: 'ns', uid: name } };
};
const pool = (name: string, address: string) => found('IPAddressPool', name, { addresses: [address] });
const everywhere = found('L2Advertisement', 'all', {});
const router = found('BGPPeer', 'router', { myASN: 64513, peerASN: 64512, peerAddress: '10.0.0.1' });

/** A reconciler on an API server that a test may have refuse things, by `plural` or `plural/name`. */
function start(o: { readonly found: readonly Found[]; readonly runs?: boolean; readonly unread?: readonly Unread[] }) {
  const state = { runs: false, unread: [] as readonly Unread[], ...o };
  const objects = new Map<string, KubernetesObject>();
  const refusals = new Map<string, number>();
  const events: string[] = [];
  const clock = createManualClock();
  const refuse = (key: string) => {
    const code = refusals.get(key) ?? refusals.get(key.split('/')[0]!);
    if (code === undefined) return;
    throw new ApiError({ method: 'X', path: key, code, status: { message: `says ${code}` } });
  };
  const client = {
    list: async ({ plural }: Resource) => {
      refuse(plural);
      return { items: [...objects].filter(([key]) => key.startsWith(`${plural}/`)).map(([, object]) => object) };
    },
    create: async ({ plural }: Resource, object: KubernetesObject) => {
      const key = `${plural}/${object.metadata.name}`;
      refuse(key);
      objects.set(key, object);
    },
    mergePatch: async ({ plural }: Resource, name: string) => refuse(`${plural}/${name}`),
    remove: async ({ plural }: Resource, name: string) => {
      refuse(`${plural}/${name}`);
      objects.delete(`${plural}/${name}`);
    },
  };
  const context = {
    client,
    clock,
    settings: { metallb: { namespace: 'ns' } },
    world: { namespaces: () => [], hasEndpoints: () => state.runs, pools: () => [] },
    assignments: { ofPool: () => [] },
    following: { of: new Map(), known: false },
    schedule: { status() {}, bgp() {} },
    recorder: {
      event: ({ kind, name }: { kind: string; name: string }, _: string, reason: string, message: string) =>
        events.push(`${kind} ${name} ${reason} ${message}`),
    },
  } as unknown as Context;
  const { reconcile } = createMetallbReconciler(context, { known: () => state });
  const again = async () => {
    clock.advance(1_000);
    return reconcile();
  };
  return { state, objects, refusals, events, following: context.following.of, reconcile, again };
}

describe("what is made of MetalLB's objects", () => {
  it('lacks BgpPeers while MetalLB runs, which is said, and has them when it is gone', async () => {
    const { state, objects, events, again, following } = start({
      found: [pool('lan', '192.0.2.0/28'), everywhere, router],
      runs: true,
    });
    await again();
    assert.deepEqual([...objects.keys()].sort(), ['bgpconfs/default', 'eips/lan']);
    assert.match(events.join('\n'), /BGPPeer router NotAsWritten .*takes one session from a node/);
    assert.equal(following.has('bgppeers/router'), false);
    state.runs = false;
    await again();
    assert.ok(objects.has('bgppeers/router'));
    assert.equal(following.get('bgppeers/router')?.status, 'True');
    state.runs = true;
    await again();
    assert.ok(objects.has('bgppeers/router'), 'what there is goes on, should MetalLB come back');
  });

  it('speaks with routers as MetalLB did, where a person has a BgpConf of another AS number', async () => {
    const { objects, events, again } = start({ found: [pool('lan', '192.0.2.0/28'), everywhere, router] });
    const theirs = { metadata: { name: 'default' }, spec: { as: 64999 } };
    objects.set('bgpconfs/default', theirs);
    await again();
    assert.equal(objects.get('bgpconfs/default'), theirs);
    const made = objects.get('bgppeers/router') as { spec?: { conf?: { localAs?: number } } } | undefined;
    assert.equal(made?.spec?.conf?.localAs, 64513);
    assert.match(events.join('\n'), /BGPPeer router NotAsWritten BgpConf default is there already/);
  });

  it('is made where the server has no kinds for BGP, and what cannot be is said', async () => {
    const { objects, refusals, events, again } = start({ found: [pool('lan', '192.0.2.0/28'), everywhere, router] });
    for (const plural of ['bgpconfs', 'bgppeers']) refusals.set(plural, 404);
    assert.deepEqual(await again(), { after: 30_000 });
    assert.deepEqual([...objects.keys()], ['eips/lan']);
    assert.match(events.join('\n'), /BGPPeer router NotAsWritten the server refuses .*says 404/);
  });

  it('is made though the server fails at another, which is tried again', async () => {
    for (const code of [500, 503, 429, 413]) {
      const { objects, refusals, following, again } = start({
        found: [pool('a', '192.0.2.0/28'), pool('b', '192.0.2.16/28'), everywhere],
      });
      refusals.set('eips/a', code);
      if (code === 413) assert.deepEqual(await again(), { after: 30_000 });
      else await assert.rejects(again(), new RegExp(`says ${code}`));
      assert.deepEqual([...objects.keys()], ['eips/b'], String(code));
      assert.equal(following.get('eips/b')?.status, 'True');
      refusals.clear();
      await again();
      assert.deepEqual([...objects.keys()].sort(), ['eips/a', 'eips/b']);
    }
  });

  it('stays as it is where a kind cannot be read, which is said of its definition, once', async () => {
    const own = [pool('lan', '192.0.2.0/28'), everywhere, router];
    const { state, objects, events, again, following } = start({ found: own });
    await again();
    const before = new Map(objects);
    state.found = [router];
    state.unread = ['IPAddressPool', 'L2Advertisement'].map((what) => ({ what, why: `${what}s cannot be read: x` }));
    await again();
    await again();
    assert.deepEqual(objects, before);
    assert.deepEqual(
      ['eips/lan', 'bgppeers/router', 'bgpconfs/default'].map((key) => following.get(key)?.reason),
      ['OriginUnread', 'OriginUnread', 'OriginUnread'],
    );
    const said = events.filter((each) => / CannotRead /.test(each));
    assert.deepEqual(said, [
      'CustomResourceDefinition ipaddresspools.metallb.io CannotRead IPAddressPools cannot be read: x',
      'CustomResourceDefinition l2advertisements.metallb.io CannotRead L2Advertisements cannot be read: x',
    ]);
    state.unread = [];
    await again();
    assert.deepEqual([...objects.keys()].sort(), ['bgpconfs/default', 'bgppeers/router'], 'the pool is gone indeed');
  });

  it('is found out once for the same objects, however many there are and however often it is looked at', async () => {
    const many = Array.from({ length: 300 }, (_, at) => pool(`p${at}`, `10.0.${at % 256}.${(at >> 8) * 16}/28`));
    let reads = 0;
    const counted = many.map((each): Found => {
      const document = Object.defineProperty({ ...each.document }, 'spec', {
        get: () => {
          reads += 1;
          return each.document.spec;
        },
      });
      return { ...each, document };
    });
    const { again, state } = start({ found: [...counted, everywhere] });
    await again();
    const before = reads;
    await again();
    state.found = [...counted, everywhere];
    await again();
    assert.equal(reads, before);
    state.found = [...counted];
    await again();
    assert.ok(reads > before);
  });
});
