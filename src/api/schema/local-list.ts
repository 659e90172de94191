import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Instant, Word } from './common.js';
import { closed, Detail, Token } from './upkeep.js';

const ENTRIES_MAX = 5000;

const ListEntrySchema = Type.Object(
  {
    idToken: Token('As the station reads it; case does not matter.'),
    status: Type.Optional(
      Word(
        ['Accepted', 'Blocked', 'Expired', 'Invalid'],
        'What the station decides; Accepted if absent.',
      ),
    ),
    expiresAt: Type.Optional(Instant('The entry counts until then.')),
    groupIdToken: Type.Optional(Token("Tokens of one group may end each other's charging.")),
  },
  { ...closed, title: 'LocalListEntry' },
);

export const LocalListPut = Type.Union(
  [
    Type.Object(
      {
        source: Type.Literal('tokens', {
          description: 'Every token that may charge while the station is offline; follows changes.',
        }),
      },
      closed,
    ),
    Type.Object(
      {
        source: Type.Literal('explicit'),
        entries: Type.Array(ListEntrySchema, { maxItems: ENTRIES_MAX }),
      },
      closed,
    ),
    Type.Object(
      {
        source: Type.Literal('unmanaged', { description: 'Leave the list of the station alone.' }),
      },
      closed,
    ),
  ],
  { title: 'LocalListPut' },
);

export const LocalListSchema = Type.Object(
  {
    stationId: Type.String(),
    source: Word(['tokens', 'explicit', 'unmanaged'], 'What the list is made of.'),
    status: Word(
      ['waiting', 'synchronised', 'failed', 'not-supported'],
      '`waiting`: to be compared with the station at its next chance.',
    ),
    detail: Detail,
    version: Type.Integer({ description: 'Of the list that the station accepted last; 0: none.' }),
    entryCount: Type.Integer({ description: 'Entries that the station accepted.' }),
    checkedAt: Type.Optional(Instant('Last compared with the station.')),
    synchronisedAt: Type.Optional(Instant('Last found or made equal.')),
    wanted: Type.Optional(
      Type.Array(ListEntrySchema, { description: 'Of an explicit list; with the scope write.' }),
    ),
    held: Type.Optional(
      Type.Array(ListEntrySchema, { description: 'In the station; with the scope write.' }),
    ),
  },
  { title: 'LocalList' },
);
export type LocalListBody = Static<typeof LocalListSchema>;
export type ListEntryBody = Static<typeof ListEntrySchema>;
