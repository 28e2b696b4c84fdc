/** How things are said: pure. */
import type { GroupView, Transition } from '../controller/web/contract.js';

export function ageText(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

/** By the clock of whoever looks, to tenths of a second. */
export function timeText(at: number): string {
  const time = new Date(at);
  const two = (number: number) => String(number).padStart(2, '0');
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return `${clock}.${Math.floor(time.getMilliseconds() / 100)}`;
}

export function dayText(at: number): string {
  const time = new Date(at);
  return `${time.getFullYear()}-${String(time.getMonth() + 1).padStart(2, '0')}-${String(time.getDate()).padStart(2, '0')}`;
}

const states = {
  held: 'held',
  partly: 'held in part',
  electing: 'being elected',
  unknown: 'not known',
  nobody: 'held by nobody',
} as const;

export function stateText({ state, holders }: GroupView): string {
  return holders.length === 0 ? states[state] : `${states[state]} by ${listText(holders)}`;
}

export function listText(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

export function transitionText({ of, name, from, to, reason, first }: Transition): string {
  const why = reason === undefined ? '' : ` (${reason})`;
  if (of === 'agent') return to.length > 0 ? `agent of ${name} is heard of` : `agent of ${name} is silent${why}`;
  if (of === 'session') {
    return to.length > 0 ? `${to[0]} has a session with ${name}` : `${from[0]} lost its session with ${name}${why}`;
  }
  const nobody = 'nobody';
  if (first) return `${name}: ${to.length === 0 ? nobody : listText(to)}${why}`;
  return `${name}: ${from.length === 0 ? nobody : listText(from)} → ${to.length === 0 ? nobody : listText(to)}${why}`;
}
