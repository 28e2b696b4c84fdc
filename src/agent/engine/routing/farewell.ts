/**
 * How routers are left.
 */
import type { Micros } from '../../../core/time.js';
import { never } from '../../../core/time.js';
import type { Farewell } from './contract.js';
import { give } from './session-driver.js';
import { bury } from './sessions.js';
import type { Peer, Restart, Speaker } from './state.js';

/** How long the next process on the node may take to come, as far as BFD is concerned. */
const longestSilence: Micros = 60_000_000;
/** How long routers may take to agree to that. */
const agreementTime: Micros = 2_000_000;

/** Leaves one router so that no packet is lost. */
export function drain(speaker: Speaker, peer: Peer, text: string): void {
  peer.going = true;
  if (peer.session.life === 'new') {
    bury(speaker, peer);
    return;
  }
  give(speaker, peer, { type: 'drain', text, wait: speaker.settings.drainWait });
}

/** Leaves all routers. `goOnLeaving` says when that is done. */
export function leave(speaker: Speaker, farewell: Farewell): void {
  speaker.leaving = farewell.how;
  for (const peer of speaker.peers.values()) peer.successor = undefined;
  if (farewell.how === 'restart') {
    prepareRestart(speaker);
    return;
  }
  speaker.restart = undefined;
  for (const peer of [...speaker.peers.values()]) {
    if (farewell.how === 'at-once') stop(speaker, peer, farewell.text);
    else if (!peer.going) drain(speaker, peer, farewell.text);
  }
}

/** Goes on leaving, and says so in the end. */
export function goOnLeaving(speaker: Speaker): void {
  const { world, restart, peers } = speaker;
  if (!speaker.leaving) return;
  if (restart) {
    if (restart.awaited.size > 0 && world.now() < restart.until) return;
    leaveSilently(speaker, restart);
  }
  if (![...peers.values()].every(({ going }) => !going) || !world.isQuiet()) return;
  if (speaker.leaving !== 'restart') {
    world.keep(undefined);
    speaker.kept = false;
  }
  speaker.leaving = undefined;
  speaker.emit({ type: 'left' });
}

/** When to call it. */
export function leaveDeadline({ restart }: Speaker): Micros {
  return restart ? (restart.awaited.size > 0 ? restart.until : -never) : never;
}

/** Before this process goes silent its routers must be willing to wait (RFC 5882 4.3.2.2). */
function prepareRestart(speaker: Speaker): void {
  const { peers, world } = speaker;
  const awaited = [...peers.values()].filter(({ bfd }) => bfd.state === 'Up').map(({ name }) => name);
  if (awaited.length > 0) world.bfd({ type: 'prepare-restart', silence: longestSilence });
  speaker.restart = { awaited: new Set(awaited), checkpoints: new Map(), until: world.now() + agreementTime };
}

function leaveSilently(speaker: Speaker, { checkpoints }: Restart): void {
  const { world, life, peers } = speaker;
  speaker.restart = undefined;
  if (speaker.kept) world.keep({ bootId: life.bootId, bfd: Object.fromEntries(checkpoints) });
  for (const peer of [...peers.values()]) {
    peer.going = true;
    peer.resumes = true;
    if (peer.session.life === 'new') bury(speaker, peer);
    else give(speaker, peer, { type: 'stop', how: 'restart' });
  }
}

function stop(speaker: Speaker, peer: Peer, text: string): void {
  peer.going = true;
  if (peer.session.life === 'new') bury(speaker, peer);
  else give(speaker, peer, { type: 'stop', how: 'shutdown', text });
}
