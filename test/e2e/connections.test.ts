import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { everybodyIsBack } from '../lab/election.js';
import { type ManifestNodes, startManifestNodes } from '../lab/manifest-nodes.js';
import { startPods } from '../lab/pod.js';
import { startEcho, startTalkers, type Talkers, type Talks } from '../lab/talkers.js';
import { translate } from '../lab/translation.js';

const addresses = ['10.77.0.100', 'fd77::1:100'] as const;
const port = { outside: 80, inside: 7000 };
const perAddress = 25;

for (const protocol of ['vip', 'layer2'] as const)
  describe(`connections through an address in mode ${protocol}`, function () {
    this.timeout(180_000);
    let lab: ManifestNodes;
    let talkers: Talkers | undefined;

    const write = (drainConnections: string) => {
      for (const [n, address] of addresses.entries())
        lab.write(`group${n}`, {
          protocol,
          interface: 'eth0',
          addresses: [address],
          vrrp: { virtualRouterId: 7, advertisementInterval: '100ms', drainConnections },
        });
    };

    before(async () => {
      lab = await startManifestNodes(`e2econn${protocol.slice(0, 1)}${process.pid}`, 3);
      const { lab: net, nodes } = lab;
      const hosts = nodes.map(({ host }) => host);
      const pods = await startPods({ lab: net.name, folder: net.folder, nodes: hosts });
      for (const pod of pods) await startEcho(pod.start, port.inside);
      for (const host of hosts) await translate(host, addresses, port, pods);
      write('5m');
    });
    afterEach(async () => {
      await talkers?.stop();
      talkers = undefined;
    });
    after(() => lab?.lab.close());

    const leader = () => everybodyIsBack({ ...lab, vip: addresses[0] });
    const talk = async () => {
      talkers = await startTalkers(lab.client, addresses, port.outside, perAddress);
      return talkers;
    };
    const unbroken = ({ broken, silent }: Talks) => assert.deepEqual({ broken, silent }, { broken: [], silent: 0 });

    it('go on when its leader is ended', async () => {
      const before = await leader();
      const talking = await talk();
      before.agent().signal('SIGTERM');
      await before.agent().exited;
      await wait(1500);
      const talks = await talking.later();
      console.log(`      longest ${talks.longestMs} ms`);
      unbroken(talks);
    });
  });
