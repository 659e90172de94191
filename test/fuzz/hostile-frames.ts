/** Frames that no station should send. */
import type { Dice } from '../sim/random.js';

const PIECES: readonly [string, ...string[]] = [
  '[',
  ']',
  '{',
  '}',
  ',',
  ':',
  '"',
  '2',
  '3',
  '4',
  '5',
  '6',
  '"id"',
  '"Heartbeat"',
  'null',
  'true',
  '1e999',
  '-',
  '\\u0000',
  ' ',
  '\n',
];

type Make = (dice: Dice, id: string) => string;

const KINDS: readonly [Make, ...Make[]] = [
  () => '',
  () => ' \n\t ',
  () => 'null',
  () => '[]',
  () => '{}',
  () => '"2"',
  (_dice, id) => `[2,"${id}"]`,
  (_dice, id) => `[2,"${id}","Heartbeat"]`,
  (_dice, id) => `[2,"${id}",null,{}]`,
  (_dice, id) => `[2,"${id}","__proto__",{}]`,
  (_dice, id) => `[2,"${id}","constructor",{"prototype":{}}]`,
  (_dice, id) => `[2,"${id}","Heartbeat.req",{}]`,
  (_dice, id) => `[2,"${id}","Heartbeat",{},{},{},{}]`,
  (_dice, id) => `[2e0,"${id}","Heartbeat",{}]`,
  (_dice, id) => `["2","${id}","Heartbeat",{}]`,
  (_dice, id) => `[2.5,"${id}","Heartbeat",{}]`,
  (_dice, id) => `[1e400,"${id}","Heartbeat",{}]`,
  (dice, id) => `[${dice.int(-1, 12)},"${id}","NotifyPeriodicEventStream",{}]`,
  (dice, id) => `[${dice.int(3, 6)},"${id}"]`,
  (dice) => `[${dice.int(2, 6)},${dice.pick(['7', 'null', '{}', '[]', 'true'])},"Heartbeat",{}]`,
  (dice) => `[2,"${'i'.repeat(dice.int(250, 260))}","Heartbeat",{}]`,
  () => '[2,"","Heartbeat",{}]',
  (_dice, id) => `[2,"${id}","Heartbeat",${'['.repeat(20_000)}`,
  (_dice, id) => `[2,"${id}","Heartbeat",${'['.repeat(20_000)}${']'.repeat(20_000)}]`,
  (_dice, id) => `[2,"${id}","DataTransfer",${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}]`,
  (_dice, id) => `[2,"${id}","${'A'.repeat(60_000)}",{}]`,
  (_dice, id) => `[2,"${id}","Heartbeat\\n\\u0000{\\"level\\":50}",{}]`,
  (_dice, id) => `[2,"${id}","Heartbeat",{"a":"${'\\ud800'.repeat(9_000)}"}]`,
  (_dice, id) => `\ufeff[2,"${id}","Heartbeat",{}]`,
  (_dice, id) => `[2,"${id}","Heartbeat",{}]garbage`,
  (dice, id) => `[2,"${id}","Heartbeat",{}]`.slice(0, dice.int(1, 24)),
  (dice) => Array.from({ length: dice.int(1, 40) }, () => dice.pick(PIECES)).join(''),
  (dice) =>
    Buffer.from(Array.from({ length: dice.int(1, 200) }, () => dice.int(0, 255))).toString('utf8'),
];

export function hostileFrame(dice: Dice, id: string): string {
  return dice.pick(KINDS)(dice, id);
}
