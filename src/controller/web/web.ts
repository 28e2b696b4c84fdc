/** The web view: its server, its certificate, and what it hears of changes. Loaded only when it is asked for. */
import type { ApiClient } from '../../platform/kubernetes/client.js';
import { type Clock, type Log, systemClock } from '../../platform/kubernetes/clock.js';
import { createAccess } from './access.js';
import { keepWebCertificate } from './certificate-keeper.js';
import type { WebSettings } from './flags.js';
import { namesOf } from './hosts.js';
import type { Observer } from './observer.js';
import { loadPage } from './page.js';
import { serveWeb } from './server.js';
import { changed, newStreams } from './streams.js';
import { newRing, noteAgent, noteGroup, notePeer } from './transitions.js';
import { type Known, viewOf } from './view.js';

export interface Web {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts serving, and keeping the certificate. Rejects with the system's error when it cannot listen. */
export async function startWeb(o: {
  readonly client: ApiClient;
  /** What the controller knows, and who tells that it has changed; the result of `observe` ends that. */
  readonly known: Known & { observe(observer: Observer): () => void };
  readonly settings: WebSettings;
  readonly namespace: string;
  /** Where the files of the page are. */
  readonly page: URL;
  readonly log: Log;
  readonly clock?: Clock;
}): Promise<Web> {
  const { client, known, settings, namespace, log, clock = systemClock } = o;
  // Whoever looks must not hold up what the controller writes.
  const own = client.reopen();
  const ring = newRing();
  const streams = newStreams({ clock, ring, view: () => viewOf(known) });
  const names = namesOf(namespace, settings.hosts);
  const served = { page: await loadPage(o.page), access: createAccess(own, clock), streams, names };
  const server = await serveWeb(settings.listen, served);
  const keeper = keepWebCertificate({
    ...{ client, namespace, secret: settings.secret, names, clock, log },
    onServe: server.use,
  });
  for (const group of known.world.vipGroups.list()) noteGroup(ring, group, undefined, clock.wall());
  for (const peer of known.world.routing().peers) notePeer(ring, peer.metadata.name, peer, clock.wall());
  const forget = known.observe({
    group: (object, previous) => {
      noteGroup(ring, object, previous, clock.wall());
      changed(streams);
    },
    peer: (name, object) => {
      notePeer(ring, name, object, clock.wall());
      changed(streams);
    },
    agent: (node) => {
      noteAgent(ring, node, known.agents.silence(node), clock.wall());
      changed(streams);
    },
    other: () => changed(streams),
  });
  log.info('the web view is served', { port: server.port, names });
  return {
    port: server.port,
    stop: async () => {
      forget();
      await keeper.stop();
      await server.close();
      own.close();
    },
  };
}
