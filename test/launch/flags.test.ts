/** A wrong value is answered with the flag and what is wanted. */
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { replayCommand } from '../../benchmarks/replay/command.js';
import { readable } from '../../launch/flags.js';

/** What it says of these arguments before it does anything. */
function saidOf(args: readonly string[]): string {
  let said = '';
  const command = replayCommand()
    .exitOverride()
    .configureOutput({ writeErr: (text) => (said += text) });
  expect(() =>
    new Command()
      .exitOverride()
      .addCommand(command)
      .parse(['replay', ...args], { from: 'user' }),
  ).toThrow();
  return said;
}

describe('a file that is not there', () => {
  const given = ['--site', 'package.json', '--sessions', 'package.json'];

  test.each([
    ['--site <file>', ['--site', 'nope', '--sessions', 'package.json']],
    ['--sessions <file>', ['--site', 'package.json', '--sessions', 'nope']],
    ['--tariff <file>', [...given, '--tariff', 'nope']],
    ['--load <csv>', [...given, '--load', 'nope']],
    ['--pv <csv>', [...given, '--pv', 'nope']],
  ])('is named with its flag: %s', (flag, args) => {
    expect(saidOf(args)).toBe(
      `error: option '${flag}' argument 'nope' is invalid. nope is no file that can be read.\n`,
    );
  });

  test('a directory is no file either', () => {
    expect(() => readable('benchmarks')).toThrow('benchmarks is no file that can be read.');
    expect(readable('package.json')).toBe('package.json');
  });
});
