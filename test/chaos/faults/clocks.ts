/** What befalls wall clocks. Certificates of the lab are valid for hours: by which a clock is set farther, TLS fails for that program. */
import type { Fault, Scene } from './fault.js';

const minute = 60;
const day = 24 * 3600;
const onController = 'controller';

const clock = (
  whose: string,
  name: (scene: Scene) => string,
  ways: readonly (readonly [how: string, seconds: number, rate?: number])[],
) =>
  ways.map(
    ([how, seconds, rate]): Fault => ({
      name: `the clock of the ${whose} is ${how}`,
      lastsMs: [500, 8_000],
      befall: async (scene) => scene.clocks.set(name(scene), seconds, rate),
      undo: async (scene) => scene.clocks.set(name(scene), 0),
    }),
  );

export const ofClocks: readonly Fault[] = [
  ...clock('agent', ({ node }) => node.name, [
    ['ten minutes fast', 10 * minute],
    ['ten minutes slow', -10 * minute],
    ['a day fast', day],
    ['a day slow', -day],
    ['running twice as fast', 0, 2],
    ['running half as fast', 0, 0.5],
  ]),
  ...clock('controller', () => onController, [
    ['half a minute fast', minute / 2],
    ['ten minutes fast', 10 * minute],
    ['ten minutes slow', -10 * minute],
    ['running twice as fast', 0, 2],
  ]),
];
