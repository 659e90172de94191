/** What a station declares of phases (NOTES of the versions: 1.6 keys, `Component.Variable` of 2.x). */
import { expect, test } from 'vitest';
import { CAPABILITY_ASSUMED, readCapability } from '../../src/control/read-capability.js';

const PHASES_3_TO_1 = 'SmartChargingCtrlr.Phases3to1';
const PHASE_TO_USE = 'SmartChargingCtrlr.ACPhaseSwitchingSupported';

const read = (variables: Readonly<Record<string, string>>, known = CAPABILITY_ASSUMED) => {
  const { switchesPhases, takesPhaseToUse } = readCapability(variables, known);
  return [switchesPhases, takesPhaseToUse];
};

test.each([
  [{}, [undefined, undefined]],
  [{ [PHASES_3_TO_1]: 'true' }, [true, undefined]],
  [{ [PHASES_3_TO_1]: ' True ' }, [true, undefined]],
  [{ [PHASES_3_TO_1]: 'false' }, [undefined, undefined]],
  [{ [PHASES_3_TO_1]: '1' }, [undefined, undefined]],
  [{ ConnectorSwitch3to1PhaseSupported: 'true' }, [true, undefined]],
  // Who can be told which one can be told to use one.
  [{ [PHASE_TO_USE]: 'true' }, [true, true]],
  [{ [PHASE_TO_USE]: 'true', [PHASES_3_TO_1]: 'false' }, [true, true]],
])('%o is read', (variables, expected) => {
  expect(read(variables as Readonly<Record<string, string>>)).toEqual(expected);
});

test('what is not named anew stays as it was, what is denied does not', () => {
  const known = readCapability({ [PHASES_3_TO_1]: 'true' }, CAPABILITY_ASSUMED);
  expect(read({ 'SmartChargingCtrlr.RateUnit': 'A' }, known)).toEqual([true, undefined]);
  expect(read({ [PHASES_3_TO_1]: 'false' }, known)).toEqual([undefined, undefined]);
});
