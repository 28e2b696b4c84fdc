import assert from 'node:assert/strict';
import { formatIp, ipFromBytes, ipToBytes, parseIp } from '../../src/core/ip/address.js';
import { type Micros, never } from '../../src/core/time.js';
import {
  createVirtualRouter,
  type Input,
  type Output,
  step,
  type VirtualRouter,
  type VirtualRouterConfig,
} from '../../src/core/vrrp/virtual-router.js';

/*
 * A transcript is one sentence of prose, the router, and what happened to it:
 *
 *   router 3 51 priority 200 interval 250 source 192.0.2.11 [preempt] [preempt-delay 5000]     version, VRID; times in ms
 *
 *   804.6875 time                     an instant in ms and an input:
 *                                       startup | time | hand-over | link-down | link-up | slept 5000 | shutdown [immediate]
 *                                       advert PRIORITY from ADDRESS [interval 250]
 *                                       configure [priority 50] [interval 100] [source A] [preempt] [keep] [hand-over]
 *     advertise 200                   what came out, in order
 *     = Active until 1054.6875        the state and the next deadline
 *
 * Lines that begin with # and empty lines are kept. What comes out is what is checked; everything else is input.
 */

/** Plays a transcript and returns it with the outputs as they are: equal to the text if and only if nothing changed. */
export function replay(text: string): string {
  const lines: string[] = [];
  let router: VirtualRouter | undefined;
  let before = 0;
  for (const line of text.trimEnd().split('\n')) {
    if (/^ {2}/.test(line)) continue;
    lines.push(line);
    if (line.startsWith('router ')) {
      assert.equal(router, undefined, 'a transcript has one router');
      router = createVirtualRouter(parseRouter(line));
    }
    const event = /^([0-9.]+) (.+)$/.exec(line);
    if (!event) continue;
    assert.ok(router, 'the router comes before its events');
    const now = Number(event[1]) * 1000;
    assert.ok(now >= before, `${line}: time runs backwards`);
    before = now;
    const { router: next, outputs } = step(router, parseInput(event[2]!, router), now);
    router = next;
    lines.push(...outputs.map((output) => `  ${formatOutput(output)}`));
    const waiting = next.deadline === never ? '' : ` until ${inMillis(next.deadline)}`;
    lines.push(`  = ${next.state}${next.leaving ? ', leaving,' : ''}${waiting}`);
  }
  assert.match(lines[0] ?? '', /^[A-Z].*\.$/, 'a transcript begins with a sentence');
  assert.ok(router, 'a transcript has a router');
  return `${lines.join('\n')}\n`;
}

function parseRouter(line: string): VirtualRouterConfig {
  const [, version, virtualRouterId, ...words] = line.split(' ');
  assert.ok(version === '2' || version === '3', `${line}: the version is 2 or 3`);
  const settings = parseSettings(words);
  const { source, priority, advertisementInterval } = settings;
  assert.ok(source && priority && advertisementInterval, `${line}: priority, interval and source are needed`);
  return {
    version: version === '2' ? 2 : 3,
    family: source.length === 4 ? 4 : 6,
    virtualRouterId: Number(virtualRouterId),
    preempt: false,
    preemptDelay: 0,
    ...settings,
    priority,
    advertisementInterval,
    source,
  };
}

function parseSettings(words: readonly string[]): Partial<VirtualRouterConfig> {
  const settings: { -readonly [key in keyof VirtualRouterConfig]?: VirtualRouterConfig[key] } = {};
  const rest = [...words];
  for (let word = rest.shift(); word; word = rest.shift()) {
    if (word === 'priority') settings.priority = Number(rest.shift());
    else if (word === 'interval') settings.advertisementInterval = Number(rest.shift()) * 1000;
    else if (word === 'preempt-delay') settings.preemptDelay = Number(rest.shift()) * 1000;
    else if (word === 'source') settings.source = parseAddress(rest.shift());
    else if (word === 'preempt') settings.preempt = true;
    else if (word === 'keep') settings.preempt = false;
    else throw new Error(`unknown setting ${word}`);
  }
  return settings;
}

function parseInput(text: string, router: VirtualRouter): Input {
  const [type, ...words] = text.split(' ');
  switch (type) {
    case 'startup':
    case 'time':
    case 'hand-over':
    case 'link-down':
    case 'link-up':
      return { type };
    case 'slept':
      return { type, lateness: Number(words[0]) * 1000 };
    case 'shutdown':
      return { type, immediate: words[0] === 'immediate' };
    case 'advert':
      return parseAdvert(words, router);
    case 'configure': {
      const handOver = words.includes('hand-over');
      const settings = parseSettings(words.filter((word) => word !== 'hand-over'));
      return { type, config: { ...router.config, ...settings }, handOver };
    }
    default:
      throw new Error(`unknown input ${text}`);
  }
}

function parseAdvert([priority, from, address, word, interval]: readonly string[], router: VirtualRouter): Input {
  assert.ok(
    from === 'from' && (word === undefined || word === 'interval'),
    'advert PRIORITY from ADDRESS [interval MS]',
  );
  const { version, family, virtualRouterId, advertisementInterval } = router.config;
  const carried: Micros = interval === undefined ? advertisementInterval : Number(interval) * 1000;
  return {
    type: 'advert',
    source: parseAddress(address),
    advert: { version, family, virtualRouterId, priority: Number(priority), interval: carried, addresses: [] },
  };
}

function parseAddress(text: string | undefined): Uint8Array {
  const parsed = parseIp(text ?? '');
  assert.ok(parsed, `${text} is not an address`);
  return ipToBytes(parsed);
}

function formatOutput(output: Output): string {
  if (output.type === 'advertise') return `advertise ${output.priority}`;
  if (output.type !== 'transition') return output.type;
  const who = output.activeSource ? `, ${formatIp(ipFromBytes(output.activeSource))} leads` : '';
  return `${output.from} -> ${output.to} (${output.reason}${who})`;
}

function inMillis(instant: Micros): string {
  return String(instant / 1000);
}
