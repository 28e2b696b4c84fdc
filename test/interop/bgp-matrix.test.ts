import assert from 'node:assert/strict';
import { type BgpSpeaker, configuration, peerOf, startBgpSpeaker } from '../lab/bgp-speaker.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { type Lab, openLab } from '../lab/lab.js';
import { kernelRoutes } from '../lab/routers/kernel-routes.js';
import { requireRouters } from '../lab/routers/packages.js';
import { neighborAt, type Router, type RouterKind } from '../lab/routers/router.js';
import { startRouter } from '../lab/routers/start.js';
import { addNode, type BgpCase, failingCases, neighborOf, workingCases } from './bgp-cases.js';

const kinds = ['frr', 'bird', 'gobgp', 'openbgpd'] as const;
const cases = [...workingCases, ...failingCases];

/** Each case has a speaker of its own, which announces prefixes of its own to all routers at once. */
interface Player {
  readonly host: Host;
  readonly speaker: BgpSpeaker;
  readonly prefixes: readonly [ipv4: string, ipv6: string];
}

describe('our BGP speaker beside FRR, BIRD, GoBGP and OpenBGPD', function () {
  this.timeout(90_000);
  let lab: Lab;
  const routers = new Map<RouterKind, Router>();
  const players = new Map<BgpCase, Player>();

  before(async function () {
    await requireRouters(this, ...kinds);
    lab = await openLab('matrix');
    const hosts = new Map<BgpCase, Host>();
    for (const [i, each] of cases.entries()) hosts.set(each, await addNode(lab, `n${i}`, 11 + i));
    for (const [i, kind] of kinds.entries()) {
      const able = cases.filter(({ not }) => not?.[kind] === undefined);
      routers.set(
        kind,
        await startRouter(kind, lab.folder, await lab.addHost(kind, 1 + i), {
          as: 65_000,
          neighbors: able.map((each) => neighborOf(each, hosts.get(each)!)),
        }),
      );
    }
    await Promise.all(
      cases.map(async (each, i) => {
        players.set(each, await play(each, i, hosts.get(each)!));
      }),
    );
  });
  after(() => lab?.close());

  async function play(each: BgpCase, index: number, host: Host): Promise<Player> {
    const speaker = await startBgpSpeaker(host, lab.folder, { bfd: each.bfd === true });
    const peers = kinds.map((kind) => {
      const { address, address6 } = routers.get(kind)!.host;
      const { session, ...rest } = each.peer ?? {};
      return peerOf(kind, each.over6 ? address6 : address, {
        ...rest,
        session: { identifier: 0x0a4d_0000 + 11 + index, ...session },
      });
    });
    const prefixes = [`192.0.2.${index}/32`, `2001:db8::${index + 1}/128`] as const;
    speaker.command(configuration(peers, each.listen));
    speaker.routes(prefixes);
    speaker.command({ type: 'complete' });
    return { host, speaker, prefixes };
  }

  for (const each of workingCases)
    for (const kind of kinds)
      it(`${each.name}: ${kind}`, async function () {
        if (each.not?.[kind] !== undefined) {
          console.log(`      skipped: ${kind}: ${each.not[kind]}`);
          this.skip();
        }
        const { speaker, host, prefixes } = players.get(each)!;
        const router = routers.get(kind)!;
        await speaker.eventuallyTold(kind, prefixes.length);
        const from = each.over6 ? host.address6 : host.address;
        await eventually(`${kind} to have both routes`, async () => {
          assert.equal((await neighborAt(router, from))?.state, 'Established');
          for (const prefix of prefixes) assert.ok((await pathFrom(router, prefix, from)) !== undefined, prefix);
          return true;
        });
        for (const prefix of prefixes) {
          const path = (await pathFrom(router, prefix, from))!;
          const localAs = Number((each.router?.as ?? 65_001) as number);
          assert.deepEqual(path.asPath, localAs === 65_000 ? [] : [localAs]);
          const overIpv6 = prefix.includes(':') || (each.over6 === true && each.without8950?.[kind] === undefined);
          assert.equal(path.nextHop, overIpv6 ? host.address6 : host.address);
        }
        if (each.watched)
          await eventually(`BFD with ${kind}`, async () => {
            assert.equal((await neighborAt(router, from))?.bfd, 'Up');
            return speaker.report(kind)?.bfd?.state === 'Up';
          });
        if (each.says !== undefined)
          await eventually(
            `our speaker to say ${each.says}`,
            () => speaker.report(kind)?.problem?.reason === each.says,
            {
              onTimeout: () => JSON.stringify(speaker.report(kind)),
            },
          );
        if (kind === 'frr' || kind === 'bird')
          await eventually(`${kind} to have told its kernel`, async () => {
            const installed = (await kernelRoutes(router.host)).map(({ prefix }) => prefix);
            return prefixes.every((prefix) => installed.includes(prefix));
          });
      });

  for (const each of failingCases)
    for (const kind of kinds)
      it(`no session: ${each.name}: ${kind}`, async function () {
        if (each.not?.[kind] !== undefined) {
          console.log(`      skipped: ${kind}: ${each.not[kind]}`);
          this.skip();
        }
        const { speaker, host } = players.get(each)!;
        const { direction, reason, problem } = each.fails!;
        await eventually(
          'our speaker to say why',
          () =>
            speaker.events.some((event) => {
              if (event.type !== 'peer' || event.report.peer !== kind) return false;
              const { lastClose, problem: trouble } = event.report;
              return (
                lastClose !== undefined &&
                (direction === undefined || lastClose.direction === direction) &&
                (reason === undefined || lastClose.reason === reason) &&
                (problem === undefined || problem.test(trouble?.message ?? ''))
              );
            }),
          { onTimeout: () => JSON.stringify(speaker.report(kind)), withinMs: 20_000 },
        );
        assert.equal(speaker.report(kind)?.establishedCount, 0);
        const neighbor = await neighborAt(routers.get(kind)!, host.address);
        assert.notEqual(neighbor?.state, 'Established');
      });

  async function pathFrom(router: Router, prefix: string, from: string) {
    return (await router.paths(prefix)).find((path) => path.from === from);
  }
});
