/** Tokens on the wire. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Id, Instant, Name, PageOf, PageQuery, Word } from './common.js';

const ID_TOKEN = {
  minLength: 1,
  maxLength: 36,
  pattern: '^[\\x21-\\x7e]+$',
} as const;
export const TOKENS_MAX = 500;

export const IdTokenText = (description: string) =>
  Type.String({ ...ID_TOKEN, description: `${description} Compared without regard to case.` });

export const TokenParams = Type.Object({
  idToken: IdTokenText('As the station sends it: visible ASCII, at most 36 characters.'),
});

const Status = Word(
  [
    'Accepted',
    'Blocked',
    'Expired',
    'Invalid',
    'NoCredit',
    'NotAllowedTypeEVSE',
    'NotAtThisLocation',
    'NotAtThisTime',
  ],
  'What a station is told. 1.6 has fewer words: the last four become Blocked there.',
);

const fields = {
  status: Status,
  type: Type.Optional(
    Word(
      [
        'Central',
        'eMAID',
        'ISO14443',
        'ISO15693',
        'KeyCode',
        'Local',
        'MacAddress',
        'NoAuthorization',
      ],
      'ISO14443 if absent.',
    ),
  ),
  label: Type.Optional(Name('For people: a name, a number plate.')),
  groupId: Type.Optional(
    Type.String({
      ...ID_TOKEN,
      description:
        'Tokens of one group may end each other’s transactions. 1.6 is told up to 20 characters.',
    }),
  ),
  expiresAt: Type.Optional(Instant('From then on it is Expired.')),
  allowOffline: Type.Optional(
    Type.Boolean({ description: 'False: stations shall ask each time; true if absent.' }),
  ),
  concurrent: Type.Optional(
    Word(['refuse', 'allow'], 'A second transaction at the same time; refuse if absent.'),
  ),
  siteIds: Type.Optional(
    Type.Array(Id('A site.'), {
      minItems: 1,
      maxItems: 100,
      description: 'Where it may charge; all sites if absent.',
    }),
  ),
  language: Type.Optional(
    Type.String({ pattern: '^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,4})?$', description: 'RFC 5646.' }),
  ),
};

export const TokenWrite = Type.Object(fields, {
  additionalProperties: false,
  title: 'TokenWrite',
});
export type TokenWriteBody = Static<typeof TokenWrite>;

export const TokenImport = Type.Object(
  {
    tokens: Type.Array(
      Type.Object(
        { idToken: IdTokenText('Visible ASCII.'), ...fields },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: TOKENS_MAX },
    ),
  },
  { additionalProperties: false, title: 'TokenImport' },
);

export const TokenImported = Type.Object(
  { stored: Type.Integer({ description: 'Tokens created or replaced.' }) },
  { title: 'TokenImported' },
);

export const TokenQuery = Type.Object(
  {
    status: Type.Optional(Status),
    groupId: Type.Optional(Type.String({ ...ID_TOKEN, description: 'Only of this group.' })),
    label: Type.Optional(
      Type.String({ minLength: 1, maxLength: 120, description: 'Part of the label, in any case.' }),
    ),
    ...PageQuery,
  },
  { additionalProperties: false },
);

export const TokenSchema = Type.Object(
  {
    idToken: Type.Optional(Type.String({ description: 'Whole for admins, and for who names it.' })),
    idTokenEnd: Type.String({ description: 'Its last four characters, or fewer of a short one.' }),
    type: Type.String(),
    status: Type.String(),
    label: Type.Optional(Type.String()),
    groupId: Type.Optional(Type.String()),
    expiresAt: Type.Optional(Instant('From then on it is Expired.')),
    allowOffline: Type.Boolean(),
    concurrent: Type.String(),
    siteIds: Type.Optional(Type.Array(Type.String())),
    language: Type.Optional(Type.String()),
  },
  { title: 'Token' },
);
export type TokenBody = Static<typeof TokenSchema>;
export const TokenPage = PageOf(TokenSchema, 'TokenPage');
