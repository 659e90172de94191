/** People, invitations, API keys and the audit on the wire. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { SCOPES } from '../auth/principal.js';
import { Instant, Name, PageOf, PageQuery, Word } from './common.js';

const closed = { additionalProperties: false };

export const PASSWORD_LENGTH_MIN = 12;

const Email = Type.String({
  maxLength: 254,
  pattern: '^[^\\s@\\x00-\\x1f]{1,64}@[^\\s@\\x00-\\x1f]{1,189}$',
  description: 'E-mail address; upper and lower case are the same.',
});
const RoleWord = Word(
  ['owner', 'manager', 'viewer', 'installer'],
  'owner: everything; manager: reads and operates; installer: reads, adds and commissions ' +
    'stations; viewer: reads.',
);
const NewPassword = Type.String({
  minLength: PASSWORD_LENGTH_MIN,
  maxLength: 200,
  description: `At least ${PASSWORD_LENGTH_MIN} characters.`,
});
const AnyPassword = Type.String({ minLength: 1, maxLength: 200 });
const ScopeWord = Word([...SCOPES], 'Admin implies write, write implies read.');
const Code = Type.String({ pattern: '^[A-Za-z0-9_-]{20,128}$', description: 'From the link.' });

export const MeSchema = Type.Object(
  {
    actor: Type.String({ description: 'As in the audit.' }),
    tenantId: Type.String(),
    scopes: Type.Array(ScopeWord),
    via: Word(['key', 'cookie'], 'How this call says who it is.'),
    userId: Type.Optional(Type.String()),
    email: Type.Optional(Type.String()),
    name: Type.Optional(Type.String()),
    role: Type.Optional(RoleWord),
  },
  { title: 'Me' },
);

export const SignIn = Type.Object(
  { email: Email, password: AnyPassword },
  { ...closed, title: 'SignIn' },
);
export const InvitationAccept = Type.Object(
  { code: Code, password: NewPassword },
  { ...closed, title: 'InvitationAccept' },
);
export const InvitationCheck = Type.Object({ code: Code }, { ...closed, title: 'InvitationCheck' });
export const InvitedPerson = Type.Object(
  { email: Type.String(), name: Type.String() },
  { title: 'InvitedPerson' },
);
export const PasswordChange = Type.Object(
  { current: AnyPassword, next: NewPassword },
  { ...closed, title: 'PasswordChange' },
);

export const UserParams = Type.Object({
  userId: Type.String({ pattern: '^[0-9a-f-]{36}$', description: 'The person.' }),
});
export const UserSchema = Type.Object(
  {
    id: Type.String(),
    email: Type.String(),
    name: Type.String(),
    role: RoleWord,
    expiresAt: Type.Optional(Instant('Nothing is allowed from then on.')),
    invited: Type.Boolean({ description: 'True until a password was chosen.' }),
    createdAt: Instant('Added.'),
    signedInAt: Type.Optional(Instant('Last sign-in.')),
    version: Type.Integer({ description: 'Raised by one on each edit; the ETag.' }),
  },
  { title: 'User' },
);
export type UserBody = Static<typeof UserSchema>;
export const UserPage = PageOf(UserSchema, 'UserPage');
export const UserCreate = Type.Object(
  {
    email: Email,
    name: Name('Shown to people.'),
    role: RoleWord,
    expiresAt: Type.Optional(Instant('An installer needs one.')),
  },
  { ...closed, title: 'UserCreate' },
);
export const UserPatch = Type.Partial(
  Type.Object({
    name: Name('Shown to people.'),
    role: RoleWord,
    expiresAt: Type.Union([Instant('New end.'), Type.Null({ description: 'No end.' })]),
  }),
  { ...closed, title: 'UserPatch', minProperties: 1 },
);
export const Invitation = Type.Object(
  {
    link: Type.String({ description: 'Opens the page that asks for a password. Works once.' }),
    expiresAt: Instant('Works until then.'),
  },
  { title: 'Invitation' },
);
export const UserCreated = Type.Object(
  { user: UserSchema, invitation: Type.Optional(Invitation), dryRun: Type.Boolean() },
  { title: 'UserCreated' },
);

export const KeyParams = Type.Object({
  keyId: Type.String({ pattern: '^[0-9a-z-]{1,64}$', description: 'The key: what follows `bb_`.' }),
});
export const KeySchema = Type.Object(
  {
    id: Type.String(),
    prefix: Type.String({ description: 'How the key begins; the rest is not kept.' }),
    name: Type.String(),
    scopes: Type.Array(Type.String()),
    createdAt: Instant('Made.'),
    createdBy: Type.String(),
    expiresAt: Type.Optional(Instant('Works until then.')),
    revokedAt: Type.Optional(Instant('Does not work since.')),
    usedAt: Type.Optional(Instant('Last use, to the minute.')),
  },
  { title: 'ApiKey' },
);
export type KeyBody = Static<typeof KeySchema>;
export const KeyPage = PageOf(KeySchema, 'ApiKeyPage');
export const KeyCreate = Type.Object(
  {
    name: Name('What it is for.'),
    scopes: Type.Array(ScopeWord, { minItems: 1, maxItems: SCOPES.length, uniqueItems: true }),
    expiresAt: Type.Optional(Instant('Works until then.')),
  },
  { ...closed, title: 'ApiKeyCreate' },
);
export const KeyRotate = Type.Object(
  {
    oldWorksForSec: Type.Integer({
      minimum: 0,
      maximum: 604_800,
      description: 'The old key works this long, s; 0: it stops at once.',
    }),
  },
  { ...closed, title: 'ApiKeyRotate' },
);
export const KeyCreated = Type.Object(
  {
    apiKey: KeySchema,
    key: Type.Optional(Type.String({ description: 'The key itself, shown this once.' })),
    dryRun: Type.Boolean(),
  },
  { title: 'ApiKeyCreated' },
);

export const AuditQuery = Type.Object(
  {
    ...PageQuery,
    siteId: Type.Optional(Type.String({ maxLength: 64, pattern: '^[\\x21-\\x7e]+$' })),
    actor: Type.Optional(
      Type.String({
        maxLength: 120,
        pattern: '^[^\\x00]+$',
        description: '`user:{id}`, `key:{id}`.',
      }),
    ),
    action: Type.Optional(
      Type.String({
        maxLength: 64,
        pattern: '^[a-z0-9.-]+$',
        description: 'An action, such as `site.created`, or its noun, such as `site`.',
      }),
    ),
    target: Type.Optional(Type.String({ maxLength: 200, pattern: '^[^\\x00]+$' })),
    since: Type.Optional(Instant('At or after.')),
    until: Type.Optional(Instant('Before.')),
  },
  closed,
);
export const AuditPage = PageOf(
  Type.Object(
    {
      id: Type.Integer(),
      at: Instant('When.'),
      actor: Type.String(),
      action: Type.String(),
      target: Type.String(),
      siteId: Type.Optional(Type.String()),
      before: Type.Optional(Type.Unknown()),
      after: Type.Optional(Type.Unknown()),
    },
    { title: 'AuditEntry' },
  ),
  'AuditPage',
);
