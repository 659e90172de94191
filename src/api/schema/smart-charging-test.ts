/** Smart-charging tests and capability cards on the wire. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { EvseIdText, Id, Instant, PageOf, Word } from './common.js';
import { Actor, closed, Detail } from './upkeep.js';

const Part = Word(
  ['online', 'link-loss', 'lease-expiry', 'power-cycle'],
  'online needs nobody; the others need a person at the station, and a vehicle that charges.',
);
const Verdict = Word(
  ['passed', 'failed', 'not-judgeable', 'refused', 'skipped'],
  'refused: the station says that it cannot. not-judgeable: too little was measured.',
);
const Amps = (description: string) => Type.Optional(Type.Number({ description }));

export const TestCreate = Type.Object(
  {
    evseId: Type.Optional(EvseIdText('The EVSE; absent: the one that charges.')),
    parts: Type.Optional(
      Type.Array(Part, {
        minItems: 1,
        maxItems: 4,
        uniqueItems: true,
        description: 'In this order; absent: online.',
      }),
    ),
  },
  { ...closed, title: 'SmartChargingTestCreate' },
);

export const TestParams = Type.Object({
  stationId: Id('The charging station.'),
  number: Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: 'As it was answered.' }),
});

const Step = Type.Object(
  {
    name: Word(
      [
        'limit',
        'pause',
        'resume',
        'one-phase',
        'three-phases',
        'phase-to-use',
        'stack-level',
        'unit',
        'relative',
        'replace',
        'clear',
        'fallback',
        'profiles',
        'link-loss',
        'lease-expiry',
        'power-cycle',
      ],
      'What is tried.',
    ),
    wantedA: Amps('To be in force, A.'),
    limitA: Amps('In force, A: less than wanted where the site could not spare more.'),
    stackLevel: Type.Optional(Type.Integer()),
    phaseToUse: Type.Optional(
      Type.Integer({ description: 'The one that it was told to use, as the EVSE numbers them.' }),
    ),
    unit: Type.Optional(Word(['A', 'W'], 'Of the profile, where it is not the usual one.')),
    isRequired: Type.Boolean({ description: 'The result of the test rests on it.' }),
    startedAt: Type.Optional(Instant('Began.')),
    endedAt: Type.Optional(Instant('Over.')),
    request: Type.Optional(Type.Unknown({ description: 'What was asked of the station.' })),
    answer: Type.Optional(
      Type.Object(
        { status: Type.String(), detail: Detail, afterSec: Type.Number() },
        { title: 'TestStepAnswer' },
      ),
    ),
    shown: Type.Optional(
      Type.Object(
        {
          limitA: Amps('In its composite schedule at that moment, A per phase.'),
          unit: Type.Optional(Word(['A', 'W'], 'As it answered.')),
          numberPhases: Type.Optional(Type.Integer({ description: 'In it.' })),
          phaseToUse: Type.Optional(Type.Integer({ description: 'In it.' })),
          boundaryShown: Type.Optional(
            Type.Boolean({ description: 'The end of the lease stands in it.' }),
          ),
          detail: Detail,
        },
        { title: 'TestStepShown', description: 'What GetCompositeSchedule showed after it.' },
      ),
    ),
    reaction: Type.Optional(
      Type.Object(
        {
          sampleCount: Type.Integer(),
          drawnBeforeA: Amps('Before, A of the most loaded phase.'),
          drawnA: Amps('In the end.'),
          phasesA: Type.Optional(
            Type.Array(Type.Number(), {
              description:
                'In the end on each phase as the EVSE numbers them, A, where phases are tried.',
            }),
          ),
          reactionSec: Type.Optional(
            Type.Number({ description: 'From the acknowledgement to the draw that follows it.' }),
          ),
          overshootA: Amps('Above the limit once it had been reached.'),
        },
        { title: 'TestStepReaction' },
      ),
    ),
    verdict: Type.Optional(Verdict),
    detail: Detail,
  },
  { title: 'TestStep' },
);

export const TestSchema = Type.Object(
  {
    number: Type.Integer(),
    stationId: Type.String(),
    evseId: Type.Optional(Type.String()),
    parts: Type.Array(Part),
    status: Word(
      ['running', 'passed', 'failed', 'not-judgeable', 'refused', 'cancelled'],
      'refused: it could not begin. cancelled: somebody ended it.',
    ),
    detail: Detail,
    instruction: Type.Optional(
      Type.String({ description: 'What a person at the station is to do next.' }),
    ),
    guide: Type.Optional(
      Type.Object(
        {
          part: Part,
          phase: Word(
            ['unplug', 'away', 'back'],
            'unplug: the network cable is to be pulled. away: until `replugAt`. back: it is being judged.',
          ),
          replugAt: Type.Optional(Instant('The cable is to be plugged in again.')),
          givesUpAt: Type.Optional(Instant('Nobody is waited for any longer.')),
        },
        { title: 'TestGuide', description: 'Where an offline test is that needs a person.' },
      ),
    ),
    phaseSwitching: Type.Optional(
      Type.Object(
        {
          result: Word(
            ['shown', 'not-shown', 'unknown'],
            'shown: told to use one phase it was measured on its first alone, and on three again. unknown: `detail` says why.',
          ),
          detail: Detail,
        },
        {
          title: 'TestPhaseSwitching',
          description: 'Absent: neither installer nor station says that it switches phases.',
        },
      ),
    ),
    stepsDone: Type.Integer(),
    steps: Type.Array(Step),
    vendor: Type.Optional(Type.String()),
    model: Type.Optional(Type.String()),
    firmware: Type.Optional(Type.String()),
    startedAt: Instant('Began.'),
    endedAt: Type.Optional(Instant('Over.')),
    isTrustRestored: Type.Boolean({ description: 'A distrusted EVSE earned its trust back.' }),
    actor: Actor,
  },
  { title: 'SmartChargingTest' },
);
export type TestBody = Static<typeof TestSchema>;
export const TestPage = PageOf(TestSchema, 'SmartChargingTestPage');

const PartResult = Type.Object(
  {
    verdict: Verdict,
    detail: Detail,
    at: Instant('Judged.'),
    actor: Actor,
    stationId: Type.String(),
    testNumber: Type.Integer(),
  },
  { title: 'CapabilityPartResult' },
);

export const Rung = Word(
  ['level-0', 'watts', 'relative', 'tx-default', 'station-max', 'clear-first'],
  'level-0: stack level 0. watts: limits in W. relative: profiles without an absolute start, so that ends ' +
    'of leases earn no credit. tx-default: leases as TxDefaultProfile. station-max: fallback and leases ' +
    'as maximum of the station. clear-first: a lease is cleared before the next is set.',
);

const Observed = (description: string) => Type.Optional({ ...Verdict, description });

export const CardSchema = Type.Object(
  {
    id: Type.String(),
    vendor: Type.String(),
    model: Type.String(),
    firmware: Type.Optional(Type.String()),
    testCount: Type.Integer({ description: 'Tests that have ended, at most the newest 50.' }),
    testedAt: Type.Optional(Instant('The newest.')),
    declared: Type.Optional(
      Type.Object(
        {
          units: Type.Array(Type.String()),
          stackLevelMax: Type.Integer(),
          periodsMax: Type.Integer(),
          switchesPhases: Type.Boolean({
            description: 'Between three phases and one within a transaction.',
          }),
          takesPhaseToUse: Type.Boolean({ description: 'It can be told which phase to use.' }),
        },
        { title: 'CapabilityDeclared', description: 'By its own variables.' },
      ),
    ),
    observed: Type.Object(
      {
        follows: Observed('Its draw follows its limits.'),
        pauses: Observed('0 A stops it.'),
        resumes: Observed('It comes back from 0 A.'),
        stackLevelOther: Observed('A profile of another stack level than ours.'),
        unitOther: Observed('A profile in W beside those in A.'),
        relative: Observed('A profile of kind Relative.'),
        replaces: Observed('The same id replaces.'),
        clears: Observed('A cleared profile is gone, and the fallback holds.'),
        showsComposite: Observed('It answers GetCompositeSchedule.'),
        showsBoundary: Observed('The end of a lease stands in it.'),
        takesPhaseToUse: Observed('Told to use its second phase it uses that one alone.'),
        switchesPhases: Observed('Told to use one phase it does, and all of them when told again.'),
      },
      { title: 'CapabilityObserved' },
    ),
    parts: Type.Object(
      {
        online: Type.Optional(PartResult),
        'link-loss': Type.Optional(PartResult),
        'lease-expiry': Type.Optional(PartResult),
        'power-cycle': Type.Optional(PartResult),
      },
      { title: 'CapabilityParts', description: 'The newest result of each that could be judged.' },
    ),
    rungs: Type.Array(
      Type.Object(
        {
          rung: Rung,
          cause: Word(
            ['fallback', 'lease', 'kept'],
            'On what it showed itself: the fallback profile, a lease, or a profile that was accepted and ' +
              'not put in the place of the one before it.',
          ),
          observed: Type.String({ description: 'In the form above.' }),
          stationId: Type.String(),
          since: Instant('Observed.'),
        },
        { title: 'CapabilityRung' },
      ),
      {
        description:
          'Steps down from the preferred form of a profile that stations of this kind were found to need, ' +
          'newest first. Another firmware is tried from the top again.',
      },
    ),
    offlineTested: Type.Boolean({
      description: 'All three offline tests were passed: its stations earn credit while offline.',
    }),
    reactions: Type.Optional(
      Type.Object(
        {
          count: Type.Integer(),
          p50Sec: Type.Number(),
          p99Sec: Type.Number(),
          maxSec: Type.Number(),
          overshootMaxA: Type.Number(),
        },
        { title: 'CapabilityReactions' },
      ),
    ),
    settleSec: Type.Optional(
      Type.Number({
        description: 'Measured p99 + 2 s; a decrease counts after this, if it is longer than 12 s.',
      }),
    ),
    stations: Type.Array(
      Type.Object(
        {
          stationId: Type.String(),
          siteId: Type.String(),
          offlineTested: Word(
            ['tests', 'by-hand', 'no'],
            'Whether it earns credit offline, and whose word that is.',
          ),
          unit: Word(['A', 'W'], 'Of our profiles.'),
          stackLevel: Type.Integer({ description: 'Of our profiles.' }),
          rungs: Type.Array(Rung),
        },
        { title: 'CapabilityStation' },
      ),
      { description: 'Of this kind now, and in which form they are given their limits.' },
    ),
  },
  { title: 'CapabilityCard' },
);
export type CardBody = Static<typeof CardSchema>;
export const CardPage = PageOf(CardSchema, 'CapabilityCardPage');
